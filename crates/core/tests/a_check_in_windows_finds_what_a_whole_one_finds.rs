//! `verify` holds one window of a finished segment in memory, recovery the whole segment. Both find
//! the same damage, in the same words: in frames that lie across the windows' borders, in frames
//! longer than a window, in files that are cut.
#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::{Files, disk, files, frame_borders, names, put};
use pollster::block_on;
use steadfast_core::{Kv, MemoryBackend, PersistenceError, Store, StoreOptions, verify};

#[path = "common/peak.rs"]
mod peak;

#[global_allocator]
static ALLOCATOR: peak::Counting = peak::Counting;

const MEBIBYTE: usize = 1 << 20;

/// A segment of short frames, frames that nearly fill a window, and frames of several.
fn specimen() -> (Files, String) {
    let disk = MemoryBackend::new();
    block_on(async {
        let options = StoreOptions::default().segment_len(64 << 20);
        let store: Store<Kv, _> = Store::open(disk.clone(), options).await?;
        let lens = [100, 700_000, 4096, MEBIBYTE, 3 * MEBIBYTE, 20, 900_000];
        for round in 0..2_u8 {
            for (number, len) in lens.into_iter().enumerate() {
                let value: Vec<u8> = (0..len)
                    .map(|at| (at % 251).to_le_bytes()[0] ^ round)
                    .collect();
                store
                    .commit(Kv::put([round, number.to_le_bytes()[0]], value)?)
                    .await?;
            }
        }
        store.close().await
    })
    .expect("a sound store");
    let files = files(&disk);
    let mut segments = names(&files, "wal");
    let segment = segments.pop().expect("a segment");
    assert!(segments.is_empty() && files[&segment].len() > 11 * MEBIBYTE);
    (files, segment)
}

/// What the check in windows finds, which has to be what recovery finds.
fn damage_in(files: &Files, what: &str) -> Option<PersistenceError> {
    let disk = disk(files);
    let report = block_on(verify(&disk)).expect("a store");
    let loaded = block_on(Store::<Kv, _>::load(&disk)).err();
    let texts: Vec<_> = report.damage.iter().map(ToString::to_string).collect();
    let expected: Vec<_> = loaded.iter().map(ToString::to_string).collect();
    assert_eq!(texts, expected, "{what}");
    loaded
}

#[test]
fn a_sound_segment_is_sound_and_fully_counted() {
    let (files, segment) = specimen();
    let report = block_on(verify(&disk(&files))).expect("a store");
    assert!(report.is_sound());
    assert_eq!((report.commits, report.segments), (14, 1));
    assert_eq!(report.bytes, files[&segment].len() as u64);
    assert_eq!(report.lsn.get(), 14);
}

#[test]
fn every_kind_of_damage_is_told_of_in_the_same_words() {
    let (files, segment) = specimen();
    let sound = &files[&segment];
    let borders = frame_borders(sound);
    assert_eq!(borders.len(), 15);
    let mut places: Vec<usize> = vec![0, 40, 92];
    for border in &borders {
        // In the header: its checksum, the payload's, the length, the salt, the number, the kind.
        // Then the payload.
        places.extend([0, 4, 8, 11, 16, 24, 32, 36, 50].map(|field| border + field));
        places.extend(border.checked_sub(1));
    }
    for window in [1, 2, 7] {
        places
            .extend([-1, 0, 1, 95, 96, 97].map(|by| (window * MEBIBYTE).saturating_add_signed(by)));
    }
    places.retain(|place| *place < sound.len());
    let mut damaged = files.clone();
    for place in places {
        damaged.get_mut(&segment).expect("there")[place] ^= 0x10;
        let found = damage_in(&damaged, &format!("byte {place} flipped"));
        assert!(
            matches!(found, Some(PersistenceError::Corrupt { .. })),
            "byte {place}: {found:?}"
        );
        damaged.get_mut(&segment).expect("there")[place] ^= 0x10;
    }
}

#[test]
fn every_cut_is_told_of_in_the_same_words() {
    let (files, segment) = specimen();
    let sound = files[&segment].clone();
    let mut lens = vec![
        0,
        50,
        95,
        96,
        97,
        MEBIBYTE - 1,
        MEBIBYTE,
        MEBIBYTE + 1,
        sound.len() - 1,
    ];
    lens.extend(frame_borders(&sound).iter().map(|border| border - 1));
    for len in lens {
        // Damage before the cut does not come first.
        for flipped in [None, Some(200)] {
            let mut files = files.clone();
            let bytes = files.get_mut(&segment).expect("there");
            bytes.truncate(len);
            if let Some(byte) = flipped.and_then(|at| bytes.get_mut(at)) {
                *byte ^= 1;
            }
            let found = damage_in(&files, &format!("cut to {len}"));
            assert!(found.is_some(), "cut to {len}");
        }
    }
}

/// Makes both checksums of the frame at `at` right.
fn reseal_frame(segment: &mut [u8], at: usize) {
    let sum = crc32c::crc32c(&segment[at + 4..at + 36]);
    put(segment, at, &sum.to_le_bytes());
}

#[test]
fn frames_out_of_place_are_told_of_in_the_same_words() {
    let (files, segment) = specimen();
    let borders = frame_borders(&files[&segment]);
    let (behind_a_window, long) = (borders[3], borders[4]);
    // Another salt, another number, a fence, a length that no window has, one that the file does
    // not have.
    let fields: [(usize, &[u8]); 5] = [
        (16, &[1; 8]),
        (24, &77_u64.to_le_bytes()),
        (32, &[2]),
        (8, &(5_u32 << 20).to_le_bytes()),
        (8, &(200_u32 << 20).to_le_bytes()),
    ];
    for at in [borders[0], behind_a_window, long, borders[13]] {
        for (field, value) in fields {
            let mut files = files.clone();
            let bytes = files.get_mut(&segment).expect("there");
            put(bytes, at + field, value);
            reseal_frame(bytes, at);
            let found = damage_in(&files, &format!("field {field} of the frame at {at}"));
            assert!(found.is_some(), "field {field} of the frame at {at}");
        }
    }
}

#[test]
fn what_follows_the_known_length_is_not_looked_at() {
    let (mut files, segment) = specimen();
    files.get_mut(&segment).expect("there").extend([7; 5000]);
    assert!(damage_in(&files, "rubbish behind").is_none());
}

#[test]
fn a_segment_is_not_held_as_a_whole() {
    let (files, _) = specimen();
    let disk = disk(&files);
    let (report, most) = peak::peak_of(|| block_on(verify(&disk)).expect("a store"));
    assert!(report.is_sound());
    // The longest frame is 3 MiB long.
    assert!(most < 4 * MEBIBYTE, "{most} bytes");
}
