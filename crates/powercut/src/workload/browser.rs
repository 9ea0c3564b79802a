//! A browser whose profile is on the file system that is recorded.
//!
//! The program is Chromium with a page on the npm package. `browser/driver.mjs` drives it, and
//! speaks the lines of a workload's process. The profile is there before the recording begins. The
//! database is made while it is recorded.
//!
//! The check starts a browser on the crash state, and the same page says what it finds there. In
//! strict `IndexedDB` the page then saves some more, the browser is killed, and another one is
//! started: what a browser makes of the torn end of its own log may show only at the second start.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::{Link, Trouble};
use crate::check::{Loss, Told};

/// Where the page keeps its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// The package's default: `IndexedDB`, strict.
    IndexedDb,
    /// The package in OPFS, which does not claim to outlive a power cut.
    Opfs,
    /// `IndexedDB` by hand, with the durability that every browser has by default.
    Relaxed,
}

impl Mode {
    const fn name(self) -> &'static str {
        match self {
            Self::IndexedDb => "indexeddb",
            Self::Opfs => "opfs",
            Self::Relaxed => "relaxed",
        }
    }
}

/// How many saves the page makes after it has said what is there.
const MORE: u64 = 3;

/// What the page found, before it saved [`MORE`].
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Found {
    Count(u64),
    Error(String),
}

fn driver(task: &str, mode: Mode, directory: &Path) -> Command {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut driver = Command::new("node");
    driver
        .arg(here.join("browser/driver.mjs"))
        .args([task, mode.name()])
        .arg(directory.join("profile"))
        .arg(here.join("../web/npm/dist"));
    driver
}

/// Becomes the driver, which continues to talk in place of this process.
pub(super) fn run(_: &mut Link, directory: &Path, mode: Mode) -> Result<(), Trouble> {
    Err(driver("run", mode, directory).exec().into())
}

/// Starts the browser on the crash state. In strict `IndexedDB`, where an acknowledged save has to
/// outlive the power cut, starts it a second time.
pub(super) fn check(directory: &Path, told: Told, mode: Mode) -> Result<(), Loss> {
    match (look(directory, mode)?, mode) {
        (Found::Count(count), Mode::IndexedDb) => {
            told.admits(Some(count))?;
            look_again(directory, mode, count.saturating_add(MORE))
        }
        (Found::Count(count), Mode::Relaxed) => told.admits(Some(count)),
        // OPFS declares that a power cut may take what it has. Still, what it shows must have been
        // saved.
        (Found::Count(count), Mode::Opfs) if Some(count) > told.begun => told.admits(Some(count)),
        (Found::Count(_) | Found::Error(_), Mode::Opfs) => Ok(()),
        (Found::Error(reason), _) => Err(Loss::Unopenable(reason)),
    }
}

fn look_again(directory: &Path, mode: Mode, expected: u64) -> Result<(), Loss> {
    match look(directory, mode)? {
        Found::Count(count) if count == expected => Ok(()),
        Found::Count(count) => Err(Loss::Lost(format!(
            "{count} commits are there at the second start, and {expected} were at the end of the first"
        ))),
        Found::Error(reason) => Err(Loss::Unopenable(format!("at the second start: {reason}"))),
    }
}

/// Starts the browser, asks the page what is there, and kills it.
fn look(directory: &Path, mode: Mode) -> Result<Found, Loss> {
    let unopenable = |reason: String| Loss::Unopenable(reason);
    let asked = driver("check", mode, directory)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| unopenable(format!("node cannot be run: {error}")))?;
    let said = String::from_utf8_lossy(&asked.stdout);
    serde_json::from_str(&said).map_err(|_| {
        let errors = String::from_utf8_lossy(&asked.stderr);
        unopenable(format!("the browser gives no answer: {said}{errors}"))
    })
}
