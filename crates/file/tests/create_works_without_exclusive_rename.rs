//! Where a file system (or a kernel) has no `RENAME_NOREPLACE`, a hard link is used, which is as
//! exclusive.
#![cfg(target_os = "linux")]

use crate::create_refuses_a_taken_key::one_creator_succeeds;
use crate::support::process::test_name;
use crate::support::trace::{mark, with_all_failing, with_failing};
use crate::support::{create, get, open, temporaries};

#[test]
fn the_fallback_publishes() {
    let test = test_name(module_path!(), "the_fallback_publishes");
    with_failing("renameat2", 1, &["EINVAL", "ENOSYS"], &test, |directory| {
        let backend = open(&directory.join("store"));
        mark("begin");
        create(&backend, "key", b"value").unwrap();
        mark("end");
        assert_eq!(get(&backend, "key").unwrap(), b"value");
        assert_eq!(temporaries(directory).len(), 0);
    });
}

#[test]
fn the_fallback_lets_one_creator_in() {
    let test = test_name(module_path!(), "the_fallback_lets_one_creator_in");
    with_all_failing("renameat2", "EINVAL", &test, |directory| {
        one_creator_succeeds(&open(&directory.join("store")));
        assert_eq!(temporaries(directory).len(), 0);
    });
}
