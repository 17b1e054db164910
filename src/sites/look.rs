//! A folder on disk → what is to be read from it: detection, and what only the posts themselves tell.

use std::fs;
use std::path::Path;

use jiff::civil::Date;

use crate::corpus::{Corpus, CorpusError, files};

use super::detect::{Site, Tree, detect};
use super::infer;
use super::source::{Engine, Source};

/// What a look at a site found.
#[derive(Clone, Debug)]
pub struct Found {
    /// What its settings say.
    pub site: Site,
    /// Where its posts are.
    pub source: Source,
    /// What people call the project.
    pub names: Vec<String>,
    /// A file of pointers to the places that the posts link to; empty where they link to none.
    pub pointers: String,
    /// The posts as they are read.
    pub corpus: Corpus,
    /// Whether the rule of addresses was told by links between posts, not by a settings file.
    pub by_links: bool,
}

impl Found {
    /// Whether nothing but the posts' own links tells what site it is: a folder of posts that no engine builds.
    pub fn is_plain(&self) -> bool {
        self.site.engine == Engine::Plain && self.site.settings.is_none()
    }
}

/// Settings files larger than this are no settings.
const MAX_SETTINGS_BYTES: u64 = 1 << 20;

/// Looks at a site. Posts of days after `today` are left out.
///
/// # Errors
/// [`CorpusError`] where the folder can't be listed or holds no post.
pub fn look(folder: &Path, today: Option<Date>) -> Result<Found, CorpusError> {
    let paths = files::list(folder).map_err(|cause| CorpusError::Unreadable { path: folder.to_owned(), cause })?;
    let read = |path: &str| {
        let file = folder.join(path);
        let small = fs::metadata(&file).is_ok_and(|about| about.is_file() && about.len() <= MAX_SETTINGS_BYTES);
        small.then(|| fs::read(file).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())).flatten()
    };
    let site = detect(&Tree { paths: &paths, read: &read });
    let mut source = Source {
        folder: folder.to_owned(),
        posts: site.posts.clone(),
        url: site.url.clone(),
        base: site.base.clone(),
        engine: site.engine,
        zone: site.zone.clone(),
        dated: true,
        ..Source::default()
    };
    let (mut corpus, _) = Corpus::load_from(std::slice::from_ref(&source), today)?;
    let mut by_links = false;
    if !source.url.starts_with("http") {
        // Only a host that the settings don't name is looked for where they have the rule.
        if let Some(pattern) = infer::pattern(&corpus.posts) {
            by_links = true;
            let host = super::address::host(&pattern).to_owned();
            let has_host = pattern.starts_with("http");
            source.url = match (source.url.is_empty(), has_host) {
                (false, true) => format!("{host}{}", source.url),
                (true, true) => pattern,
                (true, false) if !source.base.is_empty() => format!("{}{pattern}", source.base),
                (_, false) => String::new(),
            };
            if source.base.is_empty() && has_host {
                source.base = host;
            }
        }
        if !source.url.starts_with("http") {
            source.url.clear();
        }
        corpus = Corpus::load_from(std::slice::from_ref(&source), today)?.0;
    }
    let names = infer::names(site.title.as_deref(), &corpus.posts);
    let pointers = infer::pointers(&corpus);
    Ok(Found { site, source, names, pointers, corpus, by_links })
}
