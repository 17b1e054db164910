//! How an answer was chosen, in plain words.

use crate::answer::{Explanation, Found, Verdict};

use super::day;
use super::layout::{Block, Span};

/// An explanation as blocks.
pub fn why(explanation: &Explanation) -> Vec<Block> {
    let answer = &explanation.answer;
    if answer.kind.is_small_talk() {
        return vec![Block::text("That was small talk: I looked nothing up.")];
    }
    let mut blocks = vec![Block::text(format!("You asked: “{}”", answer.question))];
    if explanation.follow_up {
        blocks.push(Block::text("I read it together with your question before."));
    }
    let mut items: Vec<Vec<Span>> =
        explanation.words.iter().map(|(word, found)| vec![Span::Plain(looked_for(word, found))]).collect();
    items.extend(answer.corrections.iter().map(|(typed, meant)| vec![Span::Plain(format!("I read “{typed}” as “{meant}”."))]));
    if !items.is_empty() {
        blocks.push(Block::text("Words I looked for:"));
        blocks.push(Block::List(items));
    }
    blocks.push(Block::text(sure(explanation)));
    if let Some((title, date, share)) = &explanation.runner_up {
        let date = date.map(|d| format!(" ({})", day(d))).unwrap_or_default();
        blocks.push(Block::text(format!("Next best: “{title}”{date}, with {:.0} % of the best passage's score.", share * 100.0)));
    }
    blocks
}

fn looked_for(word: &str, found: &Found) -> String {
    let as_word = |other: &String| if other == word { String::new() } else { format!(" (as “{other}”)") };
    match found {
        Found::Sentence(other) => format!("“{word}”: in the sentence that answers{}", as_word(other)),
        Found::Passage(other) => format!("“{word}”: beside it{}", as_word(other)),
        Found::Elsewhere => format!("“{word}”: not in what I quoted"),
        Found::Nowhere => format!("“{word}”: nowhere in the posts"),
    }
}

fn sure(explanation: &Explanation) -> String {
    let answer = &explanation.answer;
    let (sure, needed) = (answer.confidence * 100.0, explanation.thresholds.answered * 100.0);
    let said = match answer.verdict {
        Verdict::Answered => "so I answered",
        Verdict::Closest => "so I only showed the nearest passage",
        Verdict::NotInPosts => "so I said that the posts don't say",
    };
    format!("I was {sure:.0} % sure; an answer needs {needed:.0} %, {said}.")
}
