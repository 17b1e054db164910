//! A post's markdown as lines of spans: the words untouched, the marks gone, the links kept.

use crate::corpus::{inline, plain};

use super::layout::Span;

/// The lines of an excerpt. Soft line breaks run on; items, rows and code keep their lines. The highlight is strong.
pub(super) fn lines(excerpt: &str, highlight: &str) -> Vec<Vec<Span>> {
    let start = excerpt.find(highlight).filter(|_| !highlight.is_empty()).unwrap_or(excerpt.len());
    let end = (start + highlight.len()).min(excerpt.len());
    let mut lines: Vec<Vec<Span>> = vec![Vec::new()];
    let mut fenced = false;
    let mut breaks = false;
    for (part, strong) in [(&excerpt[..start], false), (&excerpt[start..end], true), (&excerpt[end..], false)] {
        for (index, line) in part.split('\n').enumerate() {
            let fence = line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~");
            fenced ^= fence;
            breaks |= index > 0 && (fenced || fence || starts_line(line));
            if breaks && !fence && lines.last().is_some_and(|l| !l.is_empty()) {
                lines.push(Vec::new());
            }
            breaks = fence;
            if !fence && !is_rule(line) {
                let current = lines.last_mut().expect("there is always a line");
                let space = index > 0 && !current.is_empty() && !line.trim().is_empty();
                push(current, line, strong, space, fenced);
            }
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Whether a source line begins a new line to the reader.
fn starts_line(line: &str) -> bool {
    let text = line.trim_start();
    let numbered = text.trim_start_matches(|c: char| c.is_ascii_digit());
    text.is_empty()
        || line.starts_with("    ")
        || text.starts_with(['-', '*', '+', '|', '>', '$', '~'])
        || (numbered.len() < text.len() && numbered.starts_with(['.', ')']))
}

/// The line of dashes under a table's head.
fn is_rule(line: &str) -> bool {
    line.contains("--") && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
}

fn push(line: &mut Vec<Span>, markdown: &str, strong: bool, space: bool, verbatim: bool) {
    let markdown = markdown.replace('\t', "    ");
    let shown = if verbatim { markdown } else { with_links(&markdown) };
    let shown = if space { format!(" {}", shown.trim_start()) } else { shown };
    if shown.is_empty() {
        return;
    }
    line.push(if strong { Span::Strong(shown) } else { Span::Plain(shown) });
}

/// Links as `text (address)`, so that the text can be read and the address followed in any client.
fn with_links(markdown: &str) -> String {
    let shown = inline(markdown, |text, url| {
        let text = plain(text);
        if url.starts_with("http") && text != url { format!("{text} ({url})") } else { text.into_owned() }
    });
    shown.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(excerpt: &str, highlight: &str) -> Vec<String> {
        let text = |span: &Span| match span {
            Span::Strong(s) => format!("<{s}>"),
            other => other.words().to_owned(),
        };
        lines(excerpt, highlight).iter().map(|l| l.iter().map(text).collect()).collect()
    }

    #[test]
    fn soft_breaks_run_on_and_items_stay_apart() {
        assert_eq!(shown("One\ntwo. Three\nfour.", "Three\nfour."), ["One two. <Three>< four.>"]);
        assert_eq!(shown("It has:\n\n- one\n- two\n  more", "- one"), ["It has:", "<- one>", "- two more"]);
        assert_eq!(shown("| a | b |\n|---|---|\n| 1 | 2 |", "| 1 | 2 |"), ["| a | b |", "<| 1 | 2 |>"]);
    }

    #[test]
    fn code_keeps_its_lines_and_marks() {
        assert_eq!(shown("Run:\n\n```\n$ a *b*\n  c\n```\nDone **now**", "$ a *b*"), ["Run:", "<$ a *b*>", "  c", "Done now"]);
    }

    #[test]
    fn links_show_their_address() {
        assert_eq!(shown("the [site](https://x.org) and [#a](#b)", ""), ["the site (https://x.org) and #a"]);
    }
}
