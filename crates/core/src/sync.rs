//! The locks of this crate, and its thread-local storage.
//!
//! Under `--cfg steadfast_shuttle` they come from [shuttle](https://docs.rs/shuttle). It runs the
//! threads of a test one at a time and chooses at every lock which one goes on. `cargo xtask prove`
//! explores the commit path in that way.

#[cfg(steadfast_shuttle)]
pub(crate) use shuttle::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard};
#[cfg(steadfast_shuttle)]
pub(crate) use shuttle::thread_local;
#[cfg(not(steadfast_shuttle))]
pub(crate) use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard};
#[cfg(not(steadfast_shuttle))]
pub(crate) use std::thread_local;
