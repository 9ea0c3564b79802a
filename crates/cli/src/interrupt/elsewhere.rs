//! Interrupts where there are no signals: Windows has Ctrl-C, Ctrl-Break and the closing of the
//! console.

use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(super) fn on_interrupt(mut handler: impl FnMut() + Send + 'static) {
    let came = Arc::clone(&super::CAME);
    // As the caller promises: without a handler an interrupt ends the program.
    let _ = ctrlc::set_handler(move || {
        came.store(true, Ordering::SeqCst);
        if super::NOTHING_IS_LEFT.load(Ordering::SeqCst) {
            std::process::exit(super::EXIT_CODE);
        }
        handler();
    });
}
