//! Whoever begins a store makes the lock first and the folders then. Another one may look in
//! between.

use std::cell::Cell;

use super::between_equal_looks;

#[test]
fn a_folder_beside_a_lock_that_has_just_come_is_no_strangers() {
    let is_begun = Cell::new(false);
    let found = between_equal_looks(
        || Ok(is_begun.get()),
        |is_locked| {
            is_begun.set(true);
            Ok((!is_locked).then(|| "wal".to_owned()))
        },
    );
    assert_eq!(found.unwrap(), None);
}

#[test]
fn what_is_foreign_beside_the_same_lock_stays_so() {
    for is_locked in [false, true] {
        let found = between_equal_looks(|| Ok(is_locked), |_| Ok(Some("photos".to_owned())));
        assert_eq!(found.unwrap().as_deref(), Some("photos"));
    }
}
