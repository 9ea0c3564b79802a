//! What the package keeps beside the user's pairs, and how values of other programs become its own.
//!
//! The package tags each value with one byte (docs/format.md, "Values of the package"). Other
//! programs do not, so a store with the package's values says so: it has the key [`MARKER`]. The
//! first commit writes it, and every backup has it. A backup without it is untagged: each value is
//! text where it is UTF-8, else bytes.

use steadfast_core::{Kv, KvBatch, PersistenceError, Result, State, Store};

use super::home::Home;
use super::live::Live;

/// Keys that begin with this are the package's own: users neither see nor write them.
pub(super) const RESERVED: &[u8] = b"\0steadfast/";
/// The key that says that values are tagged.
const MARKER: &[u8] = b"\0steadfast/values";
/// Which tags there are.
const VERSION: &[u8] = b"1";
const BYTES: u8 = 0;
const TEXT: u8 = 1;
/// As much of a key as a message shows.
const SHOWN_LEN: usize = 60;

/// Adds the marker to a batch.
pub(super) fn mark(batch: &mut KvBatch) -> Result<()> {
    batch.put(MARKER, VERSION)
}

/// Adds the marker to a batch for a store that has none yet. Otherwise what `rescue` reads would
/// be taken for another program's.
pub(super) fn mark_first(batch: &mut KvBatch, store: &Store<Live, Home>) -> Result<()> {
    if store.read(|live| is_tagged(&live.kv))? {
        return Ok(());
    }
    mark(batch)
}

/// Whether the values are the package's.
pub(super) fn is_tagged(kv: &Kv) -> bool {
    kv.contains_key(MARKER)
}

/// The pairs of the user.
pub(super) fn of_the_user(kv: &Kv) -> impl Iterator<Item = (&[u8], &[u8])> {
    kv.iter().filter(|(key, _)| !key.starts_with(RESERVED))
}

/// How many pairs the user has.
pub(super) fn count(kv: &Kv) -> usize {
    kv.len().saturating_sub(kv.scan(RESERVED).count())
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
