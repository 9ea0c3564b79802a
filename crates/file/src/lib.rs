//! Files that survive: the files backend of steadfast, and atomic saves of any single file.
//!
//! * [`FileBackend`] keeps named streams of bytes in a directory: a log that grows and values that
//!   are replaced whole. It is what a store of steadfast stands on.
//! * [`AtomicFile`] and [`write_atomically`] save one file of yours, anywhere.
//!
//! After `Ok` the bytes are on the disk, and so is the name that leads to them: every save flushes
//! the file *and* its directory, on every platform with the call that reaches the disk
//! (`F_FULLFSYNC` on macOS, write-through renames on Windows). After a crash before `Ok` the old
//! file is whole or the new one is. After an error the old file is there, with one exception that
//! has its own kind: [`OutcomeUnknown`](steadfast_core::PersistenceError::OutcomeUnknown).
//!
//! This crate is the only one of steadfast that opens, flushes and renames files; `platform` inside
//! it holds every call that does, one file for each system, and [`simulation`] is the seam where
//! tests put a disk of their own under [`FileBackend`].
//!
//! ```
//! # let directory = tempfile::tempdir().unwrap();
//! # let path = directory.path().join("settings.toml");
//! steadfast_file::write_atomically(&path, "volume = 7\n")?;
//! # Ok::<(), steadfast_core::PersistenceError>(())
//! ```

mod atomic_file;
mod backend;
mod error;
mod leftovers;
mod opener;
mod platform;
mod random;
pub mod simulation;
mod temporary;

pub use atomic_file::{AtomicFile, AtomicFileOptions, Symlinks, write_atomically};
pub use backend::{FileBackend, StagedFile};

/// The example in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
