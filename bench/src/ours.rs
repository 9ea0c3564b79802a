//! steadfast as an entrant.

use std::path::Path;

use steadfast::blocking::{Backend, Options, Store};
use steadfast::{FileBackend, Kv};

use crate::Result;
use crate::entrant::{Committer, Entrant, Kind, Saver};

/// A store of keys and values with the default options.
pub const COMMITTER: Entrant<dyn Committer> = Entrant {
    name: "steadfast",
    kind: Kind::Ours,
    remark: "Store<Kv> on files, as it is opened by default",
    open: |folder| Ok(Box::new(open(folder, Options::default())?)),
};

/// Values by key, without a log.
pub const SAVER: Entrant<dyn Saver> = Entrant {
    name: "steadfast",
    kind: Kind::Ours,
    remark: "Backend::atomic_write",
    open: |folder| {
        let backend = FileBackend::open(folder.join("store"))?;
        Ok(Box::new(Values(Backend::new(backend))))
    },
};

/// Opens a store below `folder`.
///
/// # Errors
/// The store's.
pub fn open(folder: &Path, options: Options) -> Result<Store<Kv>> {
    let backend = FileBackend::open(folder.join("store"))?;
    Ok(Store::open_on(backend, options)?)
}

impl Committer for Store<Kv> {
    fn commit(&self, key: &[u8], value: &[u8]) -> Result {
        Self::commit(self, Kv::put(key, value)?)?;
        Ok(())
    }
}

struct Values(Backend<FileBackend>);

impl Saver for Values {
    fn save(&mut self, value: &[u8]) -> Result {
        Ok(self.0.atomic_write("value", value)?)
    }
}
