//! One post: its repaired text, its front matter, its passages.

use std::ops::Range;

use jiff::civil::Date;

use super::Diagnostic;
use super::address;
use super::day;
use super::encoding::{self, visible};
use super::files::without_extension;
use super::front_matter::FrontMatter;
use super::markdown::{self, Block};
use super::mask::{MORE, mask_as};
use super::passage::{self, Passage, PassageKind, PostId};
use super::permalink::{self, Facts};
use super::sentence::{Opening, Sentence, SentenceKind, trimmed};
use super::source::{Engine, Source};

/// What is told of a post that names no author.
pub(super) const NO_AUTHOR: &str = "no author";

/// A post as readers should see it.
#[derive(Clone, Debug)]
pub struct Post {
    /// The path within the corpus folder, e.g. `2024/release-9.md`; of one of several sources, `blog/2024/release-9.md`.
    pub file: String,
    /// The name of its source, where there are several; else empty.
    pub source: String,
    /// From the front matter, else from the first heading, else from the file's name.
    pub title: String,
    /// From the front matter, in its order; may be empty.
    pub authors: Vec<String>,
    /// The day of publication; `None` where neither the front matter nor the path holds a valid one.
    pub date: Option<Date>,
    /// Categories and tags from the front matter; may be empty.
    pub categories: Vec<String>,
    /// What the front matter says that it is about.
    pub description: Option<String>,
    /// Its public address.
    pub url: String,
    /// The whole file, repaired: UTF-8, `\n`, no control characters; line for line the source.
    pub text: String,
    /// Abbreviations that it defines (`*[TOTP]: …`), with their long forms.
    pub abbreviations: Vec<(String, String)>,
    /// First and last line (from 1) of the front matter's entry that names the authors.
    pub author_lines: Option<(usize, usize)>,
    /// Whether it says a date that can't be read.
    pub is_misdated: bool,
    /// Byte at which each line starts.
    line_starts: Vec<usize>,
}

impl Post {
    /// A post from a file's repaired text and its front matter; the body begins at byte `body`.
    pub(super) fn read(
        source: &Source,
        path: &str,
        text: String,
        front: FrontMatter,
        body: usize,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> (Self, Vec<Block>, Vec<Range<usize>>) {
        let line_starts = line_starts(&text);
        let mdx = source.engine == Engine::Docusaurus || path.ends_with(".mdx");
        let masked = mask_as(&text, body, mdx);
        let (mut blocks, unspaced) = markdown::blocks(&text, &masked, body);
        let entries = entry_spans(&text, &line_starts, &front);
        let title = front.title.unwrap_or_else(|| title_of(path));
        for block in &mut blocks {
            // The title stands before every citation.
            if block.section.first().is_some_and(|first| first.eq_ignore_ascii_case(&title)) {
                block.section.remove(0);
            }
        }
        if front.is_there && front.authors.is_empty() && source.dated {
            diagnostics.push(Diagnostic::warning(path, 1, NO_AUTHOR));
        }
        let by_commit = source.engine == Engine::Docusaurus;
        let is_told = by_commit || front.dated_by_build || front.bad_date;
        if front.is_there && front.date.is_none() && source.dated && !is_told {
            diagnostics.push(Diagnostic::error(path, 1, "no date: add `date: YYYY-MM-DD` to the front matter"));
        }
        let within = source.within(path).unwrap_or(path);
        let url =
            permalink::address(source, &Facts { file: path, path: within, title: &title, date: front.date, own: &front.own });
        let post = Self {
            file: source.file(path),
            source: source.name.clone(),
            title,
            authors: front.authors,
            date: front.date,
            categories: front.categories,
            description: front.description,
            url,
            text,
            abbreviations: masked.abbreviations,
            author_lines: front.author_lines,
            is_misdated: front.bad_date,
            line_starts,
        };
        for at in unspaced {
            diagnostics.push(Diagnostic::warning(path, post.line_of(at), "a heading without a space after its `#`"));
        }
        if blocks.is_empty() {
            // A post of a picture is none of a site's mistakes; in a folder of nothing but posts it is one that was not written.
            let finding = if source.engine == Engine::Plain { Diagnostic::error } else { Diagnostic::warning };
            diagnostics.push(finding(path, 1, "no text below the front matter: nothing to quote"));
        }
        (post, blocks, entries)
    }

    /// The line in the source file, from 1, on which byte `at` of the text stands.
    pub fn line_of(&self, at: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= at).max(1)
    }

    /// First and last line of a span of the text, from 1.
    pub fn lines_of(&self, span: &Range<usize>) -> (usize, usize) {
        (self.line_of(span.start), self.line_of(span.end.saturating_sub(1).max(span.start)))
    }
}

