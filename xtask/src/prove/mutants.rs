//! Teeth: take one thing away that keeps a promise, and a named test must fail.
//!
//! The mutants are kept here, by hand, because each stands for a sentence of the contract: a general tool makes hundreds that mean nothing and
//! misses an order of two calls. A mutant is one exact replacement in one file; if the text is no longer there, that is a failure too, so the
//! list cannot rot. They are made in a copy of the workspace under the build directory.

use std::fs;
use std::path::Path;

use crate::console::say;
use crate::part::{Result, Stop};
use crate::totals::Totals;
use crate::workspace::Workspace;

/// One thing taken away.
pub struct Mutant {
    /// What is missing then.
    pub what: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// The package and the test (or the filter of one) that catches it.
    package: &'static str,
    test: &'static [&'static str],
}

const CORE: &str = "steadfast-core";
const FILE: &str = "steadfast-file";
const TESTKIT: &str = "steadfast-testkit";
const EXPLORER: &[&str] = &["--test", "the_explorer_finds_nothing_in_a_store"];

/// All of them.
pub const MUTANTS: &[Mutant] = &[
    Mutant {
        what: "the flush of a commit",
        file: "crates/core/src/store/writer.rs",
        from: "        if flush {\n            self.flush(backend).await?;\n        }",
        to: "        let _ = flush;",
        package: TESTKIT,
        test: EXPLORER,
    },
    Mutant {
        what: "the flush of a new segment's header",
        file: "crates/core/src/store/writer.rs",
        from: "            backend.sync(&key).await\n        };",
        to: "            Ok(())\n        };",
        package: TESTKIT,
        test: EXPLORER,
    },
    Mutant {
        what: "the flush before a segment is finished",
        file: "crates/core/src/store/writer.rs",
        from: "        self.flush(backend).await?;\n        let (next, predecessor)",
        to: "        let (next, predecessor)",
        package: CORE,
        test: &["--test", "a_finished_segment_is_flushed_first"],
    },
    Mutant {
        what: "the flush before the log is finished",
        file: "crates/core/src/store/writer.rs",
        from: "        self.flush(backend).await?;\n        if self.tip.position <= SEGMENT_HEADER_LEN || !self",
        to: "        if self.tip.position <= SEGMENT_HEADER_LEN || !self",
        package: CORE,
        test: &["--test", "a_finished_segment_is_flushed_first"],
    },
    Mutant {
        what: "the flush of what a killed predecessor left",
        file: "crates/core/src/recovery/replay.rs",
        from: "    backend.sync(key).await?;\n    Ok(true)",
        to: "    Ok(true)",
        package: CORE,
        test: &["--test", "what_a_killed_predecessor_left_is_flushed_first"],
    },
    Mutant {
        what: "the checksum of a frame's header",
        file: "crates/core/src/wal/frame.rs",
        from: "        if checksum(header.get(4..)?) != sum {",
        to: "        if checksum(header.get(4..)?) != sum && false {",
        package: CORE,
        test: &["--test", "a_closed_store_notices_the_loss_of_its_last_byte"],
    },
    Mutant {
        what: "the checksum of a frame's payload",
        file: "crates/core/src/wal/scan.rs",
        from: "    if computed != found.payload_checksum {",
        to: "    if computed != found.payload_checksum && false {",
        package: CORE,
        test: &["--test", "every_flipped_byte_and_every_cut_is_noticed"],
    },
    Mutant {
        what: "the checksum of a segment's header",
        file: "crates/core/src/wal/segment.rs",
        from: "        if computed != sum {",
        to: "        if computed != sum && false {",
        package: CORE,
        test: &["--test", "every_flipped_byte_and_every_cut_is_noticed"],
    },
    Mutant {
        what: "the checksum of a manifest",
        file: "crates/core/src/manifest/format.rs",
        from: "        if computed != sum {",
        to: "        if computed != sum && false {",
        package: CORE,
        test: &["--test", "every_flipped_byte_and_every_cut_is_noticed"],
    },
    Mutant {
        what: "the checksum of a snapshot's header",
        file: "crates/core/src/snapshot/format.rs",
        from: "        if computed != sum {",
        to: "        if computed != sum && false {",
        package: CORE,
        test: &["--test", "every_flipped_byte_and_every_cut_is_noticed"],
    },
    Mutant {
        what: "the checksum of a snapshot's piece",
        file: "crates/core/src/snapshot/reader.rs",
        from: "                if computed != sum {",
        to: "                if computed != sum && false {",
        package: CORE,
        test: &["--test", "every_flipped_byte_and_every_cut_is_noticed"],
    },
    Mutant {
        what: "the distinction of torn and damaged",
        file: "crates/core/src/wal/scan.rs",
        from: "    if proven_durable(bytes, header.salt, &scan) > scan.end {",
        to: "    if proven_durable(bytes, header.salt, &scan) > u64::MAX - 1 {",
        package: CORE,
        test: &[
            "--test",
            "a_torn_tail_is_not_damage_and_damage_is_no_torn_tail",
        ],
    },
    Mutant {
        what: "the salt of a segment",
        file: "crates/core/src/wal/scan.rs",
        from: "    if found.salt != salt {",
        to: "    if found.salt != salt && false {",
        package: CORE,
        test: &[
            "--test",
            "a_torn_tail_is_not_damage_and_damage_is_no_torn_tail",
        ],
    },
    Mutant {
        what: "snapshot before manifest (published as if it were saved)",
        file: "crates/core/src/snapshot/manager.rs",
        from: "    staged.commit(precondition).await?;\n    Ok(len)",
        to: "    drop((staged, precondition));\n    Ok(len)",
        package: TESTKIT,
        test: EXPLORER,
    },
    Mutant {
        what: "manifest before deletion (the previous manifest's files are deleted at once)",
        file: "crates/core/src/store/snapshot.rs",
        from: "garbage(&listing, &published.newest, published.previous.as_ref())",
        to: "garbage(&listing, &published.newest, None)",
        package: CORE,
        test: &["--test", "two_snapshots_and_the_log_behind_them_are_kept"],
    },
    Mutant {
        what: "the poison after a failed flush",
        file: "crates/core/src/store/turn.rs",
        from: "        shared.die(error);",
        to: "        drop(error);",
        package: CORE,
        test: &["--test", "a_failed_flush_ends_the_handle"],
    },
    Mutant {
        what: "the fence",
        file: "crates/core/src/recovery/replay.rs",
        from: "    if !contents.scan.fenced {",
        to: "    if !contents.scan.fenced && false {",
        package: CORE,
        test: &["--test", "a_second_writer_fences_the_first"],
    },
    Mutant {
        what: "a new segment after the log was finished",
        file: "crates/core/src/store/writer.rs",
        from: "        if is_full || !self.has_open_segment() {",
        to: "        if is_full {",
        package: CORE,
        test: &["--test", "a_closed_store_notices_the_loss_of_its_last_byte"],
    },
    Mutant {
        what: "the file's flush before the rename",
        file: "crates/file/src/temporary.rs",
        from: "        self.file\n            .flush_all()\n            .map_err(|error| failed(\"flush the new\", &self.place, error))?;",
        to: "",
        package: FILE,
        test: &["save_flushes_file_renames_flushes_directory"],
    },
    Mutant {
        what: "the directory's flush after the rename",
        file: "crates/file/src/temporary.rs",
        from: "        self.directory\n            .flush()\n            .map_err(|error| outcome_unknown(&self.place, error))?;\n        Ok(())",
        to: "        Ok(())",
        package: FILE,
        test: &["save_flushes_file_renames_flushes_directory"],
    },
    Mutant {
        what: "the data flush of a stream",
        file: "crates/file/src/backend/stream.rs",
        from: "        self.file\n            .flush_data()\n            .map_err(|error| failed(\"flush\", &self.place, error))?;",
        to: "",
        package: FILE,
        test: &["durable_append_is_one_write_and_one_flush"],
    },
    Mutant {
        what: "the directory's flush after a file was created",
        file: "crates/file/src/backend/stream.rs",
        from: "            directory\n                .flush()\n                .map_err(|error| failed(\"flush\", directory.path(), error))?;",
        to: "            let _ = directory;",
        package: FILE,
        test: &["first_append_flushes_the_directory"],
    },
    Mutant {
        what: "the poison of a stream after a failed flush",
        file: "crates/file/src/backend/stream.rs",
        from: "            Err(ref failure) => {\n                state.death.get_or_insert_with(|| failure.clone());\n            }",
        to: "            Err(_) => {}",
        package: FILE,
        test: &["failed_flush_poisons_the_stream"],
    },
    Mutant {
        what: "the look for a removed directory after a flush",
        file: "crates/file/src/backend/stream.rs",
        from: "            Ok(true) => Err(removed(&self.place)),",
        to: "            Ok(true) => Ok(()),",
        package: FILE,
        test: &["removed_directory_is_never_acknowledged"],
    },
];

