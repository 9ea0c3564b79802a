//! Every checksum is right, but the pieces do not fit together: a segment with another number,
//! another first commit, one commit too few or out of order, a manifest without a segment in the
//! middle. A checksum proves that bytes are what was written, not that they are what should be
//! there.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::{Files, disk, files, frame_borders, newest, put, reseal, u32_at};
use common::history::Progress;
use common::numbers::{NumberStore, small};
use pollster::block_on;
use steadfast_core::{MemoryBackend, PersistenceError, StoreOptions, verify};

const FIRST: &str = "wal/0000000000000001";
const SECOND: &str = "wal/0000000000000002";

/// Two commits in a finished segment, two more in the open one.
fn specimen() -> Files {
    let disk = MemoryBackend::new();
    block_on(async {
        let mut progress = Progress::default();
        for ends_well in [true, false] {
            let store = NumberStore::open(disk.clone(), StoreOptions::default()).await?;
            progress.commit(&store).await?;
            progress.commit(&store).await?;
            if ends_well {
                store.close().await?;
            }
        }
        Ok::<_, PersistenceError>(())
    })
    .expect("a store");
    files(&disk)
}

/// The place of the damage that reading and opening find.
fn damage_in(files: &Files) -> (String, u64) {
    let disk = disk(files);
    let opened = block_on(NumberStore::open(disk.clone(), small())).err();
    let read = block_on(NumberStore::load(&disk)).err();
    assert_eq!(
        opened.as_ref().map(ToString::to_string),
        read.as_ref().map(ToString::to_string)
    );
    match read {
        Some(PersistenceError::Corrupt { key, offset, .. }) => (key.as_str().to_owned(), offset),
        other => panic!("not called damage: {other:?}"),
    }
}

/// The offset of the damage in the first segment after this change to it.
fn damage_after(change: impl FnOnce(&mut Vec<u8>)) -> u64 {
    let mut files = specimen();
    change(files.get_mut(FIRST).expect("the first segment"));
    let (name, offset) = damage_in(&files);
    assert_eq!(name, FIRST);
    offset
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

/// The manifest and the segment do not agree on the version of the state's encoding; either may be
/// the one that is wrong. A program that believed the manifest would save the commits anew under a
/// version that cannot read them.
#[test]
fn another_version_of_the_state() {
    let segment_says = damage_after(|segment| {
        put(segment, 88, &0_u32.to_le_bytes());
        reseal(segment, 92);
    });
    assert_eq!(segment_says, 88);

    for (name, segment) in [(FIRST, 0), (SECOND, 1)] {
        let mut files = specimen();
        let newest = newest(&files, "manifest");
        let manifest = files.get_mut(&newest).expect("a manifest");
        put(manifest, 82 + 44 * segment + 32, &256_u32.to_le_bytes());
        let len = manifest.len();
        reseal(manifest, len - 4);
        assert_eq!(damage_in(&files), (name.to_owned(), 88));
    }
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

/// The newest manifest no longer names the first segment: the commits in the second do not follow
/// on nothing.
#[test]
fn a_hole_in_the_log() {
    let mut files = specimen();
    let name = newest(&files, "manifest");
    let manifest = files.get_mut(&name).expect("a manifest");
    // No snapshots; two segments of 44 bytes each from byte 82 on.
    assert_eq!((u32_at(manifest, 74), u32_at(manifest, 78)), (0, 2));
    manifest.drain(82..82 + 44);
    put(manifest, 78, &1_u32.to_le_bytes());
    let len = manifest.len();
    put(
        manifest,
        12,
        &u32::try_from(len).expect("short").to_le_bytes(),
    );
    reseal(manifest, len - 4);
    assert_eq!(damage_in(&files), (SECOND.to_owned(), 56));
}

/// The newest manifest is damaged, and the segment that only it named says that it follows on
/// another one than the last that is known.
#[test]
fn a_segment_after_another_one() {
    let mut files = specimen();
    let name = newest(&files, "manifest");
    files.get_mut(&name).expect("a manifest")[30] ^= 1;
    let segment = files.get_mut(SECOND).expect("the second segment");
    put(segment, 64, &77_u64.to_le_bytes());
    reseal(segment, 92);
    assert_eq!(damage_in(&files), (SECOND.to_owned(), 64));
}

/// Bytes behind the fields of a manifest, which its length and its checksum include.
#[test]
fn bytes_behind_the_fields_of_a_manifest() {
    let mut files = specimen();
    let name = newest(&files, "manifest");
    let manifest = files.get_mut(&name).expect("a manifest");
    let end = manifest.len() - 4;
    manifest.splice(end..end, [0; 4]);
    let len = u32::try_from(manifest.len()).expect("short");
    put(manifest, 12, &len.to_le_bytes());
    reseal(manifest, end + 4);
    let (_, report) = block_on(NumberStore::load(&disk(&files))).expect("the one before will do");
    assert_eq!(report.skipped.len(), 1);
    assert_eq!(report.skipped[0].key.as_str(), name);
    assert!(!block_on(verify(&disk(&files))).expect("checked").is_sound());
}
