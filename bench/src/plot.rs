//! Plots as SVG, written directly: bars beside names need no library, and the page's own colours
//! (light or dark) need CSS.

use crate::entrant::Kind;
use crate::record::figure;
use crate::row::{Found, Row};

const WIDTH: f64 = 760.0;
const BAR: f64 = 22.0;
const LEFT: f64 = 275.0;
const RIGHT: f64 = 110.0;

const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600;font-size:15px}.unit{fill:#57606a}\
.raw{fill:#8c959f}.ours{fill:#1a7f37}.peer{fill:#0969da}.line{stroke:#57606a;stroke-dasharray:3 3}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.unit{fill:#8b949e}.raw{fill:#6e7681}.ours{fill:#3fb950}.peer{fill:#4493f8}\
.line{stroke:#8b949e}}";

/// Every plot for which there are enough figures, with its file name.
pub(crate) fn all(found: &Found) -> Vec<(&'static str, String)> {
    let panels = |names: &[(&'static str, &'static str)]| {
        let panels = names.iter().map(|(bench, title)| {
            let rows = found.rows.iter().filter(|row| row.bench == *bench);
            (*title, rows.collect::<Vec<_>>())
        });
        panels
            .filter(|(_, rows)| rows.len() > 1)
            .collect::<Vec<_>>()
    };
    let commits = panels(&[
        ("commit-1", "Durable commits of 100 bytes, 1 thread"),
        ("commit-8", "8 threads"),
        ("commit-64", "64 threads"),
    ]);
    let saves = panels(&[
        ("save-4k", "Atomic replacement of 4 KiB"),
        ("save-1m", "1 MiB"),
        ("save-64m", "64 MiB"),
    ]);
    [("commits.svg", commits), ("saves.svg", saves)]
        .into_iter()
        .filter(|(_, panels)| !panels.is_empty())
        .map(|(name, panels)| (name, draw(&panels)))
        .collect()
}

fn draw(panels: &[(&str, Vec<&Row>)]) -> String {
    let mut body = String::new();
    let mut y = 10.0;
    for (title, rows) in panels {
        let mut rows = rows.clone();
        rows.sort_by(|a, b| b.rate.total_cmp(&a.rate));
        let most = rows.first().map_or(1.0, |row| row.rate);
        let unit = rows.first().map_or("", |row| row.unit.as_str());
        y += 18.0;
        body += &format!(
            "<text class=\"title\" x=\"10\" y=\"{y}\">{}</text><text class=\"unit\" x=\"{}\" y=\"{y}\" text-anchor=\"end\">{unit}</text>\n",
            escaped(title),
            WIDTH - 10.0
        );
        y += 10.0;
        for row in rows {
            let class = match row.kind {
                Kind::Raw => "raw",
                Kind::Ours => "ours",
                Kind::Peer => "peer",
            };
            let width = ((WIDTH - LEFT - RIGHT) * row.rate / most).max(1.0);
            let base = y + BAR * 0.68;
            body += &format!(
                "<text x=\"{:.0}\" y=\"{base:.1}\" text-anchor=\"end\">{}</text>\
                 <rect class=\"{class}\" x=\"{LEFT}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{:.1}\" rx=\"3\"/>\
                 <text x=\"{:.1}\" y=\"{base:.1}\">{}</text>\n",
                LEFT - 8.0,
                escaped(&row.entrant),
                y + 3.0,
                BAR - 6.0,
                LEFT + width + 8.0,
                figure(row.rate),
            );
            y += BAR;
        }
        y += 12.0;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" width=\"{WIDTH}\" height=\"{y}\" role=\"img\">\n\
         <style>{STYLE}</style>\n{body}</svg>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
