//! The page as a server would have it: `web/` and, under `steadfast/`, the package.

use std::fs;
use std::path::{Path, PathBuf};

use super::package;
use crate::part::{Result, Stop};
use crate::workspace::Workspace;

/// Puts the site together; its folder.
pub fn assemble(workspace: &Workspace) -> Result<PathBuf> {
    let site = workspace.target_dir.join("site");
    // What is not there need not be removed.
    let _ = fs::remove_dir_all(&site);
    copy(&workspace.root.join("web"), &site)?;
    copy(
        &package::dir(workspace).join("dist"),
        &site.join("steadfast"),
    )?;
    Ok(site)
}

fn copy(from: &Path, to: &Path) -> Result {
    let failed = |error: std::io::Error| {
        Stop::failed(format!("{} could not be copied: {error}", from.display()))
    };
    fs::create_dir_all(to).map_err(failed)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target).map_err(failed)?;
        }
    }
    Ok(())
}
