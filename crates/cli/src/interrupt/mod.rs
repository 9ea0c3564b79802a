//! What happens when somebody interrupts the program: Ctrl-C, a closed terminal, `kill`.
//!
//! Without a word from here the system ends the program, and that is right for most commands: what
//! they save is whole or not there. A command with something to tidy up hands in a closure. Signals
//! that whoever started the program had it ignore (`nohup`, the background of a script) stay
//! ignored.
//!
//! Ctrl-C goes to every program of a pipe, one after the other: the end of the input that it brings
//! about can be here before it is itself. So whoever takes an end of input for a reason to save
//! asks [`came_with_the_end`] first.

#[cfg(not(unix))]
#[path = "elsewhere.rs"]
mod system;
#[cfg(unix)]
#[path = "unix.rs"]
mod system;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// How much later than the end of a pipe the interrupt can come that ended whoever wrote into it.
/// The system sends one signal to all of them in microseconds.
const GRACE: Duration = Duration::from_millis(5);

/// Set by the handler itself, before the thread that acts on it runs.
static CAME: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// The exit code of a program that was interrupted.
pub(crate) const EXIT_CODE: i32 = 130;

/// Has a thread call `handler` at each interrupt, instead of the end of the program.
///
/// Best effort: where the system has no thread left to give, an interrupt ends the program at once,
/// as a kill does.
pub(crate) fn on_interrupt(handler: impl FnMut() + Send + 'static) {
    system::on_interrupt(handler);
}

/// Whether the input ended because of an interrupt, for which a handler is there or on its way.
/// `may_lag` where another program ends the input: that program may have met the interrupt first.
pub(crate) fn came_with_the_end(may_lag: bool) -> bool {
    let has_come = || CAME.load(Ordering::SeqCst);
    if may_lag && !has_come() {
        std::thread::sleep(GRACE);
    }
    has_come()
}

/// Waits for the handler to end the program.
pub(crate) fn wait_for_the_end() -> ! {
    loop {
        std::thread::park();
    }
}
