#![doc = include_str!("../README.md")]

#[cfg(feature = "json")]
pub use steadfast_core::Json;
#[cfg(feature = "message-pack")]
pub use steadfast_core::MessagePack;
pub use steadfast_core::{
    Codec, CodecError, Contents, CopyReport, Durability, Entry, Epoch, Fate, FrameInfo, Frozen,
    Immediate, Inspection, KEY_LEN_MAX, KEY_PART_LEN_MAX, KV_KEY_LEN_MAX, KV_VALUE_LEN_MAX, Key,
    Kv, KvBatch, KvCodec, Lsn, ManifestNumber, MaybeSend, MaybeSync, MemoryBackend, MemoryStaged,
    ObjectId, PersistenceError, Postcard, Precondition, Prefix, RecoveryReport, Remedy, Result,
    Schema, Shapes, Skipped, SnapshotInfo, SnapshotUsed, Source, Staged, State, StorageBackend,
    Store, StoreId, StoreOptions, StoreStatus, Survives, Thaw, Ticket, ToCommit, TornTail,
    TransactError, VerifyReport, WHOLE, copy_store, inspect, load_snapshot, save_snapshot, status,
    verify,
};
#[cfg(feature = "file")]
pub use steadfast_file::{
    AtomicFile, AtomicFileOptions, FileBackend, StagedFile, Symlinks, write_atomically,
};

pub mod blocking;
mod opener;
#[cfg(feature = "file")]
mod threaded;

#[cfg(feature = "file")]
pub use threaded::{Threaded, ThreadedStaged};
