//! Whoever starts a program may have it ignore a signal, as `nohup` does: it stays ignored.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::common::{Room, Run, program};

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
    let room = Room::new();
    if let Some(output) = without_threads(&room, &["save", "file"], "new") {
        assert_eq!(output, "");
        assert_eq!(fs::read(room.at("file")).unwrap(), b"new");
    }
    for command in [
        &["put", "a", "-"][..],
        &["delete", "a"],
        &["put", "b", "-"],
        &["snapshot"],
    ] {
        let Some(said) = without_threads(&room, command, "new") else {
            return;
        };
        assert!(said.is_empty() || command == ["snapshot"], "{said}");
    }
    assert_eq!(room.ok(&["scan"]), "b\tnew\n");
}

/// Runs the program where the system gives it no more threads; what it says. `None` where that
/// cannot be arranged.
fn without_threads(room: &Room, arguments: &[&str], input: &str) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let mut command = Command::new("bash");
    command
        .args(["-c", "ulimit -u 1 && exec \"$0\" \"$@\""])
        .arg(program())
        .args(arguments)
        .current_dir(room.path())
        .env_remove("STEADFAST_STORE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if nix::unistd::Uid::effective().is_root() {
        // No limit of threads holds for the superuser.
        fs::set_permissions(room.path(), fs::Permissions::from_mode(0o777)).unwrap();
        command.uid(65_534);
    }
    let Ok(mut child) = command.spawn() else {
        println!("skipped: no bash here");
        return None;
    };
    // A command that needs none does not read it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let run = Run::from(child.wait_with_output().unwrap());
    if run.code == Some(126) || run.stderr.contains("ulimit") {
        println!("skipped: no such limit here ({})", run.stderr);
        return None;
    }
    Some(run.ok())
}
