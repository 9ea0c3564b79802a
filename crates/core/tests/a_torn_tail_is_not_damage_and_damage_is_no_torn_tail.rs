//! Bad bytes behind the last durable offset are what a crash leaves: they are cut off and reported.
//! Bad bytes before it are damage: an error with key and offset. The frames behind the bad bytes
//! tell which of the two it is.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::{Files, disk, disk_with, files, frame_borders, newest};
use common::history::{Progress, count_in, count_of, operation, prefix};
use common::numbers::{NumberStore, Numbers, open_small};
use pollster::block_on;
use steadfast_core::{
    Durability, Fate, Kv, MemoryBackend, PersistenceError, RecoveryReport, Store, StoreOptions,
    TornTail, verify,
};

const SECTOR_LEN: usize = 512;

/// A store with one open segment of `count` commits, each a group of its own.
fn with_commits(count: u32) -> Files {
    let disk = MemoryBackend::new();
    block_on(async {
        let store = NumberStore::open(disk.clone(), StoreOptions::default()).await?;
        let mut progress = Progress::default();
        for _ in 0..count {
            progress.commit(&store).await?;
        }
        Ok::<_, PersistenceError>(())
    })
    .expect("a store");
    files(&disk)
}

fn load(files: &Files) -> Result<(Numbers, RecoveryReport), PersistenceError> {
    block_on(NumberStore::load(&disk(files)))
}

#[test]
fn bad_bytes_in_the_last_group_are_a_torn_tail() {
    let files = with_commits(5);
    let name = newest(&files, "wal");
    let borders = frame_borders(&files[&name]);
    let (start, end) = (borders[4], borders[5]);
    for (offset, mask) in [(start, 1), (start + 20, 2), (start + 36, 4), (end - 1, 8)] {
        let torn = disk_with(&files, |files| {
            files
                .entry(name.clone())
                .and_modify(|bytes| bytes[offset] ^= mask);
        });
        let (state, report) = block_on(NumberStore::load(&torn)).expect("readable");
        assert_eq!(state, prefix(4));
        let tail = TornTail {
            key: common::disk::key(&name),
            offset: start as u64,
            len: (end - start) as u64,
        };
        assert_eq!(report.torn, Some(tail));
        assert!(!report.is_clean());

        // Nothing is appended behind it, and the next open does not meet it again.
        let store = block_on(open_small(torn.clone())).expect("opens");
        let mut progress = Progress::all(4);
        block_on(progress.commit(&store)).expect("goes on");
        drop(store);
        let store = block_on(open_small(torn)).expect("opens again");
        progress.admits(count_of(&store));
        assert!(store.recovery().is_clean(), "{:?}", store.recovery());
    }
}

#[test]
fn bad_bytes_before_a_later_group_are_damage() {
    let files = with_commits(5);
    let name = newest(&files, "wal");
    let borders = frame_borders(&files[&name]);
    for damaged in 0..4 {
        for offset in borders[damaged]..borders[damaged + 1] {
            let mut files = files.clone();
            files
                .entry(name.clone())
                .and_modify(|bytes| bytes[offset] ^= 0x40);
            let Err(PersistenceError::Corrupt { key, offset, .. }) = load(&files) else {
                panic!("damage at byte {offset} was not called so");
            };
            assert_eq!(
                (key.as_str(), offset),
                (name.as_str(), borders[damaged] as u64)
            );
        }
    }
}

/// The acknowledged group before a torn one is damaged. What is left of the torn group's first
/// header states that the damaged group was durable.
#[test]
fn a_torn_tail_vouches_for_what_was_durable_before_it() {
    let mut files = with_commits(5);
    let name = newest(&files, "wal");
    let borders = frame_borders(&files[&name]);
    files.entry(name).and_modify(|bytes| {
        bytes.truncate(borders[4] + 36);
        bytes[borders[3]] ^= 1;
    });
    let Err(PersistenceError::Corrupt { offset, .. }) = load(&files) else {
        panic!("an acknowledged commit was cut off");
    };
    assert_eq!(offset, borders[3] as u64);
}

/// The manifest that states the length of a finished segment is damaged too. The header of the next
/// segment states it as well.
#[test]
fn the_next_segment_vouches_for_the_one_before() {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    for _ in 0..2 {
        let store = block_on(open_small(disk.clone())).expect("opens");
        block_on(progress.commit(&store)).expect("a commit");
    }
    let mut files = files(&disk);
    let manifest = newest(&files, "manifest");
    files.get_mut(&manifest).expect("a manifest")[30] ^= 1;
    let finished = "wal/0000000000000001";
    files.get_mut(finished).expect("a segment")[96 + 36] ^= 1;
    let Err(PersistenceError::Corrupt { key, offset, .. }) = load(&files) else {
        panic!("an acknowledged commit was cut off");
    };
    assert_eq!((key.as_str(), offset), (finished, 96));
}

