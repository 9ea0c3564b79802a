//! Counts of tests and of crash states, summed from the output of the programs, and what that
//! output says about failed tests.
//!
//! A long run prints much after a failure, so its end has to repeat what failed.

use std::fmt;

/// How many lines about failures are kept of a whole run.
const FAILURE_LINES_MAX: usize = 100;

/// How many tests passed, failed and were skipped, and how many crash states were examined.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Totals {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
    /// Tests marked `#[ignore]`.
    pub skipped: u64,
    /// Crash states of simulated disks that were opened and compared.
    pub states: u64,
    /// Power cuts on real file systems whose outcome was mounted and compared.
    pub cuts: u64,
    /// System calls that were made to fail in the program.
    pub faults: u64,
    /// What the programs printed about failed tests, from the headings of libtest and Node on.
    pub failures: Vec<String>,
    is_failure_told: bool,
}

impl Totals {
    /// Adds the counts of a line like `test result: ok. 5 passed; 0 failed; 1 ignored; …`, of
    /// Node's `ℹ pass 5`, of an explorer's `…: 48 steps, 1234 crash states, …` or of powercut's
    /// `500 power cuts, …`; other lines are ignored.
    pub fn read_line(&mut self, line: &str) {
        self.keep_failure(line.trim_end());
        if let Some((before, _)) = line.split_once(" crash states, ")
            && let Some((_, states)) = before.rsplit_once(" steps, ")
        {
            self.states = self.states.saturating_add(states.parse().unwrap_or(0));
        }
        if let Some((cuts, _)) = line.split_once(" power cuts, ") {
            self.cuts = self.cuts.saturating_add(cuts.parse().unwrap_or(0));
        }
        if let Some(count) = line.strip_prefix("ℹ ") {
            return self.read_node(count);
        }
        let Some(counts) = line.trim().strip_prefix("test result: ") else {
            return;
        };
        let counts = counts
            .split_once(". ")
            .map_or(counts, |(_verdict, rest)| rest);
        for count in counts.split(';') {
            let Some((number, word)) = count.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match word {
                "passed" => self.passed = self.passed.saturating_add(number),
                "failed" => self.failed = self.failed.saturating_add(number),
                "ignored" => self.skipped = self.skipped.saturating_add(number),
                _ => {}
            }
        }
    }
}

impl Totals {
    /// A program has ended: the lines of the next one are not about its failures.
    pub fn end_program(&mut self) {
        self.is_failure_told = false;
    }

    fn keep_failure(&mut self, line: &str) {
        if line.trim_start().starts_with("test result: ") {
            self.is_failure_told = false;
        }
        if line == "failures:" || line == "✖ failing tests:" {
            self.is_failure_told = true;
        } else if self.is_failure_told
            && !line.is_empty()
            && self.failures.len() < FAILURE_LINES_MAX
        {
            self.failures.push(line.to_owned());
        }
    }

    fn read_node(&mut self, count: &str) {
        let Some((word, number)) = count.trim().split_once(' ') else {
            return;
        };
        let number = number.parse::<u64>().unwrap_or(0);
        match word {
            "pass" => self.passed = self.passed.saturating_add(number),
            "fail" | "cancelled" => self.failed = self.failed.saturating_add(number),
            "skipped" => self.skipped = self.skipped.saturating_add(number),
            _ => {}
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        if self.states > 0 {
            write!(f, "\n{} simulated crash states", self.states)?;
        }
        if self.cuts > 0 {
            write!(f, "\n{} power cuts on real file systems", self.cuts)?;
        }
        if self.faults > 0 {
            write!(f, "\n{} injected faults", self.faults)?;
        }
        Ok(())
    }
}
