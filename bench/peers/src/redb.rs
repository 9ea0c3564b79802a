//! redb: a copy-on-write tree in one file. Durable by default.

use std::path::Path;

use redb::{Database, TableDefinition};
use steadfast_bench::Result;
use steadfast_bench::entrant::{Committer, Entrant, Kind, Saver};

pub(crate) const COMMITTER: Entrant<dyn Committer> = Entrant {
    name: "redb",
    kind: Kind::Peer,
    remark: "default durability (immediate)",
    open: |folder| Ok(Box::new(Tree::open(folder)?)),
};

pub(crate) const SAVER: Entrant<dyn Saver> = Entrant {
    name: "redb",
    kind: Kind::Peer,
    remark: "default durability (immediate)",
    open: |folder| Ok(Box::new(Tree::open(folder)?)),
};

const ITEMS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("items");

struct Tree(Database);

impl Tree {
    fn open(folder: &Path) -> Result<Self> {
        Ok(Self(Database::create(folder.join("base.redb"))?))
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result {
        let transaction = self.0.begin_write()?;
        transaction.open_table(ITEMS)?.insert(key, value)?;
        Ok(transaction.commit()?)
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
