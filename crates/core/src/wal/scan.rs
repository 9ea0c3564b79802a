//! Reading a segment: which frames it holds, and what is wrong behind the last one.
//!
//! Pure: bytes in, frames out. The frames borrow nothing; they are ranges into the segment. A
//! caller that needs no frames, but has to know whether all of them are sound, follows a finished
//! segment window by window ([`Windows`]).

use std::ops::Range;

use super::frame::{FRAME_HEADER_LEN, FrameHeader, FrameKind};
use super::segment::{SEGMENT_HEADER_LEN, SegmentHeader};
use crate::error::{PersistenceError, Result};
use crate::format::{checksum, index};
use crate::ids::Lsn;
use crate::key::Key;

/// How many bytes of a segment [`Windows`] reads at a time; a longer frame is read whole.
pub(crate) const WINDOW_LEN: u64 = 1 << 20;

/// A sound commit frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) lsn: Lsn,
    /// Where its payload lies in the segment.
    pub(crate) payload: Range<usize>,
}

/// What a segment holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scan {
    pub(crate) frames: Vec<Frame>,
    /// Offset behind the last sound commit frame.
    pub(crate) end: u64,
    /// How much of the segment was durable when its last commit frame was written. That frame
    /// states it.
    pub(crate) durable: u64,
    /// The number of bytes behind `end` that are no frame: what a crash left of the last group.
    /// Zeros at the end are not counted, because they were written ahead.
    pub(crate) torn_len: u64,
    /// Whether a newer writer has fenced the segment.
    pub(crate) fenced: bool,
    /// The number of the last frame; without frames, the number before the segment's first.
    pub(crate) last_lsn: Lsn,
}

impl Scan {
    fn before_first(header: &SegmentHeader) -> Self {
        Self {
            frames: Vec::new(),
            end: SEGMENT_HEADER_LEN,
            durable: SEGMENT_HEADER_LEN,
            torn_len: 0,
            fenced: false,
            last_lsn: Lsn::new(header.first_lsn.get().saturating_sub(1)),
        }
    }

    /// Removes the frames that a later frame states to be durable. Returns the offset where they
    /// end and the number of the last one; `None` if there are none.
    pub(crate) fn take_vouched(&mut self) -> Option<(u64, Lsn)> {
        let is_vouched = |frame: &Frame| frame.payload.end as u64 <= self.durable;
        let count = self.frames.partition_point(is_vouched);
        let last = self.frames.drain(..count).next_back()?;
        Some((last.payload.end as u64, last.lsn))
    }
}

/// Why a frame was not accepted.
enum Fault {
    Header,
    Salt,
    Payload { stored: u32, computed: u32 },
    Cut,
    Lsn { found: Lsn },
}

/// Scans a finished segment, of which `len` bytes are known to be durable. The bytes behind those
/// are ignored.
///
/// # Errors
/// [`PersistenceError::Corrupt`] if those `len` bytes are not sound frames from first to last.
pub(crate) fn scan_closed(
    key: &Key,
    bytes: &[u8],
    header: &SegmentHeader,
    len: u64,
) -> Result<Scan> {
    let known = index(len).and_then(|len| bytes.get(..len)).ok_or_else(|| {
        let found = format!("the end of the file at byte {}", bytes.len());
        PersistenceError::corrupt(key, bytes.len() as u64, format!("{len} bytes"), found)
    })?;
    let (scan, fault) = walk(known, header);
    match fault {
        None => Ok(scan),
        Some(fault) => Err(corrupt(key, &scan, &fault)),
    }
}

/// The scan of a finished segment that keeps only one window in memory. It gives what
/// [`scan_closed`] gives, without the frames.
///
/// A window begins with a frame. A frame that the window's end cuts off is read again with the next
/// window, which is as long as that frame.
pub(crate) struct Windows {
    salt: u64,
    len: u64,
    window_len: u64,
    scan: Scan,
}

