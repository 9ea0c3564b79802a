//! The default codec.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::shapes::Shapes;
use super::trial::{encode_checked, encode_watched};
use super::watch::{Format, Part, Watch};
use super::{Codec, CodecError};

/// The default codec: [postcard](https://docs.rs/postcard), a compact binary encoding with a stable
/// format.
///
/// The encoding holds neither names nor types. It is for types with derived serde that write each
/// of their fields. It refuses what it could not read back: `skip_serializing_if`, `tag`,
/// `untagged`, `flatten`, `serde_json::Value`. The codecs `MessagePack` and `Json` read those too.
#[derive(Clone, Copy, Debug)]
pub struct Postcard;

/// The advice for a type that postcard cannot read back.
pub(super) const ADVICE: &str = "for `skip_serializing_if`, `tag`, `untagged`, `flatten` and \
                                 `serde_json::Value` use the codec `MessagePack` or `Json`";

const FORMAT: Format = Format {
    is_positional: true,
    has_all_floats: true,
};

impl<T: Serialize + DeserializeOwned> Codec<T> for Postcard {
    fn encode(value: &T, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
        encode_watched(&Watch::new(FORMAT, None), value, bytes, write)
    }

    fn decode(bytes: &[u8]) -> Result<T, CodecError> {
        let (value, rest) = postcard::take_from_bytes(bytes).map_err(|e| match e {
            postcard::Error::WontImplement => CodecError::new(format!(
                "postcard reads no type that asks what comes next; {ADVICE}"
            )),
            other => CodecError::new(other.to_string()),
        })?;
        if rest.is_empty() {
            Ok(value)
        } else {
            Err(CodecError::new(format!(
                "{} bytes are left over",
                rest.len()
            )))
        }
    }

    fn encode_checked(value: &T, bytes: &mut Vec<u8>, seen: &Shapes) -> Result<(), CodecError> {
        encode_checked::<T, Self>(value, bytes, seen, FORMAT, write)
    }
}

fn write<T: Serialize>(value: &Part<'_, '_, T>, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
    let taken = std::mem::take(bytes);
    *bytes = postcard::to_extend(value, taken).map_err(|e| CodecError::new(e.to_string()))?;
    Ok(())
}
