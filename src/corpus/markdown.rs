//! A post's body as blocks: paragraphs, lists, tables, code, each under its headings and cut into sentences.
//!
//! Everything is a byte span of the post's repaired text, so that whatever is quoted later is the post's own wording.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use regex::{Captures, Regex};

use super::sentence;

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
    pub sentences: Vec<Range<usize>>,
}

/// Blocks of `text[body..]`, and the bytes at which a heading lacks the space after its `#`.
pub(super) fn blocks(text: &str, body: usize) -> (Vec<Block>, Vec<usize>) {
    let mut reader = Reader { text, ..Reader::default() };
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    for (event, span) in Parser::new_ext(&text[body..], options).into_offset_iter() {
        reader.take(&event, span.start + body..span.end + body);
    }
    (reader.blocks, reader.unspaced_headings)
}

#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    blocks: Vec<Block>,
    /// The path of headings above the current place, with their levels.
    path: Vec<(HeadingLevel, String)>,
    unspaced_headings: Vec<usize>,
    /// How many container tags are open.
    depth: usize,
    /// Starts of the item texts and rows inside the open list, quotation or table.
    pieces: Vec<Range<usize>>,
}

impl Reader<'_> {
    fn take(&mut self, event: &Event<'_>, span: Range<usize>) {
        match event {
            Event::Start(tag) => {
                if matches!(tag, Tag::Item | Tag::TableRow | Tag::TableHead | Tag::Paragraph | Tag::CodeBlock(_)) {
                    self.open_piece(span);
                }
                self.depth += 1;
            }
            Event::End(tag) => {
                self.depth -= 1;
                if self.depth == 0 {
                    self.close(*tag, span);
                }
            }
            _ => {}
        }
    }

    /// A nested item ends the text of the item around it.
    fn open_piece(&mut self, span: Range<usize>) {
        if let Some(last) = self.pieces.last_mut() {
            last.end = last.end.min(span.start);
        }
        self.pieces.push(span);
    }

    fn close(&mut self, tag: TagEnd, span: Range<usize>) {
        let pieces = std::mem::take(&mut self.pieces);
        match tag {
            TagEnd::Heading(level) => {
                let title = plain(self.text[span].trim().trim_matches('#').trim()).into_owned();
                self.enter(level, title);
            }
            TagEnd::Paragraph => self.paragraph(span),
            TagEnd::CodeBlock => self.push(BlockKind::Code, span.clone(), code_lines(self.text, span)),
            TagEnd::Table => self.push(BlockKind::Table, span, trimmed_all(self.text, pieces)),
            TagEnd::List(_) | TagEnd::BlockQuote(_) => {
                let text = self.text;
                let sentences = pieces.into_iter().flat_map(|piece| item_sentences(text, piece)).collect();
                self.push(BlockKind::List, span, sentences);
            }
            TagEnd::HtmlBlock => {
                let visible = plain(&self.text[span.clone()]).trim().to_owned();
                if !visible.is_empty() {
                    self.paragraph(span);
                }
            }
            _ => {}
        }
    }

    fn enter(&mut self, level: HeadingLevel, title: String) {
        self.path.retain(|(above, _)| *above < level);
        if !title.is_empty() {
            self.path.push((level, title));
        }
    }

    fn paragraph(&mut self, span: Range<usize>) {
        let span = trimmed(self.text, span);
        let first_line = self.text[span.clone()].lines().next().unwrap_or_default();
        let Some(found) = UNSPACED_HEADING.captures(first_line) else {
            let sentences = sentence::split(self.text, span.clone());
            return self.push(BlockKind::Paragraph, span, sentences);
        };
        self.unspaced_headings.push(span.start);
        let level = HeadingLevel::try_from(found[1].len()).unwrap_or(HeadingLevel::H6);
        self.enter(level, plain(found[2].trim()).into_owned());
        let rest = trimmed(self.text, span.start + first_line.len()..span.end);
        if !rest.is_empty() {
            let sentences = sentence::split(self.text, rest.clone());
            self.push(BlockKind::Paragraph, rest, sentences);
        }
    }

    fn push(&mut self, kind: BlockKind, span: Range<usize>, sentences: Vec<Range<usize>>) {
        let span = trimmed(self.text, span);
        if !span.is_empty() {
            let section = self.path.iter().map(|(_, title)| title.clone()).collect();
            self.blocks.push(Block { kind, span, section, sentences });
        }
    }
}

