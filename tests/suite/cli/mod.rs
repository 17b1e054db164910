//! The terminal's contract: what scripts may rely on.

mod ask;
mod chat;
mod converse;
mod errors;
mod init;
mod json;
mod pipes;
mod search;

use crate::harness::mynah;

const COMMANDS: [&str; 9] = ["ask", "chat", "check", "converse", "eval", "fit", "init", "search", "why"];

#[test]
fn the_help_of_each_command_shows_examples() {
    for command in
        COMMANDS.into_iter().chain(cfg!(feature = "web").then_some("serve")).chain(cfg!(feature = "insight").then_some("insight"))
    {
        let ran = mynah([command, "--help"]).run().exits(0);
        let call = format!("  mynah {command}");
        assert!(ran.out.contains("Example") && ran.out.lines().any(|line| line.starts_with(&call)), "{ran}");
    }
}

#[test]
fn the_help_of_the_whole_names_each_command_and_the_exit_codes() {
    let ran = mynah(["--help"]).run().exits(0);
    for command in COMMANDS {
        assert!(ran.out.lines().any(|line| line.trim_start().starts_with(command)), "{command}\n{ran}");
    }
    assert!(ran.out.contains("Exit codes"), "{ran}");
}

#[test]
fn check_finds_nothing_wrong_with_what_comes_with_mynah() {
    let ran = mynah(["check"]).run().exits(0);
    assert!(ran.out.contains("5 posts") && ran.out.contains(" 0 wrong"), "{ran}");
}

#[test]
fn check_tells_where_a_golden_quote_no_longer_stands() {
    let gold = r#"{"id":"a","question":"q","gold":[{"file":"starlingx-shanghai-recap.md","quote":"held in Shanghai, Texas"}]}"#;
    let (_folder, questions) = crate::harness::file("golden.jsonl", &format!("\n{gold}\n"));
    let ran = mynah(["check", "--questions", &questions]).run().exits(1);
    assert!(ran.out.contains(&format!("{questions}:2: ")) && ran.out.contains("Shanghai, Texas"), "{ran}");
}

#[test]
fn check_tells_which_line_of_a_settings_file_is_wrong() {
    let good = "[[pointer]]\nlabel = \"List\"\nurl = \"https://x.org\"\nwords = [\"list\"]\n";
    let cases = [
        ("MYNAH__CORPUS__POINTERS", good.replace("https://x.org", "javascript:alert(1)"), ":3: "),
        ("MYNAH__CORPUS__POINTERS", good.replace("label = \"List\"", "label = 7"), ":2: "),
        ("MYNAH__SEARCH__FAMILIES", "families = [\n  [\"one two three\"],\n]\n".to_owned(), ":2: "),
    ];
    for (variable, text, line) in cases {
        let (_folder, path) = crate::harness::file("settings.toml", &text);
        let ran = mynah(["check"]).env(variable, &path).run().exits(1);
        assert!(ran.out.contains(&format!("{path}{line}")), "{ran}");
    }
}
