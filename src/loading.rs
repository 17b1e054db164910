//! From a config to an engine: everything that answers are made of, read and checked together; for the start and for reloads.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};

use crate::answer::{Engine, Models, Pointers, Thresholds};
use crate::config::{Config, SourceConfig};
use crate::corpus::{Corpus, CorpusError, Diagnostic, Severity, Source};
use crate::questions::QuestionLine;
use crate::reader::{Reader, ReaderError};
use crate::search::{Encoder, EncoderError, Families, WeightsId};
use crate::sites;
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

    /// An engine of all this, by words alone.
    ///
    /// # Errors
    /// Weights that are wrong.
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
    let (corpus, mut diagnostics) = match Corpus::load_from(&sources(config), Some(today())) {
        Ok(loaded) => loaded,
        Err(CorpusError::Empty { diagnostics, .. }) if !diagnostics.is_empty() => (Corpus::default(), diagnostics),
        Err(error) => return Err(error.into()),
    };
    for diagnostic in &mut diagnostics {
        diagnostic.file = config.corpus.on_disk(&diagnostic.file).display().to_string();
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

/// Where the posts of a config are.
fn sources(config: &Config) -> Vec<Source> {
    config.corpus.each_source().iter().map(SourceConfig::source).collect()
}

/// Other posts than the config's, for `--corpus`. A site's checkout is read as `mynah init` would find it. So is a folder of posts
/// that speak of another project; where most speak of the config's own (`corpus.names`) and no engine is known, its address
/// rule, names and pointers stay.
pub fn with_corpus(config: &mut Config, folder: &Path) {
    let corpus = &mut config.corpus;
    // Golden questions are about the config's posts.
    corpus.questions = None;
    corpus.set_folder(folder);
    // What is wrong with the folder is told when it is read.
    let found = sites::look(folder, Some(today())).ok();
    if let Some(found) = &found
        && found.is_plain()
        && sites::speak_of(&corpus.names, &found.corpus.posts)
    {
        corpus.posts.clear();
        return;
    }
    let source = found.as_ref().map(|found| found.source.clone()).unwrap_or_default();
    corpus.posts = source.posts;
    corpus.url = source.url;
    corpus.engine = source.engine;
    corpus.base = source.base;
    corpus.zone = source.zone;
    corpus.root = source.root;
    corpus.future = source.future;
    corpus.rules = source.rules;
    corpus.dated = found.as_ref().is_none_or(|found| found.source.dated);
    corpus.pointers = None;
    let (names, pointers) = found.map(|found| (found.names, found.pointers)).unwrap_or_default();
    (corpus.names, corpus.found_pointers) = (names, pointers);
}

/// The day of reading, in the machine's time zone: posts of later days are yet to come.
pub fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}

/// Hears how many texts of how many are encoded.
pub type Progress<'a> = dyn Fn(usize, usize) + Sync + 'a;

/// An engine over the config's posts, with what is wrong in them; by words and, where there is an encoder, by meaning: it waits
/// until all is encoded. A post that can't be read is left out.
///
/// # Errors
/// No post that can be read; a settings file or an encoder that is wrong.
pub fn engine(config: &Config, progress: &Progress<'_>) -> anyhow::Result<(Engine, Vec<Diagnostic>)> {
    let understanding = understanding(config)?;
    let (engine, diagnostics) = engine_by_words(config)?;
    Ok((meant(engine, understanding, config, progress)?, diagnostics))
}

/// The same for fitting weights: with any models, whatever the config's weights were fitted with.
///
/// # Errors
/// See [`engine`].
pub fn engine_to_fit(config: &Config, progress: &Progress<'_>) -> anyhow::Result<Engine> {
    let understanding = unfitted(config)?;
    let (engine, _) = engine_by_words(config)?;
    meant(engine, understanding, config, progress)
}

/// The same by words alone, which takes no time to speak of: [`crate::encoding`] finds out what the posts mean beside it.
///
/// # Errors
/// No post that can be read; a settings file that is wrong.
pub fn engine_by_words(config: &Config) -> anyhow::Result<(Engine, Vec<Diagnostic>)> {
    let (corpus, diagnostics) = Corpus::load_from(&sources(config), Some(today())).map_err(|error| match error {
        CorpusError::Empty { ref diagnostics, .. } if !diagnostics.is_empty() => {
            let found: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            anyhow::Error::from(error).context(found.join("\n"))
        }
        error => error.into(),
    })?;
    Ok((build(corpus, families(config)?, pointers(config)?, config)?, diagnostics))
}

/// What finds out what texts mean.
#[derive(Clone, Debug)]
pub struct Understanding {
    /// What makes vectors of them.
    pub encoder: Arc<Encoder>,
    /// What reads the best passages together with the question, if the config names one.
    pub reader: Option<Arc<Reader>>,
}

impl Understanding {
    /// Of an engine that has it.
    pub fn of(engine: &Engine) -> Option<Self> {
        Some(Self { encoder: engine.encoder()?, reader: engine.reader().cloned() })
    }

    /// An engine whose posts are encoded, with what reads them too.
    pub fn read(self, engine: Engine) -> Engine {
        match self.reader {
            Some(reader) => engine.with_reader(reader),
            None => engine,
        }
    }
}

