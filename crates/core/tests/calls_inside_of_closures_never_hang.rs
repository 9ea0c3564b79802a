//! A program calls its store inside a function that the store runs: a closure of `read` or
//! `transact`, `apply`, `freeze`, the encoding of a snapshot. If the call would wait for that
//! function, it fails with an error that says so. Everything else works: the store, its other
//! threads, and other stores are not affected.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;

use pollster::block_on;
use steadfast_core::{
    CodecError, Frozen, Kv, KvBatch, KvCodec, MemoryBackend, PersistenceError, Result, Schema,
    State, Store, StoreOptions, Thaw, TransactError,
};

type Handle = Store<Kv, MemoryBackend>;

fn open<S: State>() -> Store<S, MemoryBackend> {
    block_on(Store::open(MemoryBackend::new(), StoreOptions::default())).expect("a store")
}

fn put(key: &str) -> KvBatch {
    Kv::put(key, "x").expect("a put")
}

/// The sentence with which the call is refused.
fn refusal<T>(called: Result<T>) -> String {
    match called {
        Err(error @ PersistenceError::Reentrant { .. }) => error.to_string(),
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("it was not refused"),
    }
}

fn refusal_of_transaction<E>(called: std::result::Result<(), TransactError<E>>) -> String {
    match called {
        Err(TransactError::Storage(error)) => refusal::<()>(Err(error)),
        _ => panic!("it was not refused"),
    }
}

/// Every call that waits for a batch.
fn calls(store: &Handle) -> Vec<String> {
    let decide = |_: &Kv| Ok::<_, ()>((None, ()));
    vec![
        refusal(block_on(store.commit(put("inside")))),
        refusal(block_on(store.submit(put("inside")))),
        refusal(block_on(store.flush())),
        refusal(block_on(store.snapshot())),
        refusal(block_on(store.clone().close())),
        refusal_of_transaction(block_on(store.transact(decide))),
    ]
}

/// Nothing happened to the store, and it goes on.
fn is_well(store: &Handle, keys: usize) {
    block_on(store.commit(put("afterwards"))).expect("goes on");
    block_on(store.snapshot()).expect("goes on");
    assert_eq!(store.read(Kv::len).expect("readable"), keys + 1);
}

#[test]
fn inside_of_read() {
    let store = open();
    let sentences = store.read(|_| calls(&store)).expect("readable");
    for sentence in &sentences {
        assert!(sentence.contains("a closure of `read`"), "{sentence}");
        assert!(sentence.contains("after the function"), "{sentence}");
    }
    is_well(&store, 0);
}

#[test]
fn inside_of_transact() {
    let store: Handle = open();
    let inner = store.clone();
    let decide = move |_: &Kv| Ok::<_, ()>((Some(put("decided")), calls(&inner)));
    let sentences = block_on(store.transact(decide)).expect("a commit");
    for sentence in &sentences {
        assert!(sentence.contains("a closure of `transact`"), "{sentence}");
    }
    is_well(&store, 1);
}

#[test]
fn what_only_looks_works() {
    let store: Handle = open();
    block_on(store.commit(put("a"))).expect("a commit");
    let look = |store: &Handle| {
        let _ = (store.status(), store.snapshot_is_due(), store.recovery());
        store.read(|_| store.read(Kv::len))
    };
    let deep = store.read(|_| look(&store)).expect("readable");
    assert_eq!(deep.expect("readable").expect("readable"), 1);
    let inner = store.clone();
    let decide = move |_: &Kv| Ok::<_, ()>((None, look(&inner)));
    let deep = block_on(store.transact(decide)).expect("a transaction");
    assert_eq!(deep.expect("readable").expect("readable"), 1);
    is_well(&store, 1);
}

