//! Many small segments made one.
//!
//! Every open begins a segment, so a program that opens, commits once and closes leaves thousands of tiny ones long before a
//! snapshot is due. At open the newest run of small finished segments is copied into one, saved whole through
//! the backend's two phases; the manifest then names it in their place. The cost is bounded: at most [`RUN_LEN_MAX`] bytes are
//! copied, at most once in [`RUN_COUNT_MIN`] opens.

use std::ops::Range;

use super::frame::{Place, Unsealed, seal};
use super::scan::Scan;
use super::segment::{SEGMENT_HEADER_LEN, SegmentHeader};
use crate::ids::Lsn;
use crate::manifest::SegmentEntry;

/// So many small segments are worth merging.
pub(crate) const RUN_COUNT_MIN: usize = 16;

/// The longest that a merged segment grows, in bytes.
pub(crate) const RUN_LEN_MAX: u64 = 1 << 20;

/// The newest run of finished segments that is worth merging, as a range of `segments`.
///
/// A run never crosses a change of the state's encoding: a segment has one version for all its frames. Nor does it cross the newest
/// snapshot, which holds the commits up to `covered`: what is before it goes away with the next snapshot, and must not be kept by what
/// is behind it.
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
            // The payload came out of a frame, so its length is one that a frame can hold.
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
