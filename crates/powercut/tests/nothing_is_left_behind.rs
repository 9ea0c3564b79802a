//! Mounts and loop devices end with the program, also if it is killed. Directories are removed too,
//! as far as a process is left to remove them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::common::{output, powercut};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How often to look, while the kernel and the other processes tidy up.
const ATTEMPTS_MAX: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

/// Loop devices over files in the directory.
fn loop_devices(directory: &Path) -> usize {
    let devices = std::fs::read_dir("/sys/block").unwrap();
    let files = devices.map(|device| {
        let file = device.unwrap().path().join("loop/backing_file");
        std::fs::read_to_string(file).unwrap_or_default()
    });
    files
        .filter(|file| file.starts_with(directory.to_str().unwrap()))
        .count()
}

fn stop_with(signal: Signal) {
    let directory = tempfile::tempdir().unwrap();
    let mut command = powercut();
    command.env("TMPDIR", directory.path());
    command.args("run --states 2000 --file-systems ext4 --seed 1".split(' '));
    let probe = "run --states 1 --file-systems ext4 --workloads commits --control-states 0";
    if output(powercut().args(probe.split(' '))).is_none() {
        return;
    }
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut progress = BufReader::new(child.stderr.take().unwrap());
    // The first lane has ended, so the next lanes are running.
    let mut line = String::new();
    assert!(progress.read_line(&mut line).unwrap() > 0);
    kill(Pid::from_raw(child.id().cast_signed()), signal).unwrap();
    child.wait().unwrap();

    let is_over = || loop_devices(directory.path()) == 0 && is_empty(directory.path());
    for _ in 0..ATTEMPTS_MAX {
        if is_over() {
            break;
        }
        sleep(PAUSE);
    }
    assert_eq!(loop_devices(directory.path()), 0);
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
    assert!(!mounts.contains(directory.path().to_str().unwrap()));
    // A directory that was made at the instant of a kill stays, empty.
    assert!(
        signal == Signal::SIGKILL || is_empty(directory.path()),
        "directories are left"
    );
}

fn is_empty(directory: &Path) -> bool {
    std::fs::read_dir(directory).unwrap().count() == 0
}

#[test]
fn by_a_run_that_is_interrupted() {
    stop_with(Signal::SIGINT);
}

#[test]
fn by_a_run_that_is_killed() {
    stop_with(Signal::SIGKILL);
}
