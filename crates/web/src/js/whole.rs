//! What is called seldom, in a build of its own: checking, backups, evidence, deletion.
//!
//! A page with IndexedDB loads the engine without these and fetches the whole one when it needs
//! them. The two share nothing but the database and what is handed from one to the other as bytes.
//! A page with OPFS, whose files are open to one handle only, loads the whole engine at first.

use js_sys::Promise;
use steadfast_core::{VerifyReport, verify};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::disk::{Disk, Purpose};
use super::engine::{Engine, Thrown, promise};
use super::error::thrown;
use super::home::Home;
use super::object::{array, count, object};
use super::{report, streams};
use crate::WhenLocked;

#[wasm_bindgen]
impl Engine {
    /// Checks every checksum of the engine's store.
    ///
    /// # Errors
    /// What [`verify`] says, by the promise. Damage is in the report.
    pub fn verify(&self) -> Thrown<Promise> {
        let home = self.home()?;
        Ok(promise(async move {
            let report = verify(&*home).await.map_err(thrown)?;
            Ok(verified(&report))
        }))
    }

    /// Checks every checksum of a store that another engine may have open.
    ///
    /// # Errors
    /// As for [`verify`](Self::verify).
    #[wasm_bindgen(js_name = verifyAt)]
    pub fn verify_at(storage: String, name: String) -> Promise {
        promise(async move {
            let home = open(&storage, &name, Purpose::Read).await?;
            let report = verify(&home).await.map_err(thrown)?;
            Ok(verified(&report))
        })
    }

    /// Everything that is stored in a home, sound or not, as its streams: the evidence.
    ///
    /// # Errors
    /// What the backend says.
    pub fn rescue(storage: String, name: String) -> Promise {
        promise(async move {
            let home = open(&storage, &name, Purpose::Read).await?;
            streams::give(&home).await.map_err(thrown)
        })
    }

    /// Deletes a home with everything in it.
    ///
    /// # Errors
    /// What the backend says.
    pub fn destroy(storage: String, name: String) -> Promise {
        promise(async move {
            if storage != "memory" {
                Disk::destroy(&name).await.map_err(thrown)?;
            }
            Ok(JsValue::UNDEFINED)
        })
    }
}

async fn open(storage: &str, name: &str, purpose: Purpose) -> Thrown<Home> {
    Home::open(storage, name, purpose, WhenLocked::default())
        .await
        .map_err(thrown)
}

/// What a check of everything found.
fn verified(report: &VerifyReport) -> JsValue {
    object([
        ("sound", report.is_sound().into()),
        ("damage", array(report.damage.iter().cloned().map(thrown))),
        ("torn", report::torn(report.torn.as_ref())),
        ("manifests", count(report.manifests)),
        ("snapshots", count(report.snapshots)),
        ("segments", count(report.segments)),
        ("commits", count(report.commits)),
        ("bytes", count(report.bytes)),
    ])
}
