//! A POSIX disk in memory that forgets what was not flushed.
//!
//! [`MemoryBackend`](steadfast_core::MemoryBackend) simulates a *backend*: publishing a value is one step of it. Here one step is one system call, so that what a
//! backend of files does to get there can be crashed in the middle: the temporary file, the rename, each flush of a directory.
//!
//! ```text
//! Disk ── inodes ──► file       image (bytes, length)    visible │ durable │ pending: sectors, lengths
//!                └─► directory  names (name → inode)     visible │ durable │ pending: names made, removed, exchanged
//! ```
//! Whoever is running sees the visible side. A flush makes one inode's pending changes durable, and nothing else: not the name that
//! leads to it, and of a directory only its own names. When the power fails, each pending change is kept or lost by itself, later ones without
//! earlier ones too:
//!
//! * a write is lost by sectors of 512 bytes, and the length that it gave the file apart from them, so that a file may be longer than what was
//!   written, with zeros in it, or shorter;
//! * a write that waits until it is durable makes nothing durable but itself and the length;
//! * a created, linked or removed name is one change, and a rename is one change of two names;
//! * a directory that was made is a name in its parent: if that is lost, so is everything below;
//! * where [`Disk::give_away_early`] was called, a file without a name and a handle may come to hold another's bytes, and a lost rename or removal
//!   brings its name back;
//! * after a flush that failed, what it should have flushed is pending for ever: the next flush succeeds and does not write it again.
//!
//! This is weaker than any real file system, which keeps changes in some order: what survives here survives there.
//!
//! Every call that changes or flushes something is a step with a number, at which it can fail ([`Disk::fail_at`], [`Disk::fail_late_at`]) or the power can go
//! ([`Disk::crash_at`]). A disk can become full at any byte ([`Disk::full_after`]). [`Disk::restart`] is the disk after the power came back, [`Disk::killed`] the one that a killed program leaves. [`Explorer`]
//! tries all of it, [`saves`] shows what it finds in the usual ways to save a file.
//!
//! ```
//! use steadfast_core::Fate;
//! use steadfast_testkit::posix::Disk;
//!
//! let disk = Disk::new();
//! let file = disk.root().create_file("settings")?;
//! file.write_at(0, b"volume = 7")?;
//! file.flush()?;
//! // The bytes were flushed, the name was not.
//! assert!(disk.restart(Fate::Lost).root().names()?.is_empty());
//! disk.root().flush()?;
//! assert_eq!(disk.restart(Fate::Lost).root().names()?, ["settings"]);
//! # Ok::<(), std::io::Error>(())
//! ```

mod call;
mod choice;
mod directory;
mod disk;
mod explorer;
mod fault;
mod file;
mod inode;
mod layers;
pub mod saves;
mod state;

pub use call::{Call, SimulatedFault};
pub use directory::{Directory, Kind};
pub use disk::Disk;
pub use explorer::{Explorer, Workload};
pub use file::File;
