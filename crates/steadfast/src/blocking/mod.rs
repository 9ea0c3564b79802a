//! The same promises for programs without a runtime.
//!
//! Every call here runs the asynchronous core on the calling thread. Backends that are
//! [`Immediate`] never suspend. So a call waits only for another thread's flush, and sleeps
//! meanwhile.

mod backend;
mod block_on;
mod housekeeper;
mod lock_timeout;
mod options;
mod room;
mod store;

pub use backend::Backend;
pub use lock_timeout::retry_while_locked;
pub use options::{Durability, Options};
pub use store::{Store, Ticket};

use block_on::block_on;
use steadfast_core::{
    CopyReport, Immediate, Inspection, Lsn, Result, Schema, StoreStatus, VerifyReport,
};

/// [`save_snapshot`](crate::save_snapshot): saves one value atomically and durably.
///
/// # Errors
/// As there.
pub fn save_snapshot<B: Immediate, T: Schema>(backend: &B, key: &str, value: &T) -> Result<()> {
    block_on(steadfast_core::save_snapshot(backend, &key.parse()?, value))
}

/// [`load_snapshot`](crate::load_snapshot): what `save_snapshot` saved, checked.
///
/// # Errors
/// As there.
pub fn load_snapshot<B: Immediate, T: Schema>(backend: &B, key: &str) -> Result<Option<T>> {
    block_on(steadfast_core::load_snapshot(backend, &key.parse()?))
}

/// [`verify`](crate::verify()): checks every checksum of a store.
///
/// # Errors
/// As there.
pub fn verify<B: Immediate>(backend: &B) -> Result<VerifyReport> {
    block_on(steadfast_core::verify(backend))
}

/// [`status`](crate::status()): how a store stands, without opening it.
///
/// # Errors
/// As there.
pub fn status<B: Immediate>(backend: &B) -> Result<StoreStatus> {
    block_on(steadfast_core::status(backend))
}

/// [`inspect`](crate::inspect()): the bytes of a store, explained.
///
/// # Errors
/// As there.
pub fn inspect<B: Immediate>(backend: &B) -> Result<Vec<Inspection>> {
    block_on(steadfast_core::inspect(backend))
}

/// [`copy_store`](crate::copy_store): a hot backup, or a restore.
///
/// # Errors
/// As there.
pub fn copy_store<A: Immediate, B: Immediate>(
    source: &A,
    destination: &B,
    until: Option<Lsn>,
) -> Result<CopyReport> {
    block_on(steadfast_core::copy_store(source, destination, until))
}
