//! The process that touches the file systems.
//!
//! A process that serves FUSE must never wait for what it serves. If it is killed while one of its
//! threads waits, it never ends. So another process mounts file systems and checks what is on them.
//! It is told what to do line by line. When its input ends, it unmounts what it has mounted. It
//! also isolates failures: a state that makes the store panic or hang ends this process only, and
//! is reported.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, umount2};
use nix::unistd::{alarm, getppid};
use serde::{Deserialize, Serialize};

use crate::check::{Loss, Telling};
use crate::device::Mounted;
use crate::error::{Error, Result};
use crate::file_system::FileSystem;
use crate::process::Process;
use crate::workload::Workload;

/// A request that takes longer than this hangs.
const SECONDS_MAX: u32 = 120;

/// The requests to the process.
#[derive(Debug, Serialize, Deserialize)]
enum Request {
    Mount(FileSystem),
    Flush,
    Check(Workload, Telling),
    Unmount,
}

/// The answers of the process.
#[derive(Debug, Serialize, Deserialize)]
enum Reply {
    Done,
    Unmountable(String),
    Broken(Loss),
    Failed(String),
}

/// The paths that the process and its parent agree on.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// The directory that contains the other two.
    pub(crate) directory: PathBuf,
    /// Where FUSE is mounted.
    pub(crate) fuse: PathBuf,
    /// Where the file system on the disk is mounted.
    pub(crate) mount_point: PathBuf,
}

impl Places {
    /// The paths below `directory`.
    pub(crate) fn below(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            fuse: directory.join("fuse"),
            mount_point: directory.join("mounted"),
        }
    }

    /// The disk as a file.
    pub(crate) fn disk(&self) -> PathBuf {
        self.fuse.join(crate::disk::Shown::NAME)
    }
}

/// The process, as its parent uses it.
pub(crate) struct Hand {
    process: Process,
}

impl Hand {
    /// Starts the process.
    pub(crate) fn start(places: &Places) -> Result<Self> {
        let process = Process::start(&["hand".as_ref(), places.directory.as_os_str()])?;
        Ok(Self { process })
    }

    /// Mounts what is on the disk.
    ///
    /// # Errors
    /// [`Error::Unmountable`] where the kernel refuses it.
    pub(crate) fn mount(&mut self, file_system: FileSystem) -> Result<()> {
        self.do_it(&Request::Mount(file_system))
    }

    /// Makes everything durable that was written to the mounted file system.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.do_it(&Request::Flush)
    }

    /// Unmounts the file system.
    pub(crate) fn unmount(&mut self) -> Result<()> {
        self.do_it(&Request::Unmount)
    }

    /// Checks what is on the mounted file system.
    ///
    /// # Errors
    /// [`Error::Hand`] if the check ended the process, which cannot be used any more.
    pub(crate) fn check(&mut self, workload: Workload, telling: &Telling) -> Result<Option<Loss>> {
        match self.ask(&Request::Check(workload, telling.clone()))? {
            Reply::Done => Ok(None),
            Reply::Broken(loss) => Ok(Some(loss)),
            other => Err(Error::Hand(format!("it answers {other:?}"))),
        }
    }

    fn do_it(&mut self, request: &Request) -> Result<()> {
        match self.ask(request)? {
            Reply::Done => Ok(()),
            Reply::Unmountable(reason) => Err(Error::Unmountable(reason)),
            Reply::Failed(reason) => Err(Error::Hand(reason)),
            Reply::Broken(loss) => Err(Error::Hand(loss.to_string())),
        }
    }

    fn ask(&mut self, request: &Request) -> Result<Reply> {
        let request = serde_json::to_string(request).map_err(|e| Error::Hand(e.to_string()))?;
        self.process.say(&request);
        let Some(reply) = self.process.hear() else {
            return Err(Error::Hand(self.process.end().unwrap_or_default()));
        };
        serde_json::from_str(&reply).map_err(|e| Error::Hand(e.to_string()))
    }
}

/// The process itself: does what standard input requests, until that ends.
pub(crate) fn obey(directory: &Path) {
    let places = Places::below(directory);
    let parent = getppid();
    let mut mounted = None;
    for line in std::io::stdin()
        .lock()
        .lines()
        .map_while(std::result::Result::ok)
    {
        // The default action of the alarm's signal is right: it ends the process.
        alarm::set(SECONDS_MAX);
        let reply = match serde_json::from_str(&line) {
            Ok(request) => obey_one(&places, &mut mounted, request),
            Err(error) => Reply::Failed(error.to_string()),
        };
        alarm::cancel();
        let reply = serde_json::to_string(&reply).unwrap_or_default();
        // If nobody reads this, the input has ended too.
        let _ = writeln!(std::io::stdout(), "{reply}");
    }
    drop(mounted);
    if getppid() != parent {
        tidy_after_the_dead(&places);
    }
}

fn obey_one(places: &Places, mounted: &mut Option<Mounted>, request: Request) -> Reply {
    let done = match (request, &mounted) {
        (Request::Mount(file_system), _) => {
            *mounted = None;
            Mounted::new(file_system, &places.disk(), &places.mount_point)
                .map(|new| *mounted = Some(new))
        }
        (Request::Unmount, _) => mounted.take().map_or(Ok(()), Mounted::end),
        (Request::Flush, Some(mounted)) => mounted.flush(),
        (Request::Check(workload, telling), Some(mounted)) => {
            let mut units = telling.iter();
            let loss =
                units.find_map(|(unit, told)| workload.check(mounted.path(), *unit, *told).err());
            return loss.map_or(Reply::Done, Reply::Broken);
        }
        (Request::Flush | Request::Check(..), None) => {
            return Reply::Failed("nothing is mounted".to_owned());
        }
    };
    match done {
        Ok(()) => Reply::Done,
        Err(Error::Unmountable(reason)) => Reply::Unmountable(reason),
        Err(error) => Reply::Failed(error.to_string()),
    }
}

/// Does what the killed parent would have done. There is no one left to report failures to.
fn tidy_after_the_dead(places: &Places) {
    let _ = umount2(&places.fuse, MntFlags::MNT_DETACH);
    for directory in [&places.fuse, &places.mount_point, &places.directory] {
        let _ = std::fs::remove_dir(directory);
    }
}
