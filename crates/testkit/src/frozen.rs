//! Encodings that change only with their version.
//!
//! A field that is added, or two that change places, give old data another meaning. The encoding
//! does not show that: only [`Schema::VERSION`] does, and it is easily forgotten. So a test keeps
//! the encodings of a few samples in a file for each version. The test fails if today's code
//! encodes the samples of today's version in another way, or cannot decode those of an older
//! version.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use steadfast::{Postcard, Schema, State};
//! use steadfast_testkit::frozen;
//!
//! #[derive(Default, Serialize, Deserialize)]
//! struct Counter { total: u64 }
//!
//! #[derive(Serialize, Deserialize)]
//! enum Change { Add(u64), Reset }
//!
//! impl Schema for Counter {
//!     const NAME: &'static str = "example.counter";
//!     type Codec = Postcard;
//! }
//!
//! impl State for Counter {
//!     type Operation = Change;
//!     type OperationCodec = Postcard;
//!     fn apply(&mut self, change: Change) {
//!         match change {
//!             Change::Add(n) => self.total += n,
//!             Change::Reset => self.total = 0,
//!         }
//!     }
//! }
//!
//! # let folder = tempfile::tempdir().unwrap();
//! # let folder = folder.path();
//! # frozen::values(folder, &[Counter::default(), Counter { total: 300 }]).unwrap_err();
//! # frozen::operations::<Counter>(folder, &[Change::Add(300), Change::Reset]).unwrap_err();
//! // In a test: let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/frozen");
//! frozen::values(folder, &[Counter::default(), Counter { total: 300 }])?;
//! frozen::operations::<Counter>(folder, &[Change::Add(300), Change::Reset])?;
//! # Ok::<(), frozen::NotFrozen>(())
//! ```
//! The first run of a version, or with a new sample, writes the file and fails. Put the file under
//! version control, and run the test again. Since a missing file fails too, its loss is noticed. A
//! sample for each variant, with fields that differ, finds most. Samples must encode alike in each
//! run: give a hash map one entry at most.

use std::fmt;
use std::path::{Path, PathBuf};

use steadfast_core::{Codec, CodecError, Schema, State};

/// What has changed, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFrozen(String);

impl fmt::Display for NotFrozen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotFrozen {}

/// Checks that values of `T` are encoded as the files in `folder` say.
///
/// # Errors
/// The encoding of a sample changed without a new version; an old version cannot be decoded; the
/// version went back; a file was written just now, or cannot be read or written.
pub fn values<T: Schema>(folder: impl AsRef<Path>, samples: &[T]) -> Result<(), NotFrozen> {
    let files = Files::new::<T>(folder.as_ref(), "values");
    let encoded = encoded::<T, T::Codec>(samples)?;
    files.check(T::VERSION, &encoded, |version, bytes| {
        T::decode_version(version, bytes).map(drop)
    })
}

/// Checks that operations of `S` are encoded as the files in `folder` say.
///
/// # Errors
/// As for [`values`].
pub fn operations<S: State>(
    folder: impl AsRef<Path>,
    samples: &[S::Operation],
) -> Result<(), NotFrozen> {
    let files = Files::new::<S>(folder.as_ref(), "operations");
    let encoded = encoded::<S::Operation, S::OperationCodec>(samples)?;
    files.check(S::VERSION, &encoded, |version, bytes| {
        if version == S::VERSION {
            S::OperationCodec::decode(bytes).map(drop)
        } else {
            S::migrate_operation(version, bytes).map(drop)
        }
    })
}

fn encoded<T, C: Codec<T>>(samples: &[T]) -> Result<Vec<Vec<u8>>, NotFrozen> {
    let encode = |sample: &T| {
        let mut bytes = Vec::new();
        C::encode(sample, &mut bytes).map(|()| bytes)
    };
    let encoded: Result<_, CodecError> = samples.iter().map(encode).collect();
    encoded.map_err(|e| NotFrozen(format!("a sample cannot be encoded: {e}")))
}

/// The files of one type: one file per version, one line of hexadecimal digits per sample.
struct Files {
    folder: PathBuf,
    name: &'static str,
    what: &'static str,
}

impl Files {
    fn new<T: Schema>(folder: &Path, what: &'static str) -> Self {
        Self {
            folder: folder.to_owned(),
            name: T::NAME,
            what,
        }
    }

