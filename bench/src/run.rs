//! The command line of the benchmarks.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::Result;
use crate::contest::Effort;
use crate::entrant::{Committer, Entrant, Saver};
use crate::record::{figure, keep};
use crate::row::Found;
use crate::workloads::{ALL, Setting, Workload};

/// The rivals that take part.
#[derive(Default)]
pub struct Peers {
    /// The rivals in the benchmarks of commits.
    pub committers: Vec<Entrant<dyn Committer>>,
    /// The rivals in the benchmarks of saves.
    pub savers: Vec<Entrant<dyn Saver>>,
}

const HELP: &str = "\
Usage: bench [NAME…] [--quick] [--rounds N] [--folder PATH] [--record PATH]

  --quick        seconds instead of minutes: for trying out, not for quoting
  --rounds N     rounds that count
  --folder PATH  where the files go: on the disk that is to be measured; ./bench-data by default
  --record PATH  a folder for the results: results.tsv, results.md, plots. Without it they are only printed

Benchmarks (all, unless some are named):";

struct Asked {
    chosen: Vec<Workload>,
    effort: Effort,
    folder: PathBuf,
    record: Option<PathBuf>,
}

/// Runs what the command line asks for.
#[must_use]
pub fn main(peers: &Peers) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|a| a == "--help" || a == "-h") {
        println!("{HELP}");
        for workload in ALL {
            println!("  {:<14} {}", workload.name, workload.about);
        }
        return ExitCode::SUCCESS;
    }
    match ask(arguments).and_then(|asked| run(&asked, peers)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn ask(arguments: Vec<String>) -> Result<Asked> {
    let mut asked = Asked {
        chosen: Vec::new(),
        effort: Effort {
            rounds: 11,
            slice: Duration::from_millis(400),
            quick: false,
        },
        folder: PathBuf::from("bench-data"),
        record: None,
    };
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let mut value = || {
            let missing = format!("`{argument}` needs a value");
            arguments.next().ok_or(missing)
        };
        match argument.as_str() {
            "--quick" => {
                asked.effort = Effort {
                    rounds: 3,
                    slice: Duration::from_millis(150),
                    quick: true,
                }
            }
            "--rounds" => asked.effort.rounds = value()?.parse()?,
            "--folder" => asked.folder = value()?.into(),
            "--record" => asked.record = Some(value()?.into()),
            name => match ALL.iter().find(|workload| workload.name == name) {
                Some(workload) => asked.chosen.push(*workload),
                None => return Err(format!("there is no benchmark `{name}`: see --help").into()),
            },
        }
    }
    if asked.chosen.is_empty() {
        asked.chosen = ALL.to_vec();
    }
    Ok(asked)
}

fn run(asked: &Asked, peers: &Peers) -> Result {
    let order: Vec<_> = ALL.iter().map(|workload| workload.name).collect();
    let mut goals = Vec::new();
    for workload in &asked.chosen {
        println!("\n==> {}: {}", workload.name, workload.about);
        let started = Instant::now();
        let found = (workload.run)(&Setting {
            root: &asked.folder,
            effort: asked.effort,
            peers,
        })?;
        show(&found);
        println!("({:.0} s)", started.elapsed().as_secs_f64());
        if let Some(folder) = &asked.record {
            keep(folder, &found, &order)?;
        }
        goals.extend(found.goals);
    }
    println!(
        "\n{:<14} {:<60} {:>10} {:>10}",
        "goal", "", "bound", "measured"
    );
    for goal in goals {
        println!(
            "{:<14} {:<60} {:>10} {:>10}  {}",
            goal.bench,
            goal.what,
            format!("{} {}", if goal.at_least { "≥" } else { "≤" }, goal.target),
            figure(goal.measured),
            if goal.is_met() { "met" } else { "NOT MET" },
        );
    }
    Ok(())
}

fn show(found: &Found) {
    let unit = found.rows.first().map_or("", |row| row.unit.as_str());
    println!(
        "{:<38} {:>20} {:>10} {:>10} {:>10} {:>9}",
        "", unit, "ours/it", "p50 µs", "p99 µs", "flushes"
    );
    for row in &found.rows {
        let optional = |value: Option<f64>| value.map_or("-".to_owned(), figure);
        println!(
            "{:<38} {:>20} {:>10.2} {:>10} {:>10} {:>9}",
            row.entrant,
            figure(row.rate),
            row.ours_by_it,
            optional(row.p50_us),
            optional(row.p99_us),
            row.flushes
                .map_or("-".to_owned(), |value| format!("{value:.3}")),
        );
    }
}
