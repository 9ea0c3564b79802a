//! The core must not depend on the platform that it runs on.
//!
//! It builds for wasm32, which is a part of the tests. But the standard library for wasm32 has
//! files, threads and clocks too, which fail only when they are called. So the sources are read,
//! and must not name them.

use crate::ci::{Finding, judge};
use crate::part::Result;
use crate::source::{self, Token};
use crate::totals::Totals;
use crate::workspace::{Workspace, read, rust_sources};

const FORBIDDEN_MODULES: [&str; 6] = ["env", "fs", "net", "os", "process", "thread"];
const FORBIDDEN_WORDS: [&str; 5] = ["Instant", "SystemTime", "async_std", "tokio", "unsafe"];

pub(super) fn run(workspace: &Workspace, _totals: &mut Totals) -> Result {
    let core = workspace.root.join("crates").join("core");
    let mut findings = Vec::new();
    for path in rust_sources(&core.join("src"))? {
        let name = path.strip_prefix(&workspace.root).unwrap_or(&path);
        findings.extend(check(&name.to_string_lossy(), &read(&path)?));
    }
    judge(&findings)
}

/// The names in a source of the core that it must not use.
pub fn check(path: &str, source: &str) -> Vec<Finding> {
    let tokens = source::tokens(source);
    let modules = source::std_modules(&tokens);
    let modules = modules
        .iter()
        .filter(|token| is_in(token, &FORBIDDEN_MODULES));
    let words = tokens.iter().filter(|token| is_in(token, &FORBIDDEN_WORDS));
    let modules = modules.map(|token| (token.line, format!("std::{}", token.text)));
    let words = words.map(|token| (token.line, token.text.clone()));
    modules
        .chain(words)
        .map(|(line, what)| {
            Finding::at(
                path,
                line,
                format!("the core must not use `{what}`: a backend may"),
            )
        })
        .collect()
}

fn is_in(token: &Token, list: &[&str]) -> bool {
    list.contains(&token.text.as_str())
}