/// The passages of one post, the front matter first.
///
/// `base` is the site's own address, empty where it is not known.
pub(super) fn passages(id: PostId, post: &Post, blocks: Vec<Block>, entries: Vec<Range<usize>>, base: &str) -> Vec<Passage> {
    let passage = |kind, section, span: Range<usize>, mut sentences: Vec<Sentence>| {
        let lines = post.lines_of(&span);
        for link in sentences.iter_mut().flat_map(|sentence| &mut sentence.links) {
            link.url = resolved(&link.url, &post.url, base);
        }
        Passage { post: id, kind, section, span, lines, sentences, repeats: Vec::new() }
    };
    let mut passages = Vec::new();
    if let (Some(first), Some(last)) = (entries.first(), entries.last()) {
        passages.push(passage(
            PassageKind::FrontMatter,
            Vec::new(),
            first.start..last.end,
            entries.iter().map(|entry| entry_line(&post.text, entry)).collect(),
        ));
    }
    let bodies = passage::group(&post.text, blocks).into_iter();
    passages.extend(bodies.map(|b| passage(PassageKind::Body, b.section, b.span, b.sentences)));
    passages
}

/// A file's text as readers should see it.
pub(super) fn repaired(file: &str, bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> String {
    let decoded = encoding::decode(bytes);
    if let Some(&line) = decoded.invalid_lines.first() {
        let message = "bytes that are not UTF-8, read as Windows-1252: save the file as UTF-8";
        diagnostics.push(Diagnostic::error(file, line, message));
    }
    if decoded.utf_16 {
        diagnostics.push(Diagnostic::error(file, 1, "text in UTF-16: save the file as UTF-8"));
    }
    if let Some(&line) = decoded.mojibake_lines.first() {
        let lines = decoded.mojibake_lines.len();
        diagnostics.push(Diagnostic::warning(file, line, format!("double-encoded characters, repaired ({lines} lines)")));
    }
    if let Some(&line) = decoded.control_lines.first() {
        let lines = decoded.control_lines.len();
        diagnostics.push(Diagnostic::error(
            file,
            line,
            format!("control characters, left out ({lines} lines): is it a text file?"),
        ));
    }
    report_more_markers(file, &decoded.text, diagnostics);
    decoded.text
}

/// Reports malformed cousins of `<!-- more -->` (`<!- more ->`), which marks where a preview ends; none of them is shown.
fn report_more_markers(file: &str, text: &str, diagnostics: &mut Vec<Diagnostic>) {
    let (mut line, mut counted) = (1, 0);
    for found in MORE.find_iter(text).filter(|found| !found.as_str().starts_with("<!--")) {
        line += text[counted..found.start()].matches('\n').count();
        counted = found.start();
        diagnostics.push(Diagnostic::warning(file, line, format!("malformed `<!-- more -->`: `{}`", found.as_str())));
    }
}

/// A line of the front matter as a sentence.
fn entry_line(text: &str, span: &Range<usize>) -> Sentence {
    let plain = markdown::inline(&text[span.clone()]);
    let is_title = plain.trim_start_matches(['"', '\'']).to_lowercase().starts_with("title");
    let kind = if is_title { SentenceKind::Label } else { SentenceKind::FrontMatter };
    Sentence { span: span.clone(), plain, kind, opening: Opening::Line, ..Sentence::default() }
}

/// An address as it leads on from a post (RFC 3986, section 5.2); what can't be told stays as it is written.
fn resolved(url: &str, post: &str, base: &str) -> String {
    if let Some(path) = url.strip_prefix(address::BASE) {
        return if base.is_empty() { resolved(path, post, base) } else { format!("{base}{path}") };
    }
    let scheme = url.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-'))
    });
    let Some(origin_end) = post.find("://").map(|at| at + 3).map(|at| post[at..].find('/').map_or(post.len(), |end| at + end))
    else {
        return url.to_owned();
    };
    let page = post.split(['#', '?']).next().unwrap_or(post);
    // A source file's name is no address: how the engine writes it can't be told from here.
    let file = url.split(['#', '?']).next().unwrap_or_default();
    let is_source = [".md", ".mdx", ".markdown"].iter().any(|ending| file.ends_with(ending));
    if scheme || url.is_empty() || url.contains(['{', '@']) || (is_source && !url.starts_with("//")) {
        url.to_owned()
    } else if let Some(rest) = url.strip_prefix("//") {
        format!("https://{rest}")
    } else if url.starts_with('/') {
        format!("{}{url}", &post[..origin_end])
    } else if url.starts_with('#') {
        format!("{page}{url}")
    } else {
        let mut folders: Vec<&str> = page.get(origin_end..).unwrap_or_default().split('/').skip(1).collect();
        folders.pop();
        for part in url.split('/') {
            match part {
                "." => {}
                ".." => {
                    folders.pop();
                }
                _ => folders.push(part),
            }
        }
        format!("{}/{}", &post[..origin_end], folders.join("/"))
    }
}

/// A title for a post that has none: its file's name in words.
fn title_of(path: &str) -> String {
    let stem = without_extension(path);
    let stem = stem.strip_suffix("/index").unwrap_or(stem);
    let name = day::stripped(stem.rsplit('/').next().unwrap_or(stem));
    visible(&name.replace(['-', '_'], " ")).into_owned()
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// Byte spans of the title, author and date entries, in the order of the file.
fn entry_spans(text: &str, line_starts: &[usize], front: &FrontMatter) -> Vec<Range<usize>> {
    let end_of = |line: usize| line_starts.get(line).copied().unwrap_or(text.len());
    let mut entries = front.entry_lines.clone();
    entries.sort_unstable();
    entries.iter().map(|&(first, last)| trimmed(text, line_starts[first - 1]..end_of(last))).collect()
}
