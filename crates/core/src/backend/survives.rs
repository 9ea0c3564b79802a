use std::fmt;

/// What acknowledged data outlives. Ordered: more is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Survives {
    /// Gone when the process ends.
    Nothing,
    /// The program may be killed, the tab closed; the machine must stay up.
    ProcessCrash,
    /// The power may fail.
    PowerLoss,
}

impl fmt::Display for Survives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::ProcessCrash => "a process crash",
            Self::PowerLoss => "a power loss",
        })
    }
}
