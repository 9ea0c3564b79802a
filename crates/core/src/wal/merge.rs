//! Many small segments made one.
//!
//! Every open begins a segment. A program that opens, commits once and closes leaves thousands of
//! tiny ones long before a snapshot is due. So an open copies the newest run of small finished
//! segments into one, which is saved whole through the backend's two phases. The manifest then
//! names it in their place. The cost is bounded: at most [`RUN_LEN_MAX`] bytes are copied, at most
//! once in [`RUN_COUNT_MIN`] opens.

use std::ops::Range;

use super::frame::{Place, Unsealed, seal};
use super::scan::Scan;
use super::segment::{SEGMENT_HEADER_LEN, SegmentHeader};
use crate::ids::Lsn;
use crate::manifest::SegmentEntry;

/// The number of small segments that is worth a merge.
pub(crate) const RUN_COUNT_MIN: usize = 16;

/// The greatest length of a merged segment, in bytes.
pub(crate) const RUN_LEN_MAX: u64 = 1 << 20;

/// The newest run of finished segments that is worth merging, as a range of `segments`.
///
/// A run never crosses a change of the state's encoding: a segment has one version for all its
/// frames. Nor does it cross the newest snapshot, which holds the commits up to `covered`. Segments
/// before that snapshot are deleted after the next one; merged with later segments they would have
/// to be kept.
pub(crate) fn due(segments: &[SegmentEntry], covered: Lsn) -> Option<Range<usize>> {
    let version = segments.last()?.state_version;
    let mut total = 0_u64;
    let count = segments
        .iter()
        .rev()
        .take_while(|segment| {
            total = total.saturating_add(segment.len);
            total <= RUN_LEN_MAX && segment.state_version == version && segment.first_lsn > covered
        })
        .count();
    (count >= RUN_COUNT_MIN).then(|| segments.len().saturating_sub(count)..segments.len())
}

/// The bytes of the merged segment: `header`, then the frames of each `(bytes, scan)` in order.
pub(crate) fn merge(header: &SegmentHeader, parts: &[(bytes::Bytes, Scan)]) -> Vec<u8> {
    let mut frames = Vec::new();
    for (bytes, scan) in parts {
        for frame in &scan.frames {
            let payload = bytes.get(frame.payload.clone()).unwrap_or_default();
            let mut room = Unsealed::room();
            room.extend_from_slice(payload);
            // The payload came from a frame, so its length fits a frame.
            if let Ok(frame) = Unsealed::new(room) {
                frame.push_to(&mut frames);
            }
        }
    }
    let place = Place {
        salt: header.salt,
        position: SEGMENT_HEADER_LEN,
        durable: SEGMENT_HEADER_LEN,
        first_lsn: header.first_lsn,
    };
    seal(&mut frames, place);
    let mut bytes = header.encode();
    bytes.append(&mut frames);
    bytes
}
