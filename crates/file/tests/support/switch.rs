//! Switches of the kernel, as one process sees them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::process::{given_directory, wrapped_child};
use super::users::is_root;

/// Runs `scenario` where the kernel's switch of that name (`fs.…`) reads `value`: the process sees
/// another file in its place.
pub(crate) fn with_switch(name: &str, value: &str, test: &str, scenario: impl FnOnce(&Path)) {
    if let Some(directory) = given_directory() {
        scenario(&directory);
        return;
    }
    if !is_root() {
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    fs::set_permissions(guard.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut wrapper = Command::new("unshare");
    let script = format!(
        "echo {value} > {0} && mount --bind {0} /proc/sys/fs/{name} && exec \"$@\"",
        guard.path().join("switch").display()
    );
    wrapper.args(["--mount", "sh", "-c", &script, "sh"]);
    let Ok(output) = wrapped_child(wrapper, test, guard.path()).output() else {
        println!("skipped: there is no unshare here");
        return;
    };
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
