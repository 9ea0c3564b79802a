//! What stands for an access list that cannot be kept, and the list of a lock, let in nobody whom
//! the list shut out.

use super::{list_for_writers, mode_without};

fn list(entries: &[(u16, u16)]) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0];
    for (tag, permissions) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(permissions.to_le_bytes());
        bytes.extend(u32::MAX.to_le_bytes());
    }
    bytes
}

#[test]
fn a_mask_is_not_what_the_group_has() {
    // The owner, a named user, the group, the mask, others.
    let entries = [(0x01, 6), (0x02, 6), (0x04, 0), (0x10, 6), (0x20, 0)];
    assert_eq!(mode_without(&list(&entries), 0o660), 0o600);
    let entries = [(0x01, 6), (0x02, 6), (0x04, 6), (0x10, 4), (0x20, 0)];
    assert_eq!(mode_without(&list(&entries), 0o640), 0o640);
}

#[test]
fn who_was_shut_out_by_name_is_not_let_in_with_the_others() {
    for named in [0x02, 0x08] {
        let entries = [(0x01, 6), (named, 0), (0x04, 4), (0x10, 4), (0x20, 4)];
        assert_eq!(mode_without(&list(&entries), 0o644), 0o600);
    }
}

#[test]
fn what_cannot_be_read_lets_in_the_owner_alone() {
    for bytes in [
        &b""[..],
        b"\x02\0\0",
        b"\x03\0\0\0",
        b"\x02\0\0\0",
        b"\x02\0\0\0\x04",
    ] {
        assert_eq!(mode_without(bytes, 0o4777), 0o4700, "{bytes:?}");
    }
}

#[test]
fn who_may_write_a_directory_gets_its_lock_and_nobody_else() {
    // The owner without a right, two users, the group, the mask, others.
    let entries = [
        (0x01, 5),
        (0x02, 7),
        (0x02, 5),
        (0x04, 5),
        (0x10, 7),
        (0x20, 5),
    ];
    let wanted = [
        (0x01, 6),
        (0x02, 6),
        (0x02, 0),
        (0x04, 0),
        (0x10, 6),
        (0x20, 0),
    ];
    assert_eq!(list_for_writers(&list(&entries)), Some(list(&wanted)));
    assert_eq!(list_for_writers(b"\x02\0\0\0\x04"), None);
}
