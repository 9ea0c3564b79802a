//! Where there is room ahead, an append that is flushed at once is one call past the cache. Such an
//! append has to be like any other: it is read back, it is told apart from the zeros behind it, and
//! the stream is dead after a failure.
#![cfg(target_os = "linux")]

use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
use steadfast_core::{PersistenceError, StorageBackend};
use steadfast_file::FileBackend;

use crate::support::process::test_name;
use crate::support::trace::{decisive, mark, names, traced, with_failing};
use crate::support::{append, get, key, now, open, place, sync};

const ROOM: u64 = 1 << 20;

/// A stream of 5 flushed bytes with room behind it that is flushed too.
fn with_room(backend: &FileBackend) {
    append(backend, "log", 0, b"fir").unwrap();
    sync(backend, "log").unwrap();
    now(backend.reserve(&key("log"), ROOM)).unwrap();
    append(backend, "log", 3, b"st").unwrap();
    sync(backend, "log").unwrap();
}

/// Whether the tests run on a file system where zeros are written ahead.
fn has_room() -> bool {
    let (_guard, path) = place();
    let backend = open(&path);
    let is_one = matches!(backend.file_system(), "ext4" | "xfs");
    if !is_one {
        println!("skipped: no room ahead on {}", backend.file_system());
    }
    is_one
}

/// Whether appends go past the cache there. They do from Linux 6.1 on, which tells the unit.
fn has_direct_appends() -> bool {
    let (guard, _) = place();
    let asked = StatxFlags::DIOALIGN;
    let file = guard.path().join("file");
    std::fs::write(&file, b"x").unwrap();
    let found = statx(CWD, &file, AtFlags::empty(), asked).unwrap();
    let tells_unit = StatxFlags::from_bits_retain(found.stx_mask).contains(asked);
    if !tells_unit {
        println!("skipped: the kernel does not tell the unit of direct writes");
    }
    has_room() && tells_unit
}

#[test]
fn a_flushed_append_is_one_durable_write() {
    if !has_direct_appends() {
        return;
    }
    let test = test_name(module_path!(), "a_flushed_append_is_one_durable_write");
    let Some((guard, calls)) = traced(&test, |directory| {
        let backend = open(&directory.join("store"));
        with_room(&backend);
        mark("begin");
        for position in [5, 6] {
            append(&backend, "log", position, b"x").unwrap();
            sync(&backend, "log").unwrap();
        }
        // This append is not flushed before the next: one flush covers both.
        append(&backend, "log", 7, b"x").unwrap();
        append(&backend, "log", 8, b"x").unwrap();
        append(&backend, "log", 9, b"x").unwrap();
        sync(&backend, "log").unwrap();
        mark("end");
    }) else {
        return;
    };
    let made = decisive(&calls);
    assert_eq!(
        names(&made),
        [
            "pwritev2",
            "pwritev2",
            "pwritev2",
            "pwrite64",
            "pwrite64",
            "fdatasync"
        ],
        "{calls:#?}"
    );
    let log = guard.path().join("store/log");
    assert!(calls.iter().all(|call| call.is_on(&log)), "{calls:#?}");
    assert!(
        made[..3]
            .iter()
            .all(|call| call.arguments.contains("RWF_DSYNC")),
        "{calls:#?}"
    );
}