impl Windows {
    /// For a segment of which `len` bytes are known to be durable.
    pub(crate) fn new(header: &SegmentHeader, len: u64) -> Self {
        Self {
            salt: header.salt,
            len,
            window_len: WINDOW_LEN,
            scan: Scan::before_first(header),
        }
    }

    /// The range of the segment that [`follow`](Self::follow) needs next; `None` when all frames
    /// are followed.
    pub(crate) fn wanted(&self) -> Option<Range<u64>> {
        let end = self.len.min(self.scan.end.saturating_add(self.window_len));
        (end > self.scan.end && !self.scan.fenced).then_some(self.scan.end..end)
    }

    /// Follows the frames in `window`, which holds all bytes of [`wanted`](Self::wanted).
    ///
    /// # Errors
    /// Those of [`scan_closed`].
    pub(crate) fn follow(&mut self, key: &Key, window: &[u8]) -> Result<()> {
        let start = self.scan.end;
        let ends_segment = start.saturating_add(window.len() as u64) >= self.len;
        self.window_len = WINDOW_LEN;
        match follow(&mut self.scan, window, self.salt, drop) {
            None => Ok(()),
            Some(Fault::Cut) if !ends_segment => {
                let followed = index(self.scan.end.saturating_sub(start));
                let rest = followed.and_then(|followed| window.get(followed..));
                if let Some(cut) = rest.and_then(FrameHeader::decode) {
                    let len = FRAME_HEADER_LEN.saturating_add(cut.payload_len as usize);
                    self.window_len = WINDOW_LEN.max(len as u64);
                }
                Ok(())
            }
            Some(fault) => Err(corrupt(key, &self.scan, &fault)),
        }
    }

    /// What the segment holds; its frames were not kept.
    pub(crate) fn into_scan(self) -> Scan {
        self.scan
    }
}

/// Scans the segment that was being written when its writer ended: its tail may be torn.
///
/// # Errors
/// [`PersistenceError::Corrupt`] if bad bytes lie before the last offset that a frame states to be
/// durable.
pub(crate) fn scan_open(key: &Key, bytes: &[u8], header: &SegmentHeader) -> Result<Scan> {
    let (mut scan, fault) = walk(bytes, header);
    let Some(fault) = fault else { return Ok(scan) };
    if proven_durable(bytes, header.salt, &scan) > scan.end {
        return Err(corrupt(key, &scan, &fault));
    }
    let tail = index(scan.end)
        .and_then(|end| bytes.get(end..))
        .unwrap_or_default();
    if fences_zeros(tail, header.salt) {
        scan.fenced = true;
    } else {
        let used = tail.iter().rposition(|byte| *byte != 0);
        scan.torn_len = used.map_or(0, |last| last as u64 + 1);
    }
    Ok(scan)
}

/// Whether `tail` is unused zeros, written ahead of the log, and the fence that a successor set
/// behind them.
fn fences_zeros(tail: &[u8], salt: u64) -> bool {
    let Some((zeros, fence)) = tail.split_last_chunk::<FRAME_HEADER_LEN>() else {
        return false;
    };
    let is_fence = |found: FrameHeader| found.kind == FrameKind::Fence && found.salt == salt;
    FrameHeader::decode(fence).is_some_and(is_fence) && zeros.iter().all(|byte| *byte == 0)
}

/// Follows the frames behind the header, up to the end or to the first frame that is not sound.
fn walk(bytes: &[u8], header: &SegmentHeader) -> (Scan, Option<Fault>) {
    let mut scan = Scan::before_first(header);
    let mut frames = Vec::new();
    let fault = match index(scan.end).and_then(|start| bytes.get(start..)) {
        Some(rest) => follow(&mut scan, rest, header.salt, |frame| frames.push(frame)),
        None => Some(Fault::Cut),
    };
    scan.frames = frames;
    (scan, fault)
}

