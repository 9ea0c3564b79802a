//! A program's state: a value in memory that changes by operations.

use bytes::Bytes;

use crate::codec::{Codec, CodecError};
use crate::maybe_send::{MaybeSend, MaybeSync};

/// A type that can be saved: its name, the version of its encoding, and the codec.
///
/// The name and the version are stored with every value. A file of another type, or of a newer
/// program, is refused instead of misread.
pub trait Schema: Sized {
    /// The name of the type, at most 200 bytes. Changing it makes old data unreadable.
    const NAME: &'static str;

    /// The version of the encoding. Raise it when the encoding changes, and keep old data readable
    /// with [`migrate`](Self::migrate).
    const VERSION: u32 = 1;

    /// How values are encoded: [`Postcard`](crate::Postcard) for types with serde.
    type Codec: Codec<Self>;

    /// Decodes a value that was stored by an older `version`.
    ///
    /// # Errors
    /// By default, that no migration exists.
    fn migrate(version: u32, bytes: &[u8]) -> Result<Self, CodecError> {
        let _ = bytes;
        Err(CodecError::new(format!(
            "`{}` was stored in version {version}, and this program has no migration from it",
            Self::NAME
        )))
    }

    /// Decodes a value of any version up to this one.
    ///
    /// # Errors
    /// What the codec or the migration returns.
    fn decode_version(version: u32, bytes: &[u8]) -> Result<Self, CodecError> {
        if version == Self::VERSION {
            Self::Codec::decode(bytes)
        } else {
            Self::migrate(version, bytes)
        }
    }
}

/// A program's state, made durable by a [`Store`](crate::Store).
///
/// The state changes only by operations. They are written to the log before they are applied, and
/// applied again in the same order when the store is opened. `Default` is the state of a new store.
pub trait State: Schema + Default + MaybeSend + MaybeSync + 'static {
    /// An operation that changes the state. It is logged in the version of the state.
    type Operation: MaybeSend + 'static;

    /// Whether a store reads every snapshot back while it is written, before the log that it
    /// replaces is deleted. That takes the time to decode the state, and the memory of a second
    /// one.
    ///
    /// Set it to `false` only if the format of [`freeze`](Self::freeze) can always be read back, as
    /// that of [`Kv`](crate::Kv) can.
    const TRY_SNAPSHOTS: bool = true;

    /// How operations are encoded.
    type OperationCodec: Codec<Self::Operation>;

    /// Changes the state. It must be deterministic: no clock, no randomness, nothing outside of
    /// `self` and `operation`. It must not fail, since the operation is durable already. Validate
    /// before committing.
    fn apply(&mut self, operation: Self::Operation);

    /// Decodes an operation that was logged by an older `version` of the state.
    ///
    /// # Errors
    /// By default, that no migration exists.
    fn migrate_operation(version: u32, bytes: &[u8]) -> Result<Self::Operation, CodecError> {
        let _ = bytes;
        Err(CodecError::new(format!(
            "an operation of `{}` was logged in version {version}, and this program has no migration from it",
            Self::NAME
        )))
    }

    /// The state at this moment, to be written out while the state goes on changing.
    ///
    /// By default this is the whole encoding, made at once. Commits wait while it is made, and it
    /// takes as much memory as it is long. A state with persistent data structures (such as
    /// [`Kv`](crate::Kv)) returns a cheap copy instead and encodes it piece by piece.
    ///
    /// # Errors
    /// What the codec returns.
    fn freeze(&self) -> Result<Box<dyn Frozen>, CodecError> {
        let mut bytes = Vec::new();
        Self::Codec::encode(self, &mut bytes)?;
        Ok(Box::new(Encoded::new(bytes)))
    }

    /// Reads back the pieces that [`freeze`](Self::freeze) gave.
    fn thaw(version: u32) -> Box<dyn Thaw<Self>> {
        Box::new(Collected {
            version,
            bytes: Vec::new(),
        })
    }
}

/// A frozen state, given out piece by piece.
pub trait Frozen: MaybeSend + 'static {
    /// Appends the next piece to `piece`, best about a mebibyte long. Returns `false` if there are
    /// no more.
    ///
    /// # Errors
    /// What the codec returns.
    fn next_piece(&mut self, piece: &mut Vec<u8>) -> Result<bool, CodecError>;

    /// All pieces, if they are in memory already before the first one is given out. Then they are
    /// read back without a copy; see [`State::TRY_SNAPSHOTS`].
    fn whole(&self) -> Option<&[u8]> {
        None
    }
}

/// A state that is being read back, piece by piece, in the order the pieces were given out.
pub trait Thaw<S>: MaybeSend {
    /// Takes the next piece.
    ///
    /// # Errors
    /// What is wrong with the piece.
    fn piece(&mut self, piece: &[u8]) -> Result<(), CodecError>;

    /// The whole state.
    ///
    /// # Errors
    /// What is wrong with the pieces.
    fn finish(self: Box<Self>) -> Result<S, CodecError>;

    /// The state whose pieces are all in `bytes`.
    ///
    /// # Errors
    /// What is wrong with the pieces.
    fn whole(mut self: Box<Self>, bytes: &[u8]) -> Result<S, CodecError> {
        for piece in bytes.chunks(PIECE_LEN) {
            self.piece(piece)?;
        }
        self.finish()
    }
}

/// The length of the pieces of an encoding that was made at once.
const PIECE_LEN: usize = 1 << 20;

/// An encoding that was made at once.
pub(crate) struct Encoded {
    bytes: Bytes,
    written: usize,
}

impl Encoded {
    pub(crate) fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { bytes, written: 0 }
    }
}

impl Frozen for Encoded {
    fn next_piece(&mut self, piece: &mut Vec<u8>) -> Result<bool, CodecError> {
        let rest = self.bytes.get(self.written..).unwrap_or_default();
        let next = rest.get(..PIECE_LEN).unwrap_or(rest);
        piece.extend_from_slice(next);
        self.written = self.written.saturating_add(next.len());
        Ok(!next.is_empty())
    }

    fn whole(&self) -> Option<&[u8]> {
        Some(&self.bytes)
    }
}

/// Collects pieces, to be decoded at once.
struct Collected {
    version: u32,
    bytes: Vec<u8>,
}

impl<S: Schema> Thaw<S> for Collected {
    fn piece(&mut self, piece: &[u8]) -> Result<(), CodecError> {
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<S, CodecError> {
        S::decode_version(self.version, &self.bytes)
    }

    fn whole(self: Box<Self>, bytes: &[u8]) -> Result<S, CodecError> {
        S::decode_version(self.version, bytes)
    }
}

/// Decodes a logged operation of any version up to this one.
pub(crate) fn decode_operation<S: State>(
    version: u32,
    bytes: &[u8],
) -> Result<S::Operation, CodecError> {
    if version == S::VERSION {
        S::OperationCodec::decode(bytes)
    } else {
        S::migrate_operation(version, bytes)
    }
}
