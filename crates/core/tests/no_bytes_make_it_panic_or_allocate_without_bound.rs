//! Whatever is stored under the keys of a store (rubbish, or nonsense with right checksums),
//! nothing that reads it panics, loops, or allocates much more than what is there.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;
#[path = "common/peak.rs"]
mod peak;

use common::disk::{Files, disk, files};
use common::history::Progress;
use common::numbers::{NumberStore, Numbers, small};
use pollster::block_on;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use steadfast_core::{
    Kv, MemoryBackend, State, Store, StoreOptions, copy_store, inspect, load_snapshot, status,
    verify,
};

#[global_allocator]
static ALLOCATOR: peak::Counting = peak::Counting;

/// Reading takes windows of a few mebibytes, and a few copies of what is there.
const FIXED_LEN_MAX: usize = 12 << 20;
const COPIES_MAX: usize = 40;

fn read_as<S: State>(files: &Files) {
    let disk = disk(files);
    drop(block_on(Store::<S, _>::load(&disk)));
    let opened = block_on(Store::<S, _>::open(disk.clone(), small()));
    if let Ok(store) = opened {
        drop(block_on(store.snapshot()));
        drop(store);
        drop(block_on(Store::<S, _>::open(disk, StoreOptions::default())));
    }
}

/// Everything that reads a store.
fn read_everything(files: &Files) {
    let untouched = disk(files);
    drop(block_on(verify(&untouched)));
    drop(block_on(inspect(&untouched)));
    drop(block_on(status(&untouched)));
    drop(block_on(copy_store(
        &untouched,
        &MemoryBackend::new(),
        None,
    )));
    for name in files.keys() {
        drop(block_on(load_snapshot::<_, Numbers>(
            &untouched,
            &common::disk::key(name),
        )));
    }
    assert_eq!(common::disk::files(&untouched), *files, "a reader wrote");
    read_as::<Numbers>(files);
    read_as::<Kv>(files);
}

fn check(files: &Files) {
    let total: usize = files.values().map(Vec::len).sum();
    let ((), most) = peak::peak_of(|| read_everything(files));
    let most_allowed = FIXED_LEN_MAX + COPIES_MAX * total;
    assert!(
        most <= most_allowed,
        "{most} bytes allocated for {total} bytes stored"
    );
}

/// A store with two snapshots, finished segments and an open one.
fn specimen() -> Files {
    let disk = MemoryBackend::new();
    block_on(async {
        let store = NumberStore::open(disk.clone(), small()).await?;
        let mut progress = Progress::default();
        for _ in 0..2 {
            for _ in 0..4 {
                progress.commit(&store).await?;
            }
            store.snapshot().await?;
        }
        for _ in 0..3 {
            progress.commit(&store).await?;
        }
        Ok::<_, steadfast_core::PersistenceError>(())
    })
    .expect("a store");
    files(&disk)
}

/// The numbers at which code goes wrong, and those that a small store has.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0..24_u64,
        1 => Just(96_u64),
        1 => Just(u64::MAX),
        1 => Just(u64::MAX - 1),
        1 => Just(1_u64 << 63),
        1 => Just(u64::from(u32::MAX)),
        1 => any::<u64>(),
    ]
}

fn length() -> impl Strategy<Value = u32> {
    prop_oneof![
        4 => 0..300_u32,
        1 => Just(u32::MAX),
        1 => Just(u32::MAX - 1),
        1 => Just(256 << 20),
        1 => Just(512 << 20),
        1 => any::<u32>(),
    ]
}

fn name() -> impl Strategy<Value = String> {
    let folder = prop_oneof![Just("manifest"), Just("wal"), Just("snapshot")];
    (folder, number()).prop_map(|(folder, number)| format!("{folder}/{number:016x}"))
}

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes
}

