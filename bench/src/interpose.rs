//! Stands in for `fsync`, `fdatasync` and `msync`, and counts their calls.
//!
//! The linker takes a symbol of the program before one of the C library, so every caller in this process lands here: the Rust standard
//! library, SQLite, LMDB. Counting from outside (`strace`) would slow down what is measured.
#![expect(
    unsafe_code,
    reason = "a function that replaces one of the C library is exported by name and makes the system call itself"
)]

use std::ffi::{c_int, c_void};

use crate::flushes;

unsafe extern "C" {
    fn syscall(number: std::ffi::c_long, ...) -> std::ffi::c_long;
}

#[cfg(target_arch = "x86_64")]
mod number {
    pub(super) const MSYNC: i64 = 26;
    pub(super) const FSYNC: i64 = 74;
    pub(super) const FDATASYNC: i64 = 75;
}
#[cfg(target_arch = "aarch64")]
mod number {
    pub(super) const MSYNC: i64 = 227;
    pub(super) const FSYNC: i64 = 82;
    pub(super) const FDATASYNC: i64 = 83;
}

/// `fsync(2)`, counted.
// SAFETY: the name and the signature are those of the function that it replaces, and so is what it does.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn fsync(file: c_int) -> c_int {
    flushes::note();
    // SAFETY: the system call of this number takes one file descriptor and touches no memory of ours.
    outcome(unsafe { syscall(number::FSYNC, file) })
}

/// `fdatasync(2)`, counted.
// SAFETY: the name and the signature are those of the function that it replaces, and so is what it does.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn fdatasync(file: c_int) -> c_int {
    flushes::note();
    // SAFETY: the system call of this number takes one file descriptor and touches no memory of ours.
    outcome(unsafe { syscall(number::FDATASYNC, file) })
}

/// `msync(2)`, counted.
// SAFETY: the name and the signature are those of the function that it replaces, and so is what it does.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn msync(address: *mut c_void, len: usize, flags: c_int) -> c_int {
    flushes::note();
    // SAFETY: the caller vouches for the address and the length, as it would to the C library.
    outcome(unsafe { syscall(number::MSYNC, address, len, flags) })
}

/// `syscall(2)` has set `errno` already; what is left is 0 or -1.
fn outcome(answer: i64) -> c_int {
    if answer == 0 { 0 } else { -1 }
}
