//! `demo`: real data, real kills, counted survivors.
//!
//! ```text
//! this program ──spawns──► itself, as `import --acks` or `snapshot`, and feeds it records
//!      ▲                          │
//!      └── reads `ack N` ◄────────┘     … and kills it, at a moment that the seed decides
//! then: verify, load, compare every record with what was acknowledged; go on after the last one
//! ```
//! The writer knows nothing of the demo. It is the command that everybody uses, and it is killed as
//! the out-of-memory killer would kill it. The checks read the store as any reader does.

#[cfg(unix)]
mod children;
mod data;
mod earlier;
mod ledger;
mod life;
mod plan;
mod report;
mod site;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::ProgressBar;

use self::ledger::Ledger;
use self::life::{Ending, Life};
use self::plan::{Plan, Planner};
use self::report::Report;
use self::site::Site;
use crate::failure::Failure;
use crate::place::Place;
use crate::wait::Wait;
use crate::{output, progress, text};

/// Where the demo's store is when nothing says otherwise.
const DEFAULT_STORE: &str = "./demo.steadfast";

const AFTER_HELP: &str = "\
Examples:
  steadfast demo
  steadfast demo --kills 1000 --seed 7
  steadfast demo --data planets.csv --store /mnt/disk/demo

The store is ./demo.steadfast, or the one that --store names. It is kept, so
that you can look around in it. A directory with an earlier demo's store is
emptied of it; nothing else is ever removed. A seed decides what is killed and
after how many records; the very instant is the machine's, so that counts differ
between runs.
Exit codes: 0 everything acknowledged survived, 1 something was lost.";

/// Kill the writer again and again, and count what survives
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Demo {
    /// Saves these records, not the built-in ones: JSON Lines or CSV, best below 100,000; `-` is
    /// standard input
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,

    /// How often the writer is killed
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    kills: u64,

    /// Repeats the decisions of an earlier run
    #[arg(long)]
    seed: Option<u64>,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Demo {
    pub(crate) fn run(self, place: Option<Place>, wait: Wait) -> Result<(), Failure> {
        let place = place.unwrap_or_else(|| Place::Directory(DEFAULT_STORE.into()));
        let Place::Directory(directory) = place else {
            return Err(Failure::usage(
                "the demo kills its writer, and memory: does not outlive that: name a directory",
            ));
        };
        let data = data::load(self.data.as_deref())?;
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
        #[cfg(unix)]
        children::can_be_waited_for()
            .map_err(|error| Failure::store(format!("could not wait for a writer: {error}")))?;
        let site = Site::prepare(directory, wait)?;
        if !self.json {
            output::lines(format!(
                "Saving {} ({}) in {}, and killing the writer {} (seed {seed}).\n\n",
                text::count(data.records.len() as u64, "record"),
                data.name,
                site.directory().display(),
                text::count(self.kills, "time"),
            ))?;
        }
        let bar = if self.json {
            progress::none()
        } else {
            progress::steps(self.kills)
        };
        let mut trial = Trial {
            site,
            ledger: Ledger::new(data.records),
            report: Report::new(seed),
            planner: Planner::new(seed, self.kills),
            bar,
        };
        let started = Instant::now();
        let went = trial.go();
        trial.bar.finish_and_clear();
        let Trial {
            mut report, ledger, ..
        } = trial;
        report.time = started.elapsed();
        report.records = ledger.len();
        if let Err(failure) = went {
            return output::verdict(Err(failure), report.tell(self.json));
        }
        report.survived = ledger.survived();
        report.tell(self.json)?;
        if !self.json {
            let directory = trial.site.directory().display();
            output::lines(format!(
                "\nLook around:  steadfast --store {directory} status\n              steadfast --store {directory} scan\n"
            ))?;
        }
        Ok(())
    }
}

/// A demo in progress.
struct Trial {
    site: Site,
    ledger: Ledger,
    report: Report,
    planner: Planner,
    bar: ProgressBar,
}

impl Trial {
    fn go(&mut self) -> Result<(), Failure> {
        let mut attempts = 0_u64;
        while self.planner.kills_left() > 0 {
            // A snapshot may be over before the kill, and does not count then. After `attempts_max`
            // lives only writers begin that cannot end by themselves, so that the loop ends.
            attempts = attempts.saturating_add(1);
            let may_finish = attempts < self.planner.attempts_max();
            let plan = self.planner.next(&self.ledger, may_finish);
            self.live(&plan)?;
            self.bar.set_position(self.report.kills());
            self.bar.set_message(format!(
                "kills · {} acknowledged · {} lost",
                text::number(self.report.acknowledged),
                text::number(self.report.lost),
            ));
        }
        self.live(&Plan::Finish)
    }

    /// Runs one writer from its start to its end, and checks what is there then.
    fn live(&mut self, plan: &Plan) -> Result<(), Failure> {
        let life = Life::begin(self.site.directory(), plan, &self.ledger)?;
        let ending = life.end(plan)?;
        if let Some(ready) = ending.ready_after {
            self.planner.writer_is_ready_after(ready);
        }
        if let Some((took, records)) = ending.pace {
            self.planner.writer_saves(took, records / plan.batch());
        }
        if ending.was_killed {
            self.planner.killed();
            self.report.killed(plan);
        }
        self.examine(plan, &ending)
    }

    fn examine(&mut self, plan: &Plan, ending: &Ending) -> Result<(), Failure> {
        self.report.acknowledged = self.report.acknowledged.saturating_add(ending.acknowledged);
        self.report.sweepings.extend(self.site.leftovers()?);
        let found = self.site.examine()?;
        self.report.note(&found);
        if let Some(damage) = found.damage.first() {
            return Err(Failure::no(format!(
                "after kill {}: {damage}",
                self.report.kills()
            )));
        }
        let verdict = self
            .ledger
            .judge(&found.kv, ending.acknowledged, plan.batch());
        self.report.lost = self.report.lost.saturating_add(verdict.lost);
        self.report.unsaid = self.report.unsaid.saturating_add(verdict.unsaid);
        self.report.halves = self.report.halves.saturating_add(verdict.halves);
        if verdict.lost > 0 || verdict.halves > 0 || verdict.strange > 0 {
            return Err(Failure::no(format!(
                "after kill {}: {} lost, {} half saved, {} that nobody saved; the store is left as it is",
                self.report.kills(),
                text::count(verdict.lost, "acknowledged record"),
                text::count(verdict.halves, "commit"),
                text::count(verdict.strange, "record"),
            )));
        }
        Ok(())
    }
}

/// A random duration below `limit`.
fn up_to(random: &mut fastrand::Rng, limit: Duration) -> Duration {
    limit.mul_f64(random.f64())
}
