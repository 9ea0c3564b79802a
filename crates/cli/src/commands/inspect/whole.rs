//! Everything about one file, for a person.

use steadfast::{Contents, FrameInfo, Inspection};

use super::fault;
use crate::output::{Columns, Facts, Side, Tone};
use crate::page::Page;
use crate::text;

/// Everything about one file.
pub(super) fn describe(inspection: &Inspection) -> Page {
    let mut facts = Facts::default();
    facts.add("file", inspection.key.to_string());
    facts.add("length", text::count(inspection.len, "byte"));
    let mut frames: &[FrameInfo] = &[];
    match &inspection.contents {
        Err(error) => facts.mark(Tone::Bad, fault(error), error.to_string()),
        Ok(Contents::Manifest {
            store,
            epoch,
            state,
            state_version,
            snapshots,
            segments,
        }) => {
            facts.add("holds", "a manifest: what the store consists of");
            facts.add("store", store.to_string());
            facts.add("writer", epoch.to_string());
            facts.add("state", format!("`{state}`, version {state_version}"));
            for (id, lsn) in snapshots {
                facts.add("snapshot", format!("number {id}, as of commit {lsn}"));
            }
            for (id, first_lsn, len) in segments {
                let len = match len {
                    0 => "open".to_owned(),
                    len => text::count(*len, "byte"),
                };
                facts.add(
                    "segment",
                    format!("number {id}, from commit {first_lsn}, {len}"),
                );
            }
        }
        Ok(Contents::Segment {
            epoch,
            merged,
            first_lsn,
            frames: found,
            torn_len,
        }) => {
            let kind = if *merged {
                "a part of the log, merged from several"
            } else {
                "a part of the log"
            };
            facts.add("holds", kind);
            facts.add("writer", epoch.to_string());
            facts.add("first commit", first_lsn.to_string());
            facts.add("commits", text::number(found.len() as u64));
            facts.add("torn tail", text::count(*torn_len, "byte"));
            frames = found;
        }
        Ok(Contents::Snapshot {
            lsn,
            state,
            state_version,
            pieces,
        }) => {
            facts.add("holds", "a snapshot: a whole state");
            facts.add("as of commit", lsn.to_string());
            facts.add("state", format!("`{state}`, version {state_version}"));
            facts.add("pieces", text::number(*pieces));
        }
        Ok(_) => facts.add("holds", "nothing of the store's"),
    }
    let mut page = facts.render();
    if !frames.is_empty() {
        let mut columns = Columns::new([
            ("COMMIT", Side::Right),
            ("AT BYTE", Side::Right),
            ("BYTES", Side::Right),
        ]);
        for frame in frames {
            columns.row([
                frame.lsn.to_string(),
                frame.offset.to_string(),
                frame.len.to_string(),
            ]);
        }
        page.push("\n");
        page.push_page(&columns.render());
    }
    page
}
