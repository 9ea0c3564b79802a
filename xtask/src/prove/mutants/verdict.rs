//! Whether what a test run printed shows that the catcher failed.
//!
//! It is not enough that the run failed. It also fails if the mutant does not build, if another
//! test fails, or if a test cannot be started.

/// Whether the catcher failed in the run with these arguments: the test (or the module of tests)
/// that is named last, or any test if a whole file of tests is named.
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

/// Whether a test failed in a run of the npm package's tests. A file that cannot be run fails under
/// its own name.
pub fn is_caught_in_package(output: &str) -> bool {
    let failed = output
        .lines()
        .filter_map(|line| line.trim().strip_prefix('✖'));
    failed
        .filter(|name| !name.contains(".test.mjs") && !name.contains("failing tests"))
        .count()
        > 0
}

/// The path of the test that a line says has failed: `test a::b ... FAILED`, or with `--quiet`
/// `a::b --- FAILED`; in a browser `test a::b ... FAIL`.
fn failed_test(line: &str) -> Option<&str> {
    let line = line.trim_end();
    let line = line.strip_suffix("FAILED").or(line.strip_suffix("FAIL"))?;
    let line = line.trim_end();
    let line = line
        .strip_suffix("...")
        .or_else(|| line.strip_suffix("---"))?;
    let name = line.strip_prefix("test ").unwrap_or(line);
    // The rest after the name is ` - should panic`.
    name.split_whitespace().next()
}
