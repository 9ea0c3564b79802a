//! Whatever the lengths of the keys, and however much they share: a `Kv` holds what a map of byte
//! vectors would, in the same order.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use steadfast_core::{Kv, State};

/// Keys that differ late, by a zero, or by their length alone; both shorter and longer than what
/// the map's nodes store inline.
fn key() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(0), Just(1), Just(0x7f), Just(0x80), Just(0xff)];
    (0..=24_usize, vec(byte, 1..=4)).prop_map(|(len, end)| {
        let mut key = vec![b'k'; len];
        key.extend(end);
        key
    })
}

fn change() -> impl Strategy<Value = (Vec<u8>, Option<Vec<u8>>)> {
    (key(), prop::option::weighted(0.8, vec(any::<u8>(), 0..30)))
}

proptest! {
    #[test]
    fn a_kv_is_a_map_of_byte_vectors(changes in vec(change(), 0..400)) {
        let (mut kv, mut expected) = (Kv::default(), BTreeMap::new());
        for (key, value) in changes {
            let batch = match &value {
                Some(value) => Kv::put(&key, value)?,
                None => Kv::delete(&key)?,
            };
            kv.apply(batch);
            match value {
                Some(value) => drop(expected.insert(key, value)),
                None => drop(expected.remove(&key)),
            }
        }
        let pairs = expected.iter().map(|(key, value)| (&key[..], &value[..]));
        prop_assert!(kv.iter().eq(pairs));
        prop_assert_eq!(kv.len(), expected.len());
        for (key, value) in &expected {
            prop_assert_eq!(kv.get(key), Some(&value[..]));
            let with_prefix = expected.keys().filter(|other| other.starts_with(key));
            prop_assert_eq!(kv.scan(key).count(), with_prefix.count());
        }
    }

    /// Pages behind one another are the whole, whether the key to begin behind is there or not.
    #[test]
    fn a_page_begins_behind_a_key(keys in vec(key(), 0..60), prefix in vec(Just(b'k'), 0..3), after in key()) {
        let mut kv = Kv::default();
        for key in &keys {
            kv.apply(Kv::put(key, key)?);
        }
        let afters = keys.iter().chain([&after]).map(Vec::as_slice).chain([&b""[..], b"j", b"l"]);
        for after in afters {
            let expected = kv.iter().filter(|(key, _)| key.starts_with(&prefix) && *key > after);
            prop_assert!(kv.scan_after(&prefix, after).eq(expected));
        }
    }
}
