//! A snapshot without a store: an atomic, checked save of one value.

use bytes::Bytes;

use super::compressed::Pieces;
use super::format::SnapshotHeader;
use super::manager::{check_schema, stream, undecodable};
use super::reader::SnapshotReader;
use crate::backend::{Precondition, StorageBackend};
use crate::codec::{Codec, lost};
use crate::error::{PersistenceError, Result};
use crate::ids::{Lsn, ObjectId, StoreId};
use crate::key::Key;
use crate::state::{Encoded, Schema};

/// Saves `value` under `key`, atomically and durably. After `Ok`, [`load_snapshot`] returns it
/// after any crash. A crash before `Ok` leaves the old value or this one. A value that does not fit
/// is saved compressed.
///
/// # Errors
/// What the backend or the codec returns. [`PersistenceError::Codec`] if the encoding cannot be
/// decoded again. [`PersistenceError::OutcomeUnknown`] if the save may have happened. After every
/// other error the old value is there.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use steadfast_core::{Key, MemoryBackend, Postcard, Schema, load_snapshot, save_snapshot};
///
/// #[derive(Serialize, Deserialize, PartialEq, Debug)]
/// struct Settings { volume: u8 }
///
/// impl Schema for Settings {
///     const NAME: &'static str = "example.settings";
///     type Codec = Postcard;
/// }
///
/// # pollster::block_on(async {
/// let backend = MemoryBackend::new();
/// let key: Key = "settings".parse()?;
/// save_snapshot(&backend, &key, &Settings { volume: 11 }).await?;
/// assert_eq!(load_snapshot(&backend, &key).await?, Some(Settings { volume: 11 }));
/// # Ok::<(), steadfast_core::PersistenceError>(()) }).unwrap();
/// ```
pub async fn save_snapshot<B: StorageBackend, T: Schema>(
    backend: &B,
    key: &Key,
    value: &T,
) -> Result<()> {
    let mut bytes = Vec::new();
    T::Codec::encode(value, &mut bytes).map_err(|e| PersistenceError::Codec {
        action: "encode the value",
        reason: e.to_string(),
    })?;
    // The save replaces the old value, so the new one must be readable.
    T::Codec::decode(&bytes)
        .map(drop)
        .map_err(|e| PersistenceError::Codec {
            action: "encode the value",
            reason: lost(&e).to_string(),
        })?;
    let header = SnapshotHeader {
        store: StoreId::new(0),
        id: ObjectId::new(0),
        lsn: Lsn::new(0),
        salt: 0,
        state_version: T::VERSION,
        state_name: T::NAME.to_owned(),
    };
    let bytes = Bytes::from(bytes);
    let mut pieces = Pieces::Plain;
    loop {
        let frozen = Box::new(Encoded::new(bytes.clone()));
        match stream(backend, key, &header, frozen, Precondition::None, pieces).await {
            Err(error) if pieces.may_fit_compressed(&error) => pieces = Pieces::Compressed,
            saved => return saved.map(drop).map_err(|error| pieces.failed(error)),
        }
    }
}

/// Loads what [`save_snapshot`] saved under `key`; `None` if nothing was saved.
///
/// # Errors
/// [`PersistenceError::Corrupt`] if it is damaged. [`PersistenceError::WrongState`] if it is of
/// another type or a newer version. [`PersistenceError::NewerFormat`] and
/// [`PersistenceError::Codec`]. Damage is never returned as `None`.
pub async fn load_snapshot<B: StorageBackend, T: Schema>(
    backend: &B,
    key: &Key,
) -> Result<Option<T>> {
    let Some(mut reader) = SnapshotReader::open(backend, key).await? else {
        return Ok(None);
    };
    let header = &reader.header;
    check_schema(
        T::NAME,
        T::VERSION,
        &header.state_name,
        header.state_version,
    )?;
    let version = header.state_version;
    let mut bytes = Vec::new();
    while let Some(piece) = reader.next_piece().await? {
        bytes.extend_from_slice(&piece);
    }
    T::decode_version(version, &bytes)
        .map(Some)
        .map_err(|e| undecodable(&e))
}
