//! Blocks of an answer as HTML. What is said stands in [`crate::render`]; here is how a browser shows it.

use std::sync::LazyLock;

use maud::{Markup, html};
use regex::Regex;

use crate::render::{Block, Span, is_link};

/// Blocks, one below the other; quotations under headings of the second level.
pub(super) fn blocks(blocks: &[Block]) -> Markup {
    html! { @for block in blocks { (self::block(block)) } }
}

fn block(block: &Block) -> Markup {
    match block {
        Block::Text(spans) => html! { p { (line(spans)) } },
        Block::Quote { number, source, url, lines } => quote(*number, source, url, lines),
        Block::Pointers(pointers) => html! {
            ul.places { @for pointer in pointers { li { (link(&pointer.label, &pointer.url)) } } }
        },
        Block::List(items) => html! { ul { @for item in items { li { (line(item)) } } } },
    }
}

fn quote(number: usize, source: &[Span], url: &str, lines: &[Vec<Span>]) -> Markup {
    let (title, details) = source.split_first().map_or(("", [].as_slice()), |(title, details)| (title.words(), details));
    html! {
        section.quote id={ "c" (number) } {
            h2 { span.number { "[" (number) "]" } " " (link(title, url)) (line(details)) }
            blockquote cite=[is_link(url).then_some(url)] { (quoted(lines)) }
        }
    }
}

/// Lines of a quotation, word for word. The sentence that answers is marked.
pub(super) fn quoted(lines: &[Vec<Span>]) -> Markup {
    html! {
        @for line in lines {
            p {
                @for span in line {
                    @match span {
                        Span::Strong(words) => mark { (with_links(words)) },
                        span => (with_links(span.words())),
                    }
                }
            }
        }
    }
}

fn line(spans: &[Span]) -> Markup {
    html! {
        @for span in spans {
            @match span {
                Span::Plain(words) => (words),
                Span::Strong(words) => strong { (words) },
                Span::Faint(words) => span.faint { (words) },
                Span::Code(words) => code { (words) },
                Span::Link { text, url } => (link(text, url)),
            }
        }
    }
}

/// `1 post`, `2 posts`.
pub(super) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A link, or words alone where the address is none that a browser should follow.
pub(super) fn link(words: &str, url: &str) -> Markup {
    html! { @if is_link(url) { a href=(url) { (words) } } @else { (words) } }
}

/// Words with the addresses in them as links: quotations show where their own links lead.
fn with_links(words: &str) -> Markup {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"https?://[^\s<>()\[\]"“”|]+"#).expect("a valid pattern"));
    let mut pieces = Vec::new();
    let mut at = 0;
    for found in ADDRESS.find_iter(words) {
        let address = found.as_str().trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '’', '*', '`']);
        pieces.push((&words[at..found.start()], address));
        at = found.start() + address.len();
    }
    html! { @for (before, address) in pieces { (before) a href=(address) { (address) } } (words[at..]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_stays_text() {
        let evil = "<script>alert(1)</script> & \"x\"";
        let shown = blocks(&[Block::Text(vec![Span::Plain(evil.to_owned()), Span::Strong("<b>".to_owned())])]).into_string();
        assert_eq!(shown, "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;<strong>&lt;b&gt;</strong></p>");
        assert_eq!(link("a<b", "javascript:alert(1)").into_string(), "a&lt;b");
        assert_eq!(link("a", "https://x.org/\"><img>").into_string(), "<a href=\"https://x.org/&quot;&gt;&lt;img&gt;\">a</a>");
    }

    #[test]
    fn a_quotation_marks_the_sentence_that_answers_and_links_its_source() {
        let quote = Block::Quote {
            number: 1,
            source: vec![Span::Plain("1 Jan 2020 · T".to_owned()), Span::Faint(" · A".to_owned())],
            url: "https://x.org/t/".to_owned(),
            lines: vec![vec![Span::Plain("One. ".to_owned()), Span::Strong("Two.".to_owned())]],
        };
        assert_eq!(
            blocks(&[quote]).into_string(),
            "<section class=\"quote\" id=\"c1\"><h2><span class=\"number\">[1]</span> <a href=\"https://x.org/t/\">1 Jan 2020 · T</a>\
             <span class=\"faint\"> · A</span></h2><blockquote cite=\"https://x.org/t/\"><p>One. \
             <mark>Two.</mark></p></blockquote></section>"
        );
    }

    #[test]
    fn addresses_in_a_quotation_can_be_followed() {
        let shown = |words: &str| with_links(words).into_string();
        assert_eq!(shown("the site (https://y.org/a), and"), "the site (<a href=\"https://y.org/a\">https://y.org/a</a>), and");
        assert_eq!(shown("See http://y.org."), "See <a href=\"http://y.org\">http://y.org</a>.");
        assert_eq!(shown("no address: https:// <b>"), "no address: https:// &lt;b&gt;");
    }
}
