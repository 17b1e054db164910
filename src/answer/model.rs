//! The weights that rank and judge, read from a small file that `mynah fit` writes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;

use crate::search::{Feature, Weights};
use crate::toml_file::{self, TomlFileError};

use super::judge::{Sign, Signs};

/// Weights of one way to search.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Model {
    /// Of a passage's features in its score.
    pub ranking: Weights,
    /// Of an answer's signs in the log-odds that it is right.
    pub confidence: Signs,
}

/// Weights for searching by words alone, and by words and meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Models {
    /// Without an encoder.
    pub words: Model,
    /// With one.
    pub meaning: Model,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    words: Tables,
    meaning: Tables,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    ranking: BTreeMap<String, f32>,
    confidence: BTreeMap<String, f32>,
}

impl Models {
    /// The weights that come with mynah.
    pub fn built_in() -> Self {
        Self::parse(include_str!("../../config/weights.toml"), "config/weights.toml").unwrap_or_default()
    }

    /// Reads a file of weights.
    ///
    /// # Errors
    /// [`TomlFileError`] where it can't be read, a weight is missing or no number, or a name is unknown.
    pub fn load(path: &Path) -> Result<Self, TomlFileError> {
        Self::parse(&toml_file::read(path)?, &path.display().to_string())
    }

    /// Parses TOML: the tables `words.ranking`, `words.confidence`, `meaning.ranking` and `meaning.confidence`.
    ///
    /// # Errors
    /// [`TomlFileError::Malformed`], naming `path`.
    pub fn parse(toml: &str, path: &str) -> Result<Self, TomlFileError> {
        let file: File = toml_file::parse(toml, path)?;
        let model = |tables: Tables, table: &str| {
            let wrong = |(entry, message)| TomlFileError::entry(toml, path, entry, message);
            let ranking = numbers(tables.ranking, Feature::ALL.iter().map(|f| f.name()));
            let confidence = numbers(tables.confidence, Sign::ALL.iter().map(|s| s.name()));
            let at = |part: &str, (name, what): (String, &str)| (format!("[{table}.{part}]"), format!("`{name}` {what}"));
            let array = |numbers: Vec<f32>| numbers;
            let ranking = ranking.map(array).map_err(|e| at("ranking", e));
            let confidence = confidence.map(array).map_err(|e| at("confidence", e));
            match (ranking, confidence) {
                (Ok(ranking), Ok(confidence)) => Ok(Model {
                    ranking: Weights::default().with(Feature::ALL.iter().copied().zip(ranking)),
                    confidence: Signs::default().with(Sign::ALL.iter().copied().zip(confidence)),
                }),
                (Err((entry, message)), _) | (_, Err((entry, message))) => Err(wrong((&entry, message))),
            }
        };
        Ok(Self { words: model(file.words, "words")?, meaning: model(file.meaning, "meaning")? })
    }

    /// The file as it would be read, with a head that says where it comes from.
    pub fn to_toml(&self, head: &str) -> String {
        let mut toml: String = head.lines().map(|line| format!("# {line}\n")).collect();
        for (name, model) in [("words", &self.words), ("meaning", &self.meaning)] {
            let ranking = Feature::ALL.iter().map(|f| (f.name(), model.ranking[*f]));
            let confidence = Sign::ALL.iter().map(|s| (s.name(), model.confidence[*s]));
            for (part, numbers) in [("ranking", ranking.collect::<Vec<_>>()), ("confidence", confidence.collect())] {
                let _ = writeln!(toml, "\n[{name}.{part}]");
                for (name, number) in numbers {
                    let _ = writeln!(toml, "{name} = {number:.3}");
                }
            }
        }
        toml
    }
}

/// The numbers of a table in the order of their names, or which name is wrong and how.
fn numbers(
    mut table: BTreeMap<String, f32>,
    names: impl Iterator<Item = &'static str>,
) -> Result<Vec<f32>, (String, &'static str)> {
    let numbers = names
        .map(|name| match table.remove(name) {
            Some(number) if number.is_finite() => Ok(number),
            Some(_) => Err((name.to_owned(), "is no number")),
            None => Err((name.to_owned(), "is missing")),
        })
        .collect::<Result<Vec<f32>, _>>()?;
    match table.into_keys().next() {
        Some(unknown) => Err((unknown, "is unknown")),
        None => Ok(numbers),
    }
}
