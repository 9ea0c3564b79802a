//! A counter that survives reloads, crashes and power failures, on the browser's main thread.
//!
//! The state is a type of our own in memory. A press commits an operation, and the number shown
//! changes when the operation is durable.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use steadfast_core::{PersistenceError, Postcard, Schema, State, Store, StoreOptions};
use steadfast_web::IndexedDbBackend;
use wasm_bindgen_futures::spawn_local;

#[derive(Default, Serialize, Deserialize)]
struct Counter {
    total: u64,
}

#[derive(Serialize, Deserialize)]
struct Add(u64);

impl Schema for Counter {
    const NAME: &'static str = "example.counter";
    type Codec = Postcard;
}

impl State for Counter {
    type Operation = Add;
    type OperationCodec = Postcard;

    fn apply(&mut self, Add(number): Add) {
        self.total = self.total.saturating_add(number);
    }
}

type Counting = Store<Counter, IndexedDbBackend>;

async fn open() -> Result<Counting, PersistenceError> {
    let backend = IndexedDbBackend::open("counter").await?;
    Store::open(backend, StoreOptions::default()).await
}

fn page(store: Counting) -> impl IntoView {
    let total = store.read(|counter| counter.total).unwrap_or_default();
    let (total, set_total) = signal(total);
    let (trouble, set_trouble) = signal(String::new());
    let press = move |_| {
        let store = store.clone();
        spawn_local(async move {
            match store.commit(Add(1)).await {
                // Presses that come while one is being saved share the next flush.
                Ok(_) => set_total.set(store.read(|counter| counter.total).unwrap_or_default()),
                Err(error) => set_trouble.set(error.to_string()),
            }
        });
    };
    view! {
        <h1>"A counter that survives"</h1>
        <button on:click=press>"Pressed " {total} " times"</button>
        <p>{trouble}</p>
    }
}

fn main() {
    // Not Leptos' own `spawn_local`: the store is opened before there is a page.
    spawn_local(async {
        match open().await {
            Ok(store) => mount_to_body(move || page(store)),
            Err(error) => mount_to_body(move || view! { <p>{error.to_string()}</p> }),
        }
    });
}
