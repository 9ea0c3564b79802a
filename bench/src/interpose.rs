//! Replaces `fsync`, `fdatasync` and `msync`, and counts their calls. Also replaces `pwritev2`, and
//! counts the writes that are flushes too.
//!
//! The linker prefers a symbol of the program to one of the C library. So every caller in this
//! process calls these functions: the Rust standard library, SQLite, LMDB. Counting from outside
//! (`strace`) would slow down what is measured.
#![expect(
    unsafe_code,
    reason = "a function that replaces one of the C library is exported by name and makes the system call itself"
)]

use std::ffi::{c_int, c_long, c_void};

use crate::flushes;

unsafe extern "C" {
    fn syscall(number: std::ffi::c_long, ...) -> std::ffi::c_long;
}

#[cfg(target_arch = "x86_64")]
mod number {
    pub(super) const MSYNC: i64 = 26;
    pub(super) const FSYNC: i64 = 74;
    pub(super) const FDATASYNC: i64 = 75;
    pub(super) const PWRITEV2: i64 = 328;
}
#[cfg(target_arch = "aarch64")]
mod number {
    pub(super) const MSYNC: i64 = 227;
    pub(super) const FSYNC: i64 = 82;
    pub(super) const FDATASYNC: i64 = 83;
    pub(super) const PWRITEV2: i64 = 287;
}

/// `fsync(2)`, counted.
// SAFETY: name, signature and behaviour are those of the function that it replaces.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn fsync(file: c_int) -> c_int {
    flushes::note();
    // SAFETY: the system call of this number takes one file descriptor and touches no memory of
    // ours.
    outcome(unsafe { syscall(number::FSYNC, file) })
}

/// `fdatasync(2)`, counted.
// SAFETY: name, signature and behaviour are those of the function that it replaces.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn fdatasync(file: c_int) -> c_int {
    flushes::note();
    // SAFETY: the system call of this number takes one file descriptor and touches no memory of
    // ours.
    outcome(unsafe { syscall(number::FDATASYNC, file) })
}

/// `msync(2)`, counted.
// SAFETY: name, signature and behaviour are those of the function that it replaces.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn msync(address: *mut c_void, len: usize, flags: c_int) -> c_int {
    flushes::note();
    // SAFETY: the caller vouches for the address and the length, as it would to the C library.
    outcome(unsafe { syscall(number::MSYNC, address, len, flags) })
}

/// `RWF_DSYNC`.
const DSYNC: c_int = 2;

/// `pwritev2(2)` under the name that glibc has for long positions, counted if it is asked to flush.
/// It is looked up when the program runs: the program's `build.rs` makes it visible for that.
// SAFETY: name, signature and behaviour are those of the function that it replaces.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn pwritev64v2(
    file: c_int,
    pieces: *const c_void,
    count: c_int,
    position: i64,
    flags: c_int,
) -> isize {
    if flags & DSYNC != 0 {
        flushes::note();
    }
    // The upper half of the position is a word of its own. With 64-bit words it is not used.
    let upper: c_long = 0;
    // SAFETY: the caller vouches for the pieces, as it would to the C library.
    let written = unsafe {
        syscall(
            number::PWRITEV2,
            file,
            pieces,
            count,
            position,
            upper,
            flags,
        )
    };
    isize::try_from(written).unwrap_or(-1)
}

/// `syscall(2)` has set `errno` already. Only 0 or -1 remains to be returned.
fn outcome(answer: i64) -> c_int {
    if answer == 0 { 0 } else { -1 }
}
