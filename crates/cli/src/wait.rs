//! How long a command waits for a store that another program has open.

use std::time::{Duration, Instant};

use steadfast::{PersistenceError, blocking};

use crate::{output, text};

/// Short enough for whoever forgot a long import; long enough for a queue of short commands.
const DEFAULT: Duration = Duration::from_secs(10);

/// A person wonders after this.
const SILENT_MAX: Duration = Duration::from_secs(1);

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(Duration);

impl Default for Wait {
    fn default() -> Self {
        Self(DEFAULT)
    }
}

impl Wait {
    /// Reads `500ms`, `5s`, `1.5m`, `1h`; a number alone is seconds.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let unit_at = text
            .find(|c: char| c.is_ascii_alphabetic())
            .unwrap_or(text.len());
        let (number, unit) = text.split_at(unit_at);
        let unit_s = match unit {
            "ms" => 0.001,
            "" | "s" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3600.0,
            _ => return Err("the units are ms, s, m and h, as in 5s".to_owned()),
        };
        let is_plain = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.');
        let number = number.parse::<f64>().ok().filter(|_| is_plain);
        number
            .and_then(|number| Duration::try_from_secs_f64(number * unit_s).ok())
            .map(Self)
            .ok_or_else(|| "a duration is a number and a unit, as in 500ms, 5s or 1m".to_owned())
    }

    /// Calls `open` until the store is free, or the time is over. Whoever waits for long is told
    /// why.
    pub(crate) fn until_free<T>(
        self,
        mut open: impl FnMut() -> Result<T, PersistenceError>,
    ) -> Result<T, PersistenceError> {
        let began = Instant::now();
        let mut is_told = false;
        blocking::retry_while_locked(self.0, || {
            let opened = open();
            if let Err(PersistenceError::Locked { place, holder, .. }) = &opened
                && !is_told
                && began.elapsed() >= SILENT_MAX
                && self.0 > SILENT_MAX
            {
                is_told = true;
                output::note(&format!(
                    "{place} is in use by {holder}: waiting up to {} for it",
                    text::seconds(self.0),
                ));
            }
            opened
        })
    }
}
