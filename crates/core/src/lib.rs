//! The core of steadfast.
mod backend;
mod codec;
mod error;
mod format;
mod ids;
mod key;
mod kv;
mod manifest;
mod maybe_send;
mod memory;
mod recovery;
mod snapshot;
mod state;
mod store;
mod wal;

pub use backend::{Entry, Immediate, Precondition, Staged, StorageBackend, Survives, WHOLE};
pub use codec::{Codec, CodecError, Postcard};
pub use error::{PersistenceError, Remedy, Result, Source};
pub use ids::{Epoch, Lsn, ManifestNumber, ObjectId, StoreId};
pub use key::{KEY_LEN_MAX, KEY_PART_LEN_MAX, Key, Prefix};
pub use kv::{KV_KEY_LEN_MAX, KV_VALUE_LEN_MAX, Kv, KvBatch, KvCodec};
pub use maybe_send::{BoxFuture, MaybeSend, MaybeSync};
pub use memory::{Fate, MemoryBackend, MemoryStaged};
pub use recovery::{RecoveryReport, Skipped, SnapshotUsed, TornTail};
pub use snapshot::{load_snapshot, save_snapshot};
pub use state::{Frozen, Schema, State, Thaw};
pub use store::{
    Durability, SnapshotInfo, Store, StoreOptions, StoreStatus, Ticket, TransactError,
};
