//! A lane that a machine cannot run (no FUSE, no loop device, no browser) proves nothing. If `CI`
//! is set, that is a failure. On a person's own machine it is skipped, and the sentence says so.

use std::process::Command;

use xtask::part::Stop;
use xtask::process::run_where_able;
use xtask::report::strictly;
use xtask::totals::Totals;

/// The result of a lane whose program says that it is unable.
fn unable() -> Stop {
    let mut totals = Totals::default();
    let mut program = Command::new("sh");
    program.args(["-c", "exit 2"]);
    let outcome = run_where_able(&mut program, 2, &mut totals);
    outcome.err().unwrap_or(Stop::failed("it ran"))
}

#[test]
fn it_fails_where_ci_is_set() {
    let Stop::Failed(sentence) = strictly(unable(), true) else {
        unreachable!("it was skipped")
    };
    assert!(
        sentence.contains("has to run where CI is set"),
        "{sentence}"
    );
}

#[test]
fn it_is_skipped_loudly_on_a_persons_machine() {
    let Stop::Skipped(sentence) = strictly(unable(), false) else {
        unreachable!("it failed")
    };
    assert!(sentence.contains("NOTHING WAS PROVED"), "{sentence}");
}

#[test]
fn a_failure_is_a_failure_everywhere() {
    for is_ci in [false, true] {
        let failed = Stop::failed("it is broken");
        assert_eq!(strictly(failed.clone(), is_ci), failed);
    }
}
