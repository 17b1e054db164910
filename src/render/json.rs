//! The JSON of an answer: the terminal's contract with scripts.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Pointer, Verdict};

/// An answer as `mynah ask --format json` prints it.
#[derive(Clone, derive_more::Debug, Serialize)]
pub struct AnswerJson<'a> {
    /// The question's id.
    pub id: &'a str,
    /// The question as typed.
    #[debug(skip)]
    pub question: &'a str,
    /// `answered`, `closest` or `not_in_posts`.
    pub verdict: Verdict,
    /// 0 to 1, comparable between questions.
    pub confidence: f32,
    /// The answer as plain text.
    #[debug(skip)]
    pub text: String,
    /// Best first.
    pub citations: Vec<CitationJson>,
    /// Places to go.
    pub pointers: &'a [Pointer],
    /// Milliseconds it took to find the answer.
    pub took_ms: f64,
}

/// A citation as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CitationJson {
    /// Its number in the text, from 1.
    pub n: usize,
    /// The post's file name.
    pub file: String,
    /// First and last line in the source file, counted from 1.
    pub lines: [usize; 2],
    /// The name of its source; left out where there is only one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// The post's title.
    pub title: String,
    /// The post's authors, separated by commas.
    pub author: String,
    /// The day the post was published, ISO 8601, or null.
    pub date: Option<String>,
    /// The post's address.
    pub url: String,
    /// Headings above, outermost first.
    pub section: Vec<String>,
    /// Whole sentences, verbatim markdown.
    pub excerpt: String,
    /// The sentence that answers, verbatim markdown.
    pub highlight: String,
}

impl<'a> AnswerJson<'a> {
    /// Describes an answer that took so long.
    pub fn new(answer: &'a Answer, took: Duration) -> Self {
        let citation = |(index, c): (usize, &crate::answer::Citation)| CitationJson {
            n: index + 1,
            file: c.file.clone(),
            lines: [c.lines.0, c.lines.1],
            source: c.source.clone(),
            title: c.title.clone(),
            author: c.authors.join(", "),
            date: c.date.map(|d| d.to_string()),
            url: c.url.clone(),
            section: c.section.clone(),
            excerpt: c.excerpt.clone(),
            highlight: c.highlight.clone(),
        };
        Self {
            id: &answer.id,
            question: &answer.question,
            verdict: answer.verdict(),
            confidence: answer.confidence,
            text: super::plain(answer),
            citations: answer.citations().iter().enumerate().map(citation).collect(),
            pointers: answer.pointers(),
            took_ms: (took.as_secs_f64() * 1e6).round() / 1e3,
        }
    }
}
