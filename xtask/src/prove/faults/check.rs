//! One call fails once: what is there afterwards, and what the program said.

use super::run::{Ended, Fault, Invocation, Program};
use super::scenario::{BATCH, PLACES, Scenario, Subject, observe};
use super::trace::Target;
use super::tree;
use crate::part::Result;

/// The exit codes of the program: `steadfast --help`.
const DONE: i32 = 0;
const NO: i32 = 1;
const INPUT: i32 = 3;
const STORE: i32 = 4;
const UNKNOWN: i32 = 5;

/// Words that are meant for the programmer, or that blame what is stored.
const WRONG_WORDS: [&str; 8] = [
    "panicked",
    "RUST_BACKTRACE",
    "unwrap",
    "Os {",
    "Custom {",
    "damage",
    "checksum",
    "restore a backup",
];

/// The result of a run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Held,
    /// The run made fewer such calls than the undisturbed one.
    NotMet,
    /// The promise that was broken, in a few words, and the output that shows it.
    Broken(String, String),
}

/// Runs the scenario with one call that fails, judges it, and runs it again without the failure.
pub(super) fn check(
    scenario: &Scenario,
    target: &Target,
    fault: &Fault,
    program: &Program,
) -> Result<Verdict> {
    tree::write(&program.directory, &scenario.before)?;
    let ended = program.traced(&scenario.invocation, Some(fault))?;
    if !ended.trace.contains("(INJECTED)") {
        return Ok(if ended.code == Some(DONE) {
            Verdict::NotMet
        } else {
            Verdict::Broken("fails undisturbed".to_owned(), short(&ended))
        });
    }
    let possible = scenario.possible(target);
    let is_certain = possible.0 == possible.1 || scenario.subject == Subject::Copy;
    let broken = match judge_ending(ended.code, &ended.stderr, is_certain) {
        None => state(scenario, possible, &ended, fault, program)?,
        broken => broken,
    };
    Ok(match broken {
        Some(broken) => Verdict::Broken(broken, short(&ended)),
        None => match again(scenario, ended.code == Some(DONE), program)? {
            Some((broken, second)) => {
                let shows = format!("{second}; at first {}", short(&ended));
                Verdict::Broken(broken, shows)
            }
            None => Verdict::Held,
        },
    })
}

/// Checks the exit code and the sentence. Returns what is wrong.
///
/// `is_certain` says that no commit was between its append and the end of its flush when the call
/// failed.
pub fn judge_ending(code: Option<i32>, stderr: &str, is_certain: bool) -> Option<String> {
    let broken = |what: &str| Some(what.to_owned());
    match code {
        None => return broken("a signal ended it, or it hung"),
        Some(DONE) => return None,
        Some(STORE) => {}
        Some(INPUT) if stderr.contains("rows.jsonl") || stderr.contains("standard input") => {}
        Some(UNKNOWN) if !is_certain => {}
        Some(UNKNOWN) => return broken("\"unknown\" for what is certain"),
        Some(NO) => return broken("\"no\" for what failed"),
        Some(other) => return Some(format!("exit code {other}")),
    }
    let mut lines = stderr.lines().filter(|line| !line.is_empty());
    let sentence = lines.next().unwrap_or_default();
    if !sentence.starts_with("error: ") {
        return broken("no sentence");
    }
    if lines.next().is_some() {
        return broken("more than one sentence");
    }
    if let Some(word) = WRONG_WORDS.iter().find(|word| sentence.contains(**word)) {
        return Some(format!("`{word}` in the sentence"));
    }
    if !PLACES.iter().any(|place| sentence.contains(place)) {
        return broken("a sentence without a place");
    }
    None
}

