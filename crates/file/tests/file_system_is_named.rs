//! What the store stands on is named, and memory is not taken for a disk.
#![cfg(target_os = "linux")]

use steadfast_core::{StorageBackend, Survives};

use crate::support::mounts::Mount;
use crate::support::{open, place};

#[test]
fn a_tmpfs_outlives_the_process_only() {
    let Some(mount) = Mount::tmpfs("size=1m") else {
        return;
    };
    let backend = open(&mount.join("store"));
    assert_eq!(backend.file_system(), "tmpfs");
    assert_eq!(backend.survives(), Survives::ProcessCrash);
}

#[test]
fn a_disk_outlives_a_power_loss() {
    let (_guard, path) = place();
    let backend = open(&path);
    if backend.file_system() == "tmpfs" {
        println!("skipped: temporary files are in memory here");
        return;
    }
    assert_eq!(backend.survives(), Survives::PowerLoss);
    assert!(backend.is_exclusive());
    assert_eq!(backend.location(), path.display().to_string());
}
