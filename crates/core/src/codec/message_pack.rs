//! A compact codec that describes itself.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::shapes::Shapes;
use super::trial::{encode_checked, encode_watched};
use super::watch::{Format, Part, Watch};
use super::{Codec, CodecError};

/// [MessagePack](https://msgpack.org) with named fields, by
/// [`rmp_serde`](https://docs.rs/rmp-serde). It stores names and types. So it reads every serde
/// attribute, and fields can be added with `#[serde(default)]`.
#[derive(Clone, Copy, Debug)]
pub struct MessagePack;

const FORMAT: Format = Format {
    is_positional: false,
    has_all_floats: true,
};

impl<T: Serialize + DeserializeOwned> Codec<T> for MessagePack {
    fn encode(value: &T, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
        encode_watched(&Watch::new(FORMAT, None), value, bytes, write)
    }

    fn decode(bytes: &[u8]) -> Result<T, CodecError> {
        let mut rest = bytes;
        let mut reader = rmp_serde::Deserializer::new(&mut rest);
        let value = T::deserialize(&mut reader).map_err(|e| CodecError::new(e.to_string()))?;
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
    let mut serializer = rmp_serde::Serializer::new(bytes).with_struct_map();
    value
        .serialize(&mut serializer)
        .map_err(|e| CodecError::new(e.to_string()))
}
