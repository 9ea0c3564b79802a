//! What the fuzz targets share: the golden store, and checksums that fit.
//!
//! Random bytes rarely have the right checksum, so a target that only feeds them tests the
//! checksum. [`sealed`] puts the right one where each format has it: then the fields behind it are
//! what is fuzzed.

use pollster::block_on;
use steadfast_core::{Key, Kv, MemoryBackend, StorageBackend, Store, inspect, status, verify};

/// The store that the golden files hold, by key.
pub const GOLDEN: [(&str, &[u8]); 10] = [
    (
        "manifest/0000000000000015",
        include_bytes!("../../crates/core/tests/golden/v1/manifest.0000000000000015"),
    ),
    (
        "manifest/0000000000000016",
        include_bytes!("../../crates/core/tests/golden/v1/manifest.0000000000000016"),
    ),
    (
        "manifest/0000000000000017",
        include_bytes!("../../crates/core/tests/golden/v1/manifest.0000000000000017"),
    ),
    (
        "snapshot/000000000000002a",
        include_bytes!("../../crates/core/tests/golden/v1/snapshot.000000000000002a"),
    ),
    (
        "wal/0000000000000020",
        include_bytes!("../../crates/core/tests/golden/v1/wal.0000000000000020"),
    ),
    (
        "wal/0000000000000022",
        include_bytes!("../../crates/core/tests/golden/v1/wal.0000000000000022"),
    ),
    (
        "wal/0000000000000024",
        include_bytes!("../../crates/core/tests/golden/v1/wal.0000000000000024"),
    ),
    (
        "wal/0000000000000026",
        include_bytes!("../../crates/core/tests/golden/v1/wal.0000000000000026"),
    ),
    (
        "wal/0000000000000028",
        include_bytes!("../../crates/core/tests/golden/v1/wal.0000000000000028"),
    ),
    (
        "wal/0000000000000029",
        include_bytes!("../../crates/core/tests/golden/v1/wal.0000000000000029"),
    ),
];

/// What stands at the end of the header of each format.
#[derive(Clone, Copy)]
pub enum Format {
    /// Everything before the last four bytes.
    Manifest,
    /// Bytes 0..92, at 92.
    Segment,
    /// The header, whose length is at 12.
    Snapshot,
}

/// A disk with these streams.
pub fn disk<'a>(streams: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> MemoryBackend {
    let disk = MemoryBackend::new();
    for (name, bytes) in streams {
        let key: Key = name.parse().expect("a key");
        block_on(disk.atomic_write(&key, bytes.into())).expect("a save");
    }
    disk
}

/// The golden store with one stream replaced.
pub fn golden_with(name: &str, bytes: Vec<u8>) -> MemoryBackend {
    let replaced = |(key, golden): &(&'static str, &[u8])| {
        (
            *key,
            if *key == name {
                bytes.clone()
            } else {
                golden.to_vec()
            },
        )
    };
    disk(GOLDEN.iter().map(replaced))
}

/// Puts the right checksum where the format has it.
pub fn sealed(mut bytes: Vec<u8>, format: Format) -> Vec<u8> {
    let end = match format {
        Format::Manifest => bytes.len().checked_sub(4),
        Format::Segment => Some(92),
        Format::Snapshot => bytes
            .get(12..16)
            .and_then(|len| len.try_into().ok())
            .and_then(|len| (u32::from_le_bytes(len) as usize).checked_sub(4)),
    };
    if let Some(end) = end.filter(|end| end.checked_add(4).is_some_and(|end| end <= bytes.len())) {
        let sum = crc32c::crc32c(&bytes[..end]);
        bytes[end..end + 4].copy_from_slice(&sum.to_le_bytes());
    }
    bytes
}

/// The golden snapshot's header, `stored` as its only piece, compressed, and a trailer that
/// believes the piece: every checksum fits.
pub fn compressed_piece(stored: &[u8]) -> Vec<u8> {
    let golden = GOLDEN.iter().find(|(key, _)| key.starts_with("snapshot/"));
    let (_, golden) = golden.expect("a snapshot");
    let number = |bytes: &[u8]| bytes.try_into().map_or(0, u32::from_le_bytes);
    let header = &golden[..number(&golden[12..16]) as usize];
    let header_sum = number(&header[header.len() - 4..]);
    let field = (stored.len() as u32 | 0x4000_0000).to_le_bytes();
    let sum = crc32c::crc32c_append(header_sum, &0_u64.to_le_bytes());
    let sum = crc32c::crc32c_append(crc32c::crc32c_append(sum, &field), stored);
    let claimed = u64::from(number(stored.get(..4).unwrap_or_default()));
    let counts = [1_u64.to_le_bytes(), claimed.to_le_bytes()].concat();
    let counts_sum = crc32c::crc32c_append(header_sum, &counts).to_le_bytes();
    let piece = [&field[..], &sum.to_le_bytes(), stored].concat();
    let trailer = [&[0xff; 4][..], &counts_sum, &counts].concat();
    [header, &piece, &trailer].concat()
}

/// Everything that reads a store, on this one. None of it may panic; what it answers is the
/// caller's to judge.
pub fn read_everything(disk: &MemoryBackend) {
    let _ = block_on(Store::<Kv, _>::load(disk));
    let _ = block_on(verify(disk));
    let _ = block_on(status(disk));
    let _ = block_on(inspect(disk));
    if let Ok(store) = block_on(Store::<Kv, _>::open(disk.clone(), Default::default())) {
        block_on(store.commit(Kv::put("after", "x").expect("a put")))
            .expect("an open store commits");
        drop(store);
        let (kv, _) = block_on(Store::<Kv, _>::load(disk)).expect("what was committed loads");
        assert!(kv.contains_key(b"after"));
    }
}
