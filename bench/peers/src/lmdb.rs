//! LMDB through heed: a tree of copied pages in a memory map. Durable by default.
#![expect(
    unsafe_code,
    reason = "a memory map can be changed behind the program's back, so opening one is unsafe"
)]

use std::path::Path;

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, EnvOpenOptions};
use steadfast_bench::Result;
use steadfast_bench::entrant::{Committer, Entrant, Kind, Saver};

pub(crate) const COMMITTER: Entrant<dyn Committer> = Entrant {
    name: "LMDB",
    kind: Kind::Peer,
    remark: "heed, default flags; its second write is O_DSYNC and not in the count of flushes",
    open: |folder| Ok(Box::new(Map::open(folder)?)),
};

pub(crate) const SAVER: Entrant<dyn Saver> = Entrant {
    name: "LMDB",
    kind: Kind::Peer,
    remark: "heed, default flags; reuses pages of the same file",
    open: |folder| Ok(Box::new(Map::open(folder)?)),
};

struct Map {
    environment: Env,
    items: Database<'static, Bytes, Bytes>,
}

impl Map {
    fn open(folder: &Path) -> Result<Self> {
        let mut options = EnvOpenOptions::new();
        options.map_size(4 << 30).max_readers(128);
        // SAFETY: this process made the folder for this environment, and nobody else writes to it
        // while it is open.
        let environment = unsafe { options.open(folder)? };
        let transaction = environment.write_txn()?;
        let created =
            environment.create_databases_and_commit(transaction, |opener, transaction| {
                let items = opener.create_database::<Bytes, Bytes>(transaction, None)?;
                heed::Result::Ok(CommitOrAbort::<_, ()>::Commit(items))
            })?;
        let items = created.commit().ok_or("aborted")?;
        Ok(Self { environment, items })
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result {
        let mut transaction = self.environment.write_txn()?;
        self.items.put(&mut transaction, key, value)?;
        Ok(transaction.commit()?)
    }
}

impl Committer for Map {
    fn commit(&self, key: &[u8], value: &[u8]) -> Result {
        self.put(key, value)
    }
}

impl Saver for Map {
    fn save(&mut self, value: &[u8]) -> Result {
        self.put(b"value", value)
    }
}
