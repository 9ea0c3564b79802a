//! Power cuts on real file systems.
//!
//! ```text
//! record    workload ──► ext4, xfs, btrfs ──► loop device ──► FUSE ──► Disk:
//!           every write and flush, and every acknowledgement, in order
//! choose    a step at which the power fails, and which of the sectors since the last flush
//!           had reached the disk by then
//! examine   that disk ──► mounted, so that the kernel recovers its journal ──►
//!           opened, checked against what was acknowledged, written to
//! ```
//! The file systems are real: their journals and their recovery, the page cache, the system calls.
//! The disk is simulated: of the sectors written since the last flush any subset survives, each
//! sector whole.
//!
//! The harness cannot see two things. One is a missing directory flush after a *new* file was
//! flushed, because these file systems commit the name along with it. The other is a disk that lies
//! about flushes.
//!
//! The file systems themselves need more than whole sectors: with a torn superblock ext4 does not
//! mount, nor does xfs with a torn directory. Such a state counts as `torn`, and is examined again
//! with whole blocks of 4096 bytes.
//!
//! Controls are ways to save that are known to be wrong. They are recorded and cut in the same way.
//! They have to lose data: otherwise the harness sees nothing.
//!
//! | module | is |
//! |---|---|
//! | `disk`, `device` | the disk that records, and the way from it to a mounted file system |
//! | `rig`, `hand`, `process` | the server of the disk, and the process that mounts and checks |
//! | `workload`, `history` | the programs that are recorded, and what each promises |
//! | [`recording`] | what happened |
//! | [`crash`], [`check`] | the states that a power cut can leave, and what they may show |
//! | [`lane`], [`campaign`], `table` | one workload on one file system; all of them; the report |

#![cfg(target_os = "linux")]

pub mod campaign;
pub mod check;
pub mod cli;
pub mod crash;
mod device;
mod disk;
mod error;
mod file_system;
mod hand;
mod history;
pub mod lane;
mod process;
pub mod recording;
mod requirements;
mod rig;
mod stop;
mod table;
mod workload;

pub use device::isolate;
pub use disk::{Disk, Event, Image, Mark, MarkKind, SECTOR_LEN};
pub use error::{Error, Result};
pub use file_system::FileSystem;
pub use requirements::require;
pub use stop::Stop;
pub use workload::Workload;
