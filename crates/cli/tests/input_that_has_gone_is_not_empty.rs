//! A terminal or a device that has gone answers "end of file" as empty input does: here it is input
//! that cannot be read. A named pipe that nobody has opened yet has not come to its end.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Child, Stdio};
use std::thread;

use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::common::{Room, Run, is_root, line};

/// Why differs: whoever waits while the terminal goes is told by the system that it failed.
const GONE: &str = "could not read standard input: ";

fn precious() -> Room {
    let room = Room::new();
    room.write("file", "precious");
    room.ok(&["put", "key", "precious"]);
    room
}

fn is_untouched(room: &Room) {
    assert_eq!(fs::read(room.at("file")).unwrap(), b"precious");
    assert_eq!(room.ok(&["scan"]), "key\tprecious\n");
    let names = fs::read_dir(room.path()).unwrap();
    assert_eq!(names.count(), 2, "something is left beside the file");
}

struct Terminal {
    master: PtyMaster,
    slave: File,
}

impl Terminal {
    /// No program that is started meanwhile keeps it alive.
    fn new() -> Self {
        let flags = OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let master = posix_openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let slave = File::options()
            .read(true)
            .write(true)
            .custom_flags(nix::libc::O_NOCTTY)
            .open(ptsname_r(&master).unwrap())
            .unwrap();
        Self { master, slave }
    }
}

const READERS: [&[&str]; 6] = [
    &["save", "file"],
    &["put", "key", "-"],
    &["import", "-"],
    &["import", "-", "--format", "csv"],
    &["import", "/dev/stdin"],
    &["demo", "--data", "-"],
];

#[test]
fn a_terminal_that_has_gone() {
    for reader in READERS {
        let room = precious();
        let terminal = Terminal::new();
        drop(terminal.master);
        let run = Run::of(room.command(reader).stdin(terminal.slave));
        let sentence = run.error(3);
        assert!(sentence.starts_with(GONE), "{reader:?}: {sentence}");
        is_untouched(&room);
    }
}

/// The terminal goes while nobody reads: who waits in a read gets an error from the system itself.
fn hang_up(child: &Child, terminal: PtyMaster) {
    let pid = i32::try_from(child.id()).unwrap();
    kill(Pid::from_raw(pid), Signal::SIGSTOP).unwrap();
    let is_stopped = || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        stat.rsplit(')')
            .next()
            .unwrap()
            .trim_start()
            .starts_with('T')
    };
    while !is_stopped() {
        thread::yield_now();
    }
    drop(terminal);
    kill(Pid::from_raw(pid), Signal::SIGCONT).unwrap();
}

#[test]
fn a_terminal_that_goes_in_the_middle_of_a_save() {
    let room = precious();
    let terminal = Terminal::new();
    let slave = terminal.slave.try_clone().unwrap();
    let mut command = room.command(&["save", "file"]);
    command.stdin(terminal.slave).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    drop(command);
    let mut master = terminal.master;
    master.write_all(b"half\n").unwrap();
    // What the terminal shows has arrived, and what is not there any more was read.
    let mut shown = [0; 6];
    master.read_exact(&mut shown).unwrap();
    assert_eq!(&shown, b"half\r\n");
    let is_read = || {
        let mut polled = [PollFd::new(slave.as_fd(), PollFlags::POLLIN)];
        poll(&mut polled, PollTimeout::ZERO).unwrap() == 0
    };
    while !is_read() {
        thread::yield_now();
    }
    hang_up(&child, master);
    let run = Run::from(child.wait_with_output().unwrap());
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stderr.contains(GONE), "{run:?}");
    is_untouched(&room);
}

#[test]
fn a_terminal_that_goes_in_the_middle_of_an_import() {
    let room = Room::new();
    let terminal = Terminal::new();
    let mut command = room.command(&["import", "-", "--acks", "--batch", "1"]);
    command
        .stdin(terminal.slave)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut master = terminal.master;
    master.write_all(line("a", "1").as_bytes()).unwrap();
    let mut acks = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    acks.read_line(&mut first).unwrap();
    assert_eq!(first, "ack 1\n");
    hang_up(&child, master);
    let sentence = Run::from(child.wait_with_output().unwrap()).error(3);
    assert!(sentence.starts_with(GONE), "{sentence}");
    assert!(
        sentence.ends_with("the one record before it is imported"),
        "{sentence}"
    );
    assert_eq!(room.ok(&["scan"]), "a\t1\n");
}

/// As a disk that was pulled out: a device with no bytes at all.
#[test]
fn a_device_with_nothing_in_it() {
    if !is_root() {
        return;
    }
    let is_empty = |number: &u32| {
        let size = fs::read_to_string(format!("/sys/block/loop{number}/size"));
        size.is_ok_and(|size| size.trim() == "0")
    };
    let device = (0..8)
        .filter(is_empty)
        .find_map(|number| File::open(format!("/dev/loop{number}")).ok());
    let Some(device) = device else {
        println!("skipped: there is no loop device here");
        return;
    };
    for reader in READERS {
        let room = precious();
        let run = Run::of(room.command(reader).stdin(device.try_clone().unwrap()));
        let sentence = run.error(3);
        assert!(sentence.contains("the device has gone"), "{sentence}");
        is_untouched(&room);
    }
}

/// What `poll` is to the kernel; `None` on machines where nobody has looked.
const POLL: Option<nix::libc::c_long> = {
    #[cfg(target_arch = "x86_64")]
    let number = Some(nix::libc::SYS_poll);
    #[cfg(target_arch = "aarch64")]
    let number = Some(nix::libc::SYS_ppoll);
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let number = None;
    number
};

/// Returns when the program waits for something to read, or has ended; at once where the system
/// does not tell.
fn wait_for_a_wait(program: &mut Child) {
    let Some(poll) = POLL else {
        return;
    };
    let call = format!("/proc/{}/syscall", program.id());
    while program.try_wait().unwrap().is_none() {
        // One that is not in a call is `running`.
        let Ok(call) = fs::read_to_string(&call) else {
            return;
        };
        if call.split(' ').next() == Some(&poll.to_string()) {
            return;
        }
        thread::yield_now();
    }
}

/// Opened without waiting, as a supervisor does, a named pipe answers "end of file" until somebody
/// opens it for writing.
#[test]
fn a_named_pipe_that_nobody_has_opened_yet() {
    let room = Room::new();
    room.write("file", "old");
    let pipe = room.at("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let early = File::options()
        .read(true)
        .custom_flags(nix::libc::O_NONBLOCK)
        .open(&pipe)
        .unwrap();
    let mut command = room.command(&["save", "file"]);
    command.stdin(early).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(command);
    // However late it begins to read: what is there then is read. But only one that has found
    // nothing shows that it waits.
    wait_for_a_wait(&mut child);
    // Without a reader there is nothing to open.
    let writer = File::options()
        .write(true)
        .custom_flags(nix::libc::O_NONBLOCK)
        .open(&pipe);
    writer.unwrap().write_all(b"new").unwrap();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{said}");
    assert_eq!(fs::read(room.at("file")).unwrap(), b"new");
}
