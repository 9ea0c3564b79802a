//! A batch that is longer than one commit is stored in pieces and assembled by one commit. Before
//! that commit the map has none of it, and afterwards all of it, wherever the pieces were cut. A
//! crash in between leaves only the pieces.

#![expect(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

use pollster::block_on;
use proptest::collection::vec;
use proptest::prelude::*;
use steadfast_core::{Codec, Kv, KvBatch, KvCodec, MemoryBackend, State, Store, StoreOptions};

/// Puts the encoded batch under `pieces/`, cut at these lengths.
fn put_in_pieces(kv: &mut Kv, bytes: &[u8], cuts: &[usize]) {
    let mut rest = bytes;
    let lens = cuts.iter().copied().chain([usize::MAX]);
    for (number, len) in lens.enumerate() {
        let (piece, left) = rest.split_at(len.min(rest.len()));
        kv.apply(Kv::put(format!("pieces/{number:08}"), piece).unwrap());
        rest = left;
    }
}

fn assembling(clears: bool) -> KvBatch {
    let mut batch = KvBatch::new();
    if clears {
        batch.clear_except("pieces/").unwrap();
    }
    batch.assemble("pieces/").unwrap();
    batch
}

fn encoded<T>(of: &T) -> Vec<u8>
where
    KvCodec: Codec<T>,
{
    let mut bytes = Vec::new();
    KvCodec::encode(of, &mut bytes).unwrap();
    bytes
}

proptest! {
    #[test]
    fn pieces_come_to_what_the_batch_comes_to(
        before in vec(("[a-r]{1,30}", vec(any::<u8>(), 0..40)), 0..30),
        changes in vec(("[a-r]{1,30}", prop::option::of(vec(any::<u8>(), 0..40))), 0..60),
        cuts in vec(0..50_usize, 0..80),
        clears: bool,
    ) {
        let (mut kv, mut expected) = (Kv::default(), Kv::default());
        for (key, value) in &before {
            kv.apply(Kv::put(key, value)?);
            if !clears {
                expected.apply(Kv::put(key, value)?);
            }
        }
        let mut batch = KvBatch::new();
        for (key, value) in &changes {
            match value {
                Some(value) => batch.put(key, value)?,
                None => batch.delete(key)?,
            }
        }
        let old: Vec<_> = kv.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
        put_in_pieces(&mut kv, &encoded(&batch), &cuts);
        let others = kv.iter().filter(|(key, _)| !key.starts_with(b"pieces/"));
        prop_assert!(others.eq(old.iter().map(|(key, value)| (&key[..], &value[..]))), "nothing counts before");
        expected.apply(batch);
        // The batch as the log stores it.
        let last = KvCodec::decode(&encoded(&assembling(clears))).unwrap();
        kv.apply(last);
        prop_assert_eq!(kv, expected);
    }

    /// Bytes that are no batch change nothing.
    #[test]
    fn no_pieces_make_it_panic_or_go_round(pieces in vec(vec(0..5_u8, 0..60), 0..6)) {
        let mut kv = Kv::default();
        for (number, piece) in pieces.iter().enumerate() {
            kv.apply(Kv::put(format!("pieces/{number}"), piece)?);
        }
        let batch = assembling(true);
        let (before, is_whole) = (kv.clone(), kv.has_whole_pieces(&batch));
        kv.apply(batch);
        if is_whole {
            prop_assert_eq!(kv.scan(b"pieces/").count(), 0);
        } else {
            prop_assert_eq!(kv, before);
        }
    }
}

/// A piece assembles nothing and clears nothing: otherwise pieces within pieces would have no end.
#[test]
fn a_piece_makes_changes_of_single_pairs_only() {
    let mut kv = Kv::default();
    kv.apply(Kv::put("kept", "1").unwrap());
    kv.apply(Kv::put("others/1", encoded(&Kv::put("b", "2").unwrap())).unwrap());
    let mut inner = KvBatch::new();
    inner.put("a", "1").unwrap();
    inner.clear_except("a").unwrap();
    inner.assemble("others/").unwrap();
    inner.put("c", "3").unwrap();
    put_in_pieces(&mut kv, &encoded(&inner), &[]);
    kv.apply(assembling(false));
    let keys: Vec<_> = kv.iter().map(|(key, _)| key).collect();
    assert_eq!(keys, [&b"a"[..], b"c", b"kept", b"others/1"]);
}

/// Pieces that are cut, or of a later version, must not count in part.
#[test]
fn pieces_that_are_not_whole_change_nothing() {
    let whole = [
        encoded(&Kv::put("a", "1").unwrap()),
        encoded(&Kv::put("b", "2").unwrap()),
    ]
    .concat();
    let mut later = whole.clone();
    later.push(99);
    for bytes in [&whole[..whole.len() - 1], &later] {
        let mut kv = Kv::default();
        kv.apply(Kv::put("kept", "1").unwrap());
        put_in_pieces(&mut kv, bytes, &[]);
        let before = kv.clone();
        assert!(!kv.has_whole_pieces(&assembling(true)));
        kv.apply(assembling(true));
        assert_eq!(kv, before);
    }
}

#[test]
fn recovery_replays_it() {
    block_on(async {
        let backend = MemoryBackend::new();
        let store: Store<Kv, _> = Store::open(backend.clone(), StoreOptions::default())
            .await
            .unwrap();
        store.commit(Kv::put("old", "1").unwrap()).await.unwrap();
        store
            .commit(Kv::put("pieces/1", encoded(&Kv::put("new", "2").unwrap())).unwrap())
            .await
            .unwrap();
        store.commit(assembling(true)).await.unwrap();
        drop(store);
        let (kv, _) = Store::<Kv, _>::load(&backend).await.unwrap();
        assert!(kv.iter().eq([(&b"new"[..], &b"2"[..])]));
    });
}
