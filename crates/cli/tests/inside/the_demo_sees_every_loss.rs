//! A demo that cannot see a loss would promise too much.

use super::{Kv, Ledger, Verdict};
use steadfast::State as _;

fn ledger() -> Ledger {
    let record = |number: u8| (vec![b'k', number], vec![b'v', number]);
    Ledger::new((0..10).map(record).collect())
}

fn kv(numbers: &[u8]) -> Kv {
    let mut kv = Kv::default();
    for number in numbers {
        kv.apply(Kv::put([b'k', *number], [b'v', *number]).unwrap());
    }
    kv
}

#[test]
fn all_is_well() {
    let verdict = ledger().judge(&kv(&[0, 1, 2, 3]), 2, 2);
    assert_eq!(
        verdict,
        Verdict {
            unsaid: 2,
            ..Verdict::default()
        }
    );
}

#[test]
fn a_lost_record_is_seen() {
    assert_eq!(ledger().judge(&kv(&[0]), 2, 1).lost, 1);
    assert_eq!(ledger().judge(&Kv::default(), 3, 1).lost, 3);
}

#[test]
fn a_wrong_value_is_a_loss() {
    let mut kv = kv(&[0, 1, 2]);
    kv.apply(Kv::put([b'k', 1], "other").unwrap());
    let verdict = ledger().judge(&kv, 3, 1);
    assert_eq!((verdict.lost, verdict.strange), (2, 2));
}

#[test]
fn half_a_commit_is_seen() {
    assert_eq!(ledger().judge(&kv(&[0, 1, 2]), 2, 2).halves, 1);
}

#[test]
fn what_nobody_saved_is_seen() {
    assert_eq!(ledger().judge(&kv(&[0, 1, 5]), 2, 1).strange, 1);
}

#[test]
fn a_loss_of_what_an_earlier_writer_saved_is_seen() {
    let mut ledger = ledger();
    assert_eq!(ledger.judge(&kv(&[0, 1, 2]), 3, 1).lost, 0);
    assert_eq!(ledger.judge(&kv(&[0, 1]), 0, 1).lost, 1);
}
