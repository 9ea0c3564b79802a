//! A memory disk, taken apart and put together again.

use std::collections::BTreeMap;

use pollster::block_on;
use steadfast_core::{Key, MemoryBackend, Prefix, StorageBackend, WHOLE};

/// Every stream of a disk.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// What is on the disk.
pub(crate) fn files<B: StorageBackend>(backend: &B) -> Files {
    block_on(async {
        let mut files = Files::new();
        for entry in backend
            .list(&Prefix::ROOT)
            .await
            .unwrap_or_else(|e| panic!("{e}"))
        {
            let bytes = backend.read(&entry.key, WHOLE).await;
            let bytes = bytes.unwrap_or_else(|e| panic!("{e}")).unwrap_or_default();
            assert_eq!(bytes.len() as u64, entry.len);
            files.insert(entry.key.as_str().to_owned(), bytes.to_vec());
        }
        files
    })
}

/// A disk with these streams on it.
pub(crate) fn disk(files: &Files) -> MemoryBackend {
    let disk = MemoryBackend::new();
    for (name, bytes) in files {
        let saved = block_on(disk.atomic_write(&key(name), bytes.clone().into()));
        saved.unwrap_or_else(|e| panic!("{e}"));
    }
    disk
}

/// The disk after its files were changed.
pub(crate) fn disk_with(files: &Files, change: impl FnOnce(&mut Files)) -> MemoryBackend {
    let mut files = files.clone();
    change(&mut files);
    disk(&files)
}

pub(crate) fn key(name: &str) -> Key {
    name.parse().unwrap_or_else(|e| panic!("{e}"))
}

/// The keys in a folder, in order.
pub(crate) fn names(files: &Files, folder: &str) -> Vec<String> {
    let within = |name: &&String| name.split_once('/').is_some_and(|(f, _)| f == folder);
    files.keys().filter(within).cloned().collect()
}

pub(crate) fn newest(files: &Files, folder: &str) -> String {
    names(files, folder)
        .pop()
        .unwrap_or_else(|| panic!("nothing in {folder}"))
}

/// Puts the CRC-32C of everything before `at` into the four bytes at `at`, as all formats of the
/// store do.
pub(crate) fn reseal(bytes: &mut [u8], at: usize) {
    let (covered, rest) = bytes.split_at_mut(at);
    rest[..4].copy_from_slice(&crc32c::crc32c(covered).to_le_bytes());
}

/// Where the sum of a sound manifest, segment header or snapshot header lies.
pub(crate) fn sum_at(name: &str, bytes: &[u8]) -> usize {
    match name.split('/').next() {
        Some("manifest") => bytes.len() - 4,
        Some("wal") => 92,
        _ => u32_at(bytes, 12) as usize - 4,
    }
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(four)
}

pub(crate) fn put(bytes: &mut [u8], at: usize, field: &[u8]) {
    bytes[at..at + field.len()].copy_from_slice(field);
}

/// The offsets at which the frames of a segment begin, and the end of the last.
pub(crate) fn frame_borders(segment: &[u8]) -> Vec<usize> {
    let mut borders = vec![96];
    let mut at = 96;
    while at + 36 <= segment.len() && segment[at + 32] == 1 {
        at += 36 + u32_at(segment, at + 8) as usize;
        borders.push(at);
    }
    borders
}
