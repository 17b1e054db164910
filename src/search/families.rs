//! Word families: words that newcomers use for one another, from a small readable file.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::analysis;

/// Index of a family in its file.
pub type FamilyId = u16;

/// Families of words that stand for one another in questions and posts, read from `families.toml`.
#[derive(Clone, Debug, Default)]
pub struct Families {
    /// Term → the families it belongs to.
    of_term: HashMap<String, Vec<FamilyId>>,
    /// First term of a two-word member → its second term and its family.
    of_pair: HashMap<String, Vec<(String, FamilyId)>>,
    /// The words as written, for explanations.
    members: Vec<Vec<String>>,
}

/// Why a family file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FamiliesError {
    /// It can't be read.
    #[error("can't read the word families {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is not what the file's head describes.
    #[error("bad word families {path}: {message}")]
    Malformed {
        /// The file.
        path: String,
        /// What is wrong, with the line.
        message: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    families: Vec<Vec<String>>,
}

impl Families {
    /// The families that come with mynah: general English, nothing of one community.
    pub fn built_in() -> Self {
        Self::parse(include_str!("../../config/families.toml"), "config/families.toml").unwrap_or_default()
    }

    /// Reads a file of families.
    ///
    /// # Errors
    /// [`FamiliesError`] where it can't be read or a member has more than two words.
    pub fn load(path: &Path) -> Result<Self, FamiliesError> {
        let path_shown = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| FamiliesError::Unreadable { path: path_shown.clone(), source })?;
        Self::parse(&text, &path_shown)
    }

    /// Parses TOML: `families = [["move", "switch"], …]`.
    ///
    /// # Errors
    /// [`FamiliesError::Malformed`], naming `path`.
    pub fn parse(toml: &str, path: &str) -> Result<Self, FamiliesError> {
        let malformed = |message: String| FamiliesError::Malformed { path: path.to_owned(), message };
        let file: File = toml::from_str(toml).map_err(|e| malformed(e.to_string()))?;
        let mut families = Self::default();
        for members in file.families {
            let id = FamilyId::try_from(families.members.len()).map_err(|_| malformed("too many families".to_owned()))?;
            for member in &members {
                let terms: Vec<String> = analysis::words(member).into_iter().map(|w| w.term).collect();
                match terms.as_slice() {
                    [one] => families.of_term.entry(one.clone()).or_default().push(id),
                    [one, two] => families.of_pair.entry(one.clone()).or_default().push((two.clone(), id)),
                    _ => return Err(malformed(format!("`{member}`: a member has one or two words"))),
                }
            }
            families.members.push(members);
        }
        Ok(families)
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
        assert_eq!(error, "bad word families f.toml: `a b c`: a member has one or two words");
        assert!(!Families::built_in().is_empty());
    }
}
