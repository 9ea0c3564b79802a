//! The core of steadfast.
mod backend;
mod error;
mod key;
mod maybe_send;

pub use backend::{Entry, Immediate, Precondition, Staged, StorageBackend, Survives, WHOLE};
pub use error::{PersistenceError, Remedy, Result, Source};
pub use key::{KEY_LEN_MAX, KEY_PART_LEN_MAX, Key, Prefix};
pub use maybe_send::{BoxFuture, MaybeSend, MaybeSync};
