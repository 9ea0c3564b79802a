//! `import`: many records, in commits of a size that the user chooses.
//!
//! Nothing is acknowledged before it is durable, and bad input ends the import without taking back what came before: the records
//! in front of it are committed first, then the line is named.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;
use steadfast::KvBatch;
use steadfast::blocking::Options;

use super::{Store, open, unfit};
use crate::failure::Failure;
use crate::place::Place;
use crate::records::{Format, Input, Record, Records, Unreadable};
use crate::wait::Wait;
use crate::{output, progress, text};

/// A commit is made before it has as many records as were asked for when they are this long together, in bytes.
const COMMIT_LEN_MAX: usize = 8 << 20;

const AFTER_HELP: &str = "\
Examples:
  steadfast import planets.jsonl
  steadfast import planets.csv --key name
  gzip -dc planets.jsonl.gz | steadfast import -
  tail -f events.jsonl | steadfast import - --batch 1 --acks

JSON Lines: {\"key\": \"planet\", \"value\": \"Mars\"} on each line. A value that is
no string is stored as its JSON, without spaces. key_base64 and value_base64
stand for bytes that are no text.

CSV: the first line names the columns. Where there is one besides the key, and
it is called `value`, the value is that field; otherwise the value is a JSON
object of the other fields.

Records are saved in commits, each all or nothing: of N records, or fewer where
they come to 8 MiB. A bad line ends the import and is named; the records before
it are saved. A key that is there already gets the new value, so an import can
simply be run again. Snapshots are taken on the way. Memory depends on what is
in the store, not on the file's length.";

/// Save records from a file or from standard input
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Import {
    /// The file; `-` is standard input
    file: PathBuf,

    /// jsonl or csv  [default: what the name ends in, else jsonl]
    #[arg(long, value_enum, hide_possible_values = true)]
    format: Option<Format>,

    /// The CSV column that is the key  [default: `key`, else the first]
    #[arg(long, value_name = "COLUMN")]
    key: Option<String>,

    /// Records a commit, fewer where they are long
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    batch: u64,

    /// Print `ack N` on a line as soon as record N is durable, from 1
    #[arg(long)]
    acks: bool,

    /// Print a summary as JSON
    #[arg(long, conflicts_with = "acks")]
    json: bool,

    /// Take a snapshot when the log is this long, in bytes, and as long as the last snapshot
    #[arg(long, value_name = "BYTES", hide = true)]
    snapshot_after: Option<u64>,
}

impl Import {
    pub(crate) fn run(self, place: &Place, wait: Wait) -> Result<(), Failure> {
        let started = Instant::now();
        let (input, bar) = self.open()?;
        // The header comes first: a file that is no CSV creates no store.
        let format = self.format.unwrap_or_else(|| Format::of(&self.file));
        let mut records = Records::new(input, format, self.key.as_deref())
            .map_err(|error| unreadable(&self.file, &error))?;
        let mut options = Options::default();
        if let Some(bytes) = self.snapshot_after {
            options = options.snapshot_after(bytes);
        }
        let store = open(place, place.open_to_write(wait)?, options)?;
        let mut importer = Importer {
            store,
            per_commit: self.batch,
            acks: self.acks.then(|| io::stdout().lock()),
            bar,
            batch: KvBatch::new(),
            batch_len: 0,
            commits: 0,
            durable: 0,
        };
        let end = importer.take_all(&mut records, &self.file);
        importer.bar.finish_and_clear();
        end?;
        let Importer {
            store,
            durable,
            commits,
            ..
        } = importer;
        store.close().map_err(|error| {
            let saved = format!(
                "imported {}: they are saved",
                text::count(durable, "record")
            );
            Failure::while_closing(saved, &error)
        })?;
        if self.json {
            output::json(&json!({ "records": durable, "commits": commits }))
        } else if self.acks {
            Ok(())
        } else {
            let vanished = match place {
                Place::Memory => "; they were in memory only, and are gone now",
                Place::Directory(_) => "",
            };
            output::lines(format!(
                "imported {} in {} ({}){vanished}\n",
                text::count(durable, "record"),
                text::count(commits, "commit"),
                text::seconds(started.elapsed()),
            ))
        }
    }

    /// The input, with a bar that moves as it is read.
    fn open(&self) -> Result<(Input, ProgressBar), Failure> {
        // A bar and acknowledgements on one terminal would overwrite each other.
        let is_quiet = self.acks && io::stdout().is_terminal();
        let bar = |total| {
            if is_quiet {
                progress::none()
            } else {
                progress::bytes(total)
            }
        };
        if self.file == Path::new("-") {
            let bar = bar(None);
            return Ok((Box::new(bar.wrap_read(io::stdin().lock())), bar));
        }
        let opened = File::open(&self.file).and_then(|file| Ok((file.metadata()?, file)));
        let (metadata, file) =
            opened.map_err(|error| unreadable(&self.file, &Unreadable::Source(error)))?;
        let bar = bar(metadata.is_file().then_some(metadata.len()));
        Ok((Box::new(bar.wrap_read(file)), bar))
    }
}

/// An import on its way.
struct Importer {
    store: Store,
    per_commit: u64,
    acks: Option<io::StdoutLock<'static>>,
    bar: ProgressBar,
    batch: KvBatch,
    /// The length of the batch's keys and values.
    batch_len: usize,
    commits: u64,
    /// How many records are durable.
    durable: u64,
}

impl Importer {
    fn take_all(&mut self, records: &mut Records, file: &Path) -> Result<(), Failure> {
        loop {
            match records.next() {
                Ok(Some(record)) => match unfit(&record.key, &record.value) {
                    None => self.take(&record)?,
                    Some(reason) => {
                        let line = record.line;
                        return self.give_up(file, &Unreadable::Bad { line, reason });
                    }
                },
                Ok(None) => return self.commit(),
                Err(error) => return self.give_up(file, &error),
            }
        }
    }

    fn take(&mut self, record: &Record) -> Result<(), Failure> {
        let len = record.key.len().saturating_add(record.value.len());
        if self.batch_len.saturating_add(len) > COMMIT_LEN_MAX {
            self.commit()?;
        }
        self.batch.put(&record.key, &record.value)?;
        self.batch_len = self.batch_len.saturating_add(len);
        if self.batch.len() as u64 >= self.per_commit {
            self.commit()?;
        }
        Ok(())
    }

    /// Saves what came before the bad input, then names it.
    fn give_up(&mut self, file: &Path, error: &Unreadable) -> Result<(), Failure> {
        self.commit()?;
        let before = match self.durable {
            0 => "nothing was imported".to_owned(),
            1 => "the one record before it is imported".to_owned(),
            many => format!("the {} before it are imported", text::count(many, "record")),
        };
        Err(unreadable(file, error).and(before))
    }

    /// Makes the batch durable, and says so.
    fn commit(&mut self) -> Result<(), Failure> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        self.batch_len = 0;
        let first = self.durable.saturating_add(1);
        let last = self.durable.saturating_add(batch.len() as u64);
        let committed = self.store.commit(batch);
        committed.map_err(|error| {
            let (durable, rest) = (self.durable, last.saturating_sub(self.durable));
            Failure::from(error).and(format!(
                "{} are saved for certain, the next {} perhaps: importing again does no harm",
                text::count(durable, "record"),
                text::number(rest),
            ))
        })?;
        self.durable = last;
        self.commits = self.commits.saturating_add(1);
        self.bar.set_message(text::count(last, "record"));
        self.acknowledge(first, last)
    }

    fn acknowledge(&mut self, first: u64, last: u64) -> Result<(), Failure> {
        let Some(out) = &mut self.acks else {
            return Ok(());
        };
        let mut lines = String::new();
        for number in first..=last {
            lines.push_str(&format!("ack {number}\n"));
        }
        out.write_all(lines.as_bytes())
            .and_then(|()| out.flush())
            .map_err(|error| {
                Failure::store(format!(
                    "the acknowledgements cannot be written any more ({error}): the import has stopped after {}, all of them saved",
                    text::count(last, "record"),
                ))
            })
    }
}

/// The input's fault, with its place.
pub(super) fn unreadable(file: &Path, error: &Unreadable) -> Failure {
    let name = if file == Path::new("-") {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    };
    match error {
        Unreadable::Bad { line, reason } => {
            Failure::input(format!("line {line} of {name}: {reason}"))
        }
        Unreadable::Source(error) => Failure::input(format!("could not read {name}: {error}")),
    }
}
