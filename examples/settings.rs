//! A settings file that is never half written: `cargo run -p steadfast-examples --example settings
//! [FILE]`.
//!
//! The file stays JSON that a person can edit, with its mode and owner. Only the way it is replaced
//! changes.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use steadfast::AtomicFile;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Settings {
    theme: String,
    starts: u32,
}

/// A missing file means the first start. A file that cannot be read is an error and never means
/// defaults: the program would save the defaults over it.
fn load(path: &Path) -> Result<Settings, Box<dyn Error>> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Settings::default()),
        Err(error) => Err(error.into()),
    }
}

fn save(path: &Path, settings: &Settings) -> Result<(), Box<dyn Error>> {
    let mut file = AtomicFile::create(path)?;
    serde_json::to_writer_pretty(&mut file, settings)?;
    file.write_all(b"\n")?;
    file.commit()?; // Until here the old file is untouched; after `Ok` the new one is on the disk.
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("settings.json"), PathBuf::from);
    let mut settings = load(&path)?;
    settings.starts += 1;
    if settings.theme.is_empty() {
        settings.theme = "dark".into();
    }
    save(&path, &settings)?;
    println!(
        "start number {}, saved to {}",
        settings.starts,
        path.display()
    );
    Ok(())
}
