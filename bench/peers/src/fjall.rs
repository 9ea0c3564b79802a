//! fjall: a log-structured merge tree. Every write is followed by `persist`.

use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use steadfast_bench::Result;
use steadfast_bench::entrant::{Committer, Entrant, Kind, Saver};

pub(crate) const COMMITTER: Entrant<dyn Committer> = Entrant {
    name: "fjall",
    kind: Kind::Peer,
    remark: "batch with durability SyncData",
    open: |folder| Ok(Box::new(Tree::open(folder)?)),
};

pub(crate) const SAVER: Entrant<dyn Saver> = Entrant {
    name: "fjall",
    kind: Kind::Peer,
    remark: "batch with durability SyncData; through a log, not a file of its own",
    open: |folder| Ok(Box::new(Tree::open(folder)?)),
};

struct Tree {
    database: Database,
    items: Keyspace,
}

impl Tree {
    fn open(folder: &Path) -> Result<Self> {
        let database = Database::builder(folder.join("fjall")).open()?;
        let items = database.keyspace("items", KeyspaceCreateOptions::default)?;
        Ok(Self { database, items })
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result {
        let mut batch = self
            .database
            .batch()
            .durability(Some(PersistMode::SyncData));
        batch.insert(&self.items, key, value);
        Ok(batch.commit()?)
    }
}

impl Committer for Tree {
    fn commit(&self, key: &[u8], value: &[u8]) -> Result {
        self.put(key, value)
    }
}

impl Saver for Tree {
    fn save(&mut self, value: &[u8]) -> Result {
        self.put(b"value", value)
    }
}
