//! The names in a directory. Not by `std` where there is another way: its listing panics where a
//! directory cannot be closed.

use std::ffi::OsString;
use std::io;
use std::path::Path;

/// All but `.` and `..`, or an error: half a listing would hide what a place is.
#[cfg(unix)]
pub(crate) fn names(path: &Path) -> io::Result<Vec<OsString>> {
    use std::os::unix::ffi::OsStringExt as _;

    use nix::dir::Dir;
    use nix::fcntl::OFlag;
    use nix::sys::stat::Mode;

    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let mut names = Vec::new();
    for entry in Dir::open(path, flags, Mode::empty())?.iter() {
        let name = OsString::from_vec(entry?.file_name().to_bytes().to_vec());
        if name != "." && name != ".." {
            names.push(name);
        }
    }
    Ok(names)
}

/// All of them, or an error: half a listing would hide what a place is.
#[cfg(not(unix))]
pub(crate) fn names(path: &Path) -> io::Result<Vec<OsString>> {
    std::fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect()
}
