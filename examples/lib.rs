//! Nothing but a place for the examples; run one with `cargo run -p steadfast-examples --example settings`.
