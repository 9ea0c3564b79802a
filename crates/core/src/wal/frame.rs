//! One frame: a commit, or the fence that a new writer sets at the end of its predecessor's
//! segment.
//!
//! ```text
//! offset size
//!      0    4  CRC-32C of bytes 4..36
//!      4    4  CRC-32C of the payload
//!      8    4  payload length
//!     12    4  back: distance from the frame's first byte to the point up to which the segment was
//!              durable when the frame's group was written (0xFFFF_FFFF: that far or farther)
//!     16    8  salt of the segment
//!     24    8  log sequence number
//!     32    1  kind: 1 commit, 2 fence
//!     33    3  zero
//!     36       payload
//! ```
//! The payload has a checksum of its own, for two reasons. It can be computed before the frame's
//! place in the log is known. A sound header with a damaged payload still states how long the frame
//! is.

use super::super::format::{ByteReader, checksum};
use crate::ids::Lsn;

/// Bytes of a frame before its payload.
pub(crate) const FRAME_HEADER_LEN: usize = 36;

/// The longest payload: 256 MiB.
pub(crate) const PAYLOAD_LEN_MAX: u32 = 256 << 20;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// One encoded operation.
    Commit,
    /// The end of the segment, set by a newer writer.
    Fence,
}

impl FrameKind {
    const fn code(self) -> u8 {
        match self {
            Self::Commit => 1,
            Self::Fence => 2,
        }
    }

    const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Commit),
            2 => Some(Self::Fence),
            _ => None,
        }
    }
}

/// A frame's header, decoded and checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) payload_checksum: u32,
    pub(crate) payload_len: u32,
    pub(crate) back: u32,
    pub(crate) salt: u64,
    pub(crate) lsn: Lsn,
    pub(crate) kind: FrameKind,
}

impl FrameHeader {
    pub(crate) fn encode(&self) -> [u8; FRAME_HEADER_LEN] {
        let mut bytes = [0_u8; FRAME_HEADER_LEN];
        let fields: [(usize, &[u8]); 6] = [
            (4, &self.payload_checksum.to_le_bytes()),
            (8, &self.payload_len.to_le_bytes()),
            (12, &self.back.to_le_bytes()),
            (16, &self.salt.to_le_bytes()),
            (24, &self.lsn.get().to_le_bytes()),
            (32, &[self.kind.code()]),
        ];
        for (at, field) in fields {
            put(&mut bytes, at, field);
        }
        let sum = checksum(bytes.get(4..).unwrap_or_default());
        put(&mut bytes, 0, &sum.to_le_bytes());
        bytes
    }

    /// The header at the start of `bytes`, if its checksum is right and its fields are within
    /// bounds.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let header = bytes.get(..FRAME_HEADER_LEN)?;
        let mut reader = ByteReader::new(header);
        let sum = reader.u32()?;
        if checksum(header.get(4..)?) != sum {
            return None;
        }
        let decoded = Self {
            payload_checksum: reader.u32()?,
            payload_len: reader.u32()?,
            back: reader.u32()?,
            salt: reader.u64()?,
            lsn: Lsn::new(reader.u64()?),
            kind: FrameKind::from_code(reader.u8()?)?,
        };
        (decoded.payload_len <= PAYLOAD_LEN_MAX).then_some(decoded)
    }
}

fn put(bytes: &mut [u8], at: usize, field: &[u8]) {
    if let Some(place) = bytes
        .get_mut(at..)
        .and_then(|tail| tail.get_mut(..field.len()))
    {
        place.copy_from_slice(field);
    }
}

/// A frame whose place is not known yet; [`seal`] completes its header.
#[derive(Debug)]
pub(crate) struct Unsealed(Vec<u8>);

impl Unsealed {
    /// A buffer with space for the header, to which the payload is appended.
    pub(crate) fn room() -> Vec<u8> {
        // Most payloads are small; one allocation serves them.
        let mut room = Vec::with_capacity(256);
        room.resize(FRAME_HEADER_LEN, 0);
        room
    }

    /// Makes a frame from [`room`](Self::room) and the payload behind it. Fails with the payload's
    /// length if that is too long.
    pub(crate) fn new(mut room: Vec<u8>) -> Result<Self, u64> {
        let payload = room.get(FRAME_HEADER_LEN..).unwrap_or_default();
        let len = payload.len() as u64;
        let header = FrameHeader {
            payload_checksum: checksum(payload),
            payload_len: u32::try_from(len)
                .ok()
                .filter(|len| *len <= PAYLOAD_LEN_MAX)
                .ok_or(len)?,
            back: 0,
            salt: 0,
            lsn: Lsn::default(),
            kind: FrameKind::Commit,
        };
        put(&mut room, 0, &header.encode());
        Ok(Self(room))
    }

    /// Appends the frame to a group.
    pub(crate) fn push_to(&self, group: &mut Vec<u8>) {
        group.extend_from_slice(&self.0);
    }

    /// A group of this frame alone.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Where in the log a group of frames is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) salt: u64,
    /// Offset in the segment of the group's first byte.
    pub(crate) position: u64,
    /// Offset up to which the segment is durable.
    pub(crate) durable: u64,
    /// The number of the group's first frame.
    pub(crate) first_lsn: Lsn,
}

/// Completes the headers of a group of frames whose place is now known. Returns the number of the
/// last frame.
pub(crate) fn seal(group: &mut [u8], place: Place) -> Lsn {
    let mut last = Lsn::new(place.first_lsn.get().saturating_sub(1));
    let mut position = place.position;
    let mut rest = group;
    while let Some(header) = FrameHeader::decode(rest) {
        let lsn = last.next();
        let back = u32::try_from(position.saturating_sub(place.durable)).unwrap_or(u32::MAX);
        let sealed = FrameHeader {
            back,
            salt: place.salt,
            lsn,
            ..header
        };
        put(rest, 0, &sealed.encode());
        let len = FRAME_HEADER_LEN.saturating_add(header.payload_len as usize);
        position = position.saturating_add(len as u64);
        last = lsn;
        match rest.split_at_mut_checked(len) {
            Some((_, tail)) => rest = tail,
            None => break,
        }
    }
    last
}

/// A whole fence frame.
pub(crate) fn fence(place: Place) -> [u8; FRAME_HEADER_LEN] {
    FrameHeader {
        payload_checksum: checksum(&[]),
        payload_len: 0,
        back: u32::try_from(place.position.saturating_sub(place.durable)).unwrap_or(u32::MAX),
        salt: place.salt,
        lsn: place.first_lsn,
        kind: FrameKind::Fence,
    }
    .encode()
}
