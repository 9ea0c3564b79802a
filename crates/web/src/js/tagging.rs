//! How values of other programs become the package's.
//!
//! Other programs write no tags. So in a backup without the marker each value is text where it is
//! UTF-8, else bytes.

use steadfast_core::{Kv, PersistenceError, Result, State};

use super::values::{RESERVED, is_tagged};

const BYTES: u8 = 0;
const TEXT: u8 = 1;
/// As much of a key as a message shows.
const SHOWN_LEN: usize = 60;

/// The pairs of the user that come after the key.
pub(super) fn of_the_user_after<'a>(
    kv: &'a Kv,
    after: &'a [u8],
) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    let behind = kv.scan_after(b"", after);
    behind.filter(|(key, _)| !key.starts_with(RESERVED))
}

/// The same pairs with the package's values.
pub(super) fn tagged(kv: Kv) -> Result<Kv> {
    if is_tagged(&kv) {
        return Ok(kv);
    }
    let mut tagged = Kv::default();
    for (key, value) in kv.iter() {
        if std::str::from_utf8(key).is_err() {
            return Err(refused(key, "is no text"));
        }
        if key.starts_with(RESERVED) {
            return Err(refused(key, "is one of the package's own"));
        }
        let tag = if std::str::from_utf8(value).is_ok() {
            TEXT
        } else {
            BYTES
        };
        let pair = Kv::put(key, [&[tag], value].concat())
            .map_err(|_too_long| refused(key, "has a value of 64 MiB, one byte too many"))?;
        tagged.apply(pair);
    }
    Ok(tagged)
}

fn refused(key: &[u8], what: &str) -> PersistenceError {
    // By hand: what formats costs a page a kilobyte.
    let mut shown = String::new();
    for byte in key.iter().take(SHOWN_LEN) {
        if (0x20..0x7f).contains(byte) {
            shown.push(char::from(*byte));
        } else {
            shown.push_str("\\x");
            for digit in [byte >> 4, byte & 0xf] {
                shown.extend(char::from_digit(digit.into(), 16));
            }
        }
    }
    PersistenceError::Codec {
        action: "restore the backup",
        reason: ["its key `", &shown, "` ", what, "; nothing was changed"].concat(),
    }
}
