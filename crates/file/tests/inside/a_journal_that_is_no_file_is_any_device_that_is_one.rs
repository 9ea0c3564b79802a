//! Linux: the kernel lists the journals that are devices, but not whose they are.

use std::fs;

use super::journals;

#[test]
fn a_journal_that_is_no_file_is_any_device_that_is_one() {
    let guard = tempfile::tempdir().unwrap();
    let at = |name: &str| guard.path().join(name);
    let told = |name: &str| journals(name, guard.path());
    assert_eq!(told("sda1"), [None], "nothing is to be seen");
    fs::create_dir_all(at("proc/fs/jbd2")).unwrap();
    assert_eq!(told("sda1"), [None], "it has one somewhere");
    for device in ["dm-0", "loop1"] {
        fs::create_dir_all(at("sys/class/block").join(device)).unwrap();
    }
    for journal in ["sda1-8", "dm-0-8", "loop1", "sda11-8"] {
        fs::create_dir(at("proc/fs/jbd2").join(journal)).unwrap();
    }
    let device = fs::canonicalize(at("sys/class/block/loop1")).unwrap();
    for (name, found) in [
        ("sda1", vec![]),
        ("dm-0", vec![]),
        ("sda", vec![Some(device.clone())]),
        ("sdb1", vec![Some(device.clone())]),
        ("loop1", vec![Some(device)]),
    ] {
        assert_eq!(told(name), found, "{name}");
    }
    fs::create_dir_all(at("sys/fs/ext4/sdb1")).unwrap();
    fs::write(at("sys/fs/ext4/sdb1/journal_task"), "<none>\n").unwrap();
    assert_eq!(told("sdb1"), []);
}
