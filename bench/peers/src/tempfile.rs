//! tempfile's `persist`: a rename without any flush.

use std::io::Write;
use std::path::PathBuf;

use steadfast_bench::Result;
use steadfast_bench::entrant::{Entrant, Kind, Saver};
use tempfile::NamedTempFile;

pub(crate) const SAVER: Entrant<dyn Saver> = Entrant {
    name: "tempfile, persist",
    kind: Kind::Peer,
    remark: "flushes nothing: a power cut leaves an empty file or the old one",
    open: |folder| Ok(Box::new(Folder(folder.to_owned()))),
};

struct Folder(PathBuf);

impl Saver for Folder {
    fn save(&mut self, value: &[u8]) -> Result {
        let mut file = NamedTempFile::new_in(&self.0)?;
        file.write_all(value)?;
        file.persist(self.0.join("value"))?;
        Ok(())
    }
}
