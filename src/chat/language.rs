//! In which language somebody writes, where that isn't English: told by its function words or its script, and by nothing of the
//! subject. Names are the same in all of them, and are what can be searched for.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use crate::toml_file;

use super::speech;

/// A language that questions come in though the posts aren't in it, of `config/languages.toml`.
#[derive(Debug)]
pub(super) struct Language {
    code: String,
    line: String,
    found: String,
    /// The letters that only it has here; where there are none, its function words tell.
    script: Option<Regex>,
    /// Lower case.
    function_words: HashSet<&'static str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    languages: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    code: String,
    line: String,
    found: String,
    script: Option<String>,
}

static LANGUAGES: LazyLock<Vec<Language>> = LazyLock::new(|| {
    let file: File = toml_file::parse(include_str!("../../config/languages.toml"), "config/languages.toml")
        .expect("it is compiled in, and tested");
    file.languages.into_iter().map(Language::from).collect()
});

static ENGLISH: LazyLock<HashSet<&str>> = LazyLock::new(|| stop_words::get("en").iter().copied().collect());

/// Letters of any script but Latin.
static OTHER_LETTERS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\p{L}--\p{Latin}]").expect("a valid pattern"));

impl From<Entry> for Language {
    fn from(entry: Entry) -> Self {
        let script = entry.script.map(|names| {
            let classes: String = names.split('|').map(|name| format!(r"\p{{{name}}}")).collect();
            Regex::new(&format!("[{classes}]")).expect("a script of Unicode")
        });
        let words = if script.is_none() { stop_words::get(&entry.code) } else { &[] };
        Self { code: entry.code, line: entry.line, found: entry.found, script, function_words: words.iter().copied().collect() }
    }
}

impl Language {
    /// Where nothing is known of the language but its letters.
    fn unknown() -> &'static Self {
        static UNKNOWN: LazyLock<Language> = LazyLock::new(|| Language {
            code: "en".to_owned(),
            line: "The posts that I quote are in English: please ask in English.".to_owned(),
            found: "What they say about {names}:".to_owned(),
            script: None,
            function_words: HashSet::new(),
        });
        &UNKNOWN
    }

    /// That the posts are in English, in this language.
    pub(super) fn line(&self) -> &str {
        &self.line
    }

    /// What stands before what the posts hold about these names.
    pub(super) fn found(&self, names: &[&str]) -> String {
        self.found.replace("{names}", &names.join(", "))
    }

    /// What of a text may be a name: the posts hold it, and it is a small word of neither this language nor
    /// English. Numbers alone are none.
    pub(super) fn names<'a>(&self, text: &'a str, posts_hold: impl Fn(&str) -> bool) -> Vec<&'a str> {
        let mut names: Vec<&str> = Vec::new();
        for word in tokens(text).filter(|word| posts_hold(word)) {
            let lower = word.to_lowercase();
            let plain = self.function_words.contains(lower.as_str()) || ENGLISH.contains(lower.as_str());
            if !plain && !speech::is_ordinary(&lower) && !names.iter().any(|name| name.eq_ignore_ascii_case(word)) {
                names.push(word);
            }
        }
        if names.iter().any(|name| name.contains(char::is_alphabetic)) { names } else { Vec::new() }
    }

    /// How much speaks for this language and against English, if enough does: words that only it has, and words that it has.
    /// What English posts hold is English too, whatever else it is: `final`, `local`.
    fn evidence(&self, words: &[&str], posts_hold: &impl Fn(&str) -> bool) -> Option<(usize, usize)> {
        let own = |word: &&&str| self.function_words.contains(**word);
        let only_own = |word: &&&str| own(word) && !is_english(word) && !posts_hold(word);
        let only = words.iter().filter(only_own).count();
        let all = words.iter().filter(own).count();
        let english = words.iter().filter(|word| !self.function_words.contains(**word) && is_english(word)).count();
        // A single word tells where it opens the question.
        let opens = words.first().is_some_and(|word| word.len() > 2 && only_own(&word));
        ((all >= 2 || opens) && only > english).then_some((only, all))
    }
}

/// What is said to a question in another language than the posts'.
#[derive(Clone, derive_more::Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The language (BCP 47) of the two lines.
    pub language: &'static str,
    /// That the posts are in English.
    pub line: &'static str,
    /// What stands before what the posts say of the names in it.
    #[debug(skip)]
    pub found: String,
    /// The names in it that the posts hold, to be asked of them; empty without any.
    #[debug(skip)]
    pub names: String,
}

/// What is said to a question that is in another language; none to one in English.
pub fn foreign(question: &str, posts_hold: impl Fn(&str) -> bool) -> Option<Foreign> {
    let language = other_than_english(question, &posts_hold)?;
    let names = language.names(question, &posts_hold);
    Some(Foreign { language: &language.code, line: &language.line, found: language.found(&names), names: names.join(" ") })
}

