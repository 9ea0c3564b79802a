//! File systems that are small or read-only, for as long as a test runs.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A mounted tmpfs; unmounted when dropped.
pub(crate) struct Mount {
    guard: Option<tempfile::TempDir>,
}

impl Mount {
    /// Mounts one with these options; `None`, with a printed reason, where that is not permitted.
    pub(crate) fn tmpfs(options: &str) -> Option<Self> {
        let guard = tempfile::tempdir().unwrap();
        let mut command = Command::new("mount");
        command
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(guard.path());
        if command.output().is_ok_and(|output| output.status.success()) {
            return Some(Self { guard: Some(guard) });
        }
        println!("skipped: mounting a tmpfs is not permitted here");
        None
    }

    pub(crate) fn path(&self) -> &Path {
        self.guard.as_ref().unwrap().path()
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Mounts an overlay whose upper directory is `upper` in here; `None`, with a printed reason,
    /// where that is not permitted.
    pub(crate) fn overlay(&self) -> Option<Self> {
        for name in ["lower", "upper", "work"] {
            std::fs::create_dir(self.join(name)).unwrap();
        }
        let guard = tempfile::tempdir().unwrap();
        let inside = |name| self.join(name).display().to_string();
        let options = format!(
            "lowerdir={},upperdir={},workdir={}",
            inside("lower"),
            inside("upper"),
            inside("work")
        );
        let mut command = Command::new("mount");
        command
            .args(["-t", "overlay", "-o", &options, "overlay"])
            .arg(guard.path());
        if command.output().is_ok_and(|output| output.status.success()) {
            return Some(Self { guard: Some(guard) });
        }
        println!("skipped: mounting an overlay is not permitted here");
        None
    }

    /// Makes what is mounted read-only.
    pub(crate) fn make_read_only(&self) {
        let status = Command::new("mount")
            .args(["-o", "remount,ro"])
            .arg(self.path())
            .status()
            .unwrap();
        assert!(status.success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Lazily: a handle that a failed test still has open must not leave the mount behind.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
        // Whatever happened to the mount, nothing behind it is removed file by file.
        let path = self.guard.take().unwrap().keep();
        let _ = std::fs::remove_dir(path);
    }
}
