//! Who has the store: words for people, in the file of the writer's claim.
//!
//! ```text
//! process 12 (steadfast)      the first line is shown
//! host nuc                    where that number is valid: on which machine,
//! pid:[4026531836]            and in which container; empty where the system does not tell
//! ```
//! The file is never flushed and decides nothing; what is in it is not trusted.

use std::fs;
use std::path::Path;

use super::claim::claims;
use crate::simulation::{Access, Directory, File};

/// More than any names of a program and a machine take.
const LEN_MAX: usize = 400;

/// The longest line that is shown.
const LINE_LEN_MAX: usize = 200;

/// This program, as its claim tells of it.
pub(super) fn words() -> String {
    let program = std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "unknown program".to_owned());
    let (host, processes) = (this_host(), these_processes());
    format!(
        "process {} ({program})\nhost {host}\n{processes}\n",
        std::process::id()
    )
}

/// Who has the lock that is taken, for a sentence.
pub(super) fn of_a_lock(root: &impl Directory) -> String {
    read(root).map_or_else(|| "another program".to_owned(), |holder| holder.name())
}

/// Who says that it has the lock; `None` where nobody does, or where it certainly runs no longer.
pub(super) fn who_runs(root: &impl Directory) -> Option<String> {
    let holder = read(root)?;
    (!holder.has_ended()).then(|| holder.name())
}

/// What the file says.
struct Holder {
    who: String,
    host: String,
    processes: String,
}

impl Holder {
    /// The process, and where it is unless that is here.
    fn name(&self) -> String {
        let Self { who, host, .. } = self;
        if !host.is_empty() && *host != this_host() {
            format!("{who} on {host}")
        } else if !self.processes.is_empty() && self.processes != these_processes() {
            format!("{who} in another container")
        } else {
            who.clone()
        }
    }

    fn is_here(&self) -> bool {
        self.host == this_host() && self.processes == these_processes()
    }

    /// Only of a process that would be listed here: elsewhere its number means another one or none.
    /// A number that is in use again is taken for the same one.
    fn has_ended(&self) -> bool {
        // Without the name of a set of processes nothing says that `/proc` lists this one: wine
        // shows the machine's.
        if self.processes.is_empty() || !self.is_here() {
            return false;
        }
        let number = self
            .who
            .strip_prefix("process ")
            .and_then(|rest| rest.split(' ').next());
        let number = number.and_then(|number| number.parse::<u32>().ok());
        let processes = Path::new("/proc");
        number.is_some_and(|number| {
            processes.join("self/stat").exists() && !processes.join(number.to_string()).exists()
        })
    }
}

/// Of several claims that of a process that runs: the others are what killed writers left.
fn read(root: &impl Directory) -> Option<Holder> {
    let claims = claims(root).unwrap_or_default();
    let mut holders = claims.iter().filter_map(|claim| read_one(root, claim));
    let first = holders.next()?;
    if first.has_ended() {
        return Some(holders.find(|holder| !holder.has_ended()).unwrap_or(first));
    }
    Some(first)
}

fn read_one(root: &impl Directory, claim: &Path) -> Option<Holder> {
    let mut bytes = [0; LEN_MAX];
    let read = root
        .open_file(claim, Access::Read)
        .and_then(|file| file.read_at(&mut bytes, 0));
    let text = String::from_utf8_lossy(bytes.get(..read.unwrap_or(0)).unwrap_or_default());
    let mut lines = text.lines().map(|line| -> String {
        let shown = line.chars().filter(|c| !c.is_control());
        let mut len = 0_usize;
        shown
            .take_while(|c| {
                len = len.saturating_add(c.len_utf8());
                len <= LINE_LEN_MAX
            })
            .collect()
    });
    let who = lines.next().filter(|who| !who.is_empty())?;
    let host = lines.next().unwrap_or_default();
    Some(Holder {
        who,
        host: host.strip_prefix("host ").unwrap_or_default().to_owned(),
        processes: lines.next().unwrap_or_default(),
    })
}

/// The name of this machine or container; empty where the system does not tell it in a file.
fn this_host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

/// Among which processes a number means one of them; empty where there is only one such set.
fn these_processes() -> String {
    let namespace = fs::read_link("/proc/self/ns/pid");
    namespace.map_or_else(
        |_| String::new(),
        |name| name.to_string_lossy().into_owned(),
    )
}
