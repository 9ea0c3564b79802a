//! What becomes of unsynced bytes when the power fails.

/// The fate of everything that was not synced when the power failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// None of it reached the disk.
    Lost,
    /// All of it did.
    Kept,
    /// Each change for itself, drawn from this seed: none of it, all of it, a prefix, or some of its sectors. The same
    /// seed gives the same disk.
    Torn(u64),
}

/// Sectors are written whole or not at all.
const SECTOR_LEN: usize = 512;

/// The splitmix64 generator (Steele, Lea and Flood 2014): enough to draw fates, and the same everywhere.
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

    pub(super) fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = (bound as u64).max(1);
        usize::try_from(self.next().checked_rem(bound).unwrap_or(0)).unwrap_or(0)
    }

    /// What is left of `data` written at `position` of a stream whose other bytes are in `disk`.
    pub(super) fn tear(&mut self, disk: &mut Vec<u8>, position: usize, data: &[u8]) {
        match self.below(4) {
            0 => {}
            1 => overlay(disk, position, data),
            2 => {
                let kept = self.below(data.len().saturating_add(1));
                overlay(disk, position, data.get(..kept).unwrap_or_default());
            }
            _ => self.sectors(disk, position, data),
        }
    }

    /// Some sectors of it; the others read as zeros where the stream grew over them.
    fn sectors(&mut self, disk: &mut Vec<u8>, position: usize, data: &[u8]) {
        let mut at = position;
        let mut rest = data;
        while !rest.is_empty() {
            let to_border = SECTOR_LEN.saturating_sub(at.checked_rem(SECTOR_LEN).unwrap_or(0));
            let (sector, tail) = rest.split_at(to_border.min(rest.len()));
            if self.coin() {
                overlay(disk, at, sector);
            }
            at = at.saturating_add(sector.len());
            rest = tail;
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
