//! Whoever starts a program may have it ignore a signal, as `nohup` does: it stays ignored.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::common::{Room, program};

#[test]
fn a_save_goes_on_after_an_ignored_signal() {
    let room = Room::new();
    for ignored in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM] {
        room.write("file", "old");
        let name = ignored.as_str().strip_prefix("SIG").unwrap();
        let script = format!("trap '' {name}; exec \"$0\" save file");
        let mut child = Command::new("sh")
            .args(["-c", &script])
            .arg(program())
            .current_dir(room.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let new = vec![b'n'; 1 << 20];
        // More than a pipe holds: when it is written, the program has begun to read.
        input.write_all(&new).unwrap();
        let id = Pid::from_raw(i32::try_from(child.id()).unwrap());
        kill(id, ignored).unwrap();
        input.write_all(&new).unwrap();
        drop(input);
        assert_eq!(child.wait().unwrap().code(), Some(0), "{ignored}");
        assert_eq!(
            fs::read(room.at("file")).unwrap().len(),
            2 << 20,
            "{ignored}"
        );
    }
}

/// Only the signals that were ignored are.
#[test]
fn another_signal_still_ends_it() {
    let room = Room::new();
    room.write("file", "old");
    let mut child = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" save file"])
        .arg(program())
        .current_dir(room.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(&vec![b'n'; 1 << 20]).unwrap();
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap());
    kill(id, Signal::SIGTERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(fs::read(room.at("file")).unwrap(), b"old");
    assert_eq!(fs::read_dir(room.path()).unwrap().count(), 1, "no litter");
}

/// Where there is no thread for it, an interrupt is as a kill, and that is no reason not to save.
#[test]
fn a_system_without_threads_to_give_saves_too() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let room = Room::new();
    let mut command = Command::new("bash");
    command
        .args(["-c", "ulimit -u 1 && exec \"$0\" save file"])
        .arg(program())
        .current_dir(room.path())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped());
    if nix::unistd::Uid::effective().is_root() {
        // No limit of threads holds for the superuser.
        fs::set_permissions(room.path(), fs::Permissions::from_mode(0o777)).unwrap();
        command.uid(65_534);
    }
    let Ok(mut child) = command.spawn() else {
        return println!("skipped: no bash here");
    };
    child.stdin.take().unwrap().write_all(b"new").unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(126) || said.contains("ulimit") {
        return println!("skipped: no such limit here ({said})");
    }
    assert_eq!(said, "");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(fs::read(room.at("file")).unwrap(), b"new");
}
