//! A recording is kept. Its file and the number of a state bring back the same disk and the same
//! loss.

use crate::common::{output, powercut, report};

#[test]
fn a_failed_state_can_be_seen_again() {
    let directory = tempfile::tempdir().unwrap();
    let keep = directory.path().to_str().unwrap();
    let what = "--file-systems ext4 --workloads rename-unflushed --control-states 20 --keep";
    let arguments: Vec<&str> = what.split(' ').chain([keep]).collect();
    let Some(report) = report(&arguments) else {
        return;
    };
    let failure = &report["lanes"][0]["failures"][0];
    let recording = directory
        .path()
        .join(failure["recording"].as_str().unwrap());
    let state = failure["state"].to_string();
    let image = directory.path().join("image");

    let mut replay = powercut();
    replay.arg("replay").arg(&recording);
    replay.args(["--state", &state, "--image"]).arg(&image);
    let first = output(&mut replay).unwrap();
    let first_image = std::fs::read(&image).unwrap();
    let second = output(&mut replay).unwrap();

    assert_eq!(first.status.code(), Some(1));
    assert_eq!(first.stdout, second.stdout);
    assert!(first_image == std::fs::read(&image).unwrap());
    let text = String::from_utf8(first.stdout).unwrap();
    assert!(text.contains(failure["what"].as_str().unwrap()), "{text}");

    let steps = powercut().arg("steps").arg(&recording).output().unwrap();
    let steps = String::from_utf8(steps.stdout).unwrap();
    assert!(steps.contains("acknowledged: 40 of 0"), "{steps}");
}
