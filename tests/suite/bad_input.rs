//! One bad file beside five good posts: `mynah check` tells where and what, and every question is answered as before.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;

use crate::harness::{Ran, five_posts, mynah, shown};

const QUESTION: &str = "who runs starlingx in production";

/// What is put in the folder.
enum Bad {
    Text(&'static str),
    Bytes(&'static [u8]),
    /// Text with these pieces, the one in the middle so many times.
    Repeated(&'static str, &'static str, usize, &'static str),
    /// Whatever else a folder may hold under this name.
    Made(fn(&Path)),
}
use Bad::{Bytes, Made, Repeated, Text};

/// What is bad, the line on which it is, and words that `mynah check` must say of it.
type Case = (&'static str, Bad, usize, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        "broken front matter",
        Text("---\ntitle: T\nauthor: \"never closed\ndate: 2024-01-02\n---\n\nA mallard swims.\n"),
        // Where the quotation mark opens, or where the parser gave up: both lead a writer to it.
        3,
        &["broken front matter"],
    ),
    (
        "a tab in the front matter",
        Text("---\ntitle: T\nauthor:\n\t- A\ndate: 2024-01-02\n---\n\nA mallard.\n"),
        4,
        &["front matter"],
    ),
    ("a mapping in a mapping", Text("---\ntitle: T: x: y\ndate: 2024-01-02\n---\n\nA mallard swims.\n"), 2, &["front matter"]),
    ("front matter without keys", Text("---\njust words\n---\n\nA mallard swims.\n"), 1, &["key: value"]),
    ("empty front matter", Text("---\n---\n\nA mallard swims.\n"), 1, &["front matter"]),
    ("no title", Text("---\nauthor: A\ndate: 2024-01-02\n---\n\nA mallard swims.\n"), 1, &["no title"]),
    ("an empty title", Text("---\ntitle: ''\nauthor: A\ndate: 2024-01-02\n---\n\nA mallard swims.\n"), 1, &["no title"]),
    ("no date", Text("---\ntitle: T\nauthor: A\n---\n\nA mallard swims.\n"), 1, &["no date"]),
    ("a date in words", Text("---\ntitle: T\nauthor: A\ndate: next week\n---\n\nA mallard.\n"), 4, &["bad date", "next week"]),
    ("a date beyond the calendar", Text("---\ntitle: T\ndate: 2024-02-30\n---\n\nA mallard.\n"), 3, &["bad date", "2024-02-30"]),
    ("a date with more behind it", Text("---\ntitle: T\ndate: 2024-01-02Ä\n---\n\nA mallard.\n"), 3, &["bad date"]),
    ("no front matter", Text("# Mallards\n\nA mallard swims.\n"), 1, &["no front matter"]),
    ("front matter that is never closed", Text("---\ntitle: T\ndate: 2024-01-02\n\nA mallard swims.\n"), 1, &["never closed"]),
    ("front matter only", Text("---\ntitle: T\nauthor: A\ndate: 2024-01-02\n---\n"), 1, &["nothing to quote"]),
    ("three dashes and no more", Text("---"), 1, &["front matter"]),
    ("an empty file", Text(""), 1, &["empty"]),
    ("white space only", Text(" \r\n\t\n\u{c}  \n"), 1, &["empty"]),
    ("odd white space only", Text("\u{feff}\u{a0}\n\u{2003}\u{3000}\n"), 1, &["nothing to quote"]),
    (
        "bytes that are not UTF-8",
        Bytes(b"---\ntitle: T\nauthor: A\ndate: 2024-01-02\n---\n\nA mallard swims.\nThe caf\xE9 is \xFF\xFE.\n"),
        8,
        &["UTF-8"],
    ),
    (
        "NUL bytes",
        Bytes(b"---\ntitle: T\nauthor: A\ndate: 2024-01-02\n---\n\nA mallard swims.\n\nA \0 mallard\0\0.\n"),
        9,
        &["control character"],
    ),
    ("a binary file", Bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\xC2\xFF\xD8\xFE"), 1, &["UTF-8"]),
    ("text in UTF-16", Bytes(b"\xFF\xFE-\0-\0-\0\n\0t\0i\0t\0l\0e\0:\0 \0T\0\n\0"), 1, &["UTF-8"]),
    (
        "ten megabytes of one line",
        Repeated("---\ntitle: T\ndate: 2024-01-02\n---\n", "x", 10 << 20, ""),
        1,
        &["bytes", "at most"],
    ),
    // What a parser that calls itself for each level would not survive.
    ("front matter nested without end", Repeated("---\ntitle: ", "[", 200_000, "\n---\n\nA mallard.\n"), 2, &["front matter"]),
    ("a folder named like a post", Made(|path| fs::create_dir(path).unwrap()), 1, &["not a file"]),
    ("a symbolic link to itself", Made(|path| symlink(path, path).unwrap()), 1, &["can't be read"]),
    ("a symbolic link to nothing", Made(|path| symlink("no-such-file", path).unwrap()), 1, &["can't be read"]),
    // Permissions stop nobody who runs as root; the kernel refuses this read to everyone.
    ("a file that can't be read", Made(|path| symlink("/proc/self/mem", path).unwrap()), 1, &["can't be read"]),
    ("a device without an end", Made(|path| symlink("/dev/zero", path).unwrap()), 1, &["not a file"]),
    ("a socket", Made(|path| drop(UnixListener::bind(path).unwrap())), 1, &["not a file"]),
];

/// Opens with nesting and ends well: odd, and no reason to stop.
const ODD_BUT_SOUND: &[(&str, Bad)] = &[
    (
        "quotations nested without end",
        Repeated("---\ntitle: T\nauthor: A\ndate: 2024-01-02\n---\n\n", ">", 100_000, " mallard\n"),
    ),
    ("lists nested without end", Repeated("---\ntitle: T\nauthor: A\ndate: 2024-01-02\n---\n\n", "- ", 100_000, "mallard\n")),
    ("brackets nested without end", Repeated("---\ntitle: T\nauthor: A\ndate: 2024-01-02\n---\n\n", "[", 100_000, "mallard\n")),
    ("ten thousand headings", Repeated("---\ntitle: T\nauthor: A\ndate: 2024-01-02\n---\n\n", "# H\n", 10_000, "\nmallard\n")),
];

fn put(bad: &Bad, path: &Path) {
    match bad {
        Text(text) => fs::write(path, text).unwrap(),
        Bytes(bytes) => fs::write(path, bytes).unwrap(),
        Repeated(before, piece, times, after) => fs::write(path, format!("{before}{}{after}", piece.repeat(*times))).unwrap(),
        Made(make) => make(path),
    }
}

/// The first citation: what `ask` must give with and without a bad file beside.
fn citation(ran: Ran) -> Value {
    let answer = ran.exits(0).json();
    assert!(answer["citations"][0]["highlight"].as_str().is_some_and(|h| h.contains("T-Systems")), "{answer:#}");
    answer["citations"][0].clone()
}

fn expected_citation() -> &'static Value {
    static EXPECTED: OnceLock<Value> = OnceLock::new();
    EXPECTED.get_or_init(|| citation(mynah(["ask", "--format", "json", QUESTION]).run()))
}

/// What goes wrong with one case, for the report over all of them.
fn problem(named: &str, bad: &Bad, check: impl Fn(&str, &Ran) -> Result<(), String>) -> Option<String> {
    let posts = five_posts();
    // In the middle of the order: the posts after it must not suffer either.
    let path = posts.path().join("starlingx-mallard.md");
    put(bad, &path);
    let corpus = shown(posts.path());
    let found = check(&shown(&path), &mynah(["check", "--corpus", &corpus]).run());
    let asked = mynah(["ask", "--corpus", &corpus, "--format", "json", QUESTION]).run();
    let same = match asked.code {
        Some(0) if asked.json()["citations"][0] == *expected_citation() => Ok(()),
        _ => Err(format!("`ask` must answer as without the file\n{asked}")),
    };
    let problems: Vec<String> = [found, same].into_iter().filter_map(Result::err).collect();
    (!problems.is_empty()).then(|| format!("## {named}\n{}", problems.join("\n")))
}

/// `path:line: …words…`, and exit 1.
fn tells(ran: &Ran, path: &str, line: usize, words: &[&str]) -> Result<(), String> {
    let told = |shown: &&str| words.iter().all(|w| shown.contains(w)) && !shown.contains(": warning: ");
    let at = format!("{path}:{line}: ");
    if ran.code == Some(1) && ran.out.lines().filter(|shown| shown.starts_with(&at)).any(|shown| told(&shown)) {
        return Ok(());
    }
    Err(format!("`check` must exit with 1 and tell `{at}… {words:?} …`\n{}", cut(&ran.to_string())))
}

fn survives(ran: &Ran) -> Result<(), String> {
    if ran.code == Some(0) { Ok(()) } else { Err(format!("`check` must find nothing wrong\n{}", cut(&ran.to_string()))) }
}

/// Ten megabytes in a report help nobody.
fn cut(text: &str) -> String {
    text.chars().take(1_500).collect()
}

#[test]
fn a_bad_file_is_told_with_its_line_and_changes_no_answer() {
    let problems: Vec<String> = CASES
        .iter()
        .filter_map(|(named, bad, line, words)| problem(named, bad, |path, ran| tells(ran, path, *line, words)))
        .collect();
    assert!(problems.is_empty(), "{} of {} cases:\n{}", problems.len(), CASES.len(), problems.join("\n"));
}

#[test]
fn an_odd_but_sound_file_is_no_error_and_changes_no_answer() {
    let problems: Vec<String> =
        ODD_BUT_SOUND.iter().filter_map(|(named, bad)| problem(named, bad, |_, ran| survives(ran))).collect();
    assert!(problems.is_empty(), "{} of {} cases:\n{}", problems.len(), ODD_BUT_SOUND.len(), problems.join("\n"));
}

#[test]
fn a_pipe_named_like_a_post_is_not_waited_for() {
    let posts = five_posts();
    let path = posts.path().join("starlingx-mallard.md");
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo, of coreutils");
    assert!(made.success());
    let ran = mynah(["check", "--corpus", &shown(posts.path())]).run().exits(1);
    assert!(ran.out.contains(&format!("{}:1: not a file", shown(&path))), "{ran}");
}

#[test]
fn files_that_are_no_posts_are_left_alone() {
    let posts = five_posts();
    for (name, text) in [(".hidden.md", "x"), ("notes.txt", "x"), ("post.md~", "x"), ("post.txt.mdy", "x"), ("md", "x")] {
        fs::write(posts.path().join(name), text).unwrap();
    }
    let ran = mynah(["check", "--corpus", &shown(posts.path())]).run().exits(0);
    assert!(ran.out.contains("5 posts"), "{ran}");
}

#[test]
fn a_folder_of_nothing_but_bad_files_names_them() {
    let bad = crate::harness::folder([("empty.md", &b""[..]), ("front.md", &b"---\ntitle: T\n---\n"[..])]);
    let asked = mynah(["ask", "--corpus", &shown(bad.path()), QUESTION]).run();
    asked.fails_telling(&["empty.md:1: ", "front.md:1: ", "--corpus"]);
    let ran = mynah(["check", "--corpus", &shown(bad.path())]).run().exits(1);
    assert!(ran.out.contains("empty.md:1: ") && ran.out.contains("front.md:1: "), "{ran}");
}
