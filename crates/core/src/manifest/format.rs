//! ```text
//! offset size
//!      0    8  magic "SFMANIFS"
//!      8    4  version, 1
//!     12    4  length of the whole manifest
//!     16    8  number, the one in its key
//!     24   16  store id
//!     40    8  epoch
//!     48    8  next object number
//!     56    4  version of the state's encoding
//!     60    2  length n of the state's name, at most 200
//!     62    n  the state's name, UTF-8
//!             4  number of snapshots, then for each
//!                8 id, 8 log sequence number, 8 length, 8 salt
//!             4  number of segments, then for each
//!                8 id, 8 first and 8 last log sequence number, 8 length (0: open),
//!                4 state version, 8 salt
//!             8  number of the manifest before it, 0 for none
//!             4  checksum of that one
//!   last    4  CRC-32C of everything before
//! ```
//! No number is above 2⁶³ - 1. No object's number reaches the next object number.

use bytes::BufMut;

use super::{Manifest, NUMBER_MAX, Predecessor, STATE_NAME_LEN_MAX, SegmentEntry, SnapshotEntry};
use crate::error::{PersistenceError, Result};
use crate::format::{ByteReader, checksum};
use crate::ids::{Epoch, Lsn, ManifestNumber, ObjectId, StoreId};

const MAGIC: &[u8; 8] = b"SFMANIFS";

/// What an error says was found if the bytes do not begin with a manifest's magic.
const FOREIGN: &str = "other bytes";
const VERSION: u32 = 1;
const FIXED_LEN: usize = 62;

/// The longest manifest, 64 MiB: more than a million segments.
pub(crate) const MANIFEST_LEN_MAX: u64 = 64 << 20;

impl Manifest {
    /// Encodes the manifest, and records the checksum of the stored bytes in it.
    ///
    /// # Errors
    /// [`PersistenceError::TooLarge`] for a state name or a list that does not fit;
    /// [`PersistenceError::Corrupt`] if the numbers are used up.
    pub(crate) fn encode(&mut self) -> Result<Vec<u8>> {
        if !self.has_sound_numbers() {
            let (expected, found) = ("numbers below 2^63", "one beyond");
            return Err(PersistenceError::corrupt(
                &Self::key(self.number),
                16,
                expected,
                found,
            ));
        }
        let too_large = |len: usize, len_max: usize| PersistenceError::TooLarge {
            what: "the name of the state's type",
            len: len as u64,
            len_max: len_max as u64,
        };
        let name = self.state_name.as_bytes();
        let name_len = u16::try_from(name.len())
            .ok()
            .filter(|len| usize::from(*len) <= STATE_NAME_LEN_MAX)
            .ok_or_else(|| too_large(name.len(), STATE_NAME_LEN_MAX))?;
        let mut body = Vec::with_capacity(512);
        body.put_u64_le(self.number.get());
        body.put_u128_le(self.store.get());
        body.put_u64_le(self.epoch.get());
        body.put_u64_le(self.next_object.get());
        body.put_u32_le(self.state_version);
        body.put_u16_le(name_len);
        body.put_slice(name);
        body.put_u32_le(count(self.snapshots.len())?);
        for snapshot in &self.snapshots {
            body.put_u64_le(snapshot.id.get());
            body.put_u64_le(snapshot.lsn.get());
            body.put_u64_le(snapshot.len);
            body.put_u64_le(snapshot.salt);
        }
        body.put_u32_le(count(self.segments.len())?);
        for segment in &self.segments {
            body.put_u64_le(segment.id.get());
            body.put_u64_le(segment.first_lsn.get());
            body.put_u64_le(segment.last_lsn.get());
            body.put_u64_le(segment.len);
            body.put_u32_le(segment.state_version);
            body.put_u64_le(segment.salt);
        }
        body.put_u64_le(self.predecessor.number.get());
        body.put_u32_le(self.predecessor.sum);
        let mut bytes = Vec::with_capacity(body.len().saturating_add(20));
        bytes.put_slice(MAGIC);
        bytes.put_u32_le(VERSION);
        bytes.put_u32_le(count(body.len().saturating_add(20))?);
        bytes.append(&mut body);
        let sum = checksum(&bytes);
        bytes.put_u32_le(sum);
        self.sum = sum;
        Ok(bytes)
    }

    /// Whether bytes that failed to decode were never a manifest: they do not begin with the magic
    /// of one. Bytes that begin with zeros, or that end within the magic, may have been a manifest
    /// that a copy or a file system emptied or cut.
    pub(crate) fn is_foreign(error: &PersistenceError) -> bool {
        matches!(error, PersistenceError::Corrupt { offset: 0, found, .. } if found == FOREIGN)
    }

    /// The length that the manifest at the start of these bytes states; not checked.
    pub(crate) fn stated_len(bytes: &[u8]) -> Option<u64> {
        let mut reader = ByteReader::new(bytes.get(12..)?);
        reader.u32().map(u64::from)
    }

