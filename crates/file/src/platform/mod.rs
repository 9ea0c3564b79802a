//! Every system call that decides what survives a crash: open, flush, rename, remove.
//!
//! The platform is chosen here, once. No other module of this crate knows which one it runs on.
//! Every platform has the same names, with these promises:
//!
//! * [`Directory`]: an open directory. Names are resolved below *it*, even if its path leads
//!   elsewhere by now, and no link is followed.
//! * [`Directory::for_its_owner`]: what root creates in another user's directory belongs to that
//!   user.
//! * [`Directory::flush`]: every name that was created, replaced or removed in it before is
//!   durable.
//! * [`flush_data`]: the bytes and the length of the file are durable.
//! * [`flush_all`]: as `flush_data`, and the mode, owner and attributes are durable too.
//! * [`write_durably_at`]: a write and [`flush_data`] in one, for the bytes it writes and for the
//!   metadata needed to read them.
//! * [`write_back`]: no promise. Bytes may be on their way to the disk, or there, before they are
//!   flushed.
//! * [`Directory::rename`], [`Directory::rename_new`]: the target is the old file or the new one at
//!   every instant. The second never replaces a file.
//! * [`Directory::hold`]: a file that loses its name keeps its bytes on the disk until the hold is
//!   dropped.
//! * [`rename_is_undone`]: whether a failed rename certainly changed nothing.
//! * [`REPLACES_OPEN`]: whether a file that this program has open can be replaced.
//! * [`unlock_for_rename`]: a lock on the file does not hinder those who read it under its new
//!   name.
//! * [`is_own`]: whether an open file belongs to the user that this program runs as.
//! * [`is_unlinked`]: whether an open file has lost its name, so that its bytes are gone when the
//!   handle is closed.
//! * [`Attributes`]: what a save keeps of the file that it replaces, besides its bytes.
//! * [`read_link`]: what a symbolic link leads to, where the system would follow it.
//! * [`leads_to`]: whether the system follows a path with links to what their texts name.
//! * [`Directory::describe`]: the file system of a directory, and whether flushed bytes on it
//!   survive a power loss.
//! * [`has_no_inodes`], [`has_no_locks`], [`is_circle_of_links`], [`follows_no_links`]: the cause
//!   of an error, where that cause has a remedy of its own.

use std::io;

#[cfg(target_vendor = "apple")]
mod macos;
#[cfg(target_vendor = "apple")]
use macos as system;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod device;
#[cfg(target_os = "linux")]
mod direct;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod log_device;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod loop_device;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod medium;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod mounts;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod protected_files;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod protected_links;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod write_back;
#[cfg(target_os = "linux")]
pub(crate) use direct::{cannot_write_directly, open_direct, write_durably_at};
#[cfg(any(target_os = "linux", target_os = "android"))]
use linux as system;

#[cfg(all(
    unix,
    not(any(target_vendor = "apple", target_os = "linux", target_os = "android"))
))]
mod posix;
#[cfg(all(
    unix,
    not(any(target_vendor = "apple", target_os = "linux", target_os = "android"))
))]
use posix as system;

#[cfg(unix)]
mod access_list;
#[cfg(unix)]
mod attributes;
#[cfg(unix)]
mod below;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod elsewhere;
#[cfg(unix)]
mod followed;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod links;
#[cfg(unix)]
mod owner;
#[cfg(unix)]
mod trouble;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod writers;
#[cfg(unix)]
pub(crate) use {
    attributes::Attributes,
    followed::leads_to,
    system::{flush_all, flush_data, write_back},
    trouble::{follows_no_links, has_no_inodes, has_no_locks, is_circle_of_links},
    unix::{
        Directory, Hold, Identity, REPLACES_OPEN, is_own, is_unlinked, read_at, read_more,
        rename_is_undone, unlock_for_rename, write_all_at,
    },
};

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use links::read_link;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use protected_links::read_link;

#[cfg(windows)]
mod volume;
#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::{
    Attributes, Directory, Hold, Identity, REPLACES_OPEN, flush_all, flush_data, follows_no_links,
    has_no_inodes, has_no_locks, is_circle_of_links, is_own, is_unlinked, read_at, read_more,
    rename_is_undone, unlock_for_rename, write_all_at, write_back,
};

/// What a name in a directory stands for. No symbolic link is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file and its length in bytes.
    File(u64),
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A pipe, a device, a socket.
    Other,
}

/// How an existing file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// For reading.
    Read,
    /// For reading and writing; its bytes are kept.
    Write,
}

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Whoever the process's file creation mask and the directory's default access list allow.
    Default,
    /// The owner alone.
    Private,
}

/// What to do with bytes that are complete, before the flush that makes them durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteBack {
    /// Begin to write them to the disk, and do not wait.
    Begin,
    /// Wait until the write-back that was begun has reached the disk.
    Finish,
}

/// A file system, as far as durability is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSystem {
    /// Its name, such as `ext4`; `unknown` where the system does not tell. Where it stands on
    /// something weaker, the name says so: `ext4 on tmpfs`.
    pub name: String,
    /// Whether flushed bytes survive a power loss. `false` where that is not known.
    pub outlives_power: bool,
}

/// How many bytes one read asks for: the buffer is filled with zeros first.
const CHUNK_LEN: usize = 1 << 20;

/// Appends what `read` puts into a buffer of zeros.
pub(crate) fn read_zeroed(
    bytes: &mut Vec<u8>,
    wanted: usize,
    read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
) -> io::Result<usize> {
    let start = bytes.len();
    bytes.resize(start.saturating_add(wanted.min(CHUNK_LEN)), 0);
    let done = read(bytes.get_mut(start..).unwrap_or_default());
    bytes.truncate(start.saturating_add(*done.as_ref().unwrap_or(&0)));
    done
}
