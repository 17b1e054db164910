//! One documented [`Config`]: defaults < file < environment.
//!
//! The file is TOML; `MYNAH__SECTION__KEY` in the environment wins over it, with lists separated by commas. A key that is not
//! known is an error that names it and where it stands.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

mod corpus;
mod insight;
mod matrix;
mod web;

pub use corpus::{CorpusConfig, SourceConfig};
pub use insight::{InsightConfig, Openness, Schedule};
pub use matrix::{MatrixConfig, Secret};
pub use web::WebConfig;

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
    /// What is kept of questions.
    pub insight: InsightConfig,
    /// What is logged, on standard error.
    pub log: LogConfig,
    /// The Matrix bot, `mynah run`.
    pub matrix: MatrixConfig,
    /// The page, `mynah serve`.
    pub web: WebConfig,
}

/// How the posts are searched.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchConfig {
    /// A file of word families; without it, those built in.
    pub families: Option<PathBuf>,
    /// A file of weights, as `mynah fit` writes it; without it, those built in.
    pub weights: Option<PathBuf>,
    /// The folder of a sentence encoder. Without it, `<data_dir>/encoder` where that exists; empty: none.
    pub encoder: Option<PathBuf>,
    /// What reads the best passages together with the question: `built-in`, a file of `scripts/train-reader`, or the folder of a
    /// CrossEncoder. Without it, the built-in one where the encoder is the one it goes with; empty: none.
    pub reader: Option<PathBuf>,
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

/// What is logged, on standard error.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// A level (`error`, `warn`, `info`, `debug`, `trace`) or a filter such as `mynah=debug,matrix_sdk=warn`. `RUST_LOG` wins.
    pub level: String,
    /// How lines look.
    pub format: LogFormat,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: "data".into(),
            corpus: CorpusConfig::default(),
            search: SearchConfig::default(),
            answer: AnswerConfig::default(),
            insight: InsightConfig::default(),
            log: LogConfig::default(),
            matrix: MatrixConfig::default(),
            web: WebConfig::default(),
        }
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

/// The files of which the first that is there is read when none is named. `mynah init` writes the second.
pub const DEFAULT_FILES: [&str; 2] = ["config/mynah.toml", "mynah.toml"];
const PREFIX: &str = "MYNAH";
/// Between the words of a variable's name.
const SEPARATOR: &str = "__";

impl Config {
    /// Reads `file`, or the first of [`DEFAULT_FILES`] that exists, and lays `environment` over it.
    ///
    /// # Errors
    /// [`ConfigError`], naming the file or the variable and the key.
    pub fn load(file: Option<&Path>, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let path = file.or_else(|| DEFAULT_FILES.iter().map(Path::new).find(|file| file.is_file()));
        let text = path.map(|path| Ok((path, read(path)?))).transpose()?;
        if let Some((path, text)) = &text {
            // Parsed by itself first: TOML's own errors name the line.
            toml::from_str::<Self>(text)
                .map_err(|e| ConfigError::Malformed { path: path.to_path_buf(), message: e.to_string().trim_end().to_owned() })?;
        }
        let settings: HashMap<String, String> =
            environment.into_iter().filter(|(name, _)| name.starts_with(&format!("{PREFIX}{SEPARATOR}"))).collect();
        let environment = Environment::sorted(settings)?;
        let whole =
            merged(text.as_ref().map_or("", |(_, text)| text), environment).map_err(|e| ConfigError::Value(e.to_string()))?;
        whole.checked()
    }

    /// The folder of the sentence encoder that is to be used, if any.
    pub fn encoder(&self) -> Option<PathBuf> {
        match &self.search.encoder {
            Some(folder) if folder.as_os_str().is_empty() => None,
            Some(folder) => Some(folder.clone()),
            None => Some(self.data_dir.join("encoder")).filter(|folder| folder.is_dir()),
        }
    }

    /// Where vectors are kept, so that each text is encoded once.
    pub fn vectors(&self) -> PathBuf {
        self.data_dir.join("vectors")
    }

    /// Where questions are kept.
    pub fn insight_file(&self) -> PathBuf {
        self.data_dir.join("insight.sqlite")
    }