pub(super) fn run(workspace: &Workspace, _totals: &mut Totals) -> Result {
    let copy = workspace.target_dir.join("mutants");
    copy_workspace(workspace, &copy)?;
    let mut survivors = Vec::new();
    for mutant in MUTANTS {
        let path = copy.join(mutant.file);
        let original = read(&path)?;
        let Some(mutated) = replace_once(&original, mutant.from, mutant.to) else {
            survivors.push(mutant.what);
            say(&format!(
                "STALE    {}: its text is not (once) in {}",
                mutant.what, mutant.file
            ));
            continue;
        };
        write(&path, &mutated)?;
        let mut test = workspace.cargo("test");
        test.current_dir(&copy)
            .args(["--quiet", "--package", mutant.package])
            .args(mutant.test)
            // Warnings about what is unused now are not the point.
            .env("RUSTFLAGS", "--cap-lints=allow")
            .env(
                "CARGO_TARGET_DIR",
                workspace.target_dir.join("mutants-build"),
            );
        let verdict = test.output();
        write(&path, &original)?;
        let output = verdict.map_err(|error| Stop::failed(format!("cargo: {error}")))?;
        let said = String::from_utf8_lossy(&output.stdout);
        // A mutant that does not build proves nothing: only a test that ran and failed does.
        if output.status.success() || !said.contains("FAILED") {
            survivors.push(mutant.what);
            say(&format!("SURVIVED {}", mutant.what));
            say(&String::from_utf8_lossy(&output.stderr)
                .lines()
                .take(12)
                .collect::<Vec<_>>()
                .join("\n"));
        } else {
            let test = mutant.test.last().copied().unwrap_or_default();
            say(&format!("caught   {:<70} by {test}", mutant.what));
        }
    }
    let caught = MUTANTS.len().saturating_sub(survivors.len());
    say(&format!("{caught} of {} mutants caught", MUTANTS.len()));
    if survivors.is_empty() {
        return Ok(());
    }
    Err(Stop::failed(format!(
        "not caught: {}",
        survivors.join("; ")
    )))
}

/// The text with the one occurrence of `from` replaced; `None` where there is none, or more than one.
fn replace_once(text: &str, from: &str, to: &str) -> Option<String> {
    (text.matches(from).count() == 1).then(|| text.replacen(from, to, 1))
}

/// Copies what is tracked, unless the same is there already: then cargo has less to build.
fn copy_workspace(workspace: &Workspace, copy: &Path) -> Result {
    for name in workspace.tracked_files()? {
        let (from, to) = (workspace.root.join(&name), copy.join(&name));
        let bytes = fs::read(&from).map_err(|error| about(&from, &error))?;
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(|error| about(folder, &error))?;
        }
        fs::write(&to, bytes).map_err(|error| about(&to, &error))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| about(path, &error))
}

fn write(path: &Path, text: &str) -> Result {
    fs::write(path, text).map_err(|error| about(path, &error))
}

fn about(path: &Path, error: &std::io::Error) -> Stop {
    Stop::failed(format!("{}: {error}", path.display()))
}
