//! A store in an asynchronous program: `cargo run -p steadfast-examples --example tokio
//! [DIRECTORY]`.
//!
//! `Threaded` moves every call of the file backend to a thread pool, so the executor never waits
//! for a disk. Commits of many tasks share their flushes. A cancelled task leaves a whole commit or
//! none.

use std::path::PathBuf;

use steadfast::{FileBackend, Kv, PersistenceError, Store, StoreOptions, Threaded};

#[tokio::main]
async fn main() -> Result<(), PersistenceError> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("visits"), PathBuf::from);
    let backend = Threaded::open(move || FileBackend::open(folder)).await?;
    let store: Store<Kv, _> = Store::open(backend, StoreOptions::default()).await?;
    // Snapshots are taken in the background, when they are due.
    let maintenance = tokio::spawn(store.maintain());

    let mut tasks = Vec::new();
    for visitor in 0..100 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            store
                .commit(Kv::put(format!("visitor {visitor:03}"), "was here")?)
                .await
        }));
    }
    for task in tasks {
        match task.await {
            Ok(committed) => drop(committed?),
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }
    println!("{} visitors, all durable", store.read(Kv::len)?);
    store.close().await?;
    maintenance.abort();
    Ok(())
}