    fn checked(self) -> Result<Self, ConfigError> {
        let AnswerConfig { answered_from, closest_from } = self.answer;
        if !(0.0..=1.0).contains(&closest_from) || !(closest_from..=1.0).contains(&answered_from) {
            let message =
                format!("0 ≤ answer.closest_from ({closest_from}) ≤ answer.answered_from ({answered_from}) ≤ 1 must hold");
            return Err(ConfigError::Value(message));
        }
        self.corpus.checked()?;
        self.insight.checked()?;
        self.matrix.checked()?;
        self.web.checked()?;
        Ok(self)
    }
}

fn read(path: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(path).map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })
}

/// The settings of the environment.
#[derive(Default)]
struct Environment {
    texts: HashMap<String, String>,
    /// Separated by commas.
    lists: HashMap<String, String>,
}

impl Environment {
    /// Sorts variables by what their keys take. Each is tried by itself, so that an error can name it.
    fn sorted(settings: HashMap<String, String>) -> Result<Self, ConfigError> {
        let mut sorted = Self::default();
        let mut settings: Vec<_> = settings.into_iter().collect();
        settings.sort();
        for (name, value) in settings {
            let alone = HashMap::from([(name.clone(), value.clone())]);
            let as_text = merged("", Self { texts: alone.clone(), ..Self::default() });
            let takes_lists = as_text.as_ref().is_err_and(|error| error.to_string().contains(EXPECTED_LIST));
            let tried = if takes_lists { merged("", Self { lists: alone, ..Self::default() }) } else { as_text };
            tried.map_err(|error| ConfigError::Environment { name: name.clone(), message: error.to_string() })?;
            let settings = if takes_lists { &mut sorted.lists } else { &mut sorted.texts };
            settings.insert(name, value);
        }
        Ok(sorted)
    }
}

/// What serde says of a text where a list should be.
const EXPECTED_LIST: &str = "expected a sequence";

fn merged(toml: &str, settings: Environment) -> Result<Config, config::ConfigError> {
    let Environment { texts, lists } = settings;
    // Nothing is parsed here: a password of digits stays as it was written.
    let texts = config::Environment::with_prefix(PREFIX).prefix_separator(SEPARATOR).separator(SEPARATOR).source(Some(texts));
    let file = config::File::from_str(toml, config::FileFormat::Toml);
    let mut builder = config::Config::builder().add_source(file).add_source(texts);
    for (name, value) in lists.iter().filter(|(_, value)| !value.is_empty()) {
        let elements: Vec<&str> = value.split(',').map(str::trim).collect();
        builder = builder.set_override(key(name), elements)?;
    }
    builder.build()?.try_deserialize()
}

