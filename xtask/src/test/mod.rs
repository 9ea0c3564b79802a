//! `cargo xtask test`: the tests of this machine, then those of other systems.

pub mod browser;
mod host;
mod macos;
pub mod page;
mod wasm;
mod windows;

use crate::part::Part;

/// The parts, in the order in which they run.
pub const PARTS: [Part; 6] = [
    Part {
        name: "host",
        about: "tests, doctests and examples on this machine",
        run: host::run,
    },
    Part {
        name: "windows",
        about: "the core's and the file backend's tests as Windows programs",
        run: windows::run,
    },
    Part {
        name: "wasm",
        about: "the core built for wasm32-unknown-unknown",
        run: wasm::run,
    },
    Part {
        name: "macos",
        about: "the file backend and steadfast type-checked for macOS",
        run: macos::run,
    },
    Part {
        name: "browser",
        about: "the browser's backends in Chromium, Firefox and WebKitGTK: the contract, and tabs against each other",
        run: browser::run,
    },
    Part {
        name: "page",
        about: "the npm package and the page in Chromium: tabs, crashes, offline, keyboard, size",
        run: page::run,
    },
];

/// Whether a part needs the tools of another system. `--quick` skips it.
pub fn is_for_another_system(part: &Part) -> bool {
    PARTS.iter().skip(1).any(|other| other.name == part.name)
}
