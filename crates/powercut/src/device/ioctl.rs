//! The two calls without a safe wrapper: finding a free loop device, and giving it a file.

#![expect(
    unsafe_code,
    reason = "the kernel's interface to loop devices is ioctl(2)"
)]

use std::fs::File;
use std::os::fd::AsRawFd;

/// `struct loop_info64` of `linux/loop.h`.
#[repr(C)]
struct LoopInfo {
    device: u64,
    inode: u64,
    rdevice: u64,
    offset: u64,
    size_limit: u64,
    number: u32,
    encrypt_type: u32,
    encrypt_key_size: u32,
    flags: u32,
    file_name: [u8; 64],
    crypt_name: [u8; 64],
    encrypt_key: [u8; 32],
    init: [u64; 2],
}

/// `struct loop_config` of `linux/loop.h`.
#[repr(C)]
struct LoopConfig {
    fd: u32,
    block_size: u32,
    info: LoopInfo,
    reserved: [u64; 8],
}

// Their sizes are the kernel's interface.
const _: () = assert!(size_of::<LoopInfo>() == 232 && size_of::<LoopConfig>() == 304);

/// The device detaches itself from the file when its last user closes it.
const AUTOCLEAR: u32 = 4;

nix::ioctl_none_bad!(loop_ctl_get_free, 0x4c82);
nix::ioctl_write_ptr_bad!(loop_configure, 0x4c0a, LoopConfig);

/// The number of a device that nobody uses.
pub(super) fn free_number(control: &File) -> nix::Result<u32> {
    // SAFETY: the call takes no argument, and the descriptor is open for as long as `control`.
    let number = unsafe { loop_ctl_get_free(control.as_raw_fd()) }?;
    u32::try_from(number).map_err(|_| nix::errno::Errno::ENODEV)
}

/// Makes `file` what is on `device`, until the last user of `device` closes it.
pub(super) fn configure(device: &File, file: &File) -> nix::Result<()> {
    let mut file_name = [0; 64];
    for (target, byte) in file_name.iter_mut().zip(b"steadfast-powercut") {
        *target = *byte;
    }
    let config = LoopConfig {
        fd: u32::try_from(file.as_raw_fd()).map_err(|_| nix::errno::Errno::EBADF)?,
        block_size: 512,
        info: LoopInfo {
            device: 0,
            inode: 0,
            rdevice: 0,
            offset: 0,
            size_limit: 0,
            number: 0,
            encrypt_type: 0,
            encrypt_key_size: 0,
            flags: AUTOCLEAR,
            file_name,
            crypt_name: [0; 64],
            encrypt_key: [0; 32],
            init: [0; 2],
        },
        reserved: [0; 8],
    };
    // SAFETY: both descriptors are open. The pointer is to a `loop_config` as the kernel defines
    // it, and the kernel only reads it.
    unsafe { loop_configure(device.as_raw_fd(), &raw const config) }.map(drop)
}
