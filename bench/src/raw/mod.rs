//! The raw limits: what plain system calls reach on this disk.

mod append;
mod direct;
mod group;
mod overwrite;
mod save;
mod sequential;

use crate::entrant::{Committer, Entrant, Kind, Saver};

pub use sequential::write_and_flush;

/// The bytes that one commit of 100 bytes takes in a log.
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

/// Ways to make 128 bytes durable for many threads at once.
pub const GROUPS: [Entrant<dyn Committer>; 3] = [
    Entrant {
        name: "plain leader, append",
        kind: Kind::Raw,
        remark: "group commit by hand, without a state, checksums or recovery",
        open: group::open_append,
    },
    Entrant {
        name: "plain leader, written blocks",
        kind: Kind::Raw,
        remark: "the same over blocks that were written before",
        open: group::open_overwrite,
    },
    Entrant {
        name: "plain leader, O_DIRECT|O_DSYNC",
        kind: Kind::Raw,
        remark: "the same past the page cache, whole blocks",
        open: group::open_direct,
    },
];

/// The protocol of an atomic save, written by hand.
pub const SAVER: Entrant<dyn Saver> = Entrant {
    name: "write, flush, rename, flush",
    kind: Kind::Raw,
    remark: "the protocol by hand: no lock, no attributes, no checks",
    open: save::open,
};
