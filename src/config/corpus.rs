//! Where the posts are: one source, named by the keys of `[corpus]` themselves, or several in `[[corpus.sources]]`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::corpus::{Engine, Rule, Source};
use crate::sites::git::GitSource;

use crate::span::Span;

use super::ConfigError;

/// Where the posts are.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CorpusConfig {
    /// The folder of posts (`*.md`, `*.markdown`, `*.mdx`), or a site's checkout.
    pub path: PathBuf,
    /// The address of a git repository that the posts are fetched from; in place of `path`.
    pub git: Option<String>,
    /// Its branch; without it, the repository's own choice.
    pub branch: Option<String>,
    /// The folder in it; without it, the whole repository.
    pub folder: Option<PathBuf>,
    /// The folders within it that hold the posts; none: all of it.
    pub posts: Vec<String>,
    /// A post's public address; `{slug}` stands for the file's name without `.md`. Empty: no addresses.
    pub url: String,
    /// What builds the site: its rules say how a post's own `permalink`, `slug` and the like count.
    pub engine: Engine,
    /// The address that a post's own one is relative to; empty: the host of `url`.
    pub base: String,
    /// The time zone in which Jekyll counts days; empty: UTC.
    pub zone: String,
    /// The folder within it that the engine's own paths count from: Hugo's content, Eleventy's input.
    pub root: String,
    /// Whether posts of days to come are published too.
    pub future: bool,
    /// What holds for a part of the posts.
    pub rules: Vec<Rule>,
    /// Whether the folder holds posts, which have a date, rather than pages.
    pub dated: bool,
    /// Several sources in place of the one that the keys above are about.
    pub sources: Vec<SourceConfig>,
    /// How long fetching may take.
    pub fetch_within: Span,
    /// How often `mynah run` reads (and fetches) the posts again; without it, only when told to.
    pub every: Option<Span>,
    /// What people call the project, its short forms too.
    pub names: Vec<String>,
    /// A file of onboarding pointers; without it there are none.
    pub pointers: Option<PathBuf>,
    /// Pointers that were found in a site's posts, as the file of them would be; those of `pointers` win.
    #[serde(skip)]
    pub found_pointers: String,
    /// A file of golden questions (JSON lines) that `mynah check` holds against the posts.
    pub questions: Option<PathBuf>,
    /// How many of the golden questions that were answered before may be lost by a reload; with more, it is held back.
    pub may_lose: usize,
    /// Whether `mynah run` reloads by itself when a file in a folder changes.
    pub watch: bool,
}

/// One of several sources: a folder of posts or pages, or a git repository. Its keys are those of `[corpus]`, and a name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceConfig {
    /// What citations call it; its files are named `name/path`.
    pub name: String,
    /// See [`CorpusConfig::path`].
    pub path: PathBuf,
    /// See [`CorpusConfig::git`].
    pub git: Option<String>,
    /// See [`CorpusConfig::branch`].
    pub branch: Option<String>,
    /// See [`CorpusConfig::folder`].
    pub folder: Option<PathBuf>,
    /// See [`CorpusConfig::posts`].
    pub posts: Vec<String>,
    /// See [`CorpusConfig::url`].
    pub url: String,
    /// See [`CorpusConfig::engine`].
    pub engine: Engine,
    /// See [`CorpusConfig::base`].
    pub base: String,
    /// See [`CorpusConfig::zone`].
    pub zone: String,
    /// See [`CorpusConfig::root`].
    pub root: String,
    /// See [`CorpusConfig::future`].
    pub future: bool,
    /// See [`CorpusConfig::rules`].
    pub rules: Vec<Rule>,
    /// See [`CorpusConfig::dated`].
    pub dated: bool,
}

impl Default for SourceConfig {
    fn default() -> Self {
        let one = CorpusConfig::default().only();
        Self { path: PathBuf::new(), ..one }
    }
}

impl Default for CorpusConfig {
    fn default() -> Self {
        Self {
            path: "corpus".into(),
            git: None,
            branch: None,
            folder: None,
            posts: Vec::new(),
            url: String::new(),
            engine: Engine::Plain,
            base: String::new(),
            zone: String::new(),
            root: String::new(),
            future: false,
            rules: Vec::new(),
            dated: true,
            sources: Vec::new(),
            fetch_within: Span(Duration::from_secs(5 * 60)),
            every: None,
            names: Vec::new(),
            pointers: None,
            found_pointers: String::new(),
            questions: None,
            may_lose: 2,
            watch: false,
        }
    }
}

