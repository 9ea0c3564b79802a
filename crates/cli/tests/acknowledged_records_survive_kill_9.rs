//! Whatever `import --acks` has acknowledged is there after `kill -9` at any moment, and the store
//! is sound.
//!
//! The victim is the program as everybody runs it. This test knows nothing of its insides: it reads
//! acknowledgements, kills, and asks `verify` and `export` what is there.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::common::{Room, line};

const KILLS: u64 = 200;
const BATCHES: [u64; 4] = [1, 2, 7, 40];

/// Starts an import that is fed until it is killed.
fn start(room: &Room, batch: u64, lines: String) -> (Child, std::thread::JoinHandle<()>) {
    let batch = batch.to_string();
    let arguments = [
        "import",
        "-",
        "--acks",
        "--batch",
        &batch,
        "--snapshot-after",
        "4096",
    ];
    let mut command = room.command(&arguments);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || {
        // The write fails once the import is killed. Until then it keeps the import from ending.
        while input.write_all(lines.as_bytes()).is_ok() {}
    });
    (child, feeder)
}

/// Kills it a little after so many acknowledgements, and returns the last number acknowledged.
fn kill(mut child: Child, acks: u64, after: Duration) -> u64 {
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut next = || {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let number = line.strip_suffix('\n')?.strip_prefix("ack ")?;
        Some(number.parse::<u64>().unwrap())
    };
    let mut last = 0;
    // The import ends only when it is killed.
    while last < acks {
        last = next().unwrap();
    }
    std::thread::sleep(after);
    child.kill().unwrap();
    while let Some(number) = next() {
        last = number;
    }
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None, "killed, not ended");
    last
}

/// What the store holds now, after every checksum was checked.
fn survivors(room: &Room) -> BTreeMap<String, String> {
    let verified = room.run(&["verify"]);
    if verified.stderr.contains("there is no store") {
        return BTreeMap::new();
    }
    assert_eq!(
        verified.code,
        Some(0),
        "{}{}",
        verified.stdout,
        verified.stderr
    );
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let exported = room.ok(&["export"]);
    let records = exported.lines().map(|line| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        (text(&record["key"]), text(&record["value"]))
    });
    records.collect()
}

#[test]
fn acknowledged_records_survive_kill_9() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let room = Room::new();
    // A record's value names the run that wrote it. So an old value in place of an acknowledged new
    // one counts as a loss too.
    let mut expected: BTreeMap<String, String> = BTreeMap::new();
    let (mut acknowledged, mut unsaid) = (0, 0);
    for life in 0..KILLS {
        let batch = BATCHES[random.usize(..BATCHES.len())];
        // The keys repeat: record N of this run has the key N modulo 50.
        let pad = "x".repeat(random.usize(..200));
        let value = format!("life {life} {pad}");
        let lines: String = (0..50)
            .map(|n| line(&format!("key {n:02}"), &value))
            .collect();
        let (child, feeder) = start(&room, batch, lines);
        // The first kills hit the creation of the store.
        let acks = if life < 20 { 0 } else { random.u64(..=60) };
        let after = Duration::from_micros(random.u64(..if acks == 0 { 15_000 } else { 2_000 }));
        let last = kill(child, acks, after);
        feeder.join().unwrap();
        for number in 0..last.min(50) {
            expected.insert(format!("key {number:02}"), value.clone());
        }
        acknowledged += last;
        let found = survivors(&room);
        for (key, value_expected) in &expected {
            let value_found = found.get(key);
            // A record may have been written and not acknowledged yet.
            let is_newer = value_found == Some(&value);
            assert!(
                value_found == Some(value_expected) || is_newer,
                "seed {seed}, life {life}: `{key}` is {value_found:?}, acknowledged was {value_expected:?}"
            );
        }
        unsaid += found
            .iter()
            .filter(|(key, v)| **v == value && expected.get(*key) != Some(v))
            .count();
        expected = found;
    }
    println!(
        "{KILLS} kills, {acknowledged} acknowledged, {unsaid} saved and not yet acknowledged, none lost"
    );
    assert!(acknowledged > 0);
}

#[test]
fn a_kill_while_the_store_is_made_leaves_nothing_or_a_store() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut nothing, mut stores) = (0, 0);
    for _ in 0..60 {
        let room = Room::new();
        let (child, feeder) = start(&room, 1, line("a", "b"));
        kill(child, 0, Duration::from_micros(random.u64(..12_000)));
        feeder.join().unwrap();
        if survivors(&room).is_empty() {
            nothing += 1;
        } else {
            stores += 1;
        }
        room.ok(&["put", "planet", "Mars"]);
        assert_eq!(room.ok(&["get", "planet"]), "Mars");
        room.ok(&["verify"]);
    }
    println!("killed before the first record {nothing} times, after it {stores} times");
}
