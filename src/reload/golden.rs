//! Golden questions, asked of the posts before and after a reload: which answers would be lost.

use crate::answer::{Answer, Engine};
use crate::eval::{Judged, Said, Sources};
use crate::questions::QuestionLine;

/// A golden question that was answered and would not be any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// As it is asked.
    pub question: String,
    /// The sentence that answered it.
    pub sentence: String,
    /// Where that stands: file and line.
    pub place: String,
}

/// How golden questions fare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Golden {
    /// How many were answered before.
    pub answered: usize,
    /// Those that would not be any more.
    pub lost: Vec<Lost>,
}

/// Asks all questions of both. One counts as answered where a passage that answers is among the first three citations.
pub fn compare(questions: &[QuestionLine], old: &Engine, new: &Engine) -> Golden {
    let (before, after) = (Sources::of(old.corpus()), Sources::of(new.corpus()));
    let mut golden = Golden::default();
    for line in questions.iter().filter(|line| line.answerable) {
        let answer = ask(line, old);
        let was = Judged::of(line, &Said::new(&answer, 0.0), &before);
        if !was.right {
            continue;
        }
        golden.answered += 1;
        if !Judged::of(line, &Said::new(&ask(line, new), 0.0), &after).right {
            golden.lost.push(lost(line, &answer, was.rank.unwrap_or(1)));
        }
    }
    golden
}

/// As on the day on which the posts are read.
fn ask(line: &QuestionLine, engine: &Engine) -> Answer {
    engine.ask(&line.to_question(jiff::Zoned::now().date()))
}

fn lost(line: &QuestionLine, answer: &Answer, rank: usize) -> Lost {
    let citation = answer.citations().get(rank - 1).or(answer.citations().first());
    let sentence = citation.map(|citation| citation.highlight.split_whitespace().collect::<Vec<_>>().join(" "));
    let place = citation.map(|citation| format!("{}:{}", citation.file, citation.lines.0));
    Lost {
        question: line.question.clone(),
        sentence: sentence.unwrap_or_default(),
        // A question that a pointer answers has no citation.
        place: place.unwrap_or_else(|| "a pointer".to_owned()),
    }
}
