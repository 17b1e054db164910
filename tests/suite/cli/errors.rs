//! Errors of use: exit 2, nothing on standard output, and a message that says what is wrong, where, and what to do.

use crate::harness::{file, folder, mynah, shown};

#[test]
fn what_is_not_a_command_or_flag_is_refused() {
    let table: [(&[&str], &[&str]); 9] = [
        (&[], &["Usage"]),
        (&["fly"], &["fly"]),
        (&["ask"], &["QUESTION"]),
        (&["ask", "--shout", "hello"], &["--shout"]),
        (&["ask", "--format", "xml", "hello"], &["xml", "jsonl"]),
        (&["ask", "--questions", "q.jsonl", "and a question"], &["--questions"]),
        (&["ask", "--questions", "q.jsonl", "--previous", "why"], &["--previous"]),
        (&["eval"], &["--questions"]),
        (&["search", "--passages", "p.tsv", "--queries", "q.tsv", "--k", "many"], &["many", "--k"]),
    ];
    for (args, told) in table {
        mynah(args).run().fails_telling(told);
    }
}

#[test]
fn a_bad_line_of_questions_is_named_with_its_file_and_line() {
    let good = r#"{"id":"a","question":"who"}"#;
    let bad_lines = [
        "not json",
        "{\"id\":\"b\"}",
        "{\"question\":\"who\"}",
        "{\"id\":3,\"question\":\"who\"}",
        "[]",
        "{\"id\":\"b\",\"question\":\"cut of",
        // A name must stay a name: answers are told apart by it.
        good,
    ];
    for bad in bad_lines {
        let (_folder, path) = file("questions.jsonl", &format!("{good}\n\n{bad}\n"));
        mynah(["ask", "--questions", &path]).run().fails_telling(&[&format!("{path}:3: ")]);
        mynah(["eval", "--questions", &path]).run().fails_telling(&[&format!("{path}:3: ")]);
    }
}

#[test]
fn a_missing_file_of_questions_is_named() {
    mynah(["ask", "--questions", "no/such.jsonl"]).run().fails_telling(&["no/such.jsonl"]);
}

#[test]
fn a_key_that_is_not_known_is_named_with_its_file_and_line() {
    let table = [
        ("data_dir = 'x'\n[corpus]\npfad = 'posts'\n", "pfad", "line 3"),
        ("[serch]\nfamilies = 'x'\n", "serch", "line 1"),
        ("[answer]\n\n\nanswered_form = 0.4\n", "answered_form", "line 4"),
    ];
    for (toml, key, line) in table {
        let (_folder, path) = file("other.toml", toml);
        mynah(["--config", &path, "ask", "who"]).run().fails_telling(&[&path, key, line]);
    }
}

#[test]
fn a_variable_that_is_not_known_is_named() {
    for (name, key) in [("MYNAH__CORPUS__PFAD", "pfad"), ("MYNAH__SERCH__FAMILIES", "serch"), ("MYNAH__SPEED", "speed")] {
        mynah(["ask", "who"]).env(name, "x").run().fails_telling(&[name, key]);
    }
}

#[test]
fn a_value_of_the_wrong_type_or_beyond_sense_is_refused_by_key() {
    mynah(["ask", "who"]).env("MYNAH__ANSWER__ANSWERED_FROM", "often").run().fails_telling(&["MYNAH__ANSWER__ANSWERED_FROM"]);
    mynah(["ask", "who"]).env("MYNAH__ANSWER__ANSWERED_FROM", "2").run().fails_telling(&["answered_from"]);
    mynah(["ask", "who"]).env("MYNAH__ANSWER__CLOSEST_FROM", "nan").run().fails_telling(&["closest_from"]);
    mynah(["ask", "who"]).env("MYNAH__CORPUS__URL", "https://x.org/").run().fails_telling(&["corpus.url", "{slug}"]);
}

#[test]
fn a_config_that_is_not_there_is_named() {
    mynah(["--config", "no/such.toml", "check"]).run().fails_telling(&["no/such.toml"]);
}

#[test]
fn without_posts_it_says_what_to_do() {
    let empty = folder([("README.txt", &b"no post"[..])]);
    let missing = shown(&empty.path().join("nowhere"));
    let empty = shown(empty.path());
    for command in [&["ask", "who"][..], &["chat"], &["check"], &["eval", "--questions", "tests/eval/seeds-dev.jsonl"]] {
        let with = |corpus: &str| mynah(command.iter().copied().chain(["--corpus", corpus])).run();
        with(&missing).fails_telling(&[&missing, "--corpus"]);
        with(&empty).fails_telling(&["no posts", &empty, "--corpus"]);
    }
}

#[test]
fn bad_pointers_and_families_are_named_with_their_file() {
    let (_folder, path) = file("list.toml", "[[pointer]]\nlabel = 'Code'\nurl = 'javascript:x'\nwords = ['code']\n");
    mynah(["ask", "who"]).env("MYNAH__CORPUS__POINTERS", &path).run().fails_telling(&[&path, "javascript:x"]);
    mynah(["ask", "who"]).env("MYNAH__SEARCH__FAMILIES", &path).run().fails_telling(&[&path]);
    mynah(["check"]).env("MYNAH__CORPUS__POINTERS", "no/such.toml").run().fails_telling(&["no/such.toml"]);
}

#[test]
fn a_line_of_tsv_without_a_tab_is_named_with_its_file_and_line() {
    let (_folder, good) = file("good.tsv", "1\tsome text\n");
    for bad_line in ["no tab here", "\tno id", "two words\tid with a space"] {
        let (_folder, bad) = file("bad.tsv", &format!("1\tsome text\n\n{bad_line}\n"));
        let told = format!("{bad}:3: ");
        mynah(["search", "--passages", &bad, "--queries", &good]).run().fails_telling(&[&told]);
        mynah(["search", "--passages", &good, "--queries", &bad]).run().fails_telling(&[&told]);
    }
    mynah(["search", "--passages", "no/such.tsv", "--queries", &good]).run().fails_telling(&["no/such.tsv"]);
}

#[test]
fn a_floor_must_name_a_figure_and_a_number() {
    for floor in ["right", "right=high", "rihgt=0.5"] {
        let ran = mynah(["eval", "--questions", "tests/eval/seeds-dev.jsonl", "--floor", floor]).run().exits(2);
        assert!(ran.err.contains(floor), "{ran}");
    }
}
