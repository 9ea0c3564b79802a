//! A codec that people can read.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::shapes::Shapes;
use super::trial::{encode_checked, encode_watched};
use super::watch::{Format, Part, Watch};
use super::{Codec, CodecError};

/// JSON, by [`serde_json`](https://docs.rs/serde_json). It is larger and slower than
/// [`Postcard`](crate::Postcard), but it names fields and types. So it reads every serde attribute,
/// and fields can be added with `#[serde(default)]`.
///
/// JSON has no NaN and no infinity; they are refused. The keys of its maps are text or numbers.
#[derive(Clone, Copy, Debug)]
pub struct Json;

const FORMAT: Format = Format {
    is_positional: false,
    has_all_floats: false,
};

impl<T: Serialize + DeserializeOwned> Codec<T> for Json {
    fn encode(value: &T, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
        encode_watched(&Watch::new(FORMAT, None), value, bytes, write)
    }

    fn decode(bytes: &[u8]) -> Result<T, CodecError> {
        serde_json::from_slice(bytes).map_err(|e| CodecError::new(e.to_string()))
    }

    fn encode_checked(value: &T, bytes: &mut Vec<u8>, seen: &Shapes) -> Result<(), CodecError> {
        encode_checked::<T, Self>(value, bytes, seen, FORMAT, write)
    }
}

fn write<T: Serialize>(value: &Part<'_, '_, T>, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
    serde_json::to_writer(bytes, value).map_err(|e| CodecError::new(e.to_string()))
}
