//! How much room the browser grants, and whether it may take the data away.
//!
//! Storage is "best effort" unless the site asked for more: under pressure the browser evicts whole
//! sites, oldest first. [`persist`] asks the browser to spare this one.

use js_sys::Promise;
use steadfast_core::{PersistenceError, Result};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::StorageManager;

use crate::error::{BrowserError, failed};
use crate::{global, number};

/// What the browser estimates for this site, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageEstimate {
    /// What the site uses, all of its stores and caches together.
    pub usage: u64,
    /// What it may use.
    pub quota: u64,
}

/// Use and quota of this site.
///
/// # Errors [`PersistenceError::PermissionDenied`] or [`PersistenceError::Io`] where the browser
/// does not tell.
pub async fn estimate() -> Result<StorageEstimate> {
    let answer = ask("estimate", StorageManager::estimate).await?;
    let estimate: web_sys::StorageEstimate = answer.unchecked_into();
    let count = |bytes: Option<f64>| bytes.and_then(number::from_js).unwrap_or(0);
    Ok(StorageEstimate {
        usage: count(estimate.get_usage()),
        quota: count(estimate.get_quota()),
    })
}

/// Asks the browser never to evict this site's data by itself; `false` where it declines.
///
/// Firefox asks the person; Chromium decides by how the site is used. Workers may not ask.
///
/// # Errors
/// As for [`estimate`].
pub async fn persist() -> Result<bool> {
    Ok(ask("persist", StorageManager::persist).await?.is_truthy())
}

/// Whether the browser has promised not to evict this site's data by itself.
///
/// # Errors
/// As for [`estimate`].
pub async fn is_persisted() -> Result<bool> {
    Ok(ask("persisted", StorageManager::persisted)
        .await?
        .is_truthy())
}

async fn ask(
    method: &str,
    call: impl FnOnce(&StorageManager) -> Result<Promise, JsValue>,
) -> Result<JsValue> {
    let told = |error: &BrowserError| -> PersistenceError {
        failed("ask the browser about", "its storage", error)
    };
    let storage = global::storage()
        .filter(|storage| {
            js_sys::Reflect::has(storage, &JsValue::from_str(method)).unwrap_or(false)
        })
        .ok_or_else(|| {
            told(&BrowserError::new(
                "NotSupportedError",
                format!("there is no navigator.storage.{method} here (it needs a page loaded over HTTPS)"),
            ))
        })?;
    let promise = call(&storage).map_err(|error| told(&error.into()))?;
    JsFuture::from(promise)
        .await
        .map_err(|error| told(&error.into()))
}