/// Appends short and long, within a sector and across many, flushed each or not, into the room and
/// beyond it.
#[test]
fn appends_of_any_length_read_as_they_were_written() {
    let (_guard, path) = place();
    let backend = open(&path);
    with_room(&backend);
    let mut written = b"first".to_vec();
    for number in 0_usize..400 {
        let len = match number % 7 {
            0 => 512 - written.len() % 512,
            1 => 1,
            2 if number % 5 == 0 => 300 << 10,
            _ => number * 13 % 2000 + 1,
        };
        let data: Vec<u8> = (0..len)
            .map(|at| (number + at).to_le_bytes()[0] | 1)
            .collect();
        append(&backend, "log", written.len() as u64, &data).unwrap();
        written.extend_from_slice(&data);
        if number % 3 != 0 {
            sync(&backend, "log").unwrap();
        }
        if number % 40 == 39 {
            // An append has just outgrown a part of the room.
            let until = written.len() as u64 + ROOM;
            now(backend.reserve(&key("log"), until)).unwrap();
        }
        let until = written.len();
        assert!(get(&backend, "log").unwrap() == written, "append {number}");
        let seen = std::fs::read(path.join("log")).unwrap();
        assert!(
            seen[..until] == written,
            "append {number}, as others see it"
        );
        assert!(seen[until..].iter().all(|byte| *byte == 0));
    }
    now(backend.reserve(&key("log"), written.len() as u64)).unwrap();
    append(&backend, "log", written.len() as u64, b"last").unwrap();
    written.extend_from_slice(b"last");
    drop(backend);
    assert!(get(&open(&path), "log").unwrap() == written);
}

/// Between two direct writes the stream grows by a whole sector in another way. The bytes that the
/// first write kept in memory then fit by their length only.
#[test]
fn what_stands_before_is_read_again_where_it_changed() {
    let (_guard, path) = place();
    let backend = open(&path);
    with_room(&backend);
    let mut written = b"first".to_vec();
    for data in [&[1; 100][..], &[2; 200], &[3; 4096], &[4; 50]] {
        append(&backend, "log", written.len() as u64, data).unwrap();
        written.extend_from_slice(data);
        // The second append is not followed by a flush before the third.
        if data[0] != 2 {
            sync(&backend, "log").unwrap();
        }
    }
    assert!(std::fs::read(path.join("log")).unwrap()[..written.len()] == written);
}

#[test]
fn concurrent_appends_into_room_lose_nothing() {
    let (_guard, path) = place();
    let backend = open(&path);
    with_room(&backend);
    std::thread::scope(|scope| {
        for thread in 1..=8 {
            let backend = &backend;
            scope.spawn(move || {
                let mut position = 5;
                for number in 0..100 {
                    loop {
                        match append(backend, "log", position, &[thread; 10]) {
                            Ok(()) => break position += 10,
                            Err(PersistenceError::Conflict { end, .. }) => position = end,
                            Err(failure) => panic!("{failure}"),
                        }
                    }
                    if number % 4 != 0 {
                        sync(backend, "log").unwrap();
                    }
                }
            });
        }
    });
    let bytes = get(&backend, "log").unwrap();
    assert_eq!(bytes.len(), 5 + 8 * 100 * 10);
    for thread in 1..=8 {
        let records = bytes[5..].chunks(10);
        assert_eq!(records.filter(|it| **it == [thread; 10]).count(), 100);
    }
}

#[test]
fn a_durable_write_that_fails_ends_the_stream() {
    if !has_direct_appends() {
        return;
    }
    let test = test_name(module_path!(), "a_durable_write_that_fails_ends_the_stream");
    with_failing("pwritev2", 2, &["EIO", "ENOSPC"], &test, |directory| {
        let backend = open(&directory.join("store"));
        with_room(&backend);
        mark("begin");
        append(&backend, "log", 5, b"x").unwrap();
        sync(&backend, "log").unwrap();
        let failure = append(&backend, "log", 6, b"y").unwrap_err();
        assert!(
            !matches!(failure, PersistenceError::Poisoned { .. }),
            "{failure}"
        );
        for dead in [
            sync(&backend, "log").unwrap_err(),
            append(&backend, "log", 7, b"z").unwrap_err(),
            now(backend.reserve(&key("log"), 2 * ROOM)).unwrap_err(),
        ] {
            assert!(matches!(dead, PersistenceError::Poisoned { .. }), "{dead}");
        }
    });
}

