//! The explorer of the POSIX disk runs on each naive way to save a file, among sound saves. It
//! finds the loss and names the one save that shows it. Where all saves are sound, it finds
//! nothing.
#![expect(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

use steadfast_testkit::posix::saves::Way;
use steadfast_testkit::posix::{Disk, Explorer, Workload};

const FILE: &str = "save";

/// Saves the versions 1, 2, and so on over a version that is durable, each version in its own way.
#[derive(Clone)]
struct Saves(Vec<Way>);

/// The last version that was acknowledged, and the last that was begun.
struct Versions {
    acknowledged: usize,
    begun: usize,
}

fn version(number: usize) -> Vec<u8> {
    vec![u8::try_from(number).unwrap(); 600 + number]
}

fn first(disk: &Disk) -> std::io::Result<()> {
    let file = disk.root().create_file(FILE)?;
    file.write_at(0, &version(0))?;
    file.flush()?;
    disk.root().flush()
}

impl Workload for Saves {
    type Progress = Option<Versions>;

    fn run(&self, disk: &Disk) -> Self::Progress {
        first(disk).ok()?;
        let mut versions = Versions {
            acknowledged: 0,
            begun: 0,
        };
        for way in &self.0 {
            versions.begun += 1;
            if way.save(&disk.root(), &version(versions.begun)).is_err() {
                break;
            }
            versions.acknowledged = versions.begun;
        }
        Some(versions)
    }

    fn recover(&self, _: &Disk, _: &Self::Progress) -> Option<Self::Progress> {
        None
    }

    fn check(&self, disk: &Disk, versions: &Self::Progress) -> Result<(), String> {
        let Some(versions) = versions else {
            return Ok(());
        };
        let file = disk.root().open_file(FILE).map_err(|e| e.to_string())?;
        let bytes = file.read().unwrap();
        let mut allowed = versions.acknowledged..=versions.begun;
        let is_one = allowed.any(|number| version(number) == bytes);
        is_one.then_some(()).ok_or_else(|| "a loss".to_owned())
    }

    fn without(&self, action: usize) -> Option<Self> {
        let mut shorter = self.clone();
        (action < shorter.0.len()).then(|| shorter.0.remove(action))?;
        Some(shorter)
    }

    fn script(&self) -> String {
        format!("{:?}", self.0)
    }
}

#[test]
fn each_naive_way_is_found_and_named() {
    for way in Way::ALL.into_iter().filter(|way| !way.is_safe()) {
        let saves = Saves(vec![Way::Steadfast, Way::Steadfast, way, Way::Steadfast]);
        let failure = Explorer::default().explore(&saves).failure.unwrap();
        println!("{failure}");
        let (what, script) = failure.split_once("; script: ").unwrap();
        assert_eq!(script, format!("[{way:?}]"));
        assert!(what.contains("a loss; seed 1"), "{what}");
    }
}

#[test]
fn sound_saves_pass() {
    let found = Explorer::default().explore(&Saves(vec![Way::Steadfast; 3]));
    println!("{} crash states, seed {}", found.states, found.seed);
    assert_eq!(found.failure, None);
}
