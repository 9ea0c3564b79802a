//! The simulated disk: pure state, no locks, no futures.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::fate::{Chooser, Draw, Fate, overlay, sectors};
use super::fault::{Plan, SimulatedFault, Verdict};
use crate::error::{PersistenceError, Result};
use crate::key::Key;

/// One key: what is visible, what is durable, and the changes in between.
#[derive(Clone, Debug, Default)]
struct Stream {
    visible: Option<Vec<u8>>,
    /// The position up to which zeros were written ahead of what is visible; 0 if there are none.
    ahead: usize,
    durable: Option<Vec<u8>>,
    unsynced: Vec<Change>,
}

/// A change that a crash may lose.
#[derive(Clone, Debug)]
enum Change {
    Append {
        position: usize,
        data: Bytes,
    },
    /// Writes zeros up to this length, or cuts them off down to it.
    Resize(usize),
    Overwrite(Bytes),
    Publish(Vec<u8>),
    Remove,
}

/// All streams, and the planned faults.
#[derive(Debug, Default)]
pub(super) struct Disk {
    streams: BTreeMap<Key, Stream>,
    dead: BTreeSet<Key>,
    steps: u64,
    pub(super) plan: Plan,
    power_is_off: bool,
    drawn: u64,
}

impl Disk {
    pub(super) const fn steps(&self) -> u64 {
        self.steps
    }

    /// A number that this disk has not drawn before; the same in every run of a test.
    pub(super) const fn unique(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        Draw::new(self.drawn.rotate_left(32)).next()
    }

    /// The disk after the power came back: the fate of every unsynced change is decided.
    pub(super) fn restarted(&self, fate: Fate) -> Self {
        let mut chooser = match fate {
            Fate::Chosen(bits) => Chooser::Bits(bits),
            Fate::Torn(seed) => Chooser::Drawn(Draw::new(seed)),
            Fate::Lost | Fate::Kept => Chooser::Bits(0),
        };
        let mut streams = BTreeMap::new();
        for (key, stream) in &self.streams {
            let survived = match fate {
                Fate::Lost => stream.durable.clone(),
                Fate::Kept => stream.stored(),
                Fate::Torn(_) | Fate::Chosen(_) => stream.torn(&mut chooser),
            };
            if survived.is_some() {
                let (visible, durable) = (survived.clone(), survived);
                streams.insert(
                    key.clone(),
                    Stream {
                        visible,
                        durable,
                        ..Stream::default()
                    },
                );
            }
        }
        Self {
            streams,
            drawn: self.drawn,
            ..Self::default()
        }
    }

    pub(super) fn unsynced_units(&self) -> usize {
        self.streams.values().map(Stream::units).sum()
    }

    pub(super) fn read(&self, key: &Key) -> Result<Option<&[u8]>> {
        self.powered("read", key)?;
        Ok(self
            .streams
            .get(key)
            .and_then(|stream| stream.visible.as_deref()))
    }

    pub(super) fn lens(&self) -> impl Iterator<Item = (&Key, usize)> {
        self.streams
            .iter()
            .filter_map(|(key, s)| s.visible.as_ref().map(|data| (key, data.len())))
    }

    pub(super) fn powered(&self, action: &'static str, key: &Key) -> Result<()> {
        if self.power_is_off {
            Err(io(action, key, SimulatedFault::PowerOff))
        } else {
            Ok(())
        }
    }

    /// Counts a step and returns what happens to it.
    pub(super) fn step(&mut self, action: &'static str, key: &Key) -> Result<Verdict> {
        self.powered(action, key)?;
        self.steps = self.steps.saturating_add(1);
        let now = Some(self.steps);
        if self.plan.crash_at == now {
            self.power_is_off = true;
            return Ok(Verdict::PowerGoes);
        }
        Ok(if self.plan.fail_at == now {
            Verdict::Fails
        } else {
            Verdict::Works
        })
    }

    /// The error of a step that failed.
    pub(super) fn failure(&self, action: &'static str, key: &Key) -> PersistenceError {
        let fault = if self.power_is_off {
            SimulatedFault::PowerOff
        } else {
            SimulatedFault::Failure { step: self.steps }
        };
        io(action, key, fault)
    }

    pub(super) fn write(&mut self, key: &Key, data: &Bytes) -> Result<()> {
        let verdict = self.step("write", key)?;
        let written = half_unless_works(verdict, data);
        let stream = self.streams.entry(key.clone()).or_default();
        stream.visible = Some(written.to_vec());
        stream.ahead = 0;
        stream.unsynced.push(Change::Overwrite(written));
        self.outcome(verdict, "write", key)
    }

