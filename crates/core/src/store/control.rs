//! What a batch can do besides commits.

use std::sync::Arc;

use crate::codec::CodecError;
use crate::ids::{Lsn, ObjectId};
use crate::manifest::{Manifest, SnapshotEntry};
use crate::state::{Frozen, State};
use crate::sync::Mutex;
use crate::wal::frame::Unsealed;

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
pub(super) type Decide<S> =
    Box<dyn FnOnce(&S) -> Option<(Unsealed, <S as crate::State>::Operation)> + Send>;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub(super) type Decide<S> =
    Box<dyn FnOnce(&S) -> Option<(Unsealed, <S as crate::State>::Operation)>>;

/// Where a batch puts an answer.
pub(super) type Slot<T> = Arc<Mutex<Option<T>>>;

/// A request to the next batch.
pub(super) enum Control<S: State> {
    /// Flush what is not durable yet.
    Flush,
    /// Flush, and finish the log's last segment: nothing more is appended to it.
    Finish,
    /// Begin a new segment and freeze the state at that point.
    Freeze(Slot<Still>),
    /// Publish a manifest that states which snapshots are kept.
    Publish(Kept, Slot<Published>),
    /// Decide on an operation while nothing is in flight, and commit it.
    Transact(Decide<S>),
}

/// Which snapshots are kept.
#[derive(Clone, Copy)]
pub(super) enum Kept {
    /// A new one, besides the newest.
    Also(SnapshotEntry),
    /// Only this one, which was read back whole, if it is still the newest.
    Only(ObjectId),
}

/// A frozen state.
pub(super) struct Still {
    /// An error here comes from the codec; the store goes on.
    pub(super) frozen: Result<Box<dyn Frozen>, CodecError>,
    /// The last commit in it.
    pub(super) lsn: Lsn,
    /// The number for its snapshot.
    pub(super) id: ObjectId,
}

/// The two newest manifests after a publication.
pub(super) struct Published {
    pub(super) newest: Manifest,
    pub(super) previous: Option<Manifest>,
}
