//! Linux: a power cut takes what is on any part of a device. The trees here are like `/sys`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use super::{Device, beside, parts_of};

const DEPTH_MAX: usize = 8;

/// A tree like `/sys/devices`.
struct Devices(tempfile::TempDir);

impl Devices {
    fn of_one() -> Self {
        let devices = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(devices.at("pci0000:00/block/sda/sda1")).unwrap();
        devices
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn make(&self, name: &str, parts: &[&str]) -> PathBuf {
        let path = self.at("virtual/block").join(name);
        fs::create_dir_all(path.join("slaves")).unwrap();
        for (number, part) in parts.iter().enumerate() {
            symlink(self.at(part), path.join("slaves").join(number.to_string())).unwrap();
        }
        path
    }

    fn told(&self, name: &str) -> Vec<Device> {
        parts_of(&self.at(name), DEPTH_MAX)
    }
}

#[test]
fn a_device_is_all_that_it_is_made_of() {
    let devices = Devices::of_one();
    assert_eq!(devices.told("pci0000:00/block/sda/sda1"), [Device::Disk]);
    for memory in ["ram0", "zram12", "nullb0"] {
        devices.make(memory, &[]);
        assert_eq!(
            devices.told(&format!("virtual/block/{memory}")),
            [Device::Memory]
        );
    }
    for unseen in ["nbd3", "ublkb0"] {
        devices.make(unseen, &[]);
        assert_eq!(
            devices.told(&format!("virtual/block/{unseen}")),
            [Device::File(None)]
        );
    }
    devices.make("dm-0", &["pci0000:00/block/sda/sda1"]);
    assert_eq!(devices.told("virtual/block/dm-0"), [Device::Disk]);
    devices.make("md0", &["virtual/block/dm-0", "virtual/block/zram12"]);
    let told = devices.told("virtual/block/md0");
    assert_eq!(told, [Device::Disk, Device::Memory]);
    fs::create_dir_all(devices.at("pseudo_0/adapter0/block/sdb")).unwrap();
    assert_eq!(
        devices.told("pseudo_0/adapter0/block/sdb"),
        [Device::Memory]
    );
    // Whatever comes first.
    let image = devices.at("image");
    fs::write(&image, "").unwrap();
    let looped = devices.make("loop1", &[]).join("loop");
    fs::create_dir(&looped).unwrap();
    fs::write(looped.join("backing_file"), image.to_str().unwrap()).unwrap();
    devices.make("md1", &["virtual/block/loop1", "virtual/block/zram12"]);
    let told = devices.told("virtual/block/md1");
    assert!(told.contains(&Device::Memory) && told.contains(&Device::File(Some(image))));
    // A name that only begins like one of those.
    devices.make("ramdisk", &[]);
    assert_eq!(devices.told("virtual/block/ramdisk"), [Device::Disk]);
}

#[test]
fn a_loop_device_is_its_file() {
    let devices = Devices::of_one();
    let device = devices.make("loop0", &[]);
    let image = devices.at("image");
    fs::write(&image, "").unwrap();
    fs::create_dir(device.join("loop")).unwrap();
    fs::write(
        device.join("loop/backing_file"),
        format!("{}\n", image.display()),
    )
    .unwrap();
    // A partition stands in its device's folder.
    let partition = device.join("loop0p1");
    fs::create_dir(&partition).unwrap();
    fs::write(partition.join("partition"), "1\n").unwrap();
    for name in ["loop0", "loop0/loop0p1"] {
        let told = devices.told(&format!("virtual/block/{name}"));
        assert_eq!(told, [Device::File(Some(image.clone()))]);
    }
    fs::write(device.join("loop/backing_file"), "/gone (deleted)\n").unwrap();
    assert_eq!(devices.told("virtual/block/loop0"), [Device::File(None)]);
}

#[test]
fn a_btrfs_is_on_all_of_its_devices() {
    let devices = Devices::of_one();
    let canonical = |name: &str| fs::canonicalize(devices.at(name)).unwrap();
    let zram = devices.make("zram1", &[]);
    let shown = devices.at("fs/btrfs");
    for (uuid, links) in [
        ("1", vec!["virtual/block/zram1", "pci0000:00/block/sda"]),
        ("2", vec![]),
    ] {
        let folder = shown.join(uuid).join("devices");
        fs::create_dir_all(&folder).unwrap();
        for (number, link) in links.into_iter().enumerate() {
            symlink(devices.at(link), folder.join(number.to_string())).unwrap();
        }
    }
    let mut found = beside(&shown, &canonical("pci0000:00/block/sda")).unwrap();
    found.sort();
    assert_eq!(
        found,
        [
            canonical("pci0000:00/block/sda"),
            fs::canonicalize(zram).unwrap()
        ]
    );
    assert_eq!(
        beside(&shown, &canonical("pci0000:00/block/sda/sda1")),
        None
    );
}

#[test]
fn a_circle_ends() {
    let devices = Devices::of_one();
    devices.make("dm-1", &["virtual/block/dm-1"]);
    assert_eq!(devices.told("virtual/block/dm-1"), [Device::File(None)]);
}
