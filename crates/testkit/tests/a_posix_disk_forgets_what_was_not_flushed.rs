//! The simulated POSIX disk loses what a real one may lose, and keeps what a real one must keep.
#![expect(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

use std::collections::BTreeSet;
use std::io;

use steadfast_core::Fate;
use steadfast_testkit::posix::{Call, Disk, Kind, SimulatedFault};

/// Every disk that a power cut may leave.
fn fates(disk: &Disk) -> Vec<Disk> {
    let units = disk.unsynced_units();
    assert!(units <= 12, "{units}");
    (0..1_u64 << units)
        .map(|bits| disk.restart(Fate::Chosen(bits)))
        .collect()
}

fn content(disk: &Disk, path: &str) -> Option<Vec<u8>> {
    Some(disk.root().open_file(path).ok()?.read().unwrap())
}

/// A disk with `file` on it, whole and durable.
fn with(bytes: &[u8]) -> Disk {
    let disk = Disk::new();
    let file = disk.root().create_file("file").unwrap();
    file.write_at(0, bytes).unwrap();
    file.flush().unwrap();
    disk.root().flush().unwrap();
    assert_eq!(disk.unsynced_units(), 0);
    disk.killed()
}

#[test]
fn what_was_flushed_survives_and_a_name_needs_its_directory() {
    let disk = Disk::new();
    let file = disk.root().create_file("file").unwrap();
    file.write_at(0, b"bytes").unwrap();
    file.flush().unwrap();
    assert_eq!(disk.unsynced_units(), 1, "the name");
    assert_eq!(content(&disk.restart(Fate::Lost), "file"), None);
    assert_eq!(
        content(&disk.restart(Fate::Kept), "file").unwrap(),
        b"bytes"
    );
    disk.root().flush().unwrap();
    assert_eq!(
        content(&disk.restart(Fate::Lost), "file").unwrap(),
        b"bytes"
    );
}

#[test]
fn a_flushed_name_does_not_bring_its_bytes() {
    let disk = Disk::new();
    let file = disk.root().create_file("file").unwrap();
    file.write_at(0, b"bytes").unwrap();
    disk.root().flush().unwrap();
    let found: BTreeSet<_> = fates(&disk).iter().map(|d| content(d, "file")).collect();
    let expected = [b"".as_slice(), b"bytes", &[0; 5]].map(|bytes| Some(bytes.to_vec()));
    assert_eq!(found, BTreeSet::from(expected));
}

#[test]
fn sectors_and_the_length_survive_apart() {
    let disk = with(&[b'o'; 1000]);
    let file = disk.root().open_file("file").unwrap();
    file.write_at(400, &[b'n'; 900]).unwrap();
    // Bytes 400..512, 512..1024 and 1024..1300, and the length.
    assert_eq!(disk.unsynced_units(), 4);
    let found: BTreeSet<_> = fates(&disk)
        .iter()
        .map(|d| content(d, "file").unwrap())
        .map(|bytes| {
            let at = |place: usize| bytes.get(place).copied();
            (at(399), at(400), at(512), at(1100), bytes.len())
        })
        .collect();
    let (o, n, zero) = (Some(b'o'), Some(b'n'), Some(0));
    assert!(
        found.contains(&(o, o, n, None, 1000)),
        "later without earlier"
    );
    assert!(
        found.contains(&(o, n, o, zero, 1300)),
        "a length without bytes"
    );
    assert!(found.contains(&(o, n, n, n, 1300)), "all");
    assert!(found.contains(&(o, o, o, None, 1000)), "none");
    assert_eq!(found.len(), 12, "beyond a lost length nothing can be seen");
}

#[test]
fn a_rename_is_one_change() {
    let disk = with(b"old");
    let root = disk.root();
    let file = root.create_file("new").unwrap();
    file.write_at(0, b"new").unwrap();
    file.flush().unwrap();
    root.flush().unwrap();
    root.rename("new", "file").unwrap();
    assert_eq!(disk.unsynced_units(), 1);
    let lost = disk.restart(Fate::Lost);
    assert_eq!(lost.root().names().unwrap(), ["file", "new"]);
    assert_eq!(content(&lost, "file").unwrap(), b"old");
    let kept = disk.restart(Fate::Kept);
    assert_eq!(kept.root().names().unwrap(), ["file"]);
    assert_eq!(content(&kept, "file").unwrap(), b"new");
}

#[test]
fn a_rename_survives_the_loss_of_what_it_renamed() {
    let disk = with(b"old");
    let file = disk.root().create_file("new").unwrap();
    file.write_at(0, b"new").unwrap();
    file.flush().unwrap();
    disk.root().rename("new", "file").unwrap();
    let found: BTreeSet<_> = fates(&disk)
        .iter()
        .map(|d| (content(d, "file"), content(d, "new")))
        .collect();
    let some = |bytes: &[u8]| Some(bytes.to_vec());
    assert_eq!(
        found,
        BTreeSet::from([
            (some(b"old"), None),
            (some(b"old"), some(b"new")),
            (some(b"new"), None),
        ])
    );
}

