//! The last line of a run counts the tests of every program that it ran.

use xtask::totals::Totals;

fn sum(output: &str) -> Totals {
    let mut totals = Totals::default();
    for line in output.lines() {
        totals.read_line(line);
    }
    totals
}

#[test]
fn counts_of_all_programs_are_added() {
    let totals = sum("running 3 tests\n\
        test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 7 filtered out; finished in 0.00s\n\
        test result: FAILED. 10 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.50s\r\n");
    assert_eq!((totals.passed, totals.failed, totals.skipped), (13, 2, 1));
    assert_eq!(totals.to_string(), "13 passed, 2 failed, 1 skipped");
}

#[test]
fn other_lines_do_not_count() {
    let totals =
        sum("test some_test ... ok\nnot a test result: ok. 3 passed; 0 failed\n5 passed\n");
    assert_eq!(totals.to_string(), "0 passed, 0 failed");
}

#[test]
fn tests_of_node_are_counted() {
    let totals = sum(
        "✔ a promise (1.5ms)\nℹ tests 5\nℹ pass 3\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\nℹ duration_ms 12.5\n",
    );
    assert_eq!(totals.to_string(), "3 passed, 1 failed, 1 skipped");
}

#[test]
fn crash_states_are_counted_apart() {
    let totals = sum(
        "test explores ... busy: 48 steps, 1200 crash states, seed 1\n\
        long: 9 steps, 34 crash states, all subsets of up to 5 changes, seed 1\n\
        1234 crash states in all, nothing lost\n\
        2000 power cuts, 0 broken promises, 61.5 s, seed 7\n\
        test result: ok. 1 passed; 0 failed; 0 ignored\n",
    );
    assert_eq!(
        totals.to_string(),
        "1 passed, 0 failed\n1234 simulated crash states\n2000 power cuts on real file systems"
    );
}

#[test]
fn what_failed_is_kept_for_the_end() {
    let mut totals = sum(
        "test a ... FAILED\n\nfailures:\n\n---- a stdout ----\nit is torn\n\n\nfailures:\n    a\n\n\
        test result: FAILED. 0 passed; 1 failed; 0 ignored\n\nand more\n",
    );
    totals.read_line("✖ failing tests:");
    totals.read_line("✖ a promise (1.5ms)");
    totals.end_program();
    totals.read_line("another program");
    assert_eq!(
        totals.failures,
        [
            "---- a stdout ----",
            "it is torn",
            "    a",
            "✖ a promise (1.5ms)"
        ]
    );
}
