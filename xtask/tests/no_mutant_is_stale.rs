//! The mutants of `cargo xtask mutants` take too long for every run. But every run checks that
//! their texts are still in the sources, and that the crash model names each with the test that
//! catches it.

use std::collections::BTreeSet;

use xtask::prove::mutants;
use xtask::workspace::Workspace;

const DOCUMENT: &str = "docs/proof.md";

#[test]
fn no_mutant_is_stale() {
    let root = Workspace::find().unwrap().root;
    let stale: Vec<String> = mutants::all()
        .filter_map(|mutant| mutant.staleness(&root))
        .collect();
    assert_eq!(stale, Vec::<String>::new());
}

#[test]
fn the_crash_model_lists_every_mutant_and_no_other() {
    let root = Workspace::find().unwrap().root;
    let document = std::fs::read_to_string(root.join(DOCUMENT)).unwrap();
    let (_, table) = document
        .split_once("| taken away | caught by |\n|---|---|\n")
        .unwrap();
    let rows = table.lines().take_while(|line| line.starts_with('|'));
    let listed: BTreeSet<String> = rows.map(str::to_owned).collect();
    let known: BTreeSet<String> = mutants::all()
        .map(|mutant| format!("| {} | `{}` |", mutant.what, mutant.catcher()))
        .collect();
    let missing: Vec<_> = known.difference(&listed).collect();
    assert!(missing.is_empty(), "{DOCUMENT} lacks {missing:#?}");
    let surplus: Vec<_> = listed.difference(&known).collect();
    assert!(surplus.is_empty(), "{DOCUMENT} has {surplus:#?}");
}
