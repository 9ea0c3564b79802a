//! `import`: many records, in commits of a size that the user chooses.
//!
//! Nothing is acknowledged before it is durable, and whatever ends the import takes back nothing
//! that came before: bad input, a source that cannot be read, an interrupt. The records in front of
//! it are committed first, then it is named.

mod gate;
mod importer;
mod shared;

use std::borrow::Cow;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;
use steadfast::blocking::Options;

use self::gate::Gate;
use self::importer::{Imported, Importer};
use self::shared::Shared;
use super::{open, unfit};
use crate::failure::{Exit, Failure};
use crate::place::Place;
use crate::records::{Format, Input, Record, Records, Tagging, Unreadable};
use crate::standard::{self, Output};
use crate::wait::Wait;
use crate::{interrupt, output, progress, text};

const AFTER_HELP: &str = "\
Examples:
  steadfast import planets.jsonl
  steadfast import planets.csv --key name
  gzip -dc planets.jsonl.gz | steadfast import -
  tail -f events.jsonl | steadfast import - --batch 1 --acks

JSON Lines: {\"key\": \"planet\", \"value\": \"Mars\"} on each line. A value that is
no string is stored as its JSON, without spaces. key_base64 and value_base64
stand for bytes that are no text. value_typed goes into a store that was a
browser's backup: what export writes there for what JSON cannot say.

CSV: the first line names the columns. With exactly one other column, named
`value`, its field is the value. Otherwise the value is a JSON object of the
other fields. A quote within quotes is written as two. An ambiguous line is an
error: a quote that is never closed, text behind a closing quote, a carriage
return in the middle of a line without quotes.

Records are saved in commits, each all or nothing. A commit is written after N
records, after 8 MiB, or, where the source is no plain file, after a second. A
bad line ends the import and is named; the records before it are saved. So are
those that were read before an interrupt (exit code 130). A key that is there
already gets the new value, so an import can simply be run again. Snapshots are
taken on the way. Memory depends on what is in the store, not on the file's
length.";

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

/// Where records come from.
struct Source {
    input: Input,
    /// Moves as it is read.
    bar: ProgressBar,
    /// It may keep us waiting: it is no plain file.
    may_pause: bool,
}

impl Import {
    pub(crate) fn run(self, place: &Place, wait: Wait) -> Result<(), Failure> {
        let started = Instant::now();
        let format = self.format.unwrap_or_else(|| Format::of(&self.file));
        if self.key.is_some() && format == Format::Jsonl {
            return Err(Failure::usage(
                "`--key` names a column of CSV, and this is read as JSON Lines, where `key` is the key: leave it out, or add `--format csv`",
            ));
        }
        let Source {
            input,
            bar,
            may_pause,
        } = self.open()?;
        let gate = Gate::default();
        // The header comes first: a file that is no CSV creates no store.
        let input = Box::new(gate.guard(input, may_pause));
        let mut records = Records::new(input, format, self.key.as_deref())
            .map_err(|error| unreadable(&self.file, &error))?;
        let acks = self.acks.then(Output::open).transpose();
        let acks = acks.map_err(|error| Failure::output(&error).and("nothing was imported"))?;
        let mut options = Options::default();
        if let Some(bytes) = self.snapshot_after {
            options = options.snapshot_after(bytes);
        }
        let store = open(place, place.open_to_write(wait)?, options)?;
        let tagging = store.read(Tagging::of)?;
        let import = Shared::new(Importer::new(store, self.batch, acks, bar));
        import.end_when_interrupted(&gate);
        if may_pause {
            import.commit_when_the_source_pauses();
        }
        let end = self.take_all(&mut records, &import, &gate, tagging);
        let importer = import.take();
        if let Ok(importer) = &importer {
            importer.clear_bar();
        }
        let imported = match (end, importer) {
            (Ok(()), Ok(importer)) if importer.is_unheard() => return Err(importer.interrupt()),
            (Ok(()), importer) => importer?.close()?,
            (Err(failure), Ok(importer)) => {
                return Err(match importer.unheard() {
                    Some(unheard) => failure.and(unheard),
                    None => failure,
                });
            }
            (Err(failure), Err(_)) => return Err(failure),
        };
        interrupt::nothing_is_left();
        // Where an interrupt came too late to end the import, it ends the wait for a reader.
        let (place, records) = (place.clone(), imported.records);
        interrupt::say_last(move || self.tell(&imported, &place, started)).unwrap_or_else(|| {
            let records = text::count_is(records, "record");
            let sentence = format!("interrupted; all {records} imported, and nobody read so");
            Err(Failure::new(Exit::Interrupted, sentence))
        })
    }

    /// The input, with a bar that moves as it is read.
    fn open(&self) -> Result<Source, Failure> {
        // A bar and acknowledgements on one terminal would overwrite each other.
        let is_quiet = self.acks && io::stdout().is_terminal();
        let bar = |total| {
            if is_quiet {
                progress::none()
            } else {
                progress::bytes(total)
            }
        };
        let failed = |error| unreadable(&self.file, &Unreadable::Source(error));
        if standard::is_input(&self.file) {
            let input = standard::input().map_err(failed)?;
            let bar = bar(None);
            return Ok(Source {
                input: Box::new(bar.wrap_read(input)),
                bar,
                may_pause: true,
            });
        }
        let (file, metadata) = standard::file(&self.file).map_err(failed)?;
        if metadata.is_dir() {
            // Before a store is made.
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        let bar = bar(metadata.is_file().then_some(metadata.len()));
        Ok(Source {
            input: Box::new(bar.wrap_read(file)),
            bar,
            may_pause: !metadata.is_file(),
        })
    }

    fn take_all(
        &self,
        records: &mut Records,
        import: &Shared,
        gate: &Gate,
        tagging: Tagging,
    ) -> Result<(), Failure> {
        loop {
            let fault = match records.next() {
                Ok(Some(record)) => {
                    let line = record.line;
                    match stored(record, tagging) {
                        Ok(record) => {
                            import.with(|importer| importer.take(&record))?;
                            continue;
                        }
                        Err(reason) => Unreadable::Bad { line, reason },
                    }
                }
                Ok(None) => return import.with(Importer::commit),
                Err(Unreadable::Source(_)) if gate.is_closed() => {
                    return Err(import.take()?.interrupt());
                }
                Err(error) => error,
            };
            // What came before it is saved; then it is named.
            return import.with(|importer| {
                importer.commit()?;
                Err(unreadable(&self.file, &fault).and(importer.done()))
            });
        }
    }

    fn tell(self, imported: &Imported, place: &Place, started: Instant) -> Result<(), Failure> {
        let Imported { records, commits } = *imported;
        if matches!(place, Place::Memory) && (self.json || self.acks) {
            output::note("the records were in memory only, and are gone now");
        }
        let told = if self.json {
            output::json(&json!({ "records": records, "commits": commits }))
        } else if self.acks {
            Ok(())
        } else {
            let vanished = match place {
                Place::Memory => "; they were in memory only, and are gone now",
                Place::Directory(_) => "",
            };
            output::lines(format!(
                "imported {} in {} ({}){vanished}\n",
                text::count(records, "record"),
                text::count(commits, "commit"),
                text::seconds(started.elapsed()),
            ))
        };
        told.map_err(|failure| {
            failure.and(format!("{} imported", text::count_is(records, "record")))
        })
    }
}

/// The record as the store keeps it; an error, as a clause, where the store cannot.
fn stored(mut record: Record, tagging: Tagging) -> Result<Record, String> {
    let tagged = match tagging.encode(&record.key, record.kind, &record.value)? {
        Cow::Borrowed(_) => None,
        Cow::Owned(tagged) => Some(tagged),
    };
    if let Some(tagged) = tagged {
        record.value = tagged;
    }
    unfit(&record.key, &record.value).map_or(Ok(record), Err)
}

/// The input's fault, with its place.
pub(super) fn unreadable(file: &Path, error: &Unreadable) -> Failure {
    let name = if standard::is_input(file) {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    };
    match error {
        Unreadable::Bad { line, reason } => {
            Failure::input(format!("line {line} of {name}: {reason}"))
        }
        Unreadable::Source(error) => Failure::input(match error.kind() {
            io::ErrorKind::NotFound => format!("there is no file {name}"),
            io::ErrorKind::IsADirectory if !standard::is_input(file) => {
                format!("{name} is a directory: name a file, or `-` for standard input")
            }
            io::ErrorKind::PermissionDenied => {
                format!("could not read {name}: {error}; check its permissions")
            }
            _ => format!("could not read {name}: {error}"),
        }),
    }
}
