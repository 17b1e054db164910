//! Files → [`Post`] → [`Passage`], with a [`Diagnostic`] for whatever is odd.
//!
//! Reading repairs what readers should never see (see `encoding`) and loses nothing: a post with a problem is quoted as far
//! as it can be, and the problem is reported with its file and line.

mod address;
pub(crate) mod day;
mod diagnostic;
mod encoding;
mod fields;
pub(crate) mod files;
mod front_matter;
mod left_out;
mod markdown;
mod mask;
mod passage;
mod people;
pub(crate) mod permalink;
mod post;
mod run;
mod sentence;
mod slug;
mod source;

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rayon::prelude::*;
use serde_json::Value;

pub use diagnostic::{Diagnostic, Severity};
use files::Found;
pub use files::MAX_FILE_BYTES;
pub use front_matter::OwnAddress;
pub(crate) use front_matter::own_categories;
pub(crate) use left_out::is_language;
pub use left_out::{LeftOut, Reason};
pub use passage::{Passage, PassageKind, Place, PostId};
use people::People;
pub use permalink::PLACEHOLDERS;
pub use post::Post;
pub use run::is_invisible;
pub use sentence::{Link, Opening, Sentence, SentenceKind};
pub use source::{Engine, Rule, Source};

/// Shorter paragraphs that repeat are captions and commands, and stay where they are.
const MIN_REPEATED_WORDS: usize = 9;

/// Posts and their passages.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    /// In the order of their file names.
    pub posts: Vec<Post>,
    /// In the order of the posts and, within one, of the text; a repeated one stands once, at its newest post.
    pub passages: Vec<Passage>,
    /// The files that are no posts, and why.
    pub left_out: Vec<LeftOut>,
}

/// Why a corpus can't be used at all.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// The folder can't be listed.
    #[error("can't read the corpus folder {}: {cause}; set corpus.path in the config or pass --corpus DIR", path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// No file in it is a post with text.
    #[error("no posts in {}: put markdown files (*.md) with front matter there, or pass --corpus DIR", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
        /// What is wrong with the files that are there.
        diagnostics: Vec<Diagnostic>,
    },
}

impl Corpus {
    /// Reads the posts in `dir` and its subfolders. `url` holds `{slug}` for the file's name without `.md`.
    ///
    /// # Errors
    /// [`CorpusError`] where the folder can't be read or holds no post with text. A bad file is a diagnostic, not an error.
    pub fn load(dir: &Path, url: &str) -> Result<(Self, Vec<Diagnostic>), CorpusError> {
        Self::load_from(&[Source::plain(dir, url)], None)
    }

    /// Reads the posts and pages of all `sources`; posts of days after `today` are left out.
    ///
    /// # Errors
    /// [`CorpusError`] where a folder can't be read or no source holds a post with text. A bad file is a diagnostic, not an
    /// error.
    pub fn load_from(sources: &[Source], today: Option<Date>) -> Result<(Self, Vec<Diagnostic>), CorpusError> {
        let mut diagnostics = Vec::new();
        let mut corpus = Self::default();
        for source in sources {
            let unreadable = |cause| CorpusError::Unreadable { path: source.folder.clone(), cause };
            let mut own = Vec::new();
            let found = files::read(&source.folder, &|path| source.within(path).is_some(), &mut own).map_err(unreadable)?;
            let first = corpus.posts.len();
            corpus.read(source, &found, today, &mut own);
            tell_once(&corpus.posts[first..], &mut own);
            diagnostics.extend(own.into_iter().map(|found| Diagnostic { file: source.file(&found.file), ..found }));
        }
        corpus.collapse_repeats();
        diagnostics.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        if corpus.passages.iter().any(|p| p.kind == PassageKind::Body) {
            Ok((corpus, diagnostics))
        } else {
            let path = sources.first().map(|source| source.folder.clone()).unwrap_or_default();
            Err(CorpusError::Empty { path, diagnostics })
        }
    }

