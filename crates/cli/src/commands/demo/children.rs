//! Waiting for the writers, also where whoever started the program had it ignore the ends of its
//! children: then the system keeps no exit code for anybody. A handler that does nothing brings
//! that back, and no child inherits it.

use std::io;
use std::sync::Arc;

/// Before the first of them is started.
pub(super) fn can_be_waited_for() -> io::Result<()> {
    signal_hook::flag::register(libc::SIGCHLD, Arc::default()).map(drop)
}
