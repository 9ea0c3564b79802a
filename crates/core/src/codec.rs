//! How values become bytes and back.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Turns values of `T` into bytes and back.
///
/// [`Postcard`] fits every type with serde. Write your own for a format that you have already, or for raw bytes.
pub trait Codec<T> {
    /// Appends the encoding of `value` to `bytes`.
    ///
    /// # Errors
    /// Whatever makes the value unencodable, as a sentence.
    fn encode(value: &T, bytes: &mut Vec<u8>) -> Result<(), CodecError>;

    /// The value that `bytes` encode; every byte of them must be consumed.
    ///
    /// # Errors
    /// Whatever is wrong with the bytes, as a sentence. Must not panic on any input.
    fn decode(bytes: &[u8]) -> Result<T, CodecError>;
}

/// What a codec found wrong.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct CodecError(String);

impl CodecError {
    /// An error with this sentence.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

/// The default codec: [postcard](https://docs.rs/postcard), a compact binary encoding with a stable format, for every type with
/// serde.
#[derive(Clone, Copy, Debug)]
pub struct Postcard;

impl<T: Serialize + DeserializeOwned> Codec<T> for Postcard {
    fn encode(value: &T, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
        let taken = std::mem::take(bytes);
        *bytes = postcard::to_extend(value, taken).map_err(|e| CodecError::new(e.to_string()))?;
        Ok(())
    }

    fn decode(bytes: &[u8]) -> Result<T, CodecError> {
        let (value, rest) =
            postcard::take_from_bytes(bytes).map_err(|e| CodecError::new(e.to_string()))?;
        if rest.is_empty() {
            Ok(value)
        } else {
            Err(CodecError::new(format!(
                "{} bytes are left over",
                rest.len()
            )))
        }
    }
}
