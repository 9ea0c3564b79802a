//! The protocol of an atomic save, and nothing else.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::entrant::Saver;

struct Save {
    folder: PathBuf,
    directory: File,
}

pub(super) fn open(folder: &Path) -> Result<Box<dyn Saver>> {
    Ok(Box::new(Save {
        folder: folder.to_owned(),
        directory: File::open(folder)?,
    }))
}

impl Saver for Save {
    fn save(&mut self, value: &[u8]) -> Result {
        let (temporary, target) = (self.folder.join("new"), self.folder.join("value"));
        let mut file = File::create_new(&temporary)?;
        file.write_all(value)?;
        file.sync_all()?;
        fs::rename(&temporary, &target)?;
        Ok(self.directory.sync_all()?)
    }
}
