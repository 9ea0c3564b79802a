//! The header of a segment.
//!
//! ```text
//! offset size
//!      0    8  magic "SFWALSEG"
//!      8    4  version, 1
//!     12    4  kind: 0 live (grew by appends), 1 merged (made whole from several)
//!     16   16  store id
//!     32    8  segment id, the number in its key
//!     40    8  epoch of the writer
//!     48    8  salt
//!     56    8  log sequence number of its first frame
//!     64    8  id of the predecessor, 0 for none
//!     72    8  length of the predecessor up to its last frame
//!     80    8  number of the manifest that will be the first to name it
//!     88    4  version of the state's encoding
//!     92    4  CRC-32C of bytes 0..92
//!     96       frames
//! ```
//! A live segment is created durable, with only its header. Then the manifest that names it is
//! published, and only then frames follow. So a segment that no manifest names holds no
//! acknowledged frame, unless a manifest is lost. A live segment beyond the newest manifest that is
//! longer than its header proves such a loss.

use bytes::BufMut;

use crate::error::{PersistenceError, Result};
use crate::format::{ByteReader, checksum};
use crate::ids::{Epoch, Lsn, ManifestNumber, ObjectId, StoreId};
use crate::key::Key;

/// Bytes before the first frame.
pub(crate) const SEGMENT_HEADER_LEN: u64 = 96;

/// The unit in which file systems write.
const PAGE_LEN: u64 = 4096;

const MAGIC: &[u8; 8] = b"SFWALSEG";
const VERSION: u32 = 1;
const SUM_AT: usize = 92;

/// How a segment was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SegmentKind {
    /// It grew by appends; its tail may be torn.
    Live,
    /// It was saved whole, from several live ones.
    Merged,
}

/// A segment's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) kind: SegmentKind,
    pub(crate) store: StoreId,
    pub(crate) id: ObjectId,
    pub(crate) epoch: Epoch,
    pub(crate) salt: u64,
    pub(crate) first_lsn: Lsn,
    pub(crate) predecessor: ObjectId,
    pub(crate) predecessor_len: u64,
    pub(crate) manifest: ManifestNumber,
    pub(crate) state_version: u32,
}

impl SegmentHeader {
    pub(crate) fn key(id: ObjectId) -> Key {
        Key::numbered(super::FOLDER, id.get())
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(96);
        bytes.put_slice(MAGIC);
        bytes.put_u32_le(VERSION);
        bytes.put_u32_le(match self.kind {
            SegmentKind::Live => 0,
            SegmentKind::Merged => 1,
        });
        bytes.put_u128_le(self.store.get());
        bytes.put_u64_le(self.id.get());
        bytes.put_u64_le(self.epoch.get());
        bytes.put_u64_le(self.salt);
        bytes.put_u64_le(self.first_lsn.get());
        bytes.put_u64_le(self.predecessor.get());
        bytes.put_u64_le(self.predecessor_len);
        bytes.put_u64_le(self.manifest.get());
        bytes.put_u32_le(self.state_version);
        let sum = checksum(&bytes);
        bytes.put_u32_le(sum);
        bytes
    }

    /// The header at the start of the segment `key`.
    ///
    /// # Errors
    /// [`PersistenceError::Corrupt`], [`PersistenceError::NewerFormat`].
    pub(crate) fn decode(key: &Key, bytes: &[u8]) -> Result<Self> {
        let short = || {
            let found = format!("the end of the file at byte {}", bytes.len());
            PersistenceError::corrupt(
                key,
                bytes.len() as u64,
                "a segment header of 96 bytes",
                found,
            )
        };
        let (covered, sum) = bytes.split_at_checked(SUM_AT).ok_or_else(short)?;
        let sum = ByteReader::new(sum).u32().ok_or_else(short)?;
        if !covered.starts_with(MAGIC) {
            let found = "other bytes";
            return Err(PersistenceError::corrupt(
                key,
                0,
                "the mark of a log segment",
                found,
            ));
        }
        let computed = checksum(covered);
        if computed != sum {
            let expected = format!("header checksum {sum:08x}");
            return Err(PersistenceError::corrupt(
                key,
                0,
                expected,
                format!("{computed:08x}"),
            ));
        }
        let mut reader = ByteReader::new(covered.get(MAGIC.len()..).unwrap_or_default());
        let version = reader.u32().ok_or_else(short)?;
        if version > VERSION {
            let (key, supported) = (key.clone(), VERSION);
            return Err(PersistenceError::NewerFormat {
                key,
                found: version,
                supported,
            });
        }
        Self::fields(&mut reader).ok_or_else(|| {
            PersistenceError::corrupt(key, 12, "a segment of a known kind", "another kind")
        })
    }

    fn fields(reader: &mut ByteReader<'_>) -> Option<Self> {
        Some(Self {
            kind: match reader.u32()? {
                0 => SegmentKind::Live,
                1 => SegmentKind::Merged,
                _ => return None,
            },
            store: StoreId::new(reader.u128()?),
            id: ObjectId::new(reader.u64()?),
            epoch: Epoch::new(reader.u64()?),
            salt: reader.u64()?,
            first_lsn: Lsn::new(reader.u64()?),
            predecessor: ObjectId::new(reader.u64()?),
            predecessor_len: reader.u64()?,
            manifest: ManifestNumber::new(reader.u64()?),
            state_version: reader.u32()?,
        })
    }

    /// Checks that this is segment `id` of store `store`, and not another file under its name.
    pub(crate) fn belongs(&self, key: &Key, store: StoreId, id: ObjectId) -> Result<()> {
        if self.store != store {
            let (expected, found) = (format!("store {store}"), format!("store {}", self.store));
            return Err(PersistenceError::corrupt(key, 16, expected, found));
        }
        if self.id != id {
            let (expected, found) = (format!("segment {id}"), format!("segment {}", self.id));
            return Err(PersistenceError::corrupt(key, 32, expected, found));
        }
        Ok(())
    }
}

/// The length that a segment that ends at `end` will soon have: twice its length, but at most a
/// quarter of a whole segment more. `None` if a hint is not worth it: a store that commits little
/// keeps small files.
pub(crate) fn room_ahead(end: u64, segment_len: u64) -> Option<u64> {
    let step = end.min(segment_len >> 2);
    let until = end.saturating_add(step).next_multiple_of(PAGE_LEN);
    let until = until.min(segment_len);
    (end >= segment_len >> 10 && until > end).then_some(until)
}
