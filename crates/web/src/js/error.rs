//! Errors as plain objects: the same fields in the tab that writes and in the tab that asked.

use std::error::Error;

use js_sys::Reflect;
use steadfast_core::{PersistenceError, Remedy};
use wasm_bindgen::JsValue;

use super::object::{count, object};

/// The error as `{ kind, remedy, message, cause }`, with `key` and `offset` where it names a
/// damaged place.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that `map_err` wants"
)]
pub(super) fn thrown(error: PersistenceError) -> JsValue {
    let thrown = object([
        ("kind", kind(&error).into()),
        ("remedy", remedy(&error).into()),
        ("message", error.to_string().into()),
        ("cause", root_cause(&error).into()),
    ]);
    let place = match &error {
        PersistenceError::Corrupt { key, offset, .. } => Some((key, Some(*offset))),
        PersistenceError::Missing { key, .. } => Some((key, None)),
        _ => None,
    };
    if let Some((key, offset)) = place {
        // A property of a fresh object can always be set.
        let _ = Reflect::set(&thrown, &"key".into(), &key.as_str().into());
        let offset = offset.map_or(JsValue::UNDEFINED, count);
        let _ = Reflect::set(&thrown, &"offset".into(), &offset);
    }
    thrown
}

fn kind(error: &PersistenceError) -> &'static str {
    match error {
        PersistenceError::Io { .. } => "Io",
        PersistenceError::StorageFull { .. } => "StorageFull",
        PersistenceError::PermissionDenied { .. } => "PermissionDenied",
        PersistenceError::Removed { .. } => "Removed",
        PersistenceError::Evicted { .. } => "Evicted",
        PersistenceError::OutcomeUnknown { .. } => "OutcomeUnknown",
        PersistenceError::Poisoned { .. } => "Poisoned",
        PersistenceError::AlreadyExists { .. } => "AlreadyExists",
        PersistenceError::Conflict { .. } => "Conflict",
        PersistenceError::Locked { .. } => "Locked",
        PersistenceError::Fenced { .. } => "Fenced",
        PersistenceError::Corrupt { .. } => "Corrupt",
        PersistenceError::Missing { .. } => "Missing",
        PersistenceError::NewerFormat { .. } => "NewerFormat",
        PersistenceError::NotAStore { .. } => "NotAStore",
        PersistenceError::NoStore { .. } => "NoStore",
        PersistenceError::NotKept { .. } => "NotKept",
        PersistenceError::WrongState { .. } => "WrongState",
        PersistenceError::WeakBackend { .. } => "WeakBackend",
        PersistenceError::InvalidKey { .. } => "InvalidKey",
        PersistenceError::TooLarge { .. } => "TooLarge",
        PersistenceError::Codec { .. } => "Codec",
        _ => "Other",
    }
}

fn remedy(error: &PersistenceError) -> &'static str {
    match error.remedy() {
        Remedy::Retry => "retry",
        Remedy::Reopen => "reopen",
        Remedy::FreeSpace => "free-space",
        Remedy::Restore => "restore",
        _ => "change-the-call",
    }
}

/// What it all began with: the `DOMException`, as a rule.
fn root_cause(error: &PersistenceError) -> String {
    let mut cause: &dyn Error = error;
    loop {
        let next = match cause.downcast_ref::<PersistenceError>() {
            Some(error) => source(error),
            None => cause.source(),
        };
        match next {
            Some(deeper) => cause = deeper,
            None => return cause.to_string(),
        }
    }
}

fn source(error: &PersistenceError) -> Option<&(dyn Error + 'static)> {
    match error {
        PersistenceError::Poisoned { cause } => Some(cause.as_ref()),
        PersistenceError::Io { source, .. }
        | PersistenceError::StorageFull { source, .. }
        | PersistenceError::PermissionDenied { source, .. }
        | PersistenceError::OutcomeUnknown { source, .. } => Some(source.as_ref()),
        _ => None,
    }
}