/// The language of a text; none where it is English, or can't be told.
pub(super) fn other_than_english(text: &str, posts_hold: impl Fn(&str) -> bool) -> Option<&'static Language> {
    let lower = text.replace('’', "'").to_lowercase();
    let words: Vec<&str> = tokens(&lower).filter(|word| !word.contains(|c: char| c.is_ascii_digit())).collect();
    if OTHER_LETTERS.find_iter(&lower).nth(1).is_some() {
        // `what is 星?`: a foreign name in an English question.
        let english = words.iter().any(|word| is_english(word));
        let of_script = || LANGUAGES.iter().find(|language| language.script.as_ref().is_some_and(|s| s.is_match(&lower)));
        return (!english).then(|| of_script().unwrap_or_else(Language::unknown));
    }
    let likely = LANGUAGES.iter().filter_map(|language| Some((language.evidence(&words, &posts_hold)?, language)));
    // Of two that are as likely, the first in the file.
    likely.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, language)| language)
}

fn is_english(word: &str) -> bool {
    ENGLISH.contains(word) || speech::is_ordinary(word)
}

/// Words; numbers with dots are whole (`8.0`).
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[vVrR]?\d+(?:\.\d+)*|[\p{L}\p{N}]+").expect("a valid pattern"));
    TOKEN.find_iter(text).map(|found| found.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> &'static str {
        other_than_english(text, |word| matches!(word, "final" | "local" | "die")).map_or("", Language::line)
    }

    #[test]
    fn a_language_is_told_by_its_own_small_words() {
        let table = [
            (
                "de",
                ["wann wurde Debian eingeführt?", "wer pflegt das Projekt", "Gibt es ein Paket für ARM?", "wo finde ich Hilfe?"],
            ),
            (
                "fr",
                [
                    "c'est quoi Harbor",
                    "quand est sortie la version 8 ?",
                    "où puis-je trouver le chat ?",
                    "comment installer etcd ?",
                ],
            ),
            ("es", ["¿qué es esto?", "dónde está la lista de correo", "cuándo empezó la migración?", "cómo lo instalo"]),
            ("pt", ["o que é um subcloud?", "quem mantém o projeto", "como faço para instalar?", "onde fica o chat?"]),
            ("it", ["cos'è Harbor?", "chi mantiene il progetto", "quando è uscita la versione 8?", "dove posso chiedere aiuto?"]),
            (
                "nl",
                ["wanneer begon de overstap?", "hoe installeer ik dit", "waar kan ik vragen stellen", "wie heeft dat gemaakt?"],
            ),
            ("pl", ["co to jest Harbor?", "kiedy zaczęła się migracja?", "gdzie mogę zapytać?", "jak to zainstalować"]),
            ("ru", ["когда начался переход на Debian?", "что это такое", "где чат?", "как установить Harbor"]),
            ("ja", ["Harborとは何ですか?", "いつ始まりましたか", "どこで質問できますか", "インストール方法は?"]),
            ("zh", ["什么是 Harbor?", "怎么安装", "什么时候开始迁移到 Debian?", "在哪里提问?"]),
        ];
        let file: File = toml_file::parse(include_str!("../../config/languages.toml"), "").unwrap();
        assert_eq!(file.languages.iter().map(|entry| entry.code.as_str()).collect::<Vec<_>>(), table.map(|(code, _)| code));
        for ((code, questions), entry) in table.iter().zip(&file.languages) {
            for question in questions {
                assert_eq!(line(question), entry.line, "{code}: {question}");
            }
        }
        assert!(line("우분투로 언제 옮겼나요?").contains("in English"));
    }

    #[test]
    fn english_is_left_alone_however_it_is_typed() {
        let english = [
            "wat is kubevirt",
            "when did debian migration start?",
            "wen 3.5 release date",
            "what is 星?",
            "who is José de la Cruz",
            "no es index?",
            "die container die",
            "final release date",
            "a local registry",
            "harbor",
            "swift 6.2 xcode version",
            "was it tested on arm",
            "8.0",
            "",
            "👍",
            "µ",
        ];
        for text in english {
            assert_eq!(line(text), "", "{text}");
        }
    }

    #[test]
    fn names_are_words_of_neither_language() {
        let german = other_than_english("wann kam der Wechsel der Version 8.0 von CentOS zu Debian?", |_| false).unwrap();
        let held = |word: &str| matches!(word, "8.0" | "CentOS" | "Debian" | "der");
        let names = german.names("wann kam der Wechsel der Version 8.0 von CentOS zu Debian-Paketen, zu Debian?", held);
        assert_eq!(names, ["8.0", "CentOS", "Debian"]);
        assert_eq!(german.found(&names), "Was dort zu 8.0, CentOS, Debian steht:");
    }
}
