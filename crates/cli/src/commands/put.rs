//! `put`: one record, one durable commit.

use std::ffi::OsString;
use std::io::Read as _;

use clap::Args;
use serde_json::json;
use steadfast::{KV_VALUE_LEN_MAX, Kv};

use super::{for_one_commit, open, take_snapshot_if_due, unfit};
use crate::arguments::{bytes, key};
use crate::failure::Failure;
use crate::place::Place;
use crate::records::{Kind, Tagging};
use crate::wait::Wait;
use crate::{output, standard, text};

const AFTER_HELP: &str = "\
Examples:
  steadfast put planet Mars
  steadfast put photo - < mars.jpg
  steadfast --store ./settings put volume 11

When it returns with 0 the value is durable: it outlives a crash and, on a
disk, a power cut.";

/// Give a key a value, durably
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Put {
    /// 1 to 1024 bytes
    key: OsString,

    /// At most 64 MiB; `-` reads it from standard input, byte for byte
    #[arg(allow_negative_numbers = true)]
    value: OsString,

    /// KEY is written as scan shows it: \xNN for a byte, \\ for a backslash
    #[arg(long)]
    escaped: bool,

    /// Print the number of the commit as JSON
    #[arg(long)]
    json: bool,
}

impl Put {
    pub(crate) fn run(self, place: &Place, wait: Wait) -> Result<(), Failure> {
        let key = key(self.key, self.escaped)?;
        let value = if self.value == "-" {
            standard_input()?
        } else {
            bytes(self.value)?
        };
        if let Some(reason) = unfit(&key, &value) {
            return Err(Failure::input(reason));
        }
        let store = open(place, place.open_to_write(wait)?, for_one_commit())?;
        let tagging = store.read(Tagging::of)?;
        let value = tagging
            .encode(&key, Kind::of(&value), &value)
            .map_err(Failure::input)?;
        if let Some(reason) = unfit(&key, &value) {
            return Err(Failure::input(reason));
        }
        let commit = store.commit(Kv::put(key, value)?)?;
        take_snapshot_if_due(&store)?;
        store.close().map_err(|error| {
            Failure::while_closing(format!("the value is saved, as commit {commit}"), &error)
        })?;
        if matches!(place, Place::Memory) {
            output::note("the value was in memory only, and is gone now");
        }
        if self.json {
            output::json(&json!({ "commit": commit.get() })).map_err(|failure| {
                failure.and(format!("the value is saved, as commit {commit}"))
            })?;
        }
        Ok(())
    }
}

/// A whole value, and not a byte more than one may have.
fn standard_input() -> Result<Vec<u8>, Failure> {
    let mut value = Vec::new();
    let limit = (KV_VALUE_LEN_MAX as u64).saturating_add(1);
    standard::input()
        .and_then(|input| input.take(limit).read_to_end(&mut value))
        .map_err(|error| Failure::standard_input(&error))?;
    if value.len() > KV_VALUE_LEN_MAX {
        return Err(Failure::input(format!(
            "standard input is longer than a value may be, which is {}",
            text::size(KV_VALUE_LEN_MAX as u64),
        )));
    }
    Ok(value)
}
