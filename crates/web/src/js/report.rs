//! Reports as plain objects.

use js_sys::{Array, Reflect};
use steadfast_core::{
    PersistenceError, RecoveryReport, SnapshotInfo, StorageBackend, StoreStatus, Survives, TornTail,
};
use wasm_bindgen::JsValue;

use super::error::thrown;
use super::home::Home;
use super::object::{array, count, object};

/// How the store stands, with how many keys it has and what recovery did.
pub(super) fn status(status: &StoreStatus, keys: usize, recovery: &RecoveryReport) -> JsValue {
    object([
        ("location", status.location.as_str().into()),
        ("survives", survives(status.survives).into()),
        ("keys", count(keys as u64)),
        ("commits", count(status.lsn.get())),
        ("epoch", count(status.epoch.get())),
        ("segments", count(status.segments)),
        ("logLength", count(status.log_len)),
        ("spareLength", count(status.spare_len)),
        ("snapshots", array(status.snapshots.iter().map(snapshot))),
        ("recovery", of_recovery(recovery)),
    ])
}

/// The same for a store that was only loaded.
pub(super) fn loaded(home: &Home, keys: usize, recovery: &RecoveryReport) -> JsValue {
    object([
        ("location", home.location().as_str().into()),
        ("survives", survives(home.survives()).into()),
        ("keys", count(keys as u64)),
        ("commits", count(recovery.lsn.get())),
        ("epoch", count(recovery.epoch.get())),
        ("segments", count(recovery.segments_read)),
        ("logLength", count(0)),
        ("spareLength", count(0)),
        ("snapshots", Array::new().into()),
        ("recovery", of_recovery(recovery)),
    ])
}

/// A snapshot that is kept.
pub(super) fn snapshot(snapshot: &SnapshotInfo) -> JsValue {
    object([
        ("commits", count(snapshot.lsn.get())),
        ("length", count(snapshot.len)),
    ])
}

fn of_recovery(report: &RecoveryReport) -> JsValue {
    let used = report.snapshot.map_or(JsValue::NULL, |used| {
        object([
            ("commits", count(used.lsn.get())),
            ("length", count(used.len)),
        ])
    });
    let skipped = report.skipped.iter();
    object([
        ("clean", report.is_clean().into()),
        ("created", (report.manifest.get() == 0).into()),
        ("snapshot", used),
        ("replayed", count(report.replayed)),
        ("commits", count(report.lsn.get())),
        ("torn", torn(report.torn.as_ref())),
        (
            "skipped",
            array(skipped.map(|it| about(it.key.as_str(), &it.error))),
        ),
    ])
}

/// The error, with the key that it is about.
fn about(key: &str, error: &PersistenceError) -> JsValue {
    let thrown = thrown(error.clone());
    // A property of a fresh object can always be set.
    let _ = Reflect::set(&thrown, &"key".into(), &key.into());
    thrown
}

/// Where the log's end is torn, if it is.
pub(super) fn torn(torn: Option<&TornTail>) -> JsValue {
    torn.map_or(JsValue::NULL, |torn| {
        object([
            ("key", torn.key.as_str().into()),
            ("offset", count(torn.offset)),
            ("length", count(torn.len)),
        ])
    })
}

const fn survives(survives: Survives) -> &'static str {
    match survives {
        Survives::PowerLoss => "power-loss",
        Survives::ProcessCrash => "process-crash",
        Survives::Nothing => "nothing",
    }
}
