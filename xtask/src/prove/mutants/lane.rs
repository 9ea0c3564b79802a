//! A copy of the workspace in which one mutant after the other is made.

use std::path::PathBuf;

use super::copy::mirror;
use super::verdict::is_caught;
use super::{Mutant, read, replace_once, write};
use crate::console::say;
use crate::part::{Result, Stop};
use crate::workspace::Workspace;

/// The copy, and the build of it.
pub(super) struct Lane {
    copy: PathBuf,
    build: PathBuf,
}

impl Lane {
    pub(super) fn new(workspace: &Workspace, number: usize) -> Result<Self> {
        let lane = Self {
            copy: workspace.target_dir.join(format!("mutants/{number}")),
            build: workspace.target_dir.join(format!("mutants-build/{number}")),
        };
        mirror(&workspace.root, &workspace.tracked_files()?, &lane.copy)?;
        Ok(lane)
    }

    /// Makes the mutant, runs its test, and puts the text back. Whether the test failed.
    pub(super) fn catches(&self, workspace: &Workspace, mutant: &Mutant) -> Result<bool> {
        let path = self.copy.join(mutant.file);
        let original = read(&path)?;
        let Some(mutated) = replace_once(&original, mutant.from, mutant.to) else {
            say(&format!(
                "STALE    {}: its text is not (once) in {}",
                mutant.what, mutant.file
            ));
            return Ok(false);
        };
        write(&path, &mutated)?;
        let mut test = workspace.cargo("test");
        test.current_dir(&self.copy)
            .args(["--quiet", "--package", mutant.package])
            .args(mutant.test)
            // Warnings about what is unused now are not the point.
            .env("RUSTFLAGS", "--cap-lints=allow")
            // Little is built, and often.
            .env("CARGO_INCREMENTAL", "1")
            .env("CARGO_PROFILE_DEV_DEBUG", "none")
            .env("CARGO_TARGET_DIR", &self.build);
        let verdict = test.output();
        write(&path, &original)?;
        let output = verdict.map_err(|error| Stop::failed(format!("cargo: {error}")))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        let (what, catcher) = (mutant.what, mutant.catcher());
        if output.status.success() {
            say(&format!("SURVIVED {what}: no test of {catcher} failed"));
            return Ok(false);
        }
        let is_caught = is_caught(&said, mutant.test);
        if is_caught {
            say(&format!("caught   {what:<70} by {catcher}"));
        } else {
            let failures = said.lines().filter(|line| line.contains("FAILED"));
            let first: Vec<_> = failures.chain(errors.lines()).take(12).collect();
            say(&format!(
                "SURVIVED {what}: the run failed, but not by {catcher}\n{}",
                first.join("\n")
            ));
        }
        Ok(is_caught)
    }
}
