//! Onboarding pointers: the places to go, from a short curated file.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::search::analysis;
use crate::toml_file::{self, TomlFileError};

/// A place to go: what it is called and its address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pointer {
    /// What it is and what it is good for.
    pub label: String,
    /// Its address.
    pub url: String,
}

/// The curated list, in the order of the onboarding trail.
#[derive(Clone, Debug, Default)]
pub struct Pointers {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    pointer: Pointer,
    /// Phrases that call for it, as terms.
    phrases: Vec<Vec<String>>,
    /// Whether it helps with any question.
    anything: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    pointer: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    label: String,
    url: String,
    words: Vec<String>,
    #[serde(default)]
    anything: bool,
}

/// How well a pointer fits a question.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fit<'a> {
    pub pointer: &'a Pointer,
    /// Terms of the question that call for it.
    pub terms: Vec<&'a str>,
}

impl Pointers {
    /// The pointers that come with mynah: those of its first community.
    pub fn built_in() -> Self {
        Self::parse(include_str!("../../config/pointers.toml"), "config/pointers.toml").expect("it is compiled in, and tested")
    }

    /// Reads a file of pointers.
    ///
    /// # Errors
    /// [`TomlFileError`] where it can't be read or an entry is not whole.
    pub fn load(path: &Path) -> Result<Self, TomlFileError> {
        Self::parse(&toml_file::read(path)?, &path.display().to_string())
    }

    /// Parses TOML: `[[pointer]]` tables with `label`, `url`, `words`, and `anything = true` for those that always help.
    ///
    /// # Errors
    /// [`TomlFileError::Malformed`], naming `path`.
    pub fn parse(toml: &str, path: &str) -> Result<Self, TomlFileError> {
        let file: File = toml_file::parse(toml, path)?;
        let mut entries = Vec::new();
        for Written { label, url, words, anything } in file.pointer {
            if !url.starts_with("https://") && !url.starts_with("http://") && !url.starts_with("mailto:") {
                let message = format!("`{label}`: `{url}` is not an address that begins with https://");
                return Err(TomlFileError::entry(toml, path, &url, message));
            }
            if label.trim().is_empty() || words.is_empty() {
                let message = format!("`{url}`: a pointer needs a label and words");
                return Err(TomlFileError::entry(toml, path, &url, message));
            }
            let phrases = words.iter().map(|phrase| analysis::words(phrase).into_iter().map(|w| w.term).collect()).collect();
            entries.push(Entry { pointer: Pointer { label, url }, phrases, anything });
        }
        Ok(Self { entries })
    }

    /// All of them, in the order of the onboarding trail.
    pub fn iter(&self) -> impl Iterator<Item = &Pointer> {
        self.entries.iter().map(|e| &e.pointer)
    }

    /// The pointers that these terms call for, best first: those with the longest phrase, then the most phrases.
    pub(super) fn fitting<'a>(&'a self, terms: &[String]) -> Vec<Fit<'a>> {
        let mut fits: Vec<((usize, usize), Fit<'a>)> = self.entries.iter().filter_map(|entry| entry.fit(terms)).collect();
        fits.sort_by_key(|(fit, _)| std::cmp::Reverse(*fit));
        fits.into_iter().map(|(_, fit)| fit).collect()
    }

    /// The one or two that help best where the posts don't: those called for, else those good for anything.
    pub(super) fn helpful(&self, terms: &[String]) -> Vec<Pointer> {
        let fitting = self.fitting(terms).into_iter().map(|fit| fit.pointer);
        let general = self.entries.iter().filter(|e| e.anything).map(|e| &e.pointer);
        let mut helpful: Vec<Pointer> = Vec::new();
        for pointer in fitting.take(2).chain(general) {
            if helpful.len() < 2 && !helpful.contains(pointer) {
                helpful.push(pointer.clone());
            }
        }
        helpful
    }
}

impl Entry {
    fn fit(&self, terms: &[String]) -> Option<((usize, usize), Fit<'_>)> {
        let called: Vec<&Vec<String>> = self.phrases.iter().filter(|call| call.iter().all(|term| terms.contains(term))).collect();
        let longest = called.iter().map(|call| call.len()).max()?;
        let mut matched: Vec<&str> = called.iter().flat_map(|call| call.iter().map(String::as_str)).collect();
        matched.sort_unstable();
        matched.dedup();
        Some(((longest, matched.len()), Fit { pointer: &self.pointer, terms: matched }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"
        [[pointer]]
        label = "List"
        url = "https://list"
        words = ["mailing list", "contact"]
        anything = true
        [[pointer]]
        label = "Code"
        url = "https://code"
        words = ["code", "source code"]
    "#;

    fn terms(text: &str) -> Vec<String> {
        analysis::words(text).into_iter().map(|w| w.term).collect()
    }

    #[test]
    fn the_longest_phrase_comes_first() {
        let pointers = Pointers::parse(TWO, "x").unwrap();
        let labels =
            |question: &str| pointers.fitting(&terms(question)).iter().map(|f| f.pointer.label.clone()).collect::<Vec<_>>();
        assert_eq!(labels("contacts about the source code?"), ["Code", "List"]);
        assert_eq!(labels("the list"), Vec::<String>::new());
        assert_eq!(pointers.helpful(&terms("weather"))[0].label, "List");
        assert_eq!(pointers.helpful(&terms("the code")).len(), 2);
    }

    #[test]
    fn a_bad_entry_is_refused() {
        let bad = TWO.replace("https://code", "javascript:alert(1)");
        let error = Pointers::parse(&bad, "p.toml").unwrap_err().to_string();
        assert!(error.starts_with("p.toml:9: ") && error.contains("is not an address"), "{error}");
        let error = Pointers::parse("[[pointer]]\nlabel = 3\n", "p.toml").unwrap_err().to_string();
        assert!(error.starts_with("p.toml:2: "), "{error}");
        assert!(Pointers::built_in().iter().count() >= 8);
    }
}