    fn path(&self, version: u32) -> PathBuf {
        let (before, behind) = self.around_the_version();
        self.folder.join(format!("{before}{version}{behind}"))
    }

    /// The parts of a file's name before and after the version.
    fn around_the_version(&self) -> (String, String) {
        let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let name: String = self.name.chars().map(safe).collect();
        (format!("{name}.v"), format!(".{}.txt", self.what))
    }

    fn check(
        &self,
        version: u32,
        encoded: &[Vec<u8>],
        decode: impl Fn(u32, &[u8]) -> Result<(), CodecError>,
    ) -> Result<(), NotFrozen> {
        let (name, what) = (self.name, self.what);
        for older in 0..version {
            for (line, bytes) in self.read(older)?.unwrap_or_default().iter().enumerate() {
                decode(older, bytes).map_err(|e| {
                    NotFrozen(format!(
                        "the {what} of `{name}` in version {older} can no longer be decoded (sample {line}: {e}): \
                         bring back its migration"
                    ))
                })?;
            }
        }
        if let Some(newer) = self.newest()?.filter(|newest| *newest > version) {
            return Err(NotFrozen(format!(
                "the {what} of `{name}` were frozen in version {newer}, and its version is {version}: a version never \
                 goes back, because stores with the newer one may exist"
            )));
        }
        let known = self.read(version)?.unwrap_or_default();
        for (line, bytes) in known.iter().enumerate() {
            if encoded.get(line) != Some(bytes) {
                return Err(NotFrozen(format!(
                    "the {what} of `{name}` are encoded in another way than before (sample {line}), but its version is still \
                     {version}: raise `VERSION` and write a migration, or undo the change of the type; samples are \
                     only ever added, at the end"
                )));
            }
        }
        for (line, bytes) in encoded.iter().enumerate() {
            decode(version, bytes).map_err(|e| {
                NotFrozen(format!(
                    "the {what} of `{name}` cannot be decoded again (sample {line}: {e})"
                ))
            })?;
        }
        if encoded.len() > known.len() {
            self.write(version, encoded)?;
            let path = self.path(version);
            return Err(NotFrozen(format!(
                "the {what} of `{name}` in version {version} were not frozen yet (sample {}), and are now: put {} \
                 under version control, and run the test again",
                known.len(),
                path.display()
            )));
        }
        Ok(())
    }

    /// The newest version that has a file.
    fn newest(&self) -> Result<Option<u32>, NotFrozen> {
        let cannot = |e| {
            let folder = self.folder.display();
            NotFrozen(format!("{folder} cannot be read: {e}"))
        };
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(cannot(e)),
        };
        let (before, behind) = self.around_the_version();
        let mut newest = None;
        for entry in entries {
            let file = entry.map_err(cannot)?.file_name();
            let version = file
                .to_str()
                .and_then(|file| file.strip_prefix(&before)?.strip_suffix(&behind));
            newest = newest.max(version.and_then(|version| version.parse().ok()));
        }
        Ok(newest)
    }

    fn read(&self, version: u32) -> Result<Option<Vec<Vec<u8>>>, NotFrozen> {
        let path = self.path(version);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => {
                let path = path.display();
                return Err(NotFrozen(format!("{path} cannot be read: {e}")));
            }
        };
        let lines = text.lines().map(bytes).collect::<Option<_>>();
        let damaged = || NotFrozen(format!("{} is damaged", path.display()));
        lines.map(Some).ok_or_else(damaged)
    }

    fn write(&self, version: u32, encoded: &[Vec<u8>]) -> Result<(), NotFrozen> {
        let path = self.path(version);
        let text: String = encoded.iter().map(|bytes| line(bytes)).collect();
        let written =
            std::fs::create_dir_all(&self.folder).and_then(|()| std::fs::write(&path, text));
        written.map_err(|e| NotFrozen(format!("{} cannot be written: {e}", path.display())))
    }
}

fn line(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.chain(["\n".to_owned()]).collect()
}

fn bytes(line: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = line
        .chars()
        .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
        .collect();
    let digits = digits?;
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(high << 4 | low),
        _ => None,
    };
    digits.chunks(2).map(byte).collect()
}
