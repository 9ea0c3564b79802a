//! Turns panics of the user's functions into errors.
//!
//! If panics abort, as in a browser, there is nothing to catch.

use std::any::Any;

use crate::codec::CodecError;
use crate::error::{PersistenceError, Result};
use crate::ids::Lsn;
use crate::state::State;

/// The payload of a panic, to be passed on.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Runs a function whose panics do no harm. Returns the payload of a panic.
#[cfg(panic = "unwind")]
pub(crate) fn catch<T>(function: impl FnOnce() -> T) -> Result<T, Payload> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(function))
}

/// Runs a function. A panic ends the program.
#[cfg(not(panic = "unwind"))]
pub(crate) fn catch<T>(function: impl FnOnce() -> T) -> Result<T, Payload> {
    Ok(function())
}

/// Applies a commit. After an error the state may be half changed and must not be used any more.
pub(crate) fn apply<S: State>(state: &mut S, commit: Lsn, operation: S::Operation) -> Result<()> {
    catch(|| state.apply(operation)).map_err(|payload| PersistenceError::ApplyPanicked {
        commit,
        message: message(payload.as_ref()),
    })
}

/// Returns the result of a function that only reads or decodes. A panic in it becomes an error of
/// the codec.
pub(crate) fn caught<T>(
    name: &str,
    function: impl FnOnce() -> Result<T, CodecError>,
) -> Result<T, CodecError> {
    catch(function).unwrap_or_else(|payload| {
        let message = message(payload.as_ref());
        Err(CodecError::new(format!("{name} panicked: {message}")))
    })
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a message").to_owned()
}
