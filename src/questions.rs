//! Question sets: JSON lines, as `mynah ask --questions` and `mynah eval` read them.

use std::path::Path;

use anyhow::{Context, bail};
use jiff::civil::Date;
use serde::Deserialize;

use crate::answer::Question;

/// A line of a question set.
#[derive(Clone, Debug, Deserialize)]
pub struct QuestionLine {
    /// Its name, unique in the file.
    pub id: String,
    /// As a newcomer would type it.
    pub question: String,
    /// The asker's question before it.
    #[serde(default)]
    pub previous: Option<String>,
    /// A label to sum up figures by.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// Whether the posts answer it.
    #[serde(default = "yes")]
    pub answerable: bool,
    /// The line of the file it stands on, from 1.
    #[serde(skip)]
    pub line: usize,
    /// Where they do: any one of these places will do.
    #[serde(default)]
    pub gold: Vec<Gold>,
}

/// A quote that answers.
#[derive(Clone, Debug, Deserialize)]
pub struct Gold {
    /// The post's file name.
    pub file: String,
    /// Words of the file, as they stand in it.
    pub quote: String,
}

fn yes() -> bool {
    true
}

impl QuestionLine {
    /// The question, asked on this day.
    pub fn to_question(&self, asked_on: Date) -> Question {
        let (id, text, previous) = (self.id.clone(), self.question.clone(), self.previous.clone());
        Question { id, text, previous, asked_on: Some(asked_on), ..Question::default() }
    }
}

/// Reads a question set.
///
/// # Errors
/// Names the file and the line that is not a question, or the id that stands twice.
pub fn read(file: &Path) -> anyhow::Result<Vec<QuestionLine>> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("can't read the questions {shown}"))?;
    let mut questions: Vec<QuestionLine> = Vec::new();
    let mut ids = std::collections::HashSet::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut question: QuestionLine =
            serde_json::from_str(line).with_context(|| format!("{shown}:{}: not a question", index + 1))?;
        if !ids.insert(question.id.clone()) {
            bail!("{shown}:{}: the id `{}` stands twice", index + 1, question.id);
        }
        question.line = index + 1;
        questions.push(question);
    }
    Ok(questions)
}
