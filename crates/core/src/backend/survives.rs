use std::fmt;

/// What acknowledged data survives. Ordered: more is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Survives {
    /// Nothing: the data is gone when the process ends.
    Nothing,
    /// The program may be killed or the tab closed, as long as the machine stays up.
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
