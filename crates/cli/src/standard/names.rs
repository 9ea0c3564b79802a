//! The names that the system has for standard input.
//!
//! Opened by its name a descriptor is opened anew, and for reading: what is closed, or open for
//! writing only, could not be told from input that is empty. So every such name is read as `-` is.

use std::fs;
use std::path::{Path, PathBuf};

/// More links than a system follows.
const LINKS_MAX: usize = 64;

/// Whether a path leads to standard input, links followed.
pub(super) fn is_input(path: &Path) -> bool {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return false;
        };
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let Ok(folder) = fs::canonicalize(folder) else {
            return false;
        };
        if name == "0" && is_our_descriptors(&folder) {
            return true;
        }
        // Where the system has no links for its descriptors.
        let path_found = folder.join(name);
        if path_found == Path::new("/dev/stdin") && fs::read_link(&path_found).is_err() {
            return true;
        }
        let Ok(target) = fs::read_link(&path_found) else {
            return false;
        };
        path = folder.join(target);
    }
    false
}

/// Whether a folder, links followed, holds the descriptors of this program: those of any of its
/// threads are the same.
fn is_our_descriptors(folder: &Path) -> bool {
    let is_below = |ours: &str, folder: &Path| {
        fs::canonicalize(ours).is_ok_and(|ours: PathBuf| folder.starts_with(ours))
    };
    folder == Path::new("/dev/fd")
        || (folder.ends_with("fd")
            && (is_below("/proc/self/fd", folder) || is_below("/proc/self/task", folder)))
}
