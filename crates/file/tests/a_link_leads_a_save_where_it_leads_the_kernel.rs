//! A save goes where the kernel goes that follows the same links, or nowhere.
#![cfg(target_os = "linux")]

use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use steadfast_file::simulation::{FileSystem, Native, NativeDirectory};
use steadfast_file::{AtomicFile, FileBackend, Symlinks, write_atomically};

use crate::support::mounts::Mount;

fn names(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn refused(path: &Path) -> String {
    write_atomically(path, "new").unwrap_err().to_string()
}

#[test]
fn an_open_file_that_lost_its_name_is_not_saved_under_another() {
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("file");
    let file = fs::File::create(&path).unwrap();
    let shown = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    // While it has a name, that is saved.
    write_atomically(&shown, "new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    // Its name is another file's now.
    let said = refused(&shown);
    assert!(said.contains("no name there"), "{said}");
    fs::remove_file(&path).unwrap();
    for path in [shown.clone(), guard.path().join("link")] {
        if path != shown {
            symlink(&shown, &path).unwrap();
        }
        let said = refused(&path);
        assert!(said.contains("no name there"), "{said}");
    }
    assert_eq!(names(guard.path()), [guard.path().join("link")]);
    // Somebody has a file of that very name.
    let decoy = guard.path().join("file (deleted)");
    fs::write(&decoy, "precious").unwrap();
    refused(&shown);
    assert_eq!(fs::read(&decoy).unwrap(), b"precious");
}

#[test]
fn a_pipe_is_no_file() {
    let (reader, _writer) = std::io::pipe().unwrap();
    let said = refused(Path::new(&format!("/proc/self/fd/{}", reader.as_raw_fd())));
    assert!(said.contains("a pipe"), "{said}");
}

#[test]
fn where_the_kernel_follows_no_link_neither_does_a_save() {
    let Some(mount) = Mount::tmpfs("size=4m,nosymfollow") else {
        return;
    };
    let guard = tempfile::tempdir().unwrap();
    let victim = guard.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    let link = mount.join("link");
    symlink(&victim, &link).unwrap();
    if fs::read(&link).is_ok() {
        println!("skipped: this kernel follows links everywhere");
        return;
    }
    let dangling = mount.join("dangling");
    symlink(guard.path().join("missing"), &dangling).unwrap();
    let outside = guard.path().join("outside");
    symlink(&link, &outside).unwrap();
    for path in [&link, &dangling, &outside] {
        let said = refused(path);
        assert!(said.contains("name the place itself"), "{said}");
    }
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert!(!guard.path().join("missing").exists());
    // What a store says of it, and what is replaced and not followed.
    for path in [link.clone(), link.join("store")] {
        let said = FileBackend::open(&path).unwrap_err().to_string();
        assert!(
            said.contains("nosymfollow") && !said.contains("circle"),
            "{said}"
        );
    }
    let options = AtomicFile::options().symlinks(Symlinks::Replace);
    options.open(&link).unwrap().commit().unwrap();
    assert_eq!(fs::read(&link).unwrap(), b"");
}

/// The file behind the link is another one at each look, and so is the link.
#[test]
fn saves_and_changed_links_meanwhile_are_no_failure() {
    let guard = tempfile::tempdir().unwrap();
    let at = |name: &str| guard.path().join(name);
    let link = at("link");
    symlink("file", &link).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                fs::write(at("new"), "other").unwrap();
                fs::rename(at("new"), at("file")).unwrap();
                symlink("file", at("new link")).unwrap();
                fs::rename(at("new link"), &link).unwrap();
            }
        });
        for _ in 0..100 {
            let saved = write_atomically(&link, "ours");
            if saved.is_err() {
                done.store(true, Ordering::Relaxed);
            }
            saved.unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
}

/// This machine, where somebody changes the links after each of so many looks.
#[derive(Clone, Debug)]
struct Restless(Arc<AtomicUsize>);

impl FileSystem for Restless {
    type Directory = NativeDirectory;
    type File = fs::File;

    fn open_directory(&self, path: &Path) -> io::Result<NativeDirectory> {
        Native.open_directory(path)
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        Native.create_directory(path)
    }

    fn is_there(&self, path: &Path) -> io::Result<bool> {
        Native.is_there(path)
    }

    fn read_link(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        Native.read_link(path)
    }

    fn leads_to(&self, path: &Path, target: &Path) -> io::Result<bool> {
        let changes = self.0.load(Ordering::Relaxed);
        if changes == 0 {
            return Native.leads_to(path, target);
        }
        self.0.store(changes - 1, Ordering::Relaxed);
        fs::remove_file(path)?;
        symlink(format!("file{changes}"), path)?;
        Ok(false)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        Native.canonicalize(path)
    }

    fn random(&self) -> u64 {
        Native.random()
    }

    fn rename_is_undone(error: &io::Error) -> bool {
        Native::rename_is_undone(error)
    }
}

#[test]
fn a_link_that_was_changed_meanwhile_is_read_anew() {
    let guard = tempfile::tempdir().unwrap();
    let link = guard.path().join("link");
    symlink("file", &link).unwrap();
    let save = |changes| {
        let system = Restless(Arc::new(AtomicUsize::new(changes)));
        AtomicFile::options().open_on(&system, &link)?.commit()
    };
    save(5).unwrap();
    let (file1, only) = (guard.path().join("file1"), names(guard.path()).len());
    assert!(
        file1.exists() && only == 2,
        "saved where the last one leads"
    );
    // For ever.
    assert!(save(usize::MAX).is_err());
}
