//! Commits in the order in which they were submitted.
//!
//! A tab numbers its commits, and the store remembers the last number that it applied of each tab:
//! that makes a retry harmless. It is true only if no commit overtakes another. [`Store::submit`]
//! keeps the order while there is room in the store's queue; where there is none it waits, and two
//! who wait may pass each other. So one task submits for all.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Function, Promise};
use steadfast_core::{KvBatch, Result, Store};
use wasm_bindgen::JsValue;

use super::error::thrown;
use super::home::Home;
use super::live::Live;
use crate::task::spawn;

/// A commit, and whom to tell.
struct Job {
    batch: KvBatch,
    resolve: Function,
    reject: Function,
}

/// The line in front of a store.
#[derive(Default)]
pub(super) struct Line {
    waiting: RefCell<VecDeque<Job>>,
    moving: Cell<bool>,
}

impl Line {
    /// Puts a commit in line; the promise is settled when it is durable and applied, or has failed.
    pub(super) fn submit(self: &Rc<Self>, store: &Store<Live, Home>, batch: KvBatch) -> Promise {
        let mut batch = Some(batch);
        let promise = Promise::new(&mut |resolve, reject| {
            // The executor is called once.
            if let Some(batch) = batch.take() {
                self.waiting.borrow_mut().push_back(Job {
                    batch,
                    resolve,
                    reject,
                });
            }
        });
        if !self.moving.replace(true) {
            spawn(move_along(Rc::clone(self), store.clone()));
        }
        promise
    }

    /// Whether nobody is left in it: then nobody moves it along, either.
    fn ends(&self) -> bool {
        let is_empty = self.waiting.borrow().is_empty();
        self.moving.set(!is_empty);
        is_empty
    }

    fn next(&self) -> Option<Job> {
        let next = self.waiting.borrow_mut().pop_front();
        self.moving.set(next.is_some());
        next
    }
}

async fn move_along(line: Rc<Line>, store: Store<Live, Home>) {
    while let Some(job) = line.next() {
        let Job {
            batch,
            resolve,
            reject,
        } = job;
        match store.submit(batch).await {
            Ok(ticket) => {
                let answer = async move {
                    let settled = ticket.wait().await.map(drop);
                    settle(settled, &resolve, &reject);
                };
                // The last in line sees to the flush of all, without a task of its own; who comes
                // meanwhile begins a new line.
                if line.ends() {
                    return answer.await;
                }
                spawn(answer);
            }
            Err(error) => settle(Err(error), &resolve, &reject),
        }
    }
}

/// Nothing that a promise's functions do can fail.
fn settle(outcome: Result<()>, resolve: &Function, reject: &Function) {
    let _ = match outcome {
        Ok(()) => resolve.call0(&JsValue::UNDEFINED),
        Err(error) => reject.call1(&JsValue::UNDEFINED, &thrown(error)),
    };
}
