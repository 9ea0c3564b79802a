//! Everything about a file, for a script.

use serde_json::{Value, json};
use steadfast::{Contents, Inspection};

use super::fault;

/// One file as JSON; lengths and offsets are in bytes.
pub(super) fn describe(inspection: &Inspection) -> Value {
    let mut explained = match &inspection.contents {
        Err(error) => json!({ "kind": fault(error), "description": error.to_string() }),
        Ok(Contents::Manifest {
            store,
            epoch,
            state,
            state_version,
            snapshots,
            segments,
        }) => json!({
            "kind": "manifest",
            "store": store.to_string(),
            "epoch": epoch.get(),
            "state": state,
            "state_version": state_version,
            "snapshots": snapshots.iter()
                .map(|(id, lsn)| json!({ "number": id.get(), "commit": lsn.get() }))
                .collect::<Vec<_>>(),
            "segments": segments.iter()
                .map(|(id, first_lsn, len)| json!({
                    "number": id.get(), "first_commit": first_lsn.get(), "bytes": len,
                }))
                .collect::<Vec<_>>(),
        }),
        Ok(Contents::Segment {
            epoch,
            merged,
            first_lsn,
            frames,
            torn_len,
        }) => json!({
            "kind": "segment",
            "epoch": epoch.get(),
            "merged": merged,
            "first_commit": first_lsn.get(),
            "torn_bytes": torn_len,
            "commits": frames.iter()
                .map(|frame| json!({
                    "commit": frame.lsn.get(), "offset": frame.offset, "bytes": frame.len,
                }))
                .collect::<Vec<_>>(),
        }),
        Ok(Contents::Snapshot {
            lsn,
            state,
            state_version,
            pieces,
        }) => json!({
            "kind": "snapshot",
            "commit": lsn.get(),
            "state": state,
            "state_version": state_version,
            "pieces": pieces,
        }),
        Ok(_) => json!({ "kind": "foreign" }),
    };
    if let Some(fields) = explained.as_object_mut() {
        fields.insert("file".to_owned(), json!(inspection.key.as_str()));
        fields.insert("bytes".to_owned(), json!(inspection.len));
    }
    explained
}
