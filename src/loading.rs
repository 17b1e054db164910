//! From a config to an engine: everything that answers are made of, read and checked together.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use crate::answer::{Engine, Models, Pointers, Thresholds};
use crate::config::Config;
use crate::corpus::{Corpus, CorpusError, Diagnostic, Severity};
use crate::questions::QuestionLine;
use crate::search::{Encoder, EncoderError, Families};
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

    fn into_engine(self, config: &Config) -> anyhow::Result<Engine> {
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
    readable(models(config), &mut diagnostics)?;
    let mut count = 0;
    if let Some(file) = golden.or(config.corpus.questions.as_deref()) {
        let questions = crate::questions::read(file)?;
        count = questions.len();
        check_questions(file, &questions, &corpus, &mut diagnostics);
    }
    Ok(Checked { corpus, pointers, families, golden: count, diagnostics })
}

/// Hears how many texts of how many are encoded.
pub type Progress<'a> = dyn Fn(usize, usize) + Sync + 'a;

/// An engine over the config's posts, with what is wrong in them; by words and, where there is an encoder, by meaning: it waits
/// until all is encoded. A post that can't be read is left out.
///
/// # Errors
/// No post that can be read; a settings file or an encoder that is wrong.
pub fn engine(config: &Config, progress: &Progress<'_>) -> anyhow::Result<(Engine, Vec<Diagnostic>)> {
    let encoder = encoder(config)?;
    let (engine, diagnostics) = engine_by_words(config)?;
    Ok((meant(engine, encoder, config, progress)?, diagnostics))
}

/// The same by words alone, which takes no time to speak of: [`crate::encoding`] finds out what the posts mean beside it.
///
/// # Errors
/// No post that can be read; a settings file that is wrong.
pub fn engine_by_words(config: &Config) -> anyhow::Result<(Engine, Vec<Diagnostic>)> {
    let (corpus, diagnostics) = Corpus::load(&config.corpus.path, &config.corpus.url).map_err(|error| match error {
        CorpusError::Empty { ref diagnostics, .. } if !diagnostics.is_empty() => {
            let found: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            anyhow::Error::from(error).context(found.join("\n"))
        }
        error => error.into(),
    })?;
    Ok((build(corpus, families(config)?, pointers(config)?, config)?, diagnostics))
}

/// An engine with what its posts mean, where there is an encoder.
///
/// # Errors
/// Where a text can't be encoded.
pub fn meant(
    engine: Engine,
    encoder: Option<Arc<Encoder>>,
    config: &Config,
    progress: &Progress<'_>,
) -> Result<Engine, EncoderError> {
    match encoder {
        Some(encoder) => engine.with_encoder(encoder, Some(&config.vectors()), progress),
        None => Ok(engine),
    }
}

/// What a reload came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// Posts in all, after it.
    pub posts: usize,
    /// Files that are new.
    pub added: Vec<String>,
    /// Files whose text changed.
    pub changed: Vec<String>,
    /// Files that are gone.
    pub removed: Vec<String>,
    /// What is wrong, with file and line.
    pub problems: Vec<String>,
    /// Whether the old posts were kept, because of what is wrong.
    pub kept: bool,
}

/// Reads everything again beside an engine: a new one by words, if nothing is wrong, and what to say of it.
pub fn reload(config: &Config, old: &Engine) -> (Option<Engine>, Reloaded) {
    // A golden question that no longer holds is told, and no reason to refuse what the community has changed; nor is a file of
    // them that is gone.
    let mut settings = config.clone();
    let missing = settings.corpus.questions.take_if(|file| !file.is_file());
    let missing = missing.map(|file| format!("{}: can't be read: no golden questions were checked", file.display()));
    let checked = match check(&settings, None) {
        Ok(checked) => checked,
        Err(error) => return (None, refused(old, vec![format!("{error:#}")])),
    };
    let golden = config.corpus.questions.as_ref().map(|file| file.display().to_string());
    let errors = || checked.diagnostics.iter().filter(|d| d.severity == Severity::Error);
    let problems: Vec<String> = missing.into_iter().chain(errors().map(ToString::to_string)).collect();
    if errors().any(|d| golden.as_ref() != Some(&d.file)) {
        return (None, refused(old, problems));
    }
    match checked.into_engine(config) {
        Ok(new) => {
            let outcome = Reloaded { problems, ..difference(old, &new) };
            (Some(new), outcome)
        }
        Err(error) => (None, refused(old, vec![format!("{error:#}")])),
    }
}

