//! ```text
//! an operation: changes, one after the other
//!   0  1  what: 1 put, 2 delete, 3 clear, 4 assemble
//!   1  4  length k of the key, 1..=1024
//!   5  4  length v of the value, at most 64 MiB; only for put
//!      k  the key; for clear the prefix of what stays, for assemble that of the pieces
//!      v  the value
//!
//! a piece of a snapshot, and an encoded state: pairs in the order of their keys, as puts without
//! their first byte
//! ```

use bytes::BufMut;

use super::blob::Blob;
use super::{Change, KV_KEY_LEN_MAX, KV_VALUE_LEN_MAX, Kv, KvBatch, Map};
use crate::codec::{Codec, CodecError, Shapes};
use crate::format::ByteReader;

type Pair = (Blob, Blob);

const PUT: u8 = 1;
const DELETE: u8 = 2;
const CLEAR: u8 = 3;
const ASSEMBLE: u8 = 4;

/// The codec of [`Kv`] and [`KvBatch`].
#[derive(Clone, Copy, Debug)]
pub struct KvCodec;

impl Codec<KvBatch> for KvCodec {
    fn encode(batch: &KvBatch, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
        for change in batch.changes() {
            match change {
                Change::Put { key, value } => {
                    bytes.put_u8(PUT);
                    put_pair(bytes, key.as_slice(), value.as_slice())?;
                }
                Change::Delete { key } => put_key(bytes, DELETE, key)?,
                Change::Clear { kept } => put_key(bytes, CLEAR, kept)?,
                Change::Assemble { prefix } => put_key(bytes, ASSEMBLE, prefix)?,
            }
        }
        Ok(())
    }

    /// The format stores lengths in front of the bytes, so everything that is in a batch can be
    /// decoded.
    fn encode_checked(batch: &KvBatch, bytes: &mut Vec<u8>, _: &Shapes) -> Result<(), CodecError> {
        Self::encode(batch, bytes)
    }

    fn decode(bytes: &[u8]) -> Result<KvBatch, CodecError> {
        let mut reader = ByteReader::new(bytes);
        let mut batch = KvBatch::new();
        while !reader.is_empty() {
            batch.push(take_change(&mut reader).ok_or_else(malformed)?);
        }
        Ok(batch)
    }
}

impl Codec<Kv> for KvCodec {
    fn encode(kv: &Kv, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
        kv.map
            .iter()
            .try_for_each(|(key, value)| put_pair(bytes, key.as_slice(), value.as_slice()))
    }

    fn decode(bytes: &[u8]) -> Result<Kv, CodecError> {
        let mut map = Map::new();
        take_pairs(bytes, &mut map)?;
        Ok(Kv { map })
    }
}

fn put_key(bytes: &mut Vec<u8>, what: u8, key: &Blob) -> Result<(), CodecError> {
    let key = key.as_slice();
    bytes.put_u8(what);
    bytes.put_u32_le(len(key)?);
    bytes.put_slice(key);
    Ok(())
}

/// The next change; `None` if the reader is at the end, or if the change is cut.
pub(super) fn take_change(reader: &mut ByteReader<'_>) -> Option<Change> {
    let what = reader.u8()?;
    if what == PUT {
        return take_pair(reader).map(|(key, value)| Change::Put { key, value });
    }
    let len = take_key_len(reader)?;
    let key = reader.take(len)?.into();
    match what {
        DELETE => Some(Change::Delete { key }),
        CLEAR => Some(Change::Clear { kept: key }),
        ASSEMBLE => Some(Change::Assemble { prefix: key }),
        _ => None,
    }
}

pub(super) fn put_pair(bytes: &mut Vec<u8>, key: &[u8], value: &[u8]) -> Result<(), CodecError> {
    bytes.put_u32_le(len(key)?);
    bytes.put_u32_le(len(value)?);
    bytes.put_slice(key);
    bytes.put_slice(value);
    Ok(())
}

/// Adds all pairs in `bytes` to the map.
pub(super) fn take_pairs(bytes: &[u8], map: &mut Map) -> Result<(), CodecError> {
    let mut reader = ByteReader::new(bytes);
    while !reader.is_empty() {
        let (key, value) = take_pair(&mut reader).ok_or_else(malformed)?;
        map.insert(key, value);
    }
    Ok(())
}

fn take_key_len(reader: &mut ByteReader<'_>) -> Option<u64> {
    let len = reader.u32()?;
    let is_fine = (1..=KV_KEY_LEN_MAX).contains(&(len as usize));
    is_fine.then_some(len.into())
}

fn take_pair(reader: &mut ByteReader<'_>) -> Option<Pair> {
    let key_len = take_key_len(reader)?;
    let value_len = reader
        .u32()
        .filter(|len| *len as usize <= KV_VALUE_LEN_MAX)?;
    let key = reader.take(key_len)?;
    let value = reader.take(u64::from(value_len))?;
    Some((key.into(), value.into()))
}

fn len(bytes: &[u8]) -> Result<u32, CodecError> {
    u32::try_from(bytes.len()).map_err(|_| CodecError::new("longer than 4 GiB"))
}

fn malformed() -> CodecError {
    CodecError::new("not the encoding of key-value pairs")
}
