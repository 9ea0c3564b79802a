//! Every checksum of a segment is right, but it is not the segment that belongs there: another number, another first commit, a commit
//! too few, a commit out of turn. A checksum says that bytes are what was written, not that they are what should be there.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::{Files, disk, files, frame_borders, key, put, reseal, u32_at};
use common::history::Progress;
use common::numbers::{NumberStore, small};
use pollster::block_on;
use steadfast_core::{MemoryBackend, PersistenceError, StoreOptions};

const FIRST: &str = "wal/0000000000000001";

/// Two commits in a finished segment, two more in the open one.
fn specimen() -> Files {
    let disk = MemoryBackend::new();
    block_on(async {
        let mut progress = Progress::default();
        for _ in 0..2 {
            let store = NumberStore::open(disk.clone(), StoreOptions::default()).await?;
            progress.commit(&store).await?;
            progress.commit(&store).await?;
        }
        Ok::<_, PersistenceError>(())
    })
    .expect("a store");
    files(&disk)
}

/// The place of the damage that reading and opening find in the first segment.
fn damage_after(change: impl FnOnce(&mut Vec<u8>)) -> u64 {
    let mut files = specimen();
    change(files.get_mut(FIRST).expect("the first segment"));
    let disk = disk(&files);
    let opened = block_on(NumberStore::open(disk.clone(), small())).err();
    let read = block_on(NumberStore::load(&disk)).err();
    assert_eq!(
        opened.as_ref().map(ToString::to_string),
        read.as_ref().map(ToString::to_string)
    );
    match read {
        Some(PersistenceError::Corrupt {
            key: damaged,
            offset,
            ..
        }) => {
            assert_eq!(damaged, key(FIRST));
            offset
        }
        other => panic!("not called damage: {other:?}"),
    }
}

/// Writes a field of the header, and the header's checksum.
fn with_header(at: usize, field: u64) -> u64 {
    damage_after(|segment| {
        put(segment, at, &field.to_le_bytes());
        reseal(segment, 92);
    })
}

/// Makes both checksums of the frame at `at` right, whose payload is `len` bytes long.
fn reseal_frame(segment: &mut [u8], at: usize, len: usize) {
    let payload = at + 36;
    let sum = crc32c::crc32c(&segment[payload..payload + len]);
    put(segment, at + 4, &sum.to_le_bytes());
    let sum = crc32c::crc32c(&segment[at + 4..payload]);
    put(segment, at, &sum.to_le_bytes());
}

#[test]
fn another_store_number_or_first_commit() {
    assert_eq!(with_header(16, 77), 16);
    assert_eq!(with_header(32, 77), 32);
    assert_eq!(with_header(56, 77), 56);
}

/// Exactly as long as the manifest says, but one commit instead of two.
#[test]
fn a_commit_too_few() {
    let at = damage_after(|segment| {
        let borders = frame_borders(segment);
        let len = borders[2] - borders[0] - 36;
        let stored_len = u32::try_from(len).expect("short");
        put(segment, borders[0] + 8, &stored_len.to_le_bytes());
        reseal_frame(segment, borders[0], len);
    });
    assert!(at > 96, "{at}");
}

#[test]
fn a_commit_out_of_turn() {
    for number in [1_u64, 3, u64::MAX] {
        let mut second = 0;
        let at = damage_after(|segment| {
            second = frame_borders(segment)[1];
            let len = u32_at(segment, second + 8) as usize;
            put(segment, second + 24, &number.to_le_bytes());
            reseal_frame(segment, second, len);
        });
        assert_eq!(at, second as u64, "commit {number}");
    }
}
