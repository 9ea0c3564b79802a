//! A caller that finds a store in use waits as long as asked for, and learns who had it and how
//! long the wait was.
use std::cell::Cell;
use std::sync::mpsc::channel;
use std::time::Duration;

use steadfast::blocking::{Options, Store, retry_while_locked};
use steadfast::{FileBackend, Kv, PersistenceError};

/// No test waits for as long as this.
const LONG: Duration = Duration::from_secs(600);

fn locked() -> PersistenceError {
    PersistenceError::Locked {
        place: "the store".to_owned(),
        holder: "process 7".to_owned(),
        waited: Duration::ZERO,
    }
}

#[test]
fn the_store_is_opened_as_soon_as_it_is_free() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let first: Store<Kv> = Store::open(&path).expect("a store");
    let (refused, was_refused) = channel();
    let waiting = std::thread::spawn({
        move || {
            let opened = retry_while_locked(LONG, || {
                FileBackend::open(&path).inspect_err(|_| {
                    let _ = refused.send(());
                })
            });
            opened.map(|_| ())
        }
    });
    was_refused.recv().expect("the lock is taken");
    first.close().expect("a flush");
    waiting.join().expect("no panic").expect("the lock is free");
}

#[test]
fn without_a_limit_it_is_asked_once() {
    for (timeout, answer) in [
        (Duration::ZERO, locked()),
        (
            LONG,
            PersistenceError::NoStore {
                place: String::new(),
            },
        ),
    ] {
        let calls = Cell::new(0);
        let answered = retry_while_locked(timeout, || -> Result<(), _> {
            calls.set(calls.get() + 1);
            Err(answer.clone())
        });
        assert!(answered.is_err());
        assert_eq!(calls.get(), 1, "{answer}");
    }
}

#[test]
fn the_error_names_the_holder_and_the_wait() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store");
    let _first: Store<Kv> = Store::open(&path).expect("a store");
    let limit = Duration::from_millis(20);
    let options = Options::default().lock_timeout(limit);
    let refused = Store::<Kv>::open_with(&path, options)
        .err()
        .expect("in use");
    let sentence = refused.to_string();
    match refused {
        PersistenceError::Locked { holder, waited, .. } => {
            assert!(waited >= limit, "{waited:?}");
            assert!(holder.contains(&std::process::id().to_string()), "{holder}");
        }
        other => panic!("{other}"),
    }
    assert!(
        sentence.contains("also after waiting ") && sentence.ends_with("close that first"),
        "{sentence}"
    );
    let at_once = Store::<Kv>::open(&path).err().expect("in use").to_string();
    assert!(!at_once.contains("waiting"), "{at_once}");
}
