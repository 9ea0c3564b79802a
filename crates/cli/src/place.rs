//! Where a store is: what `--store` and the destinations of copies name.
//!
//! ```text
//! data.steadfast   ./data   /srv/data        a directory
//! file:data        file:///srv/my%20data     a directory, as a URL (`%20` is a space)
//! ~/data           file:~/data               below the home directory, as in a shell
//! memory:                                    nowhere: gone when the program ends
//! ```

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use clap::builder::{OsStringValueParser, TypedValueParser};
use steadfast::{FileBackend, MemoryBackend, PersistenceError, blocking};

use crate::backend::Backend;
use crate::failure::Failure;
use crate::listing;
use crate::wait::Wait;

/// The store that is used if nothing names one.
const DEFAULT: &str = "./data.steadfast";

/// The folder that every store has.
const MANIFEST: &str = "manifest";

/// The folder that an unfinished copy has instead of the manifest.
const UNFINISHED_COPY: &str = "unfinished-copy";

/// The variable that names the store if `--store` does not.
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
            None => directory(text),
            Some(("memory", "" | "//")) => Ok(Self::Memory),
            Some(("memory", _)) => Err("`memory:` has no path".to_owned()),
            Some(("file", path)) => directory(file_path(path)?),
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

    /// Opens the store to read it: no lock is taken, nothing is written or created.
    pub(crate) fn open_to_read(&self) -> Result<Backend, Failure> {
        self.open_to_read_or(Failure::from)
    }

    /// The same, but `explain` makes the error for a place that is no store.
    pub(crate) fn open_to_read_or(
        &self,
        explain: fn(PersistenceError) -> Failure,
    ) -> Result<Backend, Failure> {
        match self {
            Self::Directory(path) => FileBackend::open_read_only(path)
                .and_then(|backend| refuse_what_is_no_store(path).map(|()| backend))
                .map(Backend::Files)
                .map_err(explain),
            Self::Memory => Err(Failure::usage(
                "there is never anything in `memory:` when a program starts: name a directory",
            )),
        }
    }

    /// Opens the store to write, and creates it if it is missing. Waits for the program that has
    /// it.
    pub(crate) fn open_to_write(&self, wait: Wait) -> Result<Backend, Failure> {
        match self {
            Self::Directory(path) => wait
                .until_free(|| FileBackend::open(path))
                .map(Backend::Files)
                .map_err(Failure::of_writing),
            Self::Memory => Ok(Backend::Memory(MemoryBackend::new())),
        }
    }

    /// Opens an existing store to change it: a mistyped place must not become an empty store.
    pub(crate) fn open_to_change(&self, wait: Wait) -> Result<Backend, Failure> {
        match blocking::status(&self.open_to_read()?) {
            // Opening the store reports every other error better.
            Err(error @ PersistenceError::NoStore { .. }) => Err(error.into()),
            _ => self.open_to_write(wait),
        }
    }
}

/// Whether one place is a directory below the other, or would be, links followed.
pub(crate) fn is_below(inner: &Place, outer: &Place) -> bool {
    let (Place::Directory(inner), Place::Directory(outer)) = (inner, outer) else {
        return false;
    };
    let Ok(outer) = fs::canonicalize(outer) else {
        return false;
    };
    let inner = std::path::absolute(inner).unwrap_or_else(|_| inner.clone());
    let mut above = inner.ancestors();
    let found = above.find_map(|above| fs::canonicalize(above).ok());
    found.is_some_and(|above| {
        above.starts_with(&outer) && (above != outer || fs::canonicalize(&inner).is_err())
    })
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => path.display().fmt(f),
            Self::Memory => f.write_str("memory"),
        }
    }
}

