//! The benchmarks with the rivals. Each rival has a file here, and is set to the durability that
//! steadfast has by default: what it has acknowledged is flushed. If a rival has no such setting,
//! its remark says what it may lose.

mod atomic_write_file;
mod atomicwrites;
mod fjall;
mod lmdb;
mod okaywal;
mod redb;
mod sqlite;
mod tempfile;

use std::process::ExitCode;

use steadfast_bench::run::{Peers, main as run};

fn main() -> ExitCode {
    run(&Peers {
        committers: vec![
            okaywal::COMMITTER,
            fjall::COMMITTER,
            sqlite::COMMITTER,
            lmdb::COMMITTER,
            redb::COMMITTER,
        ],
        savers: vec![
            atomic_write_file::SAVER,
            atomicwrites::SAVER,
            tempfile::SAVER,
            fjall::SAVER,
            sqlite::SAVER,
            lmdb::SAVER,
            redb::SAVER,
        ],
    })
}
