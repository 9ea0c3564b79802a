//! Names of byte streams that are valid on every backend or on none.
//!
//! A key must mean the same stream on a case-folding file system, in an object store's URL and in a
//! browser's database, and must never leave the directory that it is given. So the alphabet is the
//! intersection: lower-case ASCII letters, digits, `-`, `_` and `.`, in parts separated by `/`.
//! Upper case is refused rather than folded: on Windows and macOS `A` and `a` would be one file. A
//! part never starts with a dot. So every dotted name is free for a backend's own temporary files
//! and locks, and `.` and `..` do not parse.

use std::fmt;
use std::sync::Arc;

use crate::error::PersistenceError;

/// The longest key in bytes, separators included.
pub const KEY_LEN_MAX: usize = 200;

/// The longest part of a key in bytes.
pub const KEY_PART_LEN_MAX: usize = 100;

/// The names that Windows reserves for devices, with any extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The validated name of a stream of bytes: `settings.json`, `wal/0000000000000007`.
///
/// Cloning is cheap: the text is shared.
///
/// ```
/// use steadfast_core::Key;
/// let key: Key = "slots/autosave.bin".parse()?;
/// assert_eq!(key.as_str(), "slots/autosave.bin");
/// assert!("../etc/passwd".parse::<Key>().is_err());
/// # Ok::<(), steadfast_core::PersistenceError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<str>);

impl Key {
    /// Checks `name` and makes it a key.
    ///
    /// # Errors
    /// [`PersistenceError::InvalidKey`], which states what is wrong with the name.
    pub fn new(name: &str) -> Result<Self, PersistenceError> {
        match fault(name) {
            None => Ok(Self(Arc::from(name))),
            Some(reason) => Err(PersistenceError::InvalidKey {
                name: abbreviate(name),
                reason,
            }),
        }
    }

    /// The key `folder/NNNN…`, with the number in sixteen hexadecimal digits, so that name order is
    /// number order.
    #[must_use]
    pub(crate) fn numbered(folder: &'static str, number: u64) -> Self {
        Self(Arc::from(format!("{folder}/{number:016x}")))
    }

    /// The number of a key made by [`Key::numbered`] in this folder; `None` for any other key.
    pub(crate) fn number_in(&self, folder: &str) -> Option<u64> {
        let digits = self.0.strip_prefix(folder)?.strip_prefix('/')?;
        if digits.len() != 16 {
            return None;
        }
        // By hand, and over bytes below: the standard library's parser makes the browser build
        // larger.
        digits.bytes().try_fold(0, |number, digit| {
            let value = match digit {
                b'0'..=b'9' => digit.wrapping_sub(b'0'),
                b'a'..=b'f' => digit.wrapping_sub(b'a').wrapping_add(10),
                _ => return None,
            };
            Some((number << 4) | u64::from(value))
        })
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parts between the separators; there is at least one.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

impl std::str::FromStr for Key {
    type Err = PersistenceError;
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.0)
    }
}

/// What `list` looks under: everything, or one folder and everything below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(Option<Key>);

impl Prefix {
    /// Every key of the backend.
    pub const ROOT: Self = Self(None);

    /// The keys below `folder`, such as `wal`; the key `folder` itself is not among them.
    ///
    /// # Errors
    /// [`PersistenceError::InvalidKey`] if `folder` would not be a valid key.
    pub fn folder(folder: &str) -> Result<Self, PersistenceError> {
        Key::new(folder).map(|key| Self(Some(key)))
    }

    /// The folder's name, or `None` for the root.
    #[must_use]
    pub fn as_folder(&self) -> Option<&Key> {
        self.0.as_ref()
    }

    /// Whether `key` lies under this prefix.
    #[must_use]
    pub fn contains(&self, key: &Key) -> bool {
        self.0.as_ref().is_none_or(|folder| {
            key.as_str()
                .strip_prefix(folder.as_str())
                .is_some_and(|rest| rest.starts_with('/'))
        })
    }
}

/// The reason why `name` is not a valid key; `None` if it is one.
fn fault(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("it is empty");
    }
    if name.len() > KEY_LEN_MAX {
        return Some("it is longer than 200 bytes");
    }
    name.as_bytes()
        .split(|byte| *byte == b'/')
        .find_map(part_fault)
}

fn part_fault(part: &[u8]) -> Option<&'static str> {
    let allowed = |b: &u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    if part.is_empty() {
        return Some("a part of it is empty (it starts or ends with `/`, or has `//`)");
    }
    if part.len() > KEY_PART_LEN_MAX {
        return Some("a part of it is longer than 100 bytes");
    }
    if part.starts_with(b".") || part.ends_with(b".") {
        return Some("a part of it starts or ends with a dot");
    }
    if !part.iter().all(allowed) {
        return Some("only a-z, 0-9, `-`, `_`, `.` and `/` are allowed");
    }
    let stem = part.split(|byte| *byte == b'.').next().unwrap_or(part);
    let numbered = |device: &[u8]| matches!(stem.strip_prefix(device), Some([b'0'..=b'9']));
    let is_device = |device: &&str| device.as_bytes() == stem;
    if DEVICES.iter().any(is_device) || numbered(b"com") || numbered(b"lpt") {
        return Some("Windows reserves a part of it for a device");
    }
    None
}

/// The name, shortened so that an error message stays within a line.
fn abbreviate(name: &str) -> String {
    let mut end = name.len().min(60);
    while !name.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    let more = if end < name.len() { "…" } else { "" };
    [name.get(..end).unwrap_or_default(), more].concat()
}
