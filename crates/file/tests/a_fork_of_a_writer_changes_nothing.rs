//! After a fork only the process that opened the store may write, publish and unlock. The other's
//! handles say so, and neither what they do nor their end disturbs the first.
#![cfg(unix)]

use std::io::Read;

use steadfast_core::{PersistenceError, Precondition, Staged, StorageBackend};
use steadfast_file::{AtomicFile, FileBackend};

use crate::support::{append, create, get, key, now, open, place, save, stage, sync};

/// A fork of this process.
struct Child(libc::pid_t);

/// Runs `work` in a fork of this process.
#[expect(
    unsafe_code,
    reason = "a fork is what is tested: the child makes system calls, allocates, and ends without returning"
)]
fn fork(work: impl FnOnce() -> bool) -> Child {
    // SAFETY: the child runs on its only thread, and leaves by `_exit` without unwinding into this
    // frame.
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
            child => Child(child),
        }
    }
}

impl Child {
    /// Whether it came to its end and said yes.
    #[expect(unsafe_code, reason = "to wait for a fork")]
    fn said_yes(self) -> bool {
        let mut status = 0;
        // SAFETY: the child is this process's, and nobody else waits for it.
        let ended = unsafe { libc::waitpid(self.0, &raw mut status, 0) };
        ended == self.0 && status == 0
    }
}

fn is_refused<T>(answer: &Result<T, PersistenceError>) -> bool {
    match answer {
        Err(PersistenceError::Locked { holder, .. }) => holder.contains("a fork"),
        _ => false,
    }
}

#[test]
fn a_forks_handles_change_nothing_and_say_why() {
    let (_guard, path) = place();
    let backend = open(&path);
    // Something is left to be flushed: nothing is lost by a flush that has nothing to do.
    append(&backend, "log", 0, b"1").unwrap();
    save(&backend, "key", b"1").unwrap();
    let staged = stage(&backend, "staged", b"1");
    let whole = AtomicFile::create(path.join("by hand")).unwrap();
    let other = backend.clone();
    let (mut staged, mut whole) = (Some(staged), Some(whole));
    let child = fork(|| {
        is_refused(&append(&other, "log", 1, b"x"))
            && is_refused(&sync(&other, "log"))
            && is_refused(&save(&other, "key", b"x"))
            && is_refused(&create(&other, "new", b"x"))
            && is_refused(&now(other.write(&key("new"), bytes::Bytes::new())))
            && is_refused(&now(other.reserve(&key("log"), 4096)))
            && is_refused(&now(other.delete(&key("key"))))
            && is_refused(&now(staged.take().unwrap().commit(Precondition::None)))
            && is_refused(&whole.take().unwrap().commit())
            && get(&other, "key").unwrap() == b"1"
    });
    assert!(child.said_yes());
    append(&backend, "log", 1, b"2").unwrap();
    sync(&backend, "log").unwrap();
    now(staged.take().unwrap().commit(Precondition::None)).unwrap();
    whole.take().unwrap().commit().unwrap();
    assert_eq!(get(&backend, "log").unwrap(), b"12");
    assert_eq!(get(&backend, "staged").unwrap(), b"1");
}

#[test]
fn the_end_of_a_forks_handles_gives_nothing_away() {
    let (_guard, path) = place();
    let mut backend = Some(open(&path));
    let mut staged = Some(stage(backend.as_ref().unwrap(), "key", b"1"));
    let child = fork(|| {
        drop(staged.take());
        drop(backend.take());
        true
    });
    assert!(child.said_yes());
    let second = FileBackend::open(&path);
    assert!(
        matches!(second, Err(PersistenceError::Locked { .. })),
        "{second:?}"
    );
    now(staged.take().unwrap().commit(Precondition::None)).unwrap();
    save(backend.as_ref().unwrap(), "other", b"1").unwrap();
}

/// The lock is given back by whoever opened the store, and not by the last process that has a
/// handle of it.
#[test]
fn the_lock_ends_with_the_opener_though_a_fork_lives() {
    let (_guard, path) = place();
    let backend = open(&path);
    let (mut heard, told) = std::io::pipe().unwrap();
    let mut told = Some(told);
    let child = fork(|| {
        drop(told.take());
        // Until the parent says so.
        heard.read(&mut [0]).is_ok()
    });
    drop(backend);
    drop(open(&path));
    drop(told);
    assert!(child.said_yes());
}
