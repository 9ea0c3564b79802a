//! The names in a directory. Not by `std` where there is another way: its listing panics where a
//! directory cannot be closed.

use std::ffi::OsString;
use std::io;
use std::path::Path;

/// All but `.` and `..`; what cannot be read is left out.
#[cfg(unix)]
pub(crate) fn names(path: &Path) -> io::Result<Vec<OsString>> {
    use std::os::unix::ffi::OsStringExt as _;

    use nix::dir::Dir;
    use nix::fcntl::OFlag;
    use nix::sys::stat::Mode;

    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let mut directory = Dir::open(path, flags, Mode::empty())?;
    let names = directory.iter().filter_map(Result::ok);
    let names = names.map(|entry| OsString::from_vec(entry.file_name().to_bytes().to_vec()));
    Ok(names.filter(|name| name != "." && name != "..").collect())
}

/// All of them; what cannot be read is left out.
#[cfg(not(unix))]
pub(crate) fn names(path: &Path) -> io::Result<Vec<OsString>> {
    let entries = std::fs::read_dir(path)?.filter_map(Result::ok);
    Ok(entries.map(|entry| entry.file_name()).collect())
}
