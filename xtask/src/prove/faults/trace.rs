//! The system calls of one undisturbed run, and the calls during which a commit may or may not be
//! there.
//!
//! ```text
//! 811 openat(3</s>, "wal", …) = 6</s/wal>
//! 811 fsync(6</s/wal> <unfinished ...>
//! ```
//! A line has the thread, the name, the arguments with the paths of handles, and the result. If
//! another thread's call came between, the beginning of the call counts.
//!
//! strace counts the calls of a name in each thread from the start of the program on, and includes
//! the loader's calls: `nth` is that count.

use std::collections::HashMap;

/// Calls that are never made to fail, with the reason.
const SPARED: &[&str] = &[
    // Without memory, threads or signals the standard library ends the program without a message.
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
    // The name of a thread and the number of processors: the program works without them.
    "prctl",
    "sched_getaffinity",
];

/// Calls that a signal can interrupt. Other calls never return `EINTR`.
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

/// The last call that Rust's runtime makes before `main`: it installs the handlers for a stack
/// overflow.
const MAIN_BEGINS: &str = "rt_sigaction(SIGBUS, {";

/// One system call.
#[derive(Debug)]
struct Call {
    name: String,
    /// The number of the call among the calls of its name in its thread, from 1.
    nth: usize,
    arguments: String,
    is_mains: bool,
    is_loaders: bool,
}

/// A fault that can be injected: the `nth` call of a name fails in every thread that makes so many.
#[derive(Debug, Clone)]
pub struct Target {
    /// The call's name.
    pub name: String,
    /// The number of the call among those of its name, from 1.
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
    /// `None` if the start of `main` was not found in the text.
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
    /// A call of another thread is left out if the loader makes as many calls of that name: the
    /// loader would fail, and never start the program.
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

    /// For each commit, the first and the last call during which it may or may not be there: from
    /// its append to the calls after its flush that only read names and attributes.
    pub fn commits(&self) -> Vec<(usize, usize)> {
        // An append to an older segment is a fence, not a commit.
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

    /// The first and the last call of the rename: it ends with the flush of the directory.
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
    /// The name of the segment that the call writes to. It ends in the segment's number.
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
    /// Whether the call can return this error.
    pub fn can_fail_with(&self, error: &str) -> bool {
        match error {
            "EINTR" => INTERRUPTIBLE.contains(&self.name.as_str()),
            // It reads no disk, but a system call filter may refuse it.
            _ if self.name == "getrandom" => error == "EPERM",
            _ => true,
        }
    }
}
