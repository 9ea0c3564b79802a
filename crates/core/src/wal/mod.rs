//! The write-ahead log: segments of checksummed frames.
//!
//! ```text
//! wal/0000000000000003   one segment: header, frame, frame, …
//! wal/0000000000000005   the next: its header tells how long its predecessor is
//! ```
//! A frame is one commit, whole or not there: its checksum covers every byte of it, so a batch needs no
//! marker of its own. Frames of several waiting commits go down in one append and one flush (a *group*).
//!
//! ## Torn or damaged
//! A crash can leave any part of the last group: the end missing, sectors in the middle missing. Damage looks the same to a naive
//! reader, which then cuts off acknowledged commits. Here every frame says how far the log was durable
//! when its group was written (`back`: the distance from the frame to that point). So a reader that meets bad bytes at offset `o`
//! scans on: a later frame that says "durable beyond `o`" proves damage, and without one the bytes are a tail that nobody
//! was promised. The length of a finished segment is also in the manifest and in its successor's header.
//!
//! Nothing is ever appended behind a torn tail: every open begins a new segment. A salt, new for every segment, is in each frame
//! and under its checksum, so that old bytes that show up in recycled space are never taken for frames.

pub(crate) mod frame;
pub(crate) mod merge;
pub(crate) mod scan;
pub(crate) mod segment;

pub(crate) const FOLDER: &str = "wal";
