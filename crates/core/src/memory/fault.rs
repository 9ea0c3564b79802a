//! What goes wrong, and when.

use std::fmt;

/// The plan: at which step what happens.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Plan {
    pub(super) fail_at: Option<u64>,
    pub(super) crash_at: Option<u64>,
}

/// What a step meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is done.
    Works,
    /// It fails, half done where it can be; the next one works.
    Fails,
    /// The power goes while it is being done.
    PowerGoes,
}

/// The error that a simulated fault gives.
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
