//! `torture`: every crash state of a save, drawn.
//!
//! ```text
//! four ways to save a file ──► simulated POSIX disk, power cut at every step ──► terminal, page
//! random scripts of a store ──► the store explorer, two crashes deep          ──► a count
//! ```
//! The drawing in the terminal and on the page shows what is found after each cut. The count tells
//! how many crash states of stores were explored, and whether one of them lost something.
//!
//! Only the report is written to a real disk. The disks are simulated, so that every state of them
//! can be looked at.

mod page;
mod store;
mod terminal;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use steadfast::AtomicFile;
use steadfast_testkit::posix::Explorer;
use steadfast_testkit::posix::saves::{Picture, Way};

use self::store::Trial;
use crate::arguments::NoStore;
use crate::failure::Failure;
use crate::{output, text};

const AFTER_HELP: &str = "\
Examples:
  steadfast torture
  steadfast torture --report torture.html
  steadfast torture --seed 7 --states 1000000

Draws what a power cut leaves at each step of a save: three usual ways that
lose data, and this program's. Then it crashes whole stores, at every step and
again while they recover. All disks are simulated; only the report is written.
A seed repeats a run exactly.
Exit codes: 0 nothing was lost but by the three usual ways, 1 something was.";

/// With at most so many pending changes, every subset is tried. No save has more.
const EXHAUSTIVE_MAX: u32 = 12;

/// Cut the power at every step of a save, and draw what is found
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Torture {
    /// Also write the drawing as a web page: one file that needs no other
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,

    /// Repeats an earlier run
    #[arg(long)]
    seed: Option<u64>,

    /// How many crash states of stores to explore, at least
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    states: u64,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    _no_store: NoStore,
}

#[derive(Serialize)]
struct Answer {
    seed: u64,
    ways: Vec<WayAnswer>,
    store: StoreAnswer,
}

#[derive(Serialize)]
struct WayAnswer {
    way: &'static str,
    why: &'static str,
    states: u64,
    losses: u64,
    crash_points: Vec<PointAnswer>,
}

#[derive(Serialize)]
struct PointAnswer {
    /// `Ok` means that the power was cut after the save was acknowledged.
    step: String,
    loses: bool,
    /// For each thing that can be found: in how many crash states it is found.
    found: BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct StoreAnswer {
    states: u64,
    scripts: u64,
    losses: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

impl Torture {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
        // Checked before the work, so that a wrong file name is not found out only after it.
        if let Some(report) = &self.report {
            let file = AtomicFile::options().open(report);
            file.map_err(|error| Failure::of_saving(error, report))?
                .discard();
        }
        let pictures = pictures(seed)?;
        let drawn = if self.json {
            Ok(())
        } else {
            output::lines(terminal::draw(&pictures))
        };
        let trial = Trial::of(seed, self.states, self.json);
        let reported = self.report.as_ref().map_or(Ok(()), |path| {
            steadfast::write_atomically(path, page::render(&pictures, &trial))
        });
        let told = if self.json {
            output::json(&Answer::new(&pictures, &trial))
        } else {
            let written = self.report.as_deref().filter(|_| reported.is_ok());
            output::lines(terminal::tell(&trial, written))
        };
        output::verdict(
            judge(&pictures, &trial),
            drawn.and(reported.map_err(Failure::from)).and(told),
        )
    }
}

fn pictures(seed: u64) -> Result<Vec<Picture>, Failure> {
    let explorer = Explorer {
        seed,
        exhaustive_max: EXHAUSTIVE_MAX,
        ..Explorer::default()
    };
    let drawn: std::io::Result<_> = Way::ALL
        .into_iter()
        .map(|way| Picture::of(way, &explorer))
        .collect();
    drawn.map_err(|error| Failure::store(format!("the simulated disk failed: {error}")))
}

/// Only the ways that claim to be safe can fail here: the naive ways are there to lose.
fn judge(pictures: &[Picture], trial: &Trial) -> Result<(), Failure> {
    if let Some(failure) = &trial.failure {
        return Err(Failure::no(format!("a store did not survive: {failure}")));
    }
    match pictures.iter().find(|p| p.way.is_safe() && p.losses() > 0) {
        Some(picture) => Err(Failure::no(format!(
            "{} of the way called `{}` lost something",
            text::count(picture.losses(), "crash state"),
            picture.way.name(),
        ))),
        None => Ok(()),
    }
}

impl Answer {
    fn new(pictures: &[Picture], trial: &Trial) -> Self {
        Self {
            seed: trial.seed,
            ways: pictures.iter().map(WayAnswer::new).collect(),
            store: StoreAnswer {
                states: trial.states,
                scripts: trial.scripts,
                losses: trial.losses(),
                failure: trial.failure.clone(),
            },
        }
    }
}

impl WayAnswer {
    fn new(picture: &Picture) -> Self {
        let points = picture.points.iter().map(|point| PointAnswer {
            step: point
                .call
                .map_or_else(|| "Ok".to_owned(), |call| call.to_string()),
            loses: point.loses(),
            found: point
                .found
                .iter()
                .map(|(found, states)| (found.to_string(), *states))
                .collect(),
        });
        Self {
            way: picture.way.name(),
            why: picture.way.why(),
            states: picture.states(),
            losses: picture.losses(),
            crash_points: points.collect(),
        }
    }
}