/// `#Heading`: a heading to its author, a paragraph to CommonMark; `#room:server` and `##.` are neither.
static UNSPACED_HEADING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(#{1,6})([^\s#.:!]+(?:[^:.]|[:.]\s)*)$").expect("a valid pattern"));

fn item_sentences(text: &str, piece: Range<usize>) -> Vec<Range<usize>> {
    let piece = trimmed(text, piece);
    if text[piece.clone()].starts_with("```") {
        return code_lines(text, piece);
    }
    sentence::split(text, piece)
}

fn code_lines(text: &str, span: Range<usize>) -> Vec<Range<usize>> {
    let mut at = span.start;
    let mut lines = Vec::new();
    for line in text[span].split_inclusive('\n') {
        let here = trimmed(text, at..at + line.len());
        at += line.len();
        if !here.is_empty() && !text[here.clone()].starts_with("```") && !text[here.clone()].starts_with("~~~") {
            lines.push(here);
        }
    }
    lines
}

fn trimmed_all(text: &str, spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.into_iter().map(|span| trimmed(text, span)).filter(|span| !span.is_empty()).collect()
}

/// `span` without the white space at its ends.
pub(super) fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let inside = &text[span.clone()];
    let start = span.start + (inside.len() - inside.trim_start().len());
    start..start + inside.trim().len()
}

static INLINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        !?\[(?<text>[^\[\]]*)\]\((?<url>[^()\s]*(?:\([^()]*\)[^()\s]*)*)(?:\s+"[^"]*")?\s*\)  # [text](url "title")
        | <(?<auto>https?://[^<>\s]+)>                                       # <url>
        | </?(?:a|b|blockquote|br|center|code|details|div|em|figcaption|figure|font|h[1-6]|hr|i|iframe|img|kbd|li|ol|p|pre
            |s|small|span|strong|sub|summary|sup|table|tbody|td|th|thead|tr|u|ul|video)
            (?:\s+[a-zA-Z-]+(?:=(?:"[^"]*"|'[^']*'))?)*\s*/?>                # a tag of HTML; `<file>` is a placeholder
        | <!--[^<>]*-->                                                      # a comment
        | \*{1,3} | __ | ~~ | ``?                                            # emphasis, code
        | \\(?<escaped>[!-/:-@\[-`{-~])                                      # \* \_ …
        "#,
    )
    .expect("a valid pattern")
});

/// The words a reader sees of a piece of markdown: link targets, emphasis, tags and comments dropped.
pub fn plain(markdown: &str) -> Cow<'_, str> {
    inline(markdown, |text, _| text.to_owned())
}

/// As [`plain`], with the markdown's links as `link(text, url)` gives them.
pub fn inline(markdown: &str, link: impl Fn(&str, &str) -> String) -> Cow<'_, str> {
    INLINE.replace_all(markdown, |found: &Captures<'_>| {
        let part = |name| found.name(name).map(|m| m.as_str());
        match (part("text"), part("url"), part("auto"), part("escaped")) {
            (Some(text), Some(url), ..) => link(&plain(text), url),
            (.., Some(url), _) => url.to_owned(),
            (.., Some(escaped)) => escaped.to_owned(),
            _ => String::new(),
        }
    })
}

/// The links of a piece of markdown: text and address, in order.
pub fn links(markdown: &str) -> Vec<(String, String)> {
    let pairs = INLINE.captures_iter(markdown).filter_map(|found| {
        let url = found.name("url").or(found.name("auto"))?.as_str();
        let text = found.name("text").map_or(url, |m| m.as_str());
        Some((plain(text).into_owned(), url.to_owned()))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(BlockKind, String, Vec<&str>)> {
        let (blocks, _) = blocks(text, 0);
        blocks.into_iter().map(|b| (b.kind, b.section.join(" > "), b.sentences.into_iter().map(|s| &text[s]).collect())).collect()
    }

    #[test]
    fn headings_make_a_path_with_and_without_a_space() {
        let found = read("# One\n\na\n\n## Two\n\nb\n\n#Three (x)\nc\n\n#room:server.org is ours\n");
        let sections: Vec<_> = found.iter().map(|(_, s, _)| s.as_str()).collect();
        assert_eq!(sections, ["One", "One > Two", "Three (x)", "Three (x)"]);
        assert_eq!(found[2].2, ["c"]);
    }

    #[test]
    fn a_fence_holds_code_whatever_it_looks_like() {
        let found = read("before\n\n```\n# not a heading\n---\nx: 1\n```\n\nafter\n");
        assert_eq!(found[1], (BlockKind::Code, String::new(), vec!["# not a heading", "---", "x: 1"]));
        assert_eq!(found[2].1, "");
    }

    #[test]
    fn lists_and_tables_come_in_items_and_rows() {
        let found = read("- one. And more.\n  - inner\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
        assert_eq!(found[0].2, ["- one.", "And more.", "- inner", "- two"]);
        assert_eq!(found[1].2, ["| a | b |", "| 1 | 2 |"]);
    }

    #[test]
    fn plain_text_is_what_a_reader_sees() {
        let shown = plain("See [the **docs**](https://x.org/a_(b)), `code` <https://y.org> <b>bold</b> \\* a < b <file>");
        assert_eq!(shown, "See the docs, code https://y.org bold * a < b <file>");
        assert_eq!(
            links("[a](https://x) and <https://y>"),
            [("a".into(), "https://x".into()), ("https://y".into(), "https://y".into())]
        );
    }
}
