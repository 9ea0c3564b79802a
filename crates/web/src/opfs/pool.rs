//! Open files, those of keys and those that wait for one.
//!
//! Opening a file is asynchronous, everything after it is not. So files are opened ahead, and kept
//! open; a key that is deleted gives its file back.
//!
//! On a full disk a file can be made and its head cannot be written. Such a file is blank: it holds
//! nothing and is in nobody's way, so a store that has some opens and is read.
//!
//! A file that was long is closed when it is free, because only then the browser gives its room
//! back, and opened again when the next one is needed.
//!
//! Files are numbered in a row that begins anywhere: the first file of a store that is made anew
//! has another name than that of the store before it, and a handle of the old one can tell.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use steadfast_core::{Key, PersistenceError, Result};

use super::file::{File, Found};
use super::folder::{Folder, Handle, is_held, name_of};
use super::head::Head;
use crate::error::{BrowserError, failed};
use crate::global::random;
use crate::slot::{Receiver, detached};

/// How many files are opened at once when none is left.
const GROWTH: u32 = 8;

/// Numbers begin below this, so that a store never runs out of them.
const FIRST_NUMBER_END: u64 = 1 << 31;

/// The files of a store.
#[derive(Debug)]
pub(super) struct Pool {
    folder: Folder,
    place: String,
    free: RefCell<Vec<Rc<File>>>,
    /// Files that have no head yet.
    blank: RefCell<VecDeque<File>>,
    /// The numbers of free files that were closed.
    closed: RefCell<Vec<u32>>,
    may_wait: bool,
    /// That of the oldest file.
    first_number: u32,
    next_number: Cell<u32>,
    is_new: bool,
    generation: Cell<u64>,
}

/// A file on its way.
type Opening = Receiver<std::result::Result<Handle, BrowserError>>;

/// Why the pool could not be opened.
pub(super) enum Unopened {
    /// Somebody has a file open.
    Held,
    Failed(PersistenceError),
}

impl Pool {
    /// Opens every file there is. Returns those that belong to a key.
    pub(super) async fn open(
        folder: Folder,
        place: &str,
        may_wait: bool,
    ) -> std::result::Result<(Self, Vec<Rc<File>>), Unopened> {
        let fault = |error: BrowserError| match is_held(&error) {
            true => Unopened::Held,
            false => Unopened::Failed(failed("open", place, &error)),
        };
        let numbers = folder.numbers().await.map_err(fault)?;
        let first_number = numbers.first().copied().unwrap_or_else(any_number);
        let next_number = numbers.last().map(|last| last.saturating_add(1));
        let mut pool = Self {
            first_number,
            next_number: Cell::new(next_number.unwrap_or(first_number)),
            is_new: true,
            folder,
            place: place.to_owned(),
            free: RefCell::new(Vec::new()),
            blank: RefCell::default(),
            closed: RefCell::default(),
            may_wait,
            generation: Cell::new(0),
        };
        let mut used = Vec::new();
        for (number, handle) in pool.start(&numbers) {
            let handle = handle.await.map_err(fault)?;
            let file = match File::open(number, handle).map_err(fault)? {
                Found::File(file) => Rc::new(file),
                Found::Blank(file) => {
                    pool.blank.borrow_mut().push_back(file);
                    continue;
                }
                found => return Err(Unopened::Failed(unfit(&name_of(number), &found))),
            };
            let head = file.head();
            pool.generation
                .set(pool.generation.get().max(head.generation));
            if head.value.is_some() {
                used.push(file);
            } else {
                // A crash between the head and the cut leaves bytes that are nobody's.
                file.clear().map_err(fault)?;
                pool.free.borrow_mut().push(file);
            }
        }
        // Files that nothing was ever put into are left of an open that found no room.
        pool.is_new = used.is_empty() && pool.free.borrow().is_empty();
        Ok((pool, used))
    }

    /// Whether nothing was ever put into a file.
    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    /// The number of the file that no other store of this name has.
    pub(super) fn first_number(&self) -> u32 {
        self.first_number
    }

    /// A number greater than every one before.
    pub(super) fn next_generation(&self) -> u64 {
        let next = self.generation.get().saturating_add(1);
        self.generation.set(next);
        next
    }

    /// A free file, opened ahead.
    pub(super) fn take(&self) -> Option<Rc<File>> {
        self.free.borrow_mut().pop()
    }

