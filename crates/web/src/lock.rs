//! One writer among all tabs and workers of a site: a Web Lock.
//!
//! The browser grants the lock to a callback and takes it back when the promise that the callback
//! returned is settled, or when the tab or worker ends, however it ends: so no stale lock is ever
//! left. Dropping [`Lock`] settles that promise. A tab may be told to take the lock from one that
//! hangs; the loser learns of it as soon as it runs again, and until then the fence in the database
//! keeps it out.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

use crate::error::BrowserError;
use crate::global;
use crate::slot::{Sender, detached, slot};
use crate::task::spawn;
use crate::timer::sleep;

/// What an open does while another tab or worker writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenLocked {
    /// Waits so long for it to end, then gives up with
    /// [`Locked`](steadfast_core::PersistenceError::Locked). A moment is worth waiting: the page
    /// that is being reloaded may not quite be gone.
    Wait(Duration),
    /// Waits until it ends. Tabs that wait get their turn in the order in which they came.
    WaitForever,
    /// Takes the lock away from it. For a writer that hangs: what that one acknowledged is kept,
    /// its next commit is refused as [`Fenced`](steadfast_core::PersistenceError::Fenced).
    TakeOver,
}

impl WhenLocked {
    /// How long an open has waited that gave up.
    pub(crate) fn limit(self) -> Duration {
        match self {
            Self::Wait(limit) => limit,
            Self::WaitForever | Self::TakeOver => Duration::ZERO,
        }
    }
}

/// Longer than a reload needs to let go of what it replaces.
const PATIENCE: Duration = Duration::from_secs(2);

impl Default for WhenLocked {
    /// Waits two seconds.
    fn default() -> Self {
        Self::Wait(PATIENCE)
    }
}

/// The lock, held until this is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    release: Function,
    is_lost: Rc<Cell<bool>>,
}

impl Lock {
    /// Whether another tab has taken it.
    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost.get()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Settling a promise throws nothing.
        let _ = self.release.call0(&JsValue::UNDEFINED);
    }
}

/// How asking for the lock ended.
pub(crate) enum Outcome {
    /// It is ours.
    Held(Lock),
    /// Somebody else has it.
    Taken,
    /// There are no locks between tabs here: a page that was not loaded over HTTPS.
    Unsupported,
}

/// Asks for the lock `name`.
pub(crate) async fn acquire(name: &str, when: WhenLocked) -> Result<Outcome, BrowserError> {
    let Some(manager) = global::locks() else {
        return Ok(Outcome::Unsupported);
    };
    // Detached: a caller that is dropped must neither keep a lock that nobody would release nor
    // leave the callback dangling.
    let name = name.to_owned();
    detached(async move { request(&manager, &name, when).await }).await
}

async fn request(manager: &JsValue, name: &str, when: WhenLocked) -> Result<Outcome, BrowserError> {
    let (sender, granted) = slot();
    let patience = Rc::new(RefCell::new(None));
    let options = Object::new();
    let set = |name: &str, value: &JsValue| Reflect::set(&options, &JsValue::from_str(name), value);
    set("mode", &JsValue::from_str("exclusive"))?;
    match when {
        WhenLocked::TakeOver => set("steal", &JsValue::TRUE)?,
        WhenLocked::WaitForever => true,
        WhenLocked::Wait(limit) if limit.is_zero() => set("ifAvailable", &JsValue::TRUE)?,
        WhenLocked::Wait(limit) => {
            let controller = AbortController::new()?;
            let is_set = set("signal", &controller.signal())?;
            *patience.borrow_mut() = Some(controller);
            let (patience, manager) = (Rc::clone(&patience), manager.clone());
            let name = name.to_owned();
            spawn(async move {
                sleep(limit).await;
                // A browser that is busy may take longer to grant what nobody holds: that is no
                // reason to give up.
                while patience.borrow().is_some() && !is_held(&manager, &name).await {
                    sleep(limit).await;
                }
                if let Some(controller) = patience.borrow_mut().take() {
                    controller.abort();
                }
            });
            is_set
        }
    };
    let is_lost = Rc::new(Cell::new(false));
    let callback = on_grant(sender.clone(), Rc::clone(&is_lost));
    let request: Function = Reflect::get(manager, &JsValue::from_str("request"))?.dyn_into()?;
    let settled: Promise = request
        .call3(
            manager,
            &JsValue::from_str(name),
            &options,
            callback.as_ref(),
        )?
        .dyn_into()?;
    spawn(async move {
        let ended = JsFuture::from(settled).await;
        // Before the grant this is the end of patience, after it the lock was taken from us.
        is_lost.set(true);
        sender.send(match ended {
            Err(error) => refused(error.into()),
            Ok(_) => Ok(Outcome::Taken),
        });
        drop(callback);
    });
    let outcome = granted.await;
    patience.borrow_mut().take();
    outcome
}

/// Whether somebody has the lock; yes where the browser does not tell.
async fn is_held(manager: &JsValue, name: &str) -> bool {
    held_names(manager)
        .await
        .map_or(true, |names| names.iter().any(|held| held == name))
}

async fn held_names(manager: &JsValue) -> Result<Vec<String>, BrowserError> {
    let query: Function = Reflect::get(manager, &JsValue::from_str("query"))?.dyn_into()?;
    let snapshot: Promise = query.call0(manager)?.dyn_into()?;
    let snapshot = JsFuture::from(snapshot).await?;
    let held: Array = Reflect::get(&snapshot, &JsValue::from_str("held"))?.dyn_into()?;
    let name_of = |lock: JsValue| {
        Reflect::get(&lock, &JsValue::from_str("name"))
            .ok()?
            .as_string()
    };
    Ok(held.iter().filter_map(name_of).collect())
}

fn refused(error: BrowserError) -> Result<Outcome, BrowserError> {
    if error.name == "AbortError" {
        Ok(Outcome::Taken)
    } else {
        Err(error)
    }
}

/// What the browser calls with the lock, or with `null` where it is not to be had. Its promise is
/// the time for which the lock is held.
fn on_grant(
    sender: Sender<Result<Outcome, BrowserError>>,
    is_lost: Rc<Cell<bool>>,
) -> Closure<dyn FnMut(JsValue) -> JsValue> {
    Closure::new(move |lock: JsValue| {
        if lock.is_null() {
            sender.send(Ok(Outcome::Taken));
            return JsValue::UNDEFINED;
        }
        let mut release = None;
        let held = Promise::new(&mut |resolve, _reject| release = Some(resolve));
        if let Some(release) = release {
            let is_lost = Rc::clone(&is_lost);
            sender.send(Ok(Outcome::Held(Lock { release, is_lost })));
        }
        held.into()
    })
}
