//! The commit path under shuttle: threads commit, transact, snapshot, flush and drop their futures,
//! and shuttle chooses at every lock which one goes on. Whatever it chooses, every commit is
//! answered, numbers are consecutive, and what was acknowledged is there.
//!
//! Run by `cargo xtask prove`, with `--cfg steadfast_shuttle`; without it there is nothing to
//! choose.
#![cfg(steadfast_shuttle)]
#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::ops::Range;
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use shuttle::future::block_on;
use steadfast_core::{
    Entry, Key, Kv, MemoryBackend, MemoryStaged, Prefix, Result, StorageBackend, Store,
    StoreOptions, Survives, TransactError,
};

/// A memory backend that suspends once in every append and flush, so that a batch can be
/// interrupted half-way.
#[derive(Clone)]
struct Suspending(MemoryBackend);

async fn suspend() {
    let mut suspended = false;
    poll_fn(move |context| {
        if suspended {
            return Poll::Ready(());
        }
        suspended = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl StorageBackend for Suspending {
    type Staged = MemoryStaged;

    fn location(&self) -> String {
        self.0.location()
    }

    fn survives(&self) -> Survives {
        self.0.survives()
    }

    fn is_exclusive(&self) -> bool {
        true
    }

    fn unique(&self) -> u64 {
        self.0.unique()
    }

    async fn read(&self, key: &Key, range: Range<u64>) -> Result<Option<Bytes>> {
        self.0.read(key, range).await
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<Entry>> {
        self.0.list(prefix).await
    }

    async fn write(&self, key: &Key, data: Bytes) -> Result<()> {
        self.0.write(key, data).await
    }

    async fn append(&self, key: &Key, position: u64, data: Bytes) -> Result<()> {
        suspend().await;
        self.0.append(key, position, data).await
    }

    async fn reserve(&self, key: &Key, until: u64) -> Result<()> {
        self.0.reserve(key, until).await
    }

    async fn sync(&self, key: &Key) -> Result<()> {
        suspend().await;
        self.0.sync(key).await
    }

    async fn stage(&self, key: &Key) -> Result<MemoryStaged> {
        self.0.stage(key).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.0.delete(key).await
    }
}

type Shared = Store<Kv, Suspending>;

fn open(disk: &MemoryBackend) -> Shared {
    let options = StoreOptions::default().segment_len(400);
    block_on(Store::open(Suspending(disk.clone()), options)).expect("a store")
}

/// Polls so many times at most, then drops.
async fn dropped_after<F: Future>(future: F, polls: u32) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

fn explore(test: impl Fn() + Send + Sync + 'static) {
    let iterations = std::env::var("STEADFAST_ITERATIONS")
        .ok()
        .and_then(|n| n.parse().ok());
    let iterations: usize = iterations.unwrap_or(2_000);
    shuttle::check_pct(test, iterations, 3);
}

#[test]
fn every_commit_is_answered_and_numbered_once() {
    explore(|| {
        let disk = MemoryBackend::new();
        let store = open(&disk);
        let threads: Vec<_> = (0..3)
            .map(|thread| {
                let store = store.clone();
                shuttle::thread::spawn(move || {
                    let commit = |n: u32| {
                        let put = Kv::put(format!("{thread} {n}"), "x").expect("a put");
                        block_on(store.commit(put)).expect("a commit").get()
                    };
                    (0..3).map(commit).collect::<Vec<_>>()
                })
            })
            .collect();
        let numbers: BTreeSet<u64> = threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("no panic"))
            .collect();
        assert_eq!(numbers, (1..=9).collect());
        drop(store);
        let (kv, _) = block_on(Store::<Kv, _>::load(&disk)).expect("a sound store");
        assert_eq!(kv.len(), 9);
    });
}

#[test]
fn dropped_committers_hold_up_nobody() {
    explore(|| {
        let disk = MemoryBackend::new();
        let store = open(&disk);
        let threads: Vec<_> = (0..4_u32)
            .map(|thread| {
                let store = store.clone();
                shuttle::thread::spawn(move || {
                    for n in 0..2_u32 {
                        let put = Kv::put(format!("{thread} {n}"), "x").expect("a put");
                        let polls = if thread % 2 == 0 { u32::MAX } else { 1 + n };
                        let done = block_on(dropped_after(store.commit(put), polls));
                        done.transpose().expect("no error");
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().expect("no panic");
        }
        for (thread, n) in [(0, 0), (0, 1), (2, 0), (2, 1)] {
            let key = format!("{thread} {n}");
            assert!(
                store
                    .read(|kv| kv.contains_key(key.as_bytes()))
                    .expect("sound")
            );
        }
    });
}

#[test]
fn transactions_and_snapshots_meet_commits() {
    explore(|| {
        let disk = MemoryBackend::new();
        let store = open(&disk);
        let once = |store: Shared| {
            shuttle::thread::spawn(move || {
                let claimed = store.transact(|kv| match kv.get(b"seat") {
                    Some(_) => Err(()),
                    None => Ok((Kv::put("seat", "mine"), ())),
                });
                match block_on(claimed) {
                    Ok(()) => 1,
                    Err(TransactError::Refused(())) => 0,
                    Err(TransactError::Storage(error)) => unreachable!("{error}"),
                }
            })
        };
        let claims = [once(store.clone()), once(store.clone())];
        let saver = {
            let store = store.clone();
            shuttle::thread::spawn(move || {
                block_on(store.commit(Kv::put("other", "x").expect("a put"))).expect("a commit");
                block_on(store.snapshot()).expect("a snapshot");
            })
        };
        let won: u32 = claims
            .into_iter()
            .map(|claim| claim.join().expect("no panic"))
            .sum();
        assert_eq!(won, 1, "a seat is given once");
        saver.join().expect("no panic");
        drop(store);
        let (kv, _) = block_on(Store::<Kv, _>::load(&disk)).expect("a sound store");
        assert_eq!(kv.len(), 2);
    });
}
