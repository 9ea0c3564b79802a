//! Where a store is: what `--store` and the destinations of copies name.
//!
//! ```text
//! data.steadfast   ./data   /srv/data        a directory
//! file:data        file:///srv/data          a directory
//! memory:                                    nowhere: gone when the program ends
//! ```

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use steadfast::{FileBackend, MemoryBackend, PersistenceError, blocking};

use crate::backend::Backend;
use crate::failure::Failure;

/// Where a store is when nothing says otherwise.
const DEFAULT: &str = "./data.steadfast";

/// Names the store where `--store` does not.
const VARIABLE: &str = "STEADFAST_STORE";

/// Where a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Directory(PathBuf),
    Memory,
}

impl Place {
    /// Reads a URL or a path.
    pub(crate) fn parse(text: OsString) -> Result<Self, String> {
        let Some(url) = text.to_str() else {
            return Ok(Self::Directory(PathBuf::from(text)));
        };
        match scheme(url) {
            None if url.is_empty() => Err("an empty name is no place for a store".to_owned()),
            None => Ok(Self::Directory(PathBuf::from(text))),
            Some(("memory", "" | "//")) => Ok(Self::Memory),
            Some(("memory", _)) => Err("`memory:` has no path".to_owned()),
            Some(("file", path)) => match path.strip_prefix("//").unwrap_or(path) {
                "" => Err("`file:` needs a path, as in `file:data.steadfast`".to_owned()),
                path => Ok(Self::Directory(PathBuf::from(path))),
            },
            Some((scheme, _)) => Err(format!(
                "`{scheme}:` is no kind of store that this program has: use a path, `file:PATH` or `memory:` (a path with a colon in it starts with `./`)"
            )),
        }
    }

    /// Reads an argument of the command line.
    pub(crate) fn argument() -> impl TypedValueParser<Value = Self> {
        OsStringValueParser::new().try_map(Self::parse)
    }

    /// The place that the environment names, or the default.
    pub(crate) fn usual() -> Result<Self, Failure> {
        match std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
            None => Ok(Self::Directory(PathBuf::from(DEFAULT))),
            Some(value) => Self::parse(value)
                .map_err(|reason| Failure::usage(format!("in {VARIABLE}: {reason}"))),
        }
    }

    /// To look at what is there: no lock is taken, nothing is written or created.
    pub(crate) fn open_to_read(&self) -> Result<Backend, Failure> {
        match self {
            Self::Directory(path) => Ok(Backend::Files(FileBackend::open_read_only(path)?)),
            Self::Memory => Err(Failure::usage(
                "there is never anything in `memory:` when a program starts: name a directory",
            )),
        }
    }

    /// To write, creating what is not there.
    pub(crate) fn open_to_write(&self) -> Result<Backend, PersistenceError> {
        match self {
            Self::Directory(path) => FileBackend::open(path).map(Backend::Files),
            Self::Memory => Ok(Backend::Memory(MemoryBackend::new())),
        }
    }

    /// To change a store that is there: a mistyped place must not become an empty store.
    pub(crate) fn open_to_change(&self) -> Result<Backend, Failure> {
        match blocking::status(&self.open_to_read()?) {
            // What else may be wrong with it, opening it says better.
            Err(error @ PersistenceError::NoStore { .. }) => Err(error.into()),
            _ => self.open_to_write().map_err(Failure::from),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => path.display().fmt(f),
            Self::Memory => f.write_str("memory"),
        }
    }
}

/// What stands before the first colon, if that is a scheme and not a part of a path or a drive's letter.
fn scheme(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-'));
    is_scheme.then_some((scheme, rest))
}
