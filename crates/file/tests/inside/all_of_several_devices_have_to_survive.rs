//! Linux: a file system is as durable as the weakest of its devices.

use std::path::PathBuf;

use super::{Device, kept, lost, weakest};

#[test]
fn all_of_several_devices_have_to_survive() {
    let file = |name: &str| Device::File(Some(PathBuf::from(name)));
    let told = |devices: Vec<Device>| {
        let told = weakest("ext4".to_owned(), devices, |file| match file {
            Some(file) if file.ends_with("kept") => kept("xfs".to_owned()),
            _ => lost("tmpfs".to_owned()),
        });
        (told.name, told.outlives_power)
    };
    let survives = || ("ext4".to_owned(), true);
    assert_eq!(told(vec![]), survives());
    assert_eq!(
        told(vec![Device::Disk, file("kept"), Device::Disk]),
        survives()
    );
    let in_memory = ("ext4 in memory".to_owned(), false);
    assert_eq!(told(vec![file("kept"), Device::Memory]), in_memory);
    assert_eq!(told(vec![Device::Memory, file("kept")]), in_memory);
    let on_memory = ("ext4 on tmpfs".to_owned(), false);
    assert_eq!(
        told(vec![file("kept"), Device::Disk, file("lost")]),
        on_memory
    );
    assert_eq!(told(vec![Device::File(None)]), on_memory);
}
