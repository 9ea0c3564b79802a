#![doc = include_str!("../README.md")]
#![cfg(all(target_arch = "wasm32", target_os = "unknown"))]

mod error;
mod global;
mod indexed_db;
#[cfg(feature = "npm")]
pub mod js;
mod lock;
mod number;
mod opfs;
mod quota;
mod slot;
mod task;
mod timer;
mod witness;

pub use error::BrowserError;
pub use indexed_db::{Durability, IndexedDbBackend, Options, StagedRows};
pub use lock::WhenLocked;
pub use opfs::{Fixed, Growing, OpfsBackend, OpfsOptions, PoolKind, StagedSlot};
pub use quota::{StorageEstimate, estimate, is_persisted, persist};
