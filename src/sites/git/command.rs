//! One run of the `git` program: without a prompt, a hook or a terminal, and not for longer than it may take.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Until when a command may run, and what ends it before.
pub(super) struct Limits<'a> {
    /// The moment.
    pub(super) deadline: Instant,
    /// Whether nobody wants it any more.
    pub(super) stopped: &'a (dyn Fn() -> bool + Sync),
}

/// Why a command gave no output.
pub(super) enum Failure {
    /// It could not be run.
    Unrunnable(io::Error),
    /// Time was up.
    TimeIsUp,
    /// Nobody wanted it any more.
    Stopped,
    /// It said no, and why.
    Refused(String),
}

/// Settings of the environment that would lead git to another repository than the one that it is told.
const MISLEADING: [&str; 12] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_CEILING_DIRECTORIES",
    "GIT_TRACE",
    "SSH_ASKPASS",
];

/// Settings that win over any file's: nothing that belongs to a repository is run, and nothing is left to run in the background.
const SETTINGS: [&str; 9] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.askPass=",
    "credential.interactive=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "gc.autoDetach=false",
    "maintenance.autoDetach=false",
    "gc.pruneExpire=now",
];

/// The kinds of addresses that git may use, also where a server sends it on: no `ext::`, which would run a command.
const PROTOCOLS: &str = "https:http:ssh:git:file";

/// How the names of mynah's own settings begin, secrets among them.
const OWN_SETTINGS: &str = "MYNAH__";

/// A git command in a repository, ready for its arguments.
pub(super) fn git(repository: &Path) -> Command {
    let mut command = Command::new("git");
    for name in MISLEADING {
        command.env_remove(name);
    }
    // Its helpers need no password of the bot's.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with(OWN_SETTINGS)) {
        command.env_remove(name);
    }
    let ssh = std::env::var("GIT_SSH_COMMAND").unwrap_or_else(|_| "ssh".to_owned());
    command
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ASKPASS", "")
        .env("SSH_ASKPASS_REQUIRE", "never")
        .env("GIT_SSH_COMMAND", format!("{ssh} -oBatchMode=yes"))
        .env("GIT_ALLOW_PROTOCOL", PROTOCOLS)
        // Large files stay what stands for them in the repository: they are no posts.
        .env("GIT_LFS_SKIP_SMUDGE", "1")
        .env("LC_ALL", "C");
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command.arg("--git-dir").arg(repository);
    command
}

/// What is kept of what a command says: far more than an error needs.
const SAID_BYTES: u64 = 64 << 10;
/// How often a command is looked at while it runs.
const LOOK: Duration = Duration::from_millis(20);
/// How long a command may take to end when it is told to.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Runs a command, and returns what it printed.
pub(super) fn run(command: &mut Command, limits: &Limits<'_>) -> Result<String, Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        // A group of its own, so that what git starts ends with it.
        command.process_group(0);
    }
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.map_err(Failure::Unrunnable)?;
    let (out, err) = (said(child.stdout.take()), said(child.stderr.take()));
    let status = wait(&mut child, limits)?;
    // Whoever outlives the group may still hold the pipes: that is not waited for.
    let text = |of: Receiver<Vec<u8>>| String::from_utf8_lossy(&of.recv_timeout(LAST_WORDS).unwrap_or_default()).into_owned();
    if status.success() { Ok(text(out)) } else { Err(Failure::Refused(text(err))) }
}

/// Reads a pipe to its end beside the command, which would stop at a full one.
fn said(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        if let Some(mut pipe) = pipe {
            // What can't be read was not said.
            let _ = pipe.by_ref().take(SAID_BYTES).read_to_end(&mut kept);
            let _ = io::copy(&mut pipe, &mut io::sink());
        }
        let _ = sender.send(kept);
    });
    receiver
}

fn wait(child: &mut Child, limits: &Limits<'_>) -> Result<ExitStatus, Failure> {
    loop {
        if let Some(status) = child.try_wait().map_err(Failure::Unrunnable)? {
            return Ok(status);
        }
        let failure = if (limits.stopped)() {
            Failure::Stopped
        } else if Instant::now() >= limits.deadline {
            Failure::TimeIsUp
        } else {
            thread::sleep(LOOK);
            continue;
        };
        end(child);
        return Err(failure);
    }
}

/// Ends a command with all that it started: first with the chance to remove its half-written files.
fn end(child: &mut Child) {
    signal(child, false);
    let patience = Instant::now() + LAST_WORDS;
    while Instant::now() < patience && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(LOOK);
    }
    signal(child, true);
    // It is ended, and only to be taken note of.
    let _ = child.wait();
}

#[cfg(unix)]
fn signal(child: &mut Child, now: bool) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    let signal = if now { Signal::SIGKILL } else { Signal::SIGTERM };
    if let Ok(group) = i32::try_from(child.id()) {
        // A group that is gone needs no end.
        let _ = killpg(Pid::from_raw(group), signal);
    }
}

#[cfg(not(unix))]
fn signal(child: &mut Child, now: bool) {
    if now {
        let _ = child.kill();
    }
}