/// Zeros behind the log were written ahead of it. They are not a torn tail, and a fence behind them
/// is still a fence.
#[test]
fn zeros_behind_the_log_are_no_torn_tail() {
    let files = with_commits(5);
    let name = newest(&files, "wal");
    let end = files[&name].len();
    let ahead = disk_with(&files, |files| {
        files
            .entry(name.clone())
            .and_modify(|bytes| bytes.resize(end + 5_000, 0));
    });
    let (state, report) = block_on(NumberStore::load(&ahead)).expect("readable");
    assert_eq!((state, report.torn), (prefix(5), None));
    assert_eq!(block_on(verify(&ahead)).expect("verified").torn, None);

    // The next writer sets its fence behind the zeros. Recovery meets it when the writer's manifest
    // is damaged.
    drop(block_on(open_small(ahead.clone())).expect("opens"));
    let mut files = common::disk::files(&ahead);
    assert!(files[&name].len() > end + 5_000, "a fence");
    let manifest = newest(&files, "manifest");
    files.get_mut(&manifest).expect("a manifest")[30] ^= 1;
    let (state, report) = load(&files).expect("readable");
    assert_eq!((state, report.torn), (prefix(5), None));
}

/// A group that a later one states to be durable is damaged if it is zeros, whatever is written
/// ahead.
#[test]
fn zeros_in_the_place_of_a_group_that_was_vouched_for_are_damage() {
    let mut files = with_commits(5);
    let name = newest(&files, "wal");
    let borders = frame_borders(&files[&name]);
    files.entry(name.clone()).and_modify(|bytes| {
        bytes[borders[2]..borders[3]].fill(0);
        bytes.resize(borders[5] + 5_000, 0);
    });
    let Err(PersistenceError::Corrupt { key, offset, .. }) = load(&files) else {
        panic!("an acknowledged commit was cut off");
    };
    assert_eq!((key.as_str(), offset), (name.as_str(), borders[2] as u64));
}

