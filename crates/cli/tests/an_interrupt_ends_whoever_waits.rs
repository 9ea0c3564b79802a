//! A command that waits for somebody who lives and does not read, or does not write, ends when it
//! is interrupted, and what it says of what is saved is true.

use std::fs;
use std::io::{PipeReader, PipeWriter, Read as _, Write as _, pipe};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::common::{Room, Run, line};

/// Longer than any wait that is promised; a test that waits so long has failed.
const NEVER: Duration = Duration::from_secs(60);

fn records(count: u64) -> String {
    (0..count).map(|n| line(&format!("{n:06}"), "v")).collect()
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap())
}

/// Its end, which is a kill where it does not come.
fn end(child: Child) -> Run {
    let pid = pid(&child);
    let (done, is_done) = mpsc::channel();
    let waiting = thread::spawn(move || {
        let run = Run::from(child.wait_with_output().unwrap());
        let _ = done.send(());
        run
    });
    if is_done.recv_timeout(NEVER).is_err() {
        kill(pid, Signal::SIGKILL).unwrap();
    }
    waiting.join().unwrap()
}

/// A pipe that takes no more. Whoever holds the reader does not read.
fn full() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = pipe().unwrap();
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).unwrap();
    while writer.write(&[b'.'; 4096]).is_ok() {}
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::empty())).unwrap();
    (reader, writer)
}

/// An import that waits for room for its acknowledgements: nobody reads after the first one.
fn unheard(room: &Room, arguments: &[&str], input: &str) -> (Child, PipeReader) {
    let (mut acks, writer) = pipe().unwrap();
    // Fewer than are made of what is read at a time.
    fcntl(&writer, FcntlArg::F_SETPIPE_SZ(4096)).unwrap();
    let mut command = room.command(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(writer)
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let source = child.stdin.as_mut().unwrap();
    // A command that reads a file does not read it.
    let _ = source.write_all(input.as_bytes());
    let mut first = [0; 6];
    acks.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"ack 1\n");
    (child, acks)
}

/// What was said, saved and acknowledged fits together.
fn is_true(room: &Room, run: Run, mut acks: PipeReader) {
    let sentence = run.error(130);
    let (saved, heard) = sentence
        .split_once("; nobody read the acknowledgements after `ack ")
        .unwrap_or((&sentence, "nothing"));
    let count = room.ok(&["scan"]).lines().count();
    let digits: String = saved.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits, count.to_string(), "{sentence}");
    let mut said = String::new();
    acks.read_to_string(&mut said).unwrap();
    let last = said.lines().last().unwrap().to_owned();
    assert!(said.ends_with('\n'), "a line is cut: {last}");
    assert_eq!(format!("ack {heard}"), format!("{last}`"), "{sentence}");
}

#[test]
fn an_import_whose_acknowledgements_nobody_reads() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let room = Room::new();
        room.write("records.jsonl", records(10_000));
        let (child, acks) = unheard(&room, &["import", "records.jsonl", "--acks"], "");
        kill(pid(&child), signal).unwrap();
        is_true(&room, end(child), acks);
    }
}

/// Then it is not the thread that reads that waits.
#[test]
fn an_import_whose_source_pauses_meanwhile() {
    let room = Room::new();
    let arguments = ["import", "-", "--acks", "--batch", "1000000"];
    let (mut child, acks) = unheard(&room, &arguments, &records(1500));
    let source = child.stdin.take();
    kill(pid(&child), Signal::SIGTERM).unwrap();
    is_true(&room, end(child), acks);
    drop(source);
}

