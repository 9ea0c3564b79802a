//! What the tests of the program share.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};

use tempfile::TempDir;

/// The program as it was built for the tests.
pub(crate) fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_steadfast"))
}

/// A directory to work in, and the program started there.
pub(crate) struct Room {
    directory: TempDir,
}

impl Room {
    pub(crate) fn new() -> Self {
        #[cfg(unix)]
        take_signals();
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.at(name), contents).unwrap();
        self.at(name)
    }

    /// The program with these arguments, not started yet. Its store is `./data.steadfast`.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .args(arguments)
            .current_dir(self.path())
            .env_remove("STEADFAST_STORE")
            .env("COLUMNS", "80");
        command
    }

    /// Runs it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.command(arguments))
    }

    /// Runs it with something on standard input.
    pub(crate) fn feed(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Run {
        let fed = assert_cmd::Command::from_std(self.command(arguments))
            .write_stdin(input.as_ref())
            .output()
            .unwrap();
        Run::from(fed)
    }

    /// Runs it and expects success; what it wrote.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        self.run(arguments).ok()
    }

    /// Runs a pipe in a shell, `$0` being the program, and interrupts all of it as Ctrl-C does,
    /// again and again. The program in front dies of it, and that ends the input of the next.
    /// `check` is called with the run's name after each, and with none before the first.
    pub(crate) fn interrupt_pipes(&self, script: &str, check: impl Fn(Option<&str>)) {
        use std::os::unix::process::CommandExt as _;
        let seed = fastrand::u64(..);
        let mut random = fastrand::Rng::with_seed(seed);
        check(None);
        for run in 0..30 {
            let mut shell = Command::new("sh");
            shell.args(["-c", script]).arg(program());
            shell.current_dir(self.path()).env_remove("STEADFAST_STORE");
            shell.stdout(Stdio::piped()).process_group(0);
            let mut shell = shell.spawn().unwrap();
            // What is checked holds at any moment; most often the program has begun to wait for the
            // rest by then.
            std::thread::sleep(std::time::Duration::from_millis(random.u64(20..50)));
            let group = nix::unistd::Pid::from_raw(-i32::try_from(shell.id()).unwrap());
            nix::sys::signal::kill(group, nix::sys::signal::Signal::SIGINT).unwrap();
            // Its end is the end of all of them.
            let mut said = Vec::new();
            shell.stdout.take().unwrap().read_to_end(&mut said).unwrap();
            shell.wait().unwrap();
            check(Some(&format!("seed {seed}, run {run}")));
        }
    }

    /// Every file below a directory and its bytes.
    pub(crate) fn contents(&self, name: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        contents(&self.at(name))
    }
}

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    #[track_caller]
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        assert_eq!(self.stderr, "");
        self.stdout
    }

    /// The output of a success with something to note: that, too.
    #[track_caller]
    pub(crate) fn noted(self) -> (String, String) {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        let note = self.stderr.strip_prefix("note: ").unwrap_or_default();
        assert_eq!(note.lines().count(), 1, "one sentence: {}", self.stderr);
        (self.stdout, note.trim_end().to_owned())
    }

    /// The sentence of an error with this exit code.
    #[track_caller]
    pub(crate) fn error(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        let sentence = self.stderr.strip_prefix("error: ").unwrap_or_default();
        assert_eq!(sentence.lines().count(), 1, "one sentence: {}", self.stderr);
        sentence.trim_end().to_owned()
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// An import that is fed line by line, and lives until its input ends.
pub(crate) struct Writer {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Writer {
    /// Starts it, one record a commit; `store` is a name in the room.
    pub(crate) fn start(room: &Room, store: &str) -> Self {
        let arguments = [
            "--store",
            store,
            "import",
            "-",
            "--acks",
            "--batch",
            "1",
            "--snapshot-after",
            "16384",
        ];
        let mut child = room
            .command(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// Gives it a line. It may be dead already.
    pub(crate) fn feed(&mut self, line: &str) {
        let _ = self.input.as_mut().unwrap().write_all(line.as_bytes());
    }

    /// The number of the next record that is durable; `None` at the writer's end.
    pub(crate) fn ack(&mut self) -> Option<u64> {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let number = line.strip_suffix('\n')?.strip_prefix("ack ")?;
        Some(number.parse().unwrap())
    }

    /// Kills it.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends its input and waits for its end.
    pub(crate) fn end(mut self) -> Run {
        drop(self.input.take());
        let mut stdout = String::new();
        self.output.read_to_string(&mut stdout).unwrap();
        let mut run = Run::from(self.child.wait_with_output().unwrap());
        run.stdout = stdout;
        run
    }
}

/// Every file below a directory and its bytes.
pub(crate) fn contents(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(next) = pending.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                found.insert(path.strip_prefix(directory).unwrap().to_owned(), bytes);
            }
        }
    }
    found
}

/// Whoever runs the tests may have them ignore signals, as a script does with what it starts in the
/// background. The program keeps that up, and the signals that tests send would come to nothing.
#[cfg(unix)]
#[expect(unsafe_code, reason = "what signals do belongs to the whole process")]
fn take_signals() {
    use nix::sys::signal::{SigHandler, Signal, signal};
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        for number in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM] {
            // SAFETY: what a signal does by default needs no handler, and no test has one of its
            // own.
            unsafe { signal(number, SigHandler::SigDfl) }.unwrap();
        }
    });
}

