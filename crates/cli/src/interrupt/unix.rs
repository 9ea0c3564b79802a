//! Interrupts on Unix are signals: SIGINT, SIGTERM, SIGHUP.
//!
//! The thread comes first, and installs the handlers itself: handlers without a thread that acts on
//! them would swallow the signals for good.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::Builder;

use libc::{SIGHUP, SIGINT, SIGTERM, c_int};
use signal_hook::iterator::Signals;

pub(super) fn on_interrupt(mut handler: impl FnMut() + Send + 'static) {
    let wanted: Vec<c_int> = [SIGINT, SIGTERM, SIGHUP]
        .into_iter()
        .filter(|signal| !is_ignored(*signal))
        .collect();
    if wanted.is_empty() {
        return;
    }
    let (installed, is_installed) = channel::<io::Result<()>>();
    let spawned = Builder::new().name("interrupt".to_owned()).spawn(move || {
        let mut signals = match Signals::new(&wanted) {
            Ok(signals) => signals,
            Err(error) => return drop(installed.send(Err(error))),
        };
        for signal in wanted {
            // The system has taken a handler for it already; without the flags the thread may be a
            // little late, and what is said last may wait, and that is all.
            let _ = signal_hook::flag::register(signal, Arc::clone(&super::CAME));
            let nothing_is_left = Arc::clone(&super::NOTHING_IS_LEFT);
            let _ = signal_hook::flag::register_conditional_shutdown(
                signal,
                super::EXIT_CODE,
                nothing_is_left,
            );
        }
        let _ = installed.send(Ok(()));
        for _ in signals.forever() {
            handler();
        }
    });
    if spawned.is_ok() {
        // Nothing that needs tidying up may begin before; whether it worked makes no difference to
        // the caller.
        let _ = is_installed.recv();
    }
}

/// Whether the program was started with the signal ignored. Where the system does not say, it was
/// not.
#[expect(
    unsafe_code,
    reason = "no safe interface looks at a signal without changing it"
)]
fn is_ignored(signal: c_int) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: the new action is null, so nothing is changed; `action` is writable and as long as
    // the call expects.
    let answer = unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) };
    // SAFETY: it was zeroed, which is a value of this plain structure, and the call has filled it
    // where it answered 0.
    let action = unsafe { action.assume_init() };
    answer == 0 && action.sa_sigaction == libc::SIG_IGN
}
