//! Every bit of every file of several small stores is flipped. Every file is cut at every length,
//! continued with rubbish, removed, and replaced by every other file. Opening and reading then give
//! an error that names the file, or exactly what was acknowledged.
//!
//! There is one exception, and it must be reported. Nothing that was recorded later proves the last
//! group of the open segment durable. So damage in that group (and a cut of that file) looks like a
//! save that a crash cut short.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;

use common::disk::{Files, disk, disk_with, files, frame_borders, names, newest};
use common::history::{Progress, count_in, count_of, operation};
use common::numbers::{NumberStore, open_small, small};
use pollster::block_on;
use steadfast_core::{
    Contents, Fate, MemoryBackend, PersistenceError, Result, StoreOptions, inspect,
};

/// How many operations were acknowledged, and how many of them came in the last group.
type Written = (u32, usize);

/// The newest manifest is that of a snapshot.
async fn with_snapshots(disk: MemoryBackend) -> Result<Written> {
    let mut progress = Progress::default();
    let store = open_small(disk).await?;
    for _ in 0..2 {
        progress.commit(&store).await?;
        progress.commit(&store).await?;
        store.snapshot().await?;
    }
    progress.commit(&store).await?;
    Ok((progress.begun, 1))
}

/// The newest manifest names a new open segment.
async fn opened_anew(disk: MemoryBackend) -> Result<Written> {
    let (count, _) = with_snapshots(disk.clone()).await?;
    let mut progress = Progress::all(count);
    let store = NumberStore::open(disk, StoreOptions::default()).await?;
    progress.commit(&store).await?;
    progress.commit(&store).await?;
    last_group(&store, progress).await
}

/// The newest manifest is that of a rotation.
async fn rotated(disk: MemoryBackend) -> Result<Written> {
    let (count, _) = with_snapshots(disk.clone()).await?;
    let mut progress = Progress::all(count);
    let store = open_small(disk).await?;
    let manifest = store.status().manifest;
    while store.status().manifest == manifest {
        progress.commit(&store).await?;
    }
    Ok((progress.begun, 1))
}

/// Many small segments behind a snapshot, and some before it. The next open will merge those behind
/// it.
async fn due_for_a_merge(disk: MemoryBackend) -> Result<Written> {
    let mut progress = Progress::default();
    let store = NumberStore::open(disk, small().segment_len(100)).await?;
    for _ in 0..3 {
        progress.commit(&store).await?;
    }
    store.snapshot().await?;
    for _ in 0..17 {
        progress.commit(&store).await?;
    }
    Ok((progress.begun, 1))
}

/// The newest manifest names a segment made of many.
async fn merged(disk: MemoryBackend) -> Result<Written> {
    let (count, _) = due_for_a_merge(disk.clone()).await?;
    let mut progress = Progress::all(count);
    let store = NumberStore::open(disk, StoreOptions::default()).await?;
    assert!(store.status().segments < 7, "nothing was merged");
    progress.commit(&store).await?;
    last_group(&store, progress).await
}

/// The last writer is fenced, and the new one did not come further than that.
async fn fenced(disk: MemoryBackend) -> Result<Written> {
    let written = with_snapshots(disk.clone()).await?;
    disk.crash_at(disk.steps() + 3);
    assert!(open_small(disk).await.is_err());
    Ok(written)
}

async fn last_group(store: &NumberStore, progress: Progress) -> Result<Written> {
    let first = store.submit(operation(progress.begun)).await?;
    let second = store.submit(operation(progress.begun + 1)).await?;
    first.wait().await?;
    second.wait().await?;
    Ok((progress.begun + 2, 2))
}

/// The log is finished: there is no open segment.
async fn closed(disk: MemoryBackend) -> Result<Written> {
    let (count, _) = with_snapshots(disk.clone()).await?;
    let mut progress = Progress::all(count);
    let store = NumberStore::open(disk, StoreOptions::default()).await?;
    progress.commit(&store).await?;
    progress.commit(&store).await?;
    store.close().await?;
    Ok((progress.begun, 1))
}

