//! Which pending changes reached the disk.

use steadfast_core::Fate;

/// What a pending change changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matter {
    /// Bytes or the length of a file.
    Data,
    /// Names in a directory.
    Names,
}

/// Answers, change by change, whether it is kept.
#[derive(Clone, Debug)]
pub(super) enum Chooser {
    All(bool),
    Bits(u64),
    Drawn {
        draw: Draw,
        data_in_256: u64,
        names_in_256: u64,
    },
}

impl Chooser {
    pub(super) fn of(fate: Fate) -> Self {
        match fate {
            Fate::Lost => Self::All(false),
            Fate::Kept => Self::All(true),
            Fate::Chosen(bits) => Self::Bits(bits),
            Fate::Torn(seed) => {
                let mut draw = Draw::new(seed);
                // The worst states are lopsided: every name kept and no data, or all changes but
                // one. Even odds hardly ever draw those.
                let mut odds = || match draw.next() & 7 {
                    0 => 0,
                    1 => 24,
                    2 => 232,
                    3 => 256,
                    _ => 128,
                };
                let (data_in_256, names_in_256) = (odds(), odds());
                Self::Drawn {
                    draw,
                    data_in_256,
                    names_in_256,
                }
            }
        }
    }

    pub(super) const fn keeps(&mut self, matter: Matter) -> bool {
        match self {
            Self::All(answer) => *answer,
            Self::Bits(bits) => {
                let bit = *bits & 1 == 1;
                *bits >>= 1;
                bit
            }
            Self::Drawn {
                draw,
                data_in_256,
                names_in_256,
            } => {
                let odds = match matter {
                    Matter::Data => *data_in_256,
                    Matter::Names => *names_in_256,
                };
                (draw.next() & 255) < odds
            }
        }
    }
}

/// The splitmix64 generator (Steele, Lea and Flood 2014): the same everywhere.
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
}
