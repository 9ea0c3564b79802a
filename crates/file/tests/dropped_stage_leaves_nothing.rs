//! A save that is not committed leaves no trace.

use steadfast_core::{Precondition, Staged};

use crate::support::{contents, get, now, open, place, save, stage};

#[test]
fn dropped_stage_leaves_nothing() {
    let (_guard, path) = place();
    let backend = open(&path);
    save(&backend, "slots/key", b"old").unwrap();
    let before = contents(&path);
    drop(stage(&backend, "slots/key", b"new"));
    drop(stage(&backend, "slots/other", b"new"));
    assert_eq!(contents(&path), before);
}

#[test]
fn one_dropped_stage_does_not_disturb_another() {
    let (_guard, path) = place();
    let backend = open(&path);
    let (first, second) = (
        stage(&backend, "key", b"first"),
        stage(&backend, "key", b"second"),
    );
    drop(first);
    now(second.commit(Precondition::None)).unwrap();
    assert_eq!(get(&backend, "key").unwrap(), b"second");
}
