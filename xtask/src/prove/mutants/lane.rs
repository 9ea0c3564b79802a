//! A copy of the workspace in which one mutant after another is made.

use super::copy::mirror;
use super::trial::{self, Tools};
use super::{Mutant, read, replace_once, write};
use crate::console::say;
use crate::part::Result;
use crate::workspace::Workspace;

/// The copy, with a build directory of its own.
pub(super) struct Lane {
    copy: Workspace,
}

impl Lane {
    pub(super) fn new(workspace: &Workspace, number: usize) -> Result<Self> {
        let root = workspace.target_dir.join(format!("mutants/{number}"));
        mirror(&workspace.root, &workspace.tracked_files()?, &root)?;
        let target_dir = workspace.target_dir.join(format!("mutants-build/{number}"));
        Ok(Self {
            copy: Workspace {
                root,
                target_dir,
                ..workspace.clone()
            },
        })
    }

    /// Makes the mutant, runs its test, and restores the text. Returns whether the test failed.
    pub(super) fn catches(&self, tools: &Tools, mutant: &Mutant) -> Result<bool> {
        let path = self.copy.root.join(mutant.file);
        let original = read(&path)?;
        let Some(mutated) = replace_once(&original, mutant.from, mutant.to) else {
            say(&format!(
                "STALE    {}: its text is not (once) in {}",
                mutant.what, mutant.file
            ));
            return Ok(false);
        };
        write(&path, &mutated)?;
        let verdict = trial::run(&self.copy, tools, mutant);
        write(&path, &original)?;
        let verdict = verdict?;
        let (what, catcher) = (mutant.what, mutant.catcher());
        if verdict.is_success {
            say(&format!("SURVIVED {what}: no test of {catcher} failed"));
        } else if verdict.is_caught {
            say(&format!("caught   {what:<70} by {catcher}"));
        } else {
            say(&format!(
                "SURVIVED {what}: the run failed, but not by {catcher}\n{}",
                verdict.excerpt
            ));
        }
        Ok(verdict.is_caught)
    }
}