fn short(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// A manifest that is soundly sealed, of the store with this identity.
fn manifest(number_in_it: u64, store: [u8; 16]) -> impl Strategy<Value = Vec<u8>> {
    let entry = |fields| vec(number(), fields);
    let snapshots = vec(entry(4..5), 0..4);
    let salt = prop_oneof![3 => Just(7_u64), 1 => number()];
    let segments = vec((entry(4..5), 0..3_u32, salt), 0..6);
    let counts = (0..8_u32, 0..8_u32, any::<bool>());
    (snapshots, segments, number(), number(), counts).prop_map(
        move |(snapshots, segments, epoch, next_object, counts)| {
            let mut bytes = join(&[b"SFMANIFS", &1_u32.to_le_bytes(), &[0; 4]]);
            bytes.extend_from_slice(&number_in_it.to_le_bytes());
            bytes.extend_from_slice(&store);
            for field in [epoch, next_object] {
                bytes.extend_from_slice(&field.to_le_bytes());
            }
            bytes.extend_from_slice(&1_u32.to_le_bytes());
            bytes.extend_from_slice(&12_u16.to_le_bytes());
            bytes.extend_from_slice(b"test.numbers");
            let (wrong_snapshots, wrong_segments, wrong) = counts;
            let count = |right: usize, other: u32| if wrong { other } else { short(right) };
            bytes.extend_from_slice(&count(snapshots.len(), wrong_snapshots).to_le_bytes());
            for field in snapshots.iter().flatten() {
                bytes.extend_from_slice(&field.to_le_bytes());
            }
            bytes.extend_from_slice(&count(segments.len(), wrong_segments).to_le_bytes());
            for (fields, version, salt) in &segments {
                for field in fields {
                    bytes.extend_from_slice(&field.to_le_bytes());
                }
                bytes.extend_from_slice(&version.to_le_bytes());
                bytes.extend_from_slice(&salt.to_le_bytes());
            }
            // The manifest before, and its checksum.
            bytes.extend_from_slice(&number_in_it.wrapping_sub(1).to_le_bytes());
            bytes.extend_from_slice(&7_u32.to_le_bytes());
            let len = short(bytes.len() + 4);
            common::disk::put(&mut bytes, 12, &len.to_le_bytes());
            sealed(bytes)
        },
    )
}

/// A frame whose header and payload are soundly sealed, unless it is cut.
fn frame(salt: u64) -> impl Strategy<Value = Vec<u8>> {
    let payload = vec(any::<u8>(), 0..40);
    let fields = (proptest::option::of(length()), length(), number(), 0..4_u8);
    (payload, fields).prop_map(move |(payload, (other_len, back, lsn, kind))| {
        let len = other_len.unwrap_or(short(payload.len()));
        let header = join(&[
            &crc32c::crc32c(&payload).to_le_bytes(),
            &len.to_le_bytes(),
            &back.to_le_bytes(),
            &salt.to_le_bytes(),
            &lsn.to_le_bytes(),
            &[kind, 0, 0, 0],
        ]);
        join(&[&crc32c::crc32c(&header).to_le_bytes(), &header, &payload])
    })
}

fn segment(id: u64, store: [u8; 16]) -> impl Strategy<Value = Vec<u8>> {
    let salt = 7;
    let fields = (vec(number(), 6), 0..3_u32, 0..3_u32);
    (fields, vec(frame(salt), 0..5)).prop_map(move |((fields, kind, version), frames)| {
        let mut header = join(&[
            b"SFWALSEG",
            &1_u32.to_le_bytes(),
            &kind.to_le_bytes(),
            &store,
            &id.to_le_bytes(),
            &fields[0].to_le_bytes(),
            &salt.to_le_bytes(),
        ]);
        for field in &fields[1..5] {
            header.extend_from_slice(&field.to_le_bytes());
        }
        header.extend_from_slice(&version.to_le_bytes());
        [sealed(header), frames.concat()].concat()
    })
}

/// Beside the length of a piece that is compressed.
const COMPRESSED: u32 = 0x4000_0000;

fn snapshot(id: u64, store: [u8; 16]) -> impl Strategy<Value = Vec<u8>> {
    let plain = (vec(any::<u8>(), 0..60), Just(0));
    let compressed = (length(), vec(any::<u8>(), 0..60)).prop_map(|(claimed, block)| {
        let stored = join(&[&claimed.to_le_bytes(), &block]);
        (stored, COMPRESSED)
    });
    let piece = (
        prop_oneof![plain, compressed],
        proptest::option::of(length()),
    );
    (
        number(),
        vec(piece, 0..4),
        number(),
        number(),
        any::<bool>(),
    )
        .prop_map(move |(lsn, pieces, count, total, right)| {
            let mut header = join(&[
                b"SFSNAPSH",
                &1_u32.to_le_bytes(),
                &78_u32.to_le_bytes(),
                &store,
                &id.to_le_bytes(),
                &lsn.to_le_bytes(),
                &7_u64.to_le_bytes(),
                &1_u32.to_le_bytes(),
                &12_u16.to_le_bytes(),
            ]);
            header.extend_from_slice(b"test.numbers");
            let header_sum = crc32c::crc32c(&header);
            let mut bytes = sealed(header);
            for (number, ((piece, kind), other_len)) in (0_u64..).zip(&pieces) {
                let len = (other_len.unwrap_or(short(piece.len())) | kind).to_le_bytes();
                let sum = crc32c::crc32c_append(header_sum, &number.to_le_bytes());
                let sum = crc32c::crc32c_append(crc32c::crc32c_append(sum, &len), piece);
                bytes.extend_from_slice(&join(&[&len, &sum.to_le_bytes(), piece]));
            }
            let lens = pieces.iter().map(|((piece, _), _)| piece.len() as u64);
            let (count, total) = if right {
                (pieces.len() as u64, lens.sum())
            } else {
                (count, total)
            };
            let counts = join(&[&count.to_le_bytes(), &total.to_le_bytes()]);
            let sum = crc32c::crc32c_append(header_sum, &counts);
            bytes.extend_from_slice(&join(&[&[0xff; 4], &sum.to_le_bytes(), &counts]));
            bytes
        })
}

/// A file of any kind, soundly sealed, with nonsense in it.
fn sound_nonsense(store: [u8; 16]) -> impl Strategy<Value = (String, Vec<u8>)> {
    let named = |folder: &'static str, number: u64| format!("{folder}/{number:016x}");
    prop_oneof![
        3 => number().prop_flat_map(move |n| (Just(named("manifest", n)), manifest(n, store))),
        3 => number().prop_flat_map(move |n| (Just(named("wal", n)), segment(n, store))),
        2 => number().prop_flat_map(move |n| (Just(named("snapshot", n)), snapshot(n, store))),
    ]
}

fn settings(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(settings(6000))]

    /// Rubbish under some of a store's keys.
    #[test]
    fn rubbish(files in btree_map(name(), vec(any::<u8>(), 0..400), 1..6)) {
        check(&files);
    }

    /// Rubbish behind the marks of the formats.
    #[test]
    fn rubbish_behind_the_marks(files in btree_map(name(), vec(any::<u8>(), 0..400), 1..6)) {
        let mut files = files;
        for (name, bytes) in &mut files {
            let mark: &[u8] = match name.split('/').next() {
                Some("manifest") => b"SFMANIFS\x01\0\0\0",
                Some("wal") => b"SFWALSEG\x01\0\0\0",
                _ => b"SFSNAPSH\x01\0\0\0",
            };
            bytes.splice(0..0, mark.iter().copied());
        }
        check(&files);
    }

    /// A store of which some bytes were written over, the checksums made right again where there is
    /// a place for them.
    #[test]
    fn a_store_written_over(
        changes in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), vec(any::<u8>(), 1..9)), 1..6),
        seal in any::<bool>(),
    ) {
        let mut files = specimen();
        let names: Vec<String> = files.keys().cloned().collect();
        for (file, offset, change) in changes {
            let name = file.get(&names);
            let bytes = files.get_mut(name).expect("a file");
            let at = offset.index(bytes.len());
            let end = bytes.len().min(at + change.len());
            bytes[at..end].copy_from_slice(&change[..end - at]);
            if seal {
                let at = match name.split('/').next() {
                    Some("manifest") => bytes.len() - 4,
                    Some("wal") => 92,
                    _ => 74,
                };
                common::disk::reseal(bytes, at);
            }
        }
        check(&files);
    }

    /// Soundly sealed files that make no sense together.
    #[test]
    fn sound_nonsense_alone(files in vec(sound_nonsense([3; 16]), 1..8)) {
        check(&files.into_iter().collect());
    }

    /// The same among the files of a sound store, and some of those missing.
    #[test]
    fn sound_nonsense_in_a_store(
        (nonsense, missing) in {
            let files = specimen();
            let mut store = [0; 16];
            let any_manifest = files.values().next().expect("a manifest");
            store.copy_from_slice(&any_manifest[24..40]);
            let count = files.len();
            (vec(sound_nonsense(store), 1..6), vec(0..count, 0..3))
        },
    ) {
        let mut files = specimen();
        let names: Vec<String> = files.keys().cloned().collect();
        for index in missing {
            files.remove(&names[index]);
        }
        files.extend(nonsense);
        check(&files);
    }
}

/// Lengths that ask for gigabytes, one for each place that has a length.
#[test]
fn lengths_are_checked_before_anything_is_allocated() {
    let sound = specimen();
    for (name, places) in [
        ("manifest", &[12, 60, 74, 78][..]),
        ("wal", &[72, 104]),
        ("snapshot", &[12, 60, 78]),
    ] {
        for at in places {
            for value in [u32::MAX, u32::MAX - 1, 512 << 20, 256 << 20, 1 << 16] {
                let mut files = sound.clone();
                let name = common::disk::newest(&sound, name);
                let bytes = files.get_mut(&name).expect("a file");
                common::disk::put(bytes, *at, &value.to_le_bytes());
                for sum_at in [bytes.len() - 4, 92, 74] {
                    let mut files = files.clone();
                    let bytes = files.get_mut(&name).expect("a file");
                    if sum_at + 4 <= bytes.len() {
                        common::disk::reseal(bytes, sum_at);
                    }
                    check(&files);
                }
            }
        }
    }
}
