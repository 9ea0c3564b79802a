//! Power cuts under a browser: its profile is on the disk that is recorded.

use std::path::Path;

use super::power;
use crate::apt;
use crate::part::Result;
use crate::totals::Totals;
use crate::web::package;
use crate::workspace::Workspace;

const CHROMIUM: &str = "/usr/bin/chromium";

/// A hundred states each of strict IndexedDB and of OPFS, and as many of the control, which loses
/// one in five.
const STATES: [&str; 2] = ["200", "100"];
/// In CI there are sixty of each.
const STATES_IN_CI: [&str; 2] = ["120", "60"];

const RUN: [&str; 5] = [
    "run",
    "--file-systems",
    "ext4",
    "--workloads",
    "browser-indexed-db,browser-opfs,browser-relaxed",
];

pub(super) fn run(workspace: &Workspace, totals: &mut Totals) -> Result {
    if !Path::new(CHROMIUM).is_file() && std::env::var_os("CHROMIUM").is_none() {
        apt::ensure(&["chromium"])?;
    }
    package::build(workspace)?;
    let [strict, control] = match std::env::var_os("CI") {
        Some(_) => STATES_IN_CI,
        None => STATES,
    };
    let sizes = ["--states", strict, "--control-states", control];
    power::cut(workspace, &[&RUN[..], &sizes].concat(), totals)
}
