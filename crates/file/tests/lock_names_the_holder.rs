//! A second writer is refused, and told who the first one is.

use steadfast_core::PersistenceError;
use steadfast_file::FileBackend;

use crate::support::{open, place};

fn holder(path: &std::path::Path) -> String {
    match FileBackend::open(path) {
        Err(PersistenceError::Locked { place, holder, .. }) => {
            assert_eq!(place, path.display().to_string());
            holder
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_same_process_is_refused_too() {
    let (_guard, path) = place();
    let _backend = open(&path);
    let holder = holder(&path);
    assert!(
        holder.starts_with(&format!("process {} (promises", std::process::id())),
        "{holder}"
    );
}

/// The file of the one claim in a store.
fn claim(path: &std::path::Path) -> std::path::PathBuf {
    let names = std::fs::read_dir(path).unwrap();
    let mut claims = names
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "claim"));
    let only = claims.next().unwrap();
    assert_eq!(claims.next(), None);
    only
}

#[test]
fn a_holder_of_nonsense_is_shown_in_one_short_line() {
    let (_guard, path) = place();
    let _backend = open(&path);
    let claim = claim(&path);
    std::fs::write(&claim, "\u{1b}[31m".to_owned() + &"x".repeat(9999)).unwrap();
    let shown = holder(&path);
    assert!(shown.len() <= 200 && !shown.contains('\u{1b}'), "{shown}");
    std::fs::write(&claim, [0xff, 0xfe, b'\n', b'x']).unwrap();
    holder(&path);
    // Elsewhere an open file keeps its name until it is closed.
    if cfg!(unix) {
        std::fs::remove_file(&claim).unwrap();
        assert_eq!(holder(&path), "another program");
    }
}

#[test]
fn a_holder_elsewhere_is_named_with_its_machine() {
    let (_guard, path) = place();
    let backend = open(&path);
    let file = claim(&path);
    let told = std::fs::read_to_string(&file).unwrap();
    let own = |name: &str| name == format!("process {} (promises)", std::process::id());
    let short = |holder: String| {
        let (process, program) = holder.split_once(" (promises").unwrap();
        format!(
            "{process} (promises{}",
            program.get(program.find(')').unwrap()..).unwrap()
        )
    };
    assert!(own(&short(holder(&path))), "{}", holder(&path));
    assert_eq!(backend.writer(), Some(holder(&path)));
    let mut lines = told.lines();
    let (first, host, processes) = (
        lines.next().unwrap(),
        lines.next().unwrap(),
        lines.next().unwrap_or_default(),
    );
    std::fs::write(&file, format!("{first}\nhost elsewhere\n{processes}\n")).unwrap();
    assert_eq!(holder(&path), format!("{first} on elsewhere"));
    assert_eq!(backend.writer(), Some(holder(&path)));
    // The same name of the machine, other processes.
    std::fs::write(&file, format!("{first}\n{host}\npid:[1]\n")).unwrap();
    assert_eq!(holder(&path), format!("{first} in another container"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_holder_that_has_ended_has_nothing_open() {
    let (_guard, path) = place();
    drop(open(&path));
    let reader = FileBackend::open_read_only(&path).unwrap();
    assert_eq!(reader.writer(), None);
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let ended = child.id();
    child.wait().unwrap();
    let backend = open(&path);
    let file = claim(&path);
    let told = std::fs::read_to_string(&file).unwrap();
    let own = std::process::id().to_string();
    std::fs::write(&file, told.replacen(&own, &ended.to_string(), 1)).unwrap();
    assert_eq!(backend.writer(), None);
}

/// What a killed writer left here, and the claim of a writer elsewhere, whose number is no
/// process's here.
#[cfg(target_os = "linux")]
#[test]
fn a_holder_elsewhere_is_not_looked_for_among_the_processes_here() {
    let (_guard, path) = place();
    let backend = open(&path);
    let file = claim(&path);
    let told = std::fs::read_to_string(&file).unwrap();
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let ended = child.id();
    child.wait().unwrap();
    let own = std::process::id().to_string();
    let stale = told.replacen(&own, &ended.to_string(), 1);
    let (who, _) = stale.split_once('\n').unwrap();
    let host = told.lines().nth(1).unwrap();
    for (elsewhere, name) in [
        (format!("{who}\nhost elsewhere\npid:[1]\n"), "on elsewhere"),
        (format!("{who}\n{host}\npid:[1]\n"), "in another container"),
    ] {
        let beside = path.join(".steadfast.0123456789abcdef.claim");
        // In whichever order they are listed.
        for (one, other) in [(&stale, &elsewhere), (&elsewhere, &stale)] {
            std::fs::write(&file, one).unwrap();
            std::fs::write(&beside, other).unwrap();
            assert_eq!(backend.writer(), Some(format!("{who} {name}")));
        }
    }
}

#[cfg(unix)]
#[test]
fn another_process_is_refused_until_the_holder_is_killed() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    use crate::support::process::{child, given_directory, test_name};
    if let Some(directory) = given_directory() {
        let _backend = open(&directory.join("store"));
        println!("holding");
        // Until it is killed.
        let _ = std::io::stdin().read(&mut [0]);
        return;
    }
    let guard = tempfile::tempdir().unwrap();
    let path = guard.path().join("store");
    let test = test_name(
        module_path!(),
        "another_process_is_refused_until_the_holder_is_killed",
    );
    let mut child = child(&test, guard.path());
    let mut child = child
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("holding")));

    assert!(holder(&path).contains(&child.id().to_string()));
    child.kill().unwrap();
    child.wait().unwrap();
    open(&path);
}
