//! A post's body as blocks: paragraphs, lists, tables, code, each under its headings and cut into sentences.
//!
//! The only reader of markdown: whatever comes after it takes [`Sentence`]s. Everything is a byte span of the post's repaired
//! text, so that whatever is quoted later is the post's own wording.

use std::ops::Range;
use std::sync::LazyLock;

use pulldown_cmark::{BrokenLink, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use regex::Regex;

use super::address::templated;
use super::mask::{Mark, Masked, Verbatim, label};
use super::run::{Cut, Run};
use super::sentence::{Opening, Sentence, SentenceKind, has_words, is_address, trimmed};

/// What a [`Block`] is in markdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockKind {
    Paragraph,
    List,
    Table,
    Code,
}

/// A top-level piece of a post's body.
#[derive(Debug)]
pub(super) struct Block {
    pub kind: BlockKind,
    /// Bytes of the post's text.
    pub span: Range<usize>,
    /// Headings above it, outermost first, as plain text.
    pub section: Vec<String>,
    /// Its sentences, list items, table rows or code lines, in order.
    pub sentences: Vec<Sentence>,
}

/// Blocks of `text[body..]`, of which `masked` is what readers see, and the bytes at which a heading lacks the space after
/// its `#`.
pub(super) fn blocks(text: &str, masked: &Masked, body: usize) -> (Vec<Block>, Vec<usize>) {
    let mut reader = Reader::new(text, masked);
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST;
    let reference = |link: BrokenLink<'_>| Some((masked.references.get(&label(&link.reference))?.as_str().into(), "".into()));
    let parser = Parser::new_with_broken_link_callback(&masked.text[body..], options, Some(reference));
    for (event, span) in parser.into_offset_iter() {
        reader.take(&event, span.start + body..span.end + body);
    }
    reader.verbatim_before(text.len());
    (reader.blocks, reader.unspaced_headings)
}

/// A container of blocks or of running text that is open.
#[derive(Debug)]
enum Open {
    Paragraph,
    Heading,
    Quote,
    /// With the number of its next item.
    List(Option<u64>),
    Item,
    Row,
    /// A code block; `shown` unless it is the source of a diagram.
    Code {
        shown: bool,
    },
    Other,
}

