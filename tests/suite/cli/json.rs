//! Every field of an answer's JSON: its type, its range, and that it leads where it says.

use std::fs;

use mynah::corpus::Corpus;
use serde_json::Value;

use crate::harness::{POSTS_URL, corpus_dir, folder, mynah, post, shown};

fn answer(question: &str) -> Value {
    mynah(["ask", "--format", "json", question]).run().json()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("`{field}` must be a text: {value:#}"))
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().unwrap_or_else(|| panic!("`{field}` must be a list: {value:#}"))
}

fn number(value: &Value, field: &str) -> f64 {
    value[field].as_f64().unwrap_or_else(|| panic!("`{field}` must be a number: {value:#}"))
}

/// What holds for any answer to `question`.
fn assert_answer(question: &str, answer: &Value) {
    assert_eq!(text(answer, "question"), question);
    text(answer, "id");
    let verdict = text(answer, "verdict");
    assert!(["answered", "closest", "not_in_posts"].contains(&verdict), "{answer:#}");
    assert!((0.0..=1.0).contains(&number(answer, "confidence")), "{answer:#}");
    assert!(number(answer, "took_ms") > 0.0, "{answer:#}");
    assert!(!text(answer, "text").trim().is_empty(), "{answer:#}");
    assert!(verdict == "not_in_posts" || !list(answer, "citations").is_empty(), "{answer:#}");
    for (index, citation) in list(answer, "citations").iter().enumerate() {
        assert_eq!(citation["n"], index + 1, "citations are numbered as the text numbers them");
        assert!(text(answer, "text").contains(&format!("[{}] ", index + 1)), "{answer:#}");
        assert_citation(citation);
    }
    for pointer in list(answer, "pointers") {
        assert!(!text(pointer, "label").is_empty() && text(pointer, "url").starts_with("https://"), "{pointer:#}");
    }
}

/// What holds for any citation from the five posts: whoever follows it finds the words.
fn assert_citation(citation: &Value) {
    let (corpus, _) = Corpus::load(&corpus_dir(), POSTS_URL).unwrap();
    let file = text(citation, "file");
    let post = corpus.posts.iter().find(|p| p.file == file).unwrap_or_else(|| panic!("no post {file}"));
    assert_eq!(text(citation, "title"), post.title);
    assert_eq!(text(citation, "author"), "Ildiko Vancsa");
    assert_eq!(text(citation, "url"), POSTS_URL.replace("{slug}", file.strip_suffix(".md").unwrap()));
    let source = fs::read_to_string(corpus_dir().join(file)).unwrap();
    assert!(source.contains(&format!("date: {}T", text(citation, "date"))), "the date is the front matter's: {citation:#}");
    for heading in list(citation, "section") {
        let heading = heading.as_str().unwrap();
        assert!(source.lines().any(|line| line.starts_with('#') && line.ends_with(heading)), "{heading}");
    }
    let [first, last] = [0, 1].map(|end| citation["lines"][end].as_u64().unwrap() as usize);
    assert_eq!(list(citation, "lines").len(), 2);
    assert!(1 <= first && first <= last, "{citation:#}");
    let lines = post.text.split('\n').collect::<Vec<_>>()[first - 1..last].join("\n");
    let excerpt = text(citation, "excerpt");
    assert!(lines.contains(excerpt), "lines {first} to {last} of {file} must hold the excerpt: {citation:#}");
    assert!(excerpt.contains(text(citation, "highlight")) && !text(citation, "highlight").is_empty(), "{citation:#}");
}

#[test]
fn every_field_has_its_type_and_leads_where_it_says() {
    let questions = [
        "who runs starlingx in production",
        "when did Debian migration start?",
        "how do i get in touch with people?",
        "who wrote the shanghai post?",
        "how many automated regression tests did 7.0 have",
        "what version added istio?",
        "what's the weather in paris",
        "hello",
        "",
    ];
    for question in questions {
        assert_answer(question, &answer(question));
    }
}

#[test]
fn a_citation_tells_its_headings_outermost_first() {
    let answer = answer("what version added istio service mesh support?");
    let sections: Vec<&[Value]> = list(&answer, "citations").iter().map(|c| list(c, "section")).collect();
    assert!(sections.contains(&&[Value::from("Project team updates"), Value::from("Networking")][..]), "{answer:#}");
}

#[test]
fn a_post_without_author_date_or_headings_says_so_by_type() {
    let bare = folder([("pond-life.md", &b"---\ntitle: Pond life\n---\n\nThe pond freezes over in January.\n"[..])]);
    let ran = mynah(["ask", "--format", "json", "--corpus", &shown(bare.path()), "when does the pond freeze"]).run();
    let answer = ran.json();
    let citation = &answer["citations"][0];
    assert_eq!(citation["date"], Value::Null, "{answer:#}");
    assert_eq!((citation["author"].as_str(), citation["section"].as_array().map(Vec::len)), (Some(""), Some(0)), "{answer:#}");
    assert_eq!(citation["lines"], serde_json::json!([5, 5]));
}

#[test]
fn several_authors_are_one_text() {
    let two = post("Pond", "The pond freezes over in January.").replace("Ada Starling", "Ada Starling and Bo Wren");
    let pond = folder([("pond.md", two.as_bytes())]);
    let ran = mynah(["ask", "--format", "json", "--corpus", &shown(pond.path()), "when does the pond freeze"]).run().exits(0);
    assert_eq!(ran.json()["citations"][0]["author"], "Ada Starling, Bo Wren");
}
