//! One open store, for JavaScript.
//!
//! Futures hand the store out as clones and keep none: when the last promise is settled,
//! [`Engine::close`] has the last handle and can finish the log. After a failed commit the engine
//! is of no more use; the package frees it and opens another.
//!
//! Where a store cannot be opened for writing, because there is no room, it can be loaded: such an
//! engine answers what needs no writing.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::rc::Rc;

use js_sys::{Promise, Uint8Array};
use steadfast_core::{
    Codec, CodecError, Kv, KvBatch, KvCodec, PersistenceError, RecoveryReport, Store, StoreOptions,
    TransactError,
};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

use super::disk::Purpose;
use super::error::thrown;
use super::home::Home;
use super::line::Line;
use super::live::Live;
use super::reads::Reads;
use super::{object, pairs, report, values};
use crate::WhenLocked;
use crate::task::{Noted, is_broken, spawn};

pub(super) type Thrown<T> = Result<T, JsValue>;

/// One open store.
#[wasm_bindgen]
pub struct Engine {
    /// `None` once it is closed, and where it was only loaded.
    store: RefCell<Option<Store<Live, Home>>>,
    /// What was only loaded.
    loaded: Option<Rc<Loaded>>,
    line: Rc<Line>,
    /// States held still, by number.
    held: RefCell<Vec<(u32, Kv)>>,
    last_held: Cell<u32>,
}

#[wasm_bindgen]
impl Engine {
    /// Opens the database `name` in the home `storage` for writing, and takes a snapshot whenever
    /// the log is longer than `snapshot_after` bytes and the last snapshot. `anew` begins a new one
    /// where the old one was evicted; `goes_on` makes none, whatever is missing. `takes_over` takes
    /// the lock away from a writer that does not answer.
    ///
    /// # Errors
    /// What [`Store::open`] says, as a plain object.
    pub fn open(
        storage: String,
        name: String,
        snapshot_after: u32,
        anew: bool,
        goes_on: bool,
        takes_over: bool,
    ) -> Promise {
        promise(async move {
            let purpose = match (goes_on, anew) {
                (true, _) => Purpose::GoOn,
                (_, true) => Purpose::Replace,
                _ => Purpose::Write,
            };
            let when = if takes_over {
                WhenLocked::TakeOver
            } else {
                WhenLocked::default()
            };
            let home = Home::open(&storage, &name, purpose, when).await;
            let home = home.map_err(thrown)?;
            let options = StoreOptions::default().snapshot_after(snapshot_after.into());
            let store: Store<Live, Home> = Store::open(home, options).await.map_err(thrown)?;
            let maintenance = store.maintain();
            spawn(async move {
                // A snapshot that fails is taken again at the next open; a store that fails tells
                // whoever commits.
                drop(maintenance.await);
            });
            let engine = Self {
                store: RefCell::new(Some(store)),
                loaded: None,
                line: Rc::default(),
                held: RefCell::default(),
                last_held: Cell::default(),
            };
            Ok(engine.into())
        })
    }

    /// Loads the database without opening it: nothing is written, so it works where there is no
    /// room to write.
    ///
    /// # Errors
    /// What [`Store::load`] says.
    pub fn load(storage: String, name: String) -> Promise {
        promise(async move {
            let home = Home::open(&storage, &name, Purpose::Read, WhenLocked::default()).await;
            let home = home.map_err(thrown)?;
            let (live, report) = Store::<Live, Home>::load(&home).await.map_err(thrown)?;
            let engine = Self {
                store: RefCell::default(),
                loaded: Some(Rc::new(Loaded { home, live, report })),
                line: Rc::default(),
                held: RefCell::default(),
                last_held: Cell::default(),
            };
            Ok(engine.into())
        })
    }

    /// Fails where the data is gone, and where another writer took over.
    ///
    /// # Errors
    /// `Removed`, `Fenced`; what the browser says.
    #[wasm_bindgen(js_name = ensureOurs)]
    pub fn ensure_ours(&self) -> Thrown<Promise> {
        let home = self.home()?;
        Ok(promise(async move {
            home.ensure_ours().await.map_err(thrown)?;
            Ok(JsValue::UNDEFINED)
        }))
    }

    /// Commits an encoded batch. Commits happen in the order of the calls.
    ///
    /// # Errors
    /// What [`Store::commit`] says, by the promise.
    pub fn submit(&self, batch: &[u8]) -> Thrown<Promise> {
        let store = self.store()?;
        let batch = decode(batch, &store)?;
        Ok(self.line.submit(&store, batch))
    }

