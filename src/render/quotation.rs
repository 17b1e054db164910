//! Quoted sentences as lines of spans: what a reader of the post sees of them, with the addresses of their links.

use crate::corpus::{Opening, Sentence, SentenceKind};

use super::block::Span;

/// The lines of quoted sentences. Running text runs on; items, rows and code keep their lines. The one that answers is strong.
pub(super) fn lines(sentences: &[Sentence], answering: usize) -> Vec<Vec<Span>> {
    let mut lines: Vec<Vec<Span>> = Vec::new();
    for (index, sentence) in sentences.iter().enumerate() {
        let words = words(sentence);
        match lines.last_mut().filter(|_| sentence.opening == Opening::RunsOn) {
            Some(line) => line.push(Span::Plain(" ".to_owned())),
            None => lines.push(Vec::new()),
        }
        let span = if index == answering { Span::Strong(words) } else { Span::Plain(words) };
        lines.last_mut().expect("a line was begun").push(span);
    }
    lines
}

/// The lines of a passage as it stands, with no sentence that answers.
pub fn passage(sentences: &[Sentence]) -> Vec<Vec<Span>> {
    lines(sentences, sentences.len())
}

/// A sentence's words, after the marker of its item, with links as `text (address)`: they can be read and followed anywhere.
fn words(sentence: &Sentence) -> String {
    let mut words = match &sentence.opening {
        Opening::Item(marker) => marker.clone(),
        Opening::RunsOn | Opening::Line => String::new(),
    };
    let mut at = 0;
    for link in &sentence.links {
        words.push_str(&sentence.plain[at..link.text.end]);
        at = link.text.end;
        if link.url.starts_with("http") && sentence.plain[link.text.clone()] != link.url {
            words.push_str(&format!(" ({})", link.url));
        }
    }
    words.push_str(&sentence.plain[at..]);
    if sentence.kind == SentenceKind::Row { format!("| {words} |") } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;

    fn shown(body: &str, answering: usize) -> Vec<String> {
        let file = format!("---\ntitle: T\nauthor: A\ndate: 2020-01-02\n---\n\n{body}\n");
        let corpus = Corpus::from_files([("a.md", file.as_bytes())], "https://x.org/{slug}/", &mut Vec::new());
        let text = |span: &Span| match span {
            Span::Strong(s) => format!("<{s}>"),
            other => other.words().to_owned(),
        };
        lines(&corpus.passages[1].sentences, answering).iter().map(|l| l.iter().map(text).collect()).collect()
    }

    #[test]
    fn soft_breaks_run_on_and_items_stay_apart() {
        assert_eq!(shown("One\ntwo. Three\nfour.", 1), ["One two. <Three four.>"]);
        assert_eq!(shown("It has:\n\n- one\n  1. inner\n- two\n  more", 1), ["It has:", "<- one>", "  1. inner", "- two more"]);
        assert_eq!(shown("| a | b |\n|---|---|\n| 1 | 2 |", 1), ["| a | b |", "<| 1 | 2 |>"]);
    }

    #[test]
    fn code_keeps_its_lines_and_marks() {
        assert_eq!(shown("Run:\n\n```\n$ a *b*\n  c\n```", 1), ["Run:", "<$ a *b*>", "  c"]);
    }

    #[test]
    fn links_show_their_address() {
        assert_eq!(
            shown("the [site](https://y.org) and [#a](#b), <https://z.org>", 9),
            ["the site (https://y.org) and #a (https://x.org/a/#b), https://z.org"]
        );
    }
}
