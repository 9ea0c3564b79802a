//! Standard output: data as it is, tables and JSON.
//!
//! Output that cannot be written is an error. A reader that has gone, as `head` does when it has
//! enough, is none: the rest is left out without a word. It never makes an answer better: a command
//! that judges hands its verdict to [`verdict`].

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::iter;

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::failure::Failure;
use crate::page::Page;
use crate::standard::Output;
use crate::text;

/// Data, untouched: no colour, nothing filtered. `write` stops at the first error.
pub(crate) fn data(
    write: impl FnOnce(&mut BufWriter<Output>) -> io::Result<()>,
) -> Result<(), Failure> {
    let all = || {
        let mut out = BufWriter::with_capacity(64 << 10, Output::open()?);
        let written = write(&mut out).and_then(|()| out.flush());
        // What could not be written is not tried again while it is dropped.
        let (out, _) = out.into_parts();
        written.and_then(|()| out.close())
    };
    match all() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::output(&error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// One JSON value on a line of its own.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    json_lines(iter::once(value))
}

/// Each value as JSON on a line of its own: for a terminal with escapes for all that it would act
/// on, which mean the same.
pub(crate) fn json_lines(mut values: impl Iterator<Item = impl Serialize>) -> Result<(), Failure> {
    let is_terminal = io::stdout().is_terminal();
    data(|out| {
        values.try_for_each(|value| {
            if is_terminal {
                let text = serde_json::to_string(&value)?;
                out.write_all(text::harmless_json(&text).as_bytes())?;
            } else {
                serde_json::to_writer(&mut *out, &value)?;
            }
            out.write_all(b"\n")
        })
    })
}

/// Lines for a person; colours are left out where there is no terminal.
pub(crate) fn lines(page: impl Into<Page>) -> Result<(), Failure> {
    let page = page.into();
    data(|out| match anstream::stdout().current_choice() {
        ColorChoice::Never => write!(out, "{}", anstream::adapter::strip_str(page.as_str())),
        _ => out.write_all(page.as_str().as_bytes()),
    })
}

/// The end of a command that judges: its verdict, also where the answer could not be written.
pub(crate) fn verdict(
    verdict: Result<(), Failure>,
    told: Result<(), Failure>,
) -> Result<(), Failure> {
    match (verdict, told) {
        (Err(failure), Err(unsaid)) => Err(failure.and(unsaid.sentence())),
        (verdict, told) => verdict.and(told),
    }
}

/// A sentence about what happened, on standard error, with its kind in front.
pub(crate) fn say(colour: AnsiColor, kind: &str, sentence: &str) {
    let mut page = Page::default();
    page.push_styled(Style::new().bold().fg_color(Some(colour.into())), kind);
    page.push(" ");
    page.push(&text::one_line(sentence));
    page.push("\n");
    complain(&page);
}

/// Puts lines on standard error. Where that is gone there is nobody left to tell of it.
pub(crate) fn complain(page: &Page) {
    let _ = anstream::stderr()
        .lock()
        .write_all(page.as_str().as_bytes());
}

/// Something to know that is no failure, on standard error.
pub(crate) fn note(sentence: &str) {
    say(AnsiColor::Yellow, "note:", sentence);
}

/// How a table marks what matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Good,
    Bad,
}

impl Tone {
    fn style(self) -> Style {
        let colour = match self {
            Self::Plain => return Style::new(),
            Self::Good => AnsiColor::Green,
            Self::Bad => AnsiColor::Red,
        };
        Style::new().bold().fg_color(Some(colour.into()))
    }
}

/// Labels on the left, what they stand for on the right.
#[derive(Debug, Default)]
pub(crate) struct Facts(Vec<(String, String, Tone)>);

impl Facts {
    pub(crate) fn add(&mut self, label: &str, fact: impl Into<String>) {
        self.mark(Tone::Plain, label, fact);
    }

    pub(crate) fn mark(&mut self, tone: Tone, label: &str, fact: impl Into<String>) {
        self.0.push((label.to_owned(), fact.into(), tone));
    }

    pub(crate) fn render(&self) -> Page {
        let label_len = |(label, ..): &(String, String, Tone)| label.chars().count();
        let width = self.0.iter().map(label_len).max().unwrap_or(0);
        let mut page = Page::default();
        for (label, fact, tone) in &self.0 {
            page.push(&format!("{label:<width$}  "));
            page.push_styled(tone.style(), &text::one_line(fact));
            page.push("\n");
        }
        page
    }
}

/// Which side of its column a cell keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// Rows under headings, as wide as they need to be; the last column is not padded.
#[derive(Debug)]
pub(crate) struct Columns<const N: usize> {
    headings: [(&'static str, Side); N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Columns<N> {
    pub(crate) fn new(headings: [(&'static str, Side); N]) -> Self {
        Self {
            headings,
            rows: Vec::new(),
        }
    }

    pub(crate) fn row(&mut self, cells: [String; N]) {
        // Before the columns are measured.
        self.rows.push(cells.map(|cell| text::one_line(&cell)));
    }

    pub(crate) fn render(&self) -> Page {
        let mut widths = self.headings.map(|(heading, _)| heading.chars().count());
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let dimmed = Style::new().dimmed();
        let headings = self.headings.map(|(heading, _)| heading.to_owned());
        let mut page = Page::default();
        page.push_styled(dimmed, &self.line(&headings, widths));
        page.push("\n");
        for row in &self.rows {
            page.push(&self.line(row, widths));
            page.push("\n");
        }
        page
    }

    fn line(&self, cells: &[String; N], widths: [usize; N]) -> String {
        let sides = self.headings.iter().map(|(_, side)| side);
        let padded: Vec<String> = cells
            .iter()
            .zip(widths)
            .zip(sides)
            .map(|((cell, width), side)| match side {
                Side::Left => format!("{cell:<width$}"),
                Side::Right => format!("{cell:>width$}"),
            })
            .collect();
        padded.join("  ").trim_end().to_owned()
    }
}