impl CorpusConfig {
    /// The sources, in order; the only one has no name.
    pub fn each_source(&self) -> Vec<SourceConfig> {
        if self.sources.is_empty() { vec![self.only()] } else { self.sources.clone() }
    }

    /// The folders that posts are read from, each with its source's name.
    pub fn folders(&self) -> Vec<(String, PathBuf)> {
        self.each_source().into_iter().map(|source| (source.name, source.path)).collect()
    }

    /// The same sources in other folders, which `folder` tells by the source's name.
    #[must_use]
    pub fn in_folders(mut self, mut folder: impl FnMut(&str) -> PathBuf) -> Self {
        if self.sources.is_empty() {
            self.path = folder("");
        }
        for source in &mut self.sources {
            source.path = folder(&source.name);
        }
        self
    }

    /// One source, in a folder: no git, and none of several.
    pub fn set_folder(&mut self, folder: &Path) {
        folder.clone_into(&mut self.path);
        (self.git, self.branch, self.folder) = (None, None, None);
        self.sources.clear();
    }

    /// Whether any posts come from git.
    pub fn is_git(&self) -> bool {
        self.each_source().iter().any(|source| source.git.is_some())
    }

    /// Where a file lies that the corpus calls by this name.
    pub fn on_disk(&self, file: &str) -> PathBuf {
        let found = self.sources.iter().find_map(|source| {
            let within = file.strip_prefix(source.name.as_str())?.strip_prefix('/')?;
            Some(source.path.join(within))
        });
        found.unwrap_or_else(|| self.path.join(file))
    }

    /// What the corpus calls a file; none for one in no source.
    pub fn called(&self, file: &Path) -> Option<String> {
        self.each_source().iter().find_map(|source| {
            let within = file.strip_prefix(&source.path).ok()?;
            Some(source.source().file(&within.display().to_string()))
        })
    }

    /// The source that the keys of `[corpus]` themselves are about.
    fn only(&self) -> SourceConfig {
        let Self { path, git, branch, folder, posts, url, engine, base, zone, root, future, rules, dated, .. } = self.clone();
        let name = String::new();
        SourceConfig { name, path, git, branch, folder, posts, url, engine, base, zone, root, future, rules, dated }
    }

    pub(super) fn checked(&self) -> Result<(), ConfigError> {
        let wrong = |message: String| Err(ConfigError::Value(message));
        if !self.sources.is_empty() && self.only() != Self::default().only() {
            return wrong(
                "corpus.sources: path, git, url and the like stand in each [[corpus.sources]] then, not in [corpus]".to_owned(),
            );
        }
        for (at, source) in self.sources.iter().enumerate() {
            let name = &source.name;
            let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ' | '.');
            if name.trim() != name || name.is_empty() || name.starts_with('.') || !name.chars().all(is_plain) {
                return wrong(format!("corpus.sources: `{name}`: give each a name, in letters, digits, spaces and `-_.`"));
            }
            if self.sources[..at].iter().any(|other| other.name == *name) {
                return wrong(format!("corpus.sources: there are two called `{name}`"));
            }
            if source.path.as_os_str().is_empty() == source.git.is_none() {
                return wrong(format!("corpus.sources: `{name}` needs either a path or a git address"));
            }
        }
        for source in self.each_source() {
            source.checked()?;
        }
        if self.watch && self.each_source().iter().all(|source| source.git.is_some()) {
            return wrong("corpus.watch is for a folder: with corpus.git, set corpus.every".to_owned());
        }
        if self.every.is_some_and(|every| every.0 < LEAST_EVERY) || self.fetch_within.0 < LEAST_EVERY {
            return wrong("corpus.every and corpus.fetch_within: a second at least".to_owned());
        }
        Ok(())
    }
}

impl SourceConfig {
    /// As posts are read from it.
    pub fn source(&self) -> Source {
        Source {
            name: self.name.clone(),
            folder: self.path.clone(),
            posts: self.posts.clone(),
            url: self.url.clone(),
            base: self.base.clone(),
            engine: self.engine,
            zone: self.zone.clone(),
            root: self.root.clone(),
            future: self.future,
            rules: self.rules.clone(),
            dated: self.dated,
        }
    }

