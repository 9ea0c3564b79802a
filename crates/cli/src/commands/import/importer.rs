//! An import on its way: records become commits, and commits become acknowledgements.

use std::io;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use steadfast::{KvBatch, PersistenceError};

use crate::commands::Store;
use crate::failure::{Exit, Failure};
use crate::interrupt;
use crate::records::Record;
use crate::standard::Output;
use crate::text;

/// A commit is made before it has as many records as were asked for when they are this long
/// together, in bytes.
const COMMIT_LEN_MAX: usize = 8 << 20;

/// How long a record waits for others from a source that pauses.
const WAIT_MAX: Duration = Duration::from_secs(1);

pub(super) struct Importer {
    store: Store,
    per_commit: u64,
    acks: Option<Output>,
    /// The last record that was acknowledged, once an interrupt has ended the wait for whoever
    /// reads the acknowledgements.
    unheard_after: Option<u64>,
    bar: ProgressBar,
    batch: KvBatch,
    /// The length of the batch's keys and values.
    batch_len: usize,
    /// When its first record was read.
    batch_since: Option<Instant>,
    commits: u64,
    /// How many records are durable.
    durable: u64,
}

/// What an import came to.
pub(super) struct Imported {
    pub(super) records: u64,
    pub(super) commits: u64,
}

impl Importer {
    pub(super) fn new(
        store: Store,
        per_commit: u64,
        acks: Option<Output>,
        bar: ProgressBar,
    ) -> Self {
        Self {
            store,
            per_commit,
            acks,
            unheard_after: None,
            bar,
            batch: KvBatch::new(),
            batch_len: 0,
            batch_since: None,
            commits: 0,
            durable: 0,
        }
    }

    pub(super) fn take(&mut self, record: &Record) -> Result<(), Failure> {
        let len = record.key.len().saturating_add(record.value.len());
        if self.batch_len.saturating_add(len) > COMMIT_LEN_MAX {
            self.commit()?;
        }
        self.batch.put(&record.key, &record.value)?;
        self.batch_len = self.batch_len.saturating_add(len);
        self.batch_since.get_or_insert_with(Instant::now);
        if self.batch.len() as u64 >= self.per_commit {
            self.commit()?;
        }
        Ok(())
    }

    /// Commits each record by itself from now on.
    pub(super) fn batch_no_more(&mut self) {
        self.per_commit = 1;
    }

    /// Commits what has waited for long enough.
    pub(super) fn commit_what_waits(&mut self) -> Result<(), Failure> {
        match self.batch_since {
            Some(since) if since.elapsed() >= WAIT_MAX => self.commit(),
            _ => Ok(()),
        }
    }

    /// Makes the batch durable, and says so.
    pub(super) fn commit(&mut self) -> Result<(), Failure> {
        self.batch_since = None;
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        self.batch_len = 0;
        let first = self.durable.saturating_add(1);
        let last = self.durable.saturating_add(batch.len() as u64);
        let batch_len = batch.len() as u64;
        let committed = self.store.commit(batch);
        committed.map_err(|error| {
            let saved = text::count_is(self.durable, "record");
            let saved = format!("{saved} saved for certain");
            match error {
                PersistenceError::OutcomeUnknown { source, .. } => Failure::in_doubt(
                    &format!("{saved}, the next {} perhaps", text::number(batch_len)),
                    &*source,
                    "import again, which does no harm",
                ),
                error => Failure::from(error).and(format!("{saved}, and nothing after")),
            }
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
        let written = out
            .write_until(lines.as_bytes(), interrupt::has_come)
            .map_err(|error| unacknowledged(&error, last))?;
        if written < lines.len() {
            let said = lines.get(..written).unwrap_or_default().lines().count() as u64;
            self.unheard_after = Some(first.saturating_sub(1).saturating_add(said));
            self.acks = None;
        }
        Ok(())
    }

    /// Whether an interrupt has ended the wait for whoever reads the acknowledgements.
    pub(super) const fn is_unheard(&self) -> bool {
        self.unheard_after.is_some()
    }

    /// How many records were imported, as a clause.
    pub(super) fn done(&self) -> String {
        match self.durable {
            0 => "nothing was imported".to_owned(),
            1 => "the one record before it is imported".to_owned(),
            many => format!("the {} before it are imported", text::count(many, "record")),
        }
    }

    pub(super) fn clear_bar(&self) {
        self.bar.finish_and_clear();
    }

    /// Closes the store.
    pub(super) fn close(self) -> Result<Imported, Failure> {
        self.store.close().map_err(|error| {
            let saved = format!(
                "{} imported and saved",
                text::count_is(self.durable, "record")
            );
            Failure::while_closing(saved, &error)
        })?;
        if let Some(out) = self.acks {
            out.close()
                .map_err(|error| unacknowledged(&error, self.durable))?;
        }
        Ok(Imported {
            records: self.durable,
            commits: self.commits,
        })
    }

    /// Saves what was read, and says that the rest is missing.
    pub(super) fn interrupt(mut self) -> Failure {
        let committed = self.commit();
        let bar = self.bar.clone();
        let unheard = self.unheard();
        let closed = committed.and_then(|()| self.close());
        // A terminal that is stopped shows nothing, and keeps nothing from its end.
        interrupt::nothing_is_left();
        interrupt::say_last(move || bar.finish_and_clear());
        let ended = match closed {
            Ok(Imported { records, .. }) => Failure::new(
                Exit::Interrupted,
                format!(
                    "interrupted; imported {}, which is all that had been read",
                    text::count(records, "record")
                ),
            ),
            Err(failure) => failure,
        };
        match unheard {
            Some(unheard) => ended.and(unheard),
            None => ended,
        }
    }

    /// Which acknowledgements nobody has read, as a clause, once an interrupt has ended the wait
    /// for whoever reads them.
    pub(super) fn unheard(&self) -> Option<String> {
        self.unheard_after.map(|last| match last {
            0 => "nobody read the acknowledgements".to_owned(),
            last => format!("nobody read the acknowledgements after `ack {last}`"),
        })
    }
}

fn unacknowledged(error: &io::Error, durable: u64) -> Failure {
    Failure::store(format!(
        "the acknowledgements cannot be written any more ({error}): the import has stopped after {}, all of them saved",
        text::count(durable, "record"),
    ))
}
