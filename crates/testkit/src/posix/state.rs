//! The disk itself: pure state, no locks, no handles.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use steadfast_core::Fate;

use super::call::{Call, SimulatedFault};
use super::choice::{Chooser, Draw};
use super::inode::{self, Edit, Inode, Naming, Number};
use super::layers::Layers;

/// The root directory.
pub(super) const ROOT: Number = 0;

/// What a step meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Works,
    Fails,
    FailsLate,
    PowerGoes,
}

/// Inodes, and the planned fault.
#[derive(Clone, Debug)]
pub(super) struct State {
    inodes: BTreeMap<Number, Inode>,
    next: Number,
    pub(super) locks: BTreeMap<Number, u64>,
    pub(super) handles: u64,
    /// How many handles each file has.
    open: BTreeMap<Number, u64>,
    pub(super) gives_away_early: bool,
    pub(super) calls: Vec<Call>,
    /// By how many bytes each step made a file longer.
    pub(super) growth: Vec<u64>,
    /// By how many bytes files may still grow; `None` for no limit.
    pub(super) room: Option<u64>,
    pub(super) crash_at: Option<u64>,
    pub(super) fail_at: Option<u64>,
    pub(super) fail_late_at: Option<u64>,
    power_is_off: bool,
    drawn: u64,
}

impl Default for State {
    fn default() -> Self {
        Self::of(
            BTreeMap::from([(ROOT, Inode::Directory(Layers::default()))]),
            1,
            0,
        )
    }
}

impl State {
    const fn of(inodes: BTreeMap<Number, Inode>, next: Number, drawn: u64) -> Self {
        Self {
            inodes,
            next,
            locks: BTreeMap::new(),
            handles: 0,
            open: BTreeMap::new(),
            gives_away_early: false,
            calls: Vec::new(),
            growth: Vec::new(),
            room: None,
            crash_at: None,
            fail_at: None,
            fail_late_at: None,
            power_is_off: false,
            drawn,
        }
    }

    pub(super) const fn steps(&self) -> u64 {
        self.calls.len() as u64
    }

    /// A number that this disk has not given before. The numbers are the same in every run of a
    /// test.
    pub(super) const fn unique(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        Draw::new(self.drawn.rotate_left(32)).next()
    }

    /// The disk after each pending change has met its fate.
    pub(super) fn restarted(&self, fate: Fate) -> Self {
        let mut chooser = Chooser::of(fate);
        let mut inodes: BTreeMap<Number, Inode> = self
            .within_reach()
            .into_iter()
            .filter_map(|number| {
                let inode = self.inodes.get(&number)?;
                Some((number, inode.survived(&mut chooser)))
            })
            .collect();
        let reached = reach(&inodes);
        inodes.retain(|number, _| reached.contains(number));
        self.successor(inodes)
    }

    /// The same disk, pending changes included, without handles and locks.
    pub(super) fn killed(&self) -> Self {
        self.successor(self.inodes.clone())
    }

    fn successor(&self, inodes: BTreeMap<Number, Inode>) -> Self {
        Self {
            gives_away_early: self.gives_away_early,
            ..Self::of(inodes, self.next, self.drawn)
        }
    }

    pub(super) fn unsynced_units(&self) -> usize {
        let units = |number: &Number| self.inodes.get(number).map_or(0, Inode::units);
        self.within_reach().iter().map(units).sum()
    }

    /// Inodes that have a name in some crash state. What becomes of the others makes no difference.
    fn within_reach(&self) -> BTreeSet<Number> {
        reach(&self.inodes)
    }

    pub(super) fn powered(&self) -> io::Result<()> {
        if self.power_is_off {
            Err(io::Error::other(SimulatedFault::PowerOff))
        } else {
            Ok(())
        }
    }

    fn step(&mut self, call: Call) -> io::Result<Verdict> {
        self.powered()?;
        self.calls.push(call);
        self.growth.push(0);
        let now = Some(self.steps());
        Ok(if self.crash_at == now {
            self.power_is_off = true;
            Verdict::PowerGoes
        } else if self.fail_at == now {
            Verdict::Fails
        } else if self.fail_late_at == now {
            // A file system that fails in the middle of a change stops working, and gives no blocks
            // to other files.
            self.gives_away_early = false;
            Verdict::FailsLate
        } else {
            Verdict::Works
        })
    }

