//! A disk in memory that loses data as a real one does when the power fails.
//!
//! For every key it keeps what is visible, what is durable, and the changes in between that were
//! not flushed. A restart decides their [`Fate`]: lost, kept, or torn at sectors by a seed. Every
//! step of a real disk (a write, a flush, a rename, the flush of a directory) has a number. A test
//! can make a step fail, or cut the power at it.
//!
//! | call | steps |
//! |---|---|
//! | `write`, `append`, `sync`, `stage`, `staged.write` | one each |
//! | `staged.commit` | flush of the staged data, publication, flush of the name |
//! | `delete` | removal, flush of the name |
//!
//! An atomic save is a pointer swap of the visible value, and one step later of the durable one.

mod backend;
mod disk;
mod fate;
mod fault;

pub use backend::{MemoryBackend, MemoryStaged};
pub use fate::Fate;
