//! Interrupts where there are no signals: Windows has Ctrl-C, Ctrl-Break and the closing of the console.

pub(super) fn on_interrupt(handler: impl FnMut() + Send + 'static) {
    // As the caller promises: without a handler an interrupt ends the program.
    let _ = ctrlc::set_handler(handler);
}
