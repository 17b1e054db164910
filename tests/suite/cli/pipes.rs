//! What goes into a pipe: no escape codes, whatever a post holds, and no panic when nobody reads.

use std::io::Write;
use std::process::Stdio;

use crate::harness::{Ran, file, five_posts, folder, mynah, post, shown};

const ESCAPE: char = '\x1b';
const COLOURED: &str =
    "The pond is \x1b[31mred\x1b[0m in \x1b]8;;https://x.org\x07autumn\x1b]8;;\x07 and \u{9b}32mgreen\u{9b}0m in spring.";

fn assert_plain(ran: &Ran) {
    for (name, text) in [("standard output", &ran.out), ("standard error", &ran.err)] {
        let odd = text.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(odd, None, "{name} holds a control character: {text:?}");
    }
}

#[test]
fn nothing_piped_is_styled() {
    let ask = |extra: &'static [&str]| mynah(extra.iter().chain(&["who runs starlingx in production"]).copied());
    for ran in [
        ask(&["ask"]).run(),
        ask(&["ask", "--format", "json"]).run(),
        ask(&["ask"]).env("CLICOLOR_FORCE", "1").env("FORCE_COLOR", "1").env("TERM", "xterm-256color").run(),
        mynah(["chat"]).stdin("who runs starlingx in production\nsources\nhelp\n").run(),
        mynah(["check"]).run(),
        mynah(["eval", "--questions", "tests/eval/seeds-dev.jsonl"]).run(),
        mynah(["ask", "--help"]).run(),
    ] {
        assert!(!ran.out.contains(ESCAPE) && !ran.err.contains(ESCAPE), "{ran}");
    }
}

#[test]
fn escape_codes_in_a_post_never_reach_a_terminal() {
    let posts = folder([("pond.md", post("The \x1b[1mpond\x1b[0m", COLOURED).as_bytes())]);
    let args =
        |format| ["ask", "--corpus", posts.path().to_str().unwrap(), "--format", format, "how is the pond in autumn and spring"];
    let text = mynah(args("text")).run();
    assert!(text.out.contains("autumn"), "the words themselves stay\n{text}");
    assert_plain(&text);
    let json = mynah(args("json")).run();
    assert!(!json.out.contains(ESCAPE), "JSON escapes what is verbatim\n{json}");
    let spoken = json.json()["text"].as_str().unwrap().to_owned();
    assert!(!spoken.contains(|c: char| c.is_control() && c != '\n'), "{spoken:?}");
}

#[test]
fn escape_codes_in_a_diagnostic_never_reach_a_terminal() {
    let sound = post("Pond", "The pond freezes over in January.");
    let bad_date = sound.replace("2024-05-06", "\"\\e[31msoon\"");
    let marker = format!("{sound}\n<!- more\u{85}->\n");
    let posts =
        folder([("bad-date.md", bad_date.as_bytes()), ("marker.md", marker.as_bytes()), ("a\x1b[31m.md", sound.as_bytes())]);
    let ran = mynah(["check", "--corpus", &shown(posts.path())]).run().exits(1);
    assert!(ran.out.contains("bad date"), "{ran}");
    assert_plain(&ran);
}

#[test]
fn escape_codes_in_a_question_are_not_echoed_as_such() {
    let ran = mynah(["ask", "what is \x1b[31mstarlyng\x1b[0m \x07 debian \u{9b}31m zorgblatt?"]).run();
    assert_plain(&ran);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let ((_a, passages), (_b, queries)) = (file("p.tsv", "p1\ta pond\np2\tthe pond\n"), file("q.tsv", "q\tpond\n"));
    let commands: [&[&str]; 7] = [
        &["ask", "who runs starlingx in production"],
        &["ask", "--questions", "tests/eval/seeds-dev.jsonl"],
        &["check"],
        &["eval", "--questions", "tests/eval/seeds-dev.jsonl"],
        &["search", "--passages", &passages, "--queries", &queries],
        &["chat"],
        &["--help"],
    ];
    for command in commands {
        let (reader, writer) = std::io::pipe().unwrap();
        // Closed before a word is written: the earliest a reader such as `head -1` can leave.
        drop(reader);
        let ran = mynah(command).stdin("who runs starlingx in production\nsources\n").stdout(Stdio::from(writer)).run().exits(0);
        assert_eq!(ran.err, "", "{ran}");
    }
}

#[test]
fn head_gets_its_line() {
    let script = format!("'{}' ask --questions tests/eval/seeds-dev.jsonl | head -1", env!("CARGO_BIN_EXE_mynah"));
    let output = std::process::Command::new("sh").args(["-c", &script]).current_dir(crate::harness::root()).output().unwrap();
    assert_eq!(output.stdout.iter().filter(|&&byte| byte == b'\n').count(), 1);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_says_so() {
    for command in
        [&["ask", "who runs starlingx in production"][..], &["check"], &["ask", "--questions", "tests/eval/seeds-dev.jsonl"]]
    {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let ran = mynah(command).stdout(Stdio::from(full)).run().exits(2);
        assert!(ran.err.contains("No space left"), "{ran}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_standard_error_that_takes_nothing_changes_no_exit_code() {
    let posts = folder([("pond.md", &b"The pond freezes over in January.\n"[..])]);
    let ask = |corpus: &str| {
        let script = format!("'{}' ask --corpus '{corpus}' when does the pond freeze 2>/dev/full", env!("CARGO_BIN_EXE_mynah"));
        std::process::Command::new("sh").args(["-c", &script]).output().unwrap().status.code()
    };
    assert_eq!(ask(&shown(posts.path())), Some(0), "what is wrong with the post can't be told, and the answer can");
    assert_eq!(ask("no/such/folder"), Some(2));
}

#[test]
fn problems_in_the_posts_are_told_beside_the_answer() {
    let posts = five_posts();
    std::fs::File::create(posts.path().join("bad.md")).unwrap().write_all(b"no front matter\n").unwrap();
    let ran = mynah(["ask", "--corpus", &shown(posts.path()), "who runs starlingx in production"]).run().exits(0);
    assert!(ran.err.contains("mynah check"), "{ran}");
    assert!(!ran.out.contains("mynah check"), "standard output holds the answer alone\n{ran}");
}
