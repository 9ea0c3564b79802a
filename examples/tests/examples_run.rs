//! Every example runs, and runs again on what it left.

#![expect(
    clippy::expect_used,
    reason = "a test that panics is a test that fails"
)]

use std::path::Path;
use std::process::Command;

fn run(name: &str, argument: &Path) -> String {
    let output = Command::new(env!("CARGO"))
        .args([
            "run",
            "--quiet",
            "--package",
            "steadfast-examples",
            "--example",
            name,
            "--",
        ])
        .arg(argument)
        .output()
        .expect("cargo runs");
    let (out, err) = (&output.stdout, &output.stderr);
    let (out, err) = (String::from_utf8_lossy(out), String::from_utf8_lossy(err));
    assert!(output.status.success(), "{name}: {out}{err}");
    out.into_owned()
}

#[test]
fn the_settings_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("settings.json");
    assert!(run("settings", &file).starts_with("start number 1,"));
    assert!(run("settings", &file).starts_with("start number 2,"));
}

#[test]
fn the_game_goes_on_where_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(run("save_slots", folder.path()).contains("back in room 1"));
    assert!(run("save_slots", folder.path()).contains("back in room 2"));
}

#[test]
fn the_ledger_loses_no_cent() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = run("ledger", folder.path());
    assert!(
        first.contains("ada has 1000 cents left; 10000 cents in all"),
        "{first}"
    );
    let second = run("ledger", folder.path());
    assert!(second.contains("20000 cents in all"), "{second}");
}

#[test]
fn the_visitors_are_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(run("tokio", folder.path()).contains("100 visitors"));
    assert!(run("tokio", folder.path()).contains("100 visitors"));
}
