//! ```text
//! header
//!      0    8  magic "SFSNAPSH"
//!      8    4  version, 1
//!     12    4  length of the header, h
//!     16   16  store id; 0 for a snapshot that belongs to no store
//!     32    8  snapshot id, the number in its key; 0 as above
//!     40    8  log sequence number of the last commit in it; 0 as above
//!     48    8  salt, new for every snapshot; 0 as above
//!     56    4  version of the state's encoding
//!     60    2  length n of the state's name, at most 200
//!     62    n  the state's name, UTF-8
//!    h-4    4  CRC-32C of bytes 0..h-4
//! piece, as often as needed
//!      0    4  length n, at most 0x2000_0000; of a compressed piece at most 0x80_0000, and
//!              0x4000_0000 is added
//!      4    4  CRC-32C, continued from the header's, of: the piece's number as 8 bytes, the field
//!              before as 4, the n bytes
//!      8    n  the piece, or what `compressed` makes of it
//! trailer
//!      0    4  0xFFFF_FFFF
//!      4    4  CRC-32C, continued from the header's, of bytes 8..24
//!      8    8  number of pieces
//!     16    8  sum of their lengths, uncompressed
//!     24       the end
//! ```
//!
//! The checksum of a compressed piece covers the stored bytes, so damage is found before anything
//! is decompressed. The trailer counts uncompressed bytes, so it confirms the decompressed length.

use bytes::{BufMut, Bytes};

use crate::crc32c;
use crate::error::{PersistenceError, Result};
use crate::format::{ByteReader, checksum};
use crate::ids::{Lsn, ObjectId, StoreId};
use crate::key::Key;
use crate::manifest::STATE_NAME_LEN_MAX;

const MAGIC: &[u8; 8] = b"SFSNAPSH";
const VERSION: u32 = 1;
const FIXED_LEN: usize = 62;

/// The longest header: its fixed part, the longest name, the checksum.
pub(crate) const HEADER_LEN_MAX: u64 = FIXED_LEN as u64 + STATE_NAME_LEN_MAX as u64 + 4;

/// The longest piece, 512 MiB. No operation is as long, so no state has to give a longer piece.
pub(crate) const PIECE_LEN_MAX: u32 = 512 << 20;

/// The longest piece that is stored compressed, 8 MiB. LZ4 expands it at most 255 times, so its
/// decompressed length fits a 32-bit index too.
pub(crate) const COMPRESSED_LEN_MAX: u32 = 8 << 20;

/// Bytes before a piece, and at the start of the trailer.
pub(crate) const PIECE_HEADER_LEN: u64 = 8;

/// Bytes of the trailer.
pub(crate) const TRAILER_LEN: u64 = 24;

const TRAILER_MARK: u32 = u32::MAX;

/// Set in the length field of a compressed piece.
const COMPRESSED_BIT: u32 = 0x4000_0000;

/// What a snapshot states about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SnapshotHeader {
    pub(crate) store: StoreId,
    pub(crate) id: ObjectId,
    pub(crate) lsn: Lsn,
    pub(crate) salt: u64,
    pub(crate) state_version: u32,
    pub(crate) state_name: String,
}

/// The start of a piece, or of the trailer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Piece { stored: StoredLen, sum: u32 },
    Trailer { sum: u32 },
}

/// The length field of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StoredLen {
    /// How many bytes are stored.
    pub(crate) len: u32,
    pub(crate) is_compressed: bool,
}

impl StoredLen {
    const fn decode(field: u32) -> Option<Self> {
        let is_compressed = field & COMPRESSED_BIT != 0;
        let len = field & !COMPRESSED_BIT;
        let len_max = if is_compressed {
            COMPRESSED_LEN_MAX
        } else {
            PIECE_LEN_MAX
        };
        if len > len_max {
            return None;
        }
        Some(Self { len, is_compressed })
    }

    const fn encode(self) -> u32 {
        if self.is_compressed {
            self.len | COMPRESSED_BIT
        } else {
            self.len
        }
    }
}

impl SnapshotHeader {
    /// The stored header, and the checksum that the pieces continue from.
    pub(crate) fn encode(&self) -> Result<(Vec<u8>, u32)> {
        let name = self.state_name.as_bytes();
        let too_large = || PersistenceError::TooLarge {
            what: "the name of the state's type",
            len: name.len() as u64,
            len_max: STATE_NAME_LEN_MAX as u64,
        };
        let name_len = u16::try_from(name.len()).map_err(|_| too_large())?;
        let len = FIXED_LEN.saturating_add(name.len()).saturating_add(4);
        let header_len = u32::try_from(len).map_err(|_| too_large())?;
        if name.len() > STATE_NAME_LEN_MAX {
            return Err(too_large());
        }
        let mut bytes = Vec::with_capacity(len);
        bytes.put_slice(MAGIC);
        bytes.put_u32_le(VERSION);
        bytes.put_u32_le(header_len);
        bytes.put_u128_le(self.store.get());
        bytes.put_u64_le(self.id.get());
        bytes.put_u64_le(self.lsn.get());
        bytes.put_u64_le(self.salt);
        bytes.put_u32_le(self.state_version);
        bytes.put_u16_le(name_len);
        bytes.put_slice(name);
        let sum = checksum(&bytes);
        bytes.put_u32_le(sum);
        Ok((bytes, sum))
    }

