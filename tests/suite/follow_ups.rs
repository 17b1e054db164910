//! Follow-ups find what the question that was meant finds, and complete questions after others what they find alone:
//! `tests/eval/follow-ups.jsonl`, as far as its posts are the five that come with mynah.

use mynah::answer::{Answer, Question, Verdict};
use serde::Deserialize;

use crate::harness::{engine, root};

/// A question after another one.
#[derive(Deserialize)]
struct Line {
    id: String,
    /// Whose posts answer it: the five (`starlingx`), or a community's that `scripts/fetch-posts` brings.
    posts: String,
    /// The question before it.
    previous: String,
    question: String,
    /// What it means, said by itself; nothing where it is complete.
    meant: Option<String>,
}

/// Follow-ups of eighteen that find what was meant, by words. A floor, which may only rise.
const FOUND: usize = 15;

fn first(answer: &Answer) -> Option<(String, (usize, usize))> {
    answer.citations().first().map(|citation| (citation.file.clone(), citation.lines))
}

#[test]
fn a_follow_up_finds_what_was_meant_and_a_complete_question_what_it_finds_alone() {
    let text = std::fs::read_to_string(root().join("tests/eval/follow-ups.jsonl")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Line>(line).unwrap()).filter(|line| line.posts == "starlingx");
    let (mut found, mut missed, mut changed) = (0, Vec::new(), Vec::new());
    for line in lines {
        let ask = |question: Question| -> (Verdict, _) {
            let answer = engine().ask(&question);
            (answer.verdict(), first(&answer))
        };
        let told = ask(Question::new(&line.question).after(&line.previous));
        match &line.meant {
            Some(meant) if told.1 == ask(Question::new(meant)).1 => found += 1,
            Some(_) => missed.push(line.id),
            None if told != ask(Question::new(&line.question)) => changed.push(line.id),
            None => {}
        }
    }
    assert!(found >= FOUND, "only {found} are found, not {missed:?}");
    assert!(changed.is_empty(), "read with the question before: {changed:?}");
}