/// Follows the frames in `bytes`, which begin at the end of the scan so far.
fn follow(
    scan: &mut Scan,
    mut rest: &[u8],
    salt: u64,
    mut sound: impl FnMut(Frame),
) -> Option<Fault> {
    while !rest.is_empty() {
        let found = match frame_at(rest, salt, scan.last_lsn) {
            Ok(found) => found,
            Err(fault) => return Some(fault),
        };
        if found.kind == FrameKind::Fence {
            scan.fenced = true;
            return None;
        }
        let len = FRAME_HEADER_LEN.saturating_add(found.payload_len as usize);
        rest = rest.get(len..).unwrap_or_default();
        let vouched = scan.end.saturating_sub(u64::from(found.back));
        scan.durable = scan.durable.max(vouched);
        let start = index(scan.end)
            .unwrap_or(usize::MAX)
            .saturating_add(FRAME_HEADER_LEN);
        let end = start.saturating_add(found.payload_len as usize);
        sound(Frame {
            lsn: found.lsn,
            payload: start..end,
        });
        scan.end = scan.end.saturating_add(len as u64);
        scan.last_lsn = found.lsn;
    }
    None
}

fn frame_at(rest: &[u8], salt: u64, last: Lsn) -> Result<FrameHeader, Fault> {
    if rest.len() < FRAME_HEADER_LEN {
        return Err(Fault::Cut);
    }
    let found = FrameHeader::decode(rest).ok_or(Fault::Header)?;
    if found.salt != salt {
        return Err(Fault::Salt);
    }
    let payload = rest
        .get(FRAME_HEADER_LEN..)
        .and_then(|rest| rest.get(..found.payload_len as usize))
        .ok_or(Fault::Cut)?;
    let computed = checksum(payload);
    if computed != found.payload_checksum {
        return Err(Fault::Payload {
            stored: found.payload_checksum,
            computed,
        });
    }
    if found.kind == FrameKind::Commit && found.lsn != last.next() {
        return Err(Fault::Lsn { found: found.lsn });
    }
    Ok(found)
}

/// The farthest offset that a sound frame header behind `scan.end` states to be durable.
///
/// Bad bytes hide where the frames begin, so every offset is tried. The salt of eight bytes makes
/// that cheap. Together with the header's checksum, it leaves a chance of one in 2⁹⁶ for a random
/// match. A payload may hold a copy of this very segment. The frames in that copy have numbers that
/// were read already, so they prove nothing.
fn proven_durable(bytes: &[u8], salt: u64, scan: &Scan) -> u64 {
    let from = scan.end;
    let salt = salt.to_le_bytes();
    let start = index(from).unwrap_or(usize::MAX);
    let tail = bytes.get(start..).unwrap_or_default();
    let mut proven = 0;
    for (distance, window) in tail.windows(FRAME_HEADER_LEN).enumerate().skip(1) {
        if window.get(16..24) != Some(salt.as_slice()) {
            continue;
        }
        let later = |header: &FrameHeader| match header.kind {
            FrameKind::Commit => header.lsn > scan.last_lsn,
            FrameKind::Fence => header.lsn >= scan.last_lsn,
        };
        if let Some(header) = FrameHeader::decode(window).filter(later) {
            let position = from.saturating_add(distance as u64);
            proven = proven.max(position.saturating_sub(u64::from(header.back)));
        }
    }
    proven
}

fn corrupt(key: &Key, scan: &Scan, fault: &Fault) -> PersistenceError {
    let (expected, found) = match fault {
        Fault::Header => (
            "a sound frame header".into(),
            "bytes whose checksum does not match".into(),
        ),
        Fault::Salt => (
            "a frame of this segment".into(),
            "a frame of another one".into(),
        ),
        Fault::Payload { stored, computed } => (
            format!("payload checksum {stored:08x}"),
            format!("{computed:08x}"),
        ),
        Fault::Cut => ("a whole frame".into(), "the end of the file".into()),
        Fault::Lsn { found } => (
            format!("commit {}", scan.last_lsn.next()),
            format!("commit {found}"),
        ),
    };
    PersistenceError::corrupt(key, scan.end, expected, found)
}