#[test]
fn a_lost_directory_takes_everything_below_with_it() {
    let disk = Disk::new();
    let root = disk.root();
    root.create_directory("a").unwrap();
    let a = root.open_directory("a").unwrap();
    a.create_directory("b").unwrap();
    let b = root.open_directory("a/b").unwrap();
    let file = b.create_file("file").unwrap();
    file.write_at(0, b"x").unwrap();
    file.flush().unwrap();
    b.flush().unwrap();
    a.flush().unwrap();
    assert_eq!(content(&disk.restart(Fate::Lost), "a/b/file"), None);
    root.flush().unwrap();
    assert_eq!(
        content(&disk.restart(Fate::Lost), "a/b/file").unwrap(),
        b"x"
    );
}

#[test]
fn a_failed_flush_is_not_made_good_by_the_next() {
    let disk = with(b"old");
    let file = disk.root().open_file("file").unwrap();
    file.write_at(0, b"new").unwrap();
    disk.fail_at(disk.steps() + 1);
    assert!(file.flush().is_err());
    file.flush().unwrap();
    assert_eq!(content(&disk, "file").unwrap(), b"new");
    assert_eq!(content(&disk.restart(Fate::Lost), "file").unwrap(), b"old");
    file.write_at(3, b"er").unwrap();
    file.flush().unwrap();
    let left = content(&disk.restart(Fate::Lost), "file").unwrap();
    assert_eq!(left, b"older");
}

#[test]
fn steps_fail_where_they_are_told_to_and_the_power_stays_off() {
    let disk = with(b"");
    let root = disk.root();
    let file = root.open_file("file").unwrap();
    disk.fail_at(1);
    let fault = |done: io::Result<()>| {
        let error = done.unwrap_err();
        *error
            .get_ref()
            .unwrap()
            .downcast_ref::<SimulatedFault>()
            .unwrap()
    };
    let (step, call) = (1, Call::Write);
    assert_eq!(
        fault(file.write_at(0, b"abcd")),
        SimulatedFault::Failure { step, call }
    );
    assert_eq!(file.read().unwrap(), b"ab", "half of it");
    disk.crash_at(2);
    assert_eq!(fault(root.unlink("file")), SimulatedFault::PowerOff);
    assert_eq!(fault(root.flush()), SimulatedFault::PowerOff);
    assert_eq!(fault(file.read().map(drop)), SimulatedFault::PowerOff);
    assert_eq!(disk.calls(), [Call::Write, Call::Unlink]);
    assert!(content(&disk.restart(Fate::Lost), "file").is_some());
    assert!(content(&disk.restart(Fate::Kept), "file").is_none());
    assert!(content(&disk.killed(), "file").is_none());
}

#[test]
fn names_behave_as_posix_says() {
    let disk = with(b"bytes");
    let root = disk.root();
    let taken = |done: io::Result<()>| done.unwrap_err().kind() == io::ErrorKind::AlreadyExists;
    assert!(taken(root.create_file("file").map(drop)));
    assert!(taken(root.create_directory("file")));
    root.link("file", "twin").unwrap();
    assert!(taken(root.link("file", "twin")));
    assert!(taken(root.rename_new("file", "twin")));
    root.rename_new("twin", "other").unwrap();
    assert_eq!(root.kind("other").unwrap(), Some(Kind::File(5)));
    assert_eq!(root.kind("twin").unwrap(), None);
    let open = root.open_file("file").unwrap();
    root.unlink("other").unwrap();
    assert!(!open.is_unlinked().unwrap());
    root.unlink("file").unwrap();
    assert!(open.is_unlinked().unwrap());
    assert_eq!(open.read().unwrap(), b"bytes", "the handle has it still");
    let absent = root.open_file("file").unwrap_err();
    assert_eq!(absent.kind(), io::ErrorKind::NotFound);
    root.create_directory("folder").unwrap();
    let folder = root.open_file("folder").unwrap_err();
    assert_eq!(folder.kind(), io::ErrorKind::IsADirectory);
}

#[test]
fn a_lock_ends_with_its_handle_and_with_its_program() {
    let disk = with(b"");
    let first = disk.root().open_file("file").unwrap();
    let second = disk.root().open_file("file").unwrap();
    assert!(first.try_lock().unwrap());
    assert!(first.try_lock().unwrap());
    assert!(!second.try_lock().unwrap());
    let third = disk.killed().root().open_file("file").unwrap();
    assert!(third.try_lock().unwrap());
    drop(first);
    assert!(second.try_lock().unwrap());
}

#[test]
fn a_seed_gives_the_same_disk_and_seeds_differ() {
    let disk = Disk::new();
    for name in ["a", "b", "c"] {
        let file = disk.root().create_file(name).unwrap();
        file.write_at(0, &[b'x'; 2000]).unwrap();
    }
    let drawn = |seed| {
        let disk = disk.restart(Fate::Torn(seed));
        ["a", "b", "c"].map(|name| content(&disk, name))
    };
    let all: BTreeSet<_> = (0..200).map(drawn).collect();
    assert!(all.len() > 20, "{}", all.len());
    assert!((0..200).all(|seed| drawn(seed) == drawn(seed)));
}