    /// How many files wait for a key.
    pub(super) fn free_len(&self) -> usize {
        self.free.borrow().len()
    }

    /// Takes a file back whose head says that it is free.
    pub(super) fn give_back(&self, file: Rc<File>) {
        self.free.borrow_mut().push(file);
    }

    /// Whether there are free files to be [closed](Self::close_long).
    pub(super) fn has_long(&self) -> bool {
        self.may_wait && self.free.borrow().iter().any(|file| is_long(file))
    }

    /// Closes free files that were long: while one is open, the browser counts its greatest length.
    /// A pool that may not wait keeps them open.
    pub(super) fn close_long(&self) {
        if self.may_wait {
            let mut free = self.free.borrow_mut();
            let numbers = free.extract_if(.., |file| is_long(file));
            let numbers = numbers.map(|file| file.number);
            self.closed.borrow_mut().extend(numbers);
        }
    }

    /// Opens more files: those that were closed first, then those for which there was no room the
    /// last time, then new ones.
    pub(super) async fn grow(&self) -> Result<()> {
        let mut numbers = self.closed.take();
        if numbers.is_empty() && self.blank.borrow().is_empty() {
            let start = self.next_number.get();
            let end = start.saturating_add(GROWTH);
            self.next_number.set(end);
            numbers.extend(start..end);
        }
        for (number, handle) in self.start(&numbers) {
            let handle = handle.await.map_err(|error| self.ungrown(&error))?;
            match File::open(number, handle).map_err(|error| self.ungrown(&error))? {
                Found::File(file) => self.give_back(Rc::new(file)),
                Found::Blank(file) => self.blank.borrow_mut().push_back(file),
                found => return Err(unfit(&name_of(number), &found)),
            }
        }
        self.initialise().map_err(|error| self.ungrown(&error))
    }

    /// Makes blank files free. One is enough: where there is no room for more, they stay blank.
    fn initialise(&self) -> std::result::Result<(), BrowserError> {
        loop {
            // The first one first: others look at it to see that the store is there.
            let Some(file) = self.blank.borrow_mut().pop_front() else {
                return Ok(());
            };
            match file.initialise() {
                Ok(()) => self.give_back(Rc::new(file)),
                Err(error) => {
                    self.blank.borrow_mut().push_front(file);
                    let is_enough = self.free_len() > 0 && error.name == "QuotaExceededError";
                    return if is_enough { Ok(()) } else { Err(error) };
                }
            }
        }
    }

    fn ungrown(&self, error: &BrowserError) -> PersistenceError {
        failed("make a file for", &self.place, error)
    }

    /// Begins to open files, all at once: one after the other they would take a turn of the event
    /// loop each.
    fn start(&self, numbers: &[u32]) -> Vec<(u32, Opening)> {
        let open = |number: &u32| {
            let (folder, number) = (self.folder.clone(), *number);
            let opening = detached(async move { folder.file(number).await });
            (number, opening)
        };
        numbers.iter().map(open).collect()
    }

    /// Makes a file nobody's: its head first, so that its bytes are never cut while they are still
    /// somebody's.
    pub(super) fn release(&self, file: Rc<File>) -> std::result::Result<(), BrowserError> {
        file.set_head(Head {
            generation: self.next_generation(),
            value: None,
        })?;
        file.clear()?;
        self.give_back(file);
        Ok(())
    }
}

/// Where the numbers of a new store begin.
fn any_number() -> u32 {
    u32::try_from(random() % FIRST_NUMBER_END).unwrap_or(0)
}

/// The error of a file that cannot be used. No key is known of it: its own name stands for one.
fn unfit(name: &str, found: &Found) -> PersistenceError {
    match (Key::new(name), found) {
        (Ok(key), Found::Newer(version)) => PersistenceError::NewerFormat {
            key,
            found: *version,
            supported: 1,
        },
        (Ok(key), _) => PersistenceError::Corrupt {
            key,
            offset: 0,
            expected: "a head in one of its two copies".into(),
            found: "neither".into(),
        },
        (Err(invalid), _) => invalid,
    }
}

/// Whether a free file was long. One whose head may not be on the disk stays open.
fn is_long(file: &File) -> bool {
    file.was_long() && !file.is_loose()
}
