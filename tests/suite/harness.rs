//! Runs the built `mynah` as a person or a script would, and makes the folders it runs on.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use mynah::answer::{Engine, Pointers};
use mynah::corpus::Corpus;
use mynah::search::Families;
use serde_json::Value;
use tempfile::TempDir;

/// The public address of the posts, as the shipped config has it.
pub(crate) const POSTS_URL: &str = "https://www.starlingx.io/blog/{slug}/";

/// The project's own folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The five posts.
pub(crate) fn corpus_dir() -> PathBuf {
    root().join("corpus")
}

/// An engine over the five posts, built once.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let (corpus, _) = Corpus::load(&corpus_dir(), POSTS_URL).expect("the five posts in corpus/");
        Engine::new(corpus, Families::built_in().with_names(&["StarlingX", "STX"]), Pointers::built_in())
            .expect("memory for five posts")
    })
}

/// A folder with these files.
pub(crate) fn folder<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// A folder with one text file, and the file's path.
pub(crate) fn file(name: &str, text: &str) -> (TempDir, String) {
    let folder = folder([(name, text.as_bytes())]);
    let path = shown(&folder.path().join(name));
    (folder, path)
}

/// A folder with copies of the five posts.
pub(crate) fn five_posts() -> TempDir {
    let folder = TempDir::new().unwrap();
    for entry in fs::read_dir(corpus_dir()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    folder
}

/// A path as an argument and as messages show it.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// A post with sound front matter and this body.
pub(crate) fn post(title: &str, body: &str) -> String {
    format!("---\ntitle: {title}\nauthor: Ada Starling\ndate: 2024-05-06\n---\n\n{body}\n")
}

/// A run of `mynah` to be.
pub(crate) struct Mynah {
    command: Command,
    stdin: Vec<u8>,
}

/// `mynah` with these arguments, in the project's folder, without settings from the environment.
pub(crate) fn mynah(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Mynah {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mynah"));
    command.args(args).current_dir(root()).env_remove("RUST_LOG").env_remove("RUST_BACKTRACE").stdout(Stdio::piped());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MYNAH__")) {
        command.env_remove(name);
    }
    // Whether an encoder was fetched makes no difference here: tests that want one say so.
    command.env("MYNAH__SEARCH__ENCODER", "");
    Mynah { command, stdin: Vec::new() }
}

impl Mynah {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it in another folder, where no config stands.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn stdin(mut self, typed: impl Into<Vec<u8>>) -> Self {
        self.stdin = typed.into();
        self
    }

    /// Sends standard output elsewhere than to [`Ran::out`].
    pub(crate) fn stdout(mut self, to: Stdio) -> Self {
        self.command.stdout(to);
        self
    }

    /// Starts it, with what it says on standard error in a file; whoever starts it ends it.
    #[cfg(feature = "web")]
    pub(crate) fn start(mut self, log: &Path) -> std::process::Child {
        let log = fs::File::create(log).unwrap();
        self.command.stdin(Stdio::null()).stderr(log).spawn().unwrap()
    }

    pub(crate) fn run(mut self) -> Ran {
        let typed = std::mem::take(&mut self.stdin);
        let mut child = self.command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // On a thread, because both pipes may fill up; and whoever doesn't read it all has that right.
        let writing = std::thread::spawn(move || stdin.write_all(&typed).is_ok());
        let output = child.wait_with_output().unwrap();
        writing.join().unwrap();
        Ran {
            what: format!("{:?}", self.command),
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }
}

/// What a run came to.
pub(crate) struct Ran {
    what: String,
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The same, once it is sure to have ended with `code`.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        assert!(!self.err.contains("panicked"), "{self}");
        self
    }

    /// An error of use: exit 2, nothing on standard output, and `told` on standard error.
    #[track_caller]
    pub(crate) fn fails_telling(self, told: &[&str]) {
        let ran = self.exits(2);
        assert_eq!(ran.out, "", "{ran}");
        for words in told {
            assert!(ran.err.contains(words), "the error must say `{words}`\n{ran}");
        }
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("not JSON: {error}\n{self}"))
    }

    /// Standard output as a JSON value a line.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let parsed = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("not JSON: {error}\n{self}"));
        self.out.lines().map(parsed).collect()
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, code, out, err } = self;
        write!(f, "{what}\nexit {code:?}\n-- standard output\n{out}\n-- standard error\n{err}")
    }
}
