//! One file a subcommand: its arguments with their help, and what it does.

pub(crate) mod backup;
pub(crate) mod delete;
pub(crate) mod demo;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod inspect;
pub(crate) mod put;
pub(crate) mod restore;
pub(crate) mod save;
pub(crate) mod scan;
pub(crate) mod snapshot;
pub(crate) mod status;
pub(crate) mod torture;
pub(crate) mod verify;

use steadfast::blocking::Options;
use steadfast::{KV_KEY_LEN_MAX, KV_VALUE_LEN_MAX, Kv, PersistenceError, RecoveryReport, blocking};

use crate::arguments::{Arguments, Command};
use crate::backend::Backend;
use crate::failure::Failure;
use crate::place::Place;
use crate::records::{Contents, Tagging};
use crate::{output, text};

/// The store of every command.
pub(crate) type Store = blocking::Store<Kv, Backend>;

/// Does what the command line says.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    refuse_a_store(&arguments)?;
    let wait = arguments.wait.unwrap_or_default();
    let place = || arguments.store.clone().map_or_else(Place::usual, Ok);
    match arguments.command {
        Command::Put(put) => put.run(&place()?, wait),
        Command::Get(get) => get.run(&place()?),
        Command::Delete(delete) => delete.run(&place()?, wait),
        Command::Scan(scan) => scan.run(&place()?),
        Command::Import(import) => import.run(&place()?, wait),
        Command::Export(export) => export.run(&place()?),
        Command::Save(save) => save.run(),
        Command::Snapshot(snapshot) => snapshot.run(&place()?, wait),
        Command::Status(status) => status.run(&place()?),
        Command::Verify(verify) => verify.run(&place()?),
        Command::Inspect(inspect) => inspect.run(&place()?),
        Command::Backup(backup) => backup.run(&place()?, wait),
        Command::Restore(restore) => restore.run(&place()?, wait),
        // What the demo does to a store is not for the one that the environment names.
        Command::Demo(demo) => demo.run(arguments.store, wait),
        Command::Torture(torture) => torture.run(),
    }
}

/// Refuses the options of stores where a command has none.
fn refuse_a_store(arguments: &Arguments) -> Result<(), Failure> {
    let does = match &arguments.command {
        Command::Save(_) => "`save` replaces a file",
        Command::Torture(_) => "`torture` works on simulated disks",
        _ => return Ok(()),
    };
    let option = match (&arguments.store, &arguments.wait) {
        (Some(_), _) => "--store",
        (None, Some(_)) => "--wait",
        (None, None) => return Ok(()),
    };
    let sentence = format!("{does} and has no store: leave out {option}");
    Err(Failure::usage(sentence))
}

/// The records of the store at `place`, without opening it for writing.
fn load(place: &Place) -> Result<Kv, Failure> {
    let (kv, report) = Store::load(&place.open_to_read()?)?;
    note_what_was_passed_over(place, &report);
    Ok(kv)
}

/// What a stored value is.
fn contents<'a>(
    tagging: Tagging,
    place: &Place,
    key: &[u8],
    value: &'a [u8],
) -> Result<Contents<'a>, Failure> {
    tagging.decode(value).map_err(|reason| {
        let key = text::excerpt(key);
        Failure::store(format!(
            "the value of `{key}` in {place} is not as the browser's package writes values: {reason}"
        ))
    })
}

/// Refuses a store of the browser's package with a value that cannot be shown, before anything is.
fn check_contents<'a>(
    tagging: Tagging,
    place: &Place,
    mut records: impl Iterator<Item = (&'a [u8], &'a [u8])>,
) -> Result<(), Failure> {
    records.try_for_each(|(key, value)| contents(tagging, place, key, value).map(drop))
}

/// Whether stored bytes are wrong or gone; every other error says only that they could not be read
/// now.
fn is_damage(error: &PersistenceError) -> bool {
    matches!(
        error,
        PersistenceError::Corrupt { .. }
            | PersistenceError::Missing { .. }
            | PersistenceError::NewerFormat { .. }
            | PersistenceError::Codec { .. }
    )
}

/// For commands of one commit: a thread that takes snapshots is not worth its start, and the system
/// may have none to give.
fn for_one_commit() -> Options {
    Options::default().automatic_snapshots(false)
}

/// Takes a snapshot if one is due, in the place of the thread. The commit before it is saved in any
/// case.
fn take_snapshot_if_due(store: &Store) -> Result<(), Failure> {
    if store.snapshot_is_due()?
        && let Err(error) = store.snapshot()
    {
        output::note(&format!(
            "a snapshot is due and could not be taken, so the log grows on: {error}"
        ));
    }
    Ok(())
}

/// Opens the store at a backend for writing.
fn open(place: &Place, backend: Backend, options: Options) -> Result<Store, Failure> {
    let store = Store::open_on(backend, options).map_err(Failure::of_writing)?;
    note_what_was_passed_over(place, &store.recovery()?);
    Ok(store)
}

/// Where damage was passed over, nothing is lost yet: that is the time to be told of it.
fn note_what_was_passed_over(place: &Place, report: &RecoveryReport) {
    for skipped in &report.skipped {
        let what = match &skipped.error {
            PersistenceError::Corrupt { key, offset, .. } => {
                format!("`{key}` of {place}, which is damaged at byte {offset}")
            }
            error => format!("a file of {place} ({error})"),
        };
        output::note(&format!(
            "passed over {what}; an older file took its place: compare with a backup, and see `steadfast verify`"
        ));
    }
}

/// What keeps a key or value out of a store, as a clause.
fn unfit(key: &[u8], value: &[u8]) -> Option<String> {
    let too_long = |what, len: usize, len_max: usize| {
        format!(
            "the {what} is {} long, {} is the most",
            text::count(len as u64, "byte"),
            text::number(len_max as u64),
        )
    };
    if key.is_empty() {
        Some("the key is empty".to_owned())
    } else if key.len() > KV_KEY_LEN_MAX {
        Some(too_long("key", key.len(), KV_KEY_LEN_MAX))
    } else if value.len() > KV_VALUE_LEN_MAX {
        Some(too_long("value", value.len(), KV_VALUE_LEN_MAX))
    } else {
        None
    }
}