    pub(super) fn append(&mut self, key: &Key, position: u64, data: &Bytes) -> Result<()> {
        self.alive(key)?;
        let end = self.read(key)?.map_or(0, <[u8]>::len);
        let at = usize::try_from(position).ok().filter(|at| *at == end);
        let Some(at) = at else {
            return Err(PersistenceError::Conflict {
                key: key.clone(),
                position,
                end: end as u64,
            });
        };
        let verdict = self.step("append to", key)?;
        let written = half_unless_works(verdict, data);
        let stream = self.streams.entry(key.clone()).or_default();
        overlay(stream.visible.get_or_insert_default(), at, &written);
        // If the power goes, any part of the data may have been written.
        let under_way = if verdict == Verdict::PowerGoes {
            data.clone()
        } else {
            written
        };
        stream.unsynced.push(Change::Append {
            position: at,
            data: under_way,
        });
        if verdict != Verdict::Works {
            self.dead.insert(key.clone());
        }
        self.outcome(verdict, "append to", key)
    }

    pub(super) fn reserve(&mut self, key: &Key, until: u64) -> Result<()> {
        self.alive(key)?;
        self.powered("reserve room in", key)?;
        if let Some(stream) = self.streams.get_mut(key)
            && let Some(data) = &stream.visible
            && let Ok(until) = usize::try_from(until)
        {
            stream.ahead = until.max(data.len());
            stream.unsynced.push(Change::Resize(stream.ahead));
        }
        Ok(())
    }

    pub(super) fn sync(&mut self, key: &Key) -> Result<()> {
        self.alive(key)?;
        if self.read(key)?.is_none() {
            return Ok(());
        }
        let verdict = self.step("flush", key)?;
        if verdict == Verdict::Works {
            self.settle(key);
        } else {
            self.dead.insert(key.clone());
        }
        self.outcome(verdict, "flush", key)
    }

    /// The publishing step of a save: visible, and durable or not.
    pub(super) fn publish(&mut self, key: &Key, data: &[u8]) {
        let stream = self.streams.entry(key.clone()).or_default();
        stream.visible = Some(data.to_vec());
        stream.ahead = 0;
        stream.unsynced.push(Change::Publish(data.to_vec()));
        self.dead.remove(key);
    }

    pub(super) fn remove(&mut self, key: &Key) {
        if let Some(stream) = self.streams.get_mut(key) {
            stream.visible = None;
            stream.ahead = 0;
            stream.unsynced.push(Change::Remove);
        }
        self.dead.remove(key);
    }

    /// The flush of the name after a publication or removal: what is visible becomes durable.
    pub(super) fn settle(&mut self, key: &Key) {
        if let Some(stream) = self.streams.get_mut(key) {
            stream.durable = stream.stored();
            stream.unsynced.clear();
        }
    }

    fn alive(&self, key: &Key) -> Result<()> {
        if self.dead.contains(key) {
            let cause = Arc::new(SimulatedFault::Failure { step: self.steps });
            return Err(PersistenceError::Poisoned { cause });
        }
        Ok(())
    }

    fn outcome(&self, verdict: Verdict, action: &'static str, key: &Key) -> Result<()> {
        if verdict == Verdict::Works {
            Ok(())
        } else {
            Err(self.failure(action, key))
        }
    }
}

impl Stream {
    /// Everything that is stored: what is visible, and the zeros ahead of it.
    fn stored(&self) -> Option<Vec<u8>> {
        self.visible.clone().map(|mut data| {
            data.resize(data.len().max(self.ahead), 0);
            data
        })
    }

    fn torn(&self, chooser: &mut Chooser) -> Option<Vec<u8>> {
        let mut disk = self.durable.clone();
        for change in &self.unsynced {
            match change {
                Change::Append { position, data } => chooser.tear(&mut disk, *position, data),
                Change::Resize(len) => {
                    if chooser.coin() {
                        disk.get_or_insert_default().resize(*len, 0);
                    }
                }
                Change::Overwrite(data) => {
                    if chooser.coin() {
                        disk = disk.map(|_| Vec::new());
                    }
                    chooser.tear(&mut disk, 0, data);
                }
                Change::Publish(data) => {
                    if chooser.coin() {
                        disk = Some(data.clone());
                    }
                }
                Change::Remove => {
                    if chooser.coin() {
                        disk = None;
                    }
                }
            }
        }
        disk
    }

    /// How many bits select what survives of the change.
    fn units(&self) -> usize {
        let of = |change: &Change| match change {
            Change::Append { position, data } => sectors(*position, data).count(),
            Change::Overwrite(data) => sectors(0, data).count().saturating_add(1),
            Change::Publish(_) | Change::Remove | Change::Resize(_) => 1,
        };
        self.unsynced.iter().map(of).sum()
    }
}

fn half_unless_works(verdict: Verdict, data: &Bytes) -> Bytes {
    match verdict {
        Verdict::Works => data.clone(),
        Verdict::Fails | Verdict::PowerGoes => data.slice(..data.len() >> 1),
    }
}

fn io(action: &'static str, key: &Key, fault: SimulatedFault) -> PersistenceError {
    PersistenceError::Io {
        action,
        place: format!("`{key}`"),
        source: Arc::new(fault),
    }
}
