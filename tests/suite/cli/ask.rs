//! `mynah ask`: exit codes, formats, follow-ups, questions from a file, the corpus by flag and by environment.

use serde_json::Value;

use crate::harness::{corpus_dir, file, folder, mynah, post, shown};

const PRODUCTION: &str = "who runs starlingx in production";
const DISTRIBUTED_CLOUD: &str = "what is the distributed cloud architecture?";

fn first_citation(answer: &Value) -> &Value {
    &answer["citations"][0]
}

#[test]
fn the_exit_code_tells_whether_it_was_answered() {
    let table = [
        (PRODUCTION, 0, "answered"),
        ("which version did istio arrive in", 0, "answered"),
        ("what's the weather in paris", 1, "not_in_posts"),
        ("", 1, "not_in_posts"),
    ];
    for (question, code, verdict) in table {
        let ran = mynah(["ask", "--format", "json", question]).run().exits(code);
        assert_eq!(ran.json()["verdict"], verdict, "{ran}");
    }
}

#[test]
fn quotation_marks_are_not_needed() {
    let quoted = mynah(["ask", PRODUCTION]).run().exits(0);
    let bare = mynah(["ask"].into_iter().chain(PRODUCTION.split(' '))).run().exits(0);
    assert_eq!(quoted.out, bare.out);
}

#[test]
fn text_is_the_default_and_equals_the_text_of_the_json() {
    let plain = mynah(["ask", PRODUCTION]).run().exits(0);
    let text = mynah(["ask", "--format", "text", PRODUCTION]).run().exits(0);
    let json = mynah(["ask", "--format", "json", PRODUCTION]).run().exits(0).json();
    assert_eq!(plain.out, text.out);
    assert_eq!(plain.out.trim_end(), json["text"].as_str().unwrap());
}

#[test]
fn jsonl_is_one_line_with_what_json_holds() {
    let without_time = |mut answer: Value| {
        answer["took_ms"] = Value::Null;
        answer
    };
    let line = mynah(["ask", "--format", "jsonl", PRODUCTION]).run().exits(0);
    let json = mynah(["ask", "--format", "json", PRODUCTION]).run().exits(0);
    assert_eq!(line.out.lines().count(), 1, "{line}");
    assert!(json.out.lines().count() > 10, "json is indented\n{json}");
    assert_eq!(without_time(line.json()), without_time(json.json()));
}

#[test]
fn a_follow_up_is_read_together_with_the_question_before() {
    let follow_up = "which release did that arrive in";
    let alone = mynah(["ask", "--format", "json", follow_up]).run().json();
    let after = mynah(["ask", "--format", "json", "--previous", DISTRIBUTED_CLOUD, follow_up]).run().exits(0).json();
    let excerpt = first_citation(&after)["excerpt"].as_str().unwrap();
    assert!(excerpt.contains("introduced in the 3.0 release"), "{after:#}");
    assert_ne!(first_citation(&alone), first_citation(&after), "without the question before, the follow-up says nothing");
}

#[test]
fn every_line_of_a_file_gets_its_line_in_its_order() {
    let ids = ["zebra", "7", "ünï", "a b", "dup-question", "last"];
    let questions: [&str; 6] =
        [PRODUCTION, "what's the weather in paris", "", "which release did that arrive in", PRODUCTION, "?!"];
    let line = |(id, question): (&&str, &&str)| {
        let mut line = serde_json::json!({"id": id, "question": question});
        if question.contains("that arrive") {
            line["previous"] = DISTRIBUTED_CLOUD.into();
        }
        line.to_string()
    };
    let lines: Vec<String> = ids.iter().zip(&questions).map(line).collect();
    // A blank line between is no question, and the last line needs no line end.
    let (_folder, path) = file("questions.jsonl", &lines.join("\n\n"));
    for format in [&["--format", "jsonl"][..], &[]] {
        let args = ["ask", "--questions", &path].into_iter().chain(format.iter().copied());
        let answers = mynah(args).run().exits(0).json_lines();
        assert_eq!(answers.iter().map(|a| a["id"].as_str().unwrap()).collect::<Vec<_>>(), ids);
        assert_eq!(answers.iter().map(|a| a["question"].as_str().unwrap()).collect::<Vec<_>>(), questions);
        assert_eq!(first_citation(&answers[3])["file"], "starlingx-vptg-october-2021-recap.md", "the follow-up");
        assert_eq!(answers[0]["citations"], answers[4]["citations"], "one question does not colour the next");
    }
}

#[test]
fn a_windows_file_of_questions_is_read_as_any_other() {
    let (_folder, path) =
        file("questions.jsonl", "{\"id\":\"1\",\"question\":\"who runs it\"}\r\n{\"id\":\"2\",\"question\":\"why\"}\r\n");
    assert_eq!(mynah(["ask", "--questions", &path]).run().exits(0).json_lines().len(), 2);
}

#[test]
fn the_corpus_comes_from_the_flag_then_the_environment_then_the_config() {
    let bakery = post("Bread", "The bakery sells sourdough bread on Tuesdays.");
    let pond = post("Pond", "The pond freezes over in January of most years.");
    let (bakery, pond) = (folder([("bread.md", bakery.as_bytes())]), folder([("pond.md", pond.as_bytes())]));
    let ask = |args: &[&str]| mynah(["ask", "--format", "json"].iter().chain(args));
    let bread = "when does the bakery sell sourdough bread";

    let flag = ask(&["--corpus", &shown(bakery.path()), bread]).env("MYNAH__CORPUS__PATH", &shown(pond.path())).run();
    assert_eq!(first_citation(&flag.exits(0).json())["file"], "bread.md");
    let variable = ask(&["when does the pond freeze"]).env("MYNAH__CORPUS__PATH", &shown(pond.path())).run();
    assert_eq!(first_citation(&variable.exits(0).json())["file"], "pond.md");
    let config = ask(&[bread]).run();
    assert_ne!(first_citation(&config.exits(1).json())["file"], "bread.md");
}

#[test]
fn a_folder_of_posts_may_be_named_like_a_number() {
    let outer = folder([]);
    std::fs::create_dir(outer.path().join("2024")).unwrap();
    std::fs::write(outer.path().join("2024/pond.md"), post("Pond", "The pond freezes over in January.")).unwrap();
    let question = "when does the pond freeze";
    mynah(["ask", question]).within(outer.path()).env("MYNAH__CORPUS__PATH", "2024").run().exits(0);
}

#[test]
fn outside_of_a_checkout_the_built_in_lists_serve() {
    let elsewhere = folder([]);
    let ran = mynah(["ask", "--format", "json", "--corpus", &shown(&corpus_dir()), PRODUCTION]).within(elsewhere.path()).run();
    assert_eq!(first_citation(&ran.exits(0).json())["file"], "starlingx-vptg-october-2021-recap.md");
}
