//! `delete`: a record less.

use std::convert::Infallible;
use std::ffi::OsString;

use clap::Args;
use serde_json::json;
use steadfast::{Kv, TransactError};

use super::{for_one_commit, open, take_snapshot_if_due};
use crate::arguments::key;
use crate::failure::Failure;
use crate::place::Place;
use crate::records::Tagging;
use crate::wait::Wait;
use crate::{output, text};

const AFTER_HELP: &str = "\
Example:
  steadfast delete planet

Exit codes: 0 it was there and is durably gone, 1 there is no such key.";

/// Remove a key and its value, durably
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Delete {
    /// The key
    key: OsString,

    /// KEY is written as scan shows it: \xNN for a byte, \\ for a backslash
    #[arg(long)]
    escaped: bool,

    /// Print the number of the commit as JSON
    #[arg(long)]
    json: bool,
}

impl Delete {
    pub(crate) fn run(self, place: &Place, wait: Wait) -> Result<(), Failure> {
        let key = key(self.key, self.escaped)?;
        let store = open(place, place.open_to_change(wait)?, for_one_commit())?;
        let wanted = key.clone();
        let found = store.transact(move |kv| -> Result<_, Infallible> {
            let is_there = kv.contains_key(&wanted) && !Tagging::of(kv).hides(&wanted);
            let operation = is_there.then(|| Kv::delete(&wanted)).transpose();
            Ok((operation, is_there))
        });
        let found = found.map_err(|error| match error {
            TransactError::Refused(never) => match never {},
            TransactError::Storage(error) => error,
        })?;
        let commit = store.status()?.lsn;
        take_snapshot_if_due(&store)?;
        store.close().map_err(|error| {
            let done = if found {
                "the key is deleted"
            } else {
                "there is no such key"
            };
            Failure::while_closing(done, &error)
        })?;
        if !found {
            return Err(Failure::no(format!(
                "there is no key `{}` in {place}",
                text::excerpt(&key)
            )));
        }
        if self.json {
            output::json(&json!({ "commit": commit.get() }))
                .map_err(|failure| failure.and("the key is deleted"))?;
        }
        Ok(())
    }
}
