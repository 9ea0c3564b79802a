//! Damage to a small store, as the file backend leaves it when it is killed: with the lock file,
//! and with zeros written ahead of the log.
//!
//! Every bit of every file is flipped. Every file is cut at every length, and removed. Every two
//! files are exchanged. Opening gives an error that names a damaged file, or exactly what was
//! acknowledged. The end of the open segment is an exception: nothing proves yet that it was
//! durable.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

#[path = "every_crash_state_of_the_file_backend/system.rs"]
mod system;

use std::collections::BTreeMap;

use steadfast_core::{Kv, PersistenceError, Store, StoreOptions};
use steadfast_file::FileBackend;
use steadfast_testkit::block_on;
use steadfast_testkit::posix::{Directory, Disk, Kind};
use system::{Simulated, open};

const PLACE: &str = "store";
const COMMITS: usize = 9;

/// The bytes of every file, by its path in the store.
type Files = BTreeMap<String, Vec<u8>>;

fn store(disk: &Disk) -> Result<Store<Kv, FileBackend<Simulated>>, PersistenceError> {
    // Room for some pages, and no rotation except for snapshots.
    let options = StoreOptions::default().segment_len(8 << 10);
    block_on(Store::open(open(disk)?, options))
}

fn killed() -> Files {
    let disk = Disk::new();
    let opened = store(&disk).unwrap();
    for number in 0..COMMITS {
        let put = Kv::put(format!("{number}"), "a value").unwrap();
        block_on(opened.commit(put)).unwrap();
        if number % 3 == 2 && number < COMMITS - 1 {
            block_on(opened.snapshot()).unwrap();
        }
    }
    let killed = disk.killed();
    let mut files = Files::new();
    collect(
        &killed.root().open_directory(PLACE).unwrap(),
        "",
        &mut files,
    );
    files
}

fn collect(directory: &Directory, path: &str, files: &mut Files) {
    for name in directory.names().unwrap() {
        let path = format!("{path}{name}");
        match directory.kind(&name).unwrap().unwrap() {
            Kind::Directory => {
                let below = directory.open_directory(&name).unwrap();
                collect(&below, &format!("{path}/"), files);
            }
            Kind::File(_) => {
                let bytes = directory.open_file(&name).unwrap().read().unwrap();
                files.insert(path, bytes);
            }
        }
    }
}

fn disk(files: &Files) -> Disk {
    let disk = Disk::new();
    disk.root().create_directory(PLACE).unwrap();
    let root = disk.root().open_directory(PLACE).unwrap();
    for (path, bytes) in files {
        let directory = match path.split_once('/') {
            Some((folder, _)) => {
                // It exists already, except for the first file in it.
                let _ = root.create_directory(folder);
                root.open_directory(folder).unwrap()
            }
            None => disk.root().open_directory(PLACE).unwrap(),
        };
        let name = path.rsplit('/').next().unwrap();
        let file = directory.create_file(name).unwrap();
        file.write_at(0, bytes).unwrap();
    }
    disk
}

struct Specimen {
    files: Files,
    open_segment: String,
    /// Where the frames of the open segment end.
    ends: Vec<usize>,
}

impl Specimen {
    fn new() -> Self {
        let files = killed();
        let open_segment = files.keys().rfind(|name| name.starts_with("wal/"));
        let open_segment = open_segment.unwrap().clone();
        let bytes = &files[&open_segment];
        let (mut ends, mut at) = (Vec::new(), 96);
        while bytes[at + 32] == 1 {
            let len: [u8; 4] = bytes[at + 8..at + 12].try_into().unwrap();
            at += 36 + usize::try_from(u32::from_le_bytes(len)).unwrap();
            ends.push(at);
        }
        assert_eq!(ends.len(), 3);
        assert!(bytes.len() >= 4096 && bytes[at..].iter().all(|byte| *byte == 0));
        Self {
            files,
            open_segment,
            ends,
        }
    }

    /// How many commits are certainly there if the open segment is good only up to `offset`.
    fn certain(&self, name: &str, offset: usize, is_cut: bool) -> usize {
        if name != self.open_segment || offset < 96 {
            return COMMITS;
        }
        let lost = self.ends.iter().filter(|end| **end > offset).count();
        // A later frame proves that this one was durable, so only the last one can be lost
        // unnoticed.
        COMMITS - if is_cut { lost } else { lost.min(1) }
    }

    fn check(&self, files: &Files, touched: &[&str], certain: usize, what: &str) {
        match store(&disk(files)) {
            Ok(opened) => {
                let count = opened.read(Kv::len).unwrap();
                assert!((certain..=COMMITS).contains(&count), "{what}: {count}");
                let expected = |number: usize| {
                    opened.read(|kv| kv.contains_key(format!("{number}").as_bytes()))
                };
                assert!((0..count).all(|number| expected(number).unwrap()), "{what}");
                block_on(opened.commit(Kv::put("after", "x").unwrap())).unwrap();
            }
            Err(PersistenceError::Corrupt { key, .. } | PersistenceError::Missing { key, .. }) => {
                assert!(touched.contains(&key.as_str()), "{what}: {key}");
            }
            Err(error) => panic!("{what}: {error}"),
        }
    }

    fn changed(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Files {
        let mut files = self.files.clone();
        change(files.get_mut(name).unwrap());
        files
    }
}

#[test]
fn of_any_bit() {
    let specimen = Specimen::new();
    let mut flips = 0;
    for (name, bytes) in &specimen.files {
        for (offset, bit) in (0..bytes.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let files = specimen.changed(name, |bytes| bytes[offset] ^= 1 << bit);
            let certain = specimen.certain(name, offset, false);
            let what = format!("{name}, byte {offset}, bit {bit}");
            specimen.check(&files, &[name], certain, &what);
            flips += 1;
        }
    }
    println!("{} files, {flips} flips", specimen.files.len());
}

#[test]
fn of_any_length() {
    let specimen = Specimen::new();
    for (name, bytes) in &specimen.files {
        for len in 0..bytes.len() {
            let files = specimen.changed(name, |bytes| bytes.truncate(len));
            let certain = specimen.certain(name, len, true);
            specimen.check(&files, &[name], certain, &format!("{name}, cut at {len}"));
        }
    }
}

#[test]
fn of_any_name() {
    let specimen = Specimen::new();
    for name in specimen.files.keys() {
        let mut files = specimen.files.clone();
        files.remove(name);
        specimen.check(&files, &[name], COMMITS, &format!("{name} removed"));
    }
}

#[test]
fn of_any_two_files_exchanged() {
    let specimen = Specimen::new();
    let names: Vec<&String> = specimen.files.keys().collect();
    for (at, name) in names.iter().enumerate() {
        for other in names.iter().skip(at + 1) {
            let mut files = specimen.files.clone();
            files.insert((*name).clone(), specimen.files[*other].clone());
            files.insert((*other).clone(), specimen.files[*name].clone());
            let what = format!("{name} and {other} exchanged");
            specimen.check(&files, &[name, other], COMMITS, &what);
        }
    }
}
