//! A run that fails for another reason than its catcher (the mutant does not build, another test
//! fails) shows nothing about the mutant.

use xtask::prove::mutants::verdict::{is_caught, is_caught_in_package};

const SUMMARY: &str = "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured\n";

#[test]
fn the_test_that_is_named_last_catches_it() {
    for line in [
        "test a_promise ... FAILED",
        "test a_promise - should panic ... FAILED",
        "test folder::a_promise ... FAILED\r",
        "test folder::a_promise ... FAIL",
        "a_promise --- FAILED",
    ] {
        let output = format!("\nrunning 2 tests\n.\n{line}\n{SUMMARY}");
        assert!(is_caught(&output, &["a_promise"]), "{line}");
        assert!(
            is_caught(&output, &["--test", "a_file", "a_promise"]),
            "{line}"
        );
    }
}

#[test]
fn a_module_of_tests_catches_it_by_any_of_them() {
    let output = format!("test a_promise::in_a_folder ... FAILED\n{SUMMARY}");
    assert!(is_caught(&output, &["a_promise"]));
}

#[test]
fn another_test_does_not() {
    for line in [
        "test another ... FAILED",
        "test a_promise_and_more ... FAILED",
        "test not_a_promise ... FAILED",
        "test a_promise ... ok",
        "---- a_promise stdout ----",
        "a_promise FAILED",
        "FAILED",
    ] {
        let output = format!("{line}\n{SUMMARY}");
        assert!(!is_caught(&output, &["a_promise"]), "{line}");
    }
}

#[test]
fn a_whole_file_catches_it_by_any_of_its_tests() {
    let file = ["--test", "a_file"];
    assert!(is_caught(&format!("test any ... FAILED\n{SUMMARY}"), &file));
    for output in ["", "test result: ok. 2 passed\n", "a build that FAILED\n"] {
        assert!(!is_caught(output, &file), "{output}");
    }
}

#[test]
fn a_mutant_that_does_not_build_is_not_caught() {
    let output = "error: this test FAILED to compile\n";
    assert!(!is_caught(output, &["a_promise"]));
    assert!(!is_caught("", &["a_promise"]));
    assert!(!is_caught(SUMMARY, &[]));
}

#[test]
fn a_file_of_the_package_catches_it_by_any_of_its_tests() {
    for output in [
        "✖ the promise (12.3ms)\n",
        "  ✖ the promise (1ms)\nℹ fail 1\n",
    ] {
        assert!(is_caught_in_package(output), "{output}");
    }
    for output in [
        "✔ the promise (12.3ms)\nℹ fail 0\n",
        "✖ test/a_file.test.mjs (5ms)\n✖ failing tests:\n",
        "ℹ fail 1\n",
    ] {
        assert!(!is_caught_in_package(output), "{output}");
    }
}