#[test]
fn an_interrupted_command_whose_last_words_nobody_reads() {
    let room = Room::new();
    let (_nobody, stderr) = full();
    let mut command = room.command(&["import", "-", "--acks"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(stderr);
    let mut child = command.spawn().unwrap();
    let mut source = child.stdin.take().unwrap();
    source.write_all(records(256).as_bytes()).unwrap();
    let mut first = [0; 6];
    let acks = child.stdout.as_mut().unwrap();
    acks.read_exact(&mut first).unwrap();
    kill(pid(&child), Signal::SIGTERM).unwrap();
    assert_eq!(end(child).code, Some(130));
    assert_eq!(room.ok(&["scan"]).lines().count(), 256);
}

#[test]
fn a_fault_of_the_input_is_named_also_then() {
    let room = Room::new();
    // Read at once with what is before it.
    let records = records(10_000).replacen(&line("000999", "v"), "no record\n", 1);
    room.write("records.jsonl", records);
    let (child, acks) = unheard(&room, &["import", "records.jsonl", "--acks"], "");
    kill(pid(&child), Signal::SIGTERM).unwrap();
    let sentence = end(child).error(3);
    assert!(
        sentence.contains("line 1,000") || sentence.contains("line 1000"),
        "{sentence}"
    );
    assert!(
        sentence.contains("; nobody read the acknowledgements after"),
        "{sentence}"
    );
    assert_eq!(room.ok(&["scan"]).lines().count(), 999);
    drop(acks);
}

/// Waits until a program has a handler for SIGTERM.
fn wait_for_a_handler(program: Pid) {
    let is_caught = || {
        let status = fs::read_to_string(format!("/proc/{program}/status")).unwrap();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = u64::from_str_radix(caught.unwrap().trim(), 16).unwrap();
        caught & (1 << (Signal::SIGTERM as u32 - 1)) != 0
    };
    while !is_caught() {
        thread::yield_now();
    }
}

#[test]
fn a_finished_import_whose_summary_nobody_reads() {
    let room = Room::new();
    room.write("records.jsonl", records(10));
    let (_nobody, stdout) = full();
    let mut command = room.command(&["import", "records.jsonl"]);
    let child = command.stdout(stdout).spawn().unwrap();
    // It has closed the store.
    while !room.at("data.steadfast/manifest").exists() {
        thread::yield_now();
    }
    room.ok(&["--wait", "60s", "put", "after", "it"]);
    kill(pid(&child), Signal::SIGTERM).unwrap();
    assert_eq!(end(child).code, Some(130));
    assert_eq!(room.ok(&["scan"]).lines().count(), 11);
}

/// The interrupt comes too late to end the import and too early to end the program.
#[test]
fn an_import_that_is_interrupted_at_its_end() {
    let room = Room::new();
    if !crate::common::can_trace() {
        return;
    }
    room.write("records.jsonl", records(10));
    let (_nobody, stdout) = full();
    let mut strace = std::process::Command::new("strace");
    strace
        .args(["-f", "-o", "/dev/null", "-e", "trace=unlinkat"])
        .args(["-e", "inject=unlinkat:delay_enter=500000"])
        .arg(crate::common::program())
        .args(["import", "records.jsonl"])
        .current_dir(room.path())
        .stdout(stdout);
    let mut tracer = strace.spawn().unwrap();
    let children = format!("/proc/{0}/task/{0}/children", tracer.id());
    let traced = loop {
        let children = fs::read_to_string(&children).unwrap();
        // strace tries something out in a child of its own first.
        let name = |id: &&str| fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
        let found = children
            .split_whitespace()
            .find(|id| name(id) == "steadfast\n");
        if let Some(id) = found {
            break Pid::from_raw(id.parse().unwrap());
        }
        assert!(tracer.try_wait().unwrap().is_none());
    };
    // All is saved, and half a second passes before the writer's claim is removed.
    while !room.at("data.steadfast/manifest/0000000000000002").exists() {
        assert!(tracer.try_wait().unwrap().is_none());
    }
    kill(traced, Signal::SIGTERM).unwrap();
    assert_eq!(end(tracer).code, Some(130));
    assert_eq!(room.ok(&["scan"]).lines().count(), 10);
}

#[test]
fn a_save_whose_failure_nobody_reads() {
    let room = Room::new();
    fs::create_dir(room.at("directory")).unwrap();
    let (_nobody, stderr) = full();
    let mut command = room.command(&["save", "directory"]);
    command.stdin(Stdio::piped()).stderr(stderr);
    let child = command.spawn().unwrap();
    wait_for_a_handler(pid(&child));
    kill(pid(&child), Signal::SIGTERM).unwrap();
    // The save's own failure, where it came before the interrupt.
    let code = end(child).code;
    assert!(matches!(code, Some(4 | 130)), "{code:?}");
    assert_eq!(fs::read_dir(room.path()).unwrap().count(), 1);
}
