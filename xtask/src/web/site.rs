//! The page as a server would have it: `web/`, the package under `steadfast/`, the files of others
//! that the page uses under `vendor/`, and `files.js`, which lists all of it for the service
//! worker.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

use super::package;
use crate::part::{Result, Stop};
use crate::process;
use crate::workspace::Workspace;

/// Files that the service worker must not keep: itself, and the list that tells the browser whether
/// the worker is a new one.
const NOT_KEPT: [&str; 2] = ["sw.js", "files.js"];

/// Assembles the site, and returns its folder.
pub fn assemble(workspace: &Workspace) -> Result<PathBuf> {
    let site = workspace.target_dir.join("site");
    // If there is no site yet, there is nothing to remove.
    let _ = fs::remove_dir_all(&site);
    let package = package::dir(workspace).join("dist");
    let mut borrow = workspace.command("node");
    borrow
        .current_dir(package::dir(workspace))
        .arg("vendor.mjs")
        .arg(site.join("vendor"));
    process::run(&mut borrow)?;
    let put_together = || -> io::Result<()> {
        copy(&workspace.root.join("web"), &site)?;
        copy(&package, &site.join("steadfast"))?;
        let mut names = Vec::new();
        let mut version = DefaultHasher::new();
        list(&site, "", &mut names, &mut version)?;
        let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        let (version, names) = (version.finish(), quoted.join(", "));
        let script =
            format!("self.FILES = {{ version: \"{version:016x}\", names: [\"./\", {names}] }};\n");
        fs::write(site.join("files.js"), script)
    };
    put_together().map_err(|error| {
        Stop::failed(format!(
            "the site could not be put together in {}: {error}",
            site.display()
        ))
    })?;
    Ok(site)
}

/// Whether a browser loads the file from this site. The copies inside scripts are for sites that do
/// not serve the package's files beside its scripts.
fn is_loaded(path: &str) -> bool {
    !path.ends_with(".d.ts") && !path.contains("_inline-")
}

/// Copies what a browser loads.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target)?;
        } else if is_loaded(&path.to_string_lossy()) {
            fs::copy(path, target)?;
        }
    }
    Ok(())
}

/// Lists the files below a folder in name order, and adds their contents to the version.
fn list(
    folder: &Path,
    prefix: &str,
    names: &mut Vec<String>,
    version: &mut DefaultHasher,
) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            list(&entry.path(), &format!("{name}/"), names, version)?;
        } else if !NOT_KEPT.contains(&name.as_str()) {
            (&name, fs::read(entry.path())?).hash(version);
            names.push(name);
        }
    }
    Ok(())
}
