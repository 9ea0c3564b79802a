//! A disk in memory that records, in order, what was done to it.
//!
//! ```text
//! file system ──► loop device ──► one file of a FUSE file system ──► Disk:
//!                                               overlay over an immutable image, and a log
//! ```
//! The overlay holds what changed since the image was put in. Putting in another image drops the
//! overlay. So a crash state costs only the pages that differ, and what the check of one state
//! writes never reaches the next. One mutex orders the kernel's requests and the program's marks:
//! their order in the log is the order in which they happened.

mod event;
mod fuse;
mod image;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use event::{Event, Mark, MarkKind, SECTOR_LEN};
pub(crate) use fuse::Shown;
pub use image::Image;
use image::{PAGE_LEN, Page, is_zero};

/// How long every disk is, in bytes: a little more than the smallest xfs.
pub(crate) const DISK_LEN: u64 = 320 << 20;

/// A disk. Clones are handles to the same disk.
#[derive(Clone, Default)]
pub struct Disk(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    image: Arc<Image>,
    overlay: HashMap<u64, Box<Page>>,
    log: Option<Vec<Event>>,
}

impl Disk {
    fn content(&self) -> MutexGuard<'_, Content> {
        // After a panic elsewhere, pages are still whole and the log has no holes.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts in another image. Nothing is recorded.
    pub fn insert(&self, image: &Arc<Image>) {
        *self.content() = Content {
            image: Arc::clone(image),
            ..Content::default()
        };
    }

    /// What is on the disk now.
    #[must_use]
    pub fn image(&self) -> Arc<Image> {
        self.content().settled()
    }

    /// Begins to record. What is on the disk now counts as durable.
    ///
    /// Image and log begin in one step: a write that came between them would be in neither.
    #[must_use]
    pub fn record(&self) -> Arc<Image> {
        let mut content = self.content();
        content.log = Some(Vec::new());
        content.settled()
    }

    /// Ends the recording.
    #[must_use]
    pub fn recorded(&self) -> Vec<Event> {
        self.content().log.take().unwrap_or_default()
    }

    /// Records what the program said.
    pub(crate) fn mark(&self, mark: Mark) {
        self.content().note(|| Event::Mark(mark));
    }

    pub(crate) fn read(&self, offset: u64, len: usize) -> Vec<u8> {
        let content = self.content();
        let mut bytes = Vec::with_capacity(len);
        for (number, within) in pages(offset, len as u64) {
            let piece = content
                .page(number)
                .and_then(|page| page.get(within.clone()));
            match piece {
                Some(piece) => bytes.extend_from_slice(piece),
                None => bytes.resize(bytes.len().saturating_add(within.len()), 0),
            }
        }
        bytes
    }

    /// Writes at an offset in bytes.
    pub fn write(&self, offset: u64, data: &[u8]) {
        let mut content = self.content();
        let mut rest = data;
        for (number, within) in pages(offset, data.len() as u64) {
            let (piece, later) = rest.split_at(within.len().min(rest.len()));
            rest = later;
            let is_new = content.page(number).is_none();
            if is_new && is_zero(piece) {
                continue;
            }
            if let Some(target) = content.page_mut(number).get_mut(within) {
                target.copy_from_slice(piece);
            }
        }
        content.note(|| Event::Write {
            offset,
            data: data.to_vec(),
        });
    }

    pub(crate) fn zero(&self, offset: u64, len: u64) {
        let len = len.min(DISK_LEN.saturating_sub(offset));
        let mut content = self.content();
        for (number, within) in pages(offset, len) {
            if content.page(number).is_some()
                && let Some(target) = content.page_mut(number).get_mut(within)
            {
                target.fill(0);
            }
        }
        content.note(|| Event::Zero { offset, len });
    }

    pub(crate) fn flush(&self) {
        self.content().note(|| Event::Flush);
    }
}

impl Content {
    /// The image with all changes in it.
    fn settled(&mut self) -> Arc<Image> {
        let image = Arc::make_mut(&mut self.image);
        for (number, page) in self.overlay.drain() {
            image.set(number, page);
        }
        Arc::clone(&self.image)
    }

    fn page(&self, number: u64) -> Option<&Page> {
        let changed = self.overlay.get(&number).map(AsRef::as_ref);
        changed.or_else(|| self.image.page(number))
    }

    fn page_mut(&mut self, number: u64) -> &mut Page {
        let image = &self.image;
        self.overlay
            .entry(number)
            .or_insert_with(|| Box::new(*image.page(number).unwrap_or(&[0; PAGE_LEN])))
    }

    fn note(&mut self, event: impl FnOnce() -> Event) {
        if let Some(log) = &mut self.log {
            log.push(event());
        }
    }
}

/// The pages that a range touches, and which part of each.
fn pages(offset: u64, len: u64) -> impl Iterator<Item = (u64, std::ops::Range<usize>)> {
    const LEN: u64 = PAGE_LEN as u64;
    let end = offset.saturating_add(len);
    (offset / LEN..end.div_ceil(LEN)).map(move |number| {
        let start = number.saturating_mul(LEN);
        // Both lie within a page, so they fit.
        let within = |at: u64| usize::try_from(at.saturating_sub(start).min(LEN)).unwrap_or(0);
        (number, within(offset)..within(end))
    })
}
