//! `AtomicFile`: one file that is saved again and again. After any crash it holds a saved version,
//! whole, and not older than an acknowledged one.

use std::io::Write;

use steadfast_core::PersistenceError;
use steadfast_file::AtomicFile;
use steadfast_testkit::posix::{Disk, Workload};

use crate::system::Simulated;

const NAME: &str = "settings";

/// What is done with the file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    /// Saved only if the file is not there yet.
    Create(usize),
    Replace(usize),
    /// Written to, and then discarded.
    Discard(usize),
}

use Action::{Create, Discard, Replace};

const ACTIONS: [Action; 8] = [
    Create(700),
    Replace(20),
    Discard(600),
    Replace(1500),
    Replace(1),
    Replace(0),
    Replace(2000),
    Replace(513),
];

impl Action {
    fn run(self, disk: &Disk, number: usize) -> Result<(), PersistenceError> {
        let options = AtomicFile::options().overwrite(!matches!(self, Create(_)));
        let mut file = options.open_on(&Simulated(disk.clone()), NAME)?;
        let bytes = self.bytes(number);
        let (first, second) = bytes.split_at(bytes.len() / 3);
        // `commit` gives the same errors.
        let _ = file.write_all(first).and_then(|()| file.flush());
        let _ = file.write_all(second).and_then(|()| file.flush());
        match self {
            Create(_) | Replace(_) => file.commit(),
            Discard(_) => {
                file.discard();
                Ok(())
            }
        }
    }

    /// What it writes, as the action with this number.
    fn bytes(self, number: usize) -> Vec<u8> {
        let (Create(len) | Replace(len) | Discard(len)) = self;
        vec![b'a' + u8::try_from(number).unwrap(); len]
    }
}

/// How many actions are done, at least and at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    least: usize,
    most: usize,
}

#[derive(Clone)]
pub(crate) struct Files(Vec<Action>);

impl Default for Files {
    fn default() -> Self {
        Self(ACTIONS.to_vec())
    }
}

impl Files {
    fn go_on(&self, disk: &Disk, done: usize) -> Done {
        for (before, action) in self.0.iter().enumerate().skip(done) {
            if let Err(error) = action.run(disk, before) {
                return Done {
                    least: before,
                    most: before + usize::from(error.is_outcome_unknown()),
                };
            }
        }
        let all = self.0.len();
        Done {
            least: all,
            most: all,
        }
    }

    /// What is in the file after so many actions; `None` where it is not there.
    fn after(&self, done: usize) -> Option<Vec<u8>> {
        let done = self.0.iter().enumerate().take(done);
        let mut saved = done.filter(|(_, action)| !matches!(action, Discard(_)));
        saved
            .next_back()
            .map(|(number, action)| action.bytes(number))
    }

    /// Whether something was saved from the action `from` on.
    fn saves_in(&self, from: usize, done: Done) -> bool {
        let actions = self.0.get(from..done.least).unwrap_or_default();
        actions.iter().any(|action| !matches!(action, Discard(_)))
    }

    fn find(&self, disk: &Disk, done: Done) -> Result<usize, String> {
        let root = disk.root();
        for name in root.names().unwrap() {
            let is_temporary = name.starts_with(".steadfast.") && name.ends_with(".tmp");
            if name != NAME && !is_temporary {
                return Err(format!("nobody made {name}"));
            }
        }
        let file = root.open_file(NAME).ok();
        let found = file.map(|file| file.read().unwrap());
        let number = (done.least..=done.most)
            .rev()
            .find(|number| self.after(*number) == found);
        number.ok_or_else(|| {
            let len = found.map(|bytes| bytes.len());
            format!("{done:?} actions are done, and there are {len:?} bytes")
        })
    }
}

impl Workload for Files {
    type Progress = Done;

    fn run(&self, disk: &Disk) -> Done {
        self.go_on(disk, 0)
    }

    /// There is nothing to recover: the next save is made at once. What was seen before that save
    /// counts only if it is durable.
    fn recover(&self, disk: &Disk, done: &Done) -> Option<Done> {
        let found = self.find(disk, *done).ok()?;
        let after = self.go_on(disk, found);
        let least = if self.saves_in(found, after) {
            after.least
        } else {
            done.least
        };
        Some(Done {
            least,
            most: after.most.max(done.most),
        })
    }

    fn check(&self, disk: &Disk, done: &Done) -> Result<(), String> {
        let found = self.find(disk, *done)?;
        let done = self.go_on(disk, found);
        if done.least < self.0.len() {
            return Err(format!("it cannot go on behind action {}", done.least));
        }
        if !self.saves_in(found, done) {
            // The version was seen, but no later save has made it durable.
            return Ok(());
        }
        self.find(&disk.restart(steadfast_core::Fate::Lost), done)
            .map(drop)
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
