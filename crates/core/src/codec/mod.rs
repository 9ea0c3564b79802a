//! How values become bytes and back.
//!
//! What is logged must be readable when the store is opened again. Finding out only then is too
//! late. serde lets a type write what it cannot read, such as a field that is left out or an enum
//! without its tag. So the codecs look at what a type asks its serializer for ([`watch`]). Parts of
//! a kind that was not read back before are decoded again before they are logged ([`trial`]).

#[cfg(feature = "json")]
mod json;
#[cfg(feature = "message-pack")]
mod message_pack;
mod postcard;
mod shapes;
mod trial;
mod watch;

#[cfg(feature = "json")]
pub use json::Json;
#[cfg(feature = "message-pack")]
pub use message_pack::MessagePack;
pub use postcard::Postcard;
pub use shapes::Shapes;

/// Turns values of `T` into bytes and back.
///
/// | codec | reads | feature |
/// |---|---|---|
/// | [`Postcard`] | every type whose derived serde writes each of its fields; compact | |
/// | `MessagePack` | every type with serde, see below | `message-pack` |
/// | `Json` | the same, as text; no NaN, no infinity | `json` |
///
/// `MessagePack` and `Json` also read `#[serde(tag)]`, `untagged`, `flatten`, `skip_serializing_if`
/// and `serde_json::Value`.
///
/// Write your own for a format that you have already, or for raw bytes.
pub trait Codec<T> {
    /// Appends the encoding of `value` to `bytes`.
    ///
    /// # Errors
    /// The reason why the value cannot be encoded, as a sentence.
    fn encode(value: &T, bytes: &mut Vec<u8>) -> Result<(), CodecError>;

    /// The value that `bytes` encode. Every byte must be consumed.
    ///
    /// # Errors
    /// Whatever is wrong with the bytes, as a sentence. Must not panic on any input.
    fn decode(bytes: &[u8]) -> Result<T, CodecError>;

    /// [`encode`](Self::encode) for an operation that is about to be logged. It refuses what
    /// [`decode`](Self::decode) would refuse when the store is opened again.
    ///
    /// By default every value is decoded again. The codecs of this crate do so only for values that
    /// are short, or that have a part of a kind that is not in `seen`. Override it with `encode`
    /// alone if the format can decode everything that it encodes.
    ///
    /// # Errors
    /// As for `encode`; what `decode` says.
    fn encode_checked(value: &T, bytes: &mut Vec<u8>, seen: &Shapes) -> Result<(), CodecError> {
        let _ = seen;
        let start = bytes.len();
        Self::encode(value, bytes)?;
        let encoded = bytes.get(start..).unwrap_or_default();
        Self::decode(encoded).map(drop).map_err(|e| lost(&e))
    }
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

/// The error for an encoded value that cannot be decoded again.
pub(crate) fn lost(error: &CodecError) -> CodecError {
    CodecError::new(format!(
        "it was not saved, because its encoding cannot be decoded again ({error})"
    ))
}
