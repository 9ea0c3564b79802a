//! Writers get past the lock again and again, and processes are killed at any moment. Whatever any
//! of them acknowledged is in the store afterwards.
//!
//! Three ways, 200 rounds each: the lock's file is removed, the second comes by another mount (an
//! overlay above the directory; needs root), and the first forks. `STEADFAST_ROUNDS` makes it
//! longer, `STEADFAST_SEED` different; the seed is printed.
#![cfg(all(target_os = "linux", feature = "file"))]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that panics is a test that fails"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use steadfast::blocking::{Options, Store, verify};
use steadfast::{FileBackend, Kv, PersistenceError};

/// The scenario of a child, given by the environment.
const DIRECTORY: &str = "STEADFAST_STORM_DIRECTORY";
const NAME: &str = "STEADFAST_STORM_NAME";
const FORKS: &str = "STEADFAST_STORM_FORKS";

/// So many rounds go into one store, so that later ones meet what earlier ones left.
const ROUNDS_A_STORE: u64 = 10;

fn setting(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name).ok();
    given
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

/// Numbers drawn from a seed (SplitMix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Commits as fast as it can, and says what is durable, until its standard input ends or something
/// is refused.
fn write(store: &Store<Kv>, name: &str, until: &Receiver<()>) {
    for number in 0.. {
        let key = format!("{name}-{number}");
        let put = Kv::put(&*key, "x".repeat(number % 200)).expect("a put");
        if let Err(error) = store.commit(put) {
            say(&format!("end {error}"));
            return;
        }
        say(&format!("ack {key}"));
        if until.try_recv() == Err(std::sync::mpsc::TryRecvError::Disconnected) {
            return;
        }
    }
}

/// One line in one call: those of a fork and of its parent do not mix.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(format!("{line}\n").as_bytes());
    let _ = out.flush();
}

/// A writer's life, in a process of its own.
#[expect(unsafe_code, reason = "a fork is one of the three ways")]
fn live(directory: &Path, name: &str) {
    let backend = match FileBackend::open(directory) {
        Ok(backend) => backend,
        Err(error) => return say(&format!("end {error}")),
    };
    // Small segments and early snapshots: what is overtaken is also a rotation, a manifest, a
    // deletion.
    let options = Options::default().segment_len(3_000).snapshot_after(9_000);
    let store = match Store::<Kv>::open_on(backend, options) {
        Ok(store) => store,
        Err(error) => return say(&format!("end {error}")),
    };
    let forks_after = setting(FORKS, u64::MAX);
    for number in 0..forks_after.min(1_000) {
        if forks_after == u64::MAX {
            break;
        }
        let key = format!("{name}-before-{number}");
        store
            .commit(Kv::put(&*key, "x").expect("a put"))
            .expect("a commit before the fork");
        say(&format!("ack {key}"));
    }
    // SAFETY: the child goes on with its only thread, which holds no lock at this moment, and
    // leaves by `_exit`.
    let fork = (forks_after < u64::MAX).then(|| unsafe { libc::fork() });
    let (told, until) = channel();
    if fork == Some(0) {
        for number in 0..20 {
            let key = format!("{name}-fork-{number}");
            if store.commit(Kv::put(&*key, "x").expect("a put")).is_ok() {
                say(&format!("ack {key}"));
            }
        }
        drop(store);
        // SAFETY: as above.
        unsafe { libc::_exit(0) };
    }
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        drop(told);
    });
    write(&store, name, &until);
    let _ = store.close();
}

/// A writer in a process of its own.
struct Writer {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    acknowledged: Vec<String>,
}

impl Writer {
    fn start(directory: &Path, name: &str, forks_after: Option<u64>) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command
            .args(["--exact", "a_writer", "--nocapture", "--test-threads=1"])
            .env(DIRECTORY, directory)
            .env(NAME, name);
        if let Some(after) = forks_after {
            command.env(FORKS, after.to_string());
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a process");
        let out = child.stdout.take().expect("piped");
        let (told, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if told.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            stdin: child.stdin.take(),
            child,
            lines,
            acknowledged: Vec::new(),
        }
    }

    /// Waits for so many more acknowledgements, or its end.
    fn hear(&mut self, count: u64) {
        for _ in 0..count {
            loop {
                // Only a writer that hangs meets the limit.
                let Ok(line) = self.lines.recv_timeout(Duration::from_secs(60)) else {
                    return;
                };
                if line.starts_with("end ") {
                    return;
                }
                // The harness writes into the first line.
                if let Some((_, key)) = line.split_once("ack ") {
                    self.acknowledged.push(key.to_owned());
                    break;
                }
            }
        }
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
    }

    /// Lets it end, and gives everything that it acknowledged.
    fn end(mut self) -> Vec<String> {
        drop(self.stdin.take());
        let _ = self.child.wait();
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(60)) {
            if let Some((_, key)) = line.split_once("ack ") {
                self.acknowledged.push(key.to_owned());
            }
        }
        self.acknowledged
    }
}

