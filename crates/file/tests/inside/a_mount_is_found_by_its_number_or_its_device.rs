//! Linux: which line of `/proc/self/mountinfo` a directory belongs to, and what the line says.

use std::path::Path;

use super::{Mount, Seen, unescaped};

const MOUNTS: &[u8] = b"\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,nobarrier\n\
23 22 0:21 / /proc rw - proc proc rw\n\
30 22 0:40 / /with\\040space rw master:1 shared:2 - overlay overlay rw,lowerdir=/a:/b,upperdir=/up\\040per\\134,x,workdir=/w,volatile\n\
31 22 0:41 / /ssh rw - fuse.sshfs me@there:/dir rw,user_id=0\n\
32 22 0:42 / /crypt rw - ecryptfs /data/.priv\\040ate rw\n\
33 22 0:43\n\
34 22 0:44 / /btrfs rw - btrfs /dev/vdb rw,nobarrier,subvol=/\n";

fn mount_of(mounts: &[u8], device: (u32, u32)) -> Option<Mount> {
    let seen = Seen {
        mount: None,
        device: Some(device),
    };
    super::mount_of(mounts, &seen)
}

#[test]
fn a_mount_is_found_by_its_number_whatever_the_device() {
    let found = |mount, device| super::mount_of(MOUNTS, &Seen { mount, device });
    let kind = |mount, device| found(mount, device).map(|mount| mount.kind);
    // What stat(2) tells of a file in a btrfs is a number that stands nowhere.
    let btrfs = found(Some(34), Some((0, 45))).unwrap();
    assert!(btrfs.kind == "btrfs" && btrfs.has_any(&["nobarrier"]));
    assert_eq!(kind(Some(34), Some((254, 0))).as_deref(), Some("btrfs"));
    assert_eq!(kind(Some(3), Some((254, 0))).as_deref(), Some("ext4"));
    assert_eq!(kind(Some(3), Some((0, 45))), None);
    assert_eq!(kind(None, None), None);
}

#[test]
fn a_mount_is_found_by_its_device() {
    let disk = mount_of(MOUNTS, (254, 0)).unwrap();
    assert_eq!(
        (disk.kind.as_str(), disk.source.to_str()),
        ("ext4", Some("/dev/vda"))
    );
    assert!(disk.has_any(&["barrier=0", "nobarrier"]) && !disk.has_any(&["volatile"]));
    assert_eq!(disk.upper(), None);
    assert_eq!(mount_of(MOUNTS, (0, 41)).unwrap().kind, "fuse.sshfs");
    assert_eq!(mount_of(MOUNTS, (0, 4)), None);
    assert_eq!(mount_of(MOUNTS, (0, 43)), None, "a line that is cut short");
}

#[test]
fn a_directory_below_is_named_whatever_stands_in_its_path() {
    let overlay = mount_of(MOUNTS, (0, 40)).unwrap();
    assert_eq!(overlay.upper().as_deref(), Some(Path::new("/up per,x")));
    assert!(overlay.has_any(&["volatile"]));
    let crypt = mount_of(MOUNTS, (0, 42)).unwrap();
    assert_eq!(crypt.upper().as_deref(), Some(Path::new("/data/.priv ate")));
}

#[test]
fn only_whole_escapes_are_escapes() {
    assert_eq!(unescaped(br"a\040b\011\134"), b"a b\t\\");
    assert_eq!(unescaped(br"\04 \9 \400\"), br"\04 \9 \400\");
}
