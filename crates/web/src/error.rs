//! Turns the browser's errors into errors that a caller can act on.
//!
//! A `DOMException` lives on one thread, and its name is what matters: `QuotaExceededError`,
//! `AbortError`, `VersionError`. So its name and its message are taken out at once, and kept as the
//! source of the error that the caller gets.

use std::fmt;
use std::sync::Arc;

use js_sys::Reflect;
use steadfast_core::{PersistenceError, Source};
use wasm_bindgen::JsValue;

/// What the browser reported: the name and the message of its exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserError {
    /// The exception's name, such as `QuotaExceededError`.
    pub name: String,
    /// The exception's message; may be empty.
    pub message: String,
}

impl BrowserError {
    /// An error of our own making, with a name that no browser uses for it.
    pub(crate) fn new(name: &str, message: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            message: message.into(),
        }
    }

    /// As the source of an error.
    pub(crate) fn source(&self) -> Source {
        Arc::new(self.clone())
    }
}

impl fmt::Display for BrowserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.as_str(), self.message.as_str()) {
            (name, "") => f.write_str(name),
            ("", message) => f.write_str(message),
            (name, message) => write!(f, "{name}: {message}"),
        }
    }
}

impl std::error::Error for BrowserError {}

/// Anything can be thrown; exceptions and errors have a name and a message.
impl From<JsValue> for BrowserError {
    fn from(thrown: JsValue) -> Self {
        let text = |name: &str| {
            let found = Reflect::get(&thrown, &JsValue::from_str(name)).ok()?;
            found.as_string()
        };
        match text("name") {
            Some(name) => Self {
                name,
                message: text("message").unwrap_or_default(),
            },
            None => Self::new(
                "",
                thrown
                    .as_string()
                    .unwrap_or_else(|| "no reason given".into()),
            ),
        }
    }
}

/// Sorts the browser's error into the kinds a caller acts on.
pub(crate) fn failed(action: &'static str, place: &str, error: &BrowserError) -> PersistenceError {
    let place = place.to_owned();
    let source = error.source();
    match error.name.as_str() {
        "QuotaExceededError" => PersistenceError::StorageFull {
            action,
            place,
            source,
        },
        "SecurityError" | "NotAllowedError" => PersistenceError::PermissionDenied {
            action,
            place,
            source,
        },
        _ => PersistenceError::Io {
            action,
            place,
            source,
        },
    }
}

/// The handle died of `cause`.
pub(crate) fn poisoned(cause: &PersistenceError) -> PersistenceError {
    PersistenceError::Poisoned {
        cause: Arc::new(cause.clone()),
    }
}
