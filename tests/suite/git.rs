//! Posts from a git repository: a real remote on this machine, that changes, goes away, hangs, and tries to be clever.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use mynah::sites::git::{Copy, GitError, GitSource, existing, fetch, fetch_unless};
use tempfile::TempDir;

use crate::harness::{mynah, post};

const LONG_ENOUGH: Duration = Duration::from_secs(60);

/// A repository with a working tree, served by `git daemon` for as long as the test lasts.
struct Remote {
    folder: TempDir,
    port: u16,
    daemon: Option<Child>,
}

impl Remote {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let remote = Self { folder, port: free_port(), daemon: None };
        fs::create_dir(remote.site()).unwrap();
        remote.git(&["init", "--quiet", "--initial-branch=main"]);
        remote.write("content/blog/first.md", "---\ntitle: First\ndate: 2024-01-02\n---\n\nStarlings talk.\n");
        remote.commit("first");
        remote
    }

    fn site(&self) -> PathBuf {
        self.folder.path().join("site")
    }

    fn git(&self, arguments: &[&str]) {
        let name = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgSign=false"];
        let done = Command::new("git").args(name).args(arguments).current_dir(self.site()).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.site().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    fn serve(&mut self) {
        let programs = Command::new("git").arg("--exec-path").output().unwrap().stdout;
        let program = Path::new(String::from_utf8(programs).unwrap().trim()).join("git-daemon");
        assert!(program.is_file(), "no {}: install git with its daemon", program.display());
        let daemon = Command::new(program)
            .args(["--reuseaddr", "--export-all", "--listen=127.0.0.1", "--timeout=30"])
            .arg(format!("--port={}", self.port))
            .arg(format!("--base-path={}", self.folder.path().display()))
            .spawn()
            .unwrap();
        self.daemon = Some(daemon);
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(10), "git daemon does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
        }
    }

    fn source(&self) -> GitSource {
        GitSource { address: format!("git://127.0.0.1:{}/site", self.port), ..GitSource::default() }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn text(copy: &Copy, file: &str) -> String {
    fs::read_to_string(copy.folder.join(file)).unwrap()
}

#[test]
fn a_new_commit_is_fetched_and_the_copy_stays_while_the_remote_is_away() {
    let mut remote = Remote::new();
    remote.serve();
    let data = tempfile::tempdir().unwrap();
    let blog = GitSource { folder: Some("content/blog".into()), ..remote.source() };
    assert_eq!(existing(&blog, data.path()).unwrap(), None);
    let first = fetch(&blog, data.path(), LONG_ENOUGH).unwrap();
    assert!(text(&first, "first.md").contains("Starlings talk."));
    assert_eq!(fetch(&blog, data.path(), LONG_ENOUGH).unwrap(), first, "nothing is new");

    remote.write("content/blog/second.md", "---\ntitle: Second\ndate: 2024-02-03\n---\n\nThey mimic.\n");
    remote.commit("second");
    let second = fetch(&blog, data.path(), LONG_ENOUGH).unwrap();
    assert_ne!(second.commit, first.commit);
    assert!(text(&second, "second.md").contains("They mimic."));
    assert!(first.folder.join("first.md").is_file(), "whoever still reads the copy before is not disturbed");
    let repository = second.root.parent().unwrap().join("repository");
    let count = Command::new("git").args(["rev-list", "--count", &second.commit]).env("GIT_DIR", repository).output().unwrap();
    assert_eq!(String::from_utf8(count.stdout).unwrap().trim(), "1", "no history is copied");

    remote.stop();
    let error = fetch(&blog, data.path(), LONG_ENOUGH).unwrap_err();
    assert!(matches!(error, GitError::Refused { .. }), "{error}");
    assert!(error.to_string().contains("127.0.0.1") && !error.to_string().contains('\n'), "{error}");
    assert_eq!(existing(&blog, data.path()).unwrap(), Some(second));
}

#[test]
fn a_branch_or_folder_that_is_not_there_is_told() {
    let mut remote = Remote::new();
    remote.git(&["branch", "old"]);
    remote.write("content/blog/new.md", "new");
    remote.commit("new");
    remote.serve();
    let data = tempfile::tempdir().unwrap();
    let fetched = |branch: Option<&str>, folder: Option<&str>| {
        let source = GitSource { branch: branch.map(str::to_owned), folder: folder.map(Into::into), ..remote.source() };
        fetch(&source, data.path(), LONG_ENOUGH).map_err(|error| error.to_string())
    };
    assert!(!fetched(Some("old"), Some("content/blog")).unwrap().folder.join("new.md").exists());
    assert!(fetched(Some("main"), Some("content/blog")).unwrap().folder.join("new.md").exists());
    let error = fetched(Some("gone"), None).unwrap_err();
    assert!(error.ends_with("has no branch `gone`"), "{error}");
    let error = fetched(None, Some("posts")).unwrap_err();
    assert!(error.contains("has no folder `posts` at commit"), "{error}");
}

#[test]
fn a_remote_that_hangs_runs_into_the_time_limit_and_can_be_broken_off() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("git://127.0.0.1:{}/site", silent.local_addr().unwrap().port());
    let source = GitSource { address, ..GitSource::default() };
    let data = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let error = fetch(&source, data.path(), Duration::from_secs(2)).unwrap_err();
    assert!(matches!(error, GitError::TimeIsUp { seconds: 2, .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let begun = Instant::now();
    let error = fetch_unless(&source, data.path(), LONG_ENOUGH, &|| begun.elapsed() > Duration::from_millis(300)).unwrap_err();
    assert!(matches!(error, GitError::Stopped { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[test]
fn a_server_that_wants_a_password_is_refused_and_asks_nobody() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://me:secret@127.0.0.1:{}/site", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        while let Ok((mut asking, _)) = listener.accept() {
            let _ = asking.read(&mut [0; 4096]);
            let _ = asking.write_all(
                b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            );
        }
    });
    let data = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let source = GitSource { address, ..GitSource::default() };
    let error = fetch(&source, data.path(), LONG_ENOUGH).unwrap_err().to_string();
    assert!(begun.elapsed() < Duration::from_secs(20), "it waited for somebody to type");
    assert!(error.starts_with("can't fetch http://127.0.0.1") && !error.contains("secret"), "{error}");
}

#[cfg(unix)]
#[test]
fn nothing_of_a_repository_is_run_or_leads_out_of_it() {
    use std::os::unix::fs::symlink;
    let remote = Remote::new();
    let secret = remote.folder.path().join("secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("key.md"), "secret").unwrap();
    let blog = remote.site().join("content/blog");
    symlink(&secret, blog.join("out")).unwrap();
    symlink("../../../secret/key.md", blog.join("key.md")).unwrap();
    symlink("../blog", blog.join("circle")).unwrap();
    symlink("first.md", blog.join("same.md")).unwrap();
    remote.write(".gitmodules", "[submodule \"x\"]\n\tpath = x\n\turl = ext::sh -c 'touch ran'\n");
    remote.write(".gitattributes", "*.md filter=run\n");
    remote.write(".git/hooks/post-checkout", "#!/bin/sh\ntouch ran\n");
    remote.commit("clever");
    let data = tempfile::tempdir().unwrap();
    // A folder of this machine is an address too.
    let source = GitSource { address: remote.site().display().to_string(), ..GitSource::default() };
    let copy = fetch(&source, data.path(), LONG_ENOUGH).unwrap();
    let names = |folder: &Path| {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(&copy.folder.join("content/blog")), ["first.md", "same.md"]);
    assert_eq!(text(&copy, "content/blog/same.md"), text(&copy, "content/blog/first.md"));
    assert_eq!(names(&copy.folder), [".gitattributes", ".gitmodules", "content"]);
    let error = fetch(&GitSource { address: "/nowhere/site.git".to_owned(), ..source }, data.path(), LONG_ENOUGH).unwrap_err();
    assert!(!error.to_string().contains("/nowhere"), "{error}");
}

#[test]
fn a_copy_that_was_damaged_is_fetched_anew() {
    let remote = Remote::new();
    let data = tempfile::tempdir().unwrap();
    let source = GitSource { address: remote.site().display().to_string(), ..GitSource::default() };
    let copy = fetch(&source, data.path(), LONG_ENOUGH).unwrap();
    let repository = copy.root.parent().unwrap().join("repository");
    fs::write(repository.join("shallow.lock"), "").unwrap();
    remote.write("new.md", "new");
    remote.commit("new");
    assert_eq!(text(&fetch(&source, data.path(), LONG_ENOUGH).unwrap(), "new.md"), "new");
    fs::remove_dir_all(repository.join("objects")).unwrap();
    fs::create_dir(repository.join("objects")).unwrap();
    remote.write("newer.md", "newer");
    remote.commit("newer");
    assert_eq!(text(&fetch(&source, data.path(), LONG_ENOUGH).unwrap(), "newer.md"), "newer");
}

#[test]
fn answers_come_from_a_git_address_also_while_it_is_away() {
    let mut remote = Remote::new();
    remote.write("content/blog/zorbly.md", &post("The zorbly gadget", "The zorbly gadget was introduced in 2024 by Robin."));
    remote.commit("zorbly");
    remote.serve();
    let data = tempfile::tempdir().unwrap();
    let address = remote.source().address;
    let mynah = |arguments: &[&str]| {
        mynah(arguments)
            .within(data.path())
            .env("MYNAH__CORPUS__GIT", &address)
            .env("MYNAH__CORPUS__FOLDER", "content/blog")
            .env("MYNAH__DATA_DIR", "kept")
            .run()
    };
    let question = ["ask", "when was the zorbly gadget introduced?"];
    let asked = mynah(&question).exits(0);
    assert!(asked.out.contains("introduced in 2024"), "{asked}");
    remote.write("content/blog/zorbly.md", &post("The zorbly gadget", "The zorbly gadget was introduced in 2025 by Robin."));
    remote.commit("later");
    let checked = mynah(&["check"]);
    assert!(checked.out.contains("2 posts"), "{checked}");
    let asked = mynah(&question).exits(0);
    assert!(asked.out.contains("introduced in 2025"), "a check fetches what is new\n{asked}");
    remote.stop();
    assert_eq!(mynah(&question).exits(0).out, asked.out);
    let checked = mynah(&["check"]);
    assert!(checked.out.contains("2 posts") && checked.err.contains("can't fetch git://127.0.0.1"), "{checked}");
}

#[test]
fn a_git_address_that_makes_no_sense_is_refused_by_the_config() {
    for (settings, told) in [
        (&[("GIT", "ext::sh -c id")][..], "corpus.git: "),
        (&[("GIT", "https://example.org/x"), ("FOLDER", "../x")], "must lie in the repository"),
        (&[("GIT", "https://example.org/x"), ("BRANCH", "--all")], "no name of a branch"),
        (&[("BRANCH", "main")], "belong to corpus.git"),
        (&[("GIT", "https://example.org/x"), ("WATCH", "true")], "corpus.every"),
        (&[("EVERY", "0s")], "a second at least"),
    ] {
        let named = |name: &str| format!("MYNAH__CORPUS__{name}");
        let ran = settings.iter().fold(mynah(["check"]), |ran, (name, value)| ran.env(&named(name), value)).run();
        ran.fails_telling(&[told]);
    }
}
