//! Where posts are read from, and how their addresses are built.

use std::path::{Path, PathBuf};

use regex::Regex;

/// What builds a site: whose rules give a post its address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// None that is known: a folder of posts.
    #[default]
    Plain,
    /// Jekyll (`_config.yml`, `_posts`)
    Jekyll,
    /// Hexo (`_config.yml`, `source/_posts`)
    Hexo,
    /// Hugo (`hugo.toml`, `config.yaml`, `content`)
    Hugo,
    /// Zola (`config.toml` with `base_url`)
    Zola,
    /// Docusaurus (`docusaurus.config.js`)
    Docusaurus,
    /// MkDocs, with Material's blog plugin (`mkdocs.yml`)
    Mkdocs,
    /// Eleventy (`.eleventy.js`, `eleventy.config.js`)
    Eleventy,
    /// Gatsby (`gatsby-config.js`)
    Gatsby,
    /// Pelican (`pelicanconf.py`)
    Pelican,
}

/// A folder of posts or pages, and how their addresses are built.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// What citations call it where there are several; its files are named `name/path` then. Empty where there is one.
    pub name: String,
    /// The folder that paths of files are counted from.
    pub folder: PathBuf,
    /// The folders within it that hold posts, with `/`; none: all of it.
    pub posts: Vec<String>,
    /// A post's address: `{slug}`, `{path}`, `{year}` and the like stand for what is the post's own.
    pub url: String,
    /// The address that a post's own `permalink`, `url`, `path` or `slug` is relative to; empty: the host of `url`.
    pub base: String,
    /// Whose rules count.
    pub engine: Engine,
    /// The time zone in which Jekyll counts days, an IANA name; empty: UTC.
    pub zone: String,
    /// The folder within `folder` that the engine's own paths count from: Hugo's content, Eleventy's input.
    pub root: String,
    /// Whether posts of days to come are published too.
    pub future: bool,
    /// What holds for a part of the posts; of several that give the same, the longest path counts, then the last.
    pub rules: Vec<Rule>,
    /// Whether it holds posts, which have a date, rather than pages.
    pub dated: bool,
}

/// What the settings say of a part of the posts.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// The files: a folder or file, or a pattern of them with `*`, `**`, `?`, `{a,b}`; empty: all.
    pub path: String,
    /// Their addresses, as [`Source::url`]; empty: as those of the others.
    pub url: String,
    /// Who wrote those that don't say; empty: nobody that is known.
    pub author: String,
    /// Categories that they have beside their own; Jekyll makes folders of them.
    pub categories: Vec<String>,
    /// Whether they are drafts.
    pub draft: bool,
}

impl Rule {
    /// Whether it is about a file.
    pub(crate) fn holds(&self, file: &str) -> bool {
        if self.path.contains(['*', '?', '{']) {
            return pattern(&self.path).is_some_and(|pattern| pattern.is_match(file));
        }
        let path = self.path.trim_matches('/');
        path.is_empty() || file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.']))
    }
}

/// `**` stands for folders of any depth, `*` and `?` for what holds no slash, `{a,b}` for either; what is below a folder that
/// fits, fits.
fn pattern(glob: &str) -> Option<Regex> {
    let mut pattern = String::from("^");
    let mut choices = 0_usize;
    let mut letters = glob.trim_matches('/').chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' if letters.next_if_eq(&'*').is_some() => pattern.push_str(".*"),
            '*' => pattern.push_str("[^/]*"),
            '?' => pattern.push_str("[^/]"),
            '{' => {
                choices += 1;
                pattern.push_str("(?:");
            }
            ',' if choices > 0 => pattern.push('|'),
            '}' if choices > 0 => {
                choices -= 1;
                pattern.push(')');
            }
            letter => pattern.push_str(&regex::escape(&letter.to_string())),
        }
    }
    Regex::new(&format!("{pattern}(?:$|[/.])")).ok()
}

impl Source {
    /// A folder of posts that no engine builds.
    pub fn plain(folder: &Path, url: &str) -> Self {
        Self { folder: folder.to_owned(), url: url.to_owned(), dated: true, ..Self::default() }
    }

    /// The path of a file within the folder of posts that holds it; none, where it is in none of them.
    pub(crate) fn within<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.posts.is_empty() {
            return Some(path);
        }
        let within = |folder: &String| match folder.trim_matches('/') {
            "" | "." => Some(path),
            folder => path.strip_prefix(folder)?.strip_prefix('/'),
        };
        // The innermost folder is the one that addresses count from.
        self.posts.iter().filter_map(within).min_by_key(|rest| rest.len())
    }

    /// The address rule for a file.
    pub(crate) fn url_of(&self, file: &str) -> &str {
        self.given(file, |rule| Some(rule.url.as_str()).filter(|url| !url.is_empty())).unwrap_or(&self.url)
    }

    /// Who wrote a file that does not say.
    pub(crate) fn author_of(&self, file: &str) -> Option<&str> {
        self.given(file, |rule| Some(rule.author.as_str()).filter(|author| !author.is_empty()))
    }

    /// The categories of a file beside its own.
    pub(crate) fn categories_of(&self, file: &str) -> &[String] {
        self.given(file, |rule| Some(rule.categories.as_slice()).filter(|categories| !categories.is_empty())).unwrap_or_default()
    }

    /// Whether a file is a draft by where it stands.
    pub(crate) fn is_draft(&self, file: &str) -> bool {
        self.given(file, |rule| rule.draft.then_some(())).is_some()
    }

    /// What the rules give a file.
    fn given<'a, T>(&'a self, file: &str, what: impl Fn(&'a Rule) -> Option<T>) -> Option<T> {
        let given = self.rules.iter().filter(|rule| rule.holds(file)).filter_map(|rule| Some((rule.path.len(), what(rule)?)));
        given.max_by_key(|(length, _)| *length).map(|(_, given)| given)
    }

    /// What the source's files are called in citations.
    pub(crate) fn file(&self, path: &str) -> String {
        if self.name.is_empty() { path.to_owned() } else { format!("{}/{path}", self.name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_with_the_longest_path_counts_and_of_as_long_ones_the_last() {
        let rule = |path: &str, url: &str| Rule { path: path.to_owned(), url: url.to_owned(), ..Rule::default() };
        let rules = vec![
            rule("_posts/eng", "old"),
            rule("_posts/eng", "eng"),
            rule("", "all"),
            rule("a/**/c?.md", "c"),
            rule("d.md", "d"),
            rule("e{,/**}/_in{,/**}", "in"),
        ];
        let source = Source { rules, ..Source::default() };
        for (file, expected) in [
            ("_posts/eng/a.md", "eng"),
            ("_posts/english/a.md", "all"),
            ("_posts/a.md", "all"),
            ("a/b/x/c1.md", "c"),
            ("a/b/c.md", "all"),
            ("d.md", "d"),
            ("e/_in/a.md", "in"),
            ("e/f/g/_in/h/a.md", "in"),
            ("e/f/in.md", "all"),
        ] {
            assert_eq!(source.url_of(file), expected, "{file}");
        }
    }
}
