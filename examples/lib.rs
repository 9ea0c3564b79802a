//! Only holds the examples together. Run one with `cargo run -p steadfast-examples --example
//! settings`.

/// The code in the README is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
