//! Calls of a blocking store inside the functions that it runs return an error or an answer and
//! never hang, and the store goes on for every caller.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

use std::sync::{Mutex, PoisonError};
use std::thread;

use serde::{Deserialize, Serialize};
use steadfast::blocking::{Durability, Options, Store};
use steadfast::{Kv, MemoryBackend, PersistenceError, Postcard, Schema, State, TransactError};

type Handle = Store<Kv, MemoryBackend>;

fn open<S: State>() -> Store<S, MemoryBackend> {
    let every = Durability::Interval(std::time::Duration::from_secs(3600));
    let options = Options::default().durability(every);
    Store::open_on(MemoryBackend::new(), options).expect("a store")
}

fn is_refused<T>(called: &Result<T, PersistenceError>) -> bool {
    matches!(called, Err(PersistenceError::Reentrant { .. }))
}

fn all_are_refused(store: &Handle) -> bool {
    let put = || Kv::put("inside", "x").expect("a put");
    let transacted = store.transact(|_| Ok::<_, ()>((None, ())));
    is_refused(&store.commit(put()))
        && is_refused(&store.submit(put()))
        && is_refused(&store.flush())
        && is_refused(&store.snapshot())
        && is_refused(&store.clone().close())
        && matches!(
            transacted,
            Err(TransactError::Storage(PersistenceError::Reentrant { .. }))
        )
        && store.read(Kv::is_empty).expect("a look")
        && store.status().is_ok()
}

#[test]
fn inside_of_read_and_transact() {
    let store: Handle = open();
    assert!(store.read(|_| all_are_refused(&store)).expect("readable"));
    let inner = store.clone();
    let decide = move |_: &Kv| Ok::<_, ()>((None, all_are_refused(&inner)));
    assert!(store.transact(decide).expect("a transaction"));
    store
        .commit(Kv::put("a", "x").expect("a put"))
        .expect("goes on");
    store.close().expect("closes");
}

/// Closures of many threads read inside their reads, while others commit.
#[test]
fn reads_inside_of_reads_beside_writers() {
    let store: Handle = open();
    thread::scope(|scope| {
        for writer in 0..2 {
            let store = &store;
            scope.spawn(move || {
                for n in 0..300 {
                    let put = Kv::put(format!("{writer} {n}"), "x").expect("a put");
                    store.commit(put).expect("a commit");
                }
            });
            scope.spawn(move || {
                for _ in 0..2000 {
                    let same = store.read(|kv| kv.len() == store.read(Kv::len).expect("a look"));
                    assert!(same.expect("readable"), "one moment inside of another");
                }
            });
        }
    });
    assert_eq!(store.read(Kv::len).expect("readable"), 600);
}

/// The last handle, for an operation to drop.
static LAST: Mutex<Option<Store<Dropping, MemoryBackend>>> = Mutex::new(None);

#[derive(Default, Serialize, Deserialize)]
struct Dropping;

impl Schema for Dropping {
    const NAME: &'static str = "test.dropping";
    type Codec = Postcard;
}

impl State for Dropping {
    type Operation = u8;
    type OperationCodec = Postcard;

    fn apply(&mut self, _: u8) {
        drop(LAST.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Its threads are not waited for there: they may wait for what is under way.
#[test]
fn the_last_handle_is_dropped_inside() {
    let store: Store<Dropping, MemoryBackend> = open();
    let ticket = store.submit(1).expect("in line");
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(store);
    assert_eq!(ticket.wait().expect("a commit").get(), 1);
}
