//! The entrants: each is a way to make something durable, opened in a folder of its own.

use std::path::Path;

use crate::Result;

/// What an entrant is to steadfast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Plain system calls: what the machine can do.
    Raw,
    /// steadfast.
    Ours,
    /// Another library.
    Peer,
}

/// Makes small entries durable, one per call, from many threads.
pub trait Committer: Send + Sync {
    /// Returns when the pair is durable.
    ///
    /// # Errors
    /// The entrant's own.
    fn commit(&self, key: &[u8], value: &[u8]) -> Result;
}

/// Replaces a whole value.
pub trait Saver {
    /// Returns when the new value is durable.
    ///
    /// # Errors
    /// The entrant's own.
    fn save(&mut self, value: &[u8]) -> Result;
}

/// A name, and how to open the entrant.
pub struct Entrant<T: ?Sized + 'static> {
    /// The name in the rows.
    pub name: &'static str,
    /// Whether it is raw, ours or a peer.
    pub kind: Kind,
    /// What a reader has to know: how it was made durable, or what it may lose.
    pub remark: &'static str,
    /// Opens it in an empty folder.
    pub open: fn(&Path) -> Result<Box<T>>,
}

impl<T: ?Sized> Clone for Entrant<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Entrant<T> {}
