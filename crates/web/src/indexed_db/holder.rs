//! Who writes, in words: for the error of an open that finds somebody else writing.
//!
//! The writer stores its title in the transaction that begins its epoch.

use steadfast_core::Result;

use super::connection::{Creation, Opened, open};
use super::options::Options;
use super::schema::{ABOUT, HOLDER, text};
use super::shared::{Stop, attempt};
use super::transaction::Transaction;
use crate::global;

/// Stores who writes from now on.
pub(super) fn note(transaction: &Transaction) -> Result<(), Stop> {
    Ok(transaction.put(&ABOUT, &text(HOLDER), &text(&myself()))?)
}

/// The writer. Where the text cannot be read, the answer is that somebody writes.
pub(super) async fn find(database: &str, place: &str, options: Options) -> String {
    let somebody = || "another tab or worker of this site".to_owned();
    let opened = open(database, place, Creation::Forbidden, options.open_limit).await;
    let Ok(Opened::Found(connection)) = opened else {
        return somebody();
    };
    let asked = attempt(&connection, None, async |transaction: &Transaction| {
        Ok(transaction.get(&ABOUT, &text(HOLDER))?.wait().await?)
    });
    let said = asked.await.ok().and_then(|value| value.as_string());
    said.unwrap_or_else(somebody)
}

fn myself() -> String {
    let since = String::from(js_sys::Date::new_0().to_iso_string());
    match title() {
        Some(title) => format!("the tab \"{title}\" ({}, since {since})", global::href()),
        None => format!("{} (since {since})", global::href()),
    }
}

/// The page's title, where there is one.
fn title() -> Option<String> {
    let title = global::property(&global::global("document")?, "title")?.as_string()?;
    (!title.is_empty()).then_some(title)
}
