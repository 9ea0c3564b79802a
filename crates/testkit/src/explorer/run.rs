//! Running a script on a disk until it ends or the power fails.

use pollster::block_on;
use steadfast_core::{
    MemoryBackend, PersistenceError, Result, State, StorageBackend, Store, StoreOptions,
};

use super::script::{Script, Step};

/// How far a run came.
pub(super) struct Run {
    /// Commits that were acknowledged, counted from the beginning of the script.
    pub(super) acknowledged: usize,
    /// What ended it early.
    pub(super) error: Option<PersistenceError>,
}

/// Runs the script on `disk`, without its first `done` commits and every step before the last of
/// them.
pub(super) fn run<S: State, B: StorageBackend>(
    disk: &MemoryBackend,
    wrap: &impl Fn(MemoryBackend) -> B,
    script: &Script<S>,
    done: usize,
    options: &StoreOptions,
) -> Run {
    let mut acknowledged = done;
    let open = async || Store::<S, B>::open(wrap(disk.clone()), options.clone()).await;
    let error = block_on(steps(open, script, &mut acknowledged)).err();
    Run {
        acknowledged,
        error,
    }
}

async fn steps<S: State, B: StorageBackend>(
    open: impl AsyncFn() -> Result<Store<S, B>>,
    script: &Script<S>,
    acknowledged: &mut usize,
) -> Result<()> {
    let mut store = open().await?;
    let mut to_skip = *acknowledged;
    for step in &script.steps {
        match step {
            Step::Commit(_) if to_skip > 0 => to_skip -= 1,
            _ if to_skip > 0 => {}
            Step::Commit(make) => {
                store.commit(make()?).await?;
                *acknowledged += 1;
            }
            Step::Snapshot => drop(store.snapshot().await?),
            Step::Compact => drop(store.compact().await?),
            Step::Reopen => {
                drop(store);
                store = open().await?;
            }
        }
    }
    Ok(())
}
