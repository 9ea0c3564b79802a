#![doc = include_str!("../README.md")]

pub mod conformance;
pub mod explorer;
mod faulty;
pub mod frozen;
pub mod posix;

#[doc(hidden)]
pub use pollster::block_on;

pub use faulty::{Fault, Faulty, FaultyStaged};
