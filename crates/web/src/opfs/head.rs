//! The head of a file: which key it belongs to, in two copies. Pure.
//!
//! ```text
//! 0    4   magic "SFOP"          0      head, first copy
//! 4    4   version, 1            512    head, second copy
//! 8    8   generation            4096   the bytes of the key
//! 16   8   length at its save
//! 24   2   length of the key, 0 for a file that is free
//! 26   200 the key
//! 508  4   CRC-32C of 0..508     all little-endian
//! ```
//! Of two valid copies the one with the higher generation counts. A change is written over the
//! other copy, flushed, and only then repeated, so a copy that is torn by a crash always has a
//! whole one beside it, and a copy that is damaged later too.

use steadfast_core::{KEY_LEN_MAX, Key, checksum};

use crate::number::len_u64;

/// The length of one copy: a sector.
pub(super) const HEAD_LEN: usize = 512;

/// Where the bytes of the key begin.
pub(super) const DATA_START: u64 = 4_096;

const MAGIC: [u8; 4] = *b"SFOP";
const VERSION: u32 = 1;
const KEY_START: usize = 26;
const SUM_START: usize = HEAD_LEN - 4;

/// What a file is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Greater than that of every change before, in any file of the store.
    pub(super) generation: u64,
    /// The key and the length of its value when it was saved; `None` for a file that is free.
    pub(super) value: Option<(Key, u64)>,
}

/// What stands in a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Copy {
    Valid(Head),
    /// Written by a newer program, with this version.
    Newer(u32),
    /// Torn, damaged or never written.
    Invalid,
}

impl Head {
    pub(super) fn encode(&self) -> [u8; HEAD_LEN] {
        let mut bytes = Vec::with_capacity(HEAD_LEN);
        let (key, len) = match &self.value {
            Some((key, len)) => (key.as_str(), *len),
            None => ("", 0),
        };
        let key_len = u16::try_from(key.len()).unwrap_or(0);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.generation.to_le_bytes());
        bytes.extend_from_slice(&len.to_le_bytes());
        bytes.extend_from_slice(&key_len.to_le_bytes());
        bytes.extend_from_slice(key.as_bytes());
        bytes.resize(SUM_START, 0);
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum.to_le_bytes());
        let mut head = [0; HEAD_LEN];
        head.copy_from_slice(&bytes);
        head
    }

    pub(super) fn decode(bytes: &[u8]) -> Copy {
        let Some((body, sum)) = bytes.split_at_checked(SUM_START) else {
            return Copy::Invalid;
        };
        if sum != checksum(body).to_le_bytes() || !body.starts_with(&MAGIC) {
            return Copy::Invalid;
        }
        match field(body, 4).map(u32::from_le_bytes) {
            Some(VERSION) => {}
            Some(version) if version > VERSION => return Copy::Newer(version),
            _ => return Copy::Invalid,
        }
        Self::decode_body(body).map_or(Copy::Invalid, Copy::Valid)
    }

    fn decode_body(body: &[u8]) -> Option<Self> {
        let generation = u64::from_le_bytes(field(body, 8)?);
        let len = u64::from_le_bytes(field(body, 16)?);
        let key_len = usize::from(u16::from_le_bytes(field(body, 24)?));
        if key_len == 0 {
            return Some(Self {
                generation,
                value: None,
            });
        }
        if key_len > KEY_LEN_MAX {
            return None;
        }
        let key = body.get(KEY_START..)?.get(..key_len)?;
        let key = Key::new(std::str::from_utf8(key).ok()?).ok()?;
        Some(Self {
            generation,
            value: Some((key, len)),
        })
    }
}

fn field<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// The one of two copies that counts: its place, 0 or 1, and the head.
pub(super) fn newest(copies: [Copy; 2]) -> Option<(u8, Head)> {
    match copies {
        [Copy::Valid(first), Copy::Valid(second)] if second.generation > first.generation => {
            Some((1, second))
        }
        [Copy::Valid(first), _] => Some((0, first)),
        [_, Copy::Valid(second)] => Some((1, second)),
        _ => None,
    }
}

/// Where a copy stands.
pub(super) fn copy_at(place: u8) -> u64 {
    u64::from(place).saturating_mul(len_u64(HEAD_LEN))
}
