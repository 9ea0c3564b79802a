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
//!
//! Whoever waits while there is a handler waits for ever, unless the handler can end that: a
//! program that lives and neither reads nor writes keeps nobody from being interrupted. So what
//! waits for room in the output asks [`has_come`]; a command that has nothing left to tidy up says
//! [`nothing_is_left`]; and what an interrupted command has to say is said with [`say_last`].

#[cfg(not(unix))]
#[path = "elsewhere.rs"]
mod system;
#[cfg(unix)]
#[path = "unix.rs"]
mod system;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How much later than the end of a pipe the interrupt can come that ended whoever wrote into it.
/// The system sends one signal to all of them in microseconds.
const GRACE: Duration = Duration::from_millis(5);

/// Set by the handler itself, before the thread that acts on it runs.
static CAME: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// How long the last words of an interrupted program wait for somebody who reads them.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Set once an interrupt may end the program at once.
static NOTHING_IS_LEFT: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// The exit code of a program that was interrupted.
pub(crate) const EXIT_CODE: i32 = 130;

/// Has a thread call `handler` at each interrupt, instead of the end of the program.
///
/// Best effort: where the system has no thread left to give, an interrupt ends the program at once,
/// as a kill does.
pub(crate) fn on_interrupt(handler: impl FnMut() + Send + 'static) {
    system::on_interrupt(handler);
}

/// Whether somebody has interrupted the program, for which there is a handler.
pub(crate) fn has_come() -> bool {
    CAME.load(Ordering::SeqCst)
}

/// From now on an interrupt ends the program at once: there is nothing left to tidy up.
pub(crate) fn nothing_is_left() {
    NOTHING_IS_LEFT.store(true, Ordering::SeqCst);
}

/// Says something, the last thing before the end; what came of it. In a program that was
/// interrupted it waits no longer than a moment for whoever does not read it, and then answers
/// `None`. Where the system has no thread to give, only the next interrupt ends that wait.
pub(crate) fn say_last<T: Send + 'static>(say: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    if !has_come() {
        return Some(say());
    }
    let (said, is_said) = channel();
    let waiting = Arc::new(Mutex::new(Some(say)));
    let saying = Arc::clone(&waiting);
    let take = |say: &Mutex<Option<_>>| say.lock().ok().and_then(|mut say| say.take());
    let spawned = thread::Builder::new().spawn(move || {
        // Nobody may be left to hear of it.
        let _ = said.send(take(&saying).map(|say| say()));
    });
    match spawned {
        Ok(_) => is_said.recv_timeout(LAST_WORDS).ok().flatten(),
        Err(_) => take(&waiting).map(|say| say()),
    }
}

/// Whether the input ended because of an interrupt, for which a handler is there or on its way.
/// `may_lag` where another program ends the input: that program may have met the interrupt first.
pub(crate) fn came_with_the_end(may_lag: bool) -> bool {
    let begun = Instant::now();
    while may_lag && !has_come() && begun.elapsed() < GRACE {
        // No sleep: std panics where the system refuses one.
        thread::park_timeout(GRACE);
    }
    has_come()
}

/// Waits for the handler to end the program.
pub(crate) fn wait_for_the_end() -> ! {
    loop {
        thread::park();
    }
}
