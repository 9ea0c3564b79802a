//! The system calls of one undisturbed run, and where in it a commit may or may not be there.
//!
//! ```text
//! 811 openat(3</s>, "wal", …) = 6</s/wal>     thread, name, arguments with the paths of handles, result
//! 811 fsync(6</s/wal> <unfinished ...>        another thread came between: the beginning counts
//! ```
//! strace counts the calls of a name in each thread from the start of the program on, the loader's
//! too: `nth` is that count.

use std::collections::HashMap;

/// Calls that are never made to fail, each for a reason of its own.
const SPARED: &[&str] = &[
    // A program without memory, threads or signals says nothing; the standard library ends it.
    "brk",
    "clone",
    "clone3",
    "futex",
    "madvise",
    "mmap",
    "mprotect",
    "mremap",
    "munmap",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_yield",
    "set_robust_list",
    "sigaltstack",
    // They cannot fail.
    "exit",
    "exit_group",
    "getegid",
    "geteuid",
    "getgid",
    "getpid",
    "gettid",
    "getuid",
    "restart_syscall",
    "umask",
    // The name of a thread and the number of processors: answers that nobody needs.
    "prctl",
    "sched_getaffinity",
];

/// Calls that a signal can interrupt. Others never answer `EINTR`.
const INTERRUPTIBLE: &[&str] = &[
    "close",
    "dup3",
    "fallocate",
    "fcntl",
    "fdatasync",
    "flock",
    "fstatfs",
    "fsync",
    "ftruncate",
    "getrandom",
    "open",
    "openat",
    "poll",
    "ppoll",
    "pread64",
    "preadv",
    "pwrite64",
    "pwritev",
    "pwritev2",
    "read",
    "readv",
    "statfs",
    "write",
    "writev",
];

/// The last that Rust's runtime does before `main`: it installs the handlers for a stack that
/// overflows.
const MAIN_BEGINS: &str = "rt_sigaction(SIGBUS, {";

/// One system call.
#[derive(Debug)]
struct Call {
    name: String,
    /// Which one of its name in its thread, from 1.
    nth: usize,
    arguments: String,
    is_mains: bool,
    is_loaders: bool,
}

/// What can be made to fail: the `nth` call of a name, in whichever threads make so many.
#[derive(Debug, Clone)]
pub struct Target {
    /// The call's name.
    pub name: String,
    /// Which one of its name, from 1.
    pub nth: usize,
    /// The position of the first such call in the trace.
    pub first: usize,
    /// The position of the last such call.
    pub last: usize,
}

/// The calls of a run, in order.
#[derive(Debug)]
pub struct Trace(Vec<Call>);

impl Trace {
    /// `None` where `main` was not found in it.
    pub fn parse(text: &str) -> Option<Self> {
        let mut counts: HashMap<(&str, &str), usize> = HashMap::new();
        let mut calls = Vec::new();
        let main_thread = text.split_whitespace().next()?;
        let mut main_begins = None;
        for line in text.lines() {
            let Some((thread, rest)) = line.split_once(' ') else {
                continue;
            };
            let rest = rest.trim_start();
            let Some((name, arguments)) = rest.split_once('(') else {
                continue;
            };
            let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            if name.is_empty() || !name.chars().all(is_name) {
                continue;
            }
            let nth = counts.entry((thread, name)).or_default();
            *nth = nth.saturating_add(1);
            calls.push(Call {
                name: name.to_owned(),
                nth: *nth,
                arguments: arguments.to_owned(),
                is_mains: thread == main_thread,
                is_loaders: false,
            });
            if rest.starts_with(MAIN_BEGINS) && thread == main_thread {
                main_begins = Some(calls.len());
            }
        }
        for call in calls.iter_mut().take(main_begins?) {
            call.is_loaders = true;
        }
        Some(Self(calls))
    }

    /// Every call that is made to fail.
    ///
    /// A thread's call is left out where the loader makes as many of that name: the loader would
    /// fail, and never start the program.
    pub fn targets(&self) -> Vec<Target> {
        let own = self.0.iter().enumerate().filter(|(_, call)| {
            let is_loaders = |other: &&Call| {
                other.is_loaders && other.name == call.name && other.nth == call.nth
            };
            !call.is_loaders
                && !SPARED.contains(&call.name.as_str())
                && (call.is_mains || !self.0.iter().any(|other| is_loaders(&other)))
        });
        let mut targets: Vec<Target> = Vec::new();
        let mut known: HashMap<(&str, usize), usize> = HashMap::new();
        for (position, call) in own {
            let new = targets.len();
            let index = *known.entry((&call.name, call.nth)).or_insert(new);
            if let Some(target) = targets.get_mut(index) {
                target.last = position;
            } else {
                targets.push(Target {
                    name: call.name.clone(),
                    nth: call.nth,
                    first: position,
                    last: position,
                });
            }
        }
        targets
    }

    /// From where to where in the run each commit may or may not be there: from its append to the
    /// look that follows on its flush.
    pub fn commits(&self) -> Vec<(usize, usize)> {
        // What is appended to an older segment is a fence.
        let newest = self.0.iter().filter_map(Call::segment).max();
        let mut commits = Vec::new();
        for (start, call) in self.0.iter().enumerate() {
            if newest.is_none() || call.segment() != newest || !call.appends_frames() {
                continue;
            }
            let mut end = start;
            let mut is_flushed = call.name == "pwritev2";
            for (position, next) in self.0.iter().enumerate().skip(start.saturating_add(1)) {
                if SPARED.contains(&next.name.as_str()) || !next.is_mains {
                    continue;
                }
                let is_flush = next.name == "fdatasync" || next.name == "fsync";
                let is_look = next.name.contains("stat") || next.name == "readlink";
                if is_flushed && !is_look {
                    break;
                }
                is_flushed |= is_flush;
                end = position;
            }
            commits.push((start, end));
        }
        commits
    }

    /// From the rename to the flush of the directory behind it.
    pub fn rename(&self) -> Vec<(usize, usize)> {
        let is_rename = |call: &Call| call.name.starts_with("rename") || call.name == "linkat";
        let Some(start) = self.0.iter().position(is_rename) else {
            return Vec::new();
        };
        let behind = self.0.iter().enumerate().skip(start);
        let flush = behind
            .filter(|(_, call)| call.name == "fsync")
            .map(|(position, _)| position);
        vec![(start, flush.min().unwrap_or(start))]
    }
}

impl Call {
    /// The name of the segment that it is about, which ends in its number.
    fn segment(&self) -> Option<&str> {
        let (handle, _) = self.arguments.split_once('>')?;
        let (_, name) = handle.split_once("/wal/")?;
        (!name.ends_with(".tmp")).then_some(name)
    }

    fn appends_frames(&self) -> bool {
        let data = self.arguments.split('"').nth(1).unwrap_or_default();
        let is_header = data.starts_with("SFWALSEG");
        let is_zeros = data.replace("\\0", "").is_empty();
        self.name.starts_with("pwrite") && !is_header && !is_zeros
    }
}

impl Target {
    /// Whether the call can answer with this error.
    pub fn can_fail_with(&self, error: &str) -> bool {
        match error {
            "EINTR" => INTERRUPTIBLE.contains(&self.name.as_str()),
            // It reads no disk. A filter may refuse it.
            _ if self.name == "getrandom" => error == "EPERM",
            _ => true,
        }
    }
}
