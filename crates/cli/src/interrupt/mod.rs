//! What happens when somebody interrupts the program: Ctrl-C, a closed terminal, `kill`.
//!
//! Without a word from here the system ends the program, and that is right for most commands: what they save is whole or not there. A
//! command with something to tidy up hands in a closure. Signals that whoever started the program had it ignore (`nohup`, the
//! background of a script) stay ignored.

#[cfg(not(unix))]
#[path = "elsewhere.rs"]
mod system;
#[cfg(unix)]
#[path = "unix.rs"]
mod system;

/// The exit code of a program that was interrupted.
pub(crate) const EXIT_CODE: i32 = 130;

/// Has a thread call `handler` at each interrupt, instead of the end of the program.
///
/// Best effort: where the system has no thread left to give, an interrupt ends the program at once, as a kill does.
pub(crate) fn on_interrupt(handler: impl FnMut() + Send + 'static) {
    system::on_interrupt(handler);
}
