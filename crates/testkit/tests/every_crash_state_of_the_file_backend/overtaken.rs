//! A second writer that the lock does not keep out, and saves of one key by both, without a store.
//! What the second writer has saved stays, wherever the first one stopped and goes on.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use steadfast_core::{Fate, Key, PersistenceError, Precondition, Staged, StorageBackend, WHOLE};
use steadfast_file::FileBackend;
use steadfast_testkit::block_on;
use steadfast_testkit::posix::Disk;

use crate::successor::{Way, interrupt_at, was_not_interrupted};
use crate::system::{Simulated, open};

type Backend = FileBackend<Simulated>;

const KEYS: [&str; 2] = ["key", "folder/key"];

/// The value that was acknowledged last, by either writer.
#[derive(Clone)]
struct Saved {
    key: Key,
    last: Rc<RefCell<Option<String>>>,
}

impl Saved {
    fn none(key: &str) -> Self {
        Self {
            key: key.parse().unwrap(),
            last: Rc::default(),
        }
    }

    fn begin(&self, backend: &Backend, value: &str) -> Option<impl Staged + use<>> {
        let mut staged = block_on(backend.stage(&self.key)).ok()?;
        let bytes = Bytes::copy_from_slice(value.as_bytes());
        block_on(staged.write(bytes)).ok()?;
        Some(staged)
    }

    /// A save is refused only because there is a successor, and a writer acknowledges only what it
    /// has saved.
    fn end(&self, staged: impl Staged, value: &str) {
        match block_on(staged.commit(Precondition::None)) {
            Ok(()) => *self.last.borrow_mut() = Some(value.to_owned()),
            Err(PersistenceError::Fenced { .. } | PersistenceError::OutcomeUnknown { .. }) => {}
            Err(error) => panic!("{value}: {error}"),
        }
    }

    fn save(&self, backend: &Backend, value: &str) {
        if let Some(staged) = self.begin(backend, value) {
            self.end(staged, value);
        }
    }

    fn check(&self, disk: &Disk, case: &str) {
        disk.forget_locks();
        for (disk, when) in [
            (disk.killed(), "with both gone"),
            (disk.restart(Fate::Lost), "after a power cut"),
        ] {
            let found = block_on(open(&disk).unwrap().read(&self.key, WHOLE)).unwrap();
            let found = found.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
            assert_eq!(found, *self.last.borrow(), "{case}, {when}");
        }
    }
}

fn cases() -> impl Iterator<Item = (Way, &'static str)> {
    [Way::Removed, Way::Mount]
        .into_iter()
        .flat_map(|way| KEYS.map(|key| (way, key)))
}

#[test]
fn a_second_writer_at_every_call_of_the_first_ones_saves_is_not_overwritten() {
    for (way, key) in cases() {
        for is_closed in [false, true] {
            let mut call = 0;
            loop {
                call += 1;
                let disk = Disk::new();
                let saved = Saved::none(key);
                let second = Rc::new(RefCell::new(None));
                let (place, told, kept) = (disk.clone(), saved.clone(), second.clone());
                let first = open(&disk).unwrap();
                // A manifest makes the directory a store, also without the lock file.
                let manifest = "manifest/0000000000000001".parse().unwrap();
                block_on(first.atomic_write(&manifest, Bytes::from_static(b"1"))).unwrap();
                interrupt_at(call, move || {
                    way.open(&place);
                    let opened = open(&place).unwrap();
                    told.save(&opened, "second");
                    *kept.borrow_mut() = Some(opened).filter(|_| !is_closed);
                });
                saved.save(&first, "first");
                saved.save(&first, "again");
                let is_over = was_not_interrupted();
                drop((first, second));
                saved.check(&disk, &format!("{way:?}, {key}, call {call}"));
                if is_over {
                    assert!(call > 20, "only {call} calls");
                    break;
                }
            }
        }
    }
}

#[test]
fn saves_that_end_while_the_second_writer_opens_do_not_overwrite_it() {
    for (way, key) in cases() {
        for is_begun in [false, true] {
            let mut call = 0;
            loop {
                call += 1;
                let disk = Disk::new();
                let saved = Saved::none(key);
                let first = Rc::new(open(&disk).unwrap());
                let manifest = "manifest/0000000000000001".parse().unwrap();
                block_on(first.atomic_write(&manifest, Bytes::from_static(b"1"))).unwrap();
                saved.save(&first, "before");
                let staged = saved.begin(&first, "begun").filter(|_| is_begun);
                way.open(&disk);
                let (told, again) = (saved.clone(), Rc::clone(&first));
                interrupt_at(call, move || {
                    if let Some(staged) = staged {
                        told.end(staged, "begun");
                    }
                    told.save(&again, "first");
                });
                let second = open(&disk).unwrap();
                saved.save(&second, "second");
                let is_over = was_not_interrupted();
                saved.save(&first, "again");
                drop((first, second));
                saved.check(&disk, &format!("{way:?}, {key}, call {call} of the second"));
                if is_over {
                    assert!(call > 20, "only {call} calls");
                    break;
                }
            }
        }
    }
}

/// The opening writer finds a temporary file that looks like a crashed save's. It is the staged
/// save of its successor, and must not be removed.
#[test]
fn a_writer_that_is_overtaken_while_it_opens_leaves_the_others_saves_alone() {
    for (way, key) in cases() {
        let (mut call, mut saves) = (0, 0);
        loop {
            call += 1;
            let disk = Disk::new();
            let saved = Saved::none(key);
            let second = Rc::new(RefCell::new(None));
            let (place, told, kept) = (disk.clone(), saved.clone(), second.clone());
            interrupt_at(call, move || {
                way.open(&place);
                let opened = open(&place).unwrap();
                let staged = told.begin(&opened, "second").unwrap();
                *kept.borrow_mut() = Some((opened, staged));
            });
            let first = open(&disk);
            let is_over = was_not_interrupted();
            if let Some((second, staged)) = second.take() {
                let other = "other".parse().unwrap();
                let is_writer = block_on(second.atomic_write(&other, Bytes::new())).is_ok();
                match block_on(staged.commit(Precondition::None)) {
                    Ok(()) => saves += 1,
                    Err(error) => assert!(!is_writer, "{way:?}, {key}, call {call}: {error}"),
                }
            }
            drop(first);
            if is_over {
                assert!(saves > 5, "only {saves} saves");
                break;
            }
        }
    }
}
