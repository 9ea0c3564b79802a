//! `cargo xtask prove faults` is as good as its judgement: which calls it makes fail, where in a
//! run a commit may or may not be there, and which exit codes and sentences it accepts.

use xtask::prove::faults::{Trace, judge_ending};

/// A trace as strace writes it: the loader, `main`, a second thread, a commit of one append and one
/// flush, and the end.
const RUN: &str = r#"7 execve("/bin/steadfast", ["steadfast"], 0x7 /* 3 vars */) = 0
7 openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3
7 rt_sigaction(SIGBUS, NULL, {sa_handler=SIG_DFL}, 8) = 0
7 rt_sigaction(SIGBUS, {sa_handler=0x5}, NULL, 8) = 0
7 openat(AT_FDCWD, "shop", O_RDONLY|O_DIRECTORY) = 3</t/shop>
7 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, -1, 0) = 0x7
7 pwrite64(4</t/shop/wal/0000000000000002>, "SFWALSEG\1\0", 96, 0) = 96
7 pwrite64(5</t/shop/wal/0000000000000001>, "\7\7\7\7", 40, 144) = 40
8 openat(3</t/shop>, "other", O_RDONLY) = 6
8 statx(6, "", AT_EMPTY_PATH, STATX_NLINK, 0x7) = 0
7 pwrite64(4</t/shop/wal/0000000000000002>, "\0\0\0\0", 4, 500) = 4
7 pwrite64(4</t/shop/wal/0000000000000002>, "\372\23\f@", 49, 96 <unfinished ...>
8 futex(0x5, FUTEX_WAIT, 1, NULL <unfinished ...>
7 <... pwrite64 resumed>) = 49
7 fdatasync(4</t/shop/wal/0000000000000002>) = 0
7 statx(4</t/shop/wal/0000000000000002>, "", AT_EMPTY_PATH, STATX_NLINK, 0x7) = 0
7 renameat2(3</t/shop>, "a", 3</t/shop>, "b", RENAME_NOREPLACE) = 0
7 fsync(3</t/shop>) = 0
7 exit_group(0) = ?
"#;

fn trace() -> Trace {
    Trace::parse(RUN).unwrap_or_else(|| unreachable!("it shows where `main` begins"))
}

#[test]
fn calls_of_main_fail_and_those_of_the_loader_do_not() {
    let targets = trace().targets();
    let named: Vec<_> = targets
        .iter()
        .map(|target| format!("{} {}", target.name, target.nth))
        .collect();
    // If the other thread's first `openat` failed, so would the loader's first one. Its first
    // `statx` fails together with the main thread's.
    let expected = [
        "openat 2",
        "pwrite64 1",
        "pwrite64 2",
        "statx 1",
        "pwrite64 3",
        "pwrite64 4",
        "fdatasync 1",
        "renameat2 1",
        "fsync 1",
    ];
    assert_eq!(named, expected);
}

#[test]
fn a_commit_is_unknown_from_its_append_to_the_look_behind_its_flush() {
    let [(start, end)] = trace().commits()[..] else {
        unreachable!(
            "one commit: neither the header, nor zeros, nor a fence in the segment before is one"
        )
    };
    let targets = trace().targets();
    let is_inside: Vec<_> = targets
        .iter()
        .filter(|target| target.last >= start && target.last <= end)
        .map(|target| target.name.as_str())
        .collect();
    assert_eq!(is_inside, ["statx", "pwrite64", "fdatasync"]);
}

#[test]
fn a_save_is_unknown_from_its_rename_to_the_flush_of_its_directory() {
    let [(start, end)] = trace().rename()[..] else {
        unreachable!("one rename")
    };
    let targets = trace().targets();
    let is_inside: Vec<_> = targets
        .iter()
        .filter(|target| target.first >= start && target.first <= end)
        .map(|target| target.name.as_str())
        .collect();
    assert_eq!(is_inside, ["renameat2", "fsync"]);
}

#[test]
fn calls_that_no_signal_interrupts_are_not_interrupted() {
    let targets = trace().targets();
    let interrupted: Vec<_> = targets
        .iter()
        .filter(|target| target.can_fail_with("EINTR"))
        .map(|target| target.name.as_str())
        .collect();
    let expected = [
        "openat",
        "pwrite64",
        "pwrite64",
        "pwrite64",
        "pwrite64",
        "fdatasync",
        "fsync",
    ];
    assert_eq!(interrupted, expected);
    assert!(targets.iter().all(|target| target.can_fail_with("EIO")));
}

#[test]
fn an_ending_has_the_right_code_and_one_sentence_with_a_place() {
    let said = "error: could not flush shop/wal: Input/output error (os error 5)\n";
    let judge = |code, said: &str, is_certain| judge_ending(code, said, is_certain);
    for (code, sentence, is_certain) in [
        (0, "", true),
        (4, said, true),
        (4, said, false),
        (5, said, false),
        (
            3,
            "error: could not read rows.jsonl: Input/output error\n",
            true,
        ),
    ] {
        assert_eq!(
            judge(Some(code), sentence, is_certain),
            None,
            "{code} {sentence}"
        );
    }
    for (code, sentence, is_certain) in [
        (None, "", true),
        (Some(1), said, true),
        (Some(2), said, true),
        (Some(3), said, true),
        (Some(5), said, true),
        (Some(101), said, true),
        (Some(130), said, true),
        (Some(4), "", true),
        (Some(4), "could not flush shop\n", true),
        (Some(4), "error: could not flush shop\nerror: twice\n", true),
        (Some(4), "error: it failed\n", true),
        (Some(4), "error: shop has damage in one place\n", true),
        (Some(4), "error: shop: Os { code: 5 }\n", true),
    ] {
        assert!(
            judge(code, sentence, is_certain).is_some(),
            "{code:?} {sentence}"
        );
    }
}