/// A store at rest.
struct Specimen {
    files: Files,
    count: u32,
    /// The open segment, if there is one. `borders` are where its frames begin and end, and
    /// `last_group` tells which of them begins the last group.
    open: Option<String>,
    borders: Vec<usize>,
    last_group: usize,
}

fn has_open_segment(disk: &MemoryBackend) -> bool {
    let inspections = block_on(inspect(disk)).expect("readable");
    let manifests = inspections.into_iter().filter_map(|inspection| {
        let Ok(Contents::Manifest { segments, .. }) = inspection.contents else {
            return None;
        };
        segments.last().map(|(_, _, len)| *len == 0)
    });
    manifests.last().expect("a manifest")
}

impl Specimen {
    fn new(write: impl AsyncFn(MemoryBackend) -> Result<Written>) -> Self {
        let disk = MemoryBackend::new();
        let (count, group_len) = block_on(write(disk.clone())).expect("a store");
        let disk = disk.restart(Fate::Lost);
        let files = files(&disk);
        assert!(names(&files, "manifest").len() >= 2);
        let newest = newest(&files, "wal");
        let borders = frame_borders(&files[&newest]);
        let open = has_open_segment(&disk).then_some(newest);
        Self {
            last_group: borders.len() - 1 - group_len,
            files,
            count,
            open,
            borders,
        }
    }

    /// How many operations are certainly there when the open segment is damaged at `offset`.
    fn certain(&self, name: &str, offset: usize, cut: bool) -> u32 {
        let frames = self.borders.len() - 1;
        let whole = self.borders.iter().filter(|end| **end <= offset).count();
        let whole = whole.saturating_sub(1);
        if self.open.as_deref() != Some(name) || offset < 96 || (!cut && whole < self.last_group) {
            return self.count;
        }
        self.count - u32::try_from(frames - whole).expect("a few frames")
    }

    /// Checks what reading and opening make of the damaged files.
    fn check(&self, name: &str, files: &Files, certain: u32, place: &str) {
        let fair_error = |error: &PersistenceError| {
            let names_it =
                matches!(error, PersistenceError::Corrupt { key, .. } if key.as_str() == name);
            assert!(names_it, "{place}: {error}");
        };
        let damaged = disk(files);
        let read = block_on(NumberStore::load(&damaged));
        match &read {
            Err(error) => fair_error(error),
            Ok((state, report)) => {
                let count = count_in(state);
                assert!(
                    (certain..=self.count).contains(&count),
                    "{place}: read {count} of {}",
                    self.count
                );
                let at_a_border =
                    self.open.as_deref() == Some(name) && self.borders.contains(&files[name].len());
                assert!(
                    count == self.count || report.torn.is_some() || at_a_border,
                    "{place}: {report:?}"
                );
            }
        }
        assert_eq!(
            common::disk::files(&damaged),
            *files,
            "{place}: reading wrote"
        );
        match block_on(open_small(damaged.clone())) {
            Err(error) => {
                fair_error(&error);
                assert!(
                    read.is_err(),
                    "{place}: what can be read can be opened: {error}"
                );
                assert_eq!(
                    common::disk::files(&damaged),
                    *files,
                    "{place}: refused, but written"
                );
            }
            Ok(store) => {
                let mut progress = Progress::all(count_of(&store));
                assert!(progress.begun >= certain, "{place}");
                block_on(progress.commit(&store)).expect("a commit");
                drop(store);
                let store =
                    block_on(open_small(damaged)).unwrap_or_else(|e| panic!("{place}: {e}"));
                progress.admits(count_of(&store));
            }
        }
    }

    fn flip_every_bit(&self) -> u64 {
        let mut states = 0;
        for (name, bytes) in &self.files {
            for (offset, bit) in (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
                let mut files = self.files.clone();
                files
                    .entry(name.clone())
                    .and_modify(|bytes| bytes[offset] ^= 1 << bit);
                let place = format!("{name}, byte {offset}, bit {bit}");
                self.check(name, &files, self.certain(name, offset, false), &place);
                if *name == newest(&self.files, "snapshot") {
                    let read = block_on(NumberStore::load(&disk(&files)));
                    let is_noticed = read.is_ok_and(|(_, report)| !report.is_clean());
                    assert!(
                        is_noticed,
                        "{place}: the older snapshot, and a word about it"
                    );
                }
                states += 1;
            }
        }
        states
    }

