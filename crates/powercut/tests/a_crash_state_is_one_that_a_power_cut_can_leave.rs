//! The choice of states, on a made-up recording: what was flushed is there, and every other sector
//! is old or new.

use std::collections::HashSet;

use steadfast_powercut::crash::{Kept, choose};
use steadfast_powercut::recording::Recording;
use steadfast_powercut::{Event, FileSystem, SECTOR_LEN, Workload};

/// Two durable sectors, then three writes of four sectors and a discard.
fn recording(seed: u64) -> Recording {
    let write = |sector: u64, sectors: u64, byte: u8| Event::Write {
        offset: sector * SECTOR_LEN,
        data: vec![byte; usize::try_from(sectors * SECTOR_LEN).unwrap()],
    };
    let discard = Event::Zero {
        offset: 0,
        len: SECTOR_LEN,
    };
    Recording {
        file_system: FileSystem::Ext4,
        workload: Workload::Commits,
        seed,
        before: Vec::new(),
        image: std::sync::Arc::default(),
        events: vec![
            write(0, 2, 1),
            Event::Flush,
            write(2, 4, 2),
            write(4, 4, 3),
            write(100, 4, 4),
            discard,
        ],
    }
}

#[test]
fn what_was_flushed_is_there_and_the_rest_is_old_or_new() {
    let recording = recording(7);
    let mut kinds = HashSet::new();
    for crash in choose(&recording, 300) {
        kinds.insert(std::mem::discriminant(&crash.kept));
        let image = crash.image(&recording);
        let sector = |number: u64| {
            let bytes = number * SECTOR_LEN..(number + 1) * SECTOR_LEN;
            let bytes: HashSet<u8> = bytes.map(|offset| image.byte(offset)).collect();
            assert_eq!(bytes.len(), 1, "a torn sector");
            bytes.into_iter().next().unwrap()
        };
        let is_durable = crash.cut > 1;
        assert!(!is_durable || sector(1) == 1);
        assert!([0, 1].contains(&sector(0)));
        assert!([0, 2].contains(&sector(3)));
        assert!([0, 2, 3].contains(&sector(5)), "two writes, in their order");
        assert!([0, 3].contains(&sector(7)));
        assert!([0, 4].contains(&sector(100)));
        assert_eq!(sector(50), 0, "never written");
        if crash.cut == recording.events.len() && crash.kept == Kept::All {
            assert_eq!((sector(0), sector(3), sector(5)), (0, 2, 3));
        }
        if crash.kept == Kept::Nothing {
            assert_eq!(sector(1), u8::from(is_durable));
            assert_eq!((sector(3), sector(5), sector(100)), (0, 0, 0));
        }
    }
    assert_eq!(kinds.len(), 6, "every way to choose was chosen");
}

#[test]
fn the_seed_decides() {
    let states = |seed| format!("{:?}", choose(&recording(seed), 40));
    assert_eq!(states(1), states(1));
    assert_ne!(states(1), states(2));
    // A longer list begins with the shorter one: a number means the same state in both.
    let longer = format!("{:?}", choose(&recording(1), 41));
    assert!(longer.starts_with(states(1).trim_end_matches(']')));
}
