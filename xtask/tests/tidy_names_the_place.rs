//! Each rule of this workspace finds what it is meant to find, and nothing else.

use xtask::ci::tidy::{check_comments, check_module, check_traces};

#[test]
fn long_files_and_missing_docs_are_found() {
    let long = format!("//! Docs.\n{}", "\n".repeat(500));
    assert_eq!(check_module("x.rs", &long)[0].place, "x.rs:501");
    assert_eq!(
        check_module("x.rs", &"fn f() {}\n".repeat(40))[0].place,
        "x.rs:1"
    );
}

#[test]
fn files_at_the_limits_pass() {
    assert!(check_module("x.rs", &format!("\n//! Docs.\n{}", "\n".repeat(498))).is_empty());
    assert!(check_module("x.rs", &"fn f() {}\n".repeat(39)).is_empty());
    assert!(check_module("x.rs", &format!("#![doc = \"d\"]\n{}", "\n".repeat(60))).is_empty());
}

#[test]
fn comments_wider_than_a_page_are_found() {
    let line = |beginning: &str, columns: usize| format!("{beginning:—<columns$}");
    for (path, beginning) in [
        ("x.rs", "    //! "),
        ("x.ts", " * "),
        ("x.c", "/* "),
        ("x.toml", "# "),
    ] {
        assert!(check_comments(path, &line(beginning, 100)).is_empty());
        let wide = format!("\n{}", line(beginning, 101));
        assert_eq!(check_comments(path, &wide)[0].place, format!("{path}:2"));
    }
    assert!(check_comments("x.rs", &line("let a = 1; // ", 101)).is_empty());
    assert!(check_comments("x.rs", &line("// see https://example.org/", 101)).is_empty());
    assert!(check_comments("x.md", &line("# ", 101)).is_empty());
}

#[test]
fn traces_are_found_where_they_stand_alone() {
    let traces = ["/build/place/".to_owned(), "mirror.example".to_owned()];
    let found = |line: &str| !check_traces("x", line, &traces).is_empty();
    assert!(found("see /build/place/file"));
    assert!(found("\"/build/place/file\""));
    assert!(found("https://mirror.example/crate"));
    assert!(!found("s3://bucket/build/place/file"));
    assert!(!found("the.mymirror.example"));
    assert_eq!(
        check_traces("x", "a\nb mirror.example", &traces)[0].place,
        "x:2"
    );
}
