//! Matrix HTML: the few tags that every client shows (Matrix spec v1.16, client-server API § 11.3.1), and nothing from outside.

use pulldown_cmark_escape::{escape_href, escape_html};

use super::block::{Block, Span};

/// Blocks as the `formatted_body` of a message. All text is escaped; only web and mail addresses become links.
pub fn html(blocks: &[Block]) -> String {
    blocks.iter().map(block).collect()
}

fn block(block: &Block) -> String {
    match block {
        Block::Text(spans) => format!("<p>{}</p>", line(spans)),
        Block::Quote { number, source, url, lines } => {
            let quoted: Vec<String> = lines.iter().map(|l| line(l)).collect();
            let (title, details) = source
                .split_first()
                .map_or((String::new(), String::new()), |(title, details)| (link(title.words(), url), line(details)));
            format!("<p><strong>[{number}]</strong> {title}{details}</p><blockquote>{}</blockquote>", quoted.join("<br>"))
        }
        Block::Pointers(pointers) => {
            let items = pointers.iter().map(|p| format!("<li>{}</li>", link(&p.label, &p.url)));
            format!("<ul>{}</ul>", items.collect::<String>())
        }
        Block::List(items) => {
            let items = items.iter().map(|item| format!("<li>{}</li>", line(item)));
            format!("<ul>{}</ul>", items.collect::<String>())
        }
    }
}

fn line(spans: &[Span]) -> String {
    let shown = spans.iter().map(|span| match span {
        Span::Plain(s) | Span::Faint(s) => escaped(s),
        Span::Strong(s) => format!("<strong>{}</strong>", escaped(s)),
        Span::Code(s) => format!("<code>{}</code>", escaped(s)),
        Span::Link { text, url } => link(text, url),
    });
    shown.collect()
}

fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    escape_html(&mut html, text).expect("a String takes all text");
    html
}

/// Whether an address may become a link: a web or mail address, and nothing that a browser would carry out.
pub(crate) fn is_link(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default().to_lowercase();
    matches!(scheme.as_str(), "http" | "https" | "mailto")
}

fn link(text: &str, url: &str) -> String {
    if !is_link(url) {
        return escaped(text);
    }
    let mut href = String::with_capacity(url.len());
    escape_href(&mut href, url).expect("a String takes all text");
    format!("<a href=\"{href}\">{}</a>", escaped(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Pointer;

    #[test]
    fn text_from_outside_stays_text() {
        let evil = "<script>alert(1)</script> & \"x\"";
        let shown = html(&[Block::Text(vec![Span::Plain(evil.to_owned()), Span::Strong("<b>".to_owned())])]);
        assert_eq!(shown, "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;<strong>&lt;b&gt;</strong></p>");
    }

    #[test]
    fn only_web_and_mail_addresses_become_links() {
        let pointer = |url: &str| Block::Pointers(vec![Pointer { label: "a<b".to_owned(), url: url.to_owned() }]);
        assert_eq!(html(&[pointer("javascript:alert(1)")]), "<ul><li>a&lt;b</li></ul>");
        assert_eq!(html(&[pointer("JavaScript:alert(1)")]), "<ul><li>a&lt;b</li></ul>");
        assert_eq!(
            html(&[pointer("https://x.org/\"><img>")]),
            "<ul><li><a href=\"https://x.org/%22%3E%3Cimg%3E\">a&lt;b</a></li></ul>"
        );
    }

    #[test]
    fn a_quote_is_a_linked_source_and_a_blockquote() {
        let quote = Block::Quote {
            number: 1,
            source: vec![Span::Plain("1 Jan 2020 · T".to_owned()), Span::Faint(" · A".to_owned())],
            url: "https://x.org/t/".to_owned(),
            lines: vec![
                vec![Span::Plain("One. ".to_owned()), Span::Strong("Two.".to_owned())],
                vec![Span::Plain("- x".to_owned())],
            ],
        };
        assert_eq!(
            html(&[quote]),
            "<p><strong>[1]</strong> <a href=\"https://x.org/t/\">1 Jan 2020 · T</a> · A</p>\
             <blockquote>One. <strong>Two.</strong><br>- x</blockquote>"
        );
    }
}