    /// The header at the start of `bytes`, its length, and the checksum that the pieces continue
    /// from.
    pub(crate) fn decode(key: &Key, bytes: &[u8]) -> Result<(Self, u64, u32)> {
        let end = || {
            let found = format!("the end of the file at byte {}", bytes.len());
            PersistenceError::corrupt(key, bytes.len() as u64, "a snapshot header", found)
        };
        let damaged =
            |at: u64, expected: &str| PersistenceError::corrupt(key, at, expected, "other bytes");
        if bytes.get(..MAGIC.len()).ok_or_else(end)? != MAGIC {
            return Err(damaged(0, "the mark of a snapshot"));
        }
        let mut reader = ByteReader::new(bytes.get(MAGIC.len()..).unwrap_or_default());
        let version = reader.u32().ok_or_else(end)?;
        let len = reader.u32().ok_or_else(end)?;
        if u64::from(len) > HEADER_LEN_MAX && version <= VERSION {
            return Err(damaged(12, "the length of a snapshot header"));
        }
        let covered_len = (len as usize)
            .checked_sub(4)
            .ok_or_else(|| damaged(12, "a length"))?;
        let covered = bytes.get(..covered_len).ok_or_else(end)?;
        let stored = bytes.get(covered_len..).ok_or_else(end)?;
        let sum = ByteReader::new(stored).u32().ok_or_else(end)?;
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
        if version > VERSION {
            let (key, supported) = (key.clone(), VERSION);
            return Err(PersistenceError::NewerFormat {
                key,
                found: version,
                supported,
            });
        }
        let mut reader = ByteReader::new(covered.get(16..).unwrap_or_default());
        let header = Self::fields(&mut reader)
            .filter(|_| reader.is_empty())
            .ok_or_else(|| damaged(16, "the fields of a snapshot header"))?;
        Ok((header, u64::from(len), sum))
    }

    fn fields(reader: &mut ByteReader<'_>) -> Option<Self> {
        let store = StoreId::new(reader.u128()?);
        let id = ObjectId::new(reader.u64()?);
        let lsn = Lsn::new(reader.u64()?);
        let salt = reader.u64()?;
        let state_version = reader.u32()?;
        let name_len = reader.u16()?;
        let name = reader.take(u64::from(name_len))?.to_vec();
        Some(Self {
            store,
            id,
            lsn,
            salt,
            state_version,
            state_name: String::from_utf8(name).ok()?,
        })
    }
}

/// The checksum of piece number `number`, whose stored bytes are `bytes`.
pub(crate) fn piece_sum(header_sum: u32, number: u64, stored: StoredLen, bytes: &[u8]) -> u32 {
    let sum = crc32c::crc32c_append(header_sum, &number.to_le_bytes());
    let sum = crc32c::crc32c_append(sum, &stored.encode().to_le_bytes());
    crc32c::crc32c_append(sum, bytes)
}

/// Turns `framed` into the stored form of piece number `number`. `framed` is eight spare bytes and
/// then the stored bytes of the piece.
///
/// # Errors
/// [`PersistenceError::TooLarge`] for a piece beyond [`PIECE_LEN_MAX`].
pub(crate) fn frame_piece(
    mut framed: Vec<u8>,
    is_compressed: bool,
    header_sum: u32,
    number: u64,
) -> Result<Bytes> {
    let bytes = framed.get(8..).unwrap_or_default();
    let len = u32::try_from(bytes.len())
        .ok()
        .filter(|len| *len <= PIECE_LEN_MAX)
        .ok_or(PersistenceError::TooLarge {
            what: "a piece of the snapshot",
            len: bytes.len() as u64,
            len_max: u64::from(PIECE_LEN_MAX),
        })?;
    let stored = StoredLen { len, is_compressed };
    let sum = piece_sum(header_sum, number, stored, bytes);
    let field = stored.encode().to_le_bytes();
    let head = field.into_iter().chain(sum.to_le_bytes());
    framed
        .iter_mut()
        .zip(head)
        .for_each(|(place, byte)| *place = byte);
    Ok(Bytes::from(framed))
}

/// The stored trailer.
pub(crate) fn trailer(header_sum: u32, pieces: u64, total_len: u64) -> Vec<u8> {
    let mut counts = Vec::with_capacity(16);
    counts.put_u64_le(pieces);
    counts.put_u64_le(total_len);
    let mut bytes = Vec::with_capacity(24);
    bytes.put_u32_le(TRAILER_MARK);
    bytes.put_u32_le(crc32c::crc32c_append(header_sum, &counts));
    bytes.append(&mut counts);
    bytes
}

/// What begins at these eight bytes; `None` if it is neither a piece nor the trailer.
pub(crate) fn mark(bytes: &[u8]) -> Option<Mark> {
    let mut reader = ByteReader::new(bytes);
    let (field, sum) = (reader.u32()?, reader.u32()?);
    if field == TRAILER_MARK {
        return Some(Mark::Trailer { sum });
    }
    StoredLen::decode(field).map(|stored| Mark::Piece { stored, sum })
}

/// Whether the trailer's counts, with this checksum, match what was read.
pub(crate) fn trailer_fits(
    counts: &[u8],
    sum: u32,
    header_sum: u32,
    pieces: u64,
    total: u64,
) -> bool {
    let mut reader = ByteReader::new(counts);
    crc32c::crc32c_append(header_sum, counts) == sum
        && reader.u64() == Some(pieces)
        && reader.u64() == Some(total)
}