    /// The repository that it comes from, if any.
    pub fn git_source(&self) -> Option<GitSource> {
        Some(GitSource { address: self.git.clone()?, branch: self.branch.clone(), folder: self.folder.clone() })
    }

    fn checked(&self) -> Result<(), ConfigError> {
        let wrong = |message: String| Err(ConfigError::Value(message));
        let key = |key: &str| match self.name.as_str() {
            "" => format!("corpus.{key}"),
            name => format!("{key} of the source `{name}`"),
        };
        let url = &self.url;
        if !url.is_empty() && (!url.starts_with("http") || !url.contains('{')) {
            return wrong(format!("{} `{url}`: write an address with {{slug}} where the file's name goes", key("url")));
        }
        if let Some(rule) = self.rules.iter().find(|rule| !rule.url.is_empty() && !rule.url.starts_with("http")) {
            return wrong(format!("{} `{}`: write whole addresses, with https://", key("rules"), rule.url));
        }
        match self.git_source() {
            Some(git) => git.checked().map_err(|error| ConfigError::Value(format!("{}: {error}", key("git")))),
            None if self.branch.is_some() || self.folder.is_some() => {
                wrong(format!("{} and {} belong to {}", key("branch"), key("folder"), key("git")))
            }
            None => Ok(()),
        }
    }
}

/// The shortest time between two readings of the posts, and for one.
const LEAST_EVERY: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> Result<CorpusConfig, String> {
        let corpus: CorpusConfig = toml::from_str(toml).map_err(|error| error.to_string())?;
        corpus.checked().map(|()| corpus).map_err(|error| error.to_string())
    }

    const BLOG: &str = "[[sources]]\nname = 'blog'\npath = 'site/blog'\nurl = 'https://a.org/{slug}/'\n";
    const DOCS: &str = "[[sources]]\nname = 'docs'\ngit = 'https://a.org/docs.git'\nfolder = 'en'\ndated = false\n";

    #[test]
    fn several_sources_stand_in_place_of_the_one() {
        assert_eq!(read("path = 'posts'").unwrap().folders(), [(String::new(), PathBuf::from("posts"))]);
        let corpus = read(&format!("{BLOG}{DOCS}")).unwrap();
        let sources: Vec<_> = corpus.each_source().iter().map(|s| (s.name.clone(), s.dated, s.git.is_some())).collect();
        assert_eq!(sources, [("blog".to_owned(), true, false), ("docs".to_owned(), false, true)]);
        let located = corpus.in_folders(|name| PathBuf::from("/data").join(name));
        assert_eq!(located.on_disk("docs/a/b.md"), PathBuf::from("/data/docs/a/b.md"));
        assert_eq!(located.called(Path::new("/data/docs/a/b.md")).as_deref(), Some("docs/a/b.md"));
        assert_eq!(located.called(Path::new("/etc/b.md")), None);
    }

    #[test]
    fn sources_that_make_no_sense_are_refused_by_name() {
        for (toml, told) in [
            (format!("path = 'x'\n{BLOG}"), "[[corpus.sources]]"),
            (BLOG.replace("'blog'", "''"), "give each a name"),
            (BLOG.replace("'blog'", "'a/b'"), "`a/b`"),
            (format!("{BLOG}{BLOG}"), "two called `blog`"),
            (BLOG.replace("path = 'site/blog'\n", ""), "`blog` needs either"),
            (DOCS.replace("git", "path"), "folder of the source `docs` belong to git"),
            (BLOG.replace("{slug}", "x"), "url of the source `blog`"),
            (format!("watch = true\n{DOCS}"), "corpus.watch"),
            (BLOG.replace("url", "ulr"), "ulr"),
            (format!("{BLOG}rules = [{{ path = 'a', url = '/a/' }}]\n"), "rules of the source `blog`"),
            (format!("{BLOG}rules = [{{ pth = 'a' }}]\n"), "pth"),
        ] {
            let error = read(&toml).unwrap_err();
            assert!(error.contains(told), "{told}: {error}");
        }
    }
}
