//! `State::apply` panics when the commit is durable already. The living store ends with an error.
//! Every later open fails too, with an error that names the commit and the ways out. Both ways
//! work.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

use std::sync::atomic::{AtomicBool, Ordering};

use pollster::block_on;
use serde::{Deserialize, Deserializer, Serialize};
use steadfast_core::{
    CodecError, Frozen, Lsn, MemoryBackend, PersistenceError, Postcard, Remedy, Result, Schema,
    State, Store, StoreOptions, copy_store,
};

/// A program with a bug.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Shares<const MENDED: bool>(Vec<u32>);

impl<const MENDED: bool> Schema for Shares<MENDED> {
    const NAME: &'static str = "test.shares";
    type Codec = Postcard;
}

impl<const MENDED: bool> State for Shares<MENDED> {
    type Operation = u32;
    type OperationCodec = Postcard;

    fn apply(&mut self, among: u32) {
        if MENDED && among == 0 {
            return;
        }
        self.0.push(100 / among);
    }
}

type Broken = Store<Shares<false>, MemoryBackend>;

fn open<S: State>(disk: &MemoryBackend) -> Result<Store<S, MemoryBackend>> {
    block_on(Store::open(disk.clone(), StoreOptions::default()))
}

fn names_commit_3(error: &PersistenceError) {
    let PersistenceError::ApplyPanicked { commit, message } = error else {
        panic!("another error: {error}");
    };
    assert_eq!(*commit, Lsn::new(3));
    assert!(message.contains("divide by zero"), "{message}");
    let sentence = error.to_string();
    for part in ["commit 3", "restore --at 2", "divide by zero"] {
        assert!(sentence.contains(part), "{sentence}");
    }
    assert_eq!(error.remedy(), Remedy::ChangeTheCall);
}

fn with_a_commit_that_cannot_be_applied() -> MemoryBackend {
    let disk = MemoryBackend::new();
    let store: Broken = open(&disk).expect("opens");
    block_on(store.commit(1)).expect("a commit");
    block_on(store.commit(2)).expect("a commit");
    // Together with others: the one in the middle is named.
    let tickets = [0, 4, 5].map(|n| block_on(store.submit(n)).expect("in line"));
    for ticket in tickets {
        names_commit_3(&block_on(ticket.wait()).expect_err("it cannot be applied"));
    }
    // The state is half changed: nobody sees it, and nobody adds to it.
    let read = store.read(|shares| shares.0.len());
    assert!(matches!(read, Err(PersistenceError::Poisoned { .. })));
    let commit = block_on(store.commit(6)).expect_err("the handle is dead");
    assert!(matches!(commit, PersistenceError::Poisoned { .. }));
    assert!(commit.to_string().contains("restore --at 2"), "{commit}");
    disk
}

#[test]
fn every_open_says_so() {
    let disk = with_a_commit_that_cannot_be_applied();
    for _ in 0..2 {
        names_commit_3(&open::<Shares<false>>(&disk).err().expect("refused"));
        names_commit_3(&block_on(Broken::load(&disk)).expect_err("refused"));
    }
}

#[test]
fn a_mended_program_opens_it() {
    let disk = with_a_commit_that_cannot_be_applied();
    let store: Store<Shares<true>, _> = open(&disk).expect("opens");
    let shares = store.read(|shares| shares.0.clone()).expect("readable");
    assert_eq!(shares, [100, 50, 25, 20]);
}

#[test]
fn the_commit_before_is_restored() {
    let disk = with_a_commit_that_cannot_be_applied();
    let restored = MemoryBackend::new();
    block_on(copy_store(&disk, &restored, Some(Lsn::new(2)))).expect("a copy");
    let store: Broken = open(&restored).expect("opens");
    let shares = store.read(|shares| shares.0.clone()).expect("readable");
    assert_eq!(shares, [100, 50]);
    block_on(store.commit(10)).expect("goes on");
}

/// Panics where it is decoded, once that is switched on.
#[derive(Debug)]
struct Touchy;

static TOUCHED: AtomicBool = AtomicBool::new(false);

impl Serialize for Touchy {
    fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.serialize_u8(1)
    }
}

impl<'de> Deserialize<'de> for Touchy {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        assert!(!TOUCHED.load(Ordering::Relaxed), "do not touch");
        u8::deserialize(from).map(|_| Self)
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Box_;

impl Schema for Box_ {
    const NAME: &'static str = "test.box";
    type Codec = Postcard;
}

impl State for Box_ {
    type Operation = Touchy;
    type OperationCodec = Postcard;

    fn apply(&mut self, _: Touchy) {}

    fn freeze(&self) -> std::result::Result<Box<dyn Frozen>, CodecError> {
        panic!("not now");
    }
}

/// A panic in the user's other functions is an error too.
#[test]
fn a_panic_of_decoding_or_freezing_is_an_error() {
    let disk = MemoryBackend::new();
    let store: Store<Box_, _> = open(&disk).expect("opens");
    block_on(store.commit(Touchy)).expect("a commit");
    let error = block_on(store.snapshot()).expect_err("it cannot be frozen");
    assert!(error.to_string().contains("not now"), "{error}");
    block_on(store.commit(Touchy)).expect("the store lives");
    drop(store);
    TOUCHED.store(true, Ordering::Relaxed);
    let error = open::<Box_>(&disk).err().expect("refused");
    let sentence = error.to_string();
    assert!(matches!(error, PersistenceError::Codec { .. }), "{error}");
    assert!(sentence.contains("commit 1"), "{sentence}");
    assert!(sentence.contains("do not touch"), "{sentence}");
}
