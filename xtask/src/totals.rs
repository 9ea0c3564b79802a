//! Counts of tests, summed from what the test programs print.

use std::fmt;

/// How many tests passed, failed and were left out.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
    /// Tests marked `#[ignore]`.
    pub skipped: u64,
}

impl Totals {
    /// Adds the counts of a line like `test result: ok. 5 passed; 0 failed; 1 ignored; …`, or of Node's `ℹ pass 5`; other
    /// lines are ignored.
    pub fn read_line(&mut self, line: &str) {
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
        Ok(())
    }
}
