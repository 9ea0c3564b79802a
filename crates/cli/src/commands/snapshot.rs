//! `snapshot`: the whole state, saved now.

use clap::Args;
use serde_json::json;

use super::{for_one_commit, open};
use crate::failure::Failure;
use crate::place::Place;
use crate::wait::Wait;
use crate::{output, text};

const AFTER_HELP: &str = "\
Example:
  steadfast snapshot

A snapshot shortens the log, and with it the time that opening takes. A store
takes them by itself when its log has grown as long as its last snapshot, and
at least 64 MiB; this command is for when you want one now. Two are kept.

On a disk without room for it, it is saved compressed: that takes longer. The
log before the older of the two is deleted after the second one, when the next
snapshot is taken or the store is opened for writing again.";

/// Save the whole state now, and drop the log that it makes unnecessary
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Snapshot {
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Snapshot {
    pub(crate) fn run(self, place: &Place, wait: Wait) -> Result<(), Failure> {
        let store = open(place, place.open_to_change(wait)?, for_one_commit())?;
        let before = store
            .status()?
            .snapshots
            .last()
            .map(|snapshot| snapshot.lsn);
        let snapshot = store.snapshot()?;
        let records = store.read(steadfast::Kv::len)? as u64;
        store
            .close()
            .map_err(|error| Failure::while_closing("the snapshot is saved", &error))?;
        let told = if self.json {
            output::json(&json!({
                "commit": snapshot.lsn.get(),
                "records": records,
                "bytes": snapshot.len,
            }))
        } else {
            let done = if before == Some(snapshot.lsn) {
                "nothing is new since the last snapshot:"
            } else {
                "saved"
            };
            output::lines(format!(
                "{done} {} as of commit {} ({})\n",
                text::count(records, "record"),
                text::number(snapshot.lsn.get()),
                text::size(snapshot.len),
            ))
        };
        told.map_err(|failure| failure.and("the snapshot is taken"))
    }
}