/// Sentences of one kind, out of one run of text.
#[derive(Debug)]
struct Piece {
    kind: PieceKind,
    sentences: Vec<Sentence>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PieceKind {
    Text,
    Item,
    Row,
    Code,
    /// A heading of HTML, with its level.
    Heading(usize),
}

/// Lists within lists that are shown further to the right each.
const DEEPEST_INDENT: usize = 8;

struct Reader<'a> {
    text: &'a str,
    masked: &'a str,
    marks: &'a [Option<Mark>],
    verbatim: std::slice::Iter<'a, Verbatim>,
    blocks: Vec<Block>,
    unspaced_headings: Vec<usize>,
    /// The path of headings above the current place, with their levels.
    path: Vec<(HeadingLevel, String)>,
    open: Vec<Open>,
    /// How many lists are open: thousands may be, and counting them anew at each would take the square of that.
    lists: usize,
    /// What the open block holds so far.
    pieces: Vec<Piece>,
    run: Run<'a>,
    /// The marker of a list item that has no words yet, and its first byte.
    marker: Option<(String, usize)>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, masked: &'a Masked) -> Self {
        Self {
            text,
            masked: &masked.text,
            marks: &masked.marks,
            verbatim: masked.verbatim.iter(),
            blocks: Vec::new(),
            unspaced_headings: Vec::new(),
            path: Vec::new(),
            open: Vec::new(),
            lists: 0,
            pieces: Vec::new(),
            run: Run::new(text, &masked.marks),
            marker: None,
        }
    }

    fn take(&mut self, event: &Event<'_>, span: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => self.end(*tag, span),
            Event::Text(words) => match self.open.last() {
                Some(Open::Code { shown }) => {
                    if *shown {
                        self.code_lines(span);
                    }
                }
                _ => self.run.text(words, &self.masked[span.clone()], span),
            },
            Event::Code(_) => self.run.code(span),
            Event::Html(html) | Event::InlineHtml(html) => self.run.text(html, &self.masked[span.clone()], span),
            Event::SoftBreak | Event::HardBreak => self.run.space(span),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>, span: Range<usize>) {
        let open = match tag {
            Tag::Emphasis | Tag::Superscript | Tag::Subscript => return self.run.contain(span),
            Tag::Strong => return self.run.strong(span),
            Tag::Strikethrough => return self.run.strike(span),
            Tag::Link { dest_url, .. } => {
                let url = self.address(dest_url, &span);
                return self.run.link(url, span);
            }
            Tag::Image { .. } => return self.run.image(span),
            Tag::TableCell => return self.run.cell(span.start),
            Tag::Paragraph => Open::Paragraph,
            Tag::Heading { .. } => Open::Heading,
            Tag::BlockQuote(_) => Open::Quote,
            Tag::List(first) => Open::List(*first),
            Tag::Item => Open::Item,
            Tag::TableRow | Tag::TableHead => Open::Row,
            Tag::CodeBlock(kind) => Open::Code { shown: !is_diagram(kind) },
            _ => Open::Other,
        };
        self.flush();
        self.verbatim_before(span.start);
        self.lists += usize::from(matches!(open, Open::List(_)));
        if matches!(open, Open::Item) {
            self.marker = Some((self.next_marker(), span.start));
        }
        self.open.push(open);
    }

    fn end(&mut self, tag: TagEnd, span: Range<usize>) {
        match tag {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Superscript | TagEnd::Subscript | TagEnd::TableCell => return,
            TagEnd::Strikethrough => return self.run.end_strike(span),
            TagEnd::Link => return self.run.end_link(),
            TagEnd::Image => return self.run.end_image(),
            TagEnd::TableRow | TagEnd::TableHead => self.row(span.clone()),
            TagEnd::Heading(level) if self.open.len() == 1 => {
                let title = self.run.take_plain();
                self.enter(level, title.trim_matches(['#', ' ']).to_owned());
            }
            TagEnd::Paragraph if self.open.len() == 1 => self.unspaced_heading(&span),
            _ => {}
        }
        self.flush();
        self.verbatim_before(span.end);
        if matches!(tag, TagEnd::Item) {
            self.marker = None;
        }
        self.lists -= usize::from(matches!(self.open.pop(), Some(Open::List(_))));
        if self.open.is_empty() {
            self.close(tag, span);
        }
    }

    /// A link's address, as it is written: markdown has read it with a template's words masked.
    fn address(&self, dest: &str, span: &Range<usize>) -> String {
        let written = &self.text[span.clone()];
        let inline =
            written.rfind("](").map(|at| written[at + 2..].trim_end_matches(')')).filter(|inline| inline.contains(['{', '<']));
        templated(inline.filter(|inline| inline.contains("{{") || inline.contains("{%")).unwrap_or(dest))
    }

    /// The marker of the list's next item, indented by the lists around it.
    fn next_marker(&mut self) -> String {
        let indent = "  ".repeat(self.lists.saturating_sub(1).min(DEEPEST_INDENT));
        match self.open.iter_mut().rev().find(|open| matches!(open, Open::List(_))) {
            Some(Open::List(Some(number))) => {
                let marker = format!("{indent}{number}. ");
                *number += 1;
                marker
            }
            _ => format!("{indent}- "),
        }
    }

    fn code_lines(&mut self, span: Range<usize>) {
        let is_seen = |line| !seen(self.text, self.marks, line).is_empty();
        let sentences = code_lines(self.text, is_seen, span);
        match self.pieces.last_mut() {
            Some(last) if last.kind == PieceKind::Code => last.sentences.extend(sentences),
            _ => self.pieces.push(Piece { kind: PieceKind::Code, sentences }),
        }
    }

    /// Code of another language than markdown that ends before a byte.
    fn verbatim_before(&mut self, at: usize) {
        while self.verbatim.as_slice().first().is_some_and(|next| next.span.end <= at) {
            let Some(Verbatim { span, html }) = self.verbatim.next() else { break };
            let sentences =
                if *html { html_lines(self.text, span.clone()) } else { code_lines(self.text, |_| true, span.clone()) };
            let piece = Piece { kind: PieceKind::Code, sentences };
            if self.open.is_empty() {
                self.push_pieces(vec![piece]);
            } else {
                self.pieces.push(piece);
            }
        }
    }

    fn row(&mut self, span: Range<usize>) {
        let span = trimmed(self.text, span);
        if let Some(row) = self.run.take_row(span) {
            self.pieces.push(Piece { kind: PieceKind::Row, sentences: vec![row] });
        }
    }

    /// Makes pieces of the running text so far.
    fn flush(&mut self) {
        let in_list = self.lists > 0;
        let label = matches!(self.open.last(), Some(Open::Heading));
        for Cut { mark, mut sentences, source } in self.run.take_cut() {
            let (kind, of) = match mark {
                Mark::Heading => (PieceKind::Heading(level_at(self.text, source)), SentenceKind::Label),
                Mark::Item => (PieceKind::Item, SentenceKind::Item),
                Mark::Row => (PieceKind::Row, SentenceKind::Row),
                Mark::Label => (PieceKind::Text, SentenceKind::Label),
                Mark::Caption => (PieceKind::Text, SentenceKind::Caption),
                _ if label => (PieceKind::Text, SentenceKind::Label),
                _ if in_list => (PieceKind::Item, SentenceKind::Item),
                _ => (PieceKind::Text, SentenceKind::Prose),
            };
            for (index, sentence) in sentences.iter_mut().enumerate() {
                let own = if sentence.kind == SentenceKind::Label { SentenceKind::Label } else { of };
                sentence.kind = if is_address(&sentence.plain) { SentenceKind::Address } else { own };
                if index == 0 {
                    sentence.opening = if mark == Mark::Item { Opening::Item("- ".to_owned()) } else { Opening::Line };
                }
            }
            if let (Some(first), Some((marker, start))) = (sentences.first_mut(), self.marker.take_if(|_| mark != Mark::Item)) {
                first.opening = Opening::Item(marker);
                first.span.start = first.span.start.min(start);
            }
            if !sentences.is_empty() {
                self.pieces.push(Piece { kind, sentences });
            }
        }
    }

    fn close(&mut self, tag: TagEnd, span: Range<usize>) {
        let pieces = std::mem::take(&mut self.pieces);
        match tag {
            TagEnd::Heading(_) => {}
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.push_pieces(pieces),
            TagEnd::CodeBlock => self.push(BlockKind::Code, span, pieces),
            TagEnd::Table => self.push(BlockKind::Table, span, pieces),
            TagEnd::FootnoteDefinition => self.push(BlockKind::Paragraph, span, pieces),
            _ => self.push(BlockKind::List, span, pieces),
        }
    }

    /// A block for each paragraph, each list and each table among the pieces.
    fn push_pieces(&mut self, mut pieces: Vec<Piece>) {
        pieces.sort_by_key(|piece| piece.sentences.first().map_or(0, |first| first.span.start));
        let mut alike: Vec<Piece> = Vec::new();
        for piece in pieces {
            if let PieceKind::Heading(level) = piece.kind {
                self.push_alike(std::mem::take(&mut alike));
                let title = piece.sentences.iter().map(|s| s.plain.as_str()).collect::<Vec<_>>().join(" ");
                self.enter(HeadingLevel::try_from(level).unwrap_or(HeadingLevel::H6), title);
                continue;
            }
            let joins = alike.last().is_some_and(|last| last.kind == piece.kind && piece.kind != PieceKind::Text);
            if !joins {
                self.push_alike(std::mem::take(&mut alike));
            }
            alike.push(piece);
        }
        self.push_alike(alike);
    }

    fn push_alike(&mut self, pieces: Vec<Piece>) {
        let Some(kind) = pieces.first().map(|first| first.kind.clone()) else { return };
        let kind = match kind {
            PieceKind::Text | PieceKind::Heading(_) => BlockKind::Paragraph,
            PieceKind::Item => BlockKind::List,
            PieceKind::Row => BlockKind::Table,
            PieceKind::Code => BlockKind::Code,
        };
        let spans = || pieces.iter().flat_map(|piece| &piece.sentences).map(|s| s.span.clone());
        let span = spans().map(|s| s.start).min().unwrap_or(0)..spans().map(|s| s.end).max().unwrap_or(0);
        self.push(kind, span, pieces);
    }

    fn push(&mut self, kind: BlockKind, span: Range<usize>, pieces: Vec<Piece>) {
        let mut sentences: Vec<Sentence> = pieces.into_iter().flat_map(|piece| piece.sentences).collect();
        sentences.sort_by_key(|sentence| sentence.span.start);
        let mut end = 0;
        // Code within a line of HTML stands in the sentence around it.
        sentences.retain(|sentence| {
            let apart = sentence.span.start >= end;
            end = end.max(sentence.span.end);
            apart
        });
        let (Some(first), Some(last)) = (sentences.first(), sentences.last()) else { return };
        let seen = seen(self.text, self.marks, span);
        let span = seen.start.min(first.span.start)..seen.end.max(last.span.end);
        let section = self.path.iter().map(|(_, title)| title.clone()).collect();
        self.blocks.push(Block { kind, span, section, sentences });
    }

    fn enter(&mut self, level: HeadingLevel, title: String) {
        self.path.retain(|(above, _)| *above < level);
        if !title.is_empty() {
            self.path.push((level, title));
        }
    }

    /// A paragraph whose first line is a heading to its author.
    fn unspaced_heading(&mut self, span: &Range<usize>) {
        let span = trimmed(self.masked, span.clone());
        let first_line = self.masked[span.clone()].lines().next().unwrap_or_default();
        let Some(found) = first_line.starts_with('#').then(|| UNSPACED_HEADING.captures(first_line)).flatten() else { return };
        self.unspaced_headings.push(span.start);
        let level = HeadingLevel::try_from(found[1].len()).unwrap_or(HeadingLevel::H6);
        let title = self.run.take_plain_before(span.start + first_line.len());
        self.enter(level, title.trim_matches(['#', ' ']).to_owned());
    }
}

