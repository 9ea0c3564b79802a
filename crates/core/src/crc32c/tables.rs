//! CRC-32C by tables that are computed at the first call, eight bytes at a time ("slicing by 8",
//! Kounavis and Berry 2005).
//!
//! Table 0 removes one byte from the remainder. Table `n` removes a byte that has `n` more bytes
//! behind it. So the look-ups for the eight bytes of a step do not wait for each other.

use std::sync::OnceLock;

/// The polynomial, with its lowest power in the highest bit.
const POLYNOMIAL: u32 = 0x82f6_3b78;

type Tables = [[u32; 256]; 8];

/// The checksum of `bytes`.
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    crc32c_append(0, bytes)
}

/// The checksum of `bytes` behind other bytes whose checksum is `sum`.
pub(crate) fn crc32c_append(sum: u32, bytes: &[u8]) -> u32 {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    let [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES.get_or_init(tables);
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut sum = !sum;
    for eight in eights {
        let word = u64::from_le_bytes(*eight) ^ u64::from(sum);
        let [a, b, c, d, e, f, g, h] = word.to_le_bytes();
        sum = entry(t7, a) ^ entry(t6, b) ^ entry(t5, c) ^ entry(t4, d);
        sum ^= entry(t3, e) ^ entry(t2, f) ^ entry(t1, g) ^ entry(t0, h);
    }
    for byte in rest {
        sum = step(t0, sum, *byte);
    }
    !sum
}

fn tables() -> Tables {
    let mut tables = [[0; 256]; 8];
    let mut table = [0; 256];
    for (byte, sum) in (0..).zip(&mut table) {
        let shift = |sum: u32, _| (sum >> 1) ^ (POLYNOMIAL * (sum & 1));
        *sum = (0..8).fold(byte, shift);
    }
    let mut further = table;
    for slot in &mut tables {
        *slot = further;
        further = further.map(|sum| step(&table, sum, 0));
    }
    tables
}

/// The remainder after one more byte.
fn step(table: &[u32; 256], sum: u32, byte: u8) -> u32 {
    let [lowest, ..] = sum.to_le_bytes();
    entry(table, lowest ^ byte) ^ (sum >> 8)
}

fn entry(table: &[u32; 256], byte: u8) -> u32 {
    table[usize::from(byte)]
}
