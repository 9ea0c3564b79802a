//! An import, shared by those who may have to go on with it while the source does not.
//!
//! ```text
//! reads records ──► takes them                      ──► closes the store at the end
//! an interrupt ───► commits what was read           ──► closes the store, ends the program
//! every tick ─────► commits what has waited long
//! ```
//! Whoever ends the program takes the importer out, and holds the lock meanwhile.

use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::gate::Gate;
use super::importer::Importer;
use crate::failure::{Exit, Failure};
use crate::interrupt;

/// How often somebody looks whether a record has waited for long.
const TICK: Duration = Duration::from_millis(250);

#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Option<Importer>>>);

impl Shared {
    pub(super) fn new(importer: Importer) -> Self {
        Self(Arc::new(Mutex::new(Some(importer))))
    }

    /// Does something with the import, unless somebody has ended it.
    pub(super) fn with<T>(
        &self,
        act: impl FnOnce(&mut Importer) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.hold().as_mut().map_or_else(|| Err(ended()), act)
    }

    /// Ends the import; the caller goes on with it.
    pub(super) fn take(&self) -> Result<Importer, Failure> {
        self.hold().take().ok_or_else(ended)
    }

    /// An interrupt ends the import, and saves first what was read.
    pub(super) fn end_when_interrupted(&self, gate: &Gate) {
        let (shared, gate) = (self.clone(), gate.clone());
        interrupt::on_interrupt(move || {
            // Otherwise the thread that reads ends the import, once it has used up what it has
            // read.
            if gate.close() {
                let mut held = shared.hold();
                if let Some(importer) = held.take() {
                    end(importer.interrupt());
                }
            }
        });
    }

    /// Nothing that was read waits for a source that pauses.
    pub(super) fn commit_when_the_source_pauses(&self) {
        let shared = self.clone();
        let tick = move || {
            loop {
                // No sleep: std panics where the system refuses one.
                thread::park_timeout(TICK);
                let mut held = shared.hold();
                let Some(importer) = held.as_mut() else {
                    return;
                };
                if let Err(failure) = importer.commit_what_waits() {
                    // The thread that reads may not hear of it for long.
                    importer.clear_bar();
                    end(failure);
                }
            }
        };
        let spawned = thread::Builder::new().name("pause".to_owned()).spawn(tick);
        if spawned.is_err() {
            // Slower, but nothing waits.
            let _ = self.with(|importer| {
                importer.batch_no_more();
                Ok(())
            });
        }
    }

    fn hold(&self) -> MutexGuard<'_, Option<Importer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ended() -> Failure {
    Failure::new(Exit::Interrupted, "interrupted")
}

fn end(failure: Failure) -> ! {
    let exit_code = i32::from(failure.exit_code());
    interrupt::nothing_is_left();
    interrupt::say_last(move || failure.tell());
    process::exit(exit_code)
}