/// `#Heading`: a heading to its author, a paragraph to CommonMark; `#room:server` and `##.` are neither.
static UNSPACED_HEADING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(#{1,6})([^\s#.:!]+(?:[^:.]|[:.]\s)*)$").expect("a valid pattern"));

/// `span` without what readers don't see at its ends.
fn seen(text: &str, marks: &[Option<Mark>], span: Range<usize>) -> Range<usize> {
    let shown = |(at, letter): &(usize, char)| !letter.is_whitespace() && marks[span.start + at].is_none();
    let mut letters = text[span.clone()].char_indices();
    let Some((first, letter)) = letters.find(shown) else { return span.start..span.start };
    let (last, letter) = letters.rfind(shown).unwrap_or((first, letter));
    span.start + first..span.start + last + letter.len_utf8()
}

/// The level in a tag such as `<h2>`.
fn level_at(text: &str, tag: usize) -> usize {
    text.as_bytes().get(tag + 2).map_or(6, |digit| usize::from(digit.saturating_sub(b'0'))).clamp(1, 6)
}

/// Whether a code block is the source of a diagram: readers see the diagram.
fn is_diagram(kind: &CodeBlockKind<'_>) -> bool {
    let CodeBlockKind::Fenced(info) = kind else { return false };
    let language = info.trim_start_matches(['{', '.', ' ']).split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    matches!(language.to_ascii_lowercase().as_str(), "mermaid" | "plantuml" | "goat" | "graphviz")
}

/// The lines of a span as code, as far as they are seen.
fn code_lines(text: &str, is_seen: impl Fn(Range<usize>) -> bool, span: Range<usize>) -> Vec<Sentence> {
    let mut at = span.start;
    let mut lines = Vec::new();
    for line in text[span].split_inclusive('\n') {
        let whole = at..at + line.len();
        at = whole.end;
        let here = trimmed(text, whole.clone());
        if !here.is_empty() && is_seen(whole) {
            lines.push(code_line(here, line));
        }
    }
    lines
}

fn code_line(span: Range<usize>, line: &str) -> Sentence {
    let plain: String = line.trim_end().replace('\t', "    ");
    let links = super::run::bare_links(&plain, &[]);
    Sentence {
        span,
        kind: SentenceKind::Code,
        opening: Opening::Line,
        code: std::iter::once(0..plain.len()).collect(),
        plain,
        links,
    }
}

/// The lines within `<pre>`.
fn html_lines(text: &str, span: Range<usize>) -> Vec<Sentence> {
    static TAG: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"</?[A-Za-z!][^<>]*>").expect("a valid pattern"));
    let mut at = span.start;
    let mut lines = Vec::new();
    for line in text[span].split_inclusive('\n') {
        let here = trimmed(text, at..at + line.len());
        at += line.len();
        let shown = TAG.replace_all(line, "");
        let shown = html_escape::decode_html_entities(&shown);
        if has_words(&shown) {
            lines.push(code_line(here, &shown));
        }
    }
    lines
}

