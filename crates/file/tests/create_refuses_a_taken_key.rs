//! `Precondition::Absent` is decided at the moment of publishing.

use steadfast_core::{PersistenceError, Precondition, Staged};
use steadfast_file::{FileBackend, StagedFile};

use crate::support::{create, get, now, open, place, save, stage, temporaries};

/// In every round, all creators find the key absent, and one gets it.
pub(crate) fn one_creator_succeeds(backend: &FileBackend) {
    for round in 0..20 {
        let name = format!("round-{round}");
        let staged: Vec<_> = (0..4)
            .map(|byte| stage(backend, &name, &[byte; 100]))
            .collect();
        let committed = std::thread::scope(|scope| {
            let commit = |staged: StagedFile| now(staged.commit(Precondition::Absent)).is_ok();
            let threads: Vec<_> = staged
                .into_iter()
                .map(|staged| scope.spawn(move || commit(staged)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .filter(|ok| *ok)
                .count()
        });
        assert_eq!(committed, 1);
        assert_eq!(get(backend, &name).unwrap().len(), 100);
    }
}

#[test]
fn create_refuses_a_taken_key() {
    let (_guard, path) = place();
    let backend = open(&path);
    create(&backend, "manifest/1", b"first").unwrap();
    let failure = create(&backend, "manifest/1", b"second").unwrap_err();
    assert!(
        matches!(failure, PersistenceError::AlreadyExists { .. }),
        "{failure}"
    );
    assert_eq!(get(&backend, "manifest/1").unwrap(), b"first");
}

#[test]
fn a_key_that_appears_meanwhile_is_kept() {
    let (_guard, path) = place();
    let backend = open(&path);
    let late = stage(&backend, "key", b"late");
    save(&backend, "key", b"early").unwrap();
    let failure = now(late.commit(Precondition::Absent)).unwrap_err();
    assert!(
        matches!(failure, PersistenceError::AlreadyExists { .. }),
        "{failure}"
    );
    assert_eq!(get(&backend, "key").unwrap(), b"early");
    assert_eq!(temporaries(&path).len(), 0);
}

#[test]
fn of_many_creators_one_succeeds() {
    let (_guard, path) = place();
    one_creator_succeeds(&open(&path));
}
