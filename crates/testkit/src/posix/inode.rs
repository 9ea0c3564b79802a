//! What a number in a directory stands for: a file or a directory.

use std::collections::BTreeMap;
use std::ops::Range;

use super::choice::{Chooser, Matter};
use super::layers::{Change, Layers};

/// Sectors are written whole or not at all.
const SECTOR_LEN: usize = 512;

/// The number of an inode.
pub(super) type Number = u64;

/// A file's bytes. The length is a field of its own, as on a disk: `bytes` may be shorter, and the
/// missing bytes read as zeros.
#[derive(Clone, Debug, Default)]
pub(super) struct Image {
    bytes: Vec<u8>,
    len: usize,
}

impl Image {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Copies the bytes from `start` on into `buffer`: as many as there are, at most as many as
    /// fit.
    pub(super) fn read(&self, start: usize, buffer: &mut [u8]) -> usize {
        let len = self.len.saturating_sub(start).min(buffer.len());
        let stored = self.bytes.get(start..).unwrap_or_default();
        let mut stored = stored.iter().copied();
        for byte in buffer.iter_mut().take(len) {
            *byte = stored.next().unwrap_or(0);
        }
        len
    }
}

/// A change of a file.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    /// Bytes inside one sector.
    Sector { at: usize, data: Vec<u8> },
    /// Another length.
    Length(usize),
}

impl Edit {
    /// Whether a durable write of this range includes the change: bytes in the range, and every
    /// length, since the bytes may not be reachable without it.
    pub(super) fn concerns(&self, range: &Range<usize>) -> bool {
        match self {
            Self::Length(_) => true,
            Self::Sector { at, data } => {
                *at < range.end && at.saturating_add(data.len()) > range.start
            }
        }
    }
}

impl Change for Edit {
    type Whole = Image;
    const MATTER: Matter = Matter::Data;

    fn apply(&self, image: &mut Image) {
        match self {
            Self::Length(len) => {
                image.len = *len;
                image.bytes.truncate(*len);
            }
            Self::Sector { at, data } => {
                let end = at.saturating_add(data.len());
                if image.bytes.len() < end {
                    image.bytes.resize(end, 0);
                }
                if let Some(place) = image.bytes.get_mut(*at..end) {
                    place.copy_from_slice(data);
                }
            }
        }
    }
}

/// Names that come to stand for another inode, or for none, at the same time.
#[derive(Clone, Debug)]
pub(super) struct Naming(pub(super) Vec<(String, Option<Number>)>);

impl Change for Naming {
    type Whole = BTreeMap<String, Number>;
    const MATTER: Matter = Matter::Names;

    fn apply(&self, names: &mut Self::Whole) {
        for (name, number) in &self.0 {
            match number {
                Some(number) => names.insert(name.clone(), *number),
                None => names.remove(name),
            };
        }
    }
}

/// A file or a directory.
#[derive(Clone, Debug)]
pub(super) enum Inode {
    File(Layers<Edit>),
    Directory(Layers<Naming>),
}

impl Inode {
    pub(super) fn flush(&mut self) {
        match self {
            Self::File(file) => file.flush(),
            Self::Directory(directory) => directory.flush(),
        }
    }

    pub(super) fn forget(&mut self) {
        match self {
            Self::File(file) => file.forget(),
            Self::Directory(directory) => directory.forget(),
        }
    }

    pub(super) const fn units(&self) -> usize {
        match self {
            Self::File(file) => file.units(),
            Self::Directory(directory) => directory.units(),
        }
    }

    pub(super) fn survived(&self, chooser: &mut Chooser) -> Self {
        match self {
            Self::File(file) => Self::File(Layers::settled(file.survived(chooser))),
            Self::Directory(directory) => {
                Self::Directory(Layers::settled(directory.survived(chooser)))
            }
        }
    }

    /// Every inode that a name in this directory stands for, stood for, or may stand for after a
    /// crash.
    pub(super) fn children(&self) -> Vec<Number> {
        match self {
            Self::File(_) => Vec::new(),
            Self::Directory(directory) => {
                let pending = directory.pending().flat_map(|naming| &naming.0);
                let settled = [directory.visible(), directory.durable()];
                settled
                    .into_iter()
                    .flat_map(BTreeMap::values)
                    .copied()
                    .chain(pending.filter_map(|(_, number)| *number))
                    .collect()
            }
        }
    }
}

/// Writes `data` at `position`: changes the length if the file grows, and each sector.
pub(super) fn write(file: &mut Layers<Edit>, position: usize, data: &[u8]) {
    let end = position.saturating_add(data.len());
    if end > file.visible().len() {
        file.change(Edit::Length(end));
    }
    let (mut at, mut rest) = (position, data);
    while !rest.is_empty() {
        let to_border = SECTOR_LEN.saturating_sub(at.checked_rem(SECTOR_LEN).unwrap_or(0));
        let (sector, tail) = rest.split_at(to_border.min(rest.len()));
        file.change(Edit::Sector {
            at,
            data: sector.to_vec(),
        });
        at = at.saturating_add(sector.len());
        rest = tail;
    }
}

/// The byte that stands for another file's data, so that a test can recognize it.
const FOREIGN: u8 = 0xa5;

/// Replaces each sector by bytes of another file.
pub(super) fn overwrite(file: &mut Layers<Edit>) {
    let len = file.visible().len();
    write(file, 0, &vec![FOREIGN; len]);
}
