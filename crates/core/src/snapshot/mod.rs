//! Snapshots: whole states, saved atomically, streamed in bounded memory, checked on every load.
//!
//! A snapshot goes through the backend's two phases, so it is there whole or not at all; its name
//! appears only when every byte of it is durable. The checksums are for everything after that: bit
//! rot, a truncated copy, a file put in the wrong place. Each piece's checksum starts from the
//! header's, so that a piece of another snapshot does not fit, and covers the piece's number, so
//! that pieces cannot change places. The header has a salt, which the manifest knows: a snapshot
//! that a copy of the store took under the same number does not fit.
//!
//! A snapshot that does not fit is tried once more with its pieces [`compressed`]: it is what frees
//! the room that the log takes.
//!
//! The snapshot holds the number of the last commit that is in it: nothing is applied twice.

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
