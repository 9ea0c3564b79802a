//! What is wrong with the input is said with its line, the exit code is 3, and what came before is
//! saved.

use crate::common::{Room, line};

/// Sixteen good lines, then the bad one, then more good ones.
fn around(bad: &[u8]) -> Vec<u8> {
    let mut input = Vec::new();
    for number in 1..=16 {
        input.extend(line(&format!("before {number:02}"), "good").bytes());
    }
    input.extend(bad);
    input.push(b'\n');
    input.extend(line("after", "good").bytes());
    input
}

#[test]
fn in_json_lines() {
    let long_key = format!(r#"{{"key":"{}","value":""}}"#, "k".repeat(1025));
    let long_value = format!(r#"{{"key":"k","value":"{}"}}"#, "v".repeat((64 << 20) + 1));
    let cases: [(&[u8], &str); 22] = [
        (
            b"planet: Mars",
            "not a JSON object such as {\"key\": \"planet\", \"value\": \"Mars\"}, but `planet: Mars`",
        ),
        (
            b"[1, 2]",
            "not a JSON object such as {\"key\": \"planet\", \"value\": \"Mars\"}, but `[1, 2]`",
        ),
        (
            b"{\"key\": \"a\", \"value\": ",
            "not JSON: EOF while parsing a value (column 21)",
        ),
        (
            b"{\"key\": \"a\", \"value\": 1} x",
            "not JSON: trailing characters (column 26)",
        ),
        (
            b"{\"key\": \"a\", \"value\": 01}",
            "not JSON: invalid number (column 24)",
        ),
        (
            b"{\"key\": \"a\", \"value\": \"\\ud800\"}",
            "not JSON: unexpected end of hex escape (column 30)",
        ),
        (
            b" \t {\"key\": \"a\", \"value\": \"\\ud800\"}",
            "not JSON: unexpected end of hex escape (column 33)",
        ),
        (
            b" \t {\"key\": \"\\ud800\", \"value\": 1}",
            "not JSON: unexpected end of hex escape (column 19)",
        ),
        (
            b"  {\"key\": \"a\xFF\", \"value\": 1}",
            "not UTF-8 (byte 13 of the line)",
        ),
        (
            b"{\"key\": \"a\xFF\", \"value\": 1}",
            "not UTF-8 (byte 11 of the line)",
        ),
        (
            b"{\"value\": 1}",
            "no `key`; a record looks like {\"key\": \"planet\", \"value\": \"Mars\"}",
        ),
        (
            b"{\"key\": \"a\"}",
            "no `value`; a record looks like {\"key\": \"planet\", \"value\": \"Mars\"}",
        ),
        (
            b"{\"key\": null, \"value\": 1}",
            "no `key`; a record looks like {\"key\": \"planet\", \"value\": \"Mars\"}",
        ),
        (
            b"{\"key\": 7, \"value\": 1}",
            "not a record: invalid type: integer `7`, expected a string (column 9)",
        ),
        (b"{\"key\": \"\", \"value\": 1}", "the key is empty"),
        (
            b"{\"key\": \"a\", \"value\": 1, \"valeu\": 2}",
            "not a record: unknown field `valeu`, expected one of `key`, `key_base64`, `value`, `value_base64`, `value_typed` (column 32)",
        ),
        (
            b"{\"key\": \"a\", \"key\": \"b\", \"value\": 1}",
            "not a record: duplicate field `key` (column 18)",
        ),
        (
            b"{\"key\": \"a\", \"key_base64\": \"YQ==\", \"value\": 1}",
            "both `key` and `key_base64`",
        ),
        (
            b"{\"key\": \"a\", \"value\": 1, \"value_base64\": \"YQ==\"}",
            "both `value` and `value_base64`",
        ),
        (
            b"{\"key_base64\": \"*\", \"value\": 1}",
            "`key_base64` is not base64: Invalid symbol 42, offset 0.",
        ),
        (
            long_key.as_bytes(),
            "the key is 1,025 bytes long, 1,024 is the most",
        ),
        (
            long_value.as_bytes(),
            "the value is 67,108,865 bytes long, 67,108,864 is the most",
        ),
    ];
    for (bad, reason) in cases {
        let room = Room::new();
        let run = room.feed(&["import", "-", "--acks"], around(bad));
        let acks: String = (1..=16).map(|number| format!("ack {number}\n")).collect();
        assert_eq!(run.stdout, acks);
        let expected =
            format!("line 17 of standard input: {reason}; the 16 records before it are imported");
        assert_eq!(run.error(3), expected);
        assert_eq!(room.ok(&["scan"]).lines().count(), 16);
        room.ok(&["verify"]);
    }
}

#[test]
fn in_csv() {
    let cases: [(&[u8], &str); 11] = [
        (
            b"mars",
            "line 4 of planets.csv: 1 field, but the header names 2 columns",
        ),
        (
            b"mars,4,red",
            "line 4 of planets.csv: 3 fields, but the header names 2 columns",
        ),
        (
            b"ma\xFFrs,4",
            "line 4 of planets.csv: not UTF-8 in the field `key`",
        ),
        (
            b"mars,\xC3\x28",
            "line 4 of planets.csv: not UTF-8 in the field `value`",
        ),
        (b",4", "line 4 of planets.csv: the key is empty"),
        (
            b"mars,\"4",
            "line 4 of planets.csv: a quote is opened in this line and never closed",
        ),
        (
            b"mars 5\" pipe,\"4\"\"",
            "line 4 of planets.csv: a quote is opened in this line and never closed",
        ),
        (
            b"mars,\"4\" moons",
            "line 4 of planets.csv: a field begins with a quote, and text follows the quote that closes it: a quote within quotes is written as two",
        ),
        (
            b"mars,\"4\njupiter,\"5",
            "line 4 of planets.csv: a field begins with a quote and is closed in line 5, and text follows the quote that closes it: a quote within quotes is written as two",
        ),
        (
            b"mars,4\rmoons,2",
            "line 4 of planets.csv: a carriage return stands outside of quotes and does not end the line: put the field in quotes, or end each line with a line feed",
        ),
        (
            b"\r\n\nmars",
            "line 6 of planets.csv: 1 field, but the header names 2 columns",
        ),
    ];
    for (bad, reason) in cases {
        let room = Room::new();
        // A row over two lines: the line of the next one still counts from the file's beginning.
        let mut input = b"key,value\nearth,\"3\n(home)\"\n".to_vec();
        input.extend(bad);
        input.extend(b"\nsaturn,6\n");
        room.write("planets.csv", input);
        let run = room.run(&["import", "planets.csv"]);
        assert_eq!(
            run.error(3),
            format!("{reason}; the one record before it is imported")
        );
        assert_eq!(room.ok(&["scan"]), "earth\t3\\n(home)\n");
    }
}

/// What spreadsheets and shells write, with a byte order mark and without one.
#[test]
fn another_encoding_is_named_with_the_way_out() {
    type Unit = fn(u16) -> Vec<u8>;
    let units: [(&str, Unit); 4] = [
        ("UTF-16LE", |unit| unit.to_le_bytes().to_vec()),
        ("UTF-16BE", |unit| unit.to_be_bytes().to_vec()),
        ("UTF-32LE", |unit| u32::from(unit).to_le_bytes().to_vec()),
        ("UTF-32BE", |unit| u32::from(unit).to_be_bytes().to_vec()),
    ];
    let room = Room::new();
    for (format, input) in [
        ("csv", "key,value\r\na,b\r\n".to_owned()),
        ("jsonl", line("a", "b")),
    ] {
        for (encoding, unit) in units {
            for mark in ["", "\u{FEFF}"] {
                let encoded: Vec<u8> = format!("{mark}{input}")
                    .encode_utf16()
                    .flat_map(unit)
                    .collect();
                let file = format!("file.{format}");
                room.write(&file, encoded);
                let name = &encoding[..6];
                let from = if mark.is_empty() { encoding } else { name };
                let sentence = room.run(&["import", &file]).error(3);
                assert!(
                    sentence.starts_with(&format!(
                        "line 1 of {file}: this is {name}, and only UTF-8 is read: convert it, as with \
                         `iconv -f {from} -t UTF-8`"
                    )),
                    "{sentence}"
                );
            }
        }
    }
    // A zero alone is a character as any.
    room.write("zeros.csv", "\0k,value\na,b\n");
    room.ok(&["import", "zeros.csv"]);
}

#[test]
fn in_the_header_of_csv_before_a_store_is_made() {
    let cases = [
        (
            "",
            "there is no header: the first line of a CSV file names its columns",
        ),
        (
            "key\nmars\n",
            "the header names one column only: a key and something else are needed, with a comma between",
        ),
        ("a,b,a\n", "the header names the column `a` twice"),
        (
            "a,\"b\n1,2\n",
            "a quote is opened in this line and never closed",
        ),
    ];
    for (input, reason) in cases {
        let room = Room::new();
        room.write("planets.csv", input);
        let sentence = room.run(&["import", "planets.csv"]).error(3);
        assert_eq!(sentence, format!("line 1 of planets.csv: {reason}"));
        assert!(!room.at("data.steadfast").exists());
    }
    let room = Room::new();
    room.write("planets.csv", "name,place\nMars,4\n");
    let sentence = room.run(&["import", "planets.csv", "--key", "id"]).error(3);
    assert_eq!(
        sentence,
        "line 1 of planets.csv: the header names no column `id`; it names name, place"
    );
}

#[test]
fn a_column_of_json_lines_is_a_mistake() {
    let room = Room::new();
    room.write("planets.txt", "id,value\nMars,4\n");
    let sentence = room.run(&["import", "planets.txt", "--key", "id"]).error(2);
    assert_eq!(
        sentence,
        "`--key` names a column of CSV, and this is read as JSON Lines, where `key` is the key: leave it out, or add `--format csv`"
    );
    assert!(!room.at("data.steadfast").exists());
    room.ok(&["import", "planets.txt", "--key", "id", "--format", "csv"]);
    assert_eq!(room.ok(&["get", "Mars"]), "4");
}

#[test]
fn a_quote_that_is_not_closed_for_very_long() {
    let room = Room::new();
    let mut file = b"key,value\na,1\nb,\"\n".to_vec();
    file.resize(97 << 20, b'x');
    room.write("long.csv", file);
    let sentence = room.run(&["import", "long.csv"]).error(3);
    assert_eq!(
        sentence,
        "line 3 of long.csv: the row is longer than 96.0 MiB, and a value may have 64.0 MiB at most; a quote is opened in this line and not closed so far; the one record before it is imported"
    );
}

#[test]
fn blank_lines_are_no_row_however_many() {
    let room = Room::new();
    let mut file = b"key,value\n".to_vec();
    file.resize(97 << 20, b'\n');
    file.extend(b"a,1\n");
    room.write("blank.csv", file);
    room.ok(&["import", "blank.csv"]);
    assert_eq!(room.ok(&["scan"]), "a\t1\n");
}

#[test]
fn a_row_of_too_many_fields() {
    let room = Room::new();
    let commas = ",".repeat(1 << 17);
    room.write("wide.csv", format!("key,value\na,1\n{commas}\n"));
    let sentence = room.run(&["import", "wide.csv"]).error(3);
    assert_eq!(
        sentence,
        "line 3 of wide.csv: more than 65,536 fields; the one record before it is imported"
    );
}

#[test]
fn a_file_that_is_not_there_makes_no_store() {
    let room = Room::new();
    let sentence = room.run(&["import", "planets.csv"]).error(3);
    assert_eq!(sentence, "there is no file planets.csv");
    assert!(!room.at("data.steadfast").exists());
}

#[test]
fn on_the_command_line_of_put() {
    let room = Room::new();
    assert_eq!(room.run(&["put", "", "x"]).error(3), "the key is empty");
    let key = "k".repeat(1025);
    let sentence = room.run(&["put", &key, "x"]).error(3);
    assert_eq!(sentence, "the key is 1,025 bytes long, 1,024 is the most");
    let sentence = room
        .feed(&["put", "k", "-"], vec![0; (64 << 20) + 1])
        .error(3);
    assert_eq!(
        sentence,
        "standard input is longer than a value may be, which is 64.0 MiB"
    );
    assert!(!room.at("data.steadfast").exists());
}
