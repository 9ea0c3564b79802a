//! Every public crate packs as the registry would take it.

use crate::part::{Result, Stop};
use crate::process;
use crate::totals::Totals;
use crate::workspace::Workspace;

/// The files that users must find in every crate. In the repository the licences are links to those
/// in the root.
const REQUIRED: [&str; 3] = ["LICENSE-APACHE", "LICENSE-MIT", "README.md"];

pub(super) fn run(workspace: &Workspace, _totals: &mut Totals) -> Result {
    let mut packages = workspace.packages()?;
    packages.retain(|package| package.public);
    // One call for all crates: they depend on each other, and need not be in the registry yet.
    let mut pack = workspace.cargo("package");
    pack.args(["--no-verify", "--allow-dirty", "--quiet"]);
    for package in &packages {
        pack.args(["--package", &package.name]);
    }
    process::run(&mut pack)?;
    for package in &packages {
        let mut list = workspace.cargo("package");
        list.args([
            "--list",
            "--allow-dirty",
            "--quiet",
            "--package",
            &package.name,
        ]);
        let files = process::capture(&mut list)?;
        for required in REQUIRED {
            if !files.lines().any(|file| file == required) {
                return Err(Stop::failed(format!(
                    "the package {} lacks {required}",
                    package.name
                )));
            }
        }
    }
    Ok(())
}
