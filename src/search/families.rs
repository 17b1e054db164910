//! Word families: words that newcomers use for one another, from a small readable file.

use std::path::Path;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::toml_file::{self, TomlFileError};

use super::analysis;

/// Index of a family in its file.
pub type FamilyId = u16;

/// Families of words that stand for one another in questions and posts, read from `families.toml`.
#[derive(Clone, Debug, Default)]
pub struct Families {
    /// Term → the families it belongs to.
    of_term: FxHashMap<String, Vec<FamilyId>>,
    /// First term of a two-word member → its second term and its family.
    of_pair: FxHashMap<String, Vec<(String, FamilyId)>>,
    /// The words as written, for explanations.
    members: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    families: Vec<Vec<String>>,
}

impl Families {
    /// The families that come with mynah: general English, nothing of one community.
    pub fn built_in() -> Self {
        Self::parse(include_str!("../../config/families.toml"), "config/families.toml").expect("it is compiled in, and tested")
    }

    /// Reads a file of families.
    ///
    /// # Errors
    /// [`TomlFileError`] where it can't be read or a member has more than two words.
    pub fn load(path: &Path) -> Result<Self, TomlFileError> {
        Self::parse(&toml_file::read(path)?, &path.display().to_string())
    }

    /// Parses TOML: `families = [["move", "switch"], …]`.
    ///
    /// # Errors
    /// [`TomlFileError::Malformed`], naming `path`.
    pub fn parse(toml: &str, path: &str) -> Result<Self, TomlFileError> {
        let file: File = toml_file::parse(toml, path)?;
        let mut families = Self::default();
        for members in file.families {
            let id = FamilyId::try_from(families.members.len())
                .map_err(|_| TomlFileError::entry(toml, path, "families", "too many families".to_owned()))?;
            for member in &members {
                let terms: Vec<String> = analysis::words(member).into_iter().map(|w| w.term).collect();
                match terms.as_slice() {
                    [one] => families.of_term.entry(one.clone()).or_default().push(id),
                    [one, two] => families.of_pair.entry(one.clone()).or_default().push((two.clone(), id)),
                    _ => {
                        let message = format!("`{member}`: a member has one or two words");
                        return Err(TomlFileError::entry(toml, path, member, message));
                    }
                }
            }
            families.members.push(members);
        }
        Ok(families)
    }

    /// The families, with one more: what people call the project. Names of more than two words are no words.
    #[must_use]
    pub fn with_names<T: AsRef<str>>(mut self, names: &[T]) -> Self {
        let Ok(id) = FamilyId::try_from(self.members.len()) else { return self };
        let mut members = Vec::new();
        for name in names.iter().map(AsRef::as_ref) {
            let terms: Vec<String> = analysis::words(name).into_iter().map(|w| w.term).collect();
            match terms.as_slice() {
                [one] => self.of_term.entry(one.clone()).or_default().push(id),
                [one, two] => self.of_pair.entry(one.clone()).or_default().push((two.clone(), id)),
                _ => continue,
            }
            members.push(name.to_lowercase());
        }
        if !members.is_empty() {
            self.members.push(members);
        }
        self
    }

    /// The families of a term, or of it and the term after it.
    pub fn of<'a>(&'a self, term: &'a str, next: Option<&'a str>) -> impl Iterator<Item = FamilyId> + 'a {
        let single = self.of_term.get(term).into_iter().flatten().copied();
        single.chain(next.into_iter().flat_map(|next| self.of_pair(term, next)))
    }

    /// The families of two words that stand side by side, as `kick off`.
    pub fn of_pair<'a>(&'a self, first: &str, second: &'a str) -> impl Iterator<Item = FamilyId> + 'a {
        let pairs = self.of_pair.get(first).into_iter().flatten();
        pairs.filter(move |(other, _)| other == second).map(|(_, id)| *id)
    }

    /// The members of one word.
    pub fn single_words(&self) -> impl Iterator<Item = &str> {
        self.members.iter().flatten().map(String::as_str).filter(|word| !word.contains(' '))
    }

    /// A family's words as its file has them.
    pub fn members(&self, id: FamilyId) -> &[String] {
        self.members.get(usize::from(id)).map_or(&[], Vec::as_slice)
    }

    /// How many families there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_match_by_stem_and_in_pairs() {
        let families = Families::parse(r#"families = [["start", "begin", "kick off"], ["app", "application"]]"#, "x").unwrap();
        let of = |a: &str, b: Option<&'static str>| families.of(a, b).collect::<Vec<_>>();
        assert_eq!(of("begin", None), [0]);
        assert_eq!((of("kick", Some("off")), of("kick", Some("the"))), (vec![0], vec![]));
        assert_eq!(of("applic", None), [1]);
    }

    #[test]
    fn a_bad_file_says_where() {
        let error = Families::parse("families = [[\"a b c\"]]", "f.toml").unwrap_err().to_string();
        assert_eq!(error, "f.toml:1: `a b c`: a member has one or two words");
        assert!(!Families::built_in().is_empty());
    }
}
