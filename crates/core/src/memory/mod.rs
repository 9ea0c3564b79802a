//! A disk in memory that behaves like one when the power fails.
//!
//! It keeps for every key what is visible and what is durable, and between the two the changes that were not synced. A restart decides
//! their [`Fate`]: lost, kept, or torn at sectors by a seed. Every step that a real disk would see (a write, a flush, a
//! rename, the flush of a directory) has a number, and a test can have the step fail, or the power go at it.
//!
//! | call | steps |
//! |---|---|
//! | `write`, `append`, `sync`, `stage`, `staged.write` | one each |
//! | `staged.commit` | flush of the staged data, publication, flush of the name |
//! | `delete` | removal, flush of the name |
//!
//! An atomic save is a pointer swap of the visible value and, one step later, of the durable one.

mod backend;
mod disk;
mod fate;
mod fault;

pub use backend::{MemoryBackend, MemoryStaged};
pub use fate::Fate;
