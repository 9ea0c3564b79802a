//! A writer that removes what a reader is about to read.

use pollster::block_on;
use steadfast_core::MemoryBackend;

use super::numbers::open_small;
use super::probe::{Call, Probe};

/// How often the writer deletes what the reader has begun with.
const ROUNDS: u32 = 3;

/// The disk, for a reader beside a writer. The writer takes its snapshots as late as possible: when
/// the reader is about to read one that the newest manifest named a moment ago.
pub(crate) fn with_a_pruning_writer(disk: MemoryBackend) -> Probe {
    let probe = Probe::new(&disk, 0);
    let writer = block_on(open_small(disk)).unwrap_or_else(|e| panic!("{e}"));
    let mut rounds = 0;
    probe.before_each_call(move |_, call| {
        let is_snapshot =
            matches!(call, Call::Read(read) if read.as_str().starts_with("snapshot/"));
        if is_snapshot && rounds < ROUNDS {
            rounds += 1;
            for _ in 0..3 {
                block_on(writer.commit(vec![7])).unwrap_or_else(|e| panic!("{e}"));
                block_on(writer.snapshot()).unwrap_or_else(|e| panic!("{e}"));
            }
        }
    });
    probe
}
