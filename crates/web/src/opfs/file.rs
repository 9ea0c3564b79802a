//! One open file of the pool.
//!
//! `place` is the copy of the head that counts. As long as it is not flushed the other copy must
//! stay as it is: it is what a crash would leave. So [`set_head`](File::set_head) flushes first
//! where it has to, writes the other copy, and [`settle`](File::settle) repeats it once it is
//! durable.

use std::cell::{Cell, RefCell};

use web_sys::FileSystemReadWriteOptions;

use super::folder::Handle;
use super::head::{Copy, DATA_START, HEAD_LEN, Head, copy_at, newest};
use crate::error::BrowserError;
use crate::number::{from_js, len_u64, to_js};

type Result<T> = std::result::Result<T, BrowserError>;

/// The unit of a read, so that memory is only taken for bytes that came.
const CHUNK_LEN: usize = 1 << 20;

/// What was never longer is kept open: to open it again takes longer than its room is worth.
const LONG_LEN: u64 = 1 << 20;

/// An open file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) number: u32,
    handle: Handle,
    head: RefCell<Head>,
    /// Remembered, for nobody else can change it: some engines take a millisecond to tell.
    size: Cell<u64>,
    /// The greatest length that it had since it was opened.
    peak: Cell<u64>,
    place: Cell<u8>,
    /// Whether the copy that counts may not be on the disk.
    is_loose: Cell<bool>,
    /// Whether the other copy says the same.
    is_repeated: Cell<bool>,
}

/// What a file turned out to be.
pub(super) enum Found {
    File(File),
    /// Nothing was ever put there: it waits to be [initialised](File::initialise).
    Blank(File),
    /// Its head is of a newer version.
    Newer(u32),
    /// It has bytes, and no head that says whose.
    Damaged,
}

impl File {
    /// Reads the head of a file that was just opened. Writes nothing: for that there may be no
    /// room.
    pub(super) fn open(number: u32, handle: Handle) -> Result<Found> {
        let mut file = Self {
            number,
            handle,
            head: RefCell::new(Head {
                generation: 0,
                value: None,
            }),
            size: Cell::new(0),
            peak: Cell::new(0),
            place: Cell::new(0),
            is_loose: Cell::new(true),
            is_repeated: Cell::new(false),
        };
        let size = file.handle.0.get_size()?;
        file.size.set(from_js(size).ok_or_else(|| {
            // Without the number: a page would load all that prints a fraction.
            BrowserError::new("UnknownError", "a file whose length is no whole number")
        })?);
        file.peak.set(file.size.get());
        let copies = file.copies()?;
        if let Some(version) = copies.iter().find_map(|copy| match copy {
            Copy::Newer(version) => Some(*version),
            _ => None,
        }) {
            return Ok(Found::Newer(version));
        }
        file.is_repeated = Cell::new(copies.first() == copies.last());
        match newest(copies) {
            Some((place, head)) => {
                file.place.set(place);
                *file.head.borrow_mut() = head;
            }
            None if file.size.get() > DATA_START => return Ok(Found::Damaged),
            None => return Ok(Found::Blank(file)),
        }
        Ok(Found::File(file))
    }

    /// Both copies say that it is free. A crash meanwhile leaves a file without bytes and is met
    /// here again.
    pub(super) fn initialise(&self) -> Result<()> {
        let free = self.head.borrow().encode();
        self.truncate(DATA_START)?;
        self.write(copy_at(0), &free)?;
        self.write(copy_at(1), &free)?;
        self.flush()?;
        self.is_repeated.set(true);
        Ok(())
    }

    fn copies(&self) -> Result<[Copy; 2]> {
        let mut bytes = [0; 2 * HEAD_LEN];
        let read = self.read_at(copy_at(0), &mut bytes)?;
        let (first, second) = bytes
            .get(..read)
            .and_then(|bytes| bytes.split_at_checked(HEAD_LEN))
            .unwrap_or_default();
        Ok([Head::decode(first), Head::decode(second)])
    }

    pub(super) fn head(&self) -> Head {
        self.head.borrow().clone()
    }

    /// Whether its head may not be on the disk.
    pub(super) fn is_loose(&self) -> bool {
        self.is_loose.get()
    }

