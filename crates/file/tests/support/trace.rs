//! The system calls that a scenario makes, seen from outside; and calls that fail on order.

use std::path::Path;
use std::process::Command;

use super::process::{given_directory, wrapped_child};

const CALLS: &str = "openat,fsync,fdatasync,sync_file_range,rename,renameat,renameat2,linkat,write,pwrite64,\
                     writev,pwritev,pwritev2,ftruncate,fallocate,mkdir,mkdirat,unlink,unlinkat,syncfs,sync,msync";

/// One system call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    thread: String,
    pub(crate) name: String,
    /// The arguments as text, handles with their paths.
    pub(crate) arguments: String,
    pub(crate) result: String,
}

impl Call {
    /// Whether its first handle is of this path.
    pub(crate) fn is_on(&self, path: &Path) -> bool {
        let on = format!("<{}>", path.display());
        self.arguments
            .split(',')
            .next()
            .is_some_and(|first| first.ends_with(&on))
    }
}

/// Marks the place in the trace where what is measured begins or ends.
pub(crate) fn mark(name: &str) {
    assert!(std::fs::File::open(format!("/steadfast-mark-{name}")).is_err());
}

fn strace(
    options: &[&str],
    test: &str,
    directory: &Path,
) -> Option<(Vec<Call>, std::process::Output)> {
    let out = tempfile::NamedTempFile::new().unwrap();
    let mut wrapper = Command::new("strace");
    wrapper
        .args(["-f", "-y", "-e", &format!("trace={CALLS}")])
        .args(options);
    wrapper.arg("-o").arg(out.path());
    let Ok(output) = wrapped_child(wrapper, test, directory).output() else {
        println!("skipped: there is no strace here");
        return None;
    };
    let text = std::fs::read_to_string(out.path()).unwrap();
    Some((text.lines().filter_map(parse).collect(), output))
}

/// `1234 fsync(3</path>) = 0`
fn parse(line: &str) -> Option<Call> {
    let (thread, call) = line.split_once(' ')?;
    let (name, rest) = call.trim_start().split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let arguments = arguments.trim_end().trim_end_matches(')').to_owned();
    let (thread, name, result) = (thread.to_owned(), name.to_owned(), result.to_owned());
    Some(Call {
        thread,
        name,
        arguments,
        result,
    })
}

fn position(calls: &[Call], mark: &str) -> usize {
    let path = format!("/steadfast-mark-{mark}\"");
    calls
        .iter()
        .position(|call| call.arguments.contains(&path))
        .expect("the mark is in the trace")
}

/// What `scenario` does between its marks `begin` and `end`, in a process of its own.
///
/// `None` in that process, and where there is no strace.
pub(crate) fn traced(
    test: &str,
    scenario: impl FnOnce(&Path),
) -> Option<(tempfile::TempDir, Vec<Call>)> {
    if let Some(directory) = given_directory() {
        scenario(&directory);
        return None;
    }
    let guard = tempfile::tempdir().unwrap();
    let (calls, output) = strace(&[], test, guard.path())?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let measured = calls[position(&calls, "begin") + 1..position(&calls, "end")].to_vec();
    Some((guard, measured))
}

/// Runs `scenario` in a process of its own, where the `nth` (from 1) `call` after the mark `begin`
/// fails with `error`; once for each of `errors`.
///
/// Before that it is run without a failure, to count the calls before the mark.
pub(crate) fn with_failing(
    call: &str,
    nth: usize,
    errors: &[&str],
    test: &str,
    scenario: impl FnOnce(&Path),
) {
    if let Some(directory) = given_directory() {
        scenario(&directory);
        return;
    }
    let count = tempfile::tempdir().unwrap();
    let Some((calls, _)) = strace(&[], test, count.path()) else {
        return;
    };
    // A failure is ordered for the nth call of every thread, so only the scenario's is looked at.
    let begin = position(&calls, "begin");
    let is_counted = |c: &&Call| c.name == call && c.thread == calls[begin].thread;
    let before = calls[..=begin].iter().filter(is_counted).count();
    for error in errors {
        let guard = tempfile::tempdir().unwrap();
        let order = format!("inject={call}:error={error}:when={}", before + nth);
        let (calls, output) = strace(&["-e", &order], test, guard.path()).unwrap();
        let thread = &calls[position(&calls, "begin")].thread;
        let is_hit = |call: &&Call| call.thread == *thread && call.result.contains("INJECTED");
        assert_eq!(
            calls.iter().filter(is_hit).count(),
            1,
            "{order} was not met: {calls:#?}"
        );
        assert!(
            output.status.success(),
            "{order}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// Runs `scenario` in a process of its own, where every `call` fails with `error`.
pub(crate) fn with_all_failing(call: &str, error: &str, test: &str, scenario: impl FnOnce(&Path)) {
    with_calls_failing(&[&[(call, error)]], test, |_| {}, scenario);
}

/// Runs `scenario` in a process of its own for each set of failures, where each of these calls
/// always fails, and each is met. What is to be prepared in its directory is done before, where
/// nothing fails.
pub(crate) fn with_calls_failing(
    sets: &[&[(&str, &str)]],
    test: &str,
    prepare: impl Fn(&Path),
    scenario: impl FnOnce(&Path),
) {
    if let Some(directory) = given_directory() {
        scenario(&directory);
        return;
    }
    for failures in sets {
        let guard = tempfile::tempdir().unwrap();
        prepare(guard.path());
        let mut trace = format!("trace={CALLS}");
        let mut options = Vec::new();
        for (call, error) in *failures {
            trace += &format!(",{call}");
            options.push(format!("inject={call}:error={error}"));
        }
        options.push(trace);
        let options: Vec<&str> = options.iter().flat_map(|option| ["-e", option]).collect();
        let Some((calls, output)) = strace(&options, test, guard.path()) else {
            return;
        };
        assert!(
            output.status.success(),
            "{failures:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        for (call, _) in *failures {
            let is_met = |met: &Call| met.name == *call && met.result.contains("INJECTED");
            assert!(calls.iter().any(is_met), "no {call} was made: {calls:#?}");
        }
    }
}

/// The calls that decide what survives a crash, without those that only open.
pub(crate) fn decisive(calls: &[Call]) -> Vec<&Call> {
    calls.iter().filter(|call| call.name != "openat").collect()
}

/// Their names, for one comparison of the whole order.
pub(crate) fn names<'a>(calls: &[&'a Call]) -> Vec<&'a str> {
    calls.iter().map(|call| call.name.as_str()).collect()
}
