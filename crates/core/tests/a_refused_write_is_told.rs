//! The closure of a transaction makes an operation that is refused. The caller gets the error, and
//! nothing is committed.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

use pollster::block_on;
use steadfast_core::{
    KV_KEY_LEN_MAX, Kv, KvBatch, MemoryBackend, PersistenceError, Result, Store, StoreOptions,
    TransactError,
};

fn open() -> Store<Kv, MemoryBackend> {
    block_on(Store::open(MemoryBackend::new(), StoreOptions::default())).expect("a store")
}

fn key(len: usize) -> String {
    "k".repeat(len)
}

#[test]
fn what_put_returned_is_handed_on() {
    let store = open();
    let put = |len| {
        let decide = move |kv: &Kv| match kv.len() {
            9 => Err("full"),
            _ => Ok((Kv::put(key(len), "x"), kv.len())),
        };
        block_on(store.transact(decide))
    };
    assert_eq!(put(KV_KEY_LEN_MAX).expect("a commit"), 0);
    for len in [0, KV_KEY_LEN_MAX + 1] {
        let told = put(len).expect_err("refused");
        assert!(
            matches!(
                &told,
                TransactError::Storage(
                    PersistenceError::TooLarge { .. } | PersistenceError::InvalidKey { .. }
                )
            ),
            "{told:?}"
        );
    }
    assert_eq!(put(1).expect("a commit"), 1);
    assert_eq!(store.status().lsn.get(), 2);
}

#[test]
fn the_question_mark_works_too() {
    let store = open();
    let decide = |len| {
        move |_: &Kv| -> Result<(Option<KvBatch>, ())> {
            let mut batch = KvBatch::new();
            batch.put(key(len), "x")?;
            Ok((Some(batch), ()))
        }
    };
    block_on(store.transact(decide(1))).expect("a commit");
    let told = block_on(store.transact(decide(0))).expect_err("refused");
    assert!(matches!(
        told,
        TransactError::Refused(PersistenceError::InvalidKey { .. })
    ));
}

#[test]
fn none_and_perhaps_one() {
    let store = open();
    let decide = |is_there: bool| {
        move |_: &Kv| Ok::<_, ()>((is_there.then(|| Kv::put("a", "x")).transpose(), is_there))
    };
    assert!(!block_on(store.transact(decide(false))).expect("nothing to do"));
    assert_eq!(store.status().lsn.get(), 0);
    assert!(block_on(store.transact(decide(true))).expect("a commit"));
    block_on(store.transact(|_| Ok::<_, ()>((None, ())))).expect("nothing to do");
    assert_eq!(store.status().lsn.get(), 1);
}
