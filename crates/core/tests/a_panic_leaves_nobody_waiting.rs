//! The user's code panics. In `State::apply` that ends the store, whose state is then half changed,
//! and every waiter is told. In the closure of a transaction the panic is passed on to the caller
//! and changes nothing.

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use common::history::{Progress, count_of, operation};
use common::numbers::{NumberStore, Numbers, open_small};
use common::probe::Probe;
use common::tasks::Tasks;
use pollster::block_on;
use serde::{Deserialize, Serialize};
use steadfast_core::{
    MemoryBackend, PersistenceError, Postcard, Result, Schema, State, Store, StoreOptions,
    TransactError,
};

/// While set, applying 13 panics.
static SUPERSTITIOUS: AtomicBool = AtomicBool::new(false);

#[derive(Default, Serialize, Deserialize)]
struct Floors(Vec<u32>);

impl Schema for Floors {
    const NAME: &'static str = "test.floors";
    type Codec = Postcard;
}

impl State for Floors {
    type Operation = u32;
    type OperationCodec = Postcard;

    fn apply(&mut self, floor: u32) {
        assert!(
            floor != 13 || !SUPERSTITIOUS.load(Ordering::Relaxed),
            "there is no such floor"
        );
        self.0.push(floor);
    }
}

/// What became of a task.
#[derive(Debug)]
enum Ended {
    Said(Result<()>),
    Panicked,
}

/// The future, its panic made an output.
async fn caught(future: impl Future<Output = Result<()>>) -> Ended {
    let mut future: Pin<Box<_>> = Box::pin(future);
    std::future::poll_fn(move |context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        match polled {
            Ok(polled) => polled.map(Ended::Said),
            Err(_) => Poll::Ready(Ended::Panicked),
        }
    })
    .await
}

fn add_floor(floor: u32) -> impl FnOnce(&Floors) -> Result<(Option<u32>, ())> + Send {
    move |_| Ok((Some(floor), ()))
}

fn flat(said: Result<(), TransactError<PersistenceError>>) -> Result<()> {
    said.map_err(|error| match error {
        TransactError::Storage(error) | TransactError::Refused(error) => error,
    })
}

#[test]
fn a_panicking_state_ends_the_store_and_everybody_is_told() {
    // The one that panics is a commit, or a transaction among others.
    for by_transaction in [false, true] {
        SUPERSTITIOUS.store(true, Ordering::Relaxed);
        let disk = MemoryBackend::new();
        let probe = Probe::new(&disk, 1);
        let store: Store<Floors, _> =
            block_on(Store::open(probe, StoreOptions::default())).expect("opens");
        let mut tasks = Tasks::new();
        let commit = |floor| {
            let store = &store;
            caught(async move { store.commit(floor).await.map(drop) })
        };
        let transact = |floor| {
            let store = &store;
            caught(async move { flat(store.transact(add_floor(floor)).await) })
        };
        tasks.add(commit(1));
        tasks.step(0);
        tasks.add(transact(2));
        if by_transaction {
            tasks.add(transact(13));
        } else {
            tasks.add(commit(13));
        }
        tasks.add(caught(store.flush()));
        tasks.add(transact(4));
        tasks.add(commit(5));
        tasks.add(caught(async { store.snapshot().await.map(drop) }));
        let ended = tasks.finish();
        let ended: Vec<Ended> = ended.into_iter().flatten().collect();
        assert!(matches!(ended[0], Ended::Said(Ok(()))), "{ended:?}");
        let named = ended.iter().filter(|end| {
            matches!(end, Ended::Said(Err(PersistenceError::ApplyPanicked { message, .. }))
                if message.contains("no such floor"))
        });
        assert!(named.count() >= 1, "the commit is named: {ended:?}");
        let told = |end: &Ended| match end {
            Ended::Said(Err(error)) => matches!(
                error,
                PersistenceError::Poisoned { .. }
                    | PersistenceError::OutcomeUnknown { .. }
                    | PersistenceError::ApplyPanicked { .. }
            ),
            Ended::Said(Ok(())) | Ended::Panicked => false,
        };
        // Plain commits come before transactions, so the fifth may be through.
        for behind in [3, 4, 6] {
            assert!(told(&ended[behind]), "{ended:?}");
        }

        let refused = block_on(store.commit(6));
        assert!(
            matches!(refused, Err(PersistenceError::Poisoned { .. })),
            "{refused:?}"
        );
        assert!(matches!(
            store.read(|floors| floors.0.len()),
            Err(PersistenceError::Poisoned { .. })
        ));
        drop(store);

        // The operation is in the log; a program that can apply it opens the store.
        SUPERSTITIOUS.store(false, Ordering::Relaxed);
        let store: Store<Floors, _> =
            block_on(Store::open(disk, StoreOptions::default())).expect("opens");
        let floors = store.read(|floors| floors.0.clone()).expect("readable");
        assert!(floors.contains(&13));
        for (end, floor) in ended.iter().zip([1, 2, 13, 0, 4, 5, 0]) {
            let acknowledged = floor > 0 && matches!(end, Ended::Said(Ok(())));
            assert!(!acknowledged || floors.contains(&floor), "{floor}");
        }
        block_on(store.commit(7)).expect("goes on");
    }
}

#[test]
fn a_panicking_transaction_is_the_callers_alone() {
    let disk = MemoryBackend::new();
    let probe = Probe::new(&disk, 1);
    let store: Store<Numbers, _> =
        block_on(Store::open(probe, StoreOptions::default())).expect("opens");
    let mut tasks = Tasks::new();
    let commit = |n| {
        let store = &store;
        caught(async move { store.commit(operation(n)).await.map(drop) })
    };
    tasks.add(commit(0));
    tasks.step(0);
    tasks.add(commit(1));
    tasks.add(caught(async {
        let decide = |_: &Numbers| -> Result<(Option<Vec<u32>>, ())> { panic!("no decision") };
        flat(store.transact(decide).await)
    }));
    tasks.add(caught(store.flush()));
    let ended = tasks.finish();
    let ended: Vec<Ended> = ended.into_iter().flatten().collect();
    for (index, end) in ended.iter().enumerate() {
        match end {
            Ended::Said(Ok(())) => assert_ne!(index, 2),
            _ => assert!(index == 2 && matches!(end, Ended::Panicked), "{ended:?}"),
        }
    }
    block_on(store.commit(operation(2))).expect("the store lives");
    drop(store);
    let store: NumberStore = block_on(open_small(disk)).expect("opens");
    Progress::all(3).admits(count_of(&store));
}

#[test]
fn a_panic_while_reading_harms_nobody() {
    let disk = MemoryBackend::new();
    let store = block_on(open_small(disk)).expect("opens");
    block_on(store.commit(operation(0))).expect("a commit");
    let read = catch_unwind(AssertUnwindSafe(|| store.read(|_| panic!("cannot look"))));
    assert!(read.is_err());
    block_on(store.commit(operation(1))).expect("the store lives");
    assert_eq!(count_of(&store), 2);
}