    /// Whether a task of this build stopped in the middle. To be asked while none runs.
    #[wasm_bindgen(js_name = isBroken)]
    pub fn is_broken() -> bool {
        is_broken()
    }

    /// Whether there is memory for `len` more bytes and for what is done with them.
    #[wasm_bindgen(js_name = hasRoom)]
    pub fn has_room(&self, len: u32) -> bool {
        // Encoded, decoded, and what is kept free: not all in one piece, since what is deleted
        // leaves holes.
        let blocks = [len as usize, len as usize, ROOM, ROOM, ROOM, ROOM];
        let mut reserved = [const { Vec::<u8>::new() }; 6];
        let pairs = reserved.iter_mut().zip(blocks);
        let mut all = pairs.map(|(block, len)| block.try_reserve_exact(len).is_ok());
        let is_enough = all.all(|is_reserved| is_reserved);
        // Otherwise the compiler leaves out allocations that nobody uses.
        std::hint::black_box(&reserved);
        is_enough
    }

    /// Commits `batch` if everything in `reads` is as it was in the state held as `held`; whether
    /// it did.
    ///
    /// # Errors
    /// What [`Store::transact`] says, by the promise.
    pub fn transact(&self, held: u32, reads: &[u8], batch: &[u8]) -> Thrown<Promise> {
        let store = self.store()?;
        let reads = Reads::decode(reads).map_err(thrown)?;
        let batch = decode(batch, &store)?;
        let then = self.held_as(held, Kv::clone);
        Ok(promise(async move {
            let Some(then) = then else {
                return Ok(false.into());
            };
            let decide = move |live: &Live| {
                if reads.are_the_same(&then, &live.kv) && live.kv.has_whole_pieces(&batch) {
                    Ok((Some(batch), ()))
                } else {
                    Err(())
                }
            };
            match store.transact(decide).await {
                Ok(()) => Ok(true.into()),
                Err(TransactError::Refused(())) => Ok(false.into()),
                Err(TransactError::Storage(error)) => Err(thrown(error)),
            }
        }))
    }

    /// The value of `key`, now or in the state held as `held`.
    ///
    /// # Errors
    /// Where the store is closed or broken, or nothing is held under that number.
    pub fn get(&self, key: &[u8], held: Option<u32>) -> Thrown<Option<Uint8Array>> {
        self.look(held, |kv| kv.get(key).map(Uint8Array::from))
    }

    /// The pairs under `prefix` and behind `after`, at most `limit`, and no more behind the one
    /// that reaches `len` bytes. The package's own are among them only if the prefix names them.
    ///
    /// # Errors
    /// As for [`get`](Self::get).
    pub fn scan(
        &self,
        prefix: &[u8],
        after: &[u8],
        limit: u32,
        len: u32,
        held: Option<u32>,
    ) -> Thrown<Uint8Array> {
        let pairs = self.look(held, |kv| {
            let are_wanted = prefix.starts_with(values::RESERVED);
            let behind = kv.scan_after(prefix, after);
            let wanted = behind.filter(|(key, _)| are_wanted || !key.starts_with(values::RESERVED));
            pairs::encode(wanted, limit as usize, len as usize)
        })?;
        Ok(Uint8Array::from(pairs.as_slice()))
    }

    /// Holds the state of this moment still; costs nothing but the memory of what changes after it.
    ///
    /// # Errors
    /// Where the store is closed or broken.
    pub fn hold(&self) -> Thrown<u32> {
        let kv = self.look(None, Kv::clone)?;
        let number = self.last_held.get().wrapping_add(1);
        self.last_held.set(number);
        self.held.borrow_mut().push((number, kv));
        Ok(number)
    }

    /// Lets go of a state that was held.
    pub fn release(&self, held: u32) {
        self.held.borrow_mut().retain(|(number, _)| *number != held);
    }

    /// Begins or ends to remember what is applied, for [`drain`](Self::drain).
    ///
    /// # Errors
    /// Where the store is closed or broken.
    pub fn listen(&self, on: bool) -> Thrown<()> {
        self.store()?.read(|live| live.listen(on)).map_err(thrown)
    }

    /// The encoded batches that were applied since the last call, in order.
    ///
    /// # Errors
    /// Where the store is closed or broken.
    pub fn drain(&self) -> Thrown<Vec<Uint8Array>> {
        let batches = self.store()?.read(Live::drain).map_err(thrown)?;
        Ok(batches
            .iter()
            .map(|batch| Uint8Array::from(batch.as_slice()))
            .collect())
    }