/// The store assumes that a sector keeps its old bytes while new ones are written behind them. This
/// disk breaks that assumption. Commits at the end of the history are lost. If a header of the
/// group under way survives behind that sector, damage is reported. The state is never another one.
#[test]
fn a_disk_that_loses_the_sector_of_the_end_leaves_a_prefix_or_damage() {
    let files = with_commits(40);
    let name = newest(&files, "wal");
    let borders = frame_borders(&files[&name]);
    let (mut prefixes, mut damaged) = (0, 0);
    for (under_way, border) in borders.iter().enumerate().skip(1) {
        let acknowledged = u32::try_from(under_way).expect("few commits") - 1;
        let sector = borders[under_way - 1] / SECTOR_LEN * SECTOR_LEN;
        for filling in [0x00, 0xa5] {
            for tail in [sector + SECTOR_LEN, *border] {
                let mut files = files.clone();
                files.entry(name.clone()).and_modify(|bytes| {
                    bytes.truncate((*border).max(sector + 1));
                    let end = bytes.len().min(sector + SECTOR_LEN);
                    bytes[sector.max(96)..end].fill(filling);
                    bytes.truncate(tail);
                });
                match load(&files) {
                    Ok((state, _)) => {
                        let count = count_in(&state);
                        assert!(count <= acknowledged, "{count} of {acknowledged}");
                        assert_eq!(state, prefix(count));
                        prefixes += 1;
                    }
                    Err(PersistenceError::Corrupt { key, .. }) => {
                        assert_eq!(key.as_str(), name);
                        damaged += 1;
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
    println!("{prefixes} prefixes, {damaged} named as damage");
    assert!(prefixes > 0);
}

/// In buffered mode several groups are under way at once. Whichever of their sectors a power cut
/// takes, a prefix of the history is left.
#[test]
fn any_sectors_of_buffered_groups_may_go() {
    let disk = MemoryBackend::new();
    let mut progress = Progress::default();
    let unflushed = block_on(async {
        let options = StoreOptions::default().durability(Durability::Buffered);
        let store = NumberStore::open(disk.clone(), options).await?;
        for _ in 0..3 {
            progress.commit(&store).await?;
        }
        store.flush().await?;
        progress.acknowledged = 3;
        // Operations 5 and 12 are several sectors long.
        for n in 3..14 {
            store.commit(operation(n)).await?;
            progress.begun = n + 1;
        }
        Ok::<_, PersistenceError>(disk.clone())
    })
    .expect("a store");
    progress.acknowledged = 3;
    let whole = files(&unflushed);
    let durable = files(&unflushed.restart(Fate::Lost));
    let name = newest(&whole, "wal");
    let (bytes, kept) = (&whole[&name], durable[&name].len());

    let first = kept / SECTOR_LEN;
    let sectors = bytes.len().div_ceil(SECTOR_LEN) - first;
    assert!((4..=12).contains(&sectors), "{sectors} sectors");
    let borders = frame_borders(bytes);
    let mut found = std::collections::BTreeSet::new();
    for subset in 0..1_u32 << sectors {
        let mut cut = durable.clone();
        let log = cut.get_mut(&name).expect("the log");
        log.resize(bytes.len(), 0);
        for sector in (0..sectors).filter(|sector| subset >> sector & 1 == 1) {
            let start = ((first + sector) * SECTOR_LEN).max(kept);
            let end = ((first + sector + 1) * SECTOR_LEN).min(bytes.len());
            log[start..end].copy_from_slice(&bytes[start..end]);
        }
        let log = log.clone();
        let (state, report) = load(&cut).unwrap_or_else(|e| panic!("subset {subset:b}: {e}"));
        let count = count_in(&state);
        progress.admits(count);
        // Zeros are no torn tail: they may have been written ahead.
        let end = borders[count as usize];
        assert_eq!(
            report.torn.is_some(),
            log[end..].iter().any(|byte| *byte != 0),
            "subset {subset:b}"
        );
        found.insert(count);
    }
    println!(
        "{} subsets of {sectors} sectors: {found:?}",
        1_u32 << sectors
    );
    assert!(found.contains(&3) && found.contains(&14));
}

/// Frames of an older segment show up behind the end, with the numbers that would come next.
#[test]
fn frames_of_another_segment_are_not_taken() {
    let disk = MemoryBackend::new();
    let store = block_on(NumberStore::open(disk.clone(), StoreOptions::default())).expect("new");
    let before = files(&disk);
    let mut progress = Progress::default();
    for _ in 0..4 {
        block_on(progress.commit(&store)).expect("a commit");
    }
    let old = files(&disk);
    let old = &old[&newest(&old, "wal")];
    let borders = frame_borders(old);

    // Another history of the same store from there on: a new segment, whose first commit has the
    // same number.
    let disk = common::disk::disk(&before);
    let store = block_on(NumberStore::open(disk.clone(), StoreOptions::default())).expect("opens");
    let mut progress = Progress::default();
    block_on(progress.commit(&store)).expect("a commit");
    let mut recycled = files(&disk);
    let name = newest(&recycled, "wal");
    let end = recycled[&name].len();
    recycled
        .entry(name)
        .and_modify(|bytes| bytes.extend_from_slice(&old[borders[1]..]));
    let (state, report) = load(&recycled).expect("readable");
    assert_eq!(state, prefix(1));
    assert_eq!(report.torn.map(|tail| tail.offset), Some(end as u64));
}

/// A value may hold a copy of the very segment that it is written to. If its commit is torn, the
/// frames in the copy must not be taken for later frames that prove the commit durable.
#[test]
fn a_copy_of_the_log_in_a_torn_commit_vouches_for_nothing() {
    let mut torn = 0;
    for seed in 0..400 {
        let disk = MemoryBackend::new();
        let left = block_on(async {
            let store: Store<Kv, _> = Store::open(disk.clone(), StoreOptions::default()).await?;
            for number in 0..20 {
                store.commit(Kv::put("planet", [number; 40])?).await?;
            }
            let log = files(&disk).remove("wal/0000000000000001");
            disk.crash_at(disk.steps() + 1);
            let copy = Kv::put("copy", log.unwrap_or_default())?;
            assert!(store.commit(copy).await.is_err());
            Ok::<_, PersistenceError>(disk.restart(Fate::Torn(seed)))
        })
        .expect("a store");
        let (kv, report) = block_on(Store::<Kv, _>::load(&left))
            .unwrap_or_else(|e| panic!("seed {seed}: a legal crash state does not open: {e}"));
        assert_eq!(kv.get(b"planet"), Some(&[19; 40][..]));
        torn += u32::from(report.torn.is_some());
    }
    assert!(torn > 50, "{torn} torn tails");
}
