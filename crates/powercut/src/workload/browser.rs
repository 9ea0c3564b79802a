//! A browser whose profile is on the file system that is recorded.
//!
//! The program is Chromium with a page on the npm package, driven by `browser/driver.mjs`, which speaks the lines of a workload's process. The
//! profile is there before the recording begins; the database is made while it is recorded. What is found is what the same page finds in a browser
//! that is started on the crash state.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::{Link, Trouble};
use crate::check::{Loss, Told};

/// What the page keeps its data in.
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

/// What the page found.
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

/// Becomes the driver, which goes on talking in this process's stead.
pub(super) fn run(_: &mut Link, directory: &Path, mode: Mode) -> Result<(), Trouble> {
    Err(driver("run", mode, directory).exec().into())
}

/// Starts the browser again and asks the page what is there.
pub(super) fn check(directory: &Path, told: Told, mode: Mode) -> Result<(), Loss> {
    let unopenable = |reason: String| Loss::Unopenable(reason);
    let asked = driver("check", mode, directory)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| unopenable(format!("node cannot be run: {error}")))?;
    let said = String::from_utf8_lossy(&asked.stdout);
    let found = serde_json::from_str(&said).map_err(|_| {
        let errors = String::from_utf8_lossy(&asked.stderr);
        unopenable(format!("the browser gives no answer: {said}{errors}"))
    })?;
    match (found, mode) {
        (Found::Count(count), Mode::IndexedDb | Mode::Relaxed) => told.admits(Some(count)),
        // It declares that a power cut may take what it has. What it shows must have been saved, all the same.
        (Found::Count(count), Mode::Opfs) if Some(count) > told.begun => told.admits(Some(count)),
        (Found::Count(_) | Found::Error(_), Mode::Opfs) => Ok(()),
        (Found::Error(reason), Mode::IndexedDb | Mode::Relaxed) => Err(unopenable(reason)),
    }
}
