//! `mynah check`: is everything that answers are made of in order?

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use crate::config::Config;
use crate::corpus::{Corpus, CorpusError, Diagnostic, Severity};
use crate::questions::QuestionLine;
use crate::toml_file::TomlFileError;

use super::args::Check;
use super::{Exit, Outcome};

pub(super) fn run(args: &Check, config: &Config) -> Outcome {
    let dir = &config.corpus.path;
    let (corpus, mut diagnostics) = match Corpus::load(dir, &config.corpus.url) {
        Ok(loaded) => loaded,
        Err(CorpusError::Empty { diagnostics, .. }) if !diagnostics.is_empty() => (Corpus::default(), diagnostics),
        Err(error) => return Err(error.into()),
    };
    for diagnostic in &mut diagnostics {
        diagnostic.file = dir.join(&diagnostic.file).display().to_string();
    }
    let pointers = readable(super::load_pointers(config), &mut diagnostics)?.unwrap_or_default();
    readable(super::load_families(config), &mut diagnostics)?;
    let mut golden = 0;
    if let Some(file) = args.questions.as_deref().or(config.corpus.questions.as_deref()) {
        let questions = crate::questions::read(file)?;
        golden = questions.len();
        check_questions(file, &questions, &corpus, &mut diagnostics);
    }
    report(
        &diagnostics,
        &format!(
            "{} posts, {} passages, {} pointers, {golden} golden questions",
            corpus.posts.len(),
            corpus.passages.len(),
            pointers.iter().count()
        ),
    )
}

/// What is wrong in a settings file is a finding; a file that can't be read is an error of use.
fn readable<T>(loaded: anyhow::Result<T>, diagnostics: &mut Vec<Diagnostic>) -> anyhow::Result<Option<T>> {
    let error = match loaded {
        Ok(value) => return Ok(Some(value)),
        Err(error) => error,
    };
    match error.downcast_ref() {
        Some(TomlFileError::Malformed { path, line, message }) => {
            diagnostics.push(Diagnostic::error(path, *line, message));
            Ok(None)
        }
        _ => Err(error),
    }
}

fn report(diagnostics: &[Diagnostic], counted: &str) -> Outcome {
    let mut out = std::io::stdout().lock();
    for diagnostic in diagnostics {
        writeln!(out, "{diagnostic}")?;
    }
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    writeln!(out, "{counted}: {errors} wrong, {} repaired on reading", diagnostics.len() - errors)?;
    Ok(if errors == 0 { Exit::Ok } else { Exit::No })
}

/// Every quote of a golden question must stand in its post, as repaired or, for quotes of odd bytes, line by line.
fn check_questions(file: &Path, questions: &[QuestionLine], corpus: &Corpus, diagnostics: &mut Vec<Diagnostic>) {
    let texts: HashMap<&str, &str> = corpus.posts.iter().map(|p| (p.file.as_str(), p.text.as_str())).collect();
    let file = file.display().to_string();
    for question in questions {
        let mut wrong =
            |message: String| diagnostics.push(Diagnostic::error(&file, question.line, format!("{}: {message}", question.id)));
        if question.answerable && question.gold.is_empty() {
            wrong("an answerable question needs a gold quote".to_owned());
        }
        for gold in &question.gold {
            match texts.get(gold.file.as_str()) {
                None => wrong(format!("there is no post {}", gold.file)),
                Some(text) if !text.contains(&gold.quote) => wrong(format!("{} doesn't say “{}”", gold.file, gold.quote)),
                Some(_) => {}
            }
        }
    }
}
