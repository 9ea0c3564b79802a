//! The raw limits: what plain system calls reach on this disk.

mod append;
mod direct;
mod overwrite;
mod save;
mod sequential;

use crate::entrant::{Committer, Entrant, Kind, Saver};

pub use sequential::write_and_flush;

/// What one commit of 100 bytes takes in a log, as raw bytes.
pub(crate) const RECORD_LEN: usize = 128;

/// Ways to make 128 bytes durable.
pub const COMMITTERS: [Entrant<dyn Committer>; 4] = [
    Entrant {
        name: "append + fdatasync",
        kind: Kind::Raw,
        remark: "the file grows: its length is flushed too",
        open: append::open,
    },
    Entrant {
        name: "overwrite + fdatasync",
        kind: Kind::Raw,
        remark: "blocks that were written before",
        open: overwrite::open,
    },
    Entrant {
        name: "overwrite, O_DIRECT|O_DSYNC, 4 KiB",
        kind: Kind::Raw,
        remark: "a block of its own for each record",
        open: direct::open_blocks,
    },
    Entrant {
        name: "overwrite, O_DIRECT|O_DSYNC, 512 B",
        kind: Kind::Raw,
        remark: "a sector of its own for each record",
        open: direct::open_sectors,
    },
];

/// The protocol of an atomic save, by hand.
pub const SAVER: Entrant<dyn Saver> = Entrant {
    name: "write, flush, rename, flush",
    kind: Kind::Raw,
    remark: "the protocol by hand: no lock, no attributes, no checks",
    open: save::open,
};
