//! How an answer was chosen, in plain words.

use crate::answer::{Explanation, Found, Kind, ReadPassage, TemporalEnd, Verdict};

use super::block::{Block, Span};
use super::day;

/// An explanation as blocks.
pub fn why(explanation: &Explanation) -> Vec<Block> {
    let answer = &explanation.answer;
    if answer.kind.is_small_talk() {
        return vec![Block::text("That was small talk: I looked nothing up.")];
    }
    let mut blocks = vec![Block::text(format!("You asked: “{}”", answer.question))];
    if let Some(question) = &explanation.read_as {
        blocks.push(Block::text(format!("I read it together with your question before, as “{question}”.")));
    }
    if let Some(title) = &explanation.quoted {
        blocks.push(Block::text(format!("It goes on with my answer before, so I read more of “{title}” too.")));
    }
    let mut items: Vec<Vec<Span>> =
        explanation.words.iter().map(|(word, found)| vec![Span::Plain(looked_for(word, found))]).collect();
    items.extend(answer.corrections.iter().map(|(typed, meant)| vec![Span::Plain(format!("I read “{typed}” as “{meant}”."))]));
    if !items.is_empty() {
        blocks.push(Block::text("Words I looked for:"));
        blocks.push(Block::List(items));
    }
    blocks.extend(evidence(answer.kind).map(Block::text));
    blocks.extend(in_time(explanation.edge).map(Block::text));
    blocks.extend(explanation.similarity.map(|cosine| Block::text(alike(cosine))));
    blocks.extend(read(&explanation.read));
    blocks.extend(explanation.fewer.map(|most| Block::text(fewer(most))));
    blocks.push(Block::text(sure(explanation)));
    if let Some((title, date, odds)) = &explanation.runner_up {
        let date = date.map(|d| format!(" ({})", day(d))).unwrap_or_default();
        let behind = match odds {
            ..1.2 => "nearly as good".to_owned(),
            ..100.0 => format!("{odds:.1} times less likely"),
            _ => "far behind".to_owned(),
        };
        blocks.push(Block::text(format!("Next best: “{title}”{date}, {behind} by its score.")));
    }
    blocks
}

/// What the reader made of the best passages: each sentence's probability to answer.
fn read(passages: &[ReadPassage]) -> Vec<Block> {
    if passages.is_empty() {
        return Vec::new();
    }
    let percent = |share: f32| format!("{:.0} %", share * 100.0);
    let item = |passage: &ReadPassage| {
        let date = passage.date.map(|d| format!(" ({})", day(d))).unwrap_or_default();
        let sentences: Vec<String> =
            passage.sentences.iter().map(|(words, sure)| format!("{} “{}”", percent(*sure), beginning(words))).collect();
        let told = format!("“{}”{date}: {}; none {}", passage.title, sentences.join(", "), percent(passage.none));
        vec![Span::Plain(told)]
    };
    let head = "I read the best passages together with your question. How likely each sentence answers it:";
    vec![Block::text(head), Block::List(passages.iter().map(item).collect())]
}

fn fewer(most: usize) -> String {
    let passages = if most == 1 { "the best passage".to_owned() } else { format!("the {most} best passages") };
    format!("Others were waiting for an answer, so I read {passages} only.")
}

/// The first words of a sentence.
fn beginning(words: &str) -> String {
    const MOST_CHARS: usize = 60;
    match words.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", words[..end].trim_end()),
        None => words.to_owned(),
    }
}

fn looked_for(word: &str, found: &Found) -> String {
    let as_word = |other: &String| if other == word { String::new() } else { format!(" (as “{other}”)") };
    match found {
        Found::Sentence(other) => format!("“{word}”: in the sentence that answers{}", as_word(other)),
        Found::Passage(other) => format!("“{word}”: beside it{}", as_word(other)),
        Found::Heading(other) => format!("“{word}”: in the title or headings above it{}", as_word(other)),
        Found::Date => format!("“{word}”: in the day of the post"),
        Found::Elsewhere => format!("“{word}”: not in what I quoted"),
        Found::Nowhere => format!("“{word}”: nowhere in the posts"),
    }
}

/// What the kind of question asks a sentence to hold.
fn evidence(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::When => Some("You asked for a time: I looked for a sentence with a date or a release."),
        Kind::WhichRelease => Some("You asked for a release: I looked for a sentence that names one."),
        Kind::Who => Some("You asked who: I looked for a sentence with a name."),
        Kind::Author => Some("You asked for an author: I looked at who wrote the posts."),
        Kind::Where => Some("You asked where: I looked for a sentence with a link."),
        Kind::HowMany | Kind::History => Some("You asked for a number: I looked for a sentence with one."),
        Kind::HowLong => Some("You asked how long or how often: I looked for a sentence that says so."),
        Kind::How => Some("You asked how: I looked for a step or a command."),
        Kind::Why => Some("You asked why: I looked for a reason."),
        Kind::Define => Some("You asked what something is: I looked for a sentence that explains it."),
        Kind::YesNo | Kind::List | Kind::What | Kind::Greeting | Kind::Thanks | Kind::AboutBot => None,
    }
}

fn in_time(edge: TemporalEnd) -> Option<&'static str> {
    match edge {
        TemporalEnd::Any => None,
        TemporalEnd::First => Some("You asked for a beginning: early posts count for more, and come first."),
        TemporalEnd::Last => Some("You asked for an end or the present: late posts count for more, and come first."),
    }
}

fn alike(cosine: f32) -> String {
    let how = match cosine {
        0.7.. => "means nearly the same as your question",
        0.45.. => "is close to your question in meaning",
        0.25.. => "is somewhat near your question in meaning",
        _ => "is far from your question in meaning",
    };
    format!("The sentence {how} (cosine {cosine:.2}).")
}

fn sure(explanation: &Explanation) -> String {
    let answer = &explanation.answer;
    let (sure, needed) = (answer.confidence * 100.0, explanation.thresholds.answered * 100.0);
    let said = match answer.verdict() {
        Verdict::Answered => "so I answered",
        Verdict::Closest => "so I only showed the nearest passage",
        Verdict::NotInPosts => "so I said that the posts don't say",
    };
    format!("I was {sure:.0} % sure; an answer needs {needed:.0} %, {said}.")
}