/// Everything acknowledged is there, and the store is sound.
fn check(directory: &Path, acknowledged: &[String], round: &str) {
    let backend = FileBackend::open_read_only(directory).expect("a store");
    let (kv, _) = Store::<Kv>::load(&backend).unwrap_or_else(|error| panic!("{round}: {error}"));
    for key in acknowledged {
        assert!(
            kv.contains_key(key.as_bytes()),
            "{round}: {key} was acknowledged and is gone"
        );
    }
    let damage = verify(&backend).expect("readable").damage;
    assert!(damage.is_empty(), "{round}: {damage:?}");
}

/// Where the two writers find one store.
struct Ways {
    first: PathBuf,
    second: PathBuf,
    /// What was mounted for that.
    mount: Option<PathBuf>,
}

impl Drop for Ways {
    fn drop(&mut self) {
        if let Some(mount) = &self.mount {
            let _ = Command::new("umount").arg("-l").arg(mount).status();
        }
    }
}

/// Runs the rounds of one way. `ways` is asked anew in each: an overlay remembers what was not
/// there when it looked, and is not told of what is made below it.
fn storm(way: &str, seed: u64, ways: impl Fn(&Path) -> Option<Ways>) {
    let rounds = setting("STEADFAST_ROUNDS", 200);
    println!("{way}: {rounds} rounds, seed {seed}");
    let mut draw = Draw(seed);
    let (mut acknowledged_len, mut kills) = (0, 0);
    for store in 0..rounds.div_ceil(ROUNDS_A_STORE) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut acknowledged = Vec::new();
        for round in 0..ROUNDS_A_STORE {
            let Some(ways) = ways(folder.path()) else {
                return;
            };
            let case = format!("{way}, store {store}, round {round}");
            let mut first = Writer::start(&ways.first, &format!("{round}-first"), None);
            first.hear(1 + draw.below(12));
            if ways.mount.is_none() {
                let _ = std::fs::remove_file(ways.first.join(".steadfast.lock"));
            }
            let mut second = Writer::start(&ways.second, &format!("{round}-second"), None);
            second.hear(draw.below(12));
            let victim = draw.below(4);
            if victim & 1 == 1 {
                first.kill();
                kills += 1;
            }
            if victim & 2 == 2 {
                second.kill();
                kills += 1;
            }
            second.hear(draw.below(6));
            acknowledged.extend(first.end());
            acknowledged.extend(second.end());
            check(&ways.second, &acknowledged, &case);
        }
        acknowledged_len += acknowledged.len();
    }
    println!("{way}: {acknowledged_len} acknowledged, {kills} kills");
    assert!(acknowledged_len as u64 > rounds, "too few to mean anything");
}

fn seed() -> u64 {
    setting("STEADFAST_SEED", 1)
}

#[test]
fn a_removed_lock_file_loses_nothing() {
    storm("lock removed", seed(), |folder| {
        let store = folder.join("store");
        Some(Ways {
            first: store.clone(),
            second: store,
            mount: None,
        })
    });
}

#[test]
fn a_second_mount_loses_nothing() {
    storm("second mount", seed(), |folder| {
        for name in ["lower", "upper", "work", "above"] {
            std::fs::create_dir_all(folder.join(name)).expect("a folder");
        }
        let inside = |name| folder.join(name).display().to_string();
        let options = format!(
            "lowerdir={},upperdir={},workdir={}",
            inside("lower"),
            inside("upper"),
            inside("work")
        );
        let mut command = Command::new("mount");
        command.args(["-t", "overlay", "-o", &options, "overlay"]);
        let above = folder.join("above");
        let mounted = command.arg(&above).output();
        if !mounted.is_ok_and(|output| output.status.success()) {
            println!("skipped: mounting an overlay is not permitted here");
            return None;
        }
        Some(Ways {
            first: above.join("store"),
            second: folder.join("upper/store"),
            mount: Some(above),
        })
    });
}

#[test]
fn a_fork_loses_nothing() {
    let rounds = setting("STEADFAST_ROUNDS", 200);
    let seed = seed();
    println!("fork: {rounds} rounds, seed {seed}");
    let mut draw = Draw(seed);
    for store in 0..rounds.div_ceil(ROUNDS_A_STORE) {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("store");
        let mut acknowledged = Vec::new();
        for round in 0..ROUNDS_A_STORE {
            let case = format!("fork, store {store}, round {round}");
            let name = format!("{round}-first");
            let mut first = Writer::start(&place, &name, Some(draw.below(10)));
            first.hear(1 + draw.below(20));
            let second = FileBackend::open(&place);
            assert!(
                matches!(second, Err(PersistenceError::Locked { .. })),
                "{case}: {second:?}"
            );
            if draw.below(2) == 1 {
                first.kill();
            }
            let all = first.end();
            assert!(
                all.iter().all(|key| !key.contains("fork")),
                "{case}: a fork committed"
            );
            acknowledged.extend(all);
            check(&place, &acknowledged, &case);
        }
    }
}

/// No test: the process of a [`Writer`].
#[test]
fn a_writer() {
    if let (Some(directory), Ok(name)) = (std::env::var_os(DIRECTORY), std::env::var(NAME)) {
        live(Path::new(&directory), &name);
    }
}
