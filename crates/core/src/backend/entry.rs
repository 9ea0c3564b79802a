use crate::key::Key;

/// One entry of a [`list`](super::StorageBackend::list).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// Its length in bytes.
    pub len: u64,
}