/// A read inside a read does not wait for a writer that waits for the outer one.
#[test]
fn a_read_inside_of_a_read_beside_a_waiting_writer() {
    let disk = MemoryBackend::new();
    let store: Handle =
        block_on(Store::open(disk.clone(), StoreOptions::default())).expect("a store");
    let steps = disk.steps();
    let writer = store.clone();
    let (begin, begun) = mpsc::channel::<()>();
    let committing = thread::spawn(move || {
        begun.recv().expect("a signal");
        block_on(writer.commit(put("a"))).expect("waits, and commits");
    });
    // Once the commit is on the disk the writer is about to wait; no read may wait with it.
    let looks = store.read(|_| {
        begin.send(()).expect("it listens");
        let mut looks = 0_u64;
        while looks < 100_000 {
            assert_eq!(store.read(Kv::len).expect("readable"), 0);
            looks += u64::from(disk.steps() >= steps + 2);
            if looks.is_multiple_of(100) {
                thread::yield_now();
            }
        }
        looks
    });
    assert!(looks.expect("readable") > 0);
    committing.join().expect("no panic");
    is_well(&store, 1);
}

#[test]
fn another_store_and_another_thread_are_not_concerned() {
    let (store, other): (Handle, Handle) = (open(), open());
    let committing = store
        .read(|_| {
            block_on(other.commit(put("a"))).expect("another store");
            block_on(other.snapshot()).expect("another store");
            let inner = other.clone();
            let decide = move |_: &Kv| Ok::<_, ()>((Some(put("b")), inner.read(Kv::len)));
            let len = block_on(other.transact(decide)).expect("another store");
            assert_eq!(len.expect("readable"), 1);
            // Inside of both, each is refused.
            other
                .read(|_| (calls(&store), calls(&other)))
                .expect("readable");
            let store = store.clone();
            thread::spawn(move || block_on(store.commit(put("from a thread"))))
        })
        .expect("readable");
    committing.join().expect("no panic").expect("waited");
    is_well(&store, 1);
}

/// Futures that were begun outside do not wait inside.
#[test]
fn what_was_begun_outside_is_not_waited_for_inside() {
    let store: Handle = open();
    let ticket = block_on(store.submit(put("in line"))).expect("in line");
    let inside = store.read(|_| block_on(ticket.wait())).expect("readable");
    let error = inside.expect_err("it would wait for the closure");
    assert!(error.is_outcome_unknown(), "{error}");
    assert!(error.to_string().contains("a closure of `read`"), "{error}");

    let mut begun = pin!(store.commit(put("begun")));
    let mut context = Context::from_waker(Waker::noop());
    let polled = store.read(|_| begun.as_mut().poll(&mut context));
    let refused = match polled.expect("readable") {
        Poll::Ready(said) => said,
        Poll::Pending => panic!("it waits"),
    };
    refusal(refused);
    is_well(&store, 1);
}

/// After a closure that panicked, its thread is in it no more.
#[test]
fn a_closure_that_panicked_is_left() {
    let store: Handle = open();
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.read(|_| panic!("cannot look"))
    }));
    assert!(read.is_err());
    is_well(&store, 0);
}

/// What the functions of [`Nosy`] call, and what came of it.
type Call = Box<dyn FnMut(&str) -> Option<String> + Send>;

static CALL: Mutex<Option<Call>> = Mutex::new(None);
static SAID: Mutex<Vec<(String, Option<String>)>> = Mutex::new(Vec::new());

fn from_inside(place: &str) {
    let call = CALL.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(mut call) = call {
        let said = call(place);
        let mut all = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        all.push((place.to_owned(), said));
        drop(all);
        *CALL.lock().unwrap_or_else(PoisonError::into_inner) = Some(call);
    }
}

/// A map whose every function calls the store.
#[derive(Default)]
struct Nosy(Kv);

struct NosyFrozen(Box<dyn Frozen>);

impl Frozen for NosyFrozen {
    fn next_piece(&mut self, piece: &mut Vec<u8>) -> std::result::Result<bool, CodecError> {
        from_inside("next_piece");
        self.0.next_piece(piece)
    }
}

struct NosyThaw(Box<dyn Thaw<Kv>>);

