//! Which of the standard descriptors were open when the program began.
//!
//! Before `main` std opens `/dev/null` for reading and writing in the place of those that were not.
//! After that nothing tells a closed descriptor from a `/dev/null` that the starter opened in both
//! directions, as Python's `DEVNULL` and container runtimes do. So the system's loader calls a
//! function of ours before std begins.
//!
//! In the place of a closed standard input it puts a socket, which std then leaves alone. Opened
//! once more by any of its names a `/dev/null` would be empty; a socket cannot be opened.
#![expect(
    unsafe_code,
    reason = "no safe code runs before std's own start, and std borrows only descriptors that are open"
)]

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};

use nix::libc;

/// A bit for each descriptor.
static CLOSED: AtomicU8 = AtomicU8::new(0);

// SAFETY: the section is a list of addresses of functions with the C calling convention, and this
// static is one such address. The loader calls each once, before `main`, on the only thread there
// is.
#[used]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
#[cfg_attr(
    target_vendor = "apple",
    unsafe(link_section = "__DATA,__mod_init_func")
)]
static LOOK: extern "C" fn() = look;

/// Uses nothing of std that needs its start: system calls and an atomic.
extern "C" fn look() {
    for descriptor in 0..3_u8 {
        // SAFETY: the call takes any number, answers -1 for one that is not open, and changes
        // nothing.
        let flags = unsafe { libc::fcntl(libc::c_int::from(descriptor), libc::F_GETFD) };
        if flags == -1 {
            CLOSED.fetch_or(1 << descriptor, Ordering::Relaxed);
        }
    }
    if was_closed(0) {
        // SAFETY: the call takes any numbers. The new descriptor is the lowest that is free, 0.
        // Where the system has no socket to give, std puts its `/dev/null` there.
        unsafe { libc::socket(libc::AF_UNIX, libc::SOCK_STREAM, 0) };
    }
}

/// Whether the descriptor, 0 to 2, was closed when the program began.
pub(super) fn was_closed(descriptor: u8) -> bool {
    CLOSED.load(Ordering::Relaxed) & (1 << descriptor) != 0
}

/// Whether the path leads to what stands in the place of a closed standard input.
pub(super) fn leads_to_closed_input(path: &Path) -> bool {
    let place = |file: &fs::Metadata| (file.dev(), file.ino());
    let input = || {
        File::from(io::stdin().as_fd().try_clone_to_owned().ok()?)
            .metadata()
            .ok()
    };
    was_closed(0)
        && fs::metadata(path).is_ok_and(|file| {
            file.file_type().is_socket()
                && input().is_some_and(|input| place(&input) == place(&file))
        })
}
