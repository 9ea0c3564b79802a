//! Power cuts under a browser: its profile is on the disk that is recorded.

use std::path::Path;

use super::power;
use crate::apt;
use crate::part::Result;
use crate::totals::Totals;
use crate::web::package;
use crate::workspace::Workspace;

const CHROMIUM: &str = "/usr/bin/chromium";

/// Sixty of strict IndexedDB and of OPFS each; as many of the control, which loses one in five.
const RUN: [&str; 9] = [
    "run",
    "--states",
    "120",
    "--control-states",
    "60",
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
    power::cut(workspace, &RUN, totals)
}
