//! The command line: what is the same for every command. What is a command's own stands with the
//! command.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{Args, Parser, Subcommand};

use crate::commands::{
    backup, delete, demo, export, get, import, inspect, put, restore, save, scan, snapshot, status,
    torture, verify,
};
use crate::failure::{Exit, Failure};
use crate::output;
use crate::page::Page;
use crate::place::Place;
use crate::text;
use crate::wait::Wait;

const AFTER_HELP: &str = "\
A first minute:
  steadfast put planet Mars       creates ./data.steadfast; saved on return
  steadfast get planet
  steadfast import planets.csv    JSON Lines or CSV, a file of any size
  steadfast demo                  real data, real kills, counted survivors

The store:
  --store URL, or else $STEADFAST_STORE, or else ./data.steadfast. A path or
  file:PATH is a directory; what is in memory: is gone when the program ends.
  file:///PATH is a URL, in which %20 is a space; ~/ is your home directory.
  One program writes at a time; another one waits, 10 s unless --wait says
  otherwise. Any number may look meanwhile: get, scan, export, status, verify,
  inspect and backup take no lock of the store, write nothing and never wait.

Exit codes:
  0    done; also if the reader of the output quits early, as head does
  1    the answer is no: a key is absent, verify or status found damage, demo or
       torture lost something; also if nobody reads the output
  2    the command line makes no sense
  3    bad input: no record, not UTF-8, too long, missing, unreadable, or empty
       with --refuse-empty; the line of a record is named
  4    the store, or the file to save, cannot be used: missing, full, forbidden,
       or damaged (reported by get, put and others; verify and status use 1); or
       the output could not be written
  5    unknown whether the last change was saved, as where the disk got full in
       the middle of it: look, then do it again
  6    in use by another program: do it again in a moment
  130  interrupted: save leaves the old file, import keeps what it had read";

/// Keeps data through any crash: a save is all or nothing, and what was acknowledged stays.
#[derive(Debug, Parser)]
#[command(
    name = "steadfast",
    // Not what the program was called by: that may be anything.
    bin_name = "steadfast",
    version,
    after_help = AFTER_HELP,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    /// The store: a path, file:PATH or memory:
    #[arg(long, global = true, value_name = "URL", display_order = 900, value_parser = Place::argument())]
    pub(crate) store: Option<Place>,

    /// Wait for a store in use: 500ms, 5s, 1m, 0  [default: 10s]
    #[arg(long, global = true, value_name = "TIME", display_order = 901, value_parser = Wait::parse)]
    pub(crate) wait: Option<Wait>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What a command that has no store leaves out of its help. The options are still read, to be
/// refused with a sentence.
#[derive(Debug, Args)]
pub(crate) struct NoStore {
    #[arg(long, hide = true, value_name = "URL", value_parser = Place::argument())]
    store: Option<Place>,

    #[arg(long, hide = true, value_name = "TIME", value_parser = Wait::parse)]
    wait: Option<Wait>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Put(put::Put),
    Get(get::Get),
    Delete(delete::Delete),
    Scan(scan::Scan),
    Import(import::Import),
    Export(export::Export),
    Save(save::Save),
    Snapshot(snapshot::Snapshot),
    Status(status::Status),
    Verify(verify::Verify),
    Inspect(inspect::Inspect),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Demo(demo::Demo),
    Torture(torture::Torture),
}

/// The key that an argument names: its bytes, or those that its escapes stand for.
pub(crate) fn key(argument: OsString, is_escaped: bool) -> Result<Vec<u8>, Failure> {
    let bytes = bytes(argument)?;
    if is_escaped {
        text::unescape(&bytes).map_err(|reason| Failure::usage(format!("in the key: {reason}")))
    } else {
        Ok(bytes)
    }
}

impl Arguments {
    /// Reads the command line. What is wrong with it is said here.
    pub(crate) fn parse_command_line() -> Result<Self, ExitCode> {
        Self::try_parse().map_err(|error| {
            let error = harmless(error);
            let said = Page::of_our_own(error.render().ansi().to_string());
            if error.use_stderr() {
                output::complain(&said);
                return ExitCode::from(
                    u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8),
                );
            }
            // What was asked for: help, or the version.
            output::lines(said).map_or_else(
                |failure| {
                    failure.tell();
                    ExitCode::from(failure.exit_code())
                },
                |()| ExitCode::SUCCESS,
            )
        })
    }
}

/// The same error with nothing of the command line in it that a terminal would act on.
fn harmless(mut error: clap::Error) -> clap::Error {
    let plain = |text: &dyn std::fmt::Display| text::one_line(&text.to_string());
    let cleaned: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| {
            let value = match value {
                // The parser's own words.
                _ if kind == ContextKind::Usage => return None,
                ContextValue::String(text) => ContextValue::String(plain(text)),
                ContextValue::Strings(texts) => {
                    ContextValue::Strings(texts.iter().map(|text| plain(text)).collect())
                }
                ContextValue::StyledStr(text) => ContextValue::StyledStr(plain(text).into()),
                ContextValue::StyledStrs(texts) => {
                    ContextValue::StyledStrs(texts.iter().map(|text| plain(text).into()).collect())
                }
                _ => return None,
            };
            Some((kind, value))
        })
        .collect();
    for (kind, value) in cleaned {
        error.insert(kind, value);
    }
    error
}

/// The bytes of an argument.
#[cfg(unix)]
pub(crate) fn bytes(argument: OsString) -> Result<Vec<u8>, Failure> {
    use std::os::unix::ffi::OsStringExt as _;
    Ok(argument.into_vec())
}

/// The bytes of an argument, where the system has text for arguments: its UTF-8.
#[cfg(not(unix))]
pub(crate) fn bytes(argument: OsString) -> Result<Vec<u8>, Failure> {
    let text = argument.into_string();
    text.map(String::into_bytes)
        .map_err(|argument| Failure::usage(format!("`{}` is not Unicode", argument.display())))
}
