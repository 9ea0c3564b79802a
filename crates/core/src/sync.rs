//! The locks of this crate, and what it keeps for each thread.
//!
//! Under `--cfg steadfast_shuttle` they are those of [shuttle](https://docs.rs/shuttle), which runs
//! the threads of a test one at a time and chooses at every lock which one goes on: `cargo xtask
//! prove` explores the commit path that way.

#[cfg(steadfast_shuttle)]
pub(crate) use shuttle::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard};
#[cfg(steadfast_shuttle)]
pub(crate) use shuttle::thread_local;
#[cfg(not(steadfast_shuttle))]
pub(crate) use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard};
#[cfg(not(steadfast_shuttle))]
pub(crate) use std::thread_local;
