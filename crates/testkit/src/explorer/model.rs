//! Which states are allowed.

use pollster::block_on;
use steadfast_core::{
    Codec, MemoryBackend, Result, State, StorageBackend, Store, StoreOptions, verify,
};

use super::run::run;
use super::script::{Script, Step};

/// The encoded state after each number of commits.
pub(super) struct Model {
    states: Vec<Vec<u8>>,
}

impl Model {
    /// Applies the script's operations to a state in memory.
    pub(super) fn of<S: State>(script: &Script<S>) -> Result<Self> {
        let mut state = S::default();
        let mut states = vec![encoded(&state)?];
        for step in &script.steps {
            if let Step::Commit(make) = step {
                state.apply(make()?);
                states.push(encoded(&state)?);
            }
        }
        Ok(Self { states })
    }

    /// Opens the store that a crash left and compares: it holds all `acknowledged` commits, and at
    /// most one more. Then runs the rest of the script and compares again. Returns how many steps
    /// the opening took.
    pub(super) fn check<S: State, B: StorageBackend>(
        &self,
        disk: &MemoryBackend,
        wrap: &impl Fn(MemoryBackend) -> B,
        script: &Script<S>,
        acknowledged: usize,
        options: &StoreOptions,
    ) -> Result<u64, String> {
        let store = block_on(Store::<S, B>::open(wrap(disk.clone()), options.clone()))
            .map_err(|error| format!("the store does not open: {error}"))?;
        let recovery_steps = disk.steps();
        let found = self.find(&store, acknowledged)?;
        drop(store);
        if let Some(error) = run(disk, wrap, script, found, options).error {
            return Err(format!("the store cannot go on: {error}"));
        }
        let store = block_on(Store::<S, B>::open(wrap(disk.clone()), options.clone()))
            .map_err(|error| format!("the store does not open again: {error}"))?;
        self.find(&store, self.states.len().saturating_sub(1))?;
        drop(store);
        let verified = block_on(verify(disk)).map_err(|error| format!("verify: {error}"))?;
        match verified.damage.first() {
            Some(damage) => Err(format!("verify finds damage: {damage}")),
            None => Ok(recovery_steps),
        }
    }

    /// How many commits the store holds: as many as were acknowledged, or one more.
    fn find<S: State, B: StorageBackend>(
        &self,
        store: &Store<S, B>,
        acknowledged: usize,
    ) -> Result<usize, String> {
        let state = store
            .read(encoded)
            .and_then(|state| state)
            .map_err(|error| error.to_string())?;
        let allowed = [acknowledged, acknowledged.saturating_add(1)];
        let found = allowed
            .into_iter()
            .find(|commits| self.states.get(*commits) == Some(&state));
        found.ok_or_else(
            || match self.states.iter().position(|known| *known == state) {
                Some(commits) => {
                    format!("{acknowledged} commits were acknowledged, {commits} are there")
                }
                None => "the state is none that ever was".into(),
            },
        )
    }
}

fn encoded<S: State>(state: &S) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    S::Codec::encode(state, &mut bytes).map_err(|error| {
        steadfast_core::PersistenceError::Codec {
            action: "encode the state",
            reason: error.to_string(),
        }
    })?;
    Ok(bytes)
}
