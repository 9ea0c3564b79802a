//! The program `powercut`.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::campaign::{self, Campaign};
use crate::device::isolate;
use crate::error::{Error, Result, failed};
use crate::file_system::FileSystem;
use crate::hand::obey;
use crate::lane::{Keep, LaneReport, replay};
use crate::recording::Recording;
use crate::requirements::require;
use crate::stop::Stop;
use crate::workload::{self, Workload};

/// A promise was broken, or a control broke none.
const BROKEN: u8 = 1;
/// This machine lacks something.
const UNABLE: u8 = 2;
/// The harness failed, or was stopped.
const FAILED: u8 = 3;

/// Cuts the power of real file systems, and looks at what is left.
///
/// Exit code 0: every promise was kept, and every way to save that is known to be wrong was caught.
/// 1: not so. 2: this machine lacks something, and the message says what. 3: the examination itself
/// failed, or was stopped.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Records workloads, and examines their crash states.
    Run(Run),
    /// Examines one crash state of a kept recording again.
    Replay(Replay),
    /// Lists the steps of a kept recording.
    Steps {
        /// The recording.
        recording: PathBuf,
    },
    /// The process that mounts file systems and checks what is on them; started by `run`.
    #[command(hide = true)]
    Hand { directory: PathBuf },
    /// The process whose writes are recorded; started by `run`.
    #[command(hide = true)]
    Workload {
        workload: Workload,
        session: u32,
        directory: PathBuf,
    },
}

#[derive(Debug, Args)]
struct Run {
    /// How many crash states are examined on each file system.
    #[arg(long, value_name = "N", default_value_t = 500)]
    states: usize,
    /// How many of each control, on each file system.
    #[arg(long, value_name = "N", default_value_t = 50)]
    control_states: usize,
    /// Decides which states are examined; by chance where it is not given.
    #[arg(long)]
    seed: Option<u64>,
    /// On which file systems; all by default.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    file_systems: Vec<FileSystem>,
    /// Which workloads; all by default, controls too.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    workloads: Vec<Workload>,
    /// How many lanes run at a time; as many as there are processors by default.
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// Keeps all recordings in this directory. Without it, only those with a broken promise are
    /// kept.
    #[arg(long, value_name = "DIRECTORY")]
    keep: Option<PathBuf>,
    /// Installs the Debian packages that are missing.
    #[arg(long)]
    install: bool,
    /// Prints a report for programs.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Replay {
    /// The recording.
    recording: PathBuf,
    /// The number of the state.
    #[arg(long, value_name = "N")]
    state: usize,
    /// Another seed than the recording's.
    #[arg(long)]
    seed: Option<u64>,
    /// Writes the disk as it is before it is mounted to this file.
    #[arg(long, value_name = "FILE")]
    image: Option<PathBuf>,
}

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(arguments) => run(arguments),
        Command::Replay(arguments) => look_again(&arguments),
        Command::Steps { recording } => list_steps(&recording),
        Command::Hand { directory } => {
            obey(&directory);
            Ok(true)
        }
        Command::Workload {
            workload,
            session,
            directory,
        } => workload::run(workload, session, &directory).map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(BROKEN),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(match error {
                Error::Unable(_) => UNABLE,
                _ => FAILED,
            })
        }
    }
}

fn or_all<T: Clone>(given: Vec<T>, all: &[T]) -> Vec<T> {
    if given.is_empty() {
        all.to_vec()
    } else {
        given
    }
}

fn run(arguments: Run) -> Result<bool> {
    let file_systems = or_all(arguments.file_systems, &FileSystem::ALL);
    require(&file_systems, arguments.install)?;
    isolate()?;
    let stop = stop_on_signals()?;
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    let kept = std::env::temp_dir().join(format!("steadfast-powercut-failed-{seed}"));
    let campaign = Campaign {
        file_systems,
        workloads: or_all(
            arguments.workloads,
            &[&Workload::OURS[..], &Workload::CONTROLS].concat(),
        ),
        states: arguments.states,
        control_states: arguments.control_states,
        seed,
        jobs: arguments
            .jobs
            .or_else(|| std::thread::available_parallelism().ok())
            .unwrap_or(NonZero::<usize>::MIN),
        keep: arguments.keep.map_or(Keep::Failed(kept), Keep::All),
    };
    let report = campaign::run(&campaign, &stop, &say_finished)?;
    if arguments.json {
        let json = serde_json::to_string_pretty(&report).map_err(std::io::Error::from);
        let json = json.map_err(failed("write", Path::new("the report")))?;
        println!("{json}");
    } else {
        print!("{report}");
    }
    Ok(report.passed)
}

fn say_finished(lane: &LaneReport) {
    eprintln!(
        "{} {}: {} of {} survived ({:.1} s; recorded {} writes of {} sectors, {} flushes, {} acknowledged commits)",
        lane.file_system.name(),
        lane.workload.name(),
        lane.survivors,
        lane.states,
        lane.seconds,
        lane.recorded.writes,
        lane.recorded.sectors,
        lane.recorded.flushes,
        lane.recorded.acknowledged,
    );
}

fn look_again(arguments: &Replay) -> Result<bool> {
    let mut recording = Recording::load(&arguments.recording)?;
    require(&[recording.file_system], false)?;
    isolate()?;
    let _stop = stop_on_signals()?;
    recording.seed = arguments.seed.unwrap_or(recording.seed);
    let (crash, finding) = replay(&recording, arguments.state, arguments.image.as_deref())?;
    println!(
        "{} on {}, state {}: cut before step {} of {}, last flush before step {}, kept {:?}",
        recording.workload.name(),
        recording.file_system.name(),
        arguments.state,
        crash.cut,
        recording.events.len(),
        recording.last_flush_before(crash.cut),
        crash.kept,
    );
    for (unit, told) in recording.told_at(crash.cut) {
        println!("told of {unit}: {told}");
    }
    if finding.was_torn {
        println!("the file system mounted only with whole blocks");
    }
    match &finding.loss {
        None => println!("survived"),
        Some(loss) => println!("{loss}"),
    }
    Ok(finding.loss.is_none())
}

fn list_steps(path: &Path) -> Result<bool> {
    for (number, step) in Recording::load(path)?.events.iter().enumerate() {
        println!("{number} {step}");
    }
    Ok(true)
}

fn stop_on_signals() -> Result<Stop> {
    let stop = Stop::default();
    let asked = stop.clone();
    let set = ctrlc::set_handler(move || asked.ask());
    set.map_err(|error| Error::Unable(format!("- signals cannot be handled: {error}")))?;
    Ok(stop)
}
