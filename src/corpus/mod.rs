//! Files → [`Post`] → [`Passage`], with a [`Diagnostic`] for whatever is odd.
//!
//! Reading repairs what readers should never see (see `encoding`) and loses nothing: a post with a problem is quoted as far
//! as it can be, and the problem is reported with its file and line.

mod diagnostic;
mod encoding;
mod front_matter;
mod markdown;
mod mask;
mod passage;
mod post;
mod run;
mod sentence;

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use diagnostic::{Diagnostic, Severity};
pub use passage::{Passage, PassageKind, Place};
pub use post::{Post, PostId};
pub use sentence::{Link, Opening, Sentence, SentenceKind};

/// A file larger than this is no post; it is reported and left out. The largest of 78 real posts has 17 kB.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

/// Shorter paragraphs that repeat are captions and commands, and stay where they are.
const MIN_REPEATED_WORDS: usize = 9;

/// Posts and their passages.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    /// In the order of their file names.
    pub posts: Vec<Post>,
    /// In the order of the posts and, within one, of the text; a repeated one stands once, at its newest post.
    pub passages: Vec<Passage>,
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
    /// Reads every `*.md` file in `dir` (not its subfolders). `url` holds `{slug}` for the file's name without `.md`.
    ///
    /// # Errors
    /// [`CorpusError`] where the folder can't be read or holds no post with text. A bad file is a diagnostic, not an error.
    pub fn load(dir: &Path, url: &str) -> Result<(Self, Vec<Diagnostic>), CorpusError> {
        let mut diagnostics = Vec::new();
        let files = read_files(dir, &mut diagnostics)?;
        let corpus = Self::from_files(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())), url, &mut diagnostics);
        diagnostics.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        if corpus.passages.iter().any(|p| p.kind == PassageKind::Body) {
            Ok((corpus, diagnostics))
        } else {
            Err(CorpusError::Empty { path: dir.to_owned(), diagnostics })
        }
    }

    /// Builds a corpus from named files in memory.
    pub fn from_files<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        url: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut corpus = Self::default();
        for (name, bytes) in files {
            if bytes.iter().all(u8::is_ascii_whitespace) {
                diagnostics.push(Diagnostic::error(name, 1, "an empty file"));
                continue;
            }
            let (post, blocks, entries) = Post::read(name, bytes, url, diagnostics);
            let id = corpus.posts.len();
            corpus.passages.extend(post::passages(id, &post, blocks, entries));
            corpus.posts.push(post);
        }
        corpus.collapse_repeats();
        corpus
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
        let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, passage) in self.passages.iter().enumerate() {
            let words: Vec<String> = passage.sentences.iter().flat_map(|sentence| words(&sentence.plain)).collect();
            if passage.kind == PassageKind::Body && words.len() >= MIN_REPEATED_WORDS {
                groups.entry(words.join(" ")).or_default().push(index);
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
        let mut index = 0..;
        self.passages.retain(|_| index.next().is_none_or(|i| !repeated[i]));
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}

/// Names and bytes of the `*.md` files, by name.
fn read_files(dir: &Path, diagnostics: &mut Vec<Diagnostic>) -> Result<Vec<(String, Vec<u8>)>, CorpusError> {
    let unreadable = |cause| CorpusError::Unreadable { path: dir.to_owned(), cause };
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".md") || name.starts_with('.') {
            continue;
        }
        match read_file(&entry.path()) {
            Ok(bytes) => files.push((name, bytes)),
            Err(problem) => diagnostics.push(Diagnostic::error(&name, 1, problem)),
        }
    }
    files.sort();
    Ok(files)
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = fs::metadata(path).map_err(|e| format!("can't be read: {e}"))?;
    if !metadata.is_file() {
        return Err("not a file: posts are plain files in the corpus folder itself".to_owned());
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(format!("{} bytes: a post has at most {MAX_FILE_BYTES}; left out", metadata.len()));
    }
    fs::read(path).map_err(|e| format!("can't be read: {e}"))
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
    fn markers_never_show() {
        let text = format!("{HEAD}\nA demo app.<!- more ->\n\nNext. <!-- more -->\n\nLast <!-- more --> one.\n");
        let (corpus, diagnostics) = corpus(&[("a.md", &text)]);
        let shown: Vec<&str> = corpus.passages[1].sentences.iter().map(|s| s.plain.as_str()).collect();
        assert_eq!(shown, ["A demo app.", "Next.", "Last one."]);
        assert_eq!(diagnostics.len(), 1);
        assert_eq!(diagnostics[0].line, 7);
    }
}
