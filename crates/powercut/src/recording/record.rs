//! Recording a program: it runs in a process of its own and says line by line what it does.
//!
//! The program waits for an answer to every line, so what it says has an exact place in the order
//! of the disk's steps. It can also ask to be killed. It is then started again as the next session:
//! what it had written and not flushed is still in the kernel's memory.

use std::sync::Arc;

use super::Recording;
use crate::disk::{Image, Mark};
use crate::error::Result;
use crate::file_system::FileSystem;
use crate::process::Process;
use crate::rig::Rig;
use crate::workload::{Line, Workload, broken};

/// What is on the disk when a program begins.
pub(crate) enum Start {
    /// A new file system. It is recorded from the moment when the program says that it is ready.
    New,
    /// A crash state, and what was said before the crash. It is recorded from the mount on.
    Crashed(Arc<Image>, Vec<Mark>),
}

/// Runs `workload` on the rig, and records it.
pub(crate) fn record(
    rig: &mut Rig,
    file_system: FileSystem,
    workload: Workload,
    seed: u64,
    start: Start,
) -> Result<Recording> {
    let (crashed, before) = match start {
        Start::New => {
            rig.disk().insert(&Arc::default());
            file_system.make(rig)?;
            (None, Vec::new())
        }
        Start::Crashed(image, before) => {
            rig.disk().insert(&image);
            (Some(rig.disk().record()), before)
        }
    };
    rig.mount(file_system)?;
    let image = run(rig, workload, crashed)?;
    let events = rig.disk().recorded();
    rig.unmount()?;
    Ok(Recording {
        file_system,
        workload,
        seed,
        before,
        image,
        events,
    })
}

/// Runs all sessions of the program. The image is the disk at the beginning of the recording.
/// Without an image, the recording begins when the program is ready.
fn run(rig: &mut Rig, workload: Workload, mut image: Option<Arc<Image>>) -> Result<Arc<Image>> {
    let mut session = 0_u32;
    loop {
        let mut program = Program::start(rig, workload, session)?;
        loop {
            match program.next_line()? {
                Line::Ready if image.is_none() => {
                    rig.flush()?;
                    image = Some(rig.disk().record());
                }
                Line::Ready => {}
                Line::Mark(mark) => rig.disk().mark(mark),
                Line::Kill => break,
                Line::Done => {
                    program.end()?;
                    return image.ok_or_else(|| broken(workload, "it never was ready".to_owned()));
                }
            }
            program.process.say("heard");
        }
        session = session.saturating_add(1);
    }
}

/// The running program. Dropping this kills it.
struct Program {
    workload: Workload,
    process: Process,
}

impl Program {
    fn start(rig: &Rig, workload: Workload, session: u32) -> Result<Self> {
        let session = session.to_string();
        let process = Process::start(&[
            "workload".as_ref(),
            workload.name().as_ref(),
            session.as_ref(),
            rig.mount_point().as_os_str(),
        ])?;
        Ok(Self { workload, process })
    }

    fn next_line(&mut self) -> Result<Line> {
        match self.process.hear() {
            Some(text) => {
                Line::parse(&text).ok_or_else(|| broken(self.workload, format!("it says `{text}`")))
            }
            None => Err(broken(
                self.workload,
                self.process.end().unwrap_or_default(),
            )),
        }
    }

    fn end(&mut self) -> Result<()> {
        match self.process.end() {
            None => Ok(()),
            Some(reason) => Err(broken(self.workload, reason)),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.process.kill();
    }
}
