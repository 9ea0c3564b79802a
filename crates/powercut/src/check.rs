//! What a crash state may show, and why another one is a loss.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::crash::{Crash, Grain};
use crate::disk::{Event, MarkKind};
use crate::error::{Error, Result};
use crate::recording::Recording;
use crate::rig::Rig;

/// What the program had said about one of its units when the power failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Told {
    /// How many commits were begun; `None` if not even the creation was.
    pub begun: Option<u64>,
    /// How many commits were acknowledged; `None` if not even the creation was.
    pub acknowledged: Option<u64>,
}

impl Told {
    /// Checks that the commits that are there are legal; `None` if nothing is there.
    ///
    /// # Errors
    /// [`Loss::Lost`] if they are not.
    pub(crate) fn admits(self, shown: Option<u64>) -> Result<(), Loss> {
        let lost = |what: String| Err(Loss::Lost(format!("{what}: {self}")));
        match (shown, self.acknowledged, self.begun) {
            (None, Some(_), _) => lost("nothing is there".to_owned()),
            (Some(shown), Some(acknowledged), _) if shown < acknowledged => {
                lost(format!("{shown} commits are there"))
            }
            (Some(shown), _, begun) if begun.is_none_or(|begun| shown > begun) => {
                lost(format!("{shown} commits are there, more than were made"))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.acknowledged, self.begun) {
            (Some(acknowledged), _) => write!(f, "{acknowledged} were acknowledged"),
            (None, Some(_)) => f.write_str("the creation was begun"),
            (None, None) => f.write_str("nothing was begun"),
        }
    }
}

/// What was said about each unit before some step of a recording.
pub type Telling = BTreeMap<u32, Told>;

/// Reads the marks among `events`.
#[must_use]
pub fn telling<'a>(events: impl IntoIterator<Item = &'a Event>) -> Telling {
    let mut telling = Telling::new();
    for event in events {
        let Event::Mark(mark) = event else { continue };
        let told = telling.entry(mark.unit).or_default();
        let field = match mark.kind {
            MarkKind::Begun => &mut told.begun,
            MarkKind::Acknowledged => &mut told.acknowledged,
        };
        *field = (*field).max(Some(mark.count));
    }
    telling
}

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "what", rename_all = "kebab-case")]
pub enum Loss {
    /// Acknowledged data is gone, or what is there was never saved like this.
    Lost(String),
    /// Opening fails although data was acknowledged, or although a new start must be possible.
    Unopenable(String),
    /// The file system itself does not mount, though no block of it is torn: the harness or the
    /// kernel is wrong.
    Unmountable(String),
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(what) => write!(f, "lost: {what}"),
            Self::Unopenable(what) => write!(f, "unopenable: {what}"),
            Self::Unmountable(what) => write!(f, "unmountable: {what}"),
        }
    }
}

/// What a crash state shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// The broken promise, if any.
    pub loss: Option<Loss>,
    /// Whether the file system did not mount because a block of its own was torn. Then the same
    /// state was examined with whole blocks.
    pub was_torn: bool,
}

/// Mounts a crash state of `recording`, and checks every unit that the program spoke of.
///
/// # Errors
/// What the harness itself could not do.
pub(crate) fn examine(rig: &mut Rig, recording: &Recording, crash: &Crash) -> Result<Finding> {
    let telling = recording.told_at(crash.cut);
    let mut was_torn = false;
    let mut crash = crash.clone();
    let loss = loop {
        crash.put_on(rig.disk(), recording);
        match rig.mount(recording.file_system) {
            Ok(()) => break rig.check(recording.workload, &telling)?,
            Err(Error::Unmountable(_)) if crash.grain == Grain::Sector => {
                was_torn = true;
                crash.grain = Grain::Block;
            }
            Err(Error::Unmountable(reason)) => break Some(Loss::Unmountable(reason)),
            Err(error) => return Err(error),
        }
    };
    rig.unmount()?;
    Ok(Finding { loss, was_torn })
}