    /// Builds a corpus from named files in memory.
    pub fn from_files<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        url: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut corpus = Self::default();
        let files = files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes.to_owned())).collect();
        let found = Found { files, ..Found::default() };
        corpus.read(&Source::plain(Path::new(""), url), &found, None, diagnostics);
        corpus.collapse_repeats();
        corpus
    }

    /// Adds the posts of one source. Diagnostics name files as the source does.
    fn read(&mut self, source: &Source, found: &Found, today: Option<Date>, diagnostics: &mut Vec<Diagnostic>) {
        let (first_post, first_passage) = (self.posts.len(), self.passages.len());
        let paths: HashSet<&str> = found.files.iter().map(|(path, _)| path.as_str()).collect();
        // Each file by itself, on all cores; what was read is taken in the files' order.
        let each = found.files.par_iter().map(|(path, bytes)| {
            let mut own = Vec::new();
            let read = left_out::by_path(path, &paths, source)
                .map_or(Ok(()), Err)
                .and_then(|()| read_one(source, path, bytes, &found.people, today, &mut own));
            (path, read, own)
        });
        for (path, read, mut own) in each.collect::<Vec<_>>() {
            match read {
                Ok((post, passages)) => {
                    let id = self.posts.len();
                    self.passages.extend(passages.into_iter().map(|passage| Passage { post: id, ..passage }));
                    self.posts.push(post);
                    diagnostics.append(&mut own);
                }
                Err(reason) => {
                    // In a folder of nothing but posts, a file without text is one that someone forgot to save.
                    if reason == Reason::Empty && source.engine == Engine::Plain {
                        diagnostics.push(Diagnostic::error(path, 1, "an empty file"));
                    }
                    self.left_out.push(LeftOut { file: source.file(path), reason });
                }
            }
        }
        self.lead_to_posts(source, first_post, first_passage);
    }

    /// Gives links to files of the site the addresses of their posts; what leads to none of these is no link.
    fn lead_to_posts(&mut self, source: &Source, first_post: usize, first_passage: usize) {
        let posts = &self.posts[first_post..];
        let stems: Vec<&str> = posts.iter().map(|post| page_of(&post.file)).collect();
        let root = source.file(&source.root);
        for passage in &mut self.passages[first_passage..] {
            let file = &self.posts[passage.post].file;
            for links in passage.sentences.iter_mut().map(|sentence| &mut sentence.links) {
                for link in links.iter_mut() {
                    if let Some(target) = link.url.strip_prefix(address::REF) {
                        link.url =
                            led_to(target, file, &root, &stems).map_or_else(String::new, |(at, anchor)| match &posts[at].url {
                                url if url.is_empty() => String::new(),
                                url => format!("{url}{anchor}"),
                            });
                    }
                }
                links.retain(|link| !link.url.is_empty());
            }
        }
    }

    /// The post that a passage is quoted from.
    pub fn post(&self, passage: &Passage) -> &Post {
        &self.posts[passage.post]
    }

    /// A passage's source, verbatim.
    pub fn source(&self, passage: &Passage) -> &str {
        &self.posts[passage.post].text[passage.span.clone()]
    }

    /// Keeps one passage of those with the same words: the newest post's, which has the newest links.
    fn collapse_repeats(&mut self) {
        let words: Vec<Option<String>> = self.passages.par_iter().map(repeatable).collect();
        let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, words) in words.into_iter().enumerate() {
            if let Some(words) = words {
                groups.entry(words).or_default().push(index);
            }
        }
        let mut repeated = vec![false; self.passages.len()];
        for group in groups.into_values().filter(|group| group.len() > 1) {
            let newest = group.iter().copied().max_by_key(|&i| (self.post(&self.passages[i]).date, i)).unwrap_or(group[0]);
            for &other in group.iter().filter(|&&i| i != newest) {
                let Passage { post, lines, .. } = self.passages[other];
                self.passages[newest].repeats.push(Place { post, lines });
                repeated[other] = true;
            }
        }
        let mut repeated = repeated.into_iter();
        self.passages.retain(|_| repeated.next() == Some(false));
    }
}

