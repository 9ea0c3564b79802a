//! What is on a disk at one instant: the pages that are not all zeros.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::DISK_LEN;

/// The length of a page in bytes.
pub(super) const PAGE_LEN: usize = 4096;

/// The bytes of a page.
pub(super) type Page = [u8; PAGE_LEN];

/// An immutable disk. Cloning shares the pages.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Image {
    #[serde(with = "flat")]
    pages: BTreeMap<u64, Arc<Page>>,
}

impl Image {
    pub(super) fn page(&self, number: u64) -> Option<&Page> {
        self.pages.get(&number).map(AsRef::as_ref)
    }

    /// Replaces a page.
    pub(super) fn set(&mut self, number: u64, page: Box<Page>) {
        if is_zero(page.as_ref()) {
            self.pages.remove(&number);
        } else {
            self.pages.insert(number, Arc::from(page));
        }
    }

    /// The byte at `offset`.
    #[must_use]
    pub fn byte(&self, offset: u64) -> u8 {
        let within = usize::try_from(offset % PAGE_LEN as u64).ok();
        let page = self.page(offset / PAGE_LEN as u64);
        let byte = page.and_then(|page| page.get(within?).copied());
        byte.unwrap_or(0)
    }

    /// Writes the disk to a sparse file, for a person's tools.
    ///
    /// # Errors
    /// What the file system says.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let file = File::create(path)?;
        file.set_len(DISK_LEN)?;
        for (number, page) in &self.pages {
            file.write_all_at(page.as_ref(), number.saturating_mul(PAGE_LEN as u64))?;
        }
        Ok(())
    }
}

/// Whether there is nothing but zeros.
pub(super) fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// Stored as pairs of a number and bytes.
mod flat {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Page;

    pub(super) fn serialize<S: Serializer>(
        pages: &BTreeMap<u64, Arc<Page>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let pairs: Vec<(u64, &[u8])> = pages.iter().map(|(n, page)| (*n, &page[..])).collect();
        pairs.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<u64, Arc<Page>>, D::Error> {
        let pairs = Vec::<(u64, Vec<u8>)>::deserialize(deserializer)?;
        let page = |(number, bytes): (u64, Vec<u8>)| {
            let page = Box::<Page>::try_from(bytes.into_boxed_slice());
            page.map(|page| (number, Arc::from(page)))
                .map_err(|_| D::Error::custom("a page has the wrong length"))
        };
        pairs.into_iter().map(page).collect()
    }
}
