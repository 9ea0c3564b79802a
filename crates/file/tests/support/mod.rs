//! What several promises are tested with.

#[cfg(target_os = "linux")]
pub(crate) mod access_list;
#[cfg(unix)]
pub(crate) mod mounts;
#[cfg(unix)]
pub(crate) mod process;
#[cfg(target_os = "linux")]
pub(crate) mod switch;
#[cfg(target_os = "linux")]
pub(crate) mod trace;
#[cfg(target_os = "linux")]
pub(crate) mod users;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use steadfast_core::{Key, PersistenceError, Prefix, Staged, StorageBackend, WHOLE};
use steadfast_file::{FileBackend, StagedFile};

/// The answer of a future that is ready at its first poll, as all of this backend's are.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("an immediate backend suspended"),
    }
}

pub(crate) fn key(name: &str) -> Key {
    name.parse().unwrap()
}

/// A directory that is not there yet, and the guard that removes what is above it.
pub(crate) fn place() -> (tempfile::TempDir, PathBuf) {
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("store");
    (guard, path)
}

pub(crate) fn open(path: &Path) -> FileBackend {
    FileBackend::open(path).unwrap()
}

pub(crate) fn save(backend: &FileBackend, name: &str, data: &[u8]) -> Result<(), PersistenceError> {
    now(backend.atomic_write(&key(name), Bytes::copy_from_slice(data)))
}

pub(crate) fn create(
    backend: &FileBackend,
    name: &str,
    data: &[u8],
) -> Result<(), PersistenceError> {
    now(backend.atomic_create(&key(name), Bytes::copy_from_slice(data)))
}

pub(crate) fn append(
    backend: &FileBackend,
    name: &str,
    position: u64,
    data: &[u8],
) -> Result<(), PersistenceError> {
    now(backend.append(&key(name), position, Bytes::copy_from_slice(data)))
}

pub(crate) fn sync(backend: &FileBackend, name: &str) -> Result<(), PersistenceError> {
    now(backend.sync(&key(name)))
}

pub(crate) fn stage(backend: &FileBackend, name: &str, data: &[u8]) -> StagedFile {
    let mut staged = now(backend.stage(&key(name))).unwrap();
    now(staged.write(Bytes::copy_from_slice(data))).unwrap();
    staged
}

pub(crate) fn get(backend: &FileBackend, name: &str) -> Option<Vec<u8>> {
    now(backend.read(&key(name), WHOLE)).unwrap().map(Vec::from)
}

/// The keys below the root, as text.
pub(crate) fn keys(backend: &FileBackend) -> Vec<String> {
    let entries = now(backend.list(&Prefix::ROOT)).unwrap();
    entries.iter().map(|entry| entry.key.to_string()).collect()
}

/// Every name below `path`, sorted, and the bytes of the files: equal means unchanged.
pub(crate) fn contents(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut pending = vec![path.to_owned()];
    while let Some(path) = pending.pop() {
        for entry in std::fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            let bytes = if path.is_dir() {
                pending.push(path.clone());
                Vec::new()
            } else {
                std::fs::read(&path).unwrap_or_default()
            };
            found.push((path, bytes));
        }
    }
    found.sort();
    found
}

/// The names in a directory that a save in progress has, or had before a crash.
pub(crate) fn temporaries(path: &Path) -> Vec<PathBuf> {
    let names = contents(path).into_iter().map(|(path, _)| path);
    names
        .filter(|path| path.extension().is_some_and(|extension| extension == "tmp"))
        .collect()
}

/// Whether the system replaces a file that someone has open. Windows does since 2016, wine does
/// not.
pub(crate) fn replaces_open_files() -> bool {
    let directory = tempfile::tempdir().unwrap();
    let (old, new) = (directory.path().join("old"), directory.path().join("new"));
    std::fs::write(&old, "").unwrap();
    std::fs::write(&new, "").unwrap();
    let reader = std::fs::File::open(&old).unwrap();
    let is_replaced = std::fs::rename(&new, &old).is_ok();
    drop(reader);
    if !is_replaced {
        println!("skipped: this system does not replace files that are open");
    }
    is_replaced
}
