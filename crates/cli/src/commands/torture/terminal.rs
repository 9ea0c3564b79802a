//! The drawing in a terminal.
//!
//! A column is a crash point, from left to right as the save goes; a row is what may be found
//! there. Where there is no terminal, there are no colours, and every symbol is ASCII.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use steadfast_testkit::posix::Call;
use steadfast_testkit::posix::saves::{CrashPoint, Found, Picture};

use super::store::Trial;
use crate::output::{Facts, Tone};
use crate::page::Page;
use crate::text;

/// Wide enough for every label and a space.
const COLUMN_LEN: usize = 11;

/// What is drawn with.
struct Symbols {
    sound: &'static str,
    loss: &'static str,
    never: &'static str,
    line: &'static str,
    cut: &'static str,
}

const PRETTY: Symbols = Symbols {
    sound: "●",
    loss: "✗",
    never: "·",
    line: "─",
    cut: "┼",
};

const PLAIN: Symbols = Symbols {
    sound: "o",
    loss: "X",
    never: ".",
    line: "-",
    cut: "+",
};

/// What a crash point is called, in a word or two.
pub(super) fn label(call: Option<Call>) -> &'static str {
    match call {
        Some(Call::Create) => "create",
        Some(Call::MakeDirectory) => "mkdir",
        Some(Call::Write) => "write",
        Some(Call::WriteDurably) => "write+flush",
        Some(Call::Truncate) => "truncate",
        Some(Call::FlushFile) => "flush file",
        Some(Call::FlushDirectory) => "flush dir",
        Some(Call::Rename | Call::RenameNew) => "rename",
        Some(Call::Link) => "link",
        Some(Call::Unlink) => "unlink",
        None => "after Ok",
    }
}

fn coloured(colour: AnsiColor) -> Style {
    Style::new().bold().fg_color(Some(colour.into()))
}

/// All the ways, one below the other.
pub(super) fn draw(pictures: &[Picture]) -> Page {
    let symbols = if io::stdout().is_terminal() {
        PRETTY
    } else {
        PLAIN
    };
    let (green, red) = (coloured(AnsiColor::Green), coloured(AnsiColor::Red));
    let mut text = format!(
        "A file is saved over its old value, step by step from left to right, and the power\n\
         goes at each step. What may be found then:\n\
         {green}{sound}{green:#} as it must be   {red}{loss}{red:#} data is lost   {never} never\n",
        sound = symbols.sound,
        loss = symbols.loss,
        never = symbols.never,
    );
    for picture in pictures {
        push(&mut text, picture, &symbols);
    }
    text.push('\n');
    Page::of_our_own(text)
}

fn push(text: &mut String, picture: &Picture, symbols: &Symbols) {
    let dimmed = Style::new().dimmed();
    let (style, verdict) = if picture.losses() == 0 {
        (coloured(AnsiColor::Green), "loses nothing")
    } else {
        (coloured(AnsiColor::Red), "LOSES DATA")
    };
    let bold = Style::new().bold();
    let mut line = |row: String| {
        text.push_str(row.trim_end());
        text.push('\n');
    };
    line(String::new());
    line(format!(
        "{bold}{}{bold:#}: {style}{verdict}{style:#}",
        picture.way.name()
    ));
    let labels = picture.points.iter().map(|point| label(point.call));
    let labels: String = labels.map(|l| format!("{l:<COLUMN_LEN$}")).collect();
    line(format!("{:COLUMN_LEN$}{}", "", labels.trim_end()));
    let stretch = symbols.line.repeat(COLUMN_LEN.saturating_sub(1));
    let axis = format!("{}{stretch}", symbols.cut).repeat(picture.points.len());
    line(format!(
        "{:COLUMN_LEN$}{dimmed}{}{dimmed:#}",
        "",
        axis.trim_end_matches(symbols.line)
    ));
    for found in Found::ALL {
        let mut row = format!("  {:<1$}", found.to_string(), COLUMN_LEN.saturating_sub(2));
        for point in &picture.points {
            push_cell(&mut row, point, found, symbols);
        }
        line(row);
    }
    line(picture.way.why().to_owned());
}

fn push_cell(row: &mut String, point: &CrashPoint, found: Found, symbols: &Symbols) {
    let (style, mark) = if !point.found.contains_key(&found) {
        (Style::new().dimmed(), symbols.never.to_owned())
    } else if !point.is_loss(found) {
        (coloured(AnsiColor::Green), symbols.sound.to_owned())
    } else if point.call.is_none() {
        // The worst there is: it was acknowledged.
        (coloured(AnsiColor::Red), format!("{} LOST", symbols.loss))
    } else {
        (coloured(AnsiColor::Red), symbols.loss.to_owned())
    };
    let padding = COLUMN_LEN.saturating_sub(mark.chars().count());
    // Writing to a string cannot fail.
    let _ = write!(row, "{style}{mark}{style:#}{:padding$}", "");
}

/// What came of the stores.
pub(super) fn tell(trial: &Trial, report: Option<&Path>) -> Page {
    let mut facts = Facts::default();
    facts.add(
        "crash states",
        format!(
            "{} in {}, each opened, compared and written on",
            text::number(trial.states),
            text::count(trial.scripts, "store"),
        ),
    );
    let tone = if trial.losses() == 0 {
        Tone::Good
    } else {
        Tone::Bad
    };
    facts.mark(tone, "losses", text::number(trial.losses()));
    facts.add("seed", trial.seed.to_string());
    if let Some(path) = report {
        facts.add("report", path.display().to_string());
    }
    facts.render()
}
