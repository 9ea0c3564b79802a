//! `import` reads from CSV and JSON Lines the records that Python's `csv` and `json` read, or names
//! the line that is none.
//!
//! The readers are the program's own, and Python judges what they made of 20,000 generated files:
//! whole ones and broken ones. `STEADFAST_SEED` generates others; the seed is printed.

use std::io::{self, Read, Write as _};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fastrand::Rng;

use crate::records::{Format, Record, Records, Unreadable};

const FILES: u64 = 20_000;

const SCRIPT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/import_reads_what_python_reads.py"
);

/// What fields are made of: all that a parser could stumble over.
const PIECES: [&str; 32] = [
    "",
    "a",
    "key 1",
    "value",
    "0",
    "-1.50e+07",
    "5\" steel",
    "\"",
    "\"\"",
    ",",
    "'",
    "\\",
    "\\\"",
    "\n",
    "\r\n",
    "\r",
    "\r\r\n",
    "\t",
    " ",
    "\0",
    "\u{FEFF}",
    "é",
    "🙂",
    "\u{2028}",
    "\u{85}",
    "\u{B}",
    "\u{C}",
    "\u{1C}",
    "{",
    "]",
    "null",
    "=1+1",
];

/// What is put into files to break them.
const STRAY: [&[u8]; 18] = [
    b"\x0B",
    b"\x0C",
    b"\"",
    b"\"\"",
    b"\r",
    b"\n",
    b"\r\n",
    b",",
    b"\0",
    b"\xEF\xBB\xBF",
    b"\xFF",
    b"\xC3",
    b"{",
    b"}",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b" ",
];

/// Gives out a file in pieces of random lengths, as a pipe does, and is interrupted now and then.
struct Pieces(io::Cursor<Vec<u8>>, Rng);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.1.u32(..8) == 0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let longest = if self.1.bool() { 3 } else { 1 << 16 };
        let len = self.1.usize(1..=longest).min(buffer.len());
        self.0.read(&mut buffer[..len])
    }
}

/// The records up to the first line that is none, and that line.
type Reading = (Vec<Record>, Option<(u64, String)>);

fn read(file: &[u8], format: Format, random: &mut Rng) -> Reading {
    let mut found = Vec::new();
    let input = Pieces(io::Cursor::new(file.to_vec()), random.fork());
    let all = Records::new(Box::new(input), format, None).and_then(|mut records| {
        while let Some(record) = records.next()? {
            found.push(record);
        }
        Ok(())
    });
    match all {
        Ok(()) => (found, None),
        Err(Unreadable::Bad { line, reason }) => (found, Some((line, reason))),
        Err(Unreadable::Source(error)) => unreachable!("memory cannot fail: {error}"),
    }
}

fn pick<'a, T: ?Sized>(of: &[&'a T], random: &mut Rng) -> &'a T {
    of[random.usize(..of.len())]
}

fn text(random: &mut Rng) -> String {
    if random.u32(..3000) == 0 {
        let piece = pick(&["x", "é", "x,\"y", "\n"], random);
        return piece.repeat(random.usize(50_000..100_000));
    }
    let pieces = (0..random.u32(..4)).map(|_| pick(&PIECES, random));
    pieces.collect()
}

fn csv(random: &mut Rng) -> Vec<u8> {
    let names = match random.u32(..4) {
        0 => vec!["key".to_owned(), "value".to_owned()],
        1 => vec!["value".to_owned(), "key".to_owned()],
        _ => (0..random.u32(1..5)).map(|_| text(random)).collect(),
    };
    let feed = pick(&["\n", "\n", "\r\n", "\r\n", "\r"], random);
    let mut file = Vec::new();
    for row in 0..random.u32(..8) {
        let mut fields = Vec::new();
        for name in &names {
            let field = if row == 0 { name.clone() } else { text(random) };
            let needs_quotes = field.contains([',', '"', '\r', '\n']);
            fields.push(if needs_quotes || random.u32(..8) == 0 {
                format!("\"{}\"", field.replace('"', "\"\""))
            } else {
                field
            });
        }
        file.extend(fields.join(",").bytes());
        file.extend(feed.bytes());
        if random.u32(..20) == 0 {
            file.extend(feed.bytes());
        }
    }
    file
}

fn space(random: &mut Rng) -> &'static str {
    pick(&["", "", "", "", " ", "\t", "  ", "\r"], random)
}

