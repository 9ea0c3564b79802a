//! At least 100,000 crash states, two crashes deep, of scripts that rotate, snapshot, prune, merge
//! and reopen.
//!
//! `STEADFAST_SEED` explores another sample; the seed is printed.

use serde::{Deserialize, Serialize};
use steadfast_core::{Kv, KvBatch, Postcard, Result, Schema, State};
use steadfast_testkit::explorer::{Exploration, Explorer, Script};

const STATES_MIN: u64 = 100_000;

#[derive(Default, Serialize, Deserialize)]
struct Journal(Vec<String>);

impl Schema for Journal {
    const NAME: &'static str = "test.journal";
    type Codec = Postcard;
}

impl State for Journal {
    type Operation = String;
    type OperationCodec = Postcard;
    fn apply(&mut self, line: String) {
        self.0.push(line);
    }
}

/// One commit of `len` bytes or so.
fn put(number: u32, len: usize) -> Result<KvBatch> {
    let mut batch = Kv::put(format!("key {}", number % 7), "x".repeat(len))?;
    batch.delete(format!("key {}", (number + 3) % 7))?;
    batch.put("last", number.to_string())?;
    Ok(batch)
}

/// Rotations and snapshots with pruning.
fn busy() -> Script<Kv> {
    let mut script = Script::new();
    for round in 0..3_u32 {
        for number in 0..3_u32 {
            script = script.commit(move || put(10 * round + number, 150));
        }
        script = script.snapshot();
    }
    script.reopen().commit(|| put(99, 10))
}

/// Commits that span many sectors, so that they can tear in the middle.
fn long() -> Script<Kv> {
    (0..3_u32).fold(Script::new(), |script, number| {
        script.commit(move || put(number, 3_000))
    })
}

/// Enough reopenings that small segments are merged.
fn reopening() -> Script<Kv> {
    (0..19_u32).fold(Script::new(), |script, number| {
        script.commit(move || put(number, 5)).reopen()
    })
}

/// A state with the default codec.
fn journal() -> Script<Journal> {
    let line = |number: u32| move || Ok(format!("line {number} ").repeat(20));
    Script::new()
        .commit(line(1))
        .commit(line(2))
        .snapshot()
        .commit(line(3))
        .reopen()
        .commit(line(4))
}

/// A different script for every seed.
fn drawn(seed: u64) -> Script<Kv> {
    let mut state = seed;
    // SplitMix64.
    let mut draw = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    (0..10_u32).fold(Script::new(), |script, number| match draw() % 6 {
        0 => script.snapshot(),
        1 => script.reopen(),
        kind => {
            let len = [5, 60, 150, 700][usize::try_from(kind - 2).unwrap_or(0)];
            script.commit(move || put(number, len))
        }
    })
}

#[test]
fn the_explorer_finds_nothing_in_a_store() {
    let seed = std::env::var("STEADFAST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1);
    let explorer = Explorer {
        seed,
        samples: 16,
        samples_in_recovery: 5,
        ..Explorer::default()
    };
    let found: [(&str, Exploration); 5] = [
        ("busy", explorer.explore(&busy())),
        ("long", explorer.explore(&long())),
        ("reopening", explorer.explore(&reopening())),
        ("journal", explorer.explore(&journal())),
        ("drawn", explorer.explore(&drawn(seed))),
    ];
    let mut states = 0;
    for (name, exploration) in found {
        println!(
            "{name}: {} steps, {} crash states, all subsets of up to {} changes, samples of {} of more, seed {seed}",
            exploration.steps, exploration.states, explorer.exhaustive_max, explorer.samples
        );
        assert_eq!(exploration.failure, None, "{name}");
        states += exploration.states;
    }
    println!("{states} crash states in all, nothing lost, nothing that does not open");
    assert!(states >= STATES_MIN, "only {states}");
}
