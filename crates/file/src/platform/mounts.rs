//! Linux: one mount out of `/proc/self/mountinfo` (proc(5)). Pure.
//!
//! ```text
//! 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
//! │  │  │    │     │     │          │          │    │         └ options of the file system
//! │  │  │    │     │     │          │          │    └ what it was mounted from
//! │  │  │    │     │     │          │          └ kind
//! │  │  │    │     │     │          └ any number of fields, ended by `-`
//! │  │  └ device
//! └ number of the mount
//! ```
//! Spaces, tabs, line ends and backslashes in a field are three octal digits behind a backslash.
//! Mounts of one device share their file system, and its options.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// What is mounted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mount {
    /// The kind of file system, in the kernel's word: `ext4`, `fuse.sshfs`.
    pub(super) kind: String,
    /// A device, a directory, a server, or any word.
    pub(super) source: OsString,
    options: Vec<Vec<u8>>,
}

impl Mount {
    /// Whether it is mounted with one of these options.
    pub(super) fn has_any(&self, wanted: &[&str]) -> bool {
        self.options
            .iter()
            .any(|option| wanted.iter().any(|wanted| wanted.as_bytes() == option))
    }

    /// The paths that follow on these beginnings of options.
    pub(super) fn values_of(&self, beginnings: &[&str]) -> Vec<PathBuf> {
        let value = |option: &Vec<u8>| {
            let mut beginnings = beginnings.iter();
            beginnings.find_map(|one| option.strip_prefix(one.as_bytes()).map(<[u8]>::to_vec))
        };
        let values = self.options.iter().filter_map(value);
        { values }
            .map(|value| PathBuf::from(OsString::from_vec(value)))
            .collect()
    }

    /// The directory that takes what is written to it, where it stands on another one; as it was
    /// named when it was mounted, maybe in another view of the machine.
    pub(super) fn upper(&self) -> Option<PathBuf> {
        if self.kind == "ecryptfs" {
            return Some(PathBuf::from(&self.source));
        }
        self.values_of(&["upperdir="]).into_iter().next()
    }
}

/// What a directory is asked for: its mount's number, and the device of what is mounted there.
pub(super) struct Seen {
    pub(super) mount: Option<u64>,
    pub(super) device: Option<(u32, u32)>,
}

/// The mount with this number. Where none is listed (it is another view of the machine's) one of
/// the same device.
pub(super) fn mount_of(mounts: &[u8], seen: &Seen) -> Option<Mount> {
    let mount = seen.mount.map(|number| number.to_string());
    let device = seen.device.map(|(major, minor)| format!("{major}:{minor}"));
    mount
        .and_then(|number| find(mounts, 0, &number))
        .or_else(|| find(mounts, 2, &device?))
}

/// The first mount with this word in one of the first fields.
fn find(mounts: &[u8], place: usize, word: &str) -> Option<Mount> {
    mounts.split(|byte| *byte == b'\n').find_map(|line| {
        let mut fields = line.split(|byte| *byte == b' ');
        if fields.nth(place)? != word.as_bytes() {
            return None;
        }
        let mut fields = fields.skip_while(|field| *field != b"-").skip(1);
        let kind = String::from_utf8_lossy(fields.next()?).into_owned();
        let source = OsString::from_vec(unescaped(fields.next()?));
        Some(Mount {
            kind,
            source,
            options: options_of(fields.next().unwrap_or_default()),
        })
    })
}

/// Options stand between commas. In a path of an overlay's a comma has a backslash before it, which
/// the field's own escape makes `\134`.
fn options_of(field: &[u8]) -> Vec<Vec<u8>> {
    let mut options = vec![Vec::new()];
    let mut bytes = unescaped(field).into_iter();
    while let Some(byte) = bytes.next() {
        match (byte, options.last_mut()) {
            (b',', _) => options.push(Vec::new()),
            (b'\\', Some(last)) => last.extend(bytes.next()),
            (byte, Some(last)) => last.push(byte),
            (_, None) => {}
        }
    }
    options
}

fn unescaped(field: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, after @ ..] = rest {
        let (byte, len) = match after {
            [
                high @ b'0'..=b'3',
                middle @ b'0'..=b'7',
                low @ b'0'..=b'7',
                ..,
            ] if *first == b'\\' => (((high & 3) << 6) | ((middle & 7) << 3) | (low & 7), 4),
            _ => (*first, 1),
        };
        bytes.push(byte);
        rest = rest.get(len..).unwrap_or_default();
    }
    bytes
}

#[cfg(test)]
#[path = "../../tests/inside/a_mount_is_found_by_its_number_or_its_device.rs"]
mod a_mount_is_found_by_its_number_or_its_device;
