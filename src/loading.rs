//! From a config to an engine: everything that answers are made of, read and checked together.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;

use crate::answer::{Engine, Pointers, Thresholds};
use crate::config::Config;
use crate::corpus::{Corpus, CorpusError, Diagnostic, Severity};
use crate::questions::QuestionLine;
use crate::search::Families;
use crate::toml_file::TomlFileError;

/// Posts, pointers, families and golden questions of a config, with what is wrong in them.
#[derive(Debug, Default)]
pub struct Checked {
    /// The posts that could be read.
    pub corpus: Corpus,
    /// The onboarding pointers.
    pub pointers: Pointers,
    /// The word families.
    pub families: Families,
    /// How many golden questions were held against the posts.
    pub golden: usize,
    /// What is wrong or odd, with file and line; files of posts with their folder.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// Findings that are not mere warnings.
    pub fn errors(&self) -> usize {
        errors(&self.diagnostics)
    }

    /// Indexes what was checked.
    ///
    /// # Errors
    /// Where memory runs out.
    pub fn into_engine(self, config: &Config) -> anyhow::Result<Engine> {
        build(self.corpus, self.families, self.pointers, config)
    }
}

/// How many of these are errors.
pub fn errors(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|d| d.severity == Severity::Error).count()
}

/// Reads everything and says what is wrong in it; `golden` wins over the config's golden questions.
///
/// # Errors
/// A folder or file that can't be read at all.
pub fn check(config: &Config, golden: Option<&Path>) -> anyhow::Result<Checked> {
    let dir = &config.corpus.path;
    let (corpus, mut diagnostics) = match Corpus::load(dir, &config.corpus.url) {
        Ok(loaded) => loaded,
        Err(CorpusError::Empty { diagnostics, .. }) if !diagnostics.is_empty() => (Corpus::default(), diagnostics),
        Err(error) => return Err(error.into()),
    };
    for diagnostic in &mut diagnostics {
        diagnostic.file = dir.join(&diagnostic.file).display().to_string();
    }
    let pointers = readable(pointers(config), &mut diagnostics)?;
    let families = readable(families(config), &mut diagnostics)?;
    let mut count = 0;
    if let Some(file) = golden.or(config.corpus.questions.as_deref()) {
        let questions = crate::questions::read(file)?;
        count = questions.len();
        check_questions(file, &questions, &corpus, &mut diagnostics);
    }
    Ok(Checked { corpus, pointers, families, golden: count, diagnostics })
}

/// An engine over the config's posts, with what is wrong in them. A post that can't be read is left out.
///
/// # Errors
/// No post that can be read; a settings file that is wrong.
pub fn engine(config: &Config) -> anyhow::Result<(Engine, Vec<Diagnostic>)> {
    let (corpus, diagnostics) = Corpus::load(&config.corpus.path, &config.corpus.url).map_err(|error| match error {
        CorpusError::Empty { ref diagnostics, .. } if !diagnostics.is_empty() => {
            let found: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            anyhow::Error::from(error).context(found.join("\n"))
        }
        error => error.into(),
    })?;
    Ok((build(corpus, families(config)?, pointers(config)?, config)?, diagnostics))
}

fn build(corpus: Corpus, families: Families, pointers: Pointers, config: &Config) -> anyhow::Result<Engine> {
    let thresholds = Thresholds { answered: config.answer.answered_from, closest: config.answer.closest_from };
    Ok(Engine::new(corpus, families, pointers).context("can't index the posts")?.with_thresholds(thresholds))
}

fn pointers(config: &Config) -> Result<Pointers, TomlFileError> {
    config.corpus.pointers.as_deref().map_or_else(|| Ok(Pointers::built_in()), Pointers::load)
}

fn families(config: &Config) -> Result<Families, TomlFileError> {
    config.search.families.as_deref().map_or_else(|| Ok(Families::built_in()), Families::load)
}

/// What is wrong in a settings file is a finding; a file that can't be read is an error.
fn readable<T: Default>(loaded: Result<T, TomlFileError>, diagnostics: &mut Vec<Diagnostic>) -> anyhow::Result<T> {
    match loaded {
        Ok(value) => Ok(value),
        Err(TomlFileError::Malformed { path, line, message }) => {
            diagnostics.push(Diagnostic::error(&path, line, message));
            Ok(T::default())
        }
        Err(error) => Err(error.into()),
    }
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
