//! Opening a database: the lock, the note, the connection, the fence.
//!
//! 1. Waits for the Web Lock as long as the options say. The error names the holder (`holder`).
//! 2. Looks for the note (`witness`) before anything is created. If there is a note but no
//!    database, the data was taken away, and an empty store in its place would hide that.
//! 3. Makes Chromium begin a new log of its own: see `new_log`.
//! 4. Begins this handle's epoch in one strict transaction. It moves the fence to the next epoch,
//!    removes what crashed saves have left behind, and stores who writes now. Its flush also covers
//!    what a killed predecessor had committed.
//! 5. Writes the note. Only then is the open answered.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Array;
use steadfast_core::{PersistenceError, Result};
use wasm_bindgen::JsCast;

use super::connection::{Connection, Creation, Opened, delete, open};
use super::options::{Access, Options};
use super::schema::{ABOUT, Fence, ROWS, STAGED, StreamId, writer};
use super::shared::{Office, Shared, Stop, attempt};
use super::transaction::Transaction;
use super::{disk, holder, new_log};
use crate::error::failed;
use crate::lock::{Lock, Outcome, acquire};
use crate::{global, witness};

/// Databases of other libraries keep their names.
fn database_name(name: &str) -> String {
    format!("steadfast:{name}")
}

fn place_of(name: &str) -> String {
    format!("the IndexedDB store \"{name}\"")
}

/// Opens the store `name`.
pub(super) async fn open_store(name: &str, options: Options) -> Result<Rc<Shared>> {
    match options.access {
        Access::Read => open_for_reading(name, options).await,
        Access::Write => open_for_writing(name, options).await,
    }
}

async fn open_for_reading(name: &str, options: Options) -> Result<Rc<Shared>> {
    let (database, place) = (database_name(name), place_of(name));
    match open(&database, &place, Creation::Forbidden, options.open_limit).await? {
        Opened::Found(connection) | Opened::Created(connection) => {
            Ok(Rc::new(shared(database, place, options, connection)))
        }
        Opened::Absent if witness::remembers(&database).await => {
            Err(PersistenceError::Evicted { place })
        }
        Opened::Absent => Err(PersistenceError::NoStore { place }),
    }
}

async fn open_for_writing(name: &str, options: Options) -> Result<Rc<Shared>> {
    let (database, place) = (database_name(name), place_of(name));
    let lock = lock(&database, &place, options).await?;
    let was_here =
        options.must_exist || (!options.is_loss_accepted && witness::remembers(&database).await);
    let creation = if was_here {
        Creation::Forbidden
    } else {
        Creation::Allowed
    };
    let connection = match open(&database, &place, creation, options.open_limit).await? {
        Opened::Found(connection) => {
            new_log::begin();
            connection
        }
        Opened::Created(connection) => connection,
        Opened::Absent => return Err(PersistenceError::Evicted { place }),
    };
    let taken = attempt(&connection, Some(options.durability), async |transaction| {
        take_office(transaction, was_here, &place).await
    });
    let (fence, granted) = match taken.await {
        Ok(taken) => taken,
        Err(Stop::Refused(error)) => return Err(error),
        Err(Stop::Browser(error)) => {
            // Its connection goes before the browser can say that it has ended.
            disk::doubt();
            return Err(failed("open", &place, &error));
        }
    };
    witness::note(&database).await;
    let mut shared = shared(database, place, options, connection);
    shared.granted = granted;
    shared.office = Some(Office {
        fence,
        written: fence.to_js(),
        lock,
    });
    Ok(Rc::new(shared))
}

fn shared(name: String, place: String, options: Options, connection: Connection) -> Shared {
    Shared {
        name,
        place,
        durability: options.durability,
        granted: None,
        open_limit: options.open_limit,
        streams: RefCell::default(),
        connection: RefCell::new(Some(Rc::new(connection))),
        reopening: RefCell::new(None),
        next_number: Cell::new(0),
        replacing: Cell::new(0),
        office: None,
    }
}

async fn lock(database: &str, place: &str, options: Options) -> Result<Option<Lock>> {
    match acquire(database, options.when_locked).await {
        Ok(Outcome::Held(lock)) => Ok(Some(lock)),
        Ok(Outcome::Unsupported) => Ok(None),
        Ok(Outcome::Taken) => Err(PersistenceError::Locked {
            place: place.to_owned(),
            holder: holder::find(database, place, options).await,
            waited: options.when_locked.limit(),
        }),
        Err(error) => Err(failed("lock", place, &error)),
    }
}

/// Moves the fence to the next epoch; returns it, and the durability that the browser grants.
async fn take_office(
    transaction: &Transaction,
    was_here: bool,
    place: &str,
) -> Result<(Fence, Option<String>), Stop> {
    let fence = transaction.get(&ABOUT, &writer())?;
    let leftovers = transaction.store(&STAGED)?.get_all_keys();
    let leftovers = Transaction::hear(leftovers)?;
    let next = match Fence::from_js(&fence.wait().await?) {
        Some(Fence { store, epoch }) => Fence {
            store,
            epoch: epoch.saturating_add(1),
        },
        None if was_here => {
            let place = place.to_owned();
            return Err(PersistenceError::Evicted { place }.into());
        }
        None => Fence {
            store: global::random(),
            epoch: 1,
        },
    };
    let leftovers: Array = leftovers.wait().await?.unchecked_into();
    for mark in leftovers.iter() {
        transaction.delete(&STAGED, &mark)?;
        if let Some(id) = StreamId::from_mark(&mark) {
            transaction.delete(&ROWS, &id.all_rows()?)?;
        }
    }
    transaction.put(&ABOUT, &writer(), &next.to_js())?;
    holder::note(transaction)?;
    Ok((next, transaction.granted()))
}

/// Deletes the store `name`, and what remembers it.
pub(super) async fn destroy(name: &str, options: Options) -> Result<()> {
    let (database, place) = (database_name(name), place_of(name));
    let _lock = lock(&database, &place, options).await?;
    delete(&database, &place, options.open_limit).await
}
