//! An import that is interrupted saves the records that it had read, and says how many; and one
//! whose source pauses does not keep them waiting.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::common::{Room, Run, line};

/// Longer than any wait that is promised; a test that waits so long has failed.
const NEVER: Duration = Duration::from_secs(60);

struct Import {
    child: Child,
    input: ChildStdin,
    acks: BufReader<ChildStdout>,
}

fn start(room: &Room, arguments: &[&str]) -> Import {
    let mut child = room
        .command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    Import {
        input: child.stdin.take().unwrap(),
        acks: BufReader::new(child.stdout.take().unwrap()),
        child,
    }
}

impl Import {
    /// Waits for the acknowledgement of a record.
    fn wait_for(&mut self, number: u64) {
        let wanted = format!("ack {number}\n");
        let mut said = String::new();
        while said != wanted {
            said.clear();
            assert!(self.acks.read_line(&mut said).unwrap() > 0, "no {wanted}");
        }
    }

    /// The same, from a program that may never answer.
    fn wait_for_or_fail(mut self, number: u64) -> Self {
        let (done, is_done) = mpsc::channel();
        let pid = self.pid();
        let waiting = thread::spawn(move || {
            self.wait_for(number);
            done.send(()).unwrap();
            self
        });
        if is_done.recv_timeout(NEVER).is_err() {
            kill(pid, Signal::SIGKILL).unwrap();
        }
        waiting.join().unwrap()
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    /// Sends a signal and waits for the end; the source stays open.
    fn interrupt(self, signal: Signal) -> Run {
        kill(self.pid(), signal).unwrap();
        self.end()
    }

    /// Waits for the end, and brings it about where it does not come by itself. The source stays
    /// open.
    fn end(mut self) -> Run {
        let (done, is_done) = mpsc::channel();
        let pid = self.pid();
        let waiting = thread::spawn(move || {
            let mut acks = String::new();
            self.acks.read_to_string(&mut acks).unwrap();
            let run = self.child.wait_with_output().unwrap();
            let _ = done.send(());
            drop(self.input);
            Run::from(run)
        });
        if is_done.recv_timeout(NEVER).is_err() {
            kill(pid, Signal::SIGKILL).unwrap();
        }
        waiting.join().unwrap()
    }
}

fn records(numbers: std::ops::Range<u64>) -> String {
    numbers.map(|n| line(&format!("{n:06}"), "v")).collect()
}

#[test]
fn by_any_signal() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        for format in ["jsonl", "csv"] {
            let room = Room::new();
            let arguments = ["import", "-", "--acks", "--batch", "64", "--format", format];
            let mut import = start(&room, &arguments);
            let input = if format == "csv" {
                let rows: String = (0..100).map(|n| format!("{n:06},v\n")).collect();
                format!("key,value\n{rows}half,")
            } else {
                records(0..100) + r#"{"key":"half","#
            };
            // A pipe gives out at once what was written at once, up to a page: with the first 64
            // the rest has been read too.
            assert!(input.len() <= 4096);
            import.input.write_all(input.as_bytes()).unwrap();
            import.wait_for(64);
            let sentence = import.interrupt(signal).error(130);
            assert_eq!(
                sentence,
                "interrupted; imported 100 records, which is all that had been read"
            );
            assert_eq!(room.ok(&["scan"]).lines().count(), 100);
            room.ok(&["verify"]);
        }
    }
}

#[test]
fn while_it_is_at_work() {
    let room = Room::new();
    let mut import = start(&room, &["import", "-", "--batch", "7", "--format", "jsonl"]);
    let input = records(0..20_000);
    import.input.write_all(input.as_bytes()).unwrap();
    let sentence = import.interrupt(Signal::SIGTERM).error(130);
    let exported = room.ok(&["export"]);
    assert!(input.starts_with(&exported));
    // A pipe holds 64 KiB; all that it no longer held had been read.
    let missing = input.len() - exported.len();
    assert!(missing <= (64 << 10) + 100, "{missing} bytes are lost");
    let number = exported.lines().count().to_string();
    let said: String = sentence.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(said, number, "{sentence}");
}

#[test]
fn before_the_first_record() {
    let room = Room::new();
    let mut import = start(&room, &["import", "-", "--acks", "--batch", "1"]);
    import
        .input
        .write_all(line("planet", "Mars").as_bytes())
        .unwrap();
    import.wait_for(1);
    let sentence = import.interrupt(Signal::SIGINT).error(130);
    assert_eq!(
        sentence,
        "interrupted; imported 1 record, which is all that had been read"
    );
}

