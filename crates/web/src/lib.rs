#![doc = include_str!("../README.md")]
#![cfg(all(target_arch = "wasm32", target_os = "unknown"))]

mod error;
mod global;
mod indexed_db;
mod lock;
mod number;
mod quota;
mod slot;
mod timer;
mod witness;

pub use error::BrowserError;
pub use indexed_db::{Durability, IndexedDbBackend, Options, StagedRows};
pub use lock::WhenLocked;
pub use quota::{StorageEstimate, estimate, is_persisted, persist};
