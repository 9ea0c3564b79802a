//! The core's purity is judged by what its code names, not by what its comments say.

use xtask::ci::purity::check;

fn lines(source: &str) -> Vec<String> {
    check("x.rs", source)
        .into_iter()
        .map(|finding| finding.place)
        .collect()
}

#[test]
fn forbidden_names_are_found_however_they_are_written() {
    assert_eq!(lines("use std::fs;\n"), ["x.rs:1"]);
    assert_eq!(
        lines("use std::{\n    fmt,\n    net::{TcpStream, UdpSocket},\n};\n"),
        ["x.rs:3"]
    );
    assert_eq!(lines("use std::{io::{self, Read}, thread};"), ["x.rs:1"]);
    assert_eq!(lines("fn now() { ::std :: process::exit(1) }"), ["x.rs:1"]);
    assert_eq!(lines("use std::time::{Duration, Instant};"), ["x.rs:1"]);
    assert_eq!(lines("\n\nuse tokio::time;\n"), ["x.rs:3"]);
    assert_eq!(lines("let x = unsafe { y };"), ["x.rs:1"]);
    assert_eq!(
        lines("fn f<'a>(x: &'a str) { std::thread::yield_now() }"),
        ["x.rs:1"]
    );
}

#[test]
fn comments_strings_and_harmless_names_are_not() {
    for source in [
        "// std::fs\n/* unsafe /* nested */ tokio */\n/// `std::thread`\n",
        "let a = \"std::fs \\\" unsafe\"; let b = r#\"tokio \" \"#; let c = b\"unsafe\"; let d = '\"';",
        "#![forbid(unsafe_code)]\nuse std::time::Duration;\nuse std::{fmt, sync::Arc};",
        "use crate::fs::thread;\nlet q = '\\''; let u = '\\u{1F600}'; let b = b'\\''; let s = \"tokio\";",
        "let r#fs = 1; fn f<'unsafe_>() {}",
    ] {
        assert_eq!(lines(source), [""; 0], "{source}");
    }
}

#[test]
fn a_literal_does_not_swallow_what_follows_it() {
    for literal in [
        "\"\\\\\"",
        "r#\"\"#",
        "r\"\\\"",
        "'\"'",
        "b'\"'",
        "'\\''",
        "/*/ */",
        "'a",
        "br##\"\"#\"##",
        "r#type",
    ] {
        assert_eq!(
            lines(&format!("let x = {literal};\nstd::fs")),
            ["x.rs:2"],
            "{literal}"
        );
    }
}
