//! Progress bars: on standard error, and only on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How often a bar without a known end moves.
const TICK: Duration = Duration::from_millis(120);

/// Bytes read of so many, or of nobody knows how many.
pub(crate) fn bytes(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        // Nothing to draw a share of.
        Some(0) => return none(),
        Some(total) => (
            ProgressBar::new(total),
            "{wide_bar} {percent:>3}%  {bytes} of {total_bytes}  {msg}  {eta} left",
        ),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes} read  {msg}"),
    };
    bar.enable_steady_tick(TICK);
    styled(bar, template)
}

/// Steps done of so many.
pub(crate) fn steps(total: u64) -> ProgressBar {
    styled(ProgressBar::new(total), "{bar:24} {pos} of {len}  {msg}")
}

/// No bar at all.
pub(crate) fn none() -> ProgressBar {
    ProgressBar::hidden()
}

fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("█▉▊▋▌▍▎▏ ")),
        // Less pretty is no reason to fail.
        Err(_) => bar,
    }
}
