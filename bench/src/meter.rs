//! What the system says about this process: memory, and bytes sent to the disk. Linux only:
//! elsewhere the answer is `None`.

use std::fs;

/// A figure of `/proc/self/…`, the first number of the line that begins with `name`.
fn figure(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Resets the highest memory use.
pub fn forget_peak() {
    // Without the right to reset it, the peak is that of the whole process: too high, never too
    // low.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The highest memory use since [`forget_peak`], in bytes.
#[must_use]
pub fn peak() -> Option<u64> {
    figure("/proc/self/status", "VmHWM:").map(|kib| kib * 1024)
}

/// The memory use now, in bytes.
#[must_use]
pub fn memory() -> Option<u64> {
    figure("/proc/self/status", "VmRSS:").map(|kib| kib * 1024)
}

/// Bytes that this process has caused to be sent to the disk, in whole pages.
#[must_use]
pub fn written() -> Option<u64> {
    figure("/proc/self/io", "write_bytes:")
}

/// Bytes that this process has passed to the system.
#[must_use]
pub fn handed_over() -> Option<u64> {
    figure("/proc/self/io", "wchar:")
}
