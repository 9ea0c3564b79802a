//! okaywal: only a log, without a state.

use std::io;
use std::path::Path;

use okaywal::{Entry, EntryId, LogManager, SegmentReader, WriteAheadLog};
use steadfast_bench::Result;
use steadfast_bench::entrant::{Committer, Entrant, Kind};

pub(crate) const COMMITTER: Entrant<dyn Committer> = Entrant {
    name: "okaywal",
    kind: Kind::Peer,
    remark: "a log without a state; after a power cut it may not open (a torn last write fails its checksum)",
    open,
};

fn open(folder: &Path) -> Result<Box<dyn Committer>> {
    Ok(Box::new(Log(WriteAheadLog::recover(folder, Nothing)?)))
}

struct Log(WriteAheadLog);

impl Committer for Log {
    fn commit(&self, key: &[u8], value: &[u8]) -> Result {
        let record = [key, value].concat();
        let mut entry = self.0.begin_entry()?;
        entry.write_chunk(&record)?;
        entry.commit()?;
        Ok(())
    }
}

#[derive(Debug)]
struct Nothing;

impl LogManager for Nothing {
    fn recover(&mut self, _entry: &mut Entry<'_>) -> io::Result<()> {
        Ok(())
    }

    fn checkpoint_to(
        &mut self,
        _last: EntryId,
        _entries: &mut SegmentReader,
        _log: &WriteAheadLog,
    ) -> io::Result<()> {
        Ok(())
    }
}
