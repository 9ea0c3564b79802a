//! What a store says that it survives is what is below it: memory under a disk's name is memory,
//! and what cannot be seen is not promised.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use steadfast_core::{StorageBackend, Survives};
use steadfast_file::FileBackend;

use crate::support::mounts::Mount;
use crate::support::{open, place, save};

fn run(program: &str, arguments: &[&str]) -> bool {
    let done = Command::new(program).args(arguments).output();
    done.is_ok_and(|output| output.status.success())
}

/// Something mounted at a directory of a guard's; unmounted when dropped.
struct Mounted(PathBuf);

impl Mounted {
    fn at(path: &Path, arguments: &[&str]) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let mut all = arguments.to_vec();
        all.push(path.to_str().unwrap());
        if run("mount", &all) {
            return Some(Self(path.to_owned()));
        }
        println!("skipped: cannot mount {arguments:?} here");
        None
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        run("umount", &["-l", self.0.to_str().unwrap()]);
    }
}

/// Whether what is on the disk here survives: else there is nothing to compare with.
fn is_on_a_disk() -> bool {
    let (_guard, path) = place();
    let survives = open(&path).survives() == Survives::PowerLoss;
    if !survives {
        println!("skipped: temporary files survive no power loss here");
    }
    survives
}

fn assert_told(path: &Path, survives: Survives, name: &str) {
    let backend = open(path);
    assert_eq!(
        (backend.survives(), backend.file_system()),
        (survives, name)
    );
    drop(backend);
    let reader = FileBackend::open_read_only(path).unwrap();
    assert_eq!((reader.survives(), reader.file_system()), (survives, name));
}

#[test]
fn an_overlay_is_what_takes_the_writes() {
    if !is_on_a_disk() {
        return;
    }
    let Some(memory) = Mount::tmpfs("size=4m") else {
        return;
    };
    let guard = tempfile::tempdir().unwrap();
    let disk = guard.path().join("a, b");
    for path in [memory.path(), &disk] {
        fs::create_dir_all(path.join("upper")).unwrap();
        fs::create_dir_all(path.join("work")).unwrap();
    }
    fs::create_dir(guard.path().join("lower")).unwrap();
    let lower = guard.path().join("lower").display().to_string();
    let options = |upper: &Path, more: &str| {
        let upper = upper.display().to_string().replace(',', "\\,");
        format!("lowerdir={lower},upperdir={upper}/upper,workdir={upper}/work{more}")
    };
    let seen = guard.path().join("seen");
    for (options, survives, name) in [
        (
            options(memory.path(), ""),
            Survives::ProcessCrash,
            "overlay on tmpfs",
        ),
        (options(&disk, ""), Survives::PowerLoss, "overlay"),
        (
            options(&disk, ",volatile"),
            Survives::ProcessCrash,
            "overlay, mounted without flushes",
        ),
    ] {
        let Some(_mounted) = Mounted::at(&seen, &["-t", "overlay", "-o", &options, "overlay"])
        else {
            return;
        };
        assert_told(&seen.join("store"), survives, name);
        fs::remove_dir_all(disk.join("work").join("work/incompat")).unwrap_or_default();
    }
}

