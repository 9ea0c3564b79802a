//! The bytes of a key or a value.
//!
//! Short ones are stored in the map's own nodes: a look-up compares keys without following a
//! pointer, and a small entry needs no allocation. Long ones are shared, so copies of the map (see
//! [`freeze`](crate::State::freeze)) cost nothing.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// What fits beside the length into the size of a shared one.
const SHORT_LEN_MAX: usize = 22;

/// Immutable bytes that are cheap to clone.
#[derive(Clone)]
pub(super) enum Blob {
    Short { len: u8, bytes: [u8; SHORT_LEN_MAX] },
    Shared(Arc<[u8]>),
}

impl Blob {
    pub(super) fn as_slice(&self) -> &[u8] {
        match self {
            // Never longer than the array: see `from`.
            Self::Short { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Shared(bytes) => bytes,
        }
    }
}

impl From<&[u8]> for Blob {
    fn from(slice: &[u8]) -> Self {
        let mut bytes = [0; SHORT_LEN_MAX];
        match (u8::try_from(slice.len()), bytes.get_mut(..slice.len())) {
            (Ok(len), Some(place)) => {
                place.copy_from_slice(slice);
                Self::Short { len, bytes }
            }
            _ => Self::Shared(slice.into()),
        }
    }
}

impl AsRef<[u8]> for Blob {
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl Borrow<[u8]> for Blob {
    fn borrow(&self) -> &[u8] {
        self.as_slice()
    }
}

impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Blob {}

impl PartialOrd for Blob {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Blob {
    /// Compares as the bytes do. Two short ones usually differ in their first sixteen bytes, which
    /// compare as one number. A shorter one is padded with zeros there, and the other has nothing
    /// smaller in that place. If the numbers are equal, the whole slices decide.
    fn cmp(&self, other: &Self) -> Ordering {
        // On 32-bit targets, such as a browser, that number is four words: not worth the code that
        // a page has to load.
        if cfg!(target_pointer_width = "64")
            && let (Self::Short { bytes: a, .. }, Self::Short { bytes: b, .. }) = (self, other)
            && let (Some(a), Some(b)) = (a.first_chunk(), b.first_chunk())
        {
            let order = u128::from_be_bytes(*a).cmp(&u128::from_be_bytes(*b));
            if order.is_ne() {
                return order;
            }
        }
        self.as_slice().cmp(other.as_slice())
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}