    fn outcome(&self, verdict: Verdict, call: Call) -> io::Result<()> {
        let step = self.steps();
        match verdict {
            Verdict::Works => Ok(()),
            Verdict::Fails | Verdict::FailsLate => {
                Err(io::Error::other(SimulatedFault::Failure { step, call }))
            }
            Verdict::PowerGoes => Err(io::Error::other(SimulatedFault::PowerOff)),
        }
    }

    pub(super) fn file(&self, number: Number) -> io::Result<&Layers<Edit>> {
        self.powered()?;
        match self.inodes.get(&number) {
            Some(Inode::File(file)) => Ok(file),
            Some(Inode::Directory(_)) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    pub(super) fn names(&self, number: Number) -> io::Result<&BTreeMap<String, Number>> {
        self.powered()?;
        match self.inodes.get(&number) {
            Some(Inode::Directory(directory)) => Ok(directory.visible()),
            Some(Inode::File(_)) => Err(io::ErrorKind::NotADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Whether it is a directory.
    pub(super) fn is_directory(&self, number: Number) -> bool {
        matches!(self.inodes.get(&number), Some(Inode::Directory(_)))
    }

    /// How many names it has.
    pub(super) fn links(&self, number: Number) -> io::Result<usize> {
        self.powered()?;
        let directories = self.inodes.values().filter_map(|inode| match inode {
            Inode::Directory(directory) => Some(directory.visible()),
            Inode::File(_) => None,
        });
        let named = directories.flat_map(BTreeMap::values);
        Ok(named.filter(|found| **found == number).count() + usize::from(number == ROOT))
    }

    /// The inode that a path below a directory leads to; the empty path is the directory.
    pub(super) fn find(&self, start: Number, path: &str) -> io::Result<Number> {
        self.powered()?;
        let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
        parts.into_iter().try_fold(start, |directory, name| {
            let found = self.names(directory)?.get(name).copied();
            found.ok_or_else(|| io::ErrorKind::NotFound.into())
        })
    }

    /// Counts a new handle of a file.
    pub(super) fn opened(&mut self, number: Number) -> u64 {
        let count = self.open.entry(number).or_default();
        *count = count.saturating_add(1);
        self.handles = self.handles.saturating_add(1);
        self.handles
    }

    /// Counts a handle less of a file.
    pub(super) fn closed(&mut self, number: Number) {
        if let Some(count) = self.open.get_mut(&number) {
            *count = count.saturating_sub(1);
        }
        self.give_away(number);
    }

    /// Gives the blocks of a file that nobody can reach any more to the next writer, whether or not
    /// the loss of its name is durable.
    fn give_away(&mut self, number: Number) {
        let is_used = self.open.get(&number).is_some_and(|count| *count > 0);
        // Without power nothing happens: `links` then fails.
        if !self.gives_away_early || is_used || !matches!(self.links(number), Ok(0)) {
            return;
        }
        if let Some(Inode::File(file)) = self.inodes.get_mut(&number) {
            inode::overwrite(file);
        }
    }

    /// Makes an inode and its name.
    pub(super) fn create(&mut self, at: Number, name: &str, call: Call) -> io::Result<Number> {
        if self.names(at)?.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let number = self.next;
        let inode = match call {
            Call::MakeDirectory => Inode::Directory(Layers::default()),
            _ => Inode::File(Layers::default()),
        };
        let verdict = self.step(call)?;
        if verdict != Verdict::Fails {
            self.next = self.next.saturating_add(1);
            self.inodes.insert(number, inode);
            self.rename_all(at, vec![(name.to_owned(), Some(number))]);
        }
        self.outcome(verdict, call).map(|()| number)
    }

    /// Changes names of a directory in one step.
    pub(super) fn name(
        &mut self,
        at: Number,
        call: Call,
        names: Vec<(String, Option<Number>)>,
    ) -> io::Result<()> {
        let verdict = self.step(call)?;
        if verdict != Verdict::Fails {
            self.rename_all(at, names);
        }
        self.outcome(verdict, call)
    }

    fn rename_all(&mut self, at: Number, names: Vec<(String, Option<Number>)>) {
        let Some(Inode::Directory(directory)) = self.inodes.get_mut(&at) else {
            return;
        };
        let before = directory.visible();
        let named = names.iter().filter_map(|(name, _)| before.get(name));
        let unnamed: Vec<Number> = named.copied().collect();
        directory.change(Naming(names));
        for number in unnamed {
            self.give_away(number);
        }
    }

    /// Writes: half of the data if the step fails, and what fits if the disk is full. With
    /// [`Call::WriteDurably`] the written bytes and the length are durable at the end, but nothing
    /// else.
    pub(super) fn write(
        &mut self,
        call: Call,
        number: Number,
        position: u64,
        data: &[u8],
    ) -> io::Result<()> {
        let len = self.file(number)?.visible().len();
        let position =
            usize::try_from(position).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        let verdict = self.step(call)?;
        let written = match verdict {
            Verdict::Fails => data.get(..data.len() >> 1).unwrap_or_default(),
            // When the power fails, all of it may have been in flight.
            Verdict::Works | Verdict::FailsLate | Verdict::PowerGoes => data,
        };
        let fits = self.take_room(len, position, written);
        if let Some(Inode::File(file)) = self.inodes.get_mut(&number) {
            inode::write(file, position, fits);
            // If the write failed, no cache holds bytes that the disk does not have. So a later
            // flush makes durable what can be read of it.
            if call == Call::WriteDurably && matches!(verdict, Verdict::Works | Verdict::FailsLate)
            {
                let range = position..position.saturating_add(fits.len());
                file.flush_those(|edit| edit.concerns(&range));
            }
        }
        if verdict == Verdict::Works && fits.len() < written.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.outcome(verdict, call)
    }

    /// As much of `data` as there is room for. Bytes that overwrite others need no room.
    fn take_room<'d>(&mut self, len: usize, position: usize, data: &'d [u8]) -> &'d [u8] {
        let end = position.saturating_add(data.len());
        let growth = end.saturating_sub(len.max(position)) as u64;
        let room = self.room.unwrap_or(u64::MAX);
        let taken = growth.min(room);
        self.room = self.room.map(|room| room.saturating_sub(taken));
        if let Some(last) = self.growth.last_mut() {
            *last = taken;
        }
        let short = usize::try_from(growth.saturating_sub(taken)).unwrap_or(data.len());
        data.get(..data.len().saturating_sub(short))
            .unwrap_or_default()
    }

    pub(super) fn truncate(&mut self, number: Number, len: u64) -> io::Result<()> {
        self.file(number)?;
        let len = usize::try_from(len).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
        let verdict = self.step(Call::Truncate)?;
        if verdict != Verdict::Fails
            && let Some(Inode::File(file)) = self.inodes.get_mut(&number)
        {
            file.change(Edit::Length(len));
        }
        self.outcome(verdict, Call::Truncate)
    }

    pub(super) fn flush(&mut self, number: Number) -> io::Result<()> {
        let call = if self.is_directory(number) {
            Call::FlushDirectory
        } else {
            Call::FlushFile
        };
        let verdict = self.step(call)?;
        // A file system that cannot write its directories stops working, and gives no blocks to
        // other files.
        self.gives_away_early &= (verdict, call) != (Verdict::Fails, Call::FlushDirectory);
        if let Some(inode) = self.inodes.get_mut(&number) {
            match verdict {
                Verdict::Works | Verdict::FailsLate => inode.flush(),
                Verdict::Fails => inode.forget(),
                // Any part of it may have been written: the fate decides that.
                Verdict::PowerGoes => {}
            }
        }
        self.outcome(verdict, call)
    }
}

fn reach(inodes: &BTreeMap<Number, Inode>) -> BTreeSet<Number> {
    let mut reached = BTreeSet::new();
    let mut pending = vec![ROOT];
    while let Some(number) = pending.pop() {
        if reached.insert(number) {
            pending.extend(inodes.get(&number).map(Inode::children).unwrap_or_default());
        }
    }
    reached
}