/// What a config names for it: none without an encoder.
///
/// # Errors
/// An encoder or a reader that can't be used, or that the config's weights were not fitted with.
pub fn understanding(config: &Config) -> anyhow::Result<Option<Understanding>> {
    let Some(understanding) = unfitted(config)? else { return Ok(None) };
    let reader = understanding.reader.as_ref().map(|reader| reader.weights());
    go_together(config, &understanding.encoder, reader)?;
    Ok(Some(understanding))
}

/// The same, whatever the config's weights were fitted with: they are to be fitted.
///
/// # Errors
/// An encoder or a reader that can't be used.
fn unfitted(config: &Config) -> anyhow::Result<Option<Understanding>> {
    let Some(encoder) = encoder(config)? else { return Ok(None) };
    let reader = reader(config, &encoder)?;
    Ok(Some(Understanding { encoder, reader }))
}

/// Whether the weights of a config were fitted with this encoder and this reader, if there is one. Where the config names the file of
/// weights, both are of its owner's choice, and one of them is wrong; where it doesn't, whoever chose another model is told what the
/// built-in weights are worth with it.
///
/// # Errors
/// Weights of a file that were fitted with other models.
pub fn go_together(config: &Config, encoder: &Encoder, reader: Option<WeightsId>) -> anyhow::Result<()> {
    let Err(misfit) = models(config)?.fit(encoder.weights(), reader) else { return Ok(()) };
    match &config.search.weights {
        Some(file) => bail!(
            "{}: {misfit}; fit them anew with `mynah fit`, name the models that they go with in search.encoder and search.reader, or \
             leave out search.weights",
            file.display()
        ),
        None => {
            tracing::warn!(
                "{misfit}: how sure an answer is means little; fit weights of your own with `mynah fit` and name them in \
                 search.weights"
            );
            Ok(())
        }
    }
}

/// An engine with what its posts mean, as far as there is something to find it out.
///
/// # Errors
/// Where a text can't be encoded.
pub fn meant(
    engine: Engine,
    understanding: Option<Understanding>,
    config: &Config,
    progress: &Progress<'_>,
) -> anyhow::Result<Engine> {
    let Some(understanding) = understanding else { return Ok(engine) };
    let engine = engine.with_encoder(understanding.encoder.clone(), Some(&config.vectors()), progress)?;
    Ok(understanding.read(engine))
}

fn build(corpus: Corpus, families: Families, pointers: Pointers, config: &Config) -> anyhow::Result<Engine> {
    let thresholds = Thresholds { answered: config.answer.answered_from, closest: config.answer.closest_from };
    let engine = Engine::new(corpus, families, pointers).context("can't index the posts")?;
    Ok(engine.with_thresholds(thresholds).with_models(models(config)?))
}

/// The reader of a config that goes with an encoder; without a word about it, the built-in one, if the encoder is the one that it
/// was trained on.
///
/// # Errors
/// Where the reader that is named can't be used.
pub fn reader(config: &Config, encoder: &Encoder) -> Result<Option<Arc<Reader>>, ReaderError> {
    let reader = match config.search.reader.as_deref() {
        None => match Reader::built_in(encoder) {
            Err(error @ ReaderError::OtherBase { .. }) => {
                tracing::info!("nothing reads question and passage together: {error}");
                return Ok(None);
            }
            reader => reader?,
        },
        Some(none) if none.as_os_str().is_empty() => return Ok(None),
        Some(named) if named.as_os_str() == BUILT_IN_READER => Reader::built_in(encoder)?,
        Some(file) if file.extension().is_some_and(|extension| extension == "safetensors") => {
            let unreadable = |cause| ReaderError::Unreadable { file: file.to_owned(), cause };
            Reader::load(encoder, &std::fs::read(file).map_err(unreadable)?)?
        }
        Some(folder) => Reader::load_cross_encoder(folder)?,
    };
    Ok(Some(Arc::new(reader)))
}

/// What `search.reader` calls the reader that comes with mynah.
pub const BUILT_IN_READER: &str = "built-in";

/// The encoder of a config, if it has one.
///
/// # Errors
/// Where it can't be used.
pub fn encoder(config: &Config) -> Result<Option<Arc<Encoder>>, EncoderError> {
    config.encoder().map(|folder| Encoder::load(&folder).map(Arc::new)).transpose()
}

fn pointers(config: &Config) -> Result<Pointers, TomlFileError> {
    match config.corpus.pointers.as_deref() {
        Some(file) => Pointers::load(file),
        None if config.corpus.found_pointers.is_empty() => Ok(Pointers::default()),
        None => Pointers::parse(&config.corpus.found_pointers, "what the posts link to"),
    }
}

/// The weights of a config.
///
/// # Errors
/// [`TomlFileError`] where its file can't be used.
pub fn models(config: &Config) -> Result<Models, TomlFileError> {
    config.search.weights.as_deref().map_or_else(|| Ok(Models::built_in()), Models::load)
}

fn families(config: &Config) -> Result<Families, TomlFileError> {
    let families = config.search.families.as_deref().map_or_else(|| Ok(Families::built_in()), Families::load);
    families.map(|families| families.with_names(&config.corpus.names))
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
