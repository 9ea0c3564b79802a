//! What becomes of unsynced bytes when the power fails.

/// The fate of everything that was not flushed when the power failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// None of it reached the disk.
    Lost,
    /// All of it did.
    Kept,
    /// Each change has its own fate, drawn from this seed: none of it, all of it, a prefix, or some
    /// of its sectors. The same seed gives the same disk.
    Torn(u64),
    /// A choice by bits, the lowest first. The changes are taken in the order of the keys. A name
    /// that was published or removed takes one bit; written bytes take one bit for each sector. See
    /// [`MemoryBackend::unsynced_units`](super::MemoryBackend::unsynced_units).
    Chosen(u64),
}

/// Sectors are written whole or not at all.
const SECTOR_LEN: usize = 512;

/// What decides which changes survive.
#[derive(Clone, Debug)]
pub(super) enum Chooser {
    Drawn(Draw),
    Bits(u64),
}

impl Chooser {
    /// Whether a name's change survives.
    pub(super) fn coin(&mut self) -> bool {
        match self {
            Self::Drawn(draw) => draw.coin(),
            Self::Bits(bits) => take_bit(bits),
        }
    }

    /// What is left of `data`, written at `position` of a stream whose other bytes are in `disk`.
    /// If nothing is left of a stream that did not exist before, it may still not exist.
    pub(super) fn tear(&mut self, disk: &mut Option<Vec<u8>>, position: usize, data: &[u8]) {
        match self {
            Self::Drawn(draw) => {
                if disk.is_some() || draw.coin() {
                    draw.tear(disk.get_or_insert_default(), position, data);
                }
            }
            Self::Bits(bits) => {
                for (at, sector) in sectors(position, data) {
                    if take_bit(bits) {
                        overlay(disk.get_or_insert_default(), at, sector);
                    }
                }
            }
        }
    }
}

const fn take_bit(bits: &mut u64) -> bool {
    let bit = *bits & 1 == 1;
    *bits >>= 1;
    bit
}

/// The parts of `data` that lie in one sector each, with their positions.
pub(super) fn sectors(position: usize, data: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let (mut at, mut rest) = (position, data);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let to_border = SECTOR_LEN.saturating_sub(at.checked_rem(SECTOR_LEN).unwrap_or(0));
        let (sector, tail) = rest.split_at(to_border.min(rest.len()));
        let start = at;
        at = at.saturating_add(sector.len());
        rest = tail;
        Some((start, sector))
    })
}

/// The splitmix64 generator (Steele, Lea and Flood 2014): good enough to draw fates, and the same
/// on every machine.
#[derive(Clone, Debug)]
pub(super) struct Draw(u64);

impl Draw {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = self.0;
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = (bound as u64).max(1);
        usize::try_from(self.next().checked_rem(bound).unwrap_or(0)).unwrap_or(0)
    }

    /// What is left of `data` written at `position` of a stream whose other bytes are in `disk`.
    fn tear(&mut self, disk: &mut Vec<u8>, position: usize, data: &[u8]) {
        match self.below(4) {
            0 => {}
            1 => overlay(disk, position, data),
            2 => {
                let kept = self.below(data.len().saturating_add(1));
                overlay(disk, position, data.get(..kept).unwrap_or_default());
            }
            // Some sectors of it; the others read as zeros where the stream grew over them.
            _ => {
                for (at, sector) in sectors(position, data) {
                    if self.coin() {
                        overlay(disk, at, sector);
                    }
                }
            }
        }
    }
}

/// Writes `data` over `disk` at `position`; a gap before it reads as zeros.
pub(super) fn overlay(disk: &mut Vec<u8>, position: usize, data: &[u8]) {
    let end = position.saturating_add(data.len());
    if disk.len() < end {
        disk.resize(end, 0);
    }
    if let Some(place) = disk.get_mut(position..end) {
        place.copy_from_slice(data);
    }
}