fn json_string(text: &str, random: &mut Rng) -> String {
    let mut json = String::from("\"");
    for c in text.chars() {
        let mut units = [0; 2];
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            c if c < ' ' || random.u32(..8) == 0 => {
                for unit in c.encode_utf16(&mut units) {
                    json.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => json.push(c),
        }
    }
    json + "\""
}

fn json(depth: u32, random: &mut Rng) -> String {
    const PLAIN: [&str; 10] = [
        "0",
        "-0",
        "1.50",
        "1E400",
        "-12345678901234567890123",
        "true",
        "false",
        "null",
        "[]",
        "{}",
    ];
    let many = random.u32(..3);
    let spaces = [space(random), space(random)];
    match random.u32(..if depth == 0 { 4 } else { 6 }) {
        0 | 1 => json_string(&text(random), random),
        2 | 3 => pick(&PLAIN, random).to_owned(),
        4 => {
            let items: Vec<_> = (0..many).map(|_| json(depth - 1, random)).collect();
            format!("[{}]", items.join(&spaces.join(",")))
        }
        _ => {
            let field = |random: &mut Rng| {
                let name = json_string(&text(random), random);
                format!("{name}{}:{}", space(random), json(depth - 1, random))
            };
            let fields: Vec<_> = (0..many).map(|_| field(random)).collect();
            format!("{{{}}}", fields.join(&spaces.join(",")))
        }
    }
}

fn json_lines(random: &mut Rng) -> Vec<u8> {
    let mut file = Vec::new();
    for _ in 0..random.u32(..8) {
        let mut random = random.fork();
        let encoded = |random: &mut Rng| {
            let base64 = STANDARD.encode(text(random));
            format!("\"{base64}\"")
        };
        let mut fields = Vec::new();
        fields.push(match random.u32(..5) {
            0 => ("key_base64", encoded(&mut random)),
            _ => {
                let key = text(&mut random);
                ("key", json_string(&key, &mut random))
            }
        });
        fields.push(match random.u32(..5) {
            0 => ("value_base64", encoded(&mut random)),
            _ => ("value", json(3, &mut random)),
        });
        // What is wrong with the fields of a line.
        match random.u32(..60) {
            0 => fields.push(("key", json(1, &mut random))),
            1 => fields.push(("value", json(1, &mut random))),
            2 => fields.push(("valeu", "1".to_owned())),
            3 => fields[0].1 = json(1, &mut random),
            4 => fields[1].0 = "value_base64",
            5 => drop(fields.pop()),
            6 => fields.push(("key_base64", "null".to_owned())),
            _ => {}
        }
        random.shuffle(&mut fields);
        let mut spaced = |(name, value): &(&str, String)| {
            let [a, b, c] = std::array::from_fn(|_| space(&mut random));
            format!("{a}\"{name}\"{b}:{c}{value}")
        };
        let fields: Vec<_> = fields.iter().map(&mut spaced).collect();
        file.extend(format!("{{{}}}", fields.join(",")).bytes());
        file.extend(pick(&["\n", "\n", "\r\n", "\n\n"], &mut random).bytes());
    }
    file
}

/// Breaks a file here and there, or leaves it whole.
fn damage(file: &mut Vec<u8>, random: &mut Rng) {
    if random.u32(..6) == 0 {
        file.splice(..0, *b"\xEF\xBB\xBF");
    }
    if random.bool() && file.ends_with(b"\n") {
        file.pop();
    }
    for _ in 0..random.u32(..4).saturating_sub(1) {
        let at = random.usize(..=file.len());
        match random.u32(..8) {
            0 => file.truncate(at),
            1 => drop(file.drain(at..(at + random.usize(..4)).min(file.len()))),
            _ => drop(file.splice(at..at, pick(&STRAY, random).iter().copied())),
        }
    }
}

/// One entry of what the script reads: lengths and numbers in eight bytes, little-endian.
fn entry(format: Format, file: &[u8], (records, fault): &Reading) -> Vec<u8> {
    fn number(number: u64) -> [u8; 8] {
        number.to_le_bytes()
    }
    let mut entry = vec![match format {
        Format::Csv => b'c',
        Format::Jsonl => b'j',
    }];
    entry.extend(number(file.len() as u64));
    entry.extend(file);
    entry.extend(number(records.len() as u64));
    for record in records {
        entry.extend(number(record.line));
        for bytes in [&record.key, &record.value] {
            entry.extend(number(bytes.len() as u64));
            entry.extend(bytes);
        }
    }
    let (line, reason) = fault.clone().unwrap_or_default();
    entry.extend(number(line));
    entry.extend(number(reason.len() as u64));
    entry.extend(reason.bytes());
    entry
}

/// A machine without Python proves nothing: where `CI` is set that is a failure.
fn has_python() -> bool {
    let version = Command::new("python3").arg("--version").output();
    let has_python = version.is_ok_and(|output| output.status.success());
    if !has_python {
        let sentence = "NOTHING WAS PROVED: there is no python3 to compare with";
        assert!(std::env::var_os("CI").is_none(), "{sentence}");
        println!("skipped: {sentence}");
    }
    has_python
}

#[test]
fn from_every_file() {
    if !has_python() {
        return;
    }
    let seed = std::env::var("STEADFAST_SEED")
        .map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("STEADFAST_SEED={seed}");
    let mut random = Rng::with_seed(seed);
    let mut entries = tempfile::NamedTempFile::new().unwrap();
    for number in 0..FILES {
        let (format, mut file) = match number % 2 {
            0 => (Format::Csv, csv(&mut random)),
            _ => (Format::Jsonl, json_lines(&mut random)),
        };
        damage(&mut file, &mut random);
        let reading = read(&file, format, &mut random);
        entries.write_all(&entry(format, &file, &reading)).unwrap();
        if reading.1.is_none() {
            file.push(b'\n');
            let with_line_feed = read(&file, format, &mut random);
            assert_eq!(with_line_feed, reading, "{}", file.escape_ascii());
        }
    }
    let judged = Command::new("python3")
        .arg(SCRIPT)
        .arg(entries.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&judged.stdout);
    println!("{said}");
    assert!(
        judged.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&judged.stderr)
    );
    assert!(said.starts_with(&format!("{FILES} files, ")), "{said}");
}
