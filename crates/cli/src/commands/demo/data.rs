//! What the demo saves.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::commands::import::unreadable;
use crate::commands::unfit;
use crate::failure::Failure;
use crate::records::{Format, Input, Records, Unreadable};
use crate::standard;

/// A week of earthquakes; its source and licence stand in `examples/data/README.md`.
const EARTHQUAKES: &[u8] = include_bytes!("../../../data/earthquakes.csv");

const EARTHQUAKES_NAME: &str = "a week of earthquakes, U.S. Geological Survey";

/// A key and its value.
pub(super) type Pair = (Vec<u8>, Vec<u8>);

/// Records and where they are from.
pub(super) struct Data {
    pub(super) name: String,
    pub(super) records: Vec<Pair>,
}

/// The records of a file, or the built-in ones. Of several with one key the last one stays, so that
/// every record can be looked for at the end.
pub(super) fn load(file: Option<&Path>) -> Result<Data, Failure> {
    let (name, path, format) = match file {
        None => (
            EARTHQUAKES_NAME.to_owned(),
            Path::new("earthquakes.csv"),
            Format::Csv,
        ),
        Some(path) if standard::is_input(path) => {
            ("standard input".to_owned(), path, Format::of(path))
        }
        Some(path) => (path.display().to_string(), path, Format::of(path)),
    };
    let records = match file {
        None => read(Box::new(EARTHQUAKES), format),
        Some(path) => open(path)
            .map_err(Unreadable::Source)
            .and_then(|input| read(input, format)),
    };
    let records = records.map_err(|error| unreadable(path, &error))?;
    if records.is_empty() {
        return Err(Failure::input(format!("there are no records in {name}")));
    }
    Ok(Data { name, records })
}

fn open(path: &Path) -> io::Result<Input> {
    Ok(if standard::is_input(path) {
        Box::new(standard::input()?)
    } else {
        Box::new(standard::file(path)?.0)
    })
}

fn read(input: Input, format: Format) -> Result<Vec<Pair>, Unreadable> {
    let mut source = Records::new(input, format, None)?;
    let mut records: Vec<Pair> = Vec::new();
    let mut places: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    while let Some(record) = source.next()? {
        if let Some(reason) = unfit(&record.key, &record.value) {
            let line = record.line;
            return Err(Unreadable::Bad { line, reason });
        }
        let known = places.get(&record.key).copied();
        if let Some(earlier) = known.and_then(|place| records.get_mut(place)) {
            earlier.1 = record.value;
        } else {
            places.insert(record.key.clone(), records.len());
            records.push((record.key, record.value));
        }
    }
    Ok(records)
}
