//! Each folder in `tests/golden` is a store as some version of this code wrote it, one file per
//! key. They stay readable forever. Today's code must write the bytes of the newest. In
//! `v1-compressed` the snapshot did not fit plain: its bytes may change with the compressor, but
//! stay readable. After an intended change of format, raise the version, keep the folders as they
//! are, and make the next one with
//! `STEADFAST_BLESS=1 cargo test -p steadfast-core --test formats_are_frozen_by_golden_files`.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::probe::{Call, Probe, full};
use pollster::block_on;
use steadfast_core::{
    Kv, KvBatch, MemoryBackend, Prefix, Result, StorageBackend, Store, StoreOptions, WHOLE,
};

/// The newest last.
const FOLDERS: [&str; 1] = ["v1"];

/// The same stores, with compressed snapshots.
const COMPRESSED: [&str; 1] = ["v1-compressed"];

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name)
}

fn newest() -> PathBuf {
    folder(FOLDERS[0])
}

fn newest_compressed() -> PathBuf {
    folder(COMPRESSED[0])
}

/// How the snapshot fits.
#[derive(PartialEq)]
enum Fits {
    Plain,
    Compressed,
}

/// A store with everything in it: a snapshot, a merged segment, a finished one, an open one, two
/// manifests. The memory backend's numbers are the same in every run, so the bytes are.
async fn write_store(first_snapshot: Fits) -> Result<MemoryBackend> {
    let disk = MemoryBackend::new();
    let backend = Probe::new(&disk, 0);
    for year in 1610..1630_u32 {
        let store: Store<Kv, _> = Store::open(backend.clone(), StoreOptions::default()).await?;
        store
            .commit(Kv::put(format!("year {year}"), "Sidereus Nuncius")?)
            .await?;
    }
    let options = StoreOptions::default().segment_len(300);
    let store: Store<Kv, _> = Store::open(backend.clone(), options).await?;
    if first_snapshot == Fits::Compressed {
        let mut is_first = true;
        backend.refuse(move |call| {
            let commits =
                matches!(call, Call::Commit(key) if key.as_str().starts_with("snapshot/"));
            (commits && std::mem::take(&mut is_first)).then(|| full("flush", "the snapshot"))
        });
    }
    store.snapshot().await?;
    let mut moons = KvBatch::new();
    for (number, name) in ["Io", "Europa", "Ganymede", "Callisto"].iter().enumerate() {
        moons.put(format!("moon {number}"), name)?;
    }
    moons.delete("year 1610")?;
    store.commit(moons).await?;
    store.commit(Kv::put("planet", [0x4a, 0x00, 0xff])?).await?;
    store.close().await?;
    Ok(disk)
}

async fn contents(backend: &MemoryBackend) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut contents = BTreeMap::new();
    for entry in backend.list(&Prefix::ROOT).await? {
        let bytes = backend.read(&entry.key, WHOLE).await?.unwrap_or_default();
        contents.insert(entry.key.as_str().replace('/', "."), bytes.to_vec());
    }
    Ok(contents)
}

fn golden(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("the golden folder") {
        let path = entry.expect("a readable folder").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a UTF-8 name")
            .to_owned();
        files.insert(name, std::fs::read(&path).expect("a readable file"));
    }
    files
}

fn names(files: &BTreeMap<String, Vec<u8>>) -> Vec<&String> {
    files.keys().collect()
}

/// What today's code writes, put into the folder if that is to be made.
fn written(first_snapshot: Fits, folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let store = write_store(first_snapshot);
    let written = block_on(async { contents(&store.await?).await }).expect("a store");
    if std::env::var_os("STEADFAST_BLESS").is_some() {
        std::fs::create_dir_all(folder).expect("a folder");
        for (name, bytes) in &written {
            std::fs::write(folder.join(name), bytes).expect("a written file");
        }
    }
    written
}

#[test]
fn todays_code_writes_the_golden_bytes() {
    let written = written(Fits::Plain, &newest());
    let golden = golden(&newest());
    assert_eq!(names(&written), names(&golden));
    for (name, bytes) in &written {
        assert_eq!(Some(bytes), golden.get(name), "{name} differs");
    }
}

#[test]
fn todays_code_compresses_where_the_golden_one_did() {
    let written = written(Fits::Compressed, &newest_compressed());
    let golden = golden(&newest_compressed());
    assert_eq!(names(&written), names(&golden));
    for files in [&written, &golden] {
        let (name, snapshot) = files
            .iter()
            .find(|(name, _)| name.starts_with("snapshot"))
            .expect("a snapshot");
        let header_len = common::disk::u32_at(snapshot, 12) as usize;
        let field = common::disk::u32_at(snapshot, header_len);
        assert_eq!(field & 0x4000_0000, 0x4000_0000, "{name}");
    }
}

#[test]
fn every_golden_store_reads_as_what_was_saved() {
    for name in FOLDERS.into_iter().chain(COMPRESSED) {
        reads_as_what_was_saved(&folder(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

fn reads_as_what_was_saved(folder: &Path) -> Result<()> {
    block_on(async {
        let backend = MemoryBackend::new();
        for (name, bytes) in golden(folder) {
            let key = name.replacen('.', "/", 1).parse()?;
            backend.atomic_write(&key, bytes.into()).await?;
        }
        let (kv, report) = Store::<Kv, _>::load(&backend).await?;
        assert!(report.is_clean(), "{report:?}");
        assert_eq!(report.lsn.get(), 22);
        assert_eq!(report.snapshot.map(|used| used.lsn.get()), Some(20));
        assert_eq!(kv.len(), 24);
        assert_eq!(kv.get(b"moon 3"), Some(&b"Callisto"[..]));
        assert_eq!(kv.get(b"planet"), Some(&[0x4a, 0x00, 0xff][..]));
        assert_eq!(kv.get(b"year 1629"), Some(&b"Sidereus Nuncius"[..]));
        assert_eq!(kv.get(b"year 1610"), None);
        let verified = steadfast_core::verify(&backend).await?;
        assert!(verified.is_sound(), "{verified:?}");
        Ok(())
    })
}
