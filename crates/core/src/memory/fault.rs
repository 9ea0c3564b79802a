//! Which faults happen, and when.

use std::fmt;

/// The plan: the steps at which a fault happens.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plan {
    pub(super) fail_at: Option<u64>,
    pub(super) crash_at: Option<u64>,
}

/// What happens to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It succeeds.
    Works,
    /// It fails; a step that can be half done is half done. The next step works.
    Fails,
    /// The power goes during the step.
    PowerGoes,
}

/// The source of an error from a simulated fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SimulatedFault {
    Failure { step: u64 },
    PowerOff,
}

impl fmt::Display for SimulatedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failure { step } => write!(f, "simulated failure at step {step}"),
            Self::PowerOff => f.write_str("the simulated power is off"),
        }
    }
}

impl std::error::Error for SimulatedFault {}
