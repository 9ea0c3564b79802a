//! atomicwrites: flushes the file, renames, flushes both folders.

use std::io::Write;
use std::path::PathBuf;

use atomicwrites::{AllowOverwrite, AtomicFile};
use steadfast_bench::Result;
use steadfast_bench::entrant::{Entrant, Kind, Saver};

pub(crate) const SAVER: Entrant<dyn Saver> = Entrant {
    name: "atomicwrites",
    kind: Kind::Peer,
    remark: "as it comes: a temporary folder for each save",
    open: |folder| Ok(Box::new(Value(folder.join("value")))),
};

struct Value(PathBuf);

impl Saver for Value {
    fn save(&mut self, value: &[u8]) -> Result {
        let file = AtomicFile::new(&self.0, AllowOverwrite);
        file.write(|file| file.write_all(value))?;
        Ok(())
    }
}
