//! English as data: every list of its words, and every pattern made of them, that reading posts, questions and messages rests on.
//! What is done with them is decided where they are used; what a kind of question looks like stands in `answer::kind`'s table.
//!
//! Lists of the same name in two modules differ on purpose: a message in a room is typed more carelessly than a question that was
//! found to be one, and a word more in a list changes which message is answered. To make one of two is to measure both anew.

pub(crate) mod command;
pub(crate) mod evidence;
pub(crate) mod figures;
pub(crate) mod follow_up;
pub(crate) mod question;
pub(crate) mod speech;
pub(crate) mod words;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use regex::Regex;

    use super::words::STOPWORDS;

    /// Places that hold English of their own, and why.
    const ELSEWHERE: &[(&str, &str)] = &[
        ("answer/kind.rs", "what a question looks like is a column of the kinds' table"),
        ("insight/scrub.rs", "what a secret is told from must not change with what a question is"),
    ];

    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
    }

    /// Fewer words are a rule of grammar, which the code that follows it says best.
    const MANY: usize = 13;

    /// Lists of [`MANY`] words, and patterns with as many, most of which are function words.
    fn lists(code: &str) -> Vec<String> {
        let listed = Regex::new(r#"(?:"[^"\n]{1,30}"\s*[,|]\s*){9,}"#).unwrap();
        let pattern = Regex::new(r#"r"[^"\n]{60,}""#).unwrap();
        let word = Regex::new("[a-z']+").unwrap();
        let is_list = |found: &&str| {
            let words: Vec<&str> = word.find_iter(found).map(|word| word.as_str()).collect();
            words.len() >= MANY && 2 * words.iter().filter(|word| STOPWORDS.contains(word)).count() >= words.len()
        };
        let found = listed.find_iter(code).chain(pattern.find_iter(code)).map(|found| found.as_str());
        found.filter(is_list).map(|found| found.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn words_and_patterns_of_english_stand_here_alone() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut here = 0;
        for path in sources(&root).iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
            let text = fs::read_to_string(path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let found = lists(code);
            if name.starts_with("english/") {
                here += found.len();
            } else if !ELSEWHERE.iter().any(|(elsewhere, _)| *elsewhere == name) {
                assert!(found.is_empty(), "{name} holds English that belongs to src/english: {found:#?}");
            }
        }
        assert!(here > 10, "lists are not found any more: {here}");
    }
}
