//! A small ledger, used by many threads at once: `cargo run -p steadfast-examples --example ledger
//! [DIRECTORY]`.
//!
//! `transact` looks at the balances and commits with nothing in between, so no account is ever
//! overdrawn; and since a transfer is one operation, no crash can take the money from one account
//! without giving it to the other.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use steadfast::blocking::Store;
use steadfast::{PersistenceError, Postcard, Schema, State, TransactError};

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Ledger {
    /// In cents.
    pub(crate) balances: BTreeMap<String, u64>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Entry {
    Deposit {
        to: String,
        cents: u64,
    },
    Transfer {
        from: String,
        to: String,
        cents: u64,
    },
}

#[derive(Debug)]
struct NotEnough {
    there_are: u64,
}

impl Schema for Ledger {
    const NAME: &'static str = "example.ledger";
    type Codec = Postcard;
}

impl State for Ledger {
    type Operation = Entry;
    type OperationCodec = Postcard;

    /// Applying cannot fail: whether a transfer is covered was decided before it was committed.
    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Deposit { to, cents } => *self.balances.entry(to).or_default() += cents,
            Entry::Transfer { from, to, cents } => {
                *self.balances.entry(from).or_default() -= cents;
                *self.balances.entry(to).or_default() += cents;
            }
        }
    }
}

impl Ledger {
    fn transfer(&self, from: &str, to: &str, cents: u64) -> Result<Entry, NotEnough> {
        let there_are = self.balances.get(from).copied().unwrap_or(0);
        if there_are < cents {
            return Err(NotEnough { there_are });
        }
        Ok(Entry::Transfer {
            from: from.into(),
            to: to.into(),
            cents,
        })
    }
}

fn main() -> Result<(), PersistenceError> {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(|| PathBuf::from("ledger"), PathBuf::from);
    let ledger: Store<Ledger> = Store::open(folder)?;
    ledger.commit(Entry::Deposit {
        to: "ada".into(),
        cents: 10_000,
    })?;

    // Eight threads try to spend the same money.
    std::thread::scope(|scope| {
        for number in 0..8 {
            let ledger = ledger.clone();
            scope.spawn(move || {
                let shop = format!("shop {number}");
                let paid = ledger.transact(move |ledger| {
                    ledger
                        .transfer("ada", &shop, 3_000)
                        .map(|entry| (Some(entry), shop))
                });
                match paid {
                    Ok(shop) => println!("{shop} was paid"),
                    Err(TransactError::Refused(NotEnough { there_are })) => {
                        println!("refused: {there_are} cents are not enough");
                    }
                    Err(TransactError::Storage(error)) => println!("{error}"),
                }
            });
        }
    });

    let (sum, ada) = ledger.read(|ledger| {
        (
            ledger.balances.values().sum::<u64>(),
            ledger.balances.get("ada").copied().unwrap_or(0),
        )
    })?;
    println!("ada has {ada} cents left; {sum} cents in all, none lost");
    ledger.close()
}
