//! A POSIX disk in memory that forgets what was not flushed.
//!
//! [`MemoryBackend`](steadfast_core::MemoryBackend) simulates a *backend*: publishing a value is
//! one step of it. Here one step is one system call. So a crash can come between the calls that a
//! backend of files makes for one publication: the temporary file, the rename, each flush of a
//! directory.
//!
//! ```text
//! Disk ── inodes ──► file       image (bytes, length)
//!                └─► directory  names (name → inode)
//!
//! each inode:  visible │ durable │ pending changes
//!
//! pending changes of a file: sectors, lengths
//! pending changes of a directory: names made, removed, exchanged
//! ```
//! A running program sees the visible state. A flush makes the pending changes of one inode
//! durable, and nothing else: not the name that leads to it, and of a directory only its own names.
//! When the power fails, each pending change is kept or lost by itself. A later change can survive
//! without an earlier one:
//!
//! * A write is lost by sectors of 512 bytes. The length that it gave the file is lost separately.
//!   So a file may be longer than what was written, with zeros in it, or shorter.
//! * A write that waits until it is durable makes only itself and the length durable.
//! * A created, linked or removed name is one change, and a rename is one change of two names.
//! * A directory that was made is a name in its parent: if that is lost, so is everything below.
//! * After [`Disk::give_away_early`], a file without a name and a handle may come to hold another
//!   file's bytes, and a lost rename or removal brings its name back.
//! * After a failed flush, the changes that it should have flushed are pending for ever: the next
//!   flush succeeds and does not write them again.
//!
//! This is weaker than any real file system, which keeps changes in some order: what survives here
//! survives there.
//!
//! Every call that changes or flushes something is a step with a number. It can fail at that step
//! ([`Disk::fail_at`], [`Disk::fail_late_at`]), or the power can fail there ([`Disk::crash_at`]). A
//! disk can become full at any byte ([`Disk::full_after`]). [`Disk::restart`] is the disk after the
//! power came back, and [`Disk::killed`] the disk that a killed program leaves. [`Explorer`] tries
//! all of this, and [`saves`] shows what it finds in the usual ways to save a file.
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
