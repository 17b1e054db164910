//! Text for a terminal: wrapped to its width, the sentence that answers in bold.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use textwrap::Options;

use super::block::{Block, Span};

const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const NUMBER: Style = AnsiColor::Cyan.on_default().bold();
const ADDRESS: Style = AnsiColor::Blue.on_default().underline();

/// Blocks for a terminal of `width` columns, with ANSI styles, without a line end at its end.
pub fn terminal(blocks: &[Block], width: usize) -> String {
    blocks.iter().map(|b| block(b, width.max(40))).collect::<Vec<_>>().join("\n\n")
}

fn block(block: &Block, width: usize) -> String {
    match block {
        Block::Text(spans) => wrapped(spans, width, "", ""),
        Block::Quote { number, source, url, lines } => {
            let head = format!("{NUMBER}[{number}]{NUMBER:#} ");
            let mut shown = wrapped(source, width, &head, "    ");
            for quoted in lines {
                let _ = write!(shown, "\n{}", wrapped(quoted, width, "    │ ", "    │ "));
            }
            if !url.is_empty() {
                let _ = write!(shown, "\n    {ADDRESS}{url}{ADDRESS:#}");
            }
            shown
        }
        Block::Pointers(pointers) => {
            let shown = pointers.iter().map(|p| format!("  • {}\n    {ADDRESS}{}{ADDRESS:#}", p.label, p.url));
            shown.collect::<Vec<_>>().join("\n")
        }
        Block::List(items) => {
            let shown = items.iter().map(|item| wrapped(item, width, "  • ", "    "));
            shown.collect::<Vec<_>>().join("\n")
        }
    }
}

/// Wraps spans as one paragraph. Styles are opened and closed on every line, so that the margin stays plain.
fn wrapped(spans: &[Span], width: usize, first: &str, rest: &str) -> String {
    let text: String = spans.iter().map(Span::words).collect();
    // The first line's margin may hold styles, which take no columns: its width is the other lines'.
    let columns = if first.is_empty() { 0 } else { rest.chars().count().max(4) };
    let options = Options::new(width.saturating_sub(columns)).break_words(false);
    let mut styles = spans.iter().flat_map(|span| span.words().chars().map(|_| style(span)).collect::<Vec<_>>());
    let mut at = 0;
    let mut lines = Vec::new();
    for (index, line) in textwrap::wrap(&text, options).iter().enumerate() {
        let start = text[at..].find(line.as_ref()).map_or(at, |found| at + found);
        let skipped = text[at..start].chars().count();
        let mut line_styles = styles.by_ref().skip(skipped);
        let margin = if index == 0 { first } else { rest };
        lines.push(format!("{margin}{}", styled(line, &mut line_styles)));
        at = start + line.len();
    }
    lines.join("\n")
}

fn styled(line: &str, styles: &mut impl Iterator<Item = Style>) -> String {
    let mut shown = String::new();
    let mut current = Style::new();
    for (letter, style) in line.chars().zip(styles) {
        if style != current {
            let _ = write!(shown, "{current:#}{style}");
            current = style;
        }
        shown.push(letter);
    }
    let _ = write!(shown, "{current:#}");
    shown
}

fn style(span: &Span) -> Style {
    match span {
        Span::Plain(_) => Style::new(),
        Span::Strong(_) | Span::Code(_) => STRONG,
        Span::Faint(_) => FAINT,
        Span::Link { .. } => ADDRESS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_with_the_margin_plain_and_the_style_on_each_line() {
        let spans = [Span::Plain("one two ".to_owned()), Span::Strong("three four".to_owned())];
        let shown = wrapped(&spans, 15, "  │ ", "  │ ");
        assert_eq!(shown, format!("  │ one two\n  │ {STRONG}three four{STRONG:#}"));
    }
}
