//! The encoding of the ledger's entries changes only with its version.

use steadfast_testkit::frozen;

#[expect(dead_code, reason = "the example has a main function")]
#[path = "../ledger.rs"]
mod ledger;

use ledger::{Entry, Ledger};

#[test]
fn it_is_as_it_was() -> Result<(), frozen::NotFrozen> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/frozen");
    let (from, to) = ("ada".to_owned(), "bob".to_owned());
    let deposit = Entry::Deposit {
        to: to.clone(),
        cents: 10_000,
    };
    let transfer = Entry::Transfer {
        from,
        to: to.clone(),
        cents: 300,
    };
    frozen::operations::<Ledger>(folder, &[deposit, transfer])?;
    let ledger = Ledger {
        balances: [(to, 9_700)].into(),
    };
    frozen::values(folder, &[Ledger::default(), ledger])
}