/// A file's post, with its passages as those of post 0.
fn read_one(
    source: &Source,
    path: &str,
    bytes: &[u8],
    people: &People,
    today: Option<Date>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(Post, Vec<Passage>), Reason> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Reason::Empty);
    }
    let text = post::repaired(path, bytes, diagnostics);
    let (mut front, body) = front_matter::parse(path, &text, people, source, diagnostics);
    front.date = permalink::shown_day(source, &front.own).or(front.date);
    if let Some(author) = source.author_of(path).filter(|_| front.authors.is_empty()) {
        front.authors = people.names(&Value::from(author));
    }
    left_out::by_front_matter(path, &front, source, today).map_or(Ok(()), Err)?;
    let (post, blocks, entries) = Post::read(source, path, text, front, body, diagnostics);
    let passages = post::passages(0, &post, blocks, entries, &source.base);
    Ok((post, passages))
}

/// That a site's posts name no author is told once, not of each.
fn tell_once(posts: &[Post], diagnostics: &mut Vec<Diagnostic>) {
    let told = |found: &Diagnostic| found.message == post::NO_AUTHOR;
    if posts.len() > 1 && posts.iter().all(|post| post.authors.is_empty()) {
        let Some(first) = diagnostics.iter().position(told) else { return };
        diagnostics[first].message = "no post names its author".to_owned();
        diagnostics.retain(|found| !told(found));
    }
}

/// A page's path without what its file's name adds to it.
fn page_of(file: &str) -> &str {
    let file = if files::is_markdown(file) { files::without_extension(file) } else { file };
    file.strip_suffix("/index").or_else(|| file.strip_suffix("/_index")).unwrap_or(file).trim_end_matches('/')
}

/// The only one among pages that a reference in a file leads to, and the part of it: from the root, from beside the file, or by
/// the end of its path (<https://gohugo.io/shortcodes/ref/>).
fn led_to<'a>(target: &'a str, file: &str, root: &str, pages: &[&str]) -> Option<(usize, &'a str)> {
    let (page, anchor) = target.split_at(target.find('#').unwrap_or(target.len()));
    let page = page_of(page);
    let root = root.trim_matches('/');
    let beside = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let below = |folder: &str| format!("{folder}/{}", page.trim_matches('/')).trim_matches('/').to_owned();
    let whole = if page.starts_with('/') { vec![below(root)] } else { vec![below(beside), below(root)] };
    let exact = whole.iter().find_map(|path| pages.iter().position(|page| page == path));
    let end = format!("/{}", page.trim_matches('/'));
    let mut ending = pages.iter().enumerate().filter(|(_, page)| page.len() >= end.len() && page.ends_with(&end));
    let only = || ending.next().filter(|_| ending.next().is_none()).map(|(at, _)| at);
    exact.or_else(only).map(|at| (at, anchor)).filter(|_| end.len() > 1)
}

