//! Handlers for a pair of the browser's events: `success` or `error`, `complete` or `abort`. One of
//! the two comes, once.
//!
//! Making a function that the browser can call, and freeing it, takes longer than handling an
//! event. So handlers are kept and used again.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use crate::slot::{Receiver, Sender, slot};

/// How many handlers are kept. More are seldom in use at once.
const SPARE_MAX: usize = 8;

thread_local! {
    static SPARE: RefCell<Vec<Rc<Handlers>>> = const { RefCell::new(Vec::new()) };
}

/// Who is told whether it went well. Empty once they have been told.
type Whom = Rc<RefCell<Option<Sender<bool>>>>;

struct Handlers {
    whom: Whom,
    good: Closure<dyn FnMut()>,
    bad: Closure<dyn FnMut()>,
}

impl Handlers {
    fn new() -> Self {
        let whom = Whom::default();
        let handler = |went_well: bool| {
            let whom = Rc::clone(&whom);
            Closure::<dyn FnMut()>::new(move || {
                let told = whom.borrow_mut().take();
                if let Some(told) = told {
                    told.send(went_well);
                }
            })
        };
        let (good, bad) = (handler(true), handler(false));
        Self { whom, good, bad }
    }
}

/// Waits for one event of the pair. Before it is dropped, either [`it has heard`](Self::has_heard),
/// or its handlers have been removed from the browser's object.
pub(super) struct Ear(Rc<Handlers>);

impl Ear {
    /// Makes one, and the receiver of its result: whether it went well.
    pub(super) fn new() -> (Self, Receiver<bool>) {
        let spare = SPARE.with_borrow_mut(Vec::pop);
        let handlers = spare.unwrap_or_else(|| Rc::new(Handlers::new()));
        let (sender, heard) = slot();
        *handlers.whom.borrow_mut() = Some(sender);
        (Self(handlers), heard)
    }

    /// The handlers for success and for failure.
    pub(super) fn handlers(&self) -> (&Function, &Function) {
        let Handlers { good, bad, .. } = &*self.0;
        (good.as_ref().unchecked_ref(), bad.as_ref().unchecked_ref())
    }

    /// Whether the event has come. No other event of the pair follows.
    pub(super) fn has_heard(&self) -> bool {
        self.0.whom.borrow().is_none()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.0.whom.borrow_mut().take();
        SPARE.with_borrow_mut(|spare| {
            if spare.len() < SPARE_MAX {
                spare.push(Rc::clone(&self.0));
            }
        });
    }
}
