//! Snapshots: whole states, saved atomically, streamed in bounded memory, checked on every load.
//!
//! A snapshot goes through the backend's two phases, so it is there whole or not at all: its name
//! appears only when every byte of it is durable. The checksums find later damage: bit rot, a
//! truncated copy, a file in the wrong place. Each piece's checksum starts from the header's, so a
//! piece of another snapshot does not match. It covers the piece's number, so pieces cannot change
//! places. The header has a salt, which the manifest knows. So a snapshot with the same number from
//! a copy of the store does not match either.
//!
//! A snapshot that does not fit is tried once more with its pieces [`compressed`], because only a
//! snapshot frees the space of the log.
//!
//! A snapshot holds the number of its last commit, so no commit is applied twice.

mod compressed;
pub(crate) mod format;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod lz4;
mod manager;
mod reader;
mod single;

pub use single::{load_snapshot, save_snapshot};

pub(crate) use compressed::Pieces;
pub(crate) use format::SnapshotHeader;
pub(crate) use manager::{SnapshotManager, check_schema};
pub(crate) use reader::SnapshotReader;

pub(crate) const FOLDER: &str = "snapshot";
