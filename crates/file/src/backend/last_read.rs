//! The file that was read last, kept open for whoever goes through it piece by piece.
//!
//! The system reads ahead of a handle, more and more while it is read in order, and begins anew
//! with each handle: a reader that opens the file for each piece waits for the disk at each. A hint
//! (`posix_fadvise`) in its place is slower than none on Linux: what it reads is cached in single
//! pages.
//!
//! A kept handle is used only while the name still stands for its file. It is given up with the
//! read that reaches the end of the file, and when the key is replaced or deleted through this
//! backend. Where another process does that first, the old file keeps its room until the next read.

use std::path::Path;
use std::sync::Mutex;

use steadfast_core::Key;

use crate::error::hold;
use crate::simulation::{Directory, FileSystem};

/// Shorter reads are no part of a scan.
const SCAN_LEN_MIN: u64 = 64 << 10;

/// At most one file, with its key.
#[derive(Debug)]
pub(super) struct LastRead<F: FileSystem>(Mutex<Option<(Key, F::File)>>);

impl<F: FileSystem> Default for LastRead<F> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<F: FileSystem> LastRead<F> {
    /// The file, if it is this key's, as long as no other reader takes it.
    pub(super) fn take(&self, root: &F::Directory, key: &Key) -> Option<F::File> {
        let (_, file) = hold(&self.0).take_if(|(last, _)| last == key)?;
        let is_current = root.leads_to(Path::new(key.as_str()), &file);
        is_current.unwrap_or(false).then_some(file)
    }

    /// Keeps a file of which `len` bytes were read, and in which more follow.
    pub(super) fn keep(&self, key: &Key, file: F::File, len: u64) {
        // A file that is open for reading would hinder who replaces it elsewhere.
        if F::REPLACES_OPEN && len >= SCAN_LEN_MIN {
            *hold(&self.0) = Some((key.clone(), file));
        }
    }

    /// Closes the file, if it is this key's.
    pub(super) fn forget(&self, key: &Key) {
        drop(hold(&self.0).take_if(|(last, _)| last == key));
    }
}