/// A directory as it was named, with `~` expanded. Anything else that a shell would expand is
/// refused: in a shell it names another directory.
fn directory(text: impl Into<OsString>) -> Result<Place, String> {
    let text = text.into();
    let Some(below) = text.to_str().and_then(|text| text.strip_prefix('~')) else {
        return Ok(Place::Directory(PathBuf::from(text)));
    };
    let below = match below.strip_prefix('/') {
        // A path that begins with a slash would leave the home directory.
        Some(below) => below.trim_start_matches('/'),
        None if below.is_empty() => "",
        None => {
            return Err(
                "`~` with a name stands for somebody's home directory, and is not expanded here: write that out (a \
                 directory with a name like that is `./~…`)"
                    .to_owned(),
            );
        }
    };
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let home =
        home.ok_or("`~` stands for your home directory, and the system does not say which")?;
    Ok(Place::Directory(home.join(below)))
}

/// The path in a `file:` URL, behind the colon.
fn file_path(url: &str) -> Result<OsString, String> {
    let path = match url.strip_prefix("//") {
        None => url,
        Some(rest) => {
            let host_end = rest.find('/').unwrap_or(rest.len());
            match rest.split_at(host_end) {
                ("", path) => path,
                (host, path) if host.eq_ignore_ascii_case("localhost") => path,
                _ => {
                    return Err(
                        "what stands behind `file://` is another machine: a path begins with a third slash, as in \
                         `file:///srv/data`, or has none, as in `file:data.steadfast`"
                            .to_owned(),
                    );
                }
            }
        }
    };
    if path.is_empty() {
        return Err("`file:` needs a path, as in `file:data.steadfast`".to_owned());
    }
    let is_escaped = |percent: usize| {
        let digits = path
            .as_bytes()
            .get(percent.saturating_add(1)..percent.saturating_add(3));
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !path
        .match_indices('%')
        .all(|(percent, _)| is_escaped(percent))
    {
        return Err(
            "in a `file:` URL two hexadecimal digits follow each `%`, and `%25` is the `%` itself; a path without \
             `file:` is taken as it is"
                .to_owned(),
        );
    }
    let decoded = percent_encoding::percent_decode_str(path);
    from_bytes(decoded.collect())
}

#[cfg(unix)]
fn from_bytes(path: Vec<u8>) -> Result<OsString, String> {
    use std::os::unix::ffi::OsStringExt as _;
    Ok(OsString::from_vec(path))
}

/// On systems where names are text, a URL holds them as UTF-8, and `/C:/data` means `C:/data`.
#[cfg(not(unix))]
fn from_bytes(path: Vec<u8>) -> Result<OsString, String> {
    let path = String::from_utf8(path)
        .map_err(|_| "the path in the `file:` URL is not UTF-8".to_owned())?;
    let drive = path
        .strip_prefix('/')
        .filter(|rest| rest.get(1..2) == Some(":"));
    Ok(drive.unwrap_or(&path).into())
}

/// Refuses a directory that holds no store without looking below it: it may be the root of the
/// machine.
///
/// A folder called `manifest` marks a store, as when it is opened for writing. The code that reads
/// a store without that folder says what is missing.
fn refuse_what_is_no_store(path: &Path) -> Result<(), PersistenceError> {
    let place = path.display().to_string();
    // If the directory cannot be listed, the code that reads it says so.
    let Ok(names) = listing::names(path) else {
        return Ok(());
    };
    let mut foreign = None;
    let mut is_remainder = false;
    for name in names {
        let name = name.to_string_lossy().into_owned();
        match name.as_str() {
            MANIFEST | UNFINISHED_COPY => return Ok(()),
            "snapshot" | "wal" => is_remainder = true,
            name if FileBackend::is_bystander(name) => {}
            name => foreign = foreign.into_iter().chain([name.to_owned()]).min(),
        }
    }
    match foreign {
        Some(name) => Err(PersistenceError::NotAStore {
            place,
            found: format!("`{name}`"),
        }),
        None if is_remainder => Ok(()),
        None => Err(PersistenceError::NoStore { place }),
    }
}

/// The text before the first colon, if it is a scheme and not a part of a path or a drive's letter.
fn scheme(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-'));
    is_scheme.then_some((scheme, rest))
}
