//! A compressed piece is checked as a plain one is: every flipped bit and every cut is an error
//! that names the place. Its stated length never makes a reader allocate more than its bytes can
//! expand to.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

mod common;
#[path = "common/peak.rs"]
mod peak;

use bytes::Bytes;
use common::disk::{Files, disk_with, files, key, newest, put, u32_at};
use common::room::Room;
use pollster::block_on;
use serde::{Deserialize, Serialize};
use steadfast_core::{
    Kv, MemoryBackend, PersistenceError, Postcard, Schema, StorageBackend, Store, StoreOptions,
    load_snapshot, save_snapshot, verify,
};

#[global_allocator]
static ALLOCATOR: peak::Counting = peak::Counting;

const PLACE: &str = "page";
const COMPRESSED: u32 = 0x4000_0000;
const PIECE_LEN_MAX: u32 = 512 << 20;
const COMPRESSED_LEN_MAX: u32 = 8 << 20;

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Page(String);

impl Schema for Page {
    const NAME: &'static str = "test.page";
    type Codec = Postcard;
}

/// A page that was saved where it only fits compressed.
fn compressed_page() -> (Page, Vec<u8>) {
    let disk = MemoryBackend::new();
    let room = Room::new(&disk);
    let page = Page("the moons of Jupiter; ".repeat(100));
    room.leave(1000);
    block_on(save_snapshot(&room, &key(PLACE), &page)).expect("saved");
    let bytes = files(&disk).remove(PLACE).expect("the page");
    assert_ne!(u32_at(&bytes, piece_at(&bytes)) & COMPRESSED, 0);
    (page, bytes)
}

/// Where the first piece begins: behind the header.
fn piece_at(bytes: &[u8]) -> usize {
    u32_at(bytes, 12) as usize
}

fn load(bytes: Vec<u8>) -> Result<Option<Page>, PersistenceError> {
    let disk = MemoryBackend::new();
    block_on(disk.atomic_write(&key(PLACE), Bytes::from(bytes))).expect("written");
    block_on(load_snapshot::<_, Page>(&disk, &key(PLACE)))
}

fn is_damage(read: Result<Option<Page>, PersistenceError>, what: &str) -> String {
    match read {
        Err(PersistenceError::Corrupt {
            key,
            found,
            expected,
            ..
        }) if key.as_str() == PLACE => format!("expected {expected}, found {found}"),
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn every_flipped_bit_and_every_cut() {
    let (page, bytes) = compressed_page();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            is_damage(load(flipped), &format!("byte {at}, bit {bit}"));
        }
        let cut = bytes.get(..at).unwrap_or_default().to_vec();
        is_damage(load(cut), &format!("cut at {at}"));
    }
    let more = [bytes.clone(), vec![0]].concat();
    is_damage(load(more), "one byte more");
    assert_eq!(load(bytes).expect("sound"), Some(page));
}

/// In a store too: the older snapshot or the log makes good for it, and `verify` tells of it.
#[test]
fn every_flipped_byte_of_a_stores_snapshot() {
    let disk = MemoryBackend::new();
    let room = Room::new(&disk);
    let store: Store<Kv, _> =
        block_on(Store::open(room.clone(), StoreOptions::default())).expect("opens");
    let page = "the moons of Jupiter; ".repeat(300);
    block_on(store.commit(Kv::put("page", &page).expect("a put"))).expect("a commit");
    room.leave(3000);
    block_on(store.snapshot()).expect("compressed");
    drop(store);
    let sound: Files = files(&disk);
    let name = newest(&sound, "snapshot");
    assert!(sound[&name].len() < 1000);
    for at in 0..sound[&name].len() {
        let damaged = disk_with(&sound, |files| {
            let bytes = files.get_mut(&name).expect("the snapshot");
            bytes[at] ^= 0x55;
        });
        let verified = block_on(verify(&damaged)).expect("read");
        assert!(!verified.is_sound(), "byte {at}");
        let (kv, report) = block_on(Store::<Kv, _>::load(&damaged)).expect("the log is there");
        assert_eq!(kv.get(b"page"), Some(page.as_bytes()), "byte {at}");
        assert!(!report.is_clean(), "byte {at}");
    }
}

