//! The weights that rank and judge, read from a small file that `mynah fit` writes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;

use crate::search::{Feature, Weights};
use crate::toml_file::{self, TomlFileError};

use super::judge::{Sign, Signs};
use super::reading::{Cue, Cues, ReadSign, ReadSigns, ReaderModel};

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
    /// What a reader adds to that.
    pub reader: ReaderModel,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    words: Tables,
    meaning: Tables,
    reader: ReaderTables,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    ranking: BTreeMap<String, f32>,
    confidence: BTreeMap<String, f32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReaderTables {
    order: BTreeMap<String, f32>,
    confidence: BTreeMap<String, f32>,
}

impl Models {
    /// The weights that come with mynah.
    pub fn built_in() -> Self {
        Self::parse(include_str!("../../config/weights.toml"), "config/weights.toml").expect("it is compiled in, and tested")
    }

    /// Reads a file of weights.
    ///
    /// # Errors
    /// [`TomlFileError`] where it can't be read, a weight is missing or no number, or a name is unknown.
    pub fn load(path: &Path) -> Result<Self, TomlFileError> {
        Self::parse(&toml_file::read(path)?, &path.display().to_string())
    }

    /// Parses TOML: the tables `words.ranking`, `words.confidence`, `meaning.ranking`, `meaning.confidence`, `reader.order` and
    /// `reader.confidence`.
    ///
    /// # Errors
    /// [`TomlFileError::Malformed`], naming `path`.
    pub fn parse(toml: &str, path: &str) -> Result<Self, TomlFileError> {
        let file: File = toml_file::parse(toml, path)?;
        let wrong = |table: &str, (name, what): (String, &str)| {
            TomlFileError::entry(toml, path, &format!("[{table}]"), format!("`{name}` {what}"))
        };
        let model = |tables: Tables, table: &str| {
            let ranking = numbers(tables.ranking, Feature::ALL.iter().map(|feature| feature.name()))
                .map_err(|error| wrong(&format!("{table}.ranking"), error))?;
            let confidence = numbers(tables.confidence, Sign::ALL.iter().map(|sign| sign.name()))
                .map_err(|error| wrong(&format!("{table}.confidence"), error))?;
            Ok(Model {
                ranking: Weights::default().with(Feature::ALL.iter().copied().zip(ranking)),
                confidence: Signs::default().with(Sign::ALL.iter().copied().zip(confidence)),
            })
        };
        let order =
            numbers(file.reader.order, Cue::ALL.iter().map(|cue| cue.name())).map_err(|error| wrong("reader.order", error))?;
        let sure = numbers(file.reader.confidence, ReadSign::ALL.iter().map(|sign| sign.name()))
            .map_err(|error| wrong("reader.confidence", error))?;
        let reader = ReaderModel {
            order: Cues::default().with(Cue::ALL.iter().copied().zip(order)),
            confidence: ReadSigns::default().with(ReadSign::ALL.iter().copied().zip(sure)),
        };
        Ok(Self { words: model(file.words, "words")?, meaning: model(file.meaning, "meaning")?, reader })
    }

    /// The file as it would be read, with a head that says where it comes from.
    pub fn to_toml(&self, head: &str) -> String {
        let mut toml: String = head.lines().map(|line| format!("# {line}\n")).collect();
        let mut table = |name: &str, numbers: &mut dyn Iterator<Item = (&'static str, f32)>| {
            let _ = writeln!(toml, "\n[{name}]");
            for (name, number) in numbers {
                let _ = writeln!(toml, "{name} = {number:.3}");
            }
        };
        for (name, model) in [("words", &self.words), ("meaning", &self.meaning)] {
            table(&format!("{name}.ranking"), &mut Feature::ALL.iter().map(|f| (f.name(), model.ranking[*f])));
            table(&format!("{name}.confidence"), &mut Sign::ALL.iter().map(|s| (s.name(), model.confidence[*s])));
        }
        table("reader.order", &mut Cue::ALL.iter().map(|c| (c.name(), self.reader.order[*c])));
        table("reader.confidence", &mut ReadSign::ALL.iter().map(|s| (s.name(), self.reader.confidence[*s])));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let models = Models::built_in();
        assert_ne!(models, Models::default(), "the file that comes with mynah can be read");
        assert_eq!(Models::parse(&models.to_toml("a head\nof two lines"), "x").unwrap(), models);
    }

    #[test]
    fn a_bad_file_says_where() {
        let good = Models::built_in().to_toml("head");
        let error = |toml: &str| Models::parse(toml, "w.toml").unwrap_err().to_string();
        assert_eq!(error(&good.replace("\nnearby = ", "\nnearbye = ")), "w.toml:3: `nearby` is missing");
        assert_eq!(error(&good.replacen("\nmargin = ", "\nspare = 1\nmargin = ", 1)), "w.toml:23: `spare` is unknown");
        assert!(error("[words]").starts_with("w.toml:"), "{}", error("[words]"));
    }
}
