//! The mutants of `cargo xtask prove mutants` run for a person's patience; that their texts are still in the sources is looked at in every run.

use xtask::prove::mutants::MUTANTS;
use xtask::workspace::Workspace;

#[test]
fn no_mutant_is_stale() {
    let root = Workspace::find().unwrap().root;
    let stale: Vec<String> = MUTANTS
        .iter()
        .filter_map(|mutant| mutant.staleness(&root))
        .collect();
    assert_eq!(stale, Vec::<String>::new());
}
