//! Rules of this workspace that no lint knows.

use std::env;
use std::path::Path;

use crate::ci::{Finding, judge};
use crate::part::Result;
use crate::totals::Totals;
use crate::workspace::{Workspace, read, rust_sources};

/// A file holds one noun. A longer file holds several.
const LINES_MAX: usize = 500;
/// A file this short needs no module documentation.
const LINES_WITHOUT_DOCS_MAX: usize = 40;

/// Comments are read beside code, whose lines are as long.
const COMMENT_COLUMNS_MAX: usize = 100;
/// The files whose comments are measured, and how a line of comment begins there.
const COMMENTS: [(&[&str], &[&str]); 2] = [
    (&["rs", "ts", "mjs", "js", "c"], &["//", "/*", "* "]),
    (&["toml", "sh"], &["# "]),
];

/// Pieces of text that belong to somebody's machine or to a registry's servers. Each is cut in two,
/// so that this file passes.
const TRACES: [(&str, &str); 9] = [
    ("/ho", "me/"),
    ("/ro", "ot/"),
    ("/Us", "ers/"),
    ("C:\\Us", "ers\\"),
    ("index.cra", "tes.io"),
    ("static.cra", "tes.io"),
    ("registry.np", "mjs.org"),
    ("files.pythonho", "sted.org"),
    ("deb.deb", "ian.org"),
];

pub(super) fn run(workspace: &Workspace, _totals: &mut Totals) -> Result {
    let mut findings = Vec::new();
    for package in workspace.packages()? {
        for path in rust_sources(&package.dir.join("src"))? {
            findings.extend(check_module(&shown(workspace, &path), &read(&path)?));
        }
    }
    let traces = traces(workspace);
    for path in workspace.tracked_files()? {
        // A file that is not text holds no path that a reader could see.
        if let Ok(text) = read(&workspace.root.join(&path)) {
            let shown = shown(workspace, &path);
            findings.extend(check_comments(&shown, &text));
            findings.extend(check_traces(&shown, &text, &traces));
        }
    }
    judge(&findings)
}

/// Whether a source file is short enough, and begins with its design.
pub fn check_module(path: &str, source: &str) -> Vec<Finding> {
    let lines = source.lines().count();
    let mut findings = Vec::new();
    if lines > LINES_MAX {
        let what = format!("{lines} lines, of {LINES_MAX} at most: split it by its nouns");
        findings.push(Finding::at(path, lines, what));
    }
    let first = source
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let has_docs = first.starts_with("//!") || first.starts_with("#![doc");
    if lines >= LINES_WITHOUT_DOCS_MAX && !has_docs {
        let what = "begin with `//!` docs: what the module is for and how it does it";
        findings.push(Finding::at(path, 1, what));
    }
    findings
}

/// The comments that are wider than a page. One with an address cannot be wrapped.
pub fn check_comments(path: &str, text: &str) -> Vec<Finding> {
    let extension = Path::new(path).extension().unwrap_or_default();
    let language = COMMENTS
        .iter()
        .find(|(extensions, _)| extensions.iter().any(|known| *known == extension));
    let Some((_, beginnings)) = language else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (line, number) in text.lines().zip(1_usize..) {
        let columns = line.chars().count();
        let start = line.trim_start();
        let is_comment = beginnings
            .iter()
            .any(|beginning| start.starts_with(beginning));
        if is_comment && columns > COMMENT_COLUMNS_MAX && !line.contains("://") {
            let what = format!("a comment of {columns} columns, of {COMMENT_COLUMNS_MAX} at most");
            findings.push(Finding::at(path, number, what));
        }
    }
    findings
}

/// The places where a text names one of the traces.
pub fn check_traces(path: &str, text: &str, traces: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, number) in text.lines().zip(1_usize..) {
        for trace in traces.iter().filter(|trace| names(line, trace)) {
            let what =
                format!("`{trace}` is a place on a machine or a registry's server: leave it out");
            findings.push(Finding::at(path, number, what));
        }
    }
    findings
}

/// Whether a trace stands in the line on its own, not as the tail of a longer word or path.
fn names(line: &str, trace: &str) -> bool {
    line.match_indices(trace).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|character| character.is_alphanumeric() || "_-./:".contains(character))
            || !trace.starts_with('/') && !before.is_some_and(char::is_alphanumeric)
    })
}

/// The traces to look for: the known ones and those of this machine.
fn traces(workspace: &Workspace) -> Vec<String> {
    let mut traces: Vec<String> = TRACES
        .iter()
        .map(|(head, tail)| format!("{head}{tail}"))
        .collect();
    let homes = ["HOME", "CARGO_HOME", "RUSTUP_HOME"]
        .iter()
        .filter_map(|name| env::var(name).ok());
    for path in homes.chain([workspace.root.display().to_string()]) {
        // A path of one short part (`/`, `/src`) would be found in innocent text.
        if path.len() > 5 && Path::new(&path).is_absolute() && !traces.contains(&format!("{path}/"))
        {
            traces.push(path);
        }
    }
    traces
}

fn shown(workspace: &Workspace, path: &Path) -> String {
    path.strip_prefix(&workspace.root)
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned()
}
