//! An open that takes over replaces a writer that lives and is at work. What that one has
//! acknowledged is there, its next commit is `Fenced`, and nothing of it is.

use std::cell::RefCell;
use std::rc::Rc;

use steadfast_core::{Kv, Result, Store, StoreOptions};
use steadfast_web::{IndexedDbBackend, Options, WhenLocked};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{fresh_name, in_javascript, outcome};

type Open = Store<Kv, IndexedDbBackend>;

async fn open(name: &str, when: WhenLocked) -> Result<Open> {
    let options = Options::default().when_locked(when);
    let backend = IndexedDbBackend::open_with(name, options).await?;
    Store::open(backend, StoreOptions::default()).await
}

/// What a writer did until it could not.
#[derive(Default)]
struct Work {
    acknowledged: RefCell<Vec<String>>,
    end: RefCell<Option<String>>,
}

/// Commits one key after the other until a commit fails.
fn begin(store: Open) -> Rc<Work> {
    let work = Rc::<Work>::default();
    let done = Rc::clone(&work);
    spawn_local(async move {
        for number in 0.. {
            let key = format!("{number:06}");
            let committed = store.commit(Kv::put(&key, "old").unwrap()).await;
            if committed.is_err() {
                *done.end.borrow_mut() = Some(outcome(&committed));
                return;
            }
            done.acknowledged.borrow_mut().push(key);
        }
    });
    work
}

async fn a_turn_of_the_event_loop() {
    in_javascript("await new Promise(next => setTimeout(next))").await;
}

fn keys(store: &Open) -> Vec<String> {
    let text = |(key, _): (&[u8], &[u8])| String::from_utf8_lossy(key).into_owned();
    store.read(|kv| kv.iter().map(text).collect()).unwrap()
}

#[wasm_bindgen_test]
async fn what_it_acknowledged_is_there_and_nothing_else() {
    let name = fresh_name();
    let old = open(&name, WhenLocked::default()).await.unwrap();
    let work = begin(old.clone());
    while work.acknowledged.borrow().len() < 5 {
        a_turn_of_the_event_loop().await;
    }
    let new = open(&name, WhenLocked::TakeOver).await.unwrap();
    while work.end.borrow().is_none() {
        a_turn_of_the_event_loop().await;
    }
    assert_eq!(work.end.borrow().as_deref(), Some("Fenced"));
    assert_eq!(keys(&new), *work.acknowledged.borrow());

    for _ in 0..2 {
        let committed = old.commit(Kv::put("late", "old").unwrap()).await;
        assert_eq!(outcome(&committed), "Fenced");
    }
    new.commit(Kv::put("mine", "new").unwrap()).await.unwrap();
    new.close().await.unwrap();
    drop(old);
    let again = open(&name, WhenLocked::default()).await.unwrap();
    let mut expected = work.acknowledged.borrow().clone();
    expected.push("mine".into());
    assert_eq!(keys(&again), expected);
}

/// Without a take-over, the one that writes is waited for and then named.
#[wasm_bindgen_test]
async fn without_it_the_writer_goes_on() {
    let name = fresh_name();
    let old = open(&name, WhenLocked::default()).await.unwrap();
    old.commit(Kv::put("a", "old").unwrap()).await.unwrap();
    assert_eq!(outcome(&open(&name, WhenLocked::default()).await), "Locked");
    old.commit(Kv::put("b", "old").unwrap()).await.unwrap();
    assert_eq!(keys(&old), ["a", "b"]);
}