/// The key that a variable sets, such as `matrix.admins`.
fn key(variable: &str) -> String {
    let beginning = PREFIX.len() + SEPARATOR.len();
    variable[beginning..].to_lowercase().replace(SEPARATOR, ".")
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
    fn lists_come_from_the_environment_by_commas_and_secrets_stay_as_written() {
        let environment = [
            ("MYNAH__MATRIX__ADMINS", "@ada:a.org, @*:b.org"),
            ("MYNAH__MATRIX__PASSWORD", "007"),
            ("MYNAH__MATRIX__CATCH_UP", "1h 30m"),
            ("MYNAH__MATRIX__LIMITS__PER_ASKER", "7"),
        ];
        let matrix = load("", &environment).unwrap().matrix;
        assert!(
            matrix.admins.iter().any(|p| p.matches(&"@x:b.org".into()))
                && matrix.admins.iter().any(|p| p.matches(&"@ada:a.org".into()))
        );
        assert!(!matrix.admins.iter().any(|p| p.matches(&"@x:a.org".into())));
        assert_eq!(matrix.password.as_ref().map(Secret::expose), Some("007"));
        assert_eq!((matrix.catch_up.0.as_secs(), matrix.limits.per_asker), (5400, 7));
        assert!(!format!("{matrix:?}").contains("007"));
    }

    #[test]
    fn a_list_with_a_bad_element_and_a_list_where_none_is_taken_are_told_with_their_variable() {
        let error = load("", &[("MYNAH__MATRIX__ADMINS", "@ada:a.org,ada")]).unwrap_err();
        assert!(error.contains("MYNAH__MATRIX__ADMINS") && error.contains("`ada`"), "{error}");
        let error = load("", &[("MYNAH__MATRIX__LIMITS__PER_ASKER", "1,2")]).unwrap_err();
        assert!(error.contains("MYNAH__MATRIX__LIMITS__PER_ASKER") && error.contains("1,2"), "{error}");
        assert!(load("", &[("MYNAH__CORPUS", "posts,other")]).unwrap_err().contains("MYNAH__CORPUS"));
        assert_eq!(load("", &[("MYNAH__MATRIX__ADMINS", "")]).unwrap().matrix.admins.len(), 0);
        assert_eq!(load("", &[("MYNAH__CORPUS__NAMES", "007")]).unwrap().corpus.names, ["007"]);
    }

    #[test]
    fn a_rooms_own_settings_win_over_those_of_every_room() {
        let toml = "[matrix.rooms.'*']\nreply = 'thread'\nnotice = true\n[matrix.rooms.'#a:b.org']\nreply = 'plain'\n";
        let matrix = load(toml, &[]).unwrap().matrix;
        let room = matrix.room(["!id", "#a:b.org"]);
        assert_eq!((room.reply, room.notice, room.answer), (Some(crate::chat::ReplyAs::Plain), Some(true), None));
        assert_eq!(matrix.room(["!other"]).reply, Some(crate::chat::ReplyAs::Thread));
        assert!(load("[matrix.rooms.lobby]\n", &[]).unwrap_err().contains("lobby"));
    }

    #[test]
    fn bad_patterns_and_spans_are_refused_by_name() {
        let error = load("[matrix]\nadmins = ['ada']\n", &[]).unwrap_err();
        assert!(error.contains("`ada`") && error.contains("line 2"), "{error}");
        let error = load("", &[("MYNAH__MATRIX__CATCH_UP", "soon")]).unwrap_err();
        assert!(error.contains("MYNAH__MATRIX__CATCH_UP") && error.contains("soon"), "{error}");
        assert!(load("[matrix]\npassword = 'a'\npassword_file = 'b'\n", &[]).unwrap_err().contains("not both"));
    }

    #[test]
    fn the_page_listens_where_it_is_told_to_and_nowhere_else() {
        assert_eq!(load("", &[]).unwrap().web.listen, None);
        let web = load("[web]\nlisten = '127.0.0.1:1'\n", &[("MYNAH__WEB__LISTEN", "[::1]:8088"), ("MYNAH__WEB__ASK", "false")]);
        let web = web.unwrap().web;
        assert_eq!((web.listen.map(|address| address.to_string()), web.ask), (Some("[::1]:8088".to_owned()), false));
        assert!(load("[web]\nlisten = '8088'\n", &[]).unwrap_err().contains("listen"));
        assert!(load("", &[("MYNAH__WEB__LISTEN", "here")]).unwrap_err().contains("MYNAH__WEB__LISTEN"));
        assert!(load("[web]\nper_address = 0\n", &[]).unwrap_err().contains("web.per_address"));
    }

    #[test]
    fn what_is_kept_of_questions_can_be_set_for_all_and_for_a_room() {
        let toml = "[insight]\nkeep = '2w 1d'\ndigest = 'mon 09:00'\ntell = true\n[matrix.rooms.'#a:b.org']\ninsight = true\n";
        let to = ("MYNAH__INSIGHT__TO", "#desk:b.org,@ada:b.org");
        let config = load(toml, &[("MYNAH__INSIGHT__TELL", "false"), to]).unwrap();
        let insight = &config.insight;
        let schedule = insight.digest.map(|schedule| schedule.to_string());
        assert_eq!((insight.keep.0.as_secs(), schedule.as_deref(), insight.tell), (15 * 86_400, Some("mon 09:00"), false));
        assert_eq!(
            (config.matrix.room(["#a:b.org"]).insight, &insight.to[..]),
            (Some(true), &["#desk:b.org", "@ada:b.org"].map(str::to_owned)[..])
        );
        for (bad, named) in [
            ("keep = '3 months'", "3 months"),
            ("keep = '5m'", "1h"),
            ("digest = 'noon'", "noon"),
            ("to = ['desk']", "desk"),
            ("kept = 1", "kept"),
        ] {
            let error = load(&format!("[insight]\n{bad}\n"), &[]).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn an_encoder_is_taken_where_it_is_named_or_else_where_it_is_fetched_to() {
        let data = tempfile::tempdir().unwrap();
        let mut config = Config { data_dir: data.path().to_owned(), ..Config::default() };
        assert_eq!(config.encoder(), None);
        fs::create_dir(data.path().join("encoder")).unwrap();
        assert_eq!(config.encoder(), Some(data.path().join("encoder")));
        config.search.encoder = Some("other".into());
        assert_eq!(config.encoder(), Some("other".into()), "a folder that is named is used, or its absence told");
        config.search.encoder = load("", &[("MYNAH__SEARCH__ENCODER", "")]).unwrap().search.encoder;
        assert_eq!(config.encoder(), None);
    }

    #[test]
    fn the_config_that_comes_with_mynah_is_the_defaults() {
        let shipped: Config = toml::from_str(include_str!("../config/mynah.toml")).unwrap();
        let questions = shipped.corpus.questions.clone();
        assert!(questions.is_some(), "the checkout checks its golden questions");
        let mut defaults = Config::default();
        defaults.corpus.questions = questions;
        // What belongs to the posts of the checkout is no default of any other.
        for value in [&shipped.corpus.url, &shipped.corpus.names.join(" ")] {
            assert!(value.to_lowercase().contains("starlingx"), "{value}");
        }
        assert!(!format!("{:?}", Config::default()).to_lowercase().contains("starlingx"));
        defaults.corpus.url.clone_from(&shipped.corpus.url);
        defaults.corpus.names.clone_from(&shipped.corpus.names);
        defaults.corpus.pointers = Some("config/pointers.toml".into());
        assert_eq!(shipped, defaults);
    }

    const SHIPPED: &str = include_str!("../config/mynah.toml");

    /// What serde expects in a section, by its own words about a key that no section has.
    fn keys_of(section: &str) -> Vec<String> {
        let error = toml::from_str::<Config>(&format!("{section}\n'?' = 1\n")).unwrap_err().message().to_owned();
        let (_, expected) = error.split_once("expected ").unwrap_or_else(|| panic!("{section}: {error}"));
        expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_config_that_comes_with_mynah_names_every_key() {
        let sections = keys_of("").into_iter().filter(|key| key != "data_dir");
        let deeper = ["matrix.limits", "matrix.rooms.\"#room:example.org\""].map(str::to_owned);
        for section in sections.chain(deeper) {
            let header = format!("[{section}]");
            let told = SHIPPED.split("\n\n").find(|paragraph| paragraph.contains(&header)).unwrap_or_else(|| panic!("{header}"));
            for key in keys_of(&header) {
                let word = regex::Regex::new(&format!(r"\b{key}\b")).unwrap();
                let is_told = word.is_match(told) || SHIPPED.contains(&format!("[{section}.{key}"));
                assert!(is_told, "config/mynah.toml lacks {key} in {header}");
            }
        }
    }

    #[test]
    fn what_stands_commented_out_in_the_config_can_be_used() {
        let (mut section, mut commented) = (String::new(), None);
        let example = regex::Regex::new(r"^# (\w+ = .+?)(?: {2,}#.*)?$").unwrap();
        let mut tried = 0;
        for line in SHIPPED.lines() {
            if line.starts_with('[') {
                section = line.to_owned();
            } else if let Some(header) = line.strip_prefix("# ").filter(|header| header.starts_with('[') && header.ends_with(']'))
            {
                commented = Some(header.to_owned());
            } else if let Some(example) = example.captures(line) {
                let toml = format!("{}\n{}\n", commented.as_ref().unwrap_or(&section), &example[1]);
                assert!(toml::from_str::<Config>(&toml).is_ok(), "{toml}");
                tried += 1;
            } else if !line.starts_with('#') {
                commented = None;
            }
        }
        assert!(tried > 25, "only {tried} examples were found");
    }
}