#[test]
fn a_source_that_pauses_keeps_no_record_waiting() {
    let room = Room::new();
    let mut import = start(&room, &["import", "-", "--acks"]);
    import.input.write_all(records(0..10).as_bytes()).unwrap();
    import = import.wait_for_or_fail(10);
    assert_eq!(room.ok(&["scan"]).lines().count(), 10);
    // And it goes on.
    import.input.write_all(records(10..15).as_bytes()).unwrap();
    let import = import.wait_for_or_fail(15);
    drop(import.input);
    assert_eq!(
        Run::from(import.child.wait_with_output().unwrap()).code,
        Some(0)
    );
    assert_eq!(room.ok(&["scan"]).lines().count(), 15);
}

#[test]
fn a_named_pipe_is_a_source_that_pauses() {
    let room = Room::new();
    nix::unistd::mkfifo(&room.at("records"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let mut import = start(&room, &["import", "records", "--acks"]);
    let mut pipe = std::fs::File::options()
        .write(true)
        .open(room.at("records"))
        .unwrap();
    pipe.write_all(records(0..10).as_bytes()).unwrap();
    import = import.wait_for_or_fail(10);
    drop(pipe);
    assert_eq!(import.end().code, Some(0));
}

/// How a plain file falls into commits depends on nothing but the file, however slowly it is read.
#[cfg(target_os = "linux")]
#[test]
fn a_plain_file_is_always_the_same_commits() {
    if !crate::common::can_trace() {
        return;
    }
    let room = Room::new();
    // Three reads, each of which takes longer than a record waits in a pipe.
    let file = room.write("records.jsonl", records(0..5000));
    let mut strace = std::process::Command::new("strace");
    strace
        .args(["-f", "-o", "/dev/null", "-e", "trace=read"])
        .args(["-e", "inject=read:delay_exit=1500000", "-P"])
        .arg(file)
        .arg(crate::common::program())
        .args(["import", "records.jsonl", "--json", "--batch", "1000000"])
        .current_dir(room.path())
        .env_remove("STEADFAST_STORE");
    let said = Run::of(&mut strace).ok();
    assert_eq!(said, "{\"commits\":1,\"records\":5000}\n");
}

/// A record that waits does not wait anew for each one that comes.
#[test]
fn a_source_that_trickles_keeps_no_record_waiting() {
    let room = Room::new();
    let mut import = start(&room, &["import", "-", "--acks"]);
    let mut acks = import.acks;
    let (acknowledged, is_acknowledged) = mpsc::channel();
    let reading = thread::spawn(move || {
        let mut first = String::new();
        acks.read_line(&mut first).unwrap();
        let _ = acknowledged.send(first);
        acks.read_to_string(&mut String::new()).unwrap();
    });
    // Fewer than make a commit by their number.
    let mut first = None;
    for number in 0..250 {
        let record = records(number..number + 1);
        import.input.write_all(record.as_bytes()).unwrap();
        if let Ok(said) = is_acknowledged.recv_timeout(Duration::from_millis(100)) {
            first = Some(said);
            break;
        }
    }
    drop(import.input);
    assert_eq!(import.child.wait().unwrap().code(), Some(0));
    reading.join().unwrap();
    assert_eq!(first.as_deref(), Some("ack 1\n"));
}

#[test]
fn a_failure_while_the_source_pauses_ends_the_import() {
    let room = Room::new();
    let mut import = start(&room, &["import", "-", "--acks"]);
    // Nobody reads what takes the place of the acknowledgements.
    let (nobody, _) = std::io::pipe().unwrap();
    import.acks = BufReader::new(ChildStdout::from(OwnedFd::from(nobody)));
    import.input.write_all(records(0..10).as_bytes()).unwrap();
    let sentence = import.end().error(4);
    assert!(
        sentence.ends_with("the import has stopped after 10 records, all of them saved"),
        "{sentence}"
    );
}

#[test]
fn an_interrupt_of_the_whole_pipe_imports_no_half_record() {
    let room = Room::new();
    let script = "(printf 'key,value\\na,1\\nb,22'; exec sleep 100) | \"$0\" import - --format csv";
    room.interrupt_pipes(script, |run| {
        if run.is_some() && room.at("data.steadfast/manifest").exists() {
            let found = room.run(&["scan"]).stdout;
            assert!(matches!(&*found, "" | "a\t1\n"), "{run:?}: {found}");
        }
    });
}

#[test]
fn an_interrupt_of_the_whole_pipe_puts_no_half_value() {
    let room = Room::new();
    room.interrupt_pipes("(printf half; exec sleep 100) | \"$0\" put a -", |run| {
        if run.is_some() && room.at("data.steadfast/manifest").exists() {
            assert_eq!(room.run(&["scan"]).stdout, "", "{run:?}");
        }
    });
}