/// A passage's words, lowercased, where it is long enough to be the same as another by more than chance.
fn repeatable(passage: &Passage) -> Option<String> {
    if passage.kind != PassageKind::Body {
        return None;
    }
    let mut text = String::new();
    let mut count = 0;
    for word in passage.sentences.iter().flat_map(|sentence| sentence.plain.split(|c: char| !c.is_alphanumeric())) {
        if !word.is_empty() {
            text.extend(word.chars().flat_map(char::to_lowercase));
            text.push(' ');
            count += 1;
        }
    }
    (count >= MIN_REPEATED_WORDS).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(files: &[(&str, &str)]) -> (Corpus, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let files = files.iter().map(|(name, text)| (*name, text.as_bytes()));
        (Corpus::from_files(files, "https://x.org/{slug}/", &mut diagnostics), diagnostics)
    }

    const HEAD: &str = "---\ntitle: T\nauthor: A\ndate: 2020-01-02\n---\n";

    #[test]
    fn passages_know_their_place() {
        let text = format!(
            "{HEAD}\nFirst paragraph that is long enough to stand by itself here.\n\n## Sub\n\nIt has:\n\n- one\n- two\n"
        );
        let (corpus, diagnostics) = corpus(&[("a-post.md", &text)]);
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert_eq!(corpus.posts[0].url, "https://x.org/a-post/");
        let shown: Vec<_> = corpus.passages.iter().map(|p| (p.lines, p.section.join("/"), corpus.source(p))).collect();
        assert_eq!(shown[0], ((2, 4), String::new(), "title: T\nauthor: A\ndate: 2020-01-02"));
        assert_eq!(shown[1].0, (7, 7));
        assert_eq!(shown[2], ((11, 14), "Sub".to_owned(), "It has:\n\n- one\n- two"));
    }

    #[test]
    fn repeated_paragraphs_collapse_into_the_newest() {
        let closing = "If you would like to learn more check the [website](https://OLD) and download the code today.";
        let old = format!("{HEAD}\n{closing}\n");
        let new = old.replace("2020", "2024").replace("OLD", "NEW");
        let (corpus, _) = corpus(&[("new.md", &new), ("old.md", &old)]);
        let bodies: Vec<_> = corpus.passages.iter().filter(|p| p.kind == PassageKind::Body).collect();
        assert_eq!(bodies.len(), 1);
        assert_eq!((bodies[0].post, &bodies[0].repeats), (0, &vec![Place { post: 1, lines: (7, 7) }]));
    }

    #[test]
    fn what_no_post_has_is_told_once() {
        let told = |texts: [&str; 3]| {
            let folder = tempfile::tempdir().unwrap();
            for (at, text) in texts.iter().enumerate() {
                std::fs::write(folder.path().join(format!("{at}.md")), text).unwrap();
            }
            let (_, diagnostics) = Corpus::load(folder.path(), "").unwrap();
            diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let without = "---\ntitle: T\ndate: 2020-01-02\n---\n\nStarlings talk.\n";
        assert_eq!(told([without; 3]), ["0.md:1: warning: no post names its author"]);
        let with = without.replace("title", "author: A\ntitle");
        assert_eq!(told([without, &with, without]), ["0.md:1: warning: no author", "2.md:1: warning: no author"]);
    }

    #[test]
    fn an_address_of_a_date_that_is_not_known_is_none() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("dated.md"), format!("{HEAD}\nStarlings talk.\n")).unwrap();
        std::fs::write(folder.path().join("page.md"), "---\ntitle: T\nauthor: A\n---\n\nMynahs talk.\n").unwrap();
        let url = "https://x.org/{year}/{month}/{slug}/".to_owned();
        let pages = Source { folder: folder.path().to_owned(), url, dated: false, ..Source::default() };
        let (corpus, _) = Corpus::load_from(&[pages], None).unwrap();
        let addresses: Vec<&str> = corpus.posts.iter().map(|post| post.url.as_str()).collect();
        assert_eq!(addresses, ["https://x.org/2020/01/dated/", ""]);
    }

    #[test]
    fn markers_never_show() {
        let text = format!("{HEAD}\nA demo app.<!- more ->\n\nNext. <!-- more -->\n\nLast <!-- more --> one.\n");
        let (corpus, diagnostics) = corpus(&[("a.md", &text)]);
        let shown: Vec<&str> = corpus.passages[1].sentences.iter().map(|s| s.plain.as_str()).collect();
        assert_eq!(shown, ["A demo app.", "Next.", "Last one."]);
        assert_eq!(diagnostics.len(), 1);
        assert_eq!(diagnostics[0].line, 7);
    }
}
