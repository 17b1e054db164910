//! One post: its repaired text, its front matter, its passages.

use std::ops::Range;

use jiff::civil::Date;

use super::Diagnostic;
use super::encoding::{self, visible};
use super::front_matter::{self, FrontMatter};
use super::markdown::{self, Block};
use super::passage::{self, Passage, PassageKind};

/// Index of a post in [`Corpus::posts`](super::Corpus::posts).
pub type PostId = usize;

/// A post as readers should see it.
#[derive(Clone, Debug)]
pub struct Post {
    /// The file's name, e.g. `release-9.md`.
    pub file: String,
    /// From the front matter, else from the file's name.
    pub title: String,
    /// From the front matter, in its order; may be empty.
    pub authors: Vec<String>,
    /// The day of publication; `None` where the front matter holds no valid one.
    pub date: Option<Date>,
    /// Labels from the front matter; may be empty.
    pub categories: Vec<String>,
    /// Its public address.
    pub url: String,
    /// The whole file, repaired: UTF-8, `\n`, no `<!-- more -->`; line for line the source.
    pub text: String,
    /// Byte at which each line starts.
    line_starts: Vec<usize>,
}

impl Post {
    /// Reads a file's bytes. `url` holds `{slug}` where the file's name without `.md` goes.
    pub(super) fn read(
        file: &str,
        bytes: &[u8],
        url: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> (Self, Vec<Block>, Vec<Range<usize>>) {
        let text = repaired(file, bytes, diagnostics);
        let (front, body) = front_matter::parse(file, &text, diagnostics);
        let line_starts = line_starts(&text);
        let (blocks, unspaced) = markdown::blocks(&text, body);
        let slug = file.strip_suffix(".md").unwrap_or(file);
        let entries = entry_spans(&text, &line_starts, &front);
        let post = Self {
            file: file.to_owned(),
            title: front.title.unwrap_or_else(|| visible(&slug.replace(['-', '_'], " ")).into_owned()),
            authors: front.authors,
            date: front.date,
            categories: front.categories,
            url: url.replace("{slug}", &percent_encoded(slug)),
            text,
            line_starts,
        };
        for at in unspaced {
            diagnostics.push(Diagnostic::warning(file, post.line_of(at), "a heading without a space after its `#`"));
        }
        if blocks.is_empty() {
            diagnostics.push(Diagnostic::error(file, 1, "no text below the front matter: nothing to quote"));
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
pub(super) fn passages(id: PostId, post: &Post, blocks: Vec<Block>, entries: Vec<Range<usize>>) -> Vec<Passage> {
    let passage = |kind, section, span: Range<usize>, sentences| {
        let lines = post.lines_of(&span);
        Passage { post: id, kind, section, span, lines, sentences, repeats: Vec::new() }
    };
    let mut passages = Vec::new();
    if let (Some(first), Some(last)) = (entries.first(), entries.last()) {
        passages.push(passage(PassageKind::FrontMatter, Vec::new(), first.start..last.end, entries.clone()));
    }
    let bodies = passage::group(&post.text, blocks).into_iter();
    passages.extend(bodies.map(|b| passage(PassageKind::Body, b.section, b.span, b.sentences)));
    passages
}

fn repaired(file: &str, bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> String {
    let decoded = encoding::decode(bytes);
    if let Some(&line) = decoded.invalid_lines.first() {
        let message = "bytes that are not UTF-8, read as Windows-1252: save the file as UTF-8";
        diagnostics.push(Diagnostic::error(file, line, message));
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
    hide_more_markers(file, decoded.text, diagnostics)
}

/// Blanks out `<!-- more -->` and its malformed cousins (`<!- more ->`), which mark where a preview ends.
fn hide_more_markers(file: &str, text: String, diagnostics: &mut Vec<Diagnostic>) -> String {
    static MARKER: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        regex::Regex::new(r"(?i)<[ \t]*!?[ \t]*[-–—]+[ \t]*more[ \t]*[-–—]*[ \t]*>").expect("a valid pattern")
    });
    let (mut line, mut counted) = (1, 0);
    for found in MARKER.find_iter(&text).filter(|m| m.as_str() != "<!-- more -->") {
        line += text[counted..found.start()].matches('\n').count();
        counted = found.start();
        diagnostics.push(Diagnostic::warning(file, line, format!("malformed `<!-- more -->`: `{}`", found.as_str())));
    }
    MARKER.replace_all(&text, "").into_owned()
}

/// A file's name as a part of an address (RFC 3986, section 2.1).
fn percent_encoded(name: &str) -> String {
    let byte = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
        _ => format!("%{b:02X}"),
    };
    name.bytes().map(byte).collect()
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// Byte spans of the title, author and date entries, in the order of the file.
fn entry_spans(text: &str, line_starts: &[usize], front: &FrontMatter) -> Vec<Range<usize>> {
    let end_of = |line: usize| line_starts.get(line).copied().unwrap_or(text.len());
    let mut entries = front.entry_lines.clone();
    entries.sort_unstable();
    entries.iter().map(|&(first, last)| markdown::trimmed(text, line_starts[first - 1]..end_of(last))).collect()
}