impl Thaw<Nosy> for NosyThaw {
    fn piece(&mut self, piece: &[u8]) -> std::result::Result<(), CodecError> {
        from_inside("thaw");
        self.0.piece(piece)
    }

    fn finish(self: Box<Self>) -> std::result::Result<Nosy, CodecError> {
        self.0.finish().map(Nosy)
    }
}

struct NosyCodec;

impl steadfast_core::Codec<Nosy> for NosyCodec {
    fn encode(nosy: &Nosy, bytes: &mut Vec<u8>) -> std::result::Result<(), CodecError> {
        KvCodec::encode(&nosy.0, bytes)
    }

    fn decode(bytes: &[u8]) -> std::result::Result<Nosy, CodecError> {
        KvCodec::decode(bytes).map(Nosy)
    }
}

impl Schema for Nosy {
    const NAME: &'static str = "test.nosy";
    type Codec = NosyCodec;
}

impl State for Nosy {
    type Operation = KvBatch;
    type OperationCodec = KvCodec;

    fn apply(&mut self, batch: KvBatch) {
        from_inside("apply");
        self.0.apply(batch);
    }

    fn freeze(&self) -> std::result::Result<Box<dyn Frozen>, CodecError> {
        from_inside("freeze");
        Ok(Box::new(NosyFrozen(self.0.freeze()?)))
    }

    fn thaw(version: u32) -> Box<dyn Thaw<Self>> {
        Box::new(NosyThaw(Kv::thaw(version)))
    }
}

fn said<T>(called: Result<T>) -> Option<String> {
    match called {
        Ok(_) => None,
        Err(error @ PersistenceError::Reentrant { .. }) => Some(error.to_string()),
        Err(error) => panic!("another error: {error}"),
    }
}

#[test]
fn inside_of_the_functions_of_a_state() {
    static STORE: OnceLock<Store<Nosy, MemoryBackend>> = OnceLock::new();
    let store = STORE.get_or_init(open);
    let run = |call: Call| {
        *CALL.lock().unwrap_or_else(PoisonError::into_inner) = Some(call);
        block_on(store.commit(put("a"))).expect("a commit");
        block_on(store.snapshot()).expect("a snapshot");
        *CALL.lock().unwrap_or_else(PoisonError::into_inner) = None;
        std::mem::take(&mut *SAID.lock().unwrap_or_else(PoisonError::into_inner))
    };
    let refused_in = |all: &[(String, Option<String>)], place: &str| {
        let mut here = all.iter().filter(|(at, _)| at == place).peekable();
        assert!(here.peek().is_some(), "{place} was not called: {all:?}");
        here.all(|(_, said)| said.is_some())
    };
    let all = run(Box::new(|_| said(block_on(store.snapshot()))));
    for place in ["apply", "freeze", "next_piece", "thaw"] {
        assert!(refused_in(&all, place), "a snapshot in {place}: {all:?}");
    }
    let all = run(Box::new(|_| said(store.read(|nosy| nosy.0.len()))));
    assert!(refused_in(&all, "apply"), "{all:?}");
    for place in ["freeze", "next_piece", "thaw"] {
        assert!(!refused_in(&all, place), "a read in {place}: {all:?}");
    }
    let all = run(Box::new(|_| said(block_on(store.flush()))));
    for place in ["apply", "freeze"] {
        assert!(refused_in(&all, place), "{all:?}");
    }
    // While a snapshot is encoded commits go on.
    for place in ["next_piece", "thaw"] {
        assert!(!refused_in(&all, place), "a flush in {place}: {all:?}");
    }
    let kept = Arc::new(Mutex::new(0_usize));
    let count = Arc::clone(&kept);
    let all = run(Box::new(move |place| {
        if place == "apply" {
            return None;
        }
        *count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        let called = block_on(store.commit(put(place)));
        said(called)
    }));
    assert!(refused_in(&all, "freeze"), "{all:?}");
    assert!(!refused_in(&all, "next_piece"), "{all:?}");
    store
        .read(|nosy| assert!(nosy.0.contains_key(b"next_piece")))
        .expect("readable");
}