#[test]
fn an_overlay_on_what_cannot_be_seen_is_not_promised() {
    if !is_on_a_disk() {
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    let at = |name: &str| guard.path().join(name).display().to_string();
    for name in ["lower", "upper", "work"] {
        fs::create_dir(at(name)).unwrap();
    }
    let options = format!(
        "lowerdir={},upperdir={},workdir={}",
        at("lower"),
        at("upper"),
        at("work")
    );
    let seen = guard.path().join("seen");
    let Some(_mounted) = Mounted::at(&seen, &["-t", "overlay", "-o", &options, "overlay"]) else {
        return;
    };
    // As in a container, which sees the path of the machine that made the mount.
    fs::rename(at("upper"), at("elsewhere")).unwrap();
    let name = "overlay on something that is not to be seen";
    assert_told(&seen.join("store"), Survives::ProcessCrash, name);
}

#[test]
fn a_disk_in_memory_is_memory() {
    // A btrfs gives numbers of its own to what it shows: it is not to be found by its device.
    for (kind, len) in [("ext4", 16 << 20), ("btrfs", 120 << 20)] {
        images_of(kind, len);
    }
}

fn images_of(kind: &str, len: u64) {
    let Some(memory) = Mount::tmpfs("size=200m") else {
        return;
    };
    let guard = tempfile::tempdir().unwrap();
    let seen = guard.path().join("seen");
    let in_memory = format!("{kind} on tmpfs");
    for (place, name) in [(memory.path(), in_memory.as_str()), (guard.path(), kind)] {
        if name == kind && !is_on_a_disk() {
            return;
        }
        let image = place.join("image");
        fs::File::create(&image).unwrap().set_len(len).unwrap();
        let path = image.to_str().unwrap();
        if !run(&format!("mkfs.{kind}"), &["-q", path]) {
            println!("skipped: there is no mkfs.{kind} here");
            return;
        }
        let survives = if name == kind {
            Survives::PowerLoss
        } else {
            Survives::ProcessCrash
        };
        {
            let Some(_mounted) = Mounted::at(&seen, &["-o", "loop", path]) else {
                return;
            };
            assert_told(&seen.join("store"), survives, name);
        }
        // Mounted by an option with which no flush gets to the disk.
        let Some(_mounted) = Mounted::at(&seen, &["-o", "loop,nobarrier", path]) else {
            return;
        };
        let name = format!("{kind}, mounted without flushes");
        assert_told(&seen.join("store"), Survives::ProcessCrash, &name);
    }
}

#[test]
fn a_folder_on_another_file_system_counts() {
    let Some(memory) = Mount::tmpfs("size=4m") else {
        return;
    };
    if !is_on_a_disk() {
        return;
    }
    let (_guard, path) = place();
    save(&open(&path), "manifest/1", b"1").unwrap();
    let memory = memory.path().to_str().unwrap();
    let Some(_mounted) = Mounted::at(&path.join("wal"), &["--bind", memory]) else {
        return;
    };
    let name = "ext4, with `wal` on tmpfs";
    let backend = open(&path);
    assert_eq!(backend.survives(), Survives::ProcessCrash);
    if open_name(&path) == "ext4" {
        assert_eq!(backend.file_system(), name);
    }
    drop(backend);
    let reader = FileBackend::open_read_only(&path).unwrap();
    assert_eq!(reader.survives(), Survives::ProcessCrash);
}

/// A loop device; given back when dropped.
struct Loop(String);

impl Loop {
    fn on(file: &Path) -> Option<Self> {
        let mut command = Command::new("losetup");
        let done = command.args(["-f", "--show"]).arg(file).output().ok()?;
        if !done.status.success() {
            println!("skipped: there is no loop device here");
            return None;
        }
        Some(Self(
            String::from_utf8(done.stdout).unwrap().trim().to_owned(),
        ))
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        run("losetup", &["-d", &self.0]);
    }
}

fn image(directory: &Path, name: &str, len: u64) -> PathBuf {
    let image = directory.join(name);
    fs::File::create(&image).unwrap().set_len(len).unwrap();
    image
}

#[test]
fn a_log_in_memory_is_memory() {
    let Some(memory) = Mount::tmpfs("size=200m") else {
        return;
    };
    if !is_on_a_disk() {
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    let seen = guard.path().join("seen");
    for (place, survives) in [
        (memory.path(), Survives::ProcessCrash),
        (guard.path(), Survives::PowerLoss),
    ] {
        let (Some(main), Some(log)) = (
            Loop::on(&image(guard.path(), "main", 320 << 20)),
            Loop::on(&image(place, "log", 80 << 20)),
        ) else {
            return;
        };
        let name = |kind: &str| match survives {
            Survives::PowerLoss => kind.to_owned(),
            _ => format!("{kind} on tmpfs"),
        };
        let with_log = format!("logdev={}", log.0);
        if run("mkfs.xfs", &["-q", "-f", "-l", &with_log, &main.0])
            && let Some(_mounted) = Mounted::at(&seen, &["-o", &with_log, &main.0])
        {
            assert_told(&seen.join("store"), survives, &name("xfs"));
        }
        let block = ["-q", "-F", "-b", "4096"];
        let with_journal = format!("device={}", log.0);
        if run(
            "mkfs.ext4",
            &[&block[..], &["-O", "journal_dev", &log.0]].concat(),
        ) && run(
            "mkfs.ext4",
            &[&block[..], &["-J", &with_journal, &main.0]].concat(),
        ) && let Some(_mounted) = Mounted::at(&seen, &[&main.0])
        {
            assert_told(&seen.join("store"), survives, &name("ext4"));
        }
    }
}

#[test]
fn a_loop_device_on_a_device_is_that_device() {
    let Some(memory) = Mount::tmpfs("size=40m") else {
        return;
    };
    if !is_on_a_disk() {
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    let seen = guard.path().join("seen");
    for (place, survives, name) in [
        (memory.path(), Survives::ProcessCrash, "ext4 on tmpfs"),
        (guard.path(), Survives::PowerLoss, "ext4"),
    ] {
        let Some(lower) = Loop::on(&image(place, "image", 16 << 20)) else {
            return;
        };
        if !run("mkfs.ext4", &["-q", &lower.0]) {
            return;
        }
        // One node on a disk, the other in memory, as those of the system are.
        for node in [guard.path().join("node"), memory.join("node")] {
            let number = lower.0.trim_start_matches("/dev/loop");
            let _ = fs::remove_file(&node);
            assert!(run("mknod", &[node.to_str().unwrap(), "b", "7", number]));
            let Some(upper) = Loop::on(&node) else {
                return;
            };
            let Some(_mounted) = Mounted::at(&seen, &[&upper.0]) else {
                return;
            };
            assert_told(&seen.join("store"), survives, name);
        }
    }
}

#[test]
fn what_stands_under_a_name_by_now_is_not_what_was_mounted() {
    let Some(memory) = Mount::tmpfs("size=40m") else {
        return;
    };
    if !is_on_a_disk() {
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    let (seen, over) = (guard.path().join("seen"), guard.path().join("over"));
    for name in ["upper", "work", "lower"] {
        fs::create_dir(memory.join(name)).unwrap();
        fs::create_dir_all(over.join(name)).unwrap();
    }
    fs::write(over.join("image"), "").unwrap();
    let over_it = ["--bind", over.to_str().unwrap()];
    let file = image(memory.path(), "image", 16 << 20);
    if run("mkfs.ext4", &["-q", file.to_str().unwrap()])
        && let Some(_mounted) = Mounted::at(&seen, &["-o", "loop", file.to_str().unwrap()])
    {
        let store = seen.join("store");
        assert_told(&store, Survives::ProcessCrash, "ext4 on tmpfs");
        let _over = Mounted::at(memory.path(), &over_it);
        let unseen = "ext4 on something that is not to be seen";
        assert_told(&store, Survives::ProcessCrash, unseen);
    }
    if let Some(overlay) = memory_overlay(memory.path(), &seen) {
        let store = seen.join("store");
        assert_told(&store, Survives::ProcessCrash, "overlay on tmpfs");
        let _over = Mounted::at(memory.path(), &over_it);
        let unseen = "overlay on something that is not to be seen";
        assert_told(&store, Survives::ProcessCrash, unseen);
        drop(overlay);
    }
}

fn memory_overlay(memory: &Path, seen: &Path) -> Option<Mounted> {
    let memory = memory.display();
    let options = format!("lowerdir={memory}/lower,upperdir={memory}/upper,workdir={memory}/work");
    Mounted::at(seen, &["-t", "overlay", "-o", &options, "overlay"])
}

fn open_name(path: &Path) -> String {
    let parent = path.parent().unwrap().join("beside");
    open(&parent).file_system().to_owned()
}

#[test]
fn what_a_program_answers_for_is_not_promised() {
    // Files of the kernel's own stand for any kind that is not known to be on a disk.
    let Ok(reader) = FileBackend::open_read_only("/proc/self/task") else {
        return;
    };
    assert_eq!(reader.survives(), Survives::ProcessCrash);
    assert_eq!(reader.file_system(), "proc");
}
