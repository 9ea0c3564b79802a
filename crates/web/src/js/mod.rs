//! What JavaScript sees of steadfast: the part of the npm package that is Rust.
//!
//! ```text
//! Database (TypeScript, one in each tab)
//!   ──port──► Host (TypeScript, in the tab that writes)
//!               ──► Engine (here) ──► Store<Kv, Home>
//! ```
//! [`Engine`] is one open store. Who may open it, how tabs take turns, retries and sessions are the
//! package's affair (`crates/web/npm/src`); here is what needs the core: commits in the order in
//! which they were submitted, reads of now or of a moment held still, optimistic transactions,
//! reports as plain objects, errors as plain objects, and a store's streams.
//!
//! Keys, values and batches cross the border as bytes, in the encoding of
//! [`KvCodec`](steadfast_core::KvCodec): one call, one array. What a value means is decided in
//! TypeScript; `tagging` tags those of other programs.

mod disk;
mod engine;
mod error;
#[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
mod file;
mod home;
mod line;
mod live;
mod object;
#[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
mod packer;
mod pairs;
mod reads;
#[cfg(feature = "npm-whole")]
mod replacing;
mod report;
mod shelf;
#[cfg(feature = "npm-whole")]
mod streams;
#[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
mod tagging;
#[cfg(all(feature = "npm-whole", not(feature = "npm-opfs")))]
mod tools;
mod values;
#[cfg(feature = "npm-whole")]
mod whole;

pub use engine::Engine;
