//! `save`: standard input replaces a file, whole or not at all.
//!
//! Interrupted, it removes its temporary file first. Whoever takes the file in the end says what
//! happens: the interrupt, or the copying thread once the input has ended, and not because of an
//! interrupt.

use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clap::Args;
use steadfast::{AtomicFile, PersistenceError, Symlinks};

use crate::arguments::NoStore;
use crate::failure::Failure;
use crate::{interrupt, output, standard};

/// How much is copied at a time.
const PIECE_LEN: usize = 256 << 10;

const AFTER_HELP: &str = "\
Examples:
  sort names.txt | steadfast save names.txt    reads and replaces one file
  curl -s https://example.org/feed | steadfast save feed.xml
  make-config | steadfast save --refuse-empty config.toml

Nothing is changed until standard input ends. Where it cannot be read, or is
closed, the file stays; `< /dev/null` empties it. When it returns with 0 the new
file is on the disk, under its name; after a crash, a power cut, a full disk
or Ctrl-C before that the old one is there, whole. Mode, owner and extended
attributes are kept. A hard link to the old file keeps the old bytes. A kill
or a power cut can leave a temporary file, .steadfast.*.tmp, beside the file:
the next save of the same file removes it.
The file is saved also where the program before the pipe fails half-way: a
shell starts both at once, and save sees only that its input ends. In
`generate | steadfast save FILE` a generate that dies at once leaves FILE empty;
with --refuse-empty it stays as it was, and the exit code is 3.";

/// Replace a file by standard input, atomically and durably
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Save {
    /// The file; a symbolic link is followed to the file that it leads to
    file: PathBuf,

    /// Fail where the file exists already
    #[arg(long)]
    no_clobber: bool,

    /// Fail where standard input is empty: the old file stays
    #[arg(long)]
    refuse_empty: bool,

    /// Replace a symbolic link itself by a file
    #[arg(long)]
    replace_symlink: bool,

    #[command(flatten)]
    _no_store: NoStore,
}

/// The file until it is published; then, or once it is given up, nothing.
type Pending = Arc<Mutex<Option<AtomicFile>>>;

impl Save {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let input = standard::input().map_err(|error| Failure::standard_input(&error))?;
        let symlinks = if self.replace_symlink {
            Symlinks::Replace
        } else {
            Symlinks::Follow
        };
        let pending = Pending::default();
        {
            // The handler comes first, or an interrupt in between would leave the temporary file;
            // it waits for this block's end.
            let mut held = hold(&pending);
            clean_up_when_interrupted(&pending);
            let file = AtomicFile::options()
                .symlinks(symlinks)
                .overwrite(!self.no_clobber)
                .open(&self.file)?;
            *held = Some(file);
        }
        if io::stdin().is_terminal() {
            output::note(
                "reading what you type; Ctrl-D at the start of a line ends it, Ctrl-C gives up",
            );
        }
        let copied = copy(input, &pending);
        if copied.is_ok() && interrupt::came_with_the_end(standard::input_is_a_pipe()) {
            interrupt::wait_for_the_end();
        }
        let Some(file) = hold(&pending).take() else {
            // The interrupt has it: it removes what was written of it, and ends the program.
            interrupt::wait_for_the_end();
        };
        match copied {
            // As below: dropped.
            Ok(0) if self.refuse_empty => Err(Failure::input(format!(
                "standard input is empty: {} is as it was; see what the program before the pipe says, or leave out \
                 --refuse-empty",
                self.file.display(),
            ))),
            Ok(_) => file.commit().map_err(Failure::from),
            // Dropped, the file removes what was written of it.
            Err(failure) => Err(failure),
        }
    }
}

/// Copies standard input to its end; how many bytes.
fn copy(mut input: impl Read, pending: &Pending) -> Result<u64, Failure> {
    let mut copied = 0_u64;
    let mut piece = vec![0; PIECE_LEN];
    loop {
        let read = match input.read(&mut piece) {
            Ok(0) => return Ok(copied),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::standard_input(&error)),
        };
        copied = copied.saturating_add(read as u64);
        if let Some(file) = hold(pending).as_mut() {
            let read = piece.get(..read).unwrap_or_default();
            file.write_all(read).map_err(|error| explain(&error))?;
        }
    }
}

/// An [`io::Error`] of the file's is one of the library's errors in other clothes.
fn explain(error: &io::Error) -> Failure {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Arc<PersistenceError>>());
    match inner {
        Some(inner) => Failure::from(PersistenceError::clone(inner)),
        None => Failure::store(error.to_string()),
    }
}

fn clean_up_when_interrupted(pending: &Pending) {
    let pending = Arc::clone(pending);
    interrupt::on_interrupt(move || {
        // Where it is being published already, the program ends by itself.
        let file = hold(&pending).take();
        if let Some(file) = file {
            file.discard();
            std::process::exit(interrupt::EXIT_CODE);
        }
    });
}

fn hold(pending: &Pending) -> MutexGuard<'_, Option<AtomicFile>> {
    pending.lock().unwrap_or_else(PoisonError::into_inner)
}