    fn cut_everywhere(&self) -> u64 {
        let mut states = 0;
        for (name, bytes) in &self.files {
            for len in 0..bytes.len() {
                let mut files = self.files.clone();
                files
                    .entry(name.clone())
                    .and_modify(|bytes| bytes.truncate(len));
                let place = format!("{name}, cut at byte {len}");
                self.check(name, &files, self.certain(name, len, true), &place);
                states += 1;
            }
        }
        states
    }

    fn continue_with_rubbish(&self) {
        for name in self.files.keys() {
            let log = &self.files[&newest(&self.files, "wal")];
            for rubbish in [&[0; 1][..], &[0; 600], &[0xff; 37], log] {
                let mut files = self.files.clone();
                files
                    .entry(name.clone())
                    .and_modify(|bytes| bytes.extend_from_slice(rubbish));
                let place = format!("{name}, {} more bytes", rubbish.len());
                self.check(name, &files, self.count, &place);
            }
        }
    }

    fn swap_files(&self) {
        for name in self.files.keys() {
            for (other, bytes) in &self.files {
                let mut files = self.files.clone();
                files.insert(name.clone(), bytes.clone());
                self.check(
                    name,
                    &files,
                    self.count,
                    &format!("{name} replaced by {other}"),
                );
            }
        }
    }

    /// Two files have each other's bytes.
    fn exchange_files(&self) {
        let pairs = self.files.keys().enumerate().flat_map(|(at, name)| {
            let others = self.files.keys().skip(at + 1);
            others.map(move |other| (name, other))
        });
        for (name, other) in pairs {
            let mut files = self.files.clone();
            files.insert(name.clone(), self.files[other].clone());
            files.insert(other.clone(), self.files[name].clone());
            let damaged = disk(&files);
            match block_on(NumberStore::load(&damaged)) {
                Err(PersistenceError::Corrupt { key, .. }) => {
                    assert!([name.as_str(), other.as_str()].contains(&key.as_str()));
                }
                Err(error) => panic!("{name} and {other} exchanged: {error}"),
                Ok((state, _)) => assert_eq!(count_in(&state), self.count, "{name}, {other}"),
            }
        }
    }

    /// What is gone is named, or something else that was kept makes good for it.
    fn remove_every_file(&self) {
        for name in self.files.keys() {
            let mut files = self.files.clone();
            files.remove(name);
            let damaged = disk(&files);
            match block_on(NumberStore::load(&damaged)) {
                Err(PersistenceError::Missing { key, .. }) => assert_eq!(key.as_str(), name),
                Err(error) => panic!("{name} removed: {error}"),
                Ok((state, _)) => assert_eq!(count_in(&state), self.count, "{name} removed"),
            }
            assert_eq!(
                common::disk::files(&damaged),
                files,
                "{name} removed: reading wrote"
            );
        }
    }

    fn torment(&self) {
        let unharmed = disk_with(&self.files, |_| ());
        let (state, report) = block_on(NumberStore::load(&unharmed)).expect("a sound store");
        assert_eq!(count_in(&state), self.count);
        assert!(report.is_clean(), "{report:?}");
        let flipped = self.flip_every_bit();
        let cut = self.cut_everywhere();
        self.continue_with_rubbish();
        self.swap_files();
        self.exchange_files();
        self.remove_every_file();
        println!("{} files, {flipped} flips, {cut} cuts", self.files.len());
    }
}

#[test]
fn after_a_snapshot() {
    Specimen::new(with_snapshots).torment();
}

#[test]
fn after_an_open() {
    Specimen::new(opened_anew).torment();
}

#[test]
fn after_a_rotation() {
    Specimen::new(rotated).torment();
}

#[test]
fn before_an_open_that_merges_segments() {
    Specimen::new(due_for_a_merge).torment();
}

#[test]
fn after_a_close() {
    Specimen::new(closed).torment();
}

#[test]
fn after_a_fence() {
    Specimen::new(fenced).torment();
}

#[test]
fn after_an_open_that_merged_segments() {
    Specimen::new(merged).torment();
}