/// The words of a line that may hold links, such as the authors of a post. A line of front matter is
/// no document of markdown: of its markup, links alone are read.
pub(super) fn inline(line: &str) -> String {
    static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[([^\[\]]*)\]\([^()\s]*\)").expect("a valid pattern"));
    LINK.replace_all(line, "$1").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::mask::mask;

    type Read = (BlockKind, String, Vec<String>);

    fn read(text: &str) -> Vec<Read> {
        let (blocks, _) = blocks(text, &mask(text, 0), 0);
        let sentences = |b: &Block| b.sentences.iter().map(|s| s.plain.clone()).collect();
        blocks.iter().map(|b| (b.kind, b.section.join(" > "), sentences(b))).collect()
    }

    fn source(text: &str) -> Vec<&str> {
        let (blocks, _) = blocks(text, &mask(text, 0), 0);
        blocks.into_iter().flat_map(|b| b.sentences).map(|s| &text[s.span]).collect()
    }

    fn plain(text: &str) -> Vec<String> {
        read(text).into_iter().flat_map(|(.., sentences)| sentences).collect()
    }

    #[test]
    fn headings_make_a_path_with_and_without_a_space() {
        let found = read("# One {#uno}\n\na\n\n## Two\n\nb\n\n#Three (x)\nc\n\n#room:server.org is ours\n");
        let sections: Vec<_> = found.iter().map(|(_, s, _)| s.as_str()).collect();
        assert_eq!(sections, ["One", "One > Two", "Three (x)", "Three (x)"]);
        assert_eq!(found[2].2, ["c"]);
    }

    #[test]
    fn a_fence_holds_code_whatever_it_looks_like() {
        let found = read("before\n\n```\n# not a heading\n---\nx: <b>1</b> {{ y }}\n```\n\nafter\n");
        let code = ["# not a heading", "---", "x: <b>1</b> {{ y }}"].map(str::to_owned);
        assert_eq!(found[1], (BlockKind::Code, String::new(), code.to_vec()));
        assert_eq!(found[2].1, "");
    }

    #[test]
    fn lists_and_tables_come_in_items_and_rows() {
        let text = "- one. And more.\n  - inner\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
        let found = read(text);
        assert_eq!(found[0].2, ["one.", "And more.", "inner", "two"]);
        assert_eq!(found[1].2, ["a | b", "1 | 2"]);
        assert_eq!(source(text), ["- one.", "And more.", "- inner", "- two", "| a | b |", "| 1 | 2 |"]);
    }

    #[test]
    fn plain_text_is_what_a_reader_sees() {
        assert_eq!(
            plain(
                "See [the **docs**](https://x.org/a_(b)), `code` <https://y.org> <b>bold</b> \\* a < b <file> &amp; c&nbsp;d\u{ad}e"
            ),
            ["See the docs, code https://y.org bold * a < b <file> & c de"]
        );
    }

    #[test]
    fn a_sentence_takes_the_marks_around_its_words() {
        let text = "**One.** Two\n[three](https://x) `four`. *Five\nsix.* Seven";
        assert_eq!(source(text), ["**One.**", "Two\n[three](https://x) `four`.", "*Five\nsix.*", "Seven"]);
    }
}