    /// Whether every number has one after it, and every object number was handed out.
    fn has_sound_numbers(&self) -> bool {
        let numbers = [
            self.number.get(),
            self.epoch.get(),
            self.next_object.get(),
            self.vouched().get(),
        ];
        let ids = self.segments.iter().map(|segment| segment.id);
        let mut ids = ids.chain(self.snapshots.iter().map(|snapshot| snapshot.id));
        numbers.into_iter().all(|number| number <= NUMBER_MAX)
            && ids.all(|id| id < self.next_object)
    }

    /// Checks and decodes the manifest with this number.
    ///
    /// # Errors
    /// [`PersistenceError::Corrupt`], [`PersistenceError::NewerFormat`].
    pub(crate) fn decode(number: ManifestNumber, bytes: &[u8]) -> Result<Self> {
        let key = &Self::key(number);
        let end = || {
            let found = format!("the end of the file at byte {}", bytes.len());
            PersistenceError::corrupt(key, bytes.len() as u64, "a whole manifest", found)
        };
        if !bytes.starts_with(MAGIC) {
            let mark = bytes.get(..MAGIC.len()).unwrap_or(bytes);
            let is_empty = MAGIC.starts_with(mark) || mark.iter().all(|byte| *byte == 0);
            let found = if is_empty { "nothing" } else { FOREIGN };
            let expected = "the mark of a manifest";
            return Err(PersistenceError::corrupt(key, 0, expected, found));
        }
        let covered_len = bytes.len().checked_sub(4).ok_or_else(end)?;
        let (covered, sum) = bytes.split_at_checked(covered_len).ok_or_else(end)?;
        let mut reader = ByteReader::new(covered.get(MAGIC.len()..).unwrap_or_default());
        let version = reader.u32().ok_or_else(end)?;
        let len = reader.u32().ok_or_else(end)?;
        let sum = ByteReader::new(sum).u32().ok_or_else(end)?;
        let computed = checksum(covered);
        if computed != sum {
            if (len as usize) > bytes.len().max(FIXED_LEN) {
                return Err(end());
            }
            let expected = format!("checksum {sum:08x}");
            return Err(PersistenceError::corrupt(
                key,
                0,
                expected,
                format!("{computed:08x}"),
            ));
        }
        if version > VERSION {
            let (key, supported) = (key.clone(), VERSION);
            return Err(PersistenceError::NewerFormat {
                key,
                found: version,
                supported,
            });
        }
        let manifest = Self::fields(&mut reader)
            .filter(|manifest| reader.is_empty() && manifest.has_sound_numbers())
            .ok_or_else(|| {
                PersistenceError::corrupt(
                    key,
                    16,
                    "the fields of a manifest",
                    "others, soundly stored",
                )
            })?;
        if manifest.number != number {
            let found = format!("manifest {}", manifest.number);
            return Err(PersistenceError::corrupt(
                key,
                16,
                format!("manifest {number}"),
                found,
            ));
        }
        Ok(Self { sum, ..manifest })
    }

    fn fields(reader: &mut ByteReader<'_>) -> Option<Self> {
        let number = ManifestNumber::new(reader.u64()?);
        let store = StoreId::new(reader.u128()?);
        let epoch = Epoch::new(reader.u64()?);
        let next_object = ObjectId::new(reader.u64()?);
        let state_version = reader.u32()?;
        let name_len = reader.u16()?;
        let state_name = String::from_utf8(reader.take(u64::from(name_len))?.to_vec()).ok()?;
        let snapshots = list(reader, 32, |reader| {
            Some(SnapshotEntry {
                id: ObjectId::new(reader.u64()?),
                lsn: Lsn::new(reader.u64()?),
                len: reader.u64()?,
                salt: reader.u64()?,
            })
        })?;
        let segments = list(reader, 44, |reader| {
            Some(SegmentEntry {
                id: ObjectId::new(reader.u64()?),
                first_lsn: Lsn::new(reader.u64()?),
                last_lsn: Lsn::new(reader.u64()?),
                len: reader.u64()?,
                state_version: reader.u32()?,
                salt: reader.u64()?,
            })
        })?;
        let predecessor = Predecessor {
            number: ManifestNumber::new(reader.u64()?),
            sum: reader.u32()?,
        };
        Some(Self {
            number,
            store,
            epoch,
            state_name,
            state_version,
            next_object,
            snapshots,
            segments,
            predecessor,
            sum: 0,
        })
    }
}

/// A counted list. The count is checked against the remaining bytes before anything is allocated.
fn list<T>(
    reader: &mut ByteReader<'_>,
    item_len: usize,
    item: impl Fn(&mut ByteReader<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let count = reader.u32()? as usize;
    if count.checked_mul(item_len)? > reader.remaining() {
        return None;
    }
    let mut items = Vec::with_capacity(count);
    for _ in 0..count {
        items.push(item(reader)?);
    }
    Some(items)
}

fn count(len: usize) -> Result<u32> {
    u32::try_from(len)
        .ok()
        .filter(|len| u64::from(*len) <= MANIFEST_LEN_MAX)
        .ok_or(PersistenceError::TooLarge {
            what: "the manifest",
            len: len as u64,
            len_max: MANIFEST_LEN_MAX,
        })
}