/// The page with another compressed piece, soundly sealed: so many bytes are said to be stored, so
/// many the piece is said to be, and so many the trailer counts.
fn with_piece(field: u32, claimed: u32, block: &[u8], counted: u64) -> Vec<u8> {
    let (_, sound) = compressed_page();
    let header_len = piece_at(&sound);
    let header_sum = u32_at(&sound, header_len - 4);
    let mut bytes = sound.get(..header_len).expect("a header").to_vec();
    let stored = [&claimed.to_le_bytes(), block].concat();
    let sum = crc32c::crc32c_append(header_sum, &0_u64.to_le_bytes());
    let sum = crc32c::crc32c_append(sum, &field.to_le_bytes());
    let sum = crc32c::crc32c_append(sum, &stored);
    bytes.extend_from_slice(&field.to_le_bytes());
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes.extend_from_slice(&stored);
    let counts = [1_u64.to_le_bytes(), counted.to_le_bytes()].concat();
    let sum = crc32c::crc32c_append(header_sum, &counts);
    bytes.extend_from_slice(&u32::MAX.to_le_bytes());
    bytes.extend_from_slice(&sum.to_le_bytes());
    bytes.extend_from_slice(&counts);
    bytes
}

/// The block of the sound page, and how long the page is encoded.
fn sound_block() -> (Vec<u8>, u32) {
    let (_, sound) = compressed_page();
    let start = piece_at(&sound);
    let stored_len = (u32_at(&sound, start) & !COMPRESSED) as usize;
    let block = sound.get(start + 12..start + 8 + stored_len).expect("it");
    (block.to_vec(), u32_at(&sound, start + 8))
}

fn field(block: &[u8]) -> u32 {
    COMPRESSED | u32::try_from(block.len() + 4).expect("short")
}

#[test]
fn a_length_that_is_not_the_pieces() {
    let (block, len) = sound_block();
    let sound = with_piece(field(&block), len, &block, len.into());
    load(sound).expect("made as the writer does");
    let can_give = u32::try_from(block.len()).expect("short") * 255;
    let claims = [0, 1, len - 1, len + 1, can_give, can_give + 1];
    for claimed in claims
        .into_iter()
        .chain([1 << 20, PIECE_LEN_MAX, PIECE_LEN_MAX + 1, u32::MAX])
    {
        for counted in [claimed, len] {
            let bytes = with_piece(field(&block), claimed, &block, counted.into());
            let (read, most) = peak::peak_of(|| load(bytes));
            is_damage(read, &format!("a claim of {claimed}"));
            assert!(
                most < 1 << 18,
                "{most} bytes allocated for a claim of {claimed}"
            );
        }
    }
    // Long enough to give more than any piece may hold.
    let long = vec![0xff; 3 << 20];
    let claimed = PIECE_LEN_MAX + 1;
    let bytes = with_piece(field(&long), claimed, &long, claimed.into());
    let (read, most) = peak::peak_of(|| load(bytes));
    is_damage(read, "more than a piece may hold");
    assert!(most < 16 << 20, "{most} bytes allocated");
    // The trailer counts what came out, not what is stored.
    let stored = u64::from(field(&block) & !COMPRESSED);
    is_damage(
        load(with_piece(field(&block), len, &block, stored)),
        "the trailer",
    );
}

#[test]
fn bytes_that_are_no_block() {
    let (block, len) = sound_block();
    for other in [
        vec![],
        vec![0xff; 40],
        vec![0x1f, 0, 0, 0xff, 0xff],
        // A match that reaches before the start.
        vec![0x14, b'a', 0x09, 0x00, 0x50, b'b', b'c', b'd', b'e', b'f'],
        block.get(..block.len() / 2).unwrap_or_default().to_vec(),
        [&block[..], &[0]].concat(),
    ] {
        for claimed in [0, 1, 9, len] {
            let bytes = with_piece(field(&other), claimed, &other, claimed.into());
            let (read, most) = peak::peak_of(|| load(bytes));
            is_damage(read, &format!("{other:?} as {claimed} bytes"));
            assert!(most < 1 << 18, "{most} bytes allocated for {other:?}");
        }
    }
}

/// Stored lengths beyond what the format has are no pieces, whatever follows.
#[test]
fn a_compressed_piece_that_is_too_long() {
    let (block, len) = sound_block();
    for stored in [
        COMPRESSED_LEN_MAX + 1,
        PIECE_LEN_MAX,
        PIECE_LEN_MAX + 1,
        0x3fff_ffff,
    ] {
        let bytes = with_piece(COMPRESSED | stored, len, &block, len.into());
        let said = is_damage(load(bytes), &format!("{stored} bytes stored"));
        assert_eq!(said, "expected a piece of a snapshot, found other bytes");
    }
    // The longest is looked for.
    let bytes = with_piece(COMPRESSED | COMPRESSED_LEN_MAX, len, &block, len.into());
    let said = is_damage(load(bytes), "the longest");
    assert!(said.contains("the end of the file"), "{said}");
    // And not every bit makes a piece compressed.
    let mut bytes = compressed_page().1;
    let start = piece_at(&bytes);
    put(
        &mut bytes,
        start,
        &(0x8000_0000 | field(&block)).to_le_bytes(),
    );
    is_damage(load(bytes), "another bit");
}