/// A sandbox may not know the call, and a disk may have another unit. Then the append is a write
/// and a flush.
#[test]
fn where_the_call_is_refused_a_write_and_a_flush_take_its_place() {
    if !has_direct_appends() {
        return;
    }
    let test = test_name(
        module_path!(),
        "where_the_call_is_refused_a_write_and_a_flush_take_its_place",
    );
    let refusals = ["ENOSYS", "EPERM", "EINVAL", "EOPNOTSUPP"];
    with_failing("pwritev2", 2, &refusals, &test, |directory| {
        let backend = open(&directory.join("store"));
        with_room(&backend);
        mark("begin");
        for (position, data) in [(5, b"abc"), (8, b"def"), (11, b"ghi")] {
            append(&backend, "log", position, data).unwrap();
            sync(&backend, "log").unwrap();
        }
        drop(backend);
        let stored = std::fs::read(directory.join("store/log")).unwrap();
        assert_eq!(stored[..14], *b"firstabcdefghi");
    });
}

#[test]
fn a_removed_stream_is_not_acknowledged() {
    let (_guard, path) = place();
    for is_removed_before in [true, false] {
        let path = path.join(is_removed_before.to_string());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let backend = open(&path);
        with_room(&backend);
        let remove = || std::fs::remove_file(path.join("log")).unwrap();
        if is_removed_before {
            remove();
        }
        append(&backend, "log", 5, b"x").unwrap();
        if !is_removed_before {
            remove();
        }
        let failure = sync(&backend, "log").unwrap_err();
        assert!(
            matches!(failure, PersistenceError::Removed { .. }),
            "{failure}"
        );
    }
}

/// A flush with nothing to do did not flush the zeros: they are flushed before a direct write
/// replaces them.
#[test]
fn zeros_are_flushed_before_a_direct_write() {
    if !has_room() {
        return;
    }
    let test = test_name(module_path!(), "zeros_are_flushed_before_a_direct_write");
    let Some((_guard, calls)) = traced(&test, |directory| {
        let backend = open(&directory.join("store"));
        append(&backend, "log", 0, b"first").unwrap();
        sync(&backend, "log").unwrap();
        now(backend.reserve(&key("log"), ROOM)).unwrap();
        mark("begin");
        sync(&backend, "log").unwrap();
        append(&backend, "log", 5, b"x").unwrap();
        sync(&backend, "log").unwrap();
        mark("end");
    }) else {
        return;
    };
    assert_eq!(
        names(&decisive(&calls)),
        ["pwrite64", "fdatasync"],
        "{calls:#?}"
    );
}

/// After `unshare` a thread has its own table of handles, so the number of a handle means another
/// file to the rest of the process.
#[test]
#[expect(
    unsafe_code,
    reason = "no crate that is kept well makes this call safe"
)]
fn a_thread_with_handles_of_its_own_writes_to_its_own_file() {
    let (guard, path) = place();
    let victim = guard.path().join("victim");
    std::fs::write(&victim, vec![b'V'; 8192]).unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let (go, gone) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        // SAFETY: it takes no pointer, and this thread has no handle yet whose owner is another.
        assert_eq!(unsafe { libc::unshare(libc::CLONE_FILES) }, 0);
        tell.send(()).unwrap();
        gone.recv().unwrap();
        let backend = open(&path);
        with_room(&backend);
        append(&backend, "log", 5, b" and acknowledged").unwrap();
        sync(&backend, "log").unwrap();
        get(&backend, "log").unwrap()
    });
    told.recv().unwrap();
    let open_victim = |_| {
        let mut options = std::fs::File::options();
        options.read(true).write(true).open(&victim).unwrap()
    };
    let handles: Vec<_> = (0..64).map(open_victim).collect();
    go.send(()).unwrap();
    let seen = thread.join().unwrap();
    drop(handles);
    assert_eq!(String::from_utf8_lossy(&seen), "first and acknowledged");
    let untouched = std::fs::read(&victim).unwrap();
    assert!(untouched.iter().all(|byte| *byte == b'V'));
}