    /// Changes what the file is for; durable after [`settle`](Self::settle).
    pub(super) fn set_head(&self, head: Head) -> Result<()> {
        if self.is_loose.get() {
            self.flush()?;
        }
        let other = 1_u8.saturating_sub(self.place.get());
        self.write(copy_at(other), &head.encode())?;
        self.place.set(other);
        self.is_loose.set(true);
        self.is_repeated.set(false);
        *self.head.borrow_mut() = head;
        Ok(())
    }

    /// Makes everything written so far durable, and then repeats the head.
    pub(super) fn settle(&self) -> Result<()> {
        self.flush()?;
        if !self.is_repeated.get() {
            let other = 1_u8.saturating_sub(self.place.get());
            self.write(copy_at(other), &self.head.borrow().encode())?;
            self.is_repeated.set(true);
        }
        Ok(())
    }

    /// Makes everything written so far durable.
    pub(super) fn flush(&self) -> Result<()> {
        self.handle.0.flush()?;
        self.is_loose.set(false);
        Ok(())
    }

    /// How many bytes of its key it has.
    pub(super) fn len(&self) -> u64 {
        self.size.get().saturating_sub(DATA_START)
    }

    /// Whether it was so long that the browser counts more room for it than a short one takes:
    /// while a file is open, Chromium counts the power of two above its greatest length, a MiB at
    /// least.
    pub(super) fn was_long(&self) -> bool {
        self.peak.get() > LONG_LEN
    }

    /// Cuts its bytes off.
    pub(super) fn clear(&self) -> Result<()> {
        self.truncate(DATA_START)
    }

    fn truncate(&self, size: u64) -> Result<()> {
        if self.size.get() != size {
            self.handle.0.truncate_with_f64(to_js(size))?;
            self.size.set(size);
        }
        Ok(())
    }

    /// Puts bytes of the key at `position`.
    pub(super) fn put(&self, position: u64, bytes: &[u8]) -> Result<()> {
        self.write(DATA_START.saturating_add(position), bytes)
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        let (mut at, mut bytes) = (at, bytes);
        while !bytes.is_empty() {
            let written = self
                .handle
                .0
                .write_with_u8_array_and_options(bytes, &options(at))?;
            let written = usize::try_from(from_js(written).unwrap_or(0)).unwrap_or(0);
            match bytes.get(written..) {
                Some(rest) if written > 0 => {
                    bytes = rest;
                    at = at.saturating_add(len_u64(written));
                    self.size.set(self.size.get().max(at));
                    self.peak.set(self.peak.get().max(at));
                }
                // Nothing was taken and nothing was thrown: the disk is full.
                _ => {
                    return Err(BrowserError::new(
                        "QuotaExceededError",
                        "the browser wrote only a part",
                    ));
                }
            }
        }
        Ok(())
    }

    /// The bytes of the key in a range, cut to what is there.
    pub(super) fn get(&self, range: std::ops::Range<u64>) -> Result<Vec<u8>> {
        let end = range.end.min(self.len());
        let mut at = range.start;
        let mut bytes = Vec::new();
        while at < end {
            let wanted = usize::try_from(end.saturating_sub(at)).unwrap_or(CHUNK_LEN);
            let start = bytes.len();
            bytes.resize(start.saturating_add(wanted.min(CHUNK_LEN)), 0);
            let room = bytes.get_mut(start..).unwrap_or_default();
            let read = self.read_at(DATA_START.saturating_add(at), room)?;
            bytes.truncate(start.saturating_add(read));
            if read == 0 {
                break;
            }
            at = at.saturating_add(len_u64(read));
        }
        Ok(bytes)
    }

    fn read_at(&self, at: u64, room: &mut [u8]) -> Result<usize> {
        let read = self
            .handle
            .0
            .read_with_u8_array_and_options(room, &options(at))?;
        Ok(usize::try_from(from_js(read).unwrap_or(0))
            .unwrap_or(0)
            .min(room.len()))
    }
}

fn options(at: u64) -> FileSystemReadWriteOptions {
    let options = FileSystemReadWriteOptions::new();
    options.set_at(to_js(at));
    options
}
