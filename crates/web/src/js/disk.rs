//! The one home outside of memory that this build of the engine has.
//!
//! A page loads the engine for the home that it uses: with both in one, every page would load 20 kB
//! for nothing. `IndexedDB`, unless the feature `npm-opfs` says otherwise.

use steadfast_core::Result;

/// What a home is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To write. A home whose contents were evicted is an error.
    Write,
    /// To write what is to take the place of whatever is there, evicted or not.
    Replace,
    /// To go on with what was open a moment ago: nothing is made.
    GoOn,
    /// To look: nothing is written.
    Read,
}

#[cfg(not(feature = "npm-opfs"))]
pub(super) use indexed_db::{Disk, open};
#[cfg(feature = "npm-opfs")]
pub(super) use opfs::{Disk, open};

#[cfg(not(feature = "npm-opfs"))]
mod indexed_db {
    use super::{Purpose, Result};
    pub(in super::super) use crate::IndexedDbBackend as Disk;
    use crate::{Options, WhenLocked};

    pub(in super::super) async fn open(
        name: &str,
        purpose: Purpose,
        when: WhenLocked,
    ) -> Result<Disk> {
        let options = Options::default().when_locked(when);
        let options = match purpose {
            Purpose::Write => options,
            Purpose::Replace => options.accept_loss(),
            Purpose::GoOn => options.existing(),
            Purpose::Read => options.read_only(),
        };
        Disk::open_with(name, options).await
    }
}

#[cfg(feature = "npm-opfs")]
mod opfs {
    use super::{Purpose, Result};
    pub(in super::super) use crate::OpfsBackend as Disk;
    use crate::{OpfsOptions, WhenLocked};

    pub(in super::super) async fn open(
        name: &str,
        purpose: Purpose,
        when: WhenLocked,
    ) -> Result<Disk> {
        let options = OpfsOptions::default().when_locked(when);
        let options = match purpose {
            Purpose::Write => options,
            Purpose::Replace => options.accept_loss(),
            Purpose::GoOn => options.existing(),
            // Files in use cannot be read by anybody else; so to look is to open.
            Purpose::Read => options.for_reading(),
        };
        Disk::open_with(name, options).await
    }
}
