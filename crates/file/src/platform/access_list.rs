//! Access lists of Linux, as far as a save has to read them: whom a file without its list may let
//! in.
//!
//! ```text
//! version 2 (32 bits) │ tag (16) │ permissions (16) │ id (32) │ …     little-endian
//! ```
//! The layout is that of `linux/posix_acl_xattr.h`.
//!
//! With a list, the mode's group bits are the *mask*: the most that any named user or group may
//! have, and not what the group has. A file with the mode but without the list would give its group
//! what only a named user had. It would also let in, by the bits for others, people whom the list
//! kept out.

/// Where Linux shows a file's access list.
pub(super) const ACCESS_LIST: &str = "system.posix_acl_access";

const VERSION: [u8; 4] = [2, 0, 0, 0];
const ENTRY_LEN: usize = 8;

const OWNER: u16 = 0x01;
const NAMED_USER: u16 = 0x02;
const GROUP: u16 = 0x04;
const NAMED_GROUP: u16 = 0x08;
const MASK: u16 = 0x10;

/// The bits for group and others of a file that loses this list and had this mode: nobody gains a
/// right.
///
/// If the list cannot be read, only the owner keeps rights.
pub(super) fn mode_without(list: &[u8], mode: u32) -> u32 {
    let without = || {
        let entries = list.strip_prefix(&VERSION)?;
        let (entries, []) = entries.as_chunks::<ENTRY_LEN>() else {
            return None;
        };
        let (mut group, mut named, mut mask) = (None, 0o7, 0o7);
        for [tag_low, tag_high, low, high, ..] in entries {
            let permissions = u16::from_le_bytes([*low, *high]) & 0o7;
            match u16::from_le_bytes([*tag_low, *tag_high]) {
                NAMED_USER | NAMED_GROUP => named &= permissions,
                GROUP => group = Some(permissions),
                MASK => mask = permissions,
                _ => {}
            }
        }
        // A named user can belong to the file's group, or be one of the others.
        let named = u32::from(named & mask);
        let group = u32::from(group? & mask) & named;
        let others = mode & 0o7 & named;
        Some((mode & !0o077) | (group << 3) | others)
    };
    without().unwrap_or(mode & !0o077)
}

/// The list of a file that only those may read and write whom this list of a directory lets write.
/// `None` if the list cannot be read.
pub(super) fn list_for_writers(list: &[u8]) -> Option<Vec<u8>> {
    let entries = list.strip_prefix(&VERSION)?;
    let (entries, []) = entries.as_chunks::<ENTRY_LEN>() else {
        return None;
    };
    let mut wanted = VERSION.to_vec();
    for [tag_low, tag_high, low, high, id @ ..] in entries {
        let is_owner = u16::from_le_bytes([*tag_low, *tag_high]) == OWNER;
        let may_write = u16::from_le_bytes([*low, *high]) & 0o2 != 0;
        let permissions: u16 = if is_owner || may_write { 0o6 } else { 0 };
        wanted.extend([*tag_low, *tag_high]);
        wanted.extend(permissions.to_le_bytes());
        wanted.extend(id);
    }
    Some(wanted)
}

#[cfg(test)]
#[path = "../../tests/inside/without_its_access_list_a_file_lets_in_nobody_new.rs"]
mod without_its_access_list_a_file_lets_in_nobody_new;
