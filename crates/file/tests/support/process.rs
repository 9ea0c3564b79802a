//! Running a test's scenario in a process of its own: this test binary again, asked for the one
//! test.

use std::path::{Path, PathBuf};
use std::process::Command;

const DIRECTORY: &str = "STEADFAST_SCENARIO_DIRECTORY";

/// The directory given to this process, where it runs a scenario for another one.
pub(crate) fn given_directory() -> Option<PathBuf> {
    std::env::var_os(DIRECTORY).map(PathBuf::from)
}

/// The name by which the test harness knows a test.
pub(crate) fn test_name(module: &str, function: &str) -> String {
    let module = module.split_once("::").map_or(module, |(_, module)| module);
    format!("{module}::{function}")
}

/// The arguments that make this test binary run one test, on its main thread.
pub(crate) fn arguments(test: &str) -> [String; 4] {
    [
        test.to_owned(),
        "--exact".to_owned(),
        "--nocapture".to_owned(),
        "--test-threads=1".to_owned(),
    ]
}

/// This test binary, to run one test with a directory given.
pub(crate) fn child(test: &str, directory: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments(test)).env(DIRECTORY, directory);
    command
}

/// The same, wrapped in another program.
#[cfg(target_os = "linux")]
pub(crate) fn wrapped_child(mut wrapper: Command, test: &str, directory: &Path) -> Command {
    wrapper
        .arg(std::env::current_exe().unwrap())
        .args(arguments(test))
        .env(DIRECTORY, directory);
    wrapper
}

/// Runs `scenario` in a process of its own, for what belongs to a whole process: handles, the
/// current directory.
pub(crate) fn in_own_process(test: &str, scenario: impl FnOnce(&Path)) {
    if let Some(directory) = given_directory() {
        scenario(&directory);
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    let output = child(test, guard.path()).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
