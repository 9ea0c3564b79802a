//! `FileBackend` itself on a simulated POSIX disk: created, written, appended to, crashed at every system call and cut again while it recovers.
//!
//! `STEADFAST_SEED` explores another sample; the seed is printed.

mod saves;
mod store;
mod streams;
mod system;

use steadfast_testkit::posix::{Explorer, Workload};

/// Fewer would mean that a workload has lost its steps.
const STATES_MIN: u64 = 20_000;

/// Where the backend's directory is: neither it nor the one above is there at first.
const PLACE: &str = "data/store";

fn explorer() -> Explorer {
    let seed = std::env::var("STEADFAST_SEED").ok();
    Explorer {
        seed: seed.and_then(|seed| seed.parse().ok()).unwrap_or(1),
        ..Explorer::default()
    }
}

/// Explores, and tells how many states there were.
fn explored(name: &str, explorer: &Explorer, workload: &impl Workload) -> u64 {
    let found = explorer.explore(workload);
    println!(
        "{name}: {} steps, {} crash states, seed {}",
        found.steps, found.states, found.seed
    );
    assert_eq!(found.failure, None, "{name}");
    found.states
}

#[test]
fn every_crash_state_of_the_file_backend() {
    let explorer = explorer();
    let states = explored("saves", &explorer, &saves::Saves)
        + explored("streams", &explorer, &streams::Streams)
        + explored("store", &explorer, &store::Stores);
    println!("{states} crash states in all, nothing lost, nothing that does not open");
    assert!(states >= STATES_MIN, "only {states}");
}
