//! An open connection to a database, and how it ends.
//!
//! The browser closes a connection by itself when the site's data is cleared or a tab is suspended
//! (`close`). It asks for the end when another tab wants to delete or upgrade the database
//! (`versionchange`). Then the connection is closed at once, for otherwise the other tab would
//! hang. The next use opens a new connection.
//!
//! **Nobody waits for a transaction of a connection that is gone.** While a site's data is cleared,
//! Chromium sometimes reports neither `complete` nor `abort` of a transaction under way, though it
//! answers all requests. So the end of a connection is the end of its transactions, and their
//! outcome is unknown.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Array, Function, Object, Reflect};
use steadfast_core::{Key, PersistenceError, Result};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Event, IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbTransaction, IdbVersionChangeEvent,
};

use super::disk;
use super::options::Durability;
use super::schema::{self, text};
use super::transaction::Answer;
use crate::error::{BrowserError, failed};
use crate::slot::{Sender, detached, slot};
use crate::timer::within;
use crate::witness;

/// Whether an open may create the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Creation {
    Allowed,
    Forbidden,
}

/// The result of an open.
pub(super) enum Opened {
    /// The database was there.
    Found(Connection),
    /// The database was just created.
    Created(Connection),
    /// There is no database, and none was created.
    Absent,
}

/// The tasks that wait for the end of a transaction: whether it went well.
type UnderWay = Rc<RefCell<Vec<Sender<bool>>>>;

/// An open database.
pub(super) struct Connection {
    pub(super) database: IdbDatabase,
    is_closed: Rc<Cell<bool>>,
    /// Its transactions under way, for the tasks that wait for their ends.
    pub(super) under_way: UnderWay,
    _handler: Closure<dyn FnMut(Event)>,
    /// Functions that begin a transaction, by durability: their arguments are made once.
    beginnings: RefCell<Vec<(Option<Durability>, Function)>>,
}

impl Connection {
    fn new(database: IdbDatabase) -> Self {
        let is_closed = Rc::new(Cell::new(false));
        let under_way = UnderWay::default();
        let handler = {
            let (database, is_closed) = (database.clone(), Rc::clone(&is_closed));
            let under_way = Rc::clone(&under_way);
            Closure::new(move |event: Event| {
                is_closed.set(true);
                database.close();
                // If it closes for another tab, its transactions finish first.
                if event.type_() == "close" {
                    disk::doubt();
                    cut_off(&under_way);
                }
            })
        };
        database.set_onversionchange(Some(handler.as_ref().unchecked_ref()));
        database.set_onclose(Some(handler.as_ref().unchecked_ref()));
        Self {
            database,
            is_closed,
            under_way,
            _handler: handler,
            beginnings: RefCell::default(),
        }
    }

    /// Begins a transaction: to write with a durability, or to read without one.
    pub(super) fn begin(
        &self,
        durability: Option<Durability>,
    ) -> std::result::Result<IdbTransaction, BrowserError> {
        let mut beginnings = self.beginnings.borrow_mut();
        let known = beginnings.iter().find(|(it, _)| *it == durability);
        let begin = match known {
            Some((_, begin)) => begin.clone(),
            None => {
                let begin = self.beginning(durability)?;
                beginnings.push((durability, begin.clone()));
                begin
            }
        };
        Ok(begin.call0(&JsValue::UNDEFINED)?.unchecked_into())
    }

    fn beginning(
        &self,
        durability: Option<Durability>,
    ) -> std::result::Result<Function, BrowserError> {
        let (mode, durability) = match durability {
            Some(durability) => ("readwrite", durability),
            None => ("readonly", Durability::Relaxed),
        };
        let options = Object::new();
        Reflect::set(&options, &text("durability"), &text(durability.as_str()))?;
        // The bindings have this method without options only.
        let database: &JsValue = &self.database;
        let begin: Function = Reflect::get(database, &text("transaction"))?.dyn_into()?;
        let arguments = Array::of4(database, &schema::all(), &text(mode), &options);
        let bind: Function = Reflect::get(&begin, &text("bind"))?.dyn_into()?;
        Ok(bind.apply(&begin, &arguments)?.unchecked_into())
    }

    /// Whether it has been closed.
    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.get()
    }

    /// Closes it after a failure that a new connection may not have.
    pub(super) fn close(&self) {
        // Of several that find it broken one counts.
        if !self.is_closed.replace(true) {
            disk::doubt();
        }
        self.database.close();
        cut_off(&self.under_way);
    }
}

/// Wakes the tasks that wait for the end of a transaction, which may never be reported.
fn cut_off(under_way: &UnderWay) {
    for waiting in under_way.take() {
        waiting.send(false);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.database.set_onversionchange(None);
        self.database.set_onclose(None);
        // Transactions under way finish first.
        self.database.close();
    }
}

/// Opens the database `name`. `place` is its name for people.
pub(super) async fn open(
    name: &str,
    place: &str,
    creation: Creation,
    limit: Duration,
) -> Result<Opened> {
    let is_blocked = Rc::new(Cell::new(false));
    let opening = {
        let (name, is_blocked) = (name.to_owned(), Rc::clone(&is_blocked));
        // Detached: a connection that comes too late is closed, so that it does not block other
        // tabs.
        detached(async move { request(None, &name, creation, is_blocked).await })
    };
    match within(limit, opening).await {
        Some(Ok(opened)) => Ok(opened),
        Some(Err(error)) if error.name == "VersionError" => Err(newer(&error)),
        Some(Err(error)) => Err(failed("open", place, &error)),
        None => Err(failed("open", place, &late(is_blocked.get(), limit))),
    }
}

