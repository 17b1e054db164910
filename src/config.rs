//! One documented [`Config`]: defaults < file < environment.
//!
//! The file is TOML; `MYNAH__SECTION__KEY` in the environment wins over it, with lists separated by commas. A key that is not
//! known is an error that names it and where it stands.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where mynah keeps what it remembers, such as the history of `mynah chat`.
    pub data_dir: PathBuf,
    /// Where the posts are.
    pub corpus: CorpusConfig,
    /// How they are searched.
    pub search: SearchConfig,
    /// When an answer is given as one.
    pub answer: AnswerConfig,
}

/// Where the posts are.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorpusConfig {
    /// The folder of posts (`*.md`).
    pub path: PathBuf,
    /// A post's public address; `{slug}` stands for the file's name without `.md`.
    pub url: String,
    /// A file of onboarding pointers; without it, those built in.
    pub pointers: Option<PathBuf>,
    /// A file of golden questions (JSON lines) that `mynah check` holds against the posts.
    pub questions: Option<PathBuf>,
}

/// How the posts are searched.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchConfig {
    /// A file of word families; without it, those built in.
    pub families: Option<PathBuf>,
}

/// When an answer is given as one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnswerConfig {
    /// Confidence, 0 to 1, from which a quotation is given as the answer.
    pub answered_from: f32,
    /// Confidence, 0 to 1, from which the nearest passage is shown, marked as such.
    pub closest_from: f32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: "data".into(),
            corpus: CorpusConfig::default(),
            search: SearchConfig::default(),
            answer: AnswerConfig::default(),
        }
    }
}

impl Default for CorpusConfig {
    fn default() -> Self {
        Self { path: "corpus".into(), url: "https://www.starlingx.io/blog/{slug}/".to_owned(), pointers: None, questions: None }
    }
}

impl Default for AnswerConfig {
    fn default() -> Self {
        let thresholds = crate::answer::Thresholds::default();
        Self { answered_from: thresholds.answered, closest_from: thresholds.closest }
    }
}

/// Why a config can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("can't read the config {}: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The file is not TOML, or holds an unknown key or a value of the wrong type.
    #[error("bad config {}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        message: String,
    },
    /// A variable of the environment names an unknown key or holds a value of the wrong type.
    #[error("bad setting {name} in the environment: {message}")]
    Environment {
        /// The variable.
        name: String,
        /// What is wrong.
        message: String,
    },
    /// A value is of the right type and makes no sense.
    #[error("bad config: {0}")]
    Value(String),
}

/// The file that is read when none is named, if it is there.
pub const DEFAULT_FILE: &str = "config/mynah.toml";
const PREFIX: &str = "MYNAH";
/// Between the words of a variable's name.
const SEPARATOR: &str = "__";

impl Config {
    /// Reads `file`, or [`DEFAULT_FILE`] where it exists, and lays `environment` over it.
    ///
    /// # Errors
    /// [`ConfigError`], naming the file or the variable and the key.
    pub fn load(file: Option<&Path>, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let default = Path::new(DEFAULT_FILE);
        let text = match file {
            Some(path) => Some((path, read(path)?)),
            None if default.is_file() => Some((default, read(default)?)),
            None => None,
        };
        if let Some((path, text)) = &text {
            // Parsed by itself first: TOML's own errors name the line.
            toml::from_str::<Self>(text)
                .map_err(|e| ConfigError::Malformed { path: path.to_path_buf(), message: e.to_string().trim_end().to_owned() })?;
        }
        let settings: HashMap<String, String> =
            environment.into_iter().filter(|(name, _)| name.starts_with(&format!("{PREFIX}{SEPARATOR}"))).collect();
        check_each(&settings)?;
        let whole =
            merged(text.as_ref().map_or("", |(_, text)| text), settings).map_err(|e| ConfigError::Value(e.to_string()))?;
        whole.checked()
    }

    fn checked(self) -> Result<Self, ConfigError> {
        let AnswerConfig { answered_from, closest_from } = self.answer;
        if !(0.0..=1.0).contains(&closest_from) || !(closest_from..=1.0).contains(&answered_from) {
            let message =
                format!("0 ≤ answer.closest_from ({closest_from}) ≤ answer.answered_from ({answered_from}) ≤ 1 must hold");
            return Err(ConfigError::Value(message));
        }
        if !self.corpus.url.starts_with("http") || !self.corpus.url.contains("{slug}") {
            let message = format!("corpus.url `{}`: write an address with {{slug}} where the file's name goes", self.corpus.url);
            return Err(ConfigError::Value(message));
        }
        Ok(self)
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })
}

fn merged(toml: &str, settings: HashMap<String, String>) -> Result<Config, config::ConfigError> {
    let environment = config::Environment::with_prefix(PREFIX)
        .prefix_separator(SEPARATOR)
        .separator(SEPARATOR)
        .try_parsing(true)
        .source(Some(settings));
    let builder = config::Config::builder().add_source(config::File::from_str(toml, config::FileFormat::Toml));
    builder.add_source(environment).build()?.try_deserialize()
}

/// Each variable by itself, so that an error can name it.
fn check_each(settings: &HashMap<String, String>) -> Result<(), ConfigError> {
    let mut names: Vec<&String> = settings.keys().collect();
    names.sort();
    for name in names {
        let alone = HashMap::from([(name.clone(), settings[name].clone())]);
        merged("", alone).map_err(|e| ConfigError::Environment { name: name.clone(), message: e.to_string() })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(toml: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mynah.toml");
        fs::write(&file, toml).unwrap();
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::load(Some(&file), environment).map_err(|e| e.to_string())
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
        let config = load("[corpus]\npath = 'posts'\n", &[("MYNAH__ANSWER__ANSWERED_FROM", "0.7"), ("OTHER", "x")]).unwrap();
        assert_eq!((config.corpus.path, config.answer.answered_from), ("posts".into(), 0.7));
        assert_eq!(config.corpus.url, CorpusConfig::default().url);
        let config = load("[corpus]\npath = 'posts'\n", &[("MYNAH__CORPUS__PATH", "other")]).unwrap();
        assert_eq!(config.corpus.path, PathBuf::from("other"));
    }

    #[test]
    fn unknown_keys_are_refused_by_name_and_place() {
        let error = load("data_dir = 'x'\n[corpus]\npfad = 'posts'\n", &[]).unwrap_err();
        assert!(error.contains("mynah.toml") && error.contains("unknown field `pfad`") && error.contains("line 3"), "{error}");
        let error = load("", &[("MYNAH__CORPUS__PFAD", "x")]).unwrap_err();
        assert!(error.contains("MYNAH__CORPUS__PFAD") && error.contains("pfad"), "{error}");
    }

    #[test]
    fn values_that_make_no_sense_are_refused() {
        assert!(load("[answer]\nclosest_from = 0.9\nanswered_from = 0.5\n", &[]).unwrap_err().contains("closest_from"));
        assert!(load("[corpus]\nurl = 'https://x.org/'\n", &[]).unwrap_err().contains("{slug}"));
        assert!(load("[corpus]\npath = 3\n", &[]).unwrap_err().contains("mynah.toml"));
    }

    #[test]
    fn the_config_that_comes_with_mynah_is_the_defaults() {
        let shipped: Config = toml::from_str(include_str!("../config/mynah.toml")).unwrap();
        let questions = shipped.corpus.questions.clone();
        assert!(questions.is_some(), "the checkout checks its golden questions");
        let mut defaults = Config::default();
        defaults.corpus.questions = questions;
        assert_eq!(shipped, defaults);
    }
}
