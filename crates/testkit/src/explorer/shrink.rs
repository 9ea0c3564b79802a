//! Shrinking a failing script to fewer steps that fail too.

use steadfast_core::{MemoryBackend, State, StorageBackend};

use super::script::{Script, Step};
use super::{Explorer, Failure};

/// Leaves out one step of the script after another, as long as some crash state still fails.
/// Describes the script that is left.
pub(super) fn shrunk<S: State, B: StorageBackend>(
    explorer: &Explorer,
    script: &Script<S>,
    wrap: &impl Fn(MemoryBackend) -> B,
    failure: Failure,
) -> String {
    let (mut script, mut failure) = (script.clone(), failure);
    let mut at = 0;
    while at < script.steps.len() {
        let mut shorter = script.clone();
        shorter.steps.remove(at);
        match explorer.look(&shorter, wrap).1 {
            Some(still) => (script, failure) = (shorter, still),
            None => at += 1,
        }
    }
    let steps: Vec<_> = script.steps.iter().map(name).collect();
    format!(
        "{failure}; seed {}; script: open, {}",
        explorer.seed,
        steps.join(", ")
    )
}

fn name<S: State>(step: &Step<S>) -> &'static str {
    match step {
        Step::Commit(_) => "commit",
        Step::Snapshot => "snapshot",
        Step::Compact => "compact",
        Step::Reopen => "reopen",
    }
}
