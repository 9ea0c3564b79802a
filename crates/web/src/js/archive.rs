//! A store as one file: a plain tar archive of its streams.
//!
//! Unpacked into an empty directory it is a store of the file backend: `tar -xf notes.tar -C notes && steadfast --store notes verify`. The archive adds no
//! checksums of its own, since every byte of a store's streams is under one. Reading trusts nothing: lengths are held against what is there, and
//! names must be keys.

use bytes::Bytes;
use steadfast_core::{
    Key, MemoryBackend, PersistenceError, Prefix, Result, StorageBackend, WHOLE,
};

use super::home::Home;

const BLOCK_LEN: usize = 512;
/// Where the fields of a header are, and how long.
const NAME: (usize, usize) = (0, 100);
const SIZE: (usize, usize) = (124, 12);
const CHECKSUM: (usize, usize) = (148, 8);
const KIND: usize = 156;
const MAGIC: (usize, usize) = (257, 8);
const PREFIX: (usize, usize) = (345, 155);
const FILE: u8 = b'0';
const FILE_OF_OLD: u8 = 0;
const DIRECTORY: u8 = b'5';

/// Every stream of the backend, as an archive.
pub(super) async fn pack(backend: &Home) -> Result<Vec<u8>> {
    let mut archive = Vec::new();
    for entry in backend.list(&Prefix::ROOT).await? {
        // A living writer may have removed it since it was listed.
        if let Some(data) = backend.read(&entry.key, WHOLE).await? {
            archive.extend_from_slice(&header(&entry.key, data.len())?);
            archive.extend_from_slice(&data);
            archive.resize(archive.len().next_multiple_of(BLOCK_LEN), 0);
        }
    }
    archive.resize(archive.len().saturating_add(2 * BLOCK_LEN), 0);
    Ok(archive)
}

/// The streams of an archive, in memory.
pub(super) async fn unpack(archive: &[u8]) -> Result<Home> {
    let memory = Home::Memory(MemoryBackend::new());
    let mut rest = archive;
    while let Some((block, tail)) = rest.split_first_chunk::<BLOCK_LEN>() {
        if block.iter().all(|byte| *byte == 0) {
            return Ok(memory);
        }
        if octal(field(block, CHECKSUM)) != Some(u64::from(checksum(block))) {
            return Err(not_an_archive("a header whose checksum does not fit"));
        }
        let len = octal(field(block, SIZE))
            .and_then(|len| usize::try_from(len).ok())
            .filter(|len| *len <= tail.len())
            .ok_or_else(|| not_an_archive("an entry longer than the file"))?;
        let (data, _) = tail.split_at(len);
        match block.get(KIND) {
            Some(&(FILE | FILE_OF_OLD)) => {
                let key = key_of(block)?;
                memory
                    .atomic_write(&key, Bytes::copy_from_slice(data))
                    .await?;
            }
            Some(&DIRECTORY) => {}
            _ => return Err(not_an_archive("an entry that is no file")),
        }
        rest = tail
            .get(len.next_multiple_of(BLOCK_LEN)..)
            .unwrap_or_default();
    }
    Err(not_an_archive("no end"))
}

fn header(key: &Key, len: usize) -> Result<[u8; BLOCK_LEN]> {
    let mut block = [0; BLOCK_LEN];
    let name = key.as_str();
    let (prefix, name) = if name.len() <= NAME.1 {
        ("", name)
    } else {
        // Parts are at most as long as the field.
        name.rsplit_once('/').unwrap_or(("", name))
    };
    let too_long = || not_an_archive("a name that does not fit");
    put(&mut block, NAME, name).ok_or_else(too_long)?;
    put(&mut block, PREFIX, prefix).ok_or_else(too_long)?;
    put(&mut block, (100, 8), "0000644").ok_or_else(too_long)?;
    put(&mut block, (108, 8), "0000000").ok_or_else(too_long)?;
    put(&mut block, (116, 8), "0000000").ok_or_else(too_long)?;
    put(&mut block, SIZE, &format!("{len:011o}")).ok_or_else(too_long)?;
    put(&mut block, (136, 12), "00000000000").ok_or_else(too_long)?;
    put(&mut block, (KIND, 1), "0").ok_or_else(too_long)?;
    put(&mut block, MAGIC, "ustar\x0000").ok_or_else(too_long)?;
    let sum = checksum(&block);
    put(&mut block, CHECKSUM, &format!("{sum:06o}\0 ")).ok_or_else(too_long)?;
    Ok(block)
}

fn put(block: &mut [u8; BLOCK_LEN], (at, len): (usize, usize), text: &str) -> Option<()> {
    let end = at.checked_add(text.len().min(len))?;
    if text.len() > len {
        return None;
    }
    block.get_mut(at..end)?.copy_from_slice(text.as_bytes());
    Some(())
}

fn field(block: &[u8; BLOCK_LEN], (at, len): (usize, usize)) -> &[u8] {
    let field = block.get(at..at.saturating_add(len)).unwrap_or_default();
    let end = field.iter().position(|byte| *byte == 0);
    field
        .get(..end.unwrap_or(field.len()))
        .unwrap_or_default()
}

fn key_of(block: &[u8; BLOCK_LEN]) -> Result<Key> {
    let text = |bytes| std::str::from_utf8(bytes).map_err(|_| not_an_archive("a name in no UTF-8"));
    let (prefix, name) = (text(field(block, PREFIX))?, text(field(block, NAME))?);
    let whole = if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}/{name}")
    };
    // As `tar -c .` writes them.
    Key::new(whole.strip_prefix("./").unwrap_or(&whole))
}

/// The sum of all bytes, those of the checksum itself taken as spaces.
fn checksum(block: &[u8; BLOCK_LEN]) -> u32 {
    let own = CHECKSUM.0..CHECKSUM.0.saturating_add(CHECKSUM.1);
    let bytes = block.iter().enumerate();
    bytes
        .map(|(at, byte)| if own.contains(&at) { b' ' } else { *byte })
        .map(u32::from)
        .sum()
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim();
    u64::from_str_radix(text, 8).ok()
}

fn not_an_archive(found: &str) -> PersistenceError {
    PersistenceError::NotAStore {
        place: "the file".into(),
        found: found.into(),
    }
}
