//! Numbers of different kinds, each with a type of its own so that they cannot be mixed up.

use std::fmt;

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The number as such.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }

            /// From a number that was read or counted.
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The next number. No disk lives long enough to count to the end of `u64`. For damaged
            /// input that states the end, the end is returned.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// Log sequence number: the position of a commit in the history of a store. The first commit is
    /// 1; 0 is "before the first".
    Lsn
}
number! {
    /// The number of a log segment or snapshot. Both kinds draw from one counter. No number is ever
    /// used twice in a store: a deleted name must not come back with other contents.
    ObjectId
}
number! {
    /// The number of a manifest, one more for each change of the store's shape.
    ManifestNumber
}
number! {
    /// A writer's epoch: each open for writing begins the next one.
    Epoch
}

/// The identity of a store. It is drawn when the store is created and written into each of its
/// files, so that a file copied in from another store is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StoreId(u128);

impl StoreId {
    pub(crate) const fn new(id: u128) -> Self {
        Self(id)
    }

    pub(crate) const fn get(self) -> u128 {
        self.0
    }
}

impl fmt::Display for StoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
