//! Plain text: for pipes, files, and a message's plain body.

use crate::answer::Answer;

use super::layout::{Block, Span, layout};

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
            format!("[{number}] {}{quoted}\n{url}", line(source))
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
    let shown = spans.iter().map(|span| match span {
        Span::Plain(s) | Span::Faint(s) => s.clone(),
        Span::Strong(s) => strong(s),
        Span::Code(s) => format!("`{s}`"),
        Span::Link { text, url } => format!("{text} ({url})"),
    });
    // Two strong spans in a row are one sentence over a soft line break.
    shown.collect::<String>().replace("** **", " ")
}
