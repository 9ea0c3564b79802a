//! Appends with and without a flush, to files and in directories that do not exist before. What was
//! flushed is there. Of what was not flushed, any part may be there.

use std::collections::BTreeMap;

use bytes::Bytes;
use steadfast_core::{Key, PersistenceError, Prefix, StorageBackend, WHOLE};
use steadfast_file::FileBackend;
use steadfast_testkit::block_on;
use steadfast_testkit::posix::{Disk, Workload};

use crate::system::{Simulated, open};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Append(&'static str, u8, usize),
    Sync(&'static str),
    Reserve(&'static str, u64),
    Reopen,
}

use Action::{Append, Reopen, Reserve, Sync};

const ACTIONS: [Action; 12] = [
    Append("log", b'a', 300),
    Sync("log"),
    Append("log", b'b', 900),
    Append("wal/deep/one", b'c', 600),
    Sync("wal/deep/one"),
    Append("wal/deep/two", b'd', 10),
    Sync("log"),
    Reopen,
    Append("log", b'e', 100),
    Sync("wal/deep/two"),
    Append("wal/deep/one", b'f', 700),
    Sync("wal/deep/one"),
];

/// Appends into room that was written ahead. Some are flushed one by one, so that they go past the
/// cache, within a sector and across its border. Two share one flush. One is longer than the room.
/// At the end the remaining room is given back.
const ROOMY: [Action; 25] = [
    Append("log", b'a', 300),
    Sync("log"),
    Reserve("log", 1536),
    Append("log", b'b', 40),
    Sync("log"),
    Append("log", b'c', 300),
    Sync("log"),
    Append("log", b'd', 10),
    Append("log", b'e', 10),
    Sync("log"),
    Append("log", b'f', 364),
    Sync("log"),
    Reserve("log", 2048),
    Append("log", b'g', 20),
    Sync("log"),
    Append("log", b'h', 20),
    Sync("log"),
    Append("log", b'i', 1200),
    Sync("log"),
    Reserve("log", 2560),
    Append("log", b'j', 30),
    Sync("log"),
    Append("log", b'k', 30),
    Reserve("log", 2324),
    Append("log", b'l', 30),
];

/// What is known of one stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream {
    written: Vec<u8>,
    /// A flush was acknowledged for this many bytes, and for the name.
    flushed: Option<usize>,
    /// Zeros may follow the written bytes up to here.
    room: usize,
}

pub(crate) type Progress = BTreeMap<&'static str, Stream>;

#[derive(Clone)]
pub(crate) struct Streams(Vec<Action>);

impl Default for Streams {
    fn default() -> Self {
        Self(ACTIONS.to_vec())
    }
}

impl Streams {
    pub(crate) fn with_room() -> Self {
        Self(ROOMY.to_vec())
    }
}

fn key(name: &str) -> Key {
    name.parse().unwrap()
}

fn act(
    backend: &mut FileBackend<Simulated>,
    disk: &Disk,
    action: Action,
    progress: &mut Progress,
) -> Result<(), PersistenceError> {
    match action {
        Append(name, byte, len) => {
            let stream = progress.entry(name).or_default();
            let end = stream.written.len();
            stream.written.resize(end + len, byte);
            let data = Bytes::from(vec![byte; len]);
            block_on(backend.append(&key(name), end as u64, data))
        }
        Sync(name) => {
            block_on(backend.sync(&key(name)))?;
            // Flushing a stream that does not exist flushes nothing.
            if let Some(stream) = progress.get_mut(name) {
                stream.flushed = Some(stream.written.len());
            }
            Ok(())
        }
        Reserve(name, until) => {
            let stream = progress.entry(name).or_default();
            stream.room = stream.room.max(usize::try_from(until).unwrap());
            block_on(backend.reserve(&key(name), until))
        }
        Reopen => {
            // The old backend has to release its lock first.
            *backend = open(&Disk::new())?;
            *backend = open(disk)?;
            Ok(())
        }
    }
}

/// Compares one stream with what is known of it. Returns its bytes, if it exists.
fn compare(
    backend: &FileBackend<Simulated>,
    name: &str,
    known: &Stream,
) -> Result<Option<Vec<u8>>, String> {
    let read = block_on(backend.read(&key(name), WHOLE));
    let read = read.map_err(|error| format!("{name} cannot be read: {error}"))?;
    let Some(bytes) = read else {
        return match known.flushed {
            None => Ok(None),
            Some(_) => Err(format!("{name} was flushed and is gone")),
        };
    };
    let flushed = known.flushed.unwrap_or(0);
    if bytes.get(..flushed) != known.written.get(..flushed) {
        return Err(format!("{flushed} flushed bytes of {name} are lost"));
    }
    let written = known.written.iter().copied().chain(std::iter::repeat(0));
    let is_part = bytes.len() <= known.written.len().max(known.room)
        && bytes
            .iter()
            .zip(written)
            .all(|(byte, written)| *byte == written || *byte == 0);
    if is_part {
        Ok(Some(bytes.to_vec()))
    } else {
        Err(format!("{name} has bytes that nobody wrote"))
    }
}

/// Makes durable whatever is there, so that the next crash has to keep it.
fn vouch(backend: &FileBackend<Simulated>, known: &Progress) -> Result<Progress, String> {
    let mut seen = Progress::new();
    for (name, stream) in known {
        if let Some(written) = compare(backend, name, stream)? {
            block_on(backend.sync(&key(name))).map_err(|error| error.to_string())?;
            let flushed = Some(written.len());
            let room = 0;
            seen.insert(
                *name,
                Stream {
                    written,
                    flushed,
                    room,
                },
            );
        }
    }
    Ok(seen)
}

impl Workload for Streams {
    type Progress = Progress;

    fn run(&self, disk: &Disk) -> Progress {
        let mut progress = Progress::new();
        let Ok(mut backend) = open(disk) else {
            return progress;
        };
        for action in &self.0 {
            if act(&mut backend, disk, *action, &mut progress).is_err() {
                break;
            }
        }
        progress
    }

    fn recover(&self, disk: &Disk, known: &Progress) -> Option<Progress> {
        vouch(&open(disk).ok()?, known).ok()
    }

    fn check(&self, disk: &Disk, known: &Progress) -> Result<(), String> {
        let said = |error: PersistenceError| error.to_string();
        let backend = open(disk).map_err(|error| format!("it does not open: {error}"))?;
        for entry in block_on(backend.list(&Prefix::ROOT)).map_err(said)? {
            if !known.contains_key(entry.key.as_str()) {
                return Err(format!("nobody made {}", entry.key));
            }
        }
        let seen = vouch(&backend, known)?;
        for name in ["log", "wal/deep/two"] {
            let end = seen.get(name).map_or(0, |stream| stream.written.len()) as u64;
            let data = Bytes::from_static(b"more");
            block_on(backend.append(&key(name), end, data)).map_err(said)?;
            block_on(backend.sync(&key(name))).map_err(said)?;
        }
        let after = open(&disk.restart(steadfast_core::Fate::Lost)).map_err(said)?;
        for name in ["log", "wal/deep/two"] {
            let mut expected = seen.get(name).cloned().unwrap_or_default().written;
            expected.extend_from_slice(b"more");
            let read = block_on(after.read(&key(name), WHOLE)).map_err(said)?;
            if read.as_deref() != Some(&expected) {
                return Err(format!("an append to {name} after the recovery is lost"));
            }
        }
        Ok(())
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
