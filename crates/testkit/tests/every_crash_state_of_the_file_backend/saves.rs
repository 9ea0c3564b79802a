//! Atomic saves, creations and deletions. After any crash the keys are those after some number of
//! actions, and acknowledged actions count.

use std::collections::BTreeMap;

use bytes::Bytes;
use steadfast_core::{Key, PersistenceError, Prefix, StorageBackend, WHOLE};
use steadfast_file::FileBackend;
use steadfast_testkit::block_on;
use steadfast_testkit::posix::{Disk, Workload};

use crate::PLACE;
use crate::system::{Simulated, open};

type Keys = BTreeMap<String, Vec<u8>>;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Save(&'static str, u8, usize),
    Create(&'static str, u8, usize),
    Delete(&'static str),
}

use Action::{Create, Delete, Save};

const ACTIONS: [Action; 9] = [
    Save("top", b'a', 700),
    Create("folder/one", b'b', 20),
    Save("folder/deep/two", b'c', 1200),
    Save("top", b'd', 1500),
    Delete("folder/one"),
    Create("folder/one", b'e', 600),
    Save("folder/deep/two", b'f', 30),
    Delete("top"),
    Save("folder/one", b'g', 1),
];

impl Action {
    fn model(self, keys: &mut Keys) {
        match self {
            Save(key, byte, len) | Create(key, byte, len) => {
                keys.insert(key.to_owned(), vec![byte; len]);
            }
            Delete(key) => {
                keys.remove(key);
            }
        }
    }

    fn run(self, backend: &FileBackend<Simulated>) -> Result<(), PersistenceError> {
        let key = |key: &str| key.parse::<Key>().unwrap();
        match self {
            Save(name, byte, len) => {
                block_on(backend.atomic_write(&key(name), Bytes::from(vec![byte; len])))
            }
            Create(name, byte, len) => {
                block_on(backend.atomic_create(&key(name), Bytes::from(vec![byte; len])))
            }
            Delete(name) => block_on(backend.delete(&key(name))),
        }
    }

    /// Whether the error means that nothing was changed.
    fn is_undone(self, error: &PersistenceError) -> bool {
        !matches!(self, Delete(_)) && !error.is_outcome_unknown()
    }
}

/// The keys after each number of actions.
fn states(actions: &[Action]) -> Vec<Keys> {
    let mut states = vec![Keys::new()];
    for action in actions {
        let mut keys = states.last().unwrap().clone();
        action.model(&mut keys);
        states.push(keys);
    }
    states
}

/// How many actions are done, at least and at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    least: usize,
    most: usize,
}

#[derive(Clone)]
pub(crate) struct Saves(Vec<Action>);

impl Default for Saves {
    fn default() -> Self {
        Self(ACTIONS.to_vec())
    }
}

impl Saves {
    fn go_on(&self, backend: &FileBackend<Simulated>, done: usize) -> Done {
        for (before, action) in self.0.iter().enumerate().skip(done) {
            if let Err(error) = action.run(backend) {
                return Done {
                    least: before,
                    most: before + usize::from(!action.is_undone(&error)),
                };
            }
        }
        let all = self.0.len();
        Done {
            least: all,
            most: all,
        }
    }

    fn find(&self, backend: &FileBackend<Simulated>, done: Done) -> Result<usize, String> {
        let mut keys = Keys::new();
        let said = |error: PersistenceError| error.to_string();
        for entry in block_on(backend.list(&Prefix::ROOT)).map_err(said)? {
            let bytes = block_on(backend.read(&entry.key, WHOLE)).map_err(said)?;
            let bytes = bytes.ok_or("a listed key is absent")?;
            if bytes.len() as u64 != entry.len {
                return Err("a listed length is wrong".to_owned());
            }
            keys.insert(entry.key.to_string(), bytes.to_vec());
        }
        let states = states(&self.0);
        let found = (done.least..=done.most).find(|number| states[*number] == keys);
        found.ok_or_else(|| {
            let lens: Vec<_> = keys.iter().map(|(key, b)| (key, b.len())).collect();
            format!("{done:?} actions are done, and there is {lens:?}")
        })
    }
}

impl Workload for Saves {
    type Progress = Done;

    fn run(&self, disk: &Disk) -> Done {
        open(disk).map_or(Done { least: 0, most: 0 }, |backend| {
            self.go_on(&backend, 0)
        })
    }

    fn recover(&self, disk: &Disk, done: &Done) -> Option<Done> {
        let found = self.find(&open(disk).ok()?, *done).ok()?;
        Some(Done {
            least: found,
            most: found,
        })
    }

    fn check(&self, disk: &Disk, done: &Done) -> Result<(), String> {
        let backend = open(disk).map_err(|error| format!("it does not open: {error}"))?;
        let found = self.find(&backend, *done)?;
        no_leftovers(disk)?;
        let done = self.go_on(&backend, found);
        if done.least < self.0.len() {
            return Err(format!("it cannot go on behind action {}", done.least));
        }
        self.find(&backend, done).map(drop)
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

/// Opening has removed what crashed saves left.
fn no_leftovers(disk: &Disk) -> Result<(), String> {
    let mut pending = vec![PLACE.to_owned()];
    while let Some(path) = pending.pop() {
        let Ok(directory) = disk.root().open_directory(&path) else {
            continue;
        };
        for name in directory.names().unwrap() {
            if name.ends_with(".tmp") {
                return Err(format!("{path}/{name} was left"));
            }
            pending.push(format!("{path}/{name}"));
        }
    }
    Ok(())
}