fn late(is_blocked: bool, limit: Duration) -> BrowserError {
    let seconds = limit.as_secs();
    let why = if is_blocked {
        "another tab has an older version of it open and does not let go: close that tab"
    } else {
        "the browser has not answered: close other tabs of this site, or start the browser again"
    };
    BrowserError::new("TimeoutError", format!("after {seconds} s {why}"))
}

fn newer(error: &BrowserError) -> PersistenceError {
    // Engines tell the two versions only in words. The words are kept if they say more than that
    // the database is newer.
    let found = error
        .message
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse::<u32>().ok())
        .find(|version| *version > schema::VERSION);
    match Key::new("database") {
        Ok(key) => PersistenceError::NewerFormat {
            key,
            found: found.unwrap_or(schema::VERSION.saturating_add(1)),
            supported: schema::VERSION,
        },
        Err(invalid) => invalid,
    }
}

/// Opens the database. `databases` is given where they were looked at before.
pub(super) async fn request(
    databases: Option<&IdbFactory>,
    name: &str,
    creation: Creation,
    is_blocked: Rc<Cell<bool>>,
) -> std::result::Result<Opened, BrowserError> {
    let request = match databases {
        Some(databases) => databases.open_with_u32(name, schema::VERSION)?,
        None => disk::databases()
            .await?
            .open_with_u32(name, schema::VERSION)?,
    };
    let (sender, answer) = slot();
    let is_new = Rc::new(Cell::new(false));
    let is_absent = Rc::new(Cell::new(false));

    let upgrade = {
        let (request, is_new, is_absent) =
            (request.clone(), Rc::clone(&is_new), Rc::clone(&is_absent));
        Closure::<dyn FnMut(IdbVersionChangeEvent)>::new(move |event: IdbVersionChangeEvent| {
            // The older layout is a part of this one: see `schema`.
            if event.old_version() > 0.0 {
                return;
            }
            is_new.set(true);
            is_absent.set(creation == Creation::Forbidden);
            let made = match creation {
                Creation::Allowed => database_of(&request).and_then(|new| schema::create(&new)),
                Creation::Forbidden => Err(BrowserError::new("AbortError", "")),
            };
            if made.is_err()
                && let Some(upgrade) = request.transaction()
            {
                // The only possible error: it was aborted already.
                let _ = upgrade.abort();
            }
        })
    };
    let success = {
        let (request, sender) = (request.clone(), sender.clone());
        Closure::<dyn FnMut(Event)>::new(move |_event| {
            sender.send(database_of(&request).map(Connection::new));
        })
    };
    let error = {
        let request = request.clone();
        Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            // Otherwise Firefox would report the error to the page as well.
            event.prevent_default();
            sender.send(Err(error_of(&request)));
        })
    };
    let blocked = Closure::<dyn FnMut(Event)>::new(move |_event| is_blocked.set(true));
    request.set_onupgradeneeded(Some(function(&upgrade)));
    request.set_onsuccess(Some(function(&success)));
    request.set_onerror(Some(function(&error)));
    request.set_onblocked(Some(function(&blocked)));
    let answer = answer.await;
    request.set_onupgradeneeded(None);
    request.set_onsuccess(None);
    request.set_onerror(None);
    request.set_onblocked(None);
    match answer {
        Ok(connection) if is_new.get() => Ok(Opened::Created(connection)),
        Ok(connection) => Ok(Opened::Found(connection)),
        Err(_) if is_absent.get() => Ok(Opened::Absent),
        Err(error) => {
            disk::doubt();
            Err(error)
        }
    }
}

/// Deletes the database `name` and the note that remembers it. An absent database is fine.
///
/// A deletion cannot be taken back. If it is not done in time, the browser does it when the last
/// connection is closed.
pub(super) async fn delete(name: &str, place: &str, limit: Duration) -> Result<()> {
    let deleting = {
        let name = name.to_owned();
        detached(async move {
            // Whoever is refused keeps the note.
            let databases = disk::databases().await?;
            // First: a store without a note gets one at its next open, and a note without a store
            // would be told as a loss.
            witness::forget(&name).await;
            request_deletion(&databases, &name).await
        })
    };
    match within(limit, deleting).await {
        Some(Ok(())) => Ok(()),
        Some(Err(error)) => Err(failed("delete", place, &error)),
        None => Err(failed("delete", place, &late(false, limit))),
    }
}

pub(super) async fn request_deletion(
    databases: &IdbFactory,
    name: &str,
) -> std::result::Result<(), BrowserError> {
    let request = databases.delete_database(name)?;
    Answer::to(request.unchecked_into()).wait().await.map(drop)
}

fn function<T: ?Sized>(closure: &Closure<T>) -> &Function {
    closure.as_ref().unchecked_ref()
}

fn database_of(request: &IdbOpenDbRequest) -> std::result::Result<IdbDatabase, BrowserError> {
    Ok(request.result()?.unchecked_into())
}

fn error_of(request: &IdbOpenDbRequest) -> BrowserError {
    match request.error() {
        Ok(Some(error)) => JsValue::from(error).into(),
        Ok(None) => BrowserError::new("UnknownError", "the browser gave no reason"),
        Err(thrown) => thrown.into(),
    }
}
