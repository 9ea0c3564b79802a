//! Progress bars: on standard error, and only on a terminal. They move when something is read, so
//! that no thread is needed for them.

use indicatif::{ProgressBar, ProgressStyle};

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
