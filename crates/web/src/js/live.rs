//! The state of an open database: a [`Kv`] that remembers what was applied to it until somebody
//! asks.
//!
//! Subscribers must hear of changes in the order in which they happened, and commits of one turn
//! are answered in any order. The one place that knows the order is `apply`. On disk it is a
//! [`Kv`]: a Rust program, or the `steadfast` program, opens the same store.

#[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
use std::cell::Cell;
use std::cell::RefCell;

use steadfast_core::{Codec, CodecError, Frozen, Kv, KvBatch, KvCodec, Schema, State, Thaw};

/// A [`Kv`], and the encoded batches applied since the last look, while somebody listens.
#[derive(Default)]
pub(super) struct Live {
    pub(super) kv: Kv,
    /// `None` while nobody listens: recovery replays a whole log through `apply`.
    feed: RefCell<Option<Vec<Vec<u8>>>>,
    /// A backup on its way out is a log that nobody reads from: it needs no state in memory.
    #[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
    pub(super) forgets: Cell<bool>,
}

impl Live {
    /// Begins or ends to remember what is applied.
    pub(super) fn listen(&self, on: bool) {
        let mut feed = self.feed.borrow_mut();
        if on != feed.is_some() {
            *feed = on.then(Vec::new);
        }
    }

    /// What was applied since the last call, in order.
    pub(super) fn drain(&self) -> Vec<Vec<u8>> {
        self.feed
            .borrow_mut()
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }
}

/// The codec of [`Kv`], for [`Live`].
#[derive(Clone, Copy, Debug)]
pub(super) struct LiveCodec;

impl Codec<Live> for LiveCodec {
    fn encode(live: &Live, bytes: &mut Vec<u8>) -> Result<(), CodecError> {
        KvCodec::encode(&live.kv, bytes)
    }

    fn decode(bytes: &[u8]) -> Result<Live, CodecError> {
        let kv = KvCodec::decode(bytes)?;
        Ok(Live {
            kv,
            ..Live::default()
        })
    }
}

impl Schema for Live {
    const NAME: &'static str = Kv::NAME;
    const VERSION: u32 = Kv::VERSION;
    type Codec = LiveCodec;
}

impl State for Live {
    const TRY_SNAPSHOTS: bool = Kv::TRY_SNAPSHOTS;

    type Operation = KvBatch;
    type OperationCodec = KvCodec;

    fn apply(&mut self, batch: KvBatch) {
        #[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
        if self.forgets.get() {
            return;
        }
        if let Some(feed) = self.feed.get_mut() {
            let mut bytes = Vec::new();
            // What was encoded into the log a moment ago can be encoded again.
            if KvCodec::encode(&batch, &mut bytes).is_ok() {
                feed.push(bytes);
            }
        }
        self.kv.apply(batch);
    }

    fn freeze(&self) -> Result<Box<dyn Frozen>, CodecError> {
        self.kv.freeze()
    }

    fn thaw(version: u32) -> Box<dyn Thaw<Self>> {
        Box::new(Thawing(Kv::thaw(version)))
    }
}

struct Thawing(Box<dyn Thaw<Kv>>);

impl Thaw<Live> for Thawing {
    fn piece(&mut self, piece: &[u8]) -> Result<(), CodecError> {
        self.0.piece(piece)
    }

    fn finish(self: Box<Self>) -> Result<Live, CodecError> {
        let kv = self.0.finish()?;
        Ok(Live {
            kv,
            ..Live::default()
        })
    }
}
