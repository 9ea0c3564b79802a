//! A key is valid on every backend or on none: no upper case, no dots that lead somewhere, no
//! device names, bounded lengths.

#![expect(clippy::panic, reason = "a test that panics is a test that fails")]

use steadfast_core::{KEY_LEN_MAX, KEY_PART_LEN_MAX, Key, PersistenceError, Prefix};

fn parses(name: &str) -> bool {
    match name.parse::<Key>() {
        Ok(key) => {
            assert_eq!(key.as_str(), name);
            assert_eq!(key.to_string(), name);
            assert_eq!(key.parts().collect::<Vec<_>>().join("/"), name);
            true
        }
        Err(PersistenceError::InvalidKey { name: shown, .. }) => {
            assert!(shown.chars().count() <= 61, "{shown}");
            false
        }
        Err(error) => panic!("{name:?}: {error}"),
    }
}

#[test]
fn plain_names_parse() {
    for name in [
        "a",
        "0",
        "settings.json",
        "slots/autosave.bin",
        "a/b/c/d/e",
        "wal/0000000000000007",
        "with-dash_and_underscore",
        "-",
        "_",
        "archive.tar.gz",
        "a..b",
        // Near misses of device names.
        "console",
        "nul-and-void",
        "aux2",
        "com",
        "com10",
        "lpt",
        "lptx",
        "0con",
    ] {
        assert!(parses(name), "{name}");
    }
}

#[test]
fn what_leads_out_of_the_directory_does_not() {
    for name in [
        "",
        "/",
        "//",
        "/a",
        "a/",
        "a//b",
        "/etc/passwd",
        ".",
        "..",
        "../a",
        "a/..",
        "a/../b",
        "./a",
        "a/./b",
        "...",
        "a/...",
        "c:",
        "c:/a",
        "c:\\a",
        "\\\\server\\share",
        "a\\b",
        "~",
        "~/a",
        "%2e%2e/a",
        "a%2fb",
    ] {
        assert!(!parses(name), "{name}");
    }
}

#[test]
fn what_a_file_system_would_change_does_not() {
    for name in [
        // Folded on Windows and macOS.
        "A",
        "settings.JSON",
        "Wal/0",
        // Dropped by Windows, or hidden and ours.
        "a.",
        "a./b",
        ".hidden",
        "a/.steadfast.lock",
        // Trimmed, refused, streams, wildcards, quoting.
        " ",
        "a ",
        " a",
        "a b",
        "a\tb",
        "a\nb",
        "a\0b",
        "a:b",
        "a*",
        "a?",
        "a\"b",
        "a<b",
        "a>b",
        "a|b",
        "a'b",
        "a$b",
        "a#b",
        "a&b",
        "a+b",
        "a@b",
        "a,b",
        "a;b",
        "a=b",
        "a!b",
        // Normalised in different ways, or looking like something else.
        "ä",
        "a\u{308}",
        "ß",
        "ｆ",
        "а",
        "a\u{200b}",
        "a\u{202e}b",
        "😀",
        "k\u{212a}",
        "１",
        "\u{7f}",
        "\u{feff}a",
    ] {
        assert!(!parses(name), "{name:?}");
    }
}

#[test]
fn device_names_do_not() {
    for device in ["con", "prn", "aux", "nul"] {
        for name in [
            device.to_owned(),
            format!("{device}.txt"),
            format!("{device}.tar.gz"),
            format!("a/{device}"),
            format!("{device}/a"),
            format!("a/{device}.b/c"),
        ] {
            assert!(!parses(&name), "{name}");
        }
    }
    for port in ["com", "lpt"] {
        for digit in '0'..='9' {
            for name in [format!("{port}{digit}"), format!("a/{port}{digit}.txt")] {
                assert!(!parses(&name), "{name}");
            }
        }
    }
}

#[test]
fn lengths_are_bounded() {
    let part = |len: usize| "x".repeat(len);
    assert!(parses(&part(KEY_PART_LEN_MAX)));
    assert!(!parses(&part(KEY_PART_LEN_MAX + 1)));
    let longest = [
        part(KEY_PART_LEN_MAX),
        part(KEY_LEN_MAX - KEY_PART_LEN_MAX - 1),
    ]
    .join("/");
    assert_eq!(longest.len(), KEY_LEN_MAX);
    assert!(parses(&longest));
    assert!(!parses(&format!("{longest}x")));
    assert!(!parses(&"a/".repeat(KEY_LEN_MAX)));
    assert!(!parses(&"ä".repeat(10_000)));
}

#[test]
fn every_character_outside_the_alphabet_is_refused() {
    for code in 0..0x3000_u32 {
        let Some(character) = char::from_u32(code) else {
            continue;
        };
        let allowed = matches!(character, 'a'..='z' | '0'..='9' | '-' | '_');
        assert_eq!(parses(&format!("x{character}")), allowed, "{character:?}");
        let within = allowed || matches!(character, '.' | '/');
        assert_eq!(parses(&format!("x{character}y")), within, "{character:?}");
    }
}

#[test]
fn a_prefix_is_a_folder() {
    let wal = Prefix::folder("wal").expect("a folder");
    let contains = |name: &str| wal.contains(&name.parse().expect("a key"));
    assert!(contains("wal/1") && contains("wal/1/2"));
    assert!(!contains("wal") && !contains("wall/1") && !contains("a/wal/1"));
    assert!(Prefix::ROOT.contains(&"anything/at/all".parse().expect("a key")));
    assert!(Prefix::folder("..").is_err() && Prefix::folder("wal/").is_err());
}
