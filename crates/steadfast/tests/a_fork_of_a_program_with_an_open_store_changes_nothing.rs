//! A program forks while it has a store open. Only the process that opened the store commits. The
//! fork's handles refuse at once. Neither they nor their end affect the first process.
#![cfg(all(unix, feature = "file"))]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

use steadfast::blocking::Store;
use steadfast::{FileBackend, Kv, PersistenceError, Threaded};

fn is_refused<T, E: std::fmt::Display>(answer: Result<T, E>) -> bool {
    answer.is_err_and(|error| error.to_string().contains("a fork"))
}

/// Runs `work` in a fork; whether it came to its end and said yes.
#[expect(
    unsafe_code,
    reason = "a fork is what is tested: the child makes system calls, allocates, and ends without returning"
)]
fn in_a_fork(work: impl FnOnce() -> bool) -> bool {
    // SAFETY: the child runs on its only thread, and leaves by `_exit` without unwinding into this
    // frame; the parent waits for a child of its own.
    unsafe {
        match libc::fork() {
            -1 => panic!("no fork"),
            0 => {
                // A child that hangs ends by this signal.
                libc::alarm(20);
                let work = std::panic::AssertUnwindSafe(work);
                let said = std::panic::catch_unwind(work).unwrap_or(false);
                libc::_exit(i32::from(!said));
            }
            child => {
                let mut status = 0;
                libc::waitpid(child, &raw mut status, 0) == child && status == 0
            }
        }
    }
}

fn put(number: u32) -> <Kv as steadfast::State>::Operation {
    Kv::put("key", number.to_string()).expect("a put")
}

#[test]
fn a_fork_commits_nothing_and_the_first_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let mut store = Some(Store::<Kv>::open(&path).expect("a store"));
    store
        .as_ref()
        .expect("open")
        .commit(put(1))
        .expect("a commit");

    assert!(in_a_fork(|| {
        let Some(store) = store.take() else {
            return false;
        };
        is_refused(store.commit(put(2)))
            && is_refused(store.submit(put(2)))
            && is_refused(store.transact(|_| Ok::<_, PersistenceError>((Some(put(2)), ()))))
            && is_refused(store.flush())
            && is_refused(store.snapshot())
            && store.read(Kv::len).is_ok_and(|len| len == 1)
            && is_refused(store.close())
    }));
    // Its end by a drop.
    assert!(in_a_fork(|| {
        drop(store.take());
        true
    }));

    let store = store.expect("still open");
    store.commit(put(3)).expect("the first goes on");
    let second = Store::<Kv>::open(&path).map(drop);
    assert!(
        matches!(second, Err(PersistenceError::Locked { .. })),
        "{second:?}"
    );
    store.snapshot().expect("a snapshot");
    store.commit(put(4)).expect("a commit");
    store.close().expect("a close");
    let again = Store::<Kv>::open(&path).expect("the lock is free");
    let found = again.read(|kv| kv.get(b"key").map(<[u8]>::to_vec));
    assert_eq!(found.expect("sound").as_deref(), Some(&b"4"[..]));
}

#[test]
fn a_fork_of_an_asynchronous_program_is_refused_and_does_not_hang() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let opened = pollster::block_on(async {
        let backend = Threaded::open(move || FileBackend::open(path)).await?;
        steadfast::Store::<Kv, _>::open(backend, steadfast::StoreOptions::default()).await
    });
    let store = opened.expect("a store");
    pollster::block_on(store.commit(put(1))).expect("a commit");
    assert!(in_a_fork(|| {
        // Certainly not committed, and not perhaps.
        let refused = pollster::block_on(store.commit(put(2)));
        matches!(refused, Err(PersistenceError::Locked { .. })) && is_refused(refused)
    }));
    pollster::block_on(store.commit(put(3))).expect("the first goes on");
}
