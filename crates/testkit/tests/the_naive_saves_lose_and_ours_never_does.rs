//! The explorer finds what each of the three naive ways to save a file loses. In ours it finds
//! nothing.
#![expect(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

use std::collections::BTreeSet;

use steadfast_testkit::posix::saves::{Found, Picture, Way};
use steadfast_testkit::posix::{Call, Explorer};

/// Every subset of every step: none of these saves has more than eight pending changes.
fn picture(way: Way) -> Picture {
    let explorer = Explorer {
        exhaustive_max: 16,
        ..Explorer::default()
    };
    let picture = Picture::of(way, &explorer).unwrap();
    for point in &picture.points {
        println!("{way:?} {:?}: {:?}", point.call, point.found);
    }
    picture
}

/// The results that may be found after a cut at `call`, or after `Ok`.
fn found(picture: &Picture, call: Option<Call>) -> BTreeSet<Found> {
    let point = picture.points.iter().find(|point| point.call == call);
    point.unwrap().found.keys().copied().collect()
}

#[test]
fn a_write_in_place_loses_both_values() {
    let picture = picture(Way::InPlace);
    let at_truncate = BTreeSet::from([Found::Old, Found::Nothing]);
    assert_eq!(found(&picture, Some(Call::Truncate)), at_truncate);
    let anything = BTreeSet::from(Found::ALL);
    assert_eq!(found(&picture, Some(Call::Write)), anything);
    assert_eq!(found(&picture, None), anything, "although it said Ok");
}

#[test]
fn a_rename_without_a_flush_loses_both_values() {
    let picture = picture(Way::RenameOnly);
    let only_old = BTreeSet::from([Found::Old]);
    assert_eq!(found(&picture, Some(Call::Write)), only_old);
    let anything = BTreeSet::from(Found::ALL);
    assert_eq!(found(&picture, Some(Call::Rename)), anything);
    assert_eq!(found(&picture, None), anything, "although it said Ok");
}

#[test]
fn a_rename_without_a_directory_flush_loses_what_it_acknowledged() {
    let picture = picture(Way::NoDirectoryFlush);
    let whole = BTreeSet::from([Found::Old, Found::New]);
    assert_eq!(found(&picture, Some(Call::Rename)), whole);
    assert_eq!(found(&picture, None), whole, "the old value, after Ok");
    let (last, before) = picture.points.split_last().unwrap();
    assert!(before.iter().all(|point| !point.loses()));
    assert!(last.loses());
}

#[test]
fn ours_loses_nothing() {
    let picture = picture(Way::Steadfast);
    assert_eq!(picture.losses(), 0);
    assert!(picture.points.iter().all(|point| !point.loses()));
    let whole = BTreeSet::from([Found::Old, Found::New]);
    assert_eq!(found(&picture, Some(Call::FlushDirectory)), whole);
    assert_eq!(found(&picture, None), BTreeSet::from([Found::New]));
}

#[test]
fn each_way_is_what_it_says_it_is() {
    for way in Way::ALL {
        assert_eq!(picture(way).losses() == 0, way.is_safe(), "{way:?}");
    }
}
