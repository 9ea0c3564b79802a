//! The hosted workflow calls the commands that a person calls, by names that exist.

use std::fs;
use std::path::Path;

use xtask::cli::parts_of;

#[test]
fn each_part_of_a_command_is_one_and_all_are_called() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workflow = fs::read_to_string(root.join(".github/workflows/ci.yml")).unwrap();
    let mut called = Vec::new();
    for line in workflow.lines() {
        let Some((_, command)) = line.split_once("cargo xtask ") else {
            continue;
        };
        let mut words = command.split_whitespace();
        let name = words.next().unwrap();
        let parts = parts_of(name);
        for word in words {
            let part = parts.iter().find(|part| part.name == word);
            assert!(part.is_some(), "`cargo xtask {name}` has no part `{word}`");
            called.push(word);
        }
    }
    // On a host with the system itself, nothing has to stand in for it.
    let left_out = ["windows", "macos"];
    for part in parts_of("ci") {
        let is_called = called.contains(&part.name);
        assert_ne!(is_called, left_out.contains(&part.name), "{}", part.name);
    }
}