/// The newest file in a folder of a store.
pub(crate) fn newest(store: &Path, folder: &str) -> PathBuf {
    let entries = fs::read_dir(store.join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().path()).max().unwrap()
}

/// A line of JSON Lines.
pub(crate) fn line(key: &str, value: &str) -> String {
    format!("{}\n", serde_json::json!({ "key": key, "value": value }))
}

/// Whether a test that needs the superuser can run; says so where not.
#[cfg(target_os = "linux")]
pub(crate) fn is_root() -> bool {
    let is_root = nix::unistd::Uid::effective().is_root();
    if !is_root {
        println!("skipped: mounting a file system takes the superuser");
    }
    is_root
}

/// A file system in memory, unmounted at the end.
#[cfg(target_os = "linux")]
pub(crate) struct Mount(pub(crate) PathBuf);

#[cfg(target_os = "linux")]
impl Mount {
    /// `None` where this machine does not let us.
    pub(crate) fn tmpfs(at: &Path, options: &str) -> Option<Self> {
        use nix::mount::{MsFlags, mount};
        fs::create_dir_all(at).unwrap();
        let mounted = mount(
            Some("tmpfs"),
            at,
            Some("tmpfs"),
            MsFlags::empty(),
            Some(options),
        );
        match mounted {
            Ok(()) => Some(Self(at.to_owned())),
            Err(error) => {
                println!("skipped: no file system can be mounted here ({error})");
                None
            }
        }
    }

    pub(crate) fn remount(&self, flags: nix::mount::MsFlags, options: Option<&str>) {
        use nix::mount::{MsFlags, mount};
        mount(
            None::<&str>,
            &self.0,
            None::<&str>,
            MsFlags::MS_REMOUNT | flags,
            options,
        )
        .unwrap();
    }
}

#[cfg(target_os = "linux")]
impl Drop for Mount {
    fn drop(&mut self) {
        let _ = nix::mount::umount2(&self.0, nix::mount::MntFlags::MNT_DETACH);
    }
}

/// Whether calls to the system can be made to fail; says so where not.
#[cfg(target_os = "linux")]
pub(crate) fn can_trace() -> bool {
    let traced = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .output();
    let can_trace = traced.is_ok_and(|output| output.status.success());
    if !can_trace {
        let sentence = "NOTHING WAS PROVED: strace does not work here";
        assert!(std::env::var_os("CI").is_none(), "{sentence}");
        println!("skipped: {sentence}");
    }
    can_trace
}

/// Runs the program with standard error, or both outputs, on a terminal; what the terminal got.
#[cfg(target_os = "linux")]
pub(crate) fn on_a_terminal(room: &Room, arguments: &[&str]) -> String {
    let terminal = nix::pty::openpty(None, None).unwrap();
    let mut command = room.command(arguments);
    command
        .stdin(Stdio::null())
        .stdout(terminal.slave.try_clone().unwrap())
        .stderr(terminal.slave)
        .env("TERM", "xterm")
        .env_remove("NO_COLOR");
    let mut child = command.spawn().unwrap();
    // Holds the other side of the terminal.
    drop(command);
    let mut seen = Vec::new();
    let mut terminal = std::fs::File::from(terminal.master);
    let mut piece = [0; 4096];
    // At the end the system answers with an error.
    while let Ok(read @ 1..) = terminal.read(&mut piece) {
        seen.extend(&piece[..read]);
    }
    child.wait().unwrap();
    String::from_utf8(seen).unwrap()
}

/// Runs the program with a call to the system that fails: `call:error=E…:when=N`, as strace has it.
/// `None` where there is no strace.
#[cfg(target_os = "linux")]
pub(crate) fn injected(room: &Room, injection: &str, arguments: &[&str]) -> Option<Run> {
    let call = injection.split(':').next().unwrap();
    let mut command = Command::new("strace");
    command
        .args(["-f", "-qq", "-o", "/dev/null"])
        .args([
            "-e",
            &format!("trace={call}"),
            "-e",
            &format!("inject={injection}"),
        ])
        .arg(program())
        .args(arguments)
        .current_dir(room.path())
        .env_remove("STEADFAST_STORE");
    let output = command.stdin(Stdio::null()).output().ok()?;
    let run = Run::from(output);
    if run.stderr.starts_with("strace: ") {
        println!(
            "skipped: strace cannot be used here ({})",
            run.stderr.trim_end()
        );
        return None;
    }
    Some(run)
}
