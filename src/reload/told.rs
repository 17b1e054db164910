//! What is wrong, as it may be told in a room: where it stands in the posts, not where they lie on the machine.

use std::path::Path;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::config::Config;
use crate::corpus::Diagnostic;

/// A finding with its file relative to the posts; of another file, its name.
pub(super) fn diagnostic(diagnostic: &Diagnostic, config: &Config) -> Diagnostic {
    let file = Path::new(&diagnostic.file);
    let shown = match config.corpus.called(file) {
        Some(called) => called,
        None if file.is_absolute() || file.components().count() > 1 && names_setting(file, config) => last(&diagnostic.file),
        None => diagnostic.file.clone(),
    };
    // What is said may be an error of the system's, with a path in it.
    Diagnostic { file: shown, message: without_paths(&diagnostic.message, config), ..diagnostic.clone() }
}

/// Whether a file is one that the config names, beside the posts.
fn names_setting(file: &Path, config: &Config) -> bool {
    let named = [&config.corpus.pointers, &config.corpus.questions, &config.search.families, &config.search.weights];
    named.into_iter().flatten().any(|named| named == file)
}

fn last(path: &str) -> String {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path).to_owned()
}

/// Words with every path of this machine cut to its last name.
pub(super) fn without_paths(text: &str, config: &Config) -> String {
    static PATH: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"(^|[\s(“"'`=])((?:/[^/\s:“”"'`]+)+/?)"#).expect("a valid pattern"));
    // Also those that are written from the folder that mynah was started in.
    let folders = config.corpus.folders().into_iter().map(|(_, folder)| (folder, "the posts' folder"));
    let text = folders
        .chain([(config.data_dir.clone(), "the data folder")])
        .map(|(folder, name)| (folder.display().to_string(), name))
        .filter(|(path, _)| path.contains('/') && path.len() > 1)
        .fold(text.to_owned(), |text, (path, name)| text.replace(&path, name));
    PATH.replace_all(&text, |found: &Captures<'_>| format!("{}{}", &found[1], last(&found[2]))).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cut_and_addresses_stay() {
        let mut config = Config::default();
        config.corpus.path = "/srv/site/posts".into();
        for (text, told) in [
            ("can't read /srv/site/posts: gone", "can't read the posts' folder: gone"),
            ("can't read \"/etc/mynah/pointers.toml\"", "can't read \"pointers.toml\""),
            ("see https://a.org/b/c and and/or", "see https://a.org/b/c and and/or"),
            ("can't fetch git://a.org/b: no", "can't fetch git://a.org/b: no"),
        ] {
            assert_eq!(without_paths(text, &config), told);
        }
        let found = Diagnostic::error("/srv/site/posts/sub/a.md", 3, "no date");
        assert_eq!(diagnostic(&found, &config).to_string(), "sub/a.md:3: no date");
        let found = Diagnostic::error("/etc/mynah/golden.jsonl", 3, "no post");
        assert_eq!(diagnostic(&found, &config).to_string(), "golden.jsonl:3: no post");
    }
}
