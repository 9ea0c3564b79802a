//! Numbers that name stores and salt segments are never met twice.

use std::collections::HashSet;

use steadfast_core::StorageBackend;

use crate::support::{open, place};

#[test]
fn unique_numbers_differ() {
    let (_guard, path) = place();
    let backend = open(&path);
    let numbers: HashSet<u64> = (0..10_000).map(|_| backend.unique()).collect();
    assert_eq!(numbers.len(), 10_000);
}
