//! atomic-write-file: flushes the file, renames, flushes the folder.

use std::io::Write;
use std::path::PathBuf;

use atomic_write_file::AtomicWriteFile;
use steadfast_bench::Result;
use steadfast_bench::entrant::{Entrant, Kind, Saver};

pub(crate) const SAVER: Entrant<dyn Saver> = Entrant {
    name: "atomic-write-file",
    kind: Kind::Peer,
    remark: "as it comes",
    open: |folder| Ok(Box::new(Value(folder.join("value")))),
};

struct Value(PathBuf);

impl Saver for Value {
    fn save(&mut self, value: &[u8]) -> Result {
        let mut file = AtomicWriteFile::open(&self.0)?;
        file.write_all(value)?;
        Ok(file.commit()?)
    }
}