    /// How many commits there have been.
    ///
    /// # Errors
    /// Where the store is closed.
    pub fn commits(&self) -> Thrown<JsValue> {
        if let Some(loaded) = &self.loaded {
            return Ok(object::count(loaded.report.lsn.get()));
        }
        Ok(object::count(self.store()?.status().lsn.get()))
    }

    /// How the store stands, and what recovery did.
    ///
    /// # Errors
    /// Where the store is closed or broken.
    pub fn status(&self) -> Thrown<JsValue> {
        if let Some(Loaded { home, live, report }) = self.loaded.as_deref() {
            return Ok(report::loaded(home, live.kv.len(), report));
        }
        let store = self.store()?;
        let keys = store.read(|live| values::count(&live.kv)).map_err(thrown)?;
        Ok(report::status(&store.status(), keys, store.recovery()))
    }

    /// Saves the whole state now; `alone` keeps nothing else.
    ///
    /// # Errors
    /// What [`Store::snapshot`] and [`Store::compact`] say, by the promise.
    pub fn snapshot(&self, alone: bool) -> Thrown<Promise> {
        let store = self.store()?;
        Ok(promise(async move {
            let taken = if alone {
                store.compact().await
            } else {
                store.snapshot().await
            };
            Ok(report::snapshot(&taken.map_err(thrown)?))
        }))
    }

    /// Ends the engine; nothing may be under way any more.
    ///
    /// # Errors
    /// What [`Store::close`] says, by the promise.
    pub fn close(&self) -> Promise {
        self.held.borrow_mut().clear();
        let store = self.store.borrow_mut().take();
        promise(async move {
            if let Some(store) = store {
                store.close().await.map_err(thrown)?;
            }
            Ok(JsValue::UNDEFINED)
        })
    }
}

/// A quarter of the memory that is kept free, for pages of answers, segments, pieces of snapshots.
/// In bytes.
const ROOM: usize = 16 << 20;

/// An engine's home, kept by what keeps the store.
pub(super) enum HomeOf {
    Open(Store<Live, Home>),
    Loaded(Rc<Loaded>),
}

impl Deref for HomeOf {
    type Target = Home;

    fn deref(&self) -> &Home {
        match self {
            Self::Open(store) => store.backend(),
            Self::Loaded(loaded) => &loaded.home,
        }
    }
}

impl Engine {
    pub(super) fn home(&self) -> Thrown<HomeOf> {
        match &self.loaded {
            Some(loaded) => Ok(HomeOf::Loaded(Rc::clone(loaded))),
            None => self.store().map(HomeOf::Open),
        }
    }

    fn store(&self) -> Thrown<Store<Live, Home>> {
        let store = self.store.borrow().clone();
        store.ok_or_else(closed)
    }

    fn look<R>(&self, held: Option<u32>, look: impl FnOnce(&Kv) -> R) -> Thrown<R> {
        let Some(number) = held else {
            if let Some(loaded) = &self.loaded {
                return Ok(look(&loaded.live.kv));
            }
            return self.store()?.read(|live| look(&live.kv)).map_err(thrown);
        };
        let message = "the transaction's view of the database is gone";
        self.held_as(number, look).ok_or_else(|| {
            object::object([
                ("kind", "Conflict".into()),
                ("remedy", "retry".into()),
                ("message", message.into()),
                ("cause", "".into()),
            ])
        })
    }

    fn held_as<R>(&self, number: u32, look: impl FnOnce(&Kv) -> R) -> Option<R> {
        let held = self.held.borrow();
        let found = held.iter().find(|(other, _)| *other == number);
        found.map(|(_, kv)| look(kv))
    }
}

/// A database that was read and not opened.
pub(super) struct Loaded {
    home: Home,
    live: Live,
    report: RecoveryReport,
}

pub(super) fn closed() -> JsValue {
    thrown(PersistenceError::Codec {
        action: "use the database",
        reason: "it is closed, or was opened for reading only".into(),
    })
}

/// Boxed, so that one copy of what turns futures into promises serves all of them.
pub(super) fn promise(future: impl Future<Output = Thrown<JsValue>> + 'static) -> Promise {
    future_to_promise(Noted(Box::pin(future)))
}

/// The batch, with the marker of the package's values if the store has none yet.
fn decode(batch: &[u8], store: &Store<Live, Home>) -> Thrown<KvBatch> {
    let mut batch = KvCodec::decode(batch).map_err(|error: CodecError| {
        thrown(PersistenceError::Codec {
            action: "decode the batch",
            reason: error.to_string(),
        })
    })?;
    values::mark_first(&mut batch, store).map_err(thrown)?;
    Ok(batch)
}
