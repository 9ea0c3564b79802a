//! Counted by strace: a durable commit is one append and one flush, in one call where the file system has room written ahead; an atomic save one file flush and one directory flush, and nothing
//! else flushes or writes.
#![cfg(target_os = "linux")]
#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

use std::path::Path;
use std::process::Command;

use steadfast::blocking::{Backend, Options, Store};
use steadfast::{FileBackend, Kv};

const SCRIPT: &str = "STEADFAST_TEST_SCRIPT";
const COMMITS: usize = 50;

/// What runs under strace. The marks are reads of paths that do not exist, which show up in the trace.
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
fn between<'t>(trace: &'t str, from: &str, to: &str) -> Vec<&'t str> {
    let lines = trace
        .lines()
        .skip_while(|line| !line.contains(from))
        .skip(1);
    lines
        .take_while(|line| !line.contains(to))
        .filter(|line| !line.contains("resumed>"))
        .collect()
}

fn count(lines: &[&str], call: &str) -> usize {
    lines
        .iter()
        .filter(|line| line.contains(&format!("{call}(")))
        .count()
}

/// Writes that are flushes too.
fn durable_writes(lines: &[&str]) -> usize {
    let durable = lines.iter().filter(|line| line.contains("pwritev2("));
    durable.filter(|line| line.contains("RWF_DSYNC")).count()
}

/// Zeros, written ahead now and then, a page with each call.
fn zeros(lines: &[&str]) -> usize {
    let writes = lines.iter().filter(|line| line.contains("pwrite64("));
    writes
        .filter(|line| line.contains(r#", "\0\0\0\0\0\0\0\0"#))
        .count()
}

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

    let commits = between(&trace, "mark-commits", "mark-threads");
    let durable = durable_writes(&commits);
    assert_eq!(count(&commits, "pwritev2"), durable, "{commits:#?}");
    let appends = count(&commits, "pwrite64") - zeros(&commits);
    assert_eq!(appends + durable, COMMITS, "{commits:#?}");
    assert_eq!(count(&commits, "fdatasync"), appends, "{commits:#?}");
    for other in [
        "write",
        "fsync",
        "syncfs",
        "sync",
        "sync_file_range",
        "renameat2",
        "openat",
    ] {
        let calls = commits
            .iter()
            .filter(|line| line.contains(&format!(" {other}(")))
            .count();
        assert_eq!(calls, 0, "{other}: {commits:#?}");
    }

    let threads = between(&trace, "mark-threads", "mark-close");
    let (durable, zeros) = (durable_writes(&threads), zeros(&threads));
    let appends = count(&threads, "pwrite64") - zeros;
    let flushes = count(&threads, "fdatasync");
    println!(
        "{} commits of 8 threads: {durable} durable writes, {appends} others, {flushes} flushes, {zeros} pages ahead",
        8 * COMMITS
    );
    assert_eq!(flushes, appends, "{threads:#?}");
    let flushes = flushes + durable;
    // As many as the log is long at most, which is 24 KiB.
    assert!(zeros <= 6, "{zeros} pages of zeros were written ahead");
    assert!(flushes < 8 * COMMITS, "threads must share flushes");

    let saves = between(&trace, "mark-saves", "mark-end");
    let flushes = count(&saves, "fsync") + count(&saves, "fdatasync");
    assert_eq!(
        flushes,
        2 * COMMITS,
        "one file flush and one directory flush a save: {saves:#?}"
    );
    assert_eq!(
        count(&saves, "rename") + count(&saves, "renameat") + count(&saves, "renameat2"),
        COMMITS
    );
}
