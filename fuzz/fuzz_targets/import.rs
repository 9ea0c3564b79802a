//! `import` gives records, or an error that names an existing line, in either format. What `export`
//! makes of the records is read as the same records.
//!
//! The program's own sources are built in, since a program has no library to link.
#![no_main]

#[expect(dead_code, reason = "the program needs all of it, the target a part")]
#[path = "../../crates/cli/src/records/mod.rs"]
mod records;
#[expect(dead_code, reason = "the program needs all of it, the target a part")]
#[path = "../../crates/cli/src/text.rs"]
mod text;

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use records::{Format, Record, Records, Unreadable, write_record};

/// The records up to the first that makes no sense.
fn read(data: &[u8], format: Format, key: Option<&str>) -> Vec<Record> {
    let lines = 1 + data.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64;
    let mut found = Vec::new();
    let fault = match Records::new(Box::new(Cursor::new(data.to_vec())), format, key) {
        Err(fault) => Some(fault),
        Ok(mut records) => loop {
            match records.next() {
                Ok(Some(record)) => found.push(record),
                Ok(None) => break None,
                Err(fault) => break Some(fault),
            }
        },
    };
    match fault {
        Some(Unreadable::Bad { line, reason }) => {
            assert!((1..=lines + 1).contains(&line), "line {line} of {lines}: {reason}");
            assert!(!reason.is_empty());
        }
        Some(Unreadable::Source(error)) => panic!("memory cannot fail: {error}"),
        None => {}
    }
    found
}

fuzz_target!(|data: &[u8]| {
    read(data, Format::Csv, None);
    read(data, Format::Csv, Some("key"));
    let records = read(data, Format::Jsonl, None);
    let mut exported = Vec::new();
    for record in &records {
        write_record(&mut exported, &record.key, &record.value).unwrap();
    }
    let again = read(&exported, Format::Jsonl, None);
    let contents = |records: &[Record]| -> Vec<(Vec<u8>, Vec<u8>)> {
        let pairs = records.iter().map(|it| (it.key.clone(), it.value.clone()));
        pairs.collect()
    };
    assert_eq!(contents(&again), contents(&records));
});
