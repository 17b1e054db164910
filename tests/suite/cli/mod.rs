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

/// The commands that the help names: all that were built in.
fn commands() -> Vec<String> {
    let ran = mynah(["--help"]).run().exits(0);
    let named = ran.out.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1).take_while(|line| !line.is_empty());
    let names = named.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned);
    let names: Vec<String> = names.collect();
    assert!(names.len() >= 9, "{names:?} in {ran}");
    names
}

#[test]
fn the_help_of_each_command_shows_examples() {
    for command in commands() {
        let ran = mynah([command.as_str(), "--help"]).run().exits(0);
        let call = format!("  mynah {command}");
        assert!(ran.out.contains("Example") && ran.out.lines().any(|line| line.starts_with(&call)), "{ran}");
    }
}

#[test]
fn the_readme_names_each_command_and_the_help_of_the_whole_the_exit_codes() {
    let readme = std::fs::read_to_string(crate::harness::root().join("README.md")).unwrap();
    for command in commands() {
        assert!(readme.lines().any(|line| line.starts_with(&format!("| `mynah {command}"))), "README.md lacks {command}");
    }
    let ran = mynah(["--help"]).run().exits(0);
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
