//! The core of [steadfast](https://docs.rs/steadfast): the trait for storage, and on it a
//! write-ahead log, snapshots and recovery.
//!
//! Nothing here does I/O, starts a thread, reads a clock or draws a random number. All of that is
//! behind [`StorageBackend`]. This crate assumes nothing about the world beyond the contract of
//! that trait. So the same code, with the same tests, keeps data in files, in memory and in a
//! browser. There is no backend for object stores yet; the trait is meant to fit them too.
//!
//! | to | use |
//! |---|---|
//! | keep a value of your own type through crashes | [`State`], [`Store`] |
//! | keep keys and values | [`Kv`] with [`Store`] |
//! | save one value atomically | [`save_snapshot`], [`load_snapshot`] |
//! | check a store | [`verify`](verify()), [`status`] |
//! | copy or explain a store | [`copy_store`], [`inspect`](inspect()) |
//! | write a backend | [`StorageBackend`], [`Staged`], and for synchronous ones [`Immediate`] |
//! | test a state against power failures | [`MemoryBackend`] |

mod backend;
mod codec;
mod copy;
mod crc32c;
mod error;
mod format;
mod ids;
mod inspect;
mod key;
mod kv;
mod manifest;
mod maybe_send;
mod memory;
mod panic;
mod recovery;
mod snapshot;
mod standing;
mod state;
mod store;
mod sync;
mod verify;
mod wal;

pub use backend::{Entry, Immediate, Precondition, Staged, StorageBackend, Survives, WHOLE};
#[cfg(feature = "json")]
pub use codec::Json;
#[cfg(feature = "message-pack")]
pub use codec::MessagePack;
pub use codec::{Codec, CodecError, Postcard, Shapes};
pub use copy::{CopyReport, copy_store};
pub use error::{PersistenceError, Remedy, Result, Source};
pub use format::checksum;
pub use ids::{Epoch, Lsn, ManifestNumber, ObjectId, StoreId};
pub use inspect::{Contents, FrameInfo, Inspection, inspect};
pub use key::{KEY_LEN_MAX, KEY_PART_LEN_MAX, Key, Prefix};
pub use kv::{KV_KEY_LEN_MAX, KV_VALUE_LEN_MAX, Kv, KvBatch, KvCodec};
pub use maybe_send::{BoxFuture, MaybeSend, MaybeSync};
pub use memory::{Fate, MemoryBackend, MemoryStaged};
pub use recovery::{RecoveryReport, Skipped, SnapshotUsed, TornTail};
pub use snapshot::{load_snapshot, save_snapshot};
pub use standing::status;
pub use state::{Frozen, Schema, State, Thaw};
pub use store::{
    Durability, SnapshotInfo, Store, StoreOptions, StoreStatus, Ticket, ToCommit, TransactError,
    WeakStore,
};
pub use verify::{VerifyReport, verify};
