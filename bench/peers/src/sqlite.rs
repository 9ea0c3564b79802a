//! SQLite, compiled in: a write-ahead log, flushed at every commit. Each thread has its own
//! connection, as SQLite is meant to be used.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior, params};
use steadfast_bench::Result;
use steadfast_bench::entrant::{Committer, Entrant, Kind, Saver};

pub(crate) const COMMITTER: Entrant<dyn Committer> = Entrant {
    name: "SQLite",
    kind: Kind::Peer,
    remark: "WAL, synchronous = FULL; a connection for each thread",
    open: |folder| Ok(Box::new(Base::open(folder)?)),
};

pub(crate) const SAVER: Entrant<dyn Saver> = Entrant {
    name: "SQLite",
    kind: Kind::Peer,
    remark: "WAL, synchronous = FULL; through a log, not a file of its own",
    open: |folder| Ok(Box::new(Base::open(folder)?)),
};

thread_local! {
    static OPEN: RefCell<HashMap<PathBuf, Connection>> = RefCell::default();
}

struct Base(PathBuf);

fn connect(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(60))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

impl Base {
    fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("base.sqlite");
        let connection = connect(&path)?;
        connection
            .execute_batch("CREATE TABLE items (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")?;
        Ok(Self(path))
    }

    fn put(&self, key: &[u8], value: &[u8]) -> Result {
        OPEN.with_borrow_mut(|open| {
            if !open.contains_key(&self.0) {
                open.insert(self.0.clone(), connect(&self.0)?);
            }
            let connection = open.get_mut(&self.0).ok_or("no connection")?;
            // An immediate transaction waits for the lock at its start, so it does not have to be
            // tried again.
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction
                .prepare_cached("INSERT OR REPLACE INTO items VALUES (?1, ?2)")?
                .execute(params![key, value])?;
            Ok(transaction.commit()?)
        })
    }
}

impl Committer for Base {
    fn commit(&self, key: &[u8], value: &[u8]) -> Result {
        self.put(key, value)
    }
}

impl Saver for Base {
    fn save(&mut self, value: &[u8]) -> Result {
        self.put(b"value", value)
    }
}
