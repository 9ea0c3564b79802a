//! The write-ahead log: segments of checksummed frames.
//!
//! ```text
//! wal/0000000000000003   one segment: header, frame, frame, …
//! wal/0000000000000005   the next: its header tells how long its predecessor is
//! ```
//! A frame is one commit, and it is there whole or not at all: its checksum covers every byte of
//! it, so a batch needs no marker of its own. The frames of several waiting commits are written in
//! one append and one flush (a *group*).
//!
//! ## Torn or damaged
//! A crash can leave any part of the last group: its end may be missing, or sectors in its middle.
//! To a naive reader damage looks the same, so it cuts off acknowledged commits. Here every frame
//! states how far the log was durable when its group was written (`back`: the distance from the
//! frame to that point). A reader that meets bad bytes at offset `o` scans on. A later frame that
//! states "durable beyond `o`" proves damage. Without such a frame the bytes are a torn tail, which
//! was never acknowledged. The length of a finished segment is also in the manifest and in the
//! header of the next segment.
//!
//! Nothing is ever appended behind a torn tail: every open begins a new segment. Each segment has a
//! new salt, which is in each of its frames and under their checksums. So old bytes that show up in
//! recycled space are never taken for frames.

pub(crate) mod frame;
pub(crate) mod merge;
pub(crate) mod scan;
pub(crate) mod segment;

pub(crate) const FOLDER: &str = "wal";
