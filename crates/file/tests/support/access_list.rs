//! Access lists as the kernel keeps them.

/// The attribute that is a file's or a directory's own list.
pub(crate) const LIST: &str = "system.posix_acl_access";
/// The attribute of a directory that is the list of what is made in it.
pub(crate) const DEFAULT_LIST: &str = "system.posix_acl_default";

/// The tags of entries.
pub(crate) const OWNER: u16 = 0x01;
pub(crate) const USER: u16 = 0x02;
pub(crate) const GROUP: u16 = 0x04;
pub(crate) const MASK: u16 = 0x10;
pub(crate) const OTHERS: u16 = 0x20;

/// Whom an entry names that is about nobody in particular.
pub(crate) const NOBODY: u32 = u32::MAX;

/// Version 2, then the tag, the permissions and the user of each entry.
pub(crate) fn access_list(entries: &[(u16, u16, u32)]) -> Vec<u8> {
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(permissions.to_le_bytes());
        bytes.extend(id.to_le_bytes());
    }
    bytes
}
