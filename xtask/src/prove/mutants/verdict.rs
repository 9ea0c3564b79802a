//! Whether what a test run printed shows that the catcher failed.
//!
//! That the run failed is not enough: it does so too where the mutant does not build, where another
//! test fails, or where a test cannot be started.

/// Whether the run with these arguments failed by its catcher: by the test (or the module of tests)
/// that is named last, or by any where a whole file of tests is named.
pub fn is_caught(output: &str, arguments: &[&str]) -> bool {
    match arguments {
        ["--test", _file] => output
            .lines()
            .any(|line| line.starts_with("test result: FAILED")),
        [.., catcher] => output
            .lines()
            .filter_map(failed_test)
            .any(|test| test.split("::").any(|part| part == *catcher)),
        [] => false,
    }
}

/// The path of the test that a line says has failed: `test a::b ... FAILED`, or with `--quiet`
/// `a::b --- FAILED`.
fn failed_test(line: &str) -> Option<&str> {
    let line = line.trim_end().strip_suffix("FAILED")?.trim_end();
    let line = line
        .strip_suffix("...")
        .or_else(|| line.strip_suffix("---"))?;
    let name = line.strip_prefix("test ").unwrap_or(line);
    // What stands behind the name is ` - should panic`.
    name.split_whitespace().next()
}
