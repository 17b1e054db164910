//! Plain text: for pipes, files, and a message's plain body.

use crate::answer::Answer;

use super::block::{Block, Span};
use super::layout::layout;

/// An answer as plain text, unwrapped, without a line end at its end; the sentence that answers stands in `**`.
pub fn plain(answer: &Answer) -> String {
    plain_blocks(&layout(answer))
}

/// Blocks as plain text.
pub fn plain_blocks(blocks: &[Block]) -> String {
    blocks.iter().map(block).collect::<Vec<_>>().join("\n\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Text(spans) => line(spans),
        Block::Quote { number, source, url, lines } => {
            let quoted: String = lines.iter().map(|l| format!("\n> {}", line(l))).collect();
            let address = if url.is_empty() { String::new() } else { format!("\n{url}") };
            format!("[{number}] {}{quoted}{address}", line(source))
        }
        Block::Pointers(pointers) => pointers.iter().map(|p| format!("- {}: {}", p.label, p.url)).collect::<Vec<_>>().join("\n"),
        Block::List(items) => items.iter().map(|item| format!("- {}", line(item))).collect::<Vec<_>>().join("\n"),
    }
}

fn line(spans: &[Span]) -> String {
    let strong = |s: &str| {
        let (inner, space) = (s.trim_start(), &s[..s.len() - s.trim_start().len()]);
        format!("{space}**{inner}**")
    };
    let span = |span: &Span| match span {
        Span::Plain(s) | Span::Faint(s) => s.clone(),
        Span::Strong(s) => strong(s),
        Span::Code(s) => format!("`{s}`"),
        Span::Link { text, url } => format!("{text} ({url})"),
    };
    // Two strong spans in a row are one sentence over a soft line break.
    let runs = spans.chunk_by(|one, next| matches!((one, next), (Span::Strong(_), Span::Strong(_))));
    runs.map(|run| match run {
        [one] => span(one),
        several => strong(&several.iter().map(Span::words).collect::<String>()),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_over_a_soft_line_break_is_strong_once_and_stars_that_are_quoted_stay() {
        let strong = |words: &str| Span::Strong(words.to_owned());
        assert_eq!(line(&[strong("One"), strong(" sentence.")]), "**One sentence.**");
        assert_eq!(line(&[Span::Plain("a ** ** b ".to_owned()), strong("c")]), "a ** ** b **c**");
    }

    #[test]
    fn a_quotation_without_an_address_ends_with_its_words() {
        let quote = |url: &str| {
            let lines = vec![vec![Span::Plain("One.".to_owned())]];
            Block::Quote { number: 1, source: vec![Span::Plain("T".to_owned())], url: url.to_owned(), lines }
        };
        assert_eq!(plain_blocks(&[quote("")]), "[1] T\n> One.");
        assert_eq!(plain_blocks(&[quote("https://x.org/")]), "[1] T\n> One.\nhttps://x.org/");
    }
}
