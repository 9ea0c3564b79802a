//! Windows: what a directory is on.

use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::{
    GetDriveTypeW, GetVolumeInformationW, GetVolumePathNameW,
};

use super::FileSystem;
use super::windows::wide;

/// Whether a volume is another machine's, or memory that is called a disk.
#[expect(unsafe_code, reason = "std does not tell kinds of drives")]
fn is_remote(volume: &[u16]) -> bool {
    const DRIVE_REMOTE: u32 = 4;
    const DRIVE_RAMDISK: u32 = 6;
    if !volume.contains(&0) {
        return true;
    }
    // SAFETY: `volume` is NUL-terminated UTF-16, as was looked at, and outlives the call.
    let kind = unsafe { GetDriveTypeW(volume.as_ptr()) };
    matches!(kind, DRIVE_REMOTE | DRIVE_RAMDISK)
}

/// The file system of `directory`, in the system's own word (`NTFS`, `ReFS`, `FAT32`).
#[expect(unsafe_code, reason = "std does not name file systems")]
pub(super) fn describe(directory: &Path) -> FileSystem {
    const CAPACITY: u32 = 1024;
    let mut volume = [0_u16; CAPACITY as usize];
    let mut name = [0_u16; CAPACITY as usize];
    let path = wide(directory);
    // SAFETY: `path` and, after success, `volume` are NUL-terminated; both buffers have CAPACITY
    // characters; the null pointers are those that the call documents as optional.
    let found = unsafe {
        GetVolumePathNameW(path.as_ptr(), volume.as_mut_ptr(), CAPACITY) != 0
            && GetVolumeInformationW(
                volume.as_ptr(),
                std::ptr::null_mut(),
                0,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                name.as_mut_ptr(),
                CAPACITY,
            ) != 0
    };
    let len = name.iter().position(|unit| *unit == 0).unwrap_or(0);
    let name = String::from_utf16_lossy(name.get(..len).unwrap_or_default());
    let known = found && !name.is_empty();
    FileSystem {
        // A share of another machine's has the name of what it is on there.
        outlives_power: known && !is_remote(&volume),
        name: if known { name } else { "unknown".to_owned() },
    }
}
