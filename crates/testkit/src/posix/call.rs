//! The calls that are steps, and how they fail.

use std::fmt;

/// A system call that changes or flushes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// Makes a file: `open` with `O_CREAT` and `O_EXCL`.
    Create,
    /// Makes a directory.
    MakeDirectory,
    /// Writes at a position.
    Write,
    /// Writes at a position, past the system's cache, and waits until the write is durable.
    WriteDurably,
    /// Sets a file's length.
    Truncate,
    /// Flushes a file: `fsync`, `fdatasync`.
    FlushFile,
    /// Flushes a directory.
    FlushDirectory,
    /// Renames a file over another.
    Rename,
    /// Renames a file where the new name is free.
    RenameNew,
    /// Gives a file one more name.
    Link,
    /// Removes a name.
    Unlink,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::MakeDirectory => "make directory",
            Self::Write => "write",
            Self::WriteDurably => "write durably",
            Self::Truncate => "truncate",
            Self::FlushFile => "flush file",
            Self::FlushDirectory => "flush directory",
            Self::Rename => "rename",
            Self::RenameNew => "rename new",
            Self::Link => "link",
            Self::Unlink => "unlink",
        })
    }
}

/// Why a call on a simulated disk failed that would have worked on a sound one. It is the source of
/// the call's [`io::Error`](std::io::Error).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimulatedFault {
    /// The failure was planned.
    Failure {
        /// The step's number.
        step: u64,
        /// What the step was.
        call: Call,
    },
    /// The power is off.
    PowerOff,
}

impl fmt::Display for SimulatedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failure { step, call } => {
                write!(f, "simulated failure at step {step} ({call})")
            }
            Self::PowerOff => f.write_str("the simulated power is off"),
        }
    }
}

impl std::error::Error for SimulatedFault {}
