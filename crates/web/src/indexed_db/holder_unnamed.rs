//! Who writes, where nobody is named: `holder` for the npm package, whose first load is limited.
//!
//! Its tabs have locks that say who writes, and come before this one.

use steadfast_core::Result;

use super::options::Options;
use super::schema::{ABOUT, HOLDER, text};
use super::shared::Stop;
use super::transaction::Transaction;

/// Forgets who wrote before.
pub(super) fn note(transaction: &Transaction) -> Result<(), Stop> {
    Ok(transaction.delete(&ABOUT, &text(HOLDER))?)
}

pub(super) async fn find(_database: &str, _place: &str, _options: Options) -> String {
    "another tab or worker of this site".to_owned()
}
