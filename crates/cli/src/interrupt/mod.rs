//! What happens when somebody interrupts the program: Ctrl-C, a closed terminal, `kill`.
//!
//! Without a word from here the system ends the program, and that is right for most commands: what they save is whole or not there. A
//! command with something to tidy up hands in a closure.

/// Has a thread call `handler` at each interrupt, instead of the end of the program.
///
/// Best effort: where the system has no thread left to give, an interrupt ends the program at once, as a kill does.
pub(crate) fn on_interrupt(handler: impl FnMut() + Send + 'static) {
    let _ = ctrlc::set_handler(handler);
}