/// Checks that acknowledged commits are there, that others are whole or absent, and that nothing
/// else was changed.
fn state(
    scenario: &Scenario,
    (first, last): (usize, usize),
    ended: &Ended,
    fault: &Fault,
    program: &Program,
) -> Result<Option<String>> {
    let is_done = ended.code == Some(DONE);
    if is_done && scenario.subject == Subject::Nothing && ended.stdout != scenario.stdout {
        return Ok(Some("another answer".to_owned()));
    }
    let files = tree::read(&program.directory)?;
    let mut leftovers = tree::leftovers(&files);
    let before = tree::leftovers(&scenario.before);
    leftovers.retain(|name| !before.contains(name));
    // The call that failed may be the removal itself.
    if !leftovers.is_empty() && !fault.name.starts_with("unlink") {
        return Ok(Some("leaves a temporary file".to_owned()));
    }
    let is_shop_only_read = matches!(scenario.subject, Subject::Nothing | Subject::Copy);
    let shop = |tree: &tree::Tree| {
        let mut tree = tree.clone();
        tree.retain(|name, _| name.starts_with("shop"));
        tree
    };
    if is_shop_only_read && shop(&files) != shop(&scenario.before) {
        return Ok(Some("changed what it only reads".to_owned()));
    }
    let found = observe(scenario.subject, program)?.unwrap_or_default();
    let Some(index) = scenario.states.iter().rposition(|state| *state == found) else {
        let found: String = found.chars().take(200).collect();
        return Ok(Some(format!(
            "neither the old state nor a new one: {found:?}"
        )));
    };
    if is_done {
        return Ok((index != scenario.last()).then(|| "exit code 0, and not done".to_owned()));
    }
    let acknowledged = ended.stdout.lines().filter(|line| line.starts_with("ack "));
    let acknowledged = acknowledged.count().div_ceil(BATCH);
    if index < acknowledged {
        return Ok(Some("acknowledged records are missing".to_owned()));
    }
    if index < first || index > last {
        return Ok(Some(format!(
            "{index} commits are there, and there must be {first} to {last}"
        )));
    }
    Ok(None)
}

/// Checks that the same command works after the cause is gone. Returns what is wrong and what shows
/// it. A command that succeeded is not run again.
fn again(
    scenario: &Scenario,
    is_done: bool,
    program: &Program,
) -> Result<Option<(String, String)>> {
    if !is_done && let Some(broken) = retried(scenario, program)? {
        return Ok(Some(broken));
    }
    let store = match scenario.subject {
        Subject::File => return Ok(None),
        Subject::Copy => "copy",
        Subject::Store | Subject::Nothing => "shop",
    };
    let verified = program.run(&Invocation::new(&format!("--store {store} verify")))?;
    let is_sound = verified.code == Some(DONE);
    Ok((!is_sound).then(|| ("not sound afterwards".to_owned(), short(&verified))))
}

fn retried(scenario: &Scenario, program: &Program) -> Result<Option<(String, String)>> {
    let found = observe(scenario.subject, program)?.unwrap_or_default();
    let is_done = scenario.states.last() == Some(&found) && scenario.last() > 0;
    let again = program.run(&scenario.invocation)?;
    let is_right = match again.code {
        Some(DONE) => true,
        // What was deleted cannot be deleted again, and a copy is not overwritten.
        Some(NO) => is_done && scenario.subject == Subject::Store,
        Some(STORE) => is_done && scenario.subject == Subject::Copy,
        _ => false,
    };
    let broken = |what: &str, shows: String| Ok(Some((what.to_owned(), shows)));
    if !is_right {
        return broken("fails again without a cause", short(&again));
    }
    let found = observe(scenario.subject, program)?.unwrap_or_default();
    if scenario.states.last() != Some(&found) {
        return broken("does something else when done again", short(&again));
    }
    let leftovers = tree::leftovers(&tree::read(&program.directory)?);
    if !leftovers.is_empty() {
        return broken("leaves a temporary file for good", leftovers.join(", "));
    }
    Ok(None)
}

fn short(ended: &Ended) -> String {
    let code = ended
        .code
        .map_or_else(|| "a signal".to_owned(), |code| format!("exit {code}"));
    format!("{code}, {:?}", ended.stderr.trim())
}
