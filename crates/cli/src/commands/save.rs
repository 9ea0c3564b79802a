//! `save`: standard input replaces a file, whole or not at all.
//!
//! An interrupt removes the temporary file before the program ends. Either the interrupt handler or
//! the copying thread takes the file out of [`Pending`], and that one decides: the handler discards
//! it, the copying thread publishes it once the input has ended without an interrupt.

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

FILE does not change before standard input ends. If standard input is closed or
cannot be read, FILE stays; `< /dev/null` empties it.
Exit code 0 means that the new content is on the disk, under the file's name.
After a crash or a power cut before that, FILE has its old or its new content,
whole. After an error or Ctrl-C (exit code 130) it has the old one; only after
exit code 5 is it unknown which.
Mode, owner and extended attributes are kept. A hard link to the old file keeps
the old content. A kill or a power cut can leave a temporary file,
.steadfast.*.tmp, beside FILE: the next save of FILE removes it.
FILE is saved even if the program before the pipe fails: a shell starts both
programs at once, and save sees only that its input ends. If `generate` fails
at once in `generate | steadfast save FILE`, FILE becomes empty. With
--refuse-empty it stays as it was, and the exit code is 3.";

/// Replace a file by standard input, atomically and durably
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Save {
    /// The file; a symbolic link is followed to the file that it leads to
    file: PathBuf,

    /// Fail if the file exists already
    #[arg(long)]
    no_clobber: bool,

    /// Fail if standard input is empty: the old file stays
    #[arg(long)]
    refuse_empty: bool,

    /// Replace a symbolic link itself with a file
    #[arg(long)]
    replace_symlink: bool,

    #[command(flatten)]
    _no_store: NoStore,
}

/// The file until it is published or discarded; `None` after that.
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
            // The handler is installed first, or an interrupt in between would leave the temporary
            // file. It waits for the end of this block.
            let mut held = hold(&pending);
            clean_up_when_interrupted(&pending);
            let file = AtomicFile::options()
                .symlinks(symlinks)
                .overwrite(!self.no_clobber)
                .open(&self.file)
                .map_err(|error| Failure::of_saving(error, &self.file))?;
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
            // The interrupt handler has the file: it removes it and ends the program.
            interrupt::wait_for_the_end();
        };
        match copied {
            // Dropped, as below.
            Ok(0) if self.refuse_empty => Err(Failure::input(format!(
                "standard input is empty: {} is as it was; see what the program before the pipe says, or leave out \
                 --refuse-empty",
                self.file.display(),
            ))),
            Ok(_) => file
                .commit()
                .map_err(|error| Failure::of_saving(error, &self.file)),
            // Dropping the file removes what was written of it.
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

/// Takes the library's error out of the [`io::Error`] that `write_all` wraps around it.
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
        // If it is being published already, the program ends by itself.
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
