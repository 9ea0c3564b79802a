//! Opening a store of files: the lock, the files, the witness.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use steadfast_core::{PersistenceError, Result};

use super::folder::{Folder, HELD_MAX, is_held};
use super::memory::Memory;
use super::pool::{Pool, Unopened};
use super::shared::Shared;
use crate::error::{BrowserError, failed};
use crate::lock::{Lock, Outcome, WhenLocked, acquire};
use crate::{global, witness};

/// How to open an [`OpfsBackend`](super::OpfsBackend).
#[derive(Clone, Copy, Debug)]
pub struct OpfsOptions {
    pub(super) when_locked: WhenLocked,
    pub(super) files: usize,
    pub(super) is_loss_accepted: bool,
    pub(super) must_exist: bool,
    pub(super) is_for_reading: bool,
}

impl Default for OpfsOptions {
    /// Two seconds' wait for another writer, sixteen files ahead.
    fn default() -> Self {
        Self {
            when_locked: WhenLocked::default(),
            files: 16,
            is_loss_accepted: false,
            must_exist: false,
            is_for_reading: false,
        }
    }
}

impl OpfsOptions {
    /// What to do while another worker writes.
    #[must_use]
    pub fn when_locked(mut self, when_locked: WhenLocked) -> Self {
        self.when_locked = when_locked;
        self
    }

    /// How many files to open ahead: one for every key to come, and one for every save under way.
    #[must_use]
    pub fn files(mut self, files: usize) -> Self {
        self.files = files;
        self
    }

    /// Begins a new store where the old one is gone, instead of refusing with
    /// [`Evicted`](steadfast_core::PersistenceError::Evicted).
    #[must_use]
    pub fn accept_loss(mut self) -> Self {
        self.is_loss_accepted = true;
        self
    }

    /// Opens only a store that is there. Where it is gone, that is an error,
    /// [`Evicted`](steadfast_core::PersistenceError::Evicted), and nothing is made: for a program
    /// that had it open a moment ago.
    #[must_use]
    pub fn existing(mut self) -> Self {
        self.must_exist = true;
        self
    }

    /// As [`existing`](Self::existing), for a program that has not had it open: what never was is
    /// [`NoStore`](steadfast_core::PersistenceError::NoStore).
    #[must_use]
    pub fn for_reading(mut self) -> Self {
        self.is_for_reading = true;
        self.existing()
    }
}

/// The name of lock and witness.
fn full_name(name: &str) -> String {
    format!("steadfast-opfs:{name}")
}

fn place_of(name: &str) -> String {
    format!("the private files \"{name}\"")
}

/// Opens the store `name`. Only a handle that `may_wait` opens more files later and looks whether
/// the store is still there.
pub(super) async fn open_store(name: &str, options: OpfsOptions, may_wait: bool) -> Result<Shared> {
    let place = place_of(name);
    let lock = lock(name, &place, options.when_locked).await?;
    let folder = match Folder::open(name, !options.must_exist).await {
        Ok(folder) => folder,
        Err(error) if options.must_exist && error.name == "NotFoundError" => {
            return Err(absent(name, options, place).await);
        }
        Err(error) => return Err(failed("open", &place, &error)),
    };
    let (pool, used) = match Pool::open(folder.clone(), &place, may_wait).await {
        Ok(opened) => opened,
        Err(Unopened::Failed(error)) => return Err(error),
        // The lock is ours, and a file is open: somebody's that uses no locks, or a worker's that
        // is not quite gone.
        Err(Unopened::Held) => return Err(locked(name, place, HELD_MAX).await),
    };
    let was_here = options.must_exist
        || (!options.is_loss_accepted && witness::remembers(&full_name(name)).await);
    if pool.is_new() && was_here {
        return Err(absent(name, options, place).await);
    }
    let memory = Memory::of(&full_name(name));
    if used.is_empty() && options.is_loss_accepted {
        memory.forget().await;
    } else if used.is_empty() && memory.has_keys().await {
        return Err(PersistenceError::Evicted { place });
    } else if !used.is_empty() {
        memory.note().await;
    }
    // Without a file there would be no store.
    let least = usize::from(pool.is_new());
    while pool.free_len() < options.files.max(least) {
        let before = pool.free_len();
        match pool.grow().await {
            // What is stored can be read all the same.
            Err(PersistenceError::StorageFull { .. }) if may_wait && !pool.is_new() => break,
            grown => grown?,
        }
        // The disk is full. A handle that may wait opens more files later; another one has to have
        // what was asked for.
        if pool.free_len() == before {
            if may_wait {
                break;
            }
            let full = BrowserError::new("QuotaExceededError", "");
            return Err(failed("make a file for", &place, &full));
        }
    }
    let presence = folder.presence(pool.first_number()).await;
    let presence = presence.map_err(|error| failed("open", &place, &error))?;
    // Best effort: the text only tells others who holds the store.
    let _ = folder.set_holder(&myself()).await;
    let shared = Shared {
        place,
        streams: RefCell::new(BTreeMap::new()),
        loose: RefCell::new(Vec::new()),
        pool,
        presence,
        may_wait,
        memory,
        lock,
    };
    shared.adopt(used)?;
    witness::note(&full_name(name)).await;
    Ok(shared)
}

fn myself() -> String {
    let since = String::from(js_sys::Date::new_0().to_iso_string());
    format!("the worker {} (since {since})", global::href())
}

async fn lock(name: &str, place: &str, when: WhenLocked) -> Result<Option<Lock>> {
    match acquire(&full_name(name), when).await {
        Ok(Outcome::Held(lock)) => Ok(Some(lock)),
        Ok(Outcome::Unsupported) => Ok(None),
        Ok(Outcome::Taken) => Err(locked(name, place.to_owned(), when.limit()).await),
        Err(error) => Err(failed("lock", place, &error)),
    }
}

/// The error of a store that is not there.
async fn absent(name: &str, options: OpfsOptions, place: String) -> PersistenceError {
    if !options.is_for_reading || witness::remembers(&full_name(name)).await {
        PersistenceError::Evicted { place }
    } else {
        PersistenceError::NoStore { place }
    }
}

async fn locked(name: &str, place: String, waited: Duration) -> PersistenceError {
    let said = match Folder::open(name, false).await {
        Ok(folder) => folder.holder().await.ok(),
        Err(_) => None,
    };
    let said = said.filter(|text| !text.is_empty());
    PersistenceError::Locked {
        place,
        holder: said.unwrap_or_else(|| "another worker of this site".to_owned()),
        waited,
    }
}

/// Deletes the store `name`, and what remembers it.
pub(super) async fn destroy(name: &str) -> Result<()> {
    let place = place_of(name);
    let lock = lock(name, &place, WhenLocked::default()).await?;
    match Folder::remove(name).await {
        Ok(()) => {}
        Err(error) if is_held(&error) => return Err(locked(name, place, HELD_MAX).await),
        Err(error) => return Err(failed("delete", &place, &error)),
    }
    Memory::of(&full_name(name)).forget().await;
    witness::forget(&full_name(name)).await;
    drop(lock);
    Ok(())
}
