//! Linux: which file a loop device has, by its number and not by its name.
//!
//! `/sys` shows the path by which the file was given, and something else can be there by now:
//! another file system was mounted over it. The device tells the file's own number, to who may open
//! it: root.

use std::fs::File;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags};
use rustix::ioctl::{Getter, Opcode, ioctl};

use super::medium::split;

/// `LOOP_GET_STATUS64`.
const GET_STATUS: Opcode = 0x4c05;

/// `struct loop_info64`: 232 bytes that begin with the device and the number of the file.
type Status = [u64; 29];

/// Whether what is at `path` is the file of the loop device that `/sys` shows at `shown`; `None`
/// where this process may not ask.
pub(super) fn is_file_of(shown: &Path, path: &Path) -> Option<bool> {
    let device = open(shown)?;
    let [on, number, ..] = status(&device)?;
    let found = path.metadata().ok()?;
    Some((found.dev(), found.ino()) == (on, number))
}

/// Opens the device that is shown, if its name leads to it.
fn open(shown: &Path) -> Option<File> {
    let number = std::fs::read_to_string(shown.join("dev")).ok()?;
    let path = Path::new("/dev").join(shown.file_name()?);
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let device = File::from(rustix::fs::openat(CWD, path, flags, Mode::empty()).ok()?);
    let found = device.metadata().ok()?;
    let (major, minor) = split(found.rdev());
    let is_it = found.file_type().is_block_device() && number.trim() == format!("{major}:{minor}");
    is_it.then_some(device)
}

#[expect(unsafe_code, reason = "no library asks a loop device for its file")]
fn status(device: &File) -> Option<Status> {
    // SAFETY: the call writes a `struct loop_info64`, of which every byte pattern is one of
    // `Status`, which has its size and its alignment.
    unsafe { ioctl(device, Getter::<GET_STATUS, Status>::new()) }.ok()
}
