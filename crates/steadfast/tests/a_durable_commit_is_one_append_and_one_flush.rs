//! Counted by strace: a durable commit is one append and one flush, in one call if the file system
//! has zeros written ahead. Commits that wait together share both. An atomic save is one file flush
//! and one directory flush. Nothing else flushes or writes.
//!
//! How many commits of eight threads wait together depends on the machine. So for those only the
//! order is checked: each append has its flush. What one thread has submitted before it waits is
//! one group on any machine.
#![cfg(target_os = "linux")]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

use std::path::Path;
use std::process::Command;

use steadfast::blocking::{Backend, Options, Store};
use steadfast::{FileBackend, Kv};

const SCRIPT: &str = "STEADFAST_TEST_SCRIPT";
const COMMITS: usize = 50;
const GROUP: usize = 8;

/// What runs under strace. The marks are reads of paths that do not exist, which show up in the
/// trace.
fn script(folder: &Path) {
    let mark = |name: &str| drop(std::fs::metadata(folder.join(name)));
    let backend = FileBackend::open(folder.join("store")).expect("a backend");
    let options = Options::default().automatic_snapshots(false);
    let store: Store<Kv> = Store::open_on(backend, options).expect("a store");
    mark("mark-commits");
    for number in 0..COMMITS {
        store
            .commit(Kv::put("key", number.to_string()).expect("a put"))
            .expect("a commit");
    }
    mark("mark-groups");
    for number in 0..COMMITS {
        let tickets: Vec<_> = (0..GROUP)
            .map(|key| Kv::put(format!("{key}"), number.to_string()).expect("a put"))
            .map(|put| store.submit(put).expect("a place in the queue"))
            .collect();
        for ticket in tickets {
            ticket.wait().expect("a commit");
        }
    }
    mark("mark-threads");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let store = store.clone();
            scope.spawn(move || {
                for number in 0..COMMITS {
                    let put = Kv::put(format!("{thread}"), number.to_string()).expect("a put");
                    store.commit(put).expect("a commit");
                }
            });
        }
    });
    mark("mark-close");
    drop(store);
    let values = Backend::new(FileBackend::open(folder.join("values")).expect("a backend"));
    values.atomic_write("value", b"old").expect("a save");
    mark("mark-saves");
    for _ in 0..COMMITS {
        values.atomic_write("value", b"new").expect("a save");
    }
    mark("mark-end");
}

/// The traced calls between two marks.
struct Part<'t> {
    name: &'static str,
    lines: Vec<&'t str>,
}

impl<'t> Part<'t> {
    fn new(trace: &'t str, name: &'static str, until: &str) -> Self {
        let from = format!("mark-{name}\"");
        let until = format!("mark-{until}\"");
        let lines = trace.lines().skip_while(|line| !line.contains(&from));
        let lines = lines.skip(1).take_while(|line| !line.contains(&until));
        Self {
            name,
            lines: lines.filter(|line| !line.contains("resumed>")).collect(),
        }
    }

    fn of(&self, call: &str) -> impl Iterator<Item = &'t str> {
        let (lines, call) = (self.lines.clone(), format!(" {call}("));
        lines.into_iter().filter(move |line| line.contains(&call))
    }

    fn count(&self, call: &str) -> usize {
        self.of(call).count()
    }

    /// Pages written ahead, of zeros only. A group begins with a checksum and has a salt in what
    /// strace shows of it.
    fn zeros(&self) -> usize {
        self.of("pwrite64").filter(|line| is_zeros(line)).count()
    }

    /// Writes that are flushes too. One of nothing only asks whether there are such writes.
    fn durable_writes(&self) -> usize {
        let writes = self.of("pwritev2");
        let durable = writes.filter(|line| line.contains("RWF_DSYNC"));
        durable.filter(|line| !line.contains(" [], 0, ")).count()
    }

    fn appends(&self) -> usize {
        self.count("pwrite64").saturating_sub(self.zeros())
    }

    /// Fails with the figures, and with the first calls of that name; the whole trace says less.
    fn expect(&self, what: &str, call: &str, found: usize, expected: usize) {
        if found == expected {
            return;
        }
        let lines: Vec<_> = self.of(call).take(3).collect();
        panic!(
            "{}: {what}: {found} instead of {expected}; {} appends, {} durable writes, {} pages ahead, {} flushes; \
             its first {call}:\n{}",
            self.name,
            self.appends(),
            self.durable_writes(),
            self.zeros(),
            self.count("fdatasync") + self.count("fsync"),
            lines.join("\n"),
        );
    }

    /// Every append has its flush, in the same call or in the next.
    fn expect_flushed_appends(&self) {
        let others = self
            .of("pwritev2")
            .filter(|line| !line.contains("RWF_DSYNC"));
        let others = others.count();
        self.expect(
            "writes past the cache that are not durable",
            "pwritev2",
            others,
            0,
        );
        self.expect(
            "flushes",
            "fdatasync",
            self.count("fdatasync"),
            self.appends(),
        );
    }

    fn expect_none_of(&self, calls: &[&str]) {
        for call in calls {
            self.expect(call, call, self.count(call), 0);
        }
    }
}

