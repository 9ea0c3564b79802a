//! The drawing as a web page: one file, no scripts, nothing loaded from elsewhere.

use steadfast_testkit::posix::saves::{CrashPoint, Found, Picture};

use super::store::Trial;
use super::terminal::label;
use crate::text;

const STYLE: &str = include_str!("page.css");

/// A flash of lightning: where the power goes.
const BOLT: &str = r#"<svg width="0" height="0" aria-hidden="true"><symbol id="bolt" viewBox="0 0 16 24"><path d="M10 0 1 14h6l-2 10 10-15H9z"/></symbol></svg>"#;

/// The whole page.
pub(super) fn render(pictures: &[Picture], trial: &Trial) -> String {
    let ways: String = pictures.iter().map(way).collect();
    let store = store(trial);
    let seed = trial.seed;
    format!(
        r##"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>What a power cut leaves of a save</title>
<style>
{STYLE}</style>
</head>
<body>
{BOLT}
<header>
<h1>What a power cut leaves of a save</h1>
<p>A file is saved over its old value, step by step from left to right. The power goes at each step
<svg class="bolt"><use href="#bolt"/></svg>. Below it stands what may be found then:
<span class="key sound">as it must be</span> or <span class="key loss">data lost</span></p>
</header>
<main>
{ways}{store}</main>
<footer>Made by <code>steadfast torture --seed {seed}</code>, on simulated disks: of what was not flushed, any part may be lost.</footer>
</body>
</html>
"##
    )
}

fn way(picture: &Picture) -> String {
    let (class, verdict) = if picture.losses() == 0 {
        ("sound", "loses nothing")
    } else {
        ("loss", "loses data")
    };
    let points: String = picture.points.iter().map(column).collect();
    format!(
        "<section class=\"way {class}\">\n<div class=\"words\"><h2>{name}</h2> <p class=\"verdict\">{verdict}</p>\n\
         <p class=\"why\">{why}</p></div>\n<ol class=\"steps\">\n{points}</ol>\n</section>\n",
        name = picture.way.name(),
        why = picture.way.why(),
    )
}

fn column(point: &CrashPoint) -> String {
    let class = match point.call {
        Some(_) => "step",
        None => "step ok",
    };
    let cells: String = Found::ALL
        .into_iter()
        .map(|found| cell(point, found))
        .collect();
    let note = if point.call.is_none() && point.loses() {
        "<span class=\"note\">lost after Ok</span>"
    } else {
        ""
    };
    format!(
        "<li class=\"{class}\"><b>{label}</b><span class=\"cut\"><svg class=\"bolt\"><use href=\"#bolt\"/></svg></span>{cells}{note}</li>\n",
        label = label(point.call),
    )
}

fn cell(point: &CrashPoint, found: Found) -> String {
    let states: u64 = point.found.values().sum();
    match point.found.get(&found) {
        None => "<i class=\"never\"></i>".to_owned(),
        Some(seen) => {
            let class = if point.is_loss(found) {
                "loss"
            } else {
                "sound"
            };
            format!("<i class=\"{class}\" title=\"{seen} of {states} crash states\">{found}</i>")
        }
    }
}

fn store(trial: &Trial) -> String {
    let (class, said) = match &trial.failure {
        None => ("sound", "each opened, and went on".to_owned()),
        Some(_) => (
            "loss",
            "something was lost; the program said what".to_owned(),
        ),
    };
    format!(
        "<section class=\"store {class}\"><h2>And whole stores</h2>\n<p><strong>{states}</strong> crash states of {scripts}: \
         the power cut at every step, and again while the store recovers. <strong>{losses} lost</strong>: {said}.</p></section>\n",
        states = text::number(trial.states),
        scripts = text::count(trial.scripts, "store"),
        losses = trial.losses(),
    )
}