fn refused(old: &Engine, problems: Vec<String>) -> Reloaded {
    Reloaded { posts: old.corpus().posts.len(), problems, kept: true, ..Reloaded::default() }
}

/// Which files differ between two engines.
fn difference(old: &Engine, new: &Engine) -> Reloaded {
    fn texts(engine: &Engine) -> BTreeMap<&str, &str> {
        engine.corpus().posts.iter().map(|post| (post.file.as_str(), post.text.as_str())).collect()
    }
    let (before, after) = (texts(old), texts(new));
    let mut outcome = Reloaded { posts: after.len(), ..Reloaded::default() };
    for (file, text) in &after {
        match before.get(file) {
            None => outcome.added.push((*file).to_owned()),
            Some(old) if old != text => outcome.changed.push((*file).to_owned()),
            Some(_) => {}
        }
    }
    outcome.removed = before.keys().filter(|file| !after.contains_key(*file)).map(|file| (*file).to_owned()).collect();
    outcome
}

fn build(corpus: Corpus, families: Families, pointers: Pointers, config: &Config) -> anyhow::Result<Engine> {
    let thresholds = Thresholds { answered: config.answer.answered_from, closest: config.answer.closest_from };
    let engine = Engine::new(corpus, families, pointers).context("can't index the posts")?;
    Ok(engine.with_thresholds(thresholds).with_models(models(config)?))
}

/// The encoder of a config, if it has one.
///
/// # Errors
/// Where it can't be used.
pub fn encoder(config: &Config) -> Result<Option<Arc<Encoder>>, EncoderError> {
    config.encoder().map(|folder| Encoder::load(&folder).map(Arc::new)).transpose()
}

fn pointers(config: &Config) -> Result<Pointers, TomlFileError> {
    config.corpus.pointers.as_deref().map_or_else(|| Ok(Pointers::built_in()), Pointers::load)
}

/// The weights of a config.
///
/// # Errors
/// [`TomlFileError`] where its file can't be used.
pub fn models(config: &Config) -> Result<Models, TomlFileError> {
    config.search.weights.as_deref().map_or_else(|| Ok(Models::built_in()), Models::load)
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

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &str = "---\ntitle: T\nauthor: A\ndate: 2020-01-02\n---\n\nStarlings talk.\n";

    #[test]
    fn a_reload_tells_what_changed_and_a_bad_one_keeps_the_old_posts() {
        let folder = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).unwrap();
        let mut config = Config::default();
        config.corpus.path = folder.path().to_owned();
        config.search.encoder = Some("".into());
        config.corpus.questions = Some(folder.path().join("gone.jsonl"));
        for file in ["a.md", "b.md", "c.md"] {
            write(file, POST);
        }
        let (old, _) = engine(&config, &|_, _| ()).unwrap();
        write("b.md", &POST.replace("talk", "sing"));
        write("d.md", POST);
        std::fs::remove_file(folder.path().join("c.md")).unwrap();
        let (new, outcome) = reload(&config, &old);
        let names = |name: &str| vec![name.to_owned()];
        assert_eq!((outcome.posts, outcome.kept), (3, false));
        assert_eq!([&outcome.added, &outcome.changed, &outcome.removed], [&names("d.md"), &names("b.md"), &names("c.md")]);
        assert!(outcome.problems[0].contains("gone.jsonl"), "{outcome:?}");
        write("a.md", "---\ntitle: [\n---\n\ntext\n");
        let (none, outcome) = reload(&config, new.as_ref().unwrap());
        assert!(
            none.is_none() && outcome.kept && outcome.problems.iter().any(|problem| problem.contains("a.md:")),
            "{outcome:?}"
        );
        std::fs::remove_dir_all(folder.path()).unwrap();
        assert!(reload(&config, &old).1.kept);
    }
}