/// Whether a write's data, as strace shows it, is zeros only: the last page is as short as what is
/// left of the room.
fn is_zeros(line: &str) -> bool {
    let data = line.split('"').nth(1).unwrap_or_default();
    !data.is_empty() && data.replace("\\0", "").is_empty()
}

const OTHER_WRITES: [&str; 6] = [
    "write",
    "fsync",
    "syncfs",
    "sync",
    "sync_file_range",
    "renameat2",
];

#[test]
fn a_durable_commit_is_one_append_and_one_flush() {
    if let Some(folder) = std::env::var_os(SCRIPT) {
        script(Path::new(&folder));
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("trace");
    let traced = "trace=write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,sync_file_range,syncfs,sync,rename,renameat,\
                  renameat2,ftruncate,fallocate,stat,statx,newfstatat,openat";
    let status = Command::new("strace")
        .args(["-f", "-e", traced, "-o"])
        .arg(&trace)
        .arg(std::env::current_exe().expect("this test"))
        .args([
            "--exact",
            "a_durable_commit_is_one_append_and_one_flush",
            "--nocapture",
        ])
        .env(SCRIPT, folder.path())
        .status()
        .expect("strace is installed by `cargo xtask test`");
    assert!(status.success());
    let trace = std::fs::read_to_string(trace).expect("a trace");

    let commits = Part::new(&trace, "commits", "groups");
    let appends = commits.appends() + commits.durable_writes();
    commits.expect("appends", "pwrite64", appends, COMMITS);
    commits.expect_flushed_appends();
    commits.expect_none_of(&OTHER_WRITES);
    commits.expect_none_of(&["openat"]);

    let groups = Part::new(&trace, "groups", "threads");
    let appends = groups.appends() + groups.durable_writes();
    groups.expect("appends", "pwrite64", appends, COMMITS);
    groups.expect_flushed_appends();
    groups.expect_none_of(&OTHER_WRITES);

    let threads = Part::new(&trace, "threads", "close");
    threads.expect_flushed_appends();
    threads.expect_none_of(&OTHER_WRITES);
    // The handle for writes past the cache, when there is room for the first time. A new thread may
    // count the processors.
    let opened = groups.of("openat").chain(threads.of("openat"));
    let opened = opened.filter(|line| !line.contains("\"/sys/")).count();
    assert!(opened <= 1, "{opened} files were opened by commits");
    let appends = threads.appends() + threads.durable_writes();
    assert!(
        appends <= 8 * COMMITS,
        "{appends} appends of {} commits",
        8 * COMMITS
    );
    // Room ends at twice the length of the log at most, which is 42 KiB in the end.
    let zeros = groups.zeros() + threads.zeros();
    assert!(zeros <= 21, "{zeros} pages of zeros were written ahead");

    let saves = Part::new(&trace, "saves", "end");
    let flushes = saves.count("fsync") + saves.count("fdatasync");
    saves.expect(
        "flushes of file and directory",
        "fsync",
        flushes,
        2 * COMMITS,
    );
    let renames = ["rename", "renameat", "renameat2"];
    let renames = renames.iter().map(|call| saves.count(call)).sum();
    saves.expect("renames", "renameat2", renames, COMMITS);
}
