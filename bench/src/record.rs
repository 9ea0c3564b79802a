//! What is kept of a run: figures for machines (`results.tsv`), a table for people (`results.md`),
//! and plots.
//!
//! A run of some benchmarks replaces their figures and keeps the others.

use std::fs;
use std::path::Path;

use crate::Result;
use crate::entrant::Kind;
use crate::plot;
use crate::row::{Found, Goal, Row};

/// Adds the results to the files in `folder`.
///
/// # Errors
/// The system's.
pub(crate) fn keep(folder: &Path, found: &Found, order: &[&str]) -> Result {
    fs::create_dir_all(folder)?;
    let place = folder.join("results.tsv");
    let mut all = match fs::read_to_string(&place) {
        Ok(text) => parse(&text),
        Err(_) => Found::default(),
    };
    let is_new = |bench: &str| found.rows.iter().any(|row| row.bench == bench);
    all.rows.retain(|row| !is_new(&row.bench));
    all.goals.retain(|goal| !is_new(&goal.bench));
    all.rows.extend(found.rows.iter().cloned());
    all.goals.extend(found.goals.iter().cloned());
    let rank = |bench: &str| order.iter().position(|name| *name == bench);
    all.rows.sort_by_key(|row| rank(&row.bench));
    all.goals.sort_by_key(|goal| rank(&goal.bench));
    fs::write(place, print(&all))?;
    fs::write(folder.join("results.md"), page(&all, order))?;
    for (name, svg) in plot::all(&all) {
        fs::write(folder.join(name), svg)?;
    }
    Ok(())
}

fn print(found: &Found) -> String {
    let optional = |figure: Option<f64>| figure.map_or(String::new(), |figure| figure.to_string());
    let rows = found.rows.iter().map(|row| {
        [
            "row".to_owned(),
            row.bench.clone(),
            row.entrant.clone(),
            format!("{:?}", row.kind),
            row.rate.to_string(),
            row.unit.clone(),
            optional(row.p50_us),
            optional(row.p99_us),
            optional(row.flushes),
            row.ours_by_it.to_string(),
            row.remark.clone(),
        ]
        .join("\t")
    });
    let goals = found.goals.iter().map(|goal| {
        [
            "goal".to_owned(),
            goal.bench.clone(),
            goal.what.clone(),
            goal.target.to_string(),
            goal.at_least.to_string(),
            goal.measured.to_string(),
        ]
        .join("\t")
    });
    rows.chain(goals).map(|line| line + "\n").collect()
}

/// Lines that do not fit are dropped: the next run of their benchmark writes them again.
fn parse(text: &str) -> Found {
    let mut found = Found::default();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        if let Some(row) = row(&fields) {
            found.rows.push(row);
        } else if let Some(goal) = goal(&fields) {
            found.goals.push(goal);
        }
    }
    found
}

fn row(fields: &[&str]) -> Option<Row> {
    let [
        "row",
        bench,
        entrant,
        kind,
        rate,
        unit,
        p50,
        p99,
        flushes,
        ratio,
        remark,
    ] = fields
    else {
        return None;
    };
    Some(Row {
        bench: (*bench).into(),
        entrant: (*entrant).into(),
        kind: match *kind {
            "Raw" => Kind::Raw,
            "Ours" => Kind::Ours,
            _ => Kind::Peer,
        },
        rate: rate.parse().ok()?,
        unit: (*unit).into(),
        p50_us: p50.parse().ok(),
        p99_us: p99.parse().ok(),
        flushes: flushes.parse().ok(),
        ours_by_it: ratio.parse().ok()?,
        remark: (*remark).into(),
    })
}

fn goal(fields: &[&str]) -> Option<Goal> {
    let ["goal", bench, what, target, at_least, measured] = fields else {
        return None;
    };
    Some(Goal {
        bench: (*bench).into(),
        what: (*what).into(),
        target: target.parse().ok()?,
        at_least: at_least.parse().ok()?,
        measured: measured.parse().ok()?,
    })
}

/// Text in a table cell, where a bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The tables, as a page.
fn page(found: &Found, order: &[&str]) -> String {
    let mut page = String::from(
        "# Results\n\nWritten by `cargo xtask bench`; what they mean is in [performance.md](../performance.md) and [log.md](log.md). Only ratios within a \
         benchmark mean anything: its entrants took turns in one run.\n\n## Goals\n\n| benchmark | goal | bound | measured | |\n|---|---|---|---|---|\n",
    );
    for goal in &found.goals {
        let bound = if goal.at_least { "≥" } else { "≤" };
        page += &format!(
            "| `{}` | {} | {bound} {} | {} | {} |\n",
            goal.bench,
            cell(&goal.what),
            goal.target,
            figure(goal.measured),
            if goal.is_met() { "met" } else { "**not met**" },
        );
    }
    for bench in order {
        let rows: Vec<_> = found
            .rows
            .iter()
            .filter(|row| row.bench == *bench)
            .collect();
        let Some(first) = rows.first() else { continue };
        page += &format!(
            "\n## {bench}\n\n| | {} | steadfast by it | p50 µs | p99 µs | flushes each | |\n|---|---|---|---|---|---|---|\n",
            first.unit
        );
        for row in rows {
            let optional = |value: Option<f64>| value.map_or(String::new(), figure);
            let name = if row.kind == Kind::Ours {
                format!("**{}**", cell(&row.entrant))
            } else {
                cell(&row.entrant)
            };
            page += &format!(
                "| {name} | {} | {:.2} | {} | {} | {} | {} |\n",
                figure(row.rate),
                row.ours_by_it,
                optional(row.p50_us),
                optional(row.p99_us),
                row.flushes
                    .map_or(String::new(), |value| format!("{value:.2}")),
                cell(&row.remark),
            );
        }
    }
    page
}

/// A figure with three significant digits, and commas.
pub(crate) fn figure(value: f64) -> String {
    let digits = match value.abs() {
        size if size < 10.0 => 2,
        size if size < 100.0 => 1,
        _ => 0,
    };
    let plain = format!("{value:.digits$}");
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut out = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    if part.is_empty() {
        out
    } else {
        format!("{out}.{part}")
    }
}
