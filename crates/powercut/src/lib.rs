//! Power cuts on real file systems.
//!
//! ```text
//! record    workload ──► ext4, xfs, btrfs ──► loop device ──► FUSE ──► Disk: every write and flush, and every acknowledgement, in order
//! choose    an instant, and which of the sectors since the last flush had reached the disk by then
//! examine   that disk ──► mounted, so that the kernel recovers its journal ──► opened, checked against what was acknowledged, written to
//! ```
//! What is real: the file systems, their journals and their recovery, the page cache, the system calls. What is simulated: the disk, of
//! which any subset of the sectors written since the last flush survives, each sector whole.
//!
//! What it cannot see: a missing directory flush after a *new* file was flushed, because these file systems commit the name along with
//! it; and a disk that lies about flushes. And the file systems themselves need more than whole sectors: a torn superblock of ext4 or
//! a torn directory of xfs does not mount. Such a state counts as `torn`, and is examined again with whole blocks of 4096 bytes.
//!
//! Controls are recorded and cut in the same way: ways to save that are known to be wrong. They have to lose data, or the harness sees
//! nothing.
//!
//! | module | is |
//! |---|---|
//! | `disk`, `device` | the disk that remembers, and the way from it to a mounted file system |
//! | `rig`, `hand`, `process` | the process that serves the disk, and the one that mounts and looks |
//! | `workload`, `history` | the programs that are recorded, and what each promises |
//! | [`recording`], [`crash`], [`check`] | what happened, the states that a power cut can leave, and what they may show |
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
