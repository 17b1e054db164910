//! Where posts are read from, and how their addresses are built.

use std::path::{Path, PathBuf};

/// What builds a site: whose rules give a post its address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// None that is known: a folder of posts.
    #[default]
    Plain,
    /// Jekyll (`_config.yml`, `_posts`)
    Jekyll,
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
    /// Whether it holds posts, which have a date, rather than pages.
    pub dated: bool,
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

    /// What the source's files are called in citations.
    pub(crate) fn file(&self, path: &str) -> String {
        if self.name.is_empty() { path.to_owned() } else { format!("{}/{path}", self.name) }
    }
}
