//! What the tests share: a toy state, a disk that can be taken apart, a backend that suspends and
//! counts, one that runs full, a writer that deletes what readers need, an executor that notices
//! when every task sleeps.

#![expect(clippy::panic, reason = "a test that panics is a test that fails")]
#![expect(dead_code, reason = "every test uses a part of it")]

pub(crate) mod crowd;
pub(crate) mod disk;
pub(crate) mod history;
pub(crate) mod numbers;
pub(crate) mod probe;
pub(crate) mod pruning;
pub(crate) mod room;
pub(crate) mod tasks;
