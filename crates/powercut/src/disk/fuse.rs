//! The disk, shown to the kernel as a file.
//!
//! A FUSE file system with one file in its root. The file is opened with `FOPEN_DIRECT_IO`, so
//! nothing is cached on the way. Every write and every flush of the loop device arrives here, one
//! at a time and in order.

use std::ffi::OsStr;
use std::time::{Duration, UNIX_EPOCH};

use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation,
    INodeNo, KernelConfig, LockOwner, OpenFlags, ReplyAttr, ReplyData, ReplyEmpty, ReplyEntry,
    ReplyOpen, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

use super::{DISK_LEN, Disk};

/// The file's name.
const NAME: &str = "disk";

const INODE: INodeNo = INodeNo(2);

/// The longest write that the kernel sends as one, in bytes.
const WRITE_LEN_MAX: u32 = 1 << 20;

/// How long the kernel may cache what it knows of the file: nothing else changes it.
const LIFETIME: Duration = Duration::from_secs(3600);

/// Modes of `fallocate(2)`.
const KEEP_SIZE: i32 = 1;
const PUNCH_HOLE: i32 = 2;
const ZERO_RANGE: i32 = 16;

/// A file system that shows one disk.
pub(crate) struct Shown(pub(crate) Disk);

impl Shown {
    /// The disk's file name in the file system.
    pub(crate) const NAME: &'static str = NAME;
}

fn attributes(inode: INodeNo) -> FileAttr {
    let is_root = inode == INodeNo::ROOT;
    FileAttr {
        ino: inode,
        size: if is_root { 0 } else { DISK_LEN },
        blocks: 0,
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind: if is_root {
            FileType::Directory
        } else {
            FileType::RegularFile
        },
        perm: if is_root { 0o700 } else { 0o600 },
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: 4096,
        flags: 0,
    }
}

impl Filesystem for Shown {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> std::io::Result<()> {
        // If the kernel refuses the value, it uses the nearest one that it supports, and any will
        // do.
        let _ = config.set_max_write(WRITE_LEN_MAX);
        Ok(())
    }

    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        if parent == INodeNo::ROOT && name == NAME {
            reply.entry(&LIFETIME, &attributes(INODE), Generation(0));
        } else {
            reply.error(Errno::ENOENT);
        }
    }

    fn getattr(&self, _: &Request, inode: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        reply.attr(&LIFETIME, &attributes(inode));
    }

    /// Times and modes may be set and are forgotten. The length never changes.
    fn setattr(
        &self,
        _: &Request,
        inode: INodeNo,
        _: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<std::time::SystemTime>,
        _: Option<FileHandle>,
        _: Option<std::time::SystemTime>,
        _: Option<std::time::SystemTime>,
        _: Option<std::time::SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        if size.is_some_and(|size| size != DISK_LEN) {
            reply.error(Errno::EPERM);
        } else {
            reply.attr(&LIFETIME, &attributes(inode));
        }
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        reply.opened(FileHandle(0), FopenFlags::FOPEN_DIRECT_IO);
    }

    fn read(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let len = u64::from(size).min(DISK_LEN.saturating_sub(offset));
        match usize::try_from(len) {
            Ok(len) => reply.data(&self.0.read(offset, len)),
            Err(_) => reply.error(Errno::EINVAL),
        }
    }

    fn write(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let fits = offset
            .checked_add(data.len() as u64)
            .is_some_and(|end| end <= DISK_LEN);
        match u32::try_from(data.len()) {
            Ok(len) if fits => {
                self.0.write(offset, data);
                reply.written(len);
            }
            _ => reply.error(Errno::ENOSPC),
        }
    }

    /// A `close`, which makes nothing durable.
    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.0.flush();
        reply.ok();
    }

    fn fallocate(
        &self,
        _: &Request,
        _: INodeNo,
        _: FileHandle,
        offset: u64,
        length: u64,
        mode: i32,
        reply: ReplyEmpty,
    ) {
        match mode & !KEEP_SIZE {
            0 => reply.ok(),
            PUNCH_HOLE | ZERO_RANGE => {
                self.0.zero(offset, length);
                reply.ok();
            }
            _ => reply.error(Errno::EOPNOTSUPP),
        }
    }
}
