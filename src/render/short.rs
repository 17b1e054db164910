//! An answer for a room that others read too: one line, one quotation, and the rest as links.

use crate::answer::{Answer, Citation, Pointer, Told};
use crate::corpus::{Opening, Sentence};

use super::block::{Block, Span};
use super::layout;
use super::{day, quotation};

/// How much of an answer is shown at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Quotations; one more where posts differ, or several things are asked for.
    pub citations: usize,
    /// Characters of a quotation, unless the sentence that answers is longer.
    pub length: usize,
}

impl Default for Shape {
    /// A quotation of some five lines on a phone.
    fn default() -> Self {
        Self { citations: 1, length: 350 }
    }
}

/// Places to go that are named in a line.
const MOST_POINTERS: usize = 2;

/// Which citations of an answer are quoted at first, by their index.
pub fn quoted_first(answer: &Answer, shape: Shape) -> Vec<usize> {
    let citations = answer.citations();
    let several = usize::from(answer.kind.asks_for_several() && matches!(answer.told, Told::Quoted { .. }));
    let most =
        if matches!(answer.told, Told::Pointed { .. }) { shape.citations.saturating_sub(1) } else { shape.citations + several };
    let mut quoted: Vec<usize> = (0..citations.len().min(most)).collect();
    if let Told::Quoted { newest: Some(newest), .. } | Told::Closest { newest: Some(newest), .. } = answer.told
        && !quoted.contains(&newest)
    {
        quoted.push(newest);
    }
    quoted
}

/// An answer in brief; `more` is what one types for the rest, which is named where it is given.
pub fn short(answer: &Answer, shape: Shape, more: Option<&str>) -> Vec<Block> {
    let quoted = quoted_first(answer, shape);
    let citations = answer.citations();
    let mut blocks = Vec::new();
    match &answer.told {
        Told::SmallTalk { .. } => return layout::layout(answer),
        Told::Pointed { pointers, .. } => blocks.extend(line("Go here:", pointers)),
        Told::Quoted { lead, .. } => {
            blocks.push(Block::text(lead.as_ref().map_or_else(|| "The posts say:".to_owned(), layout::lead)));
        }
        Told::Closest { .. } => blocks.push(Block::text("The posts may not say. Nearest I found:")),
        Told::NotInPosts { .. } => blocks.push(Block::text(layout::not_in_posts(answer))),
    }
    if let Some(about) = &answer.about {
        say_about(&mut blocks, about);
    }
    blocks.extend(quoted.iter().map(|&at| quote(at + 1, &citations[at], shape.length)));
    if let Told::Quoted { newest: Some(newest), .. } | Told::Closest { newest: Some(newest), .. } = answer.told {
        blocks.push(Block::text(layout::differing(citations, newest)));
    }
    blocks.extend(more.and_then(|more| others(citations, &quoted, more)));
    match &answer.told {
        Told::Quoted { pointers, .. } => blocks.extend(line("See also:", pointers)),
        Told::Closest { pointers, .. } | Told::NotInPosts { pointers } => blocks.extend(line("Ask or look here:", pointers)),
        Told::SmallTalk { .. } | Told::Pointed { .. } => {}
    }
    if let Some(note) = layout::corrections(answer) {
        blocks.push(Block::Text(vec![Span::Faint(note)]));
    }
    blocks
}

/// `About Harbor: the posts say …`, in the line that is there.
fn say_about(blocks: &mut Vec<Block>, about: &str) {
    let named = Span::Plain(format!("About {about}: "));
    match blocks.first_mut() {
        Some(Block::Text(spans)) => spans.insert(0, named),
        Some(Block::Quote { .. } | Block::Pointers(_) | Block::List(_)) | None => blocks.insert(0, Block::Text(vec![named])),
    }
}

/// What is not quoted, as one line of links.
fn others(citations: &[Citation], quoted: &[usize], more: &str) -> Option<Block> {
    let rest: Vec<usize> = (0..citations.len()).filter(|at| !quoted.contains(at)).collect();
    if rest.is_empty() {
        return None;
    }
    let mut spans = vec![Span::Plain("Also: ".to_owned())];
    for (place, &at) in rest.iter().enumerate() {
        let citation = &citations[at];
        spans.push(Span::Plain(format!("{}[{}] ", if place > 0 { " · " } else { "" }, at + 1)));
        let same = rest[..place].iter().chain(quoted).any(|&other| citations[other].url == citation.url);
        let words = match citation.date {
            // Of one post its day says enough, and its title stands above.
            Some(date) if same => day(date),
            _ => citation.title.clone(),
        };
        spans.push(Span::Link { text: words, url: citation.url.clone() });
    }
    spans.extend([Span::Plain(" – ".to_owned()), Span::Code(more.to_owned()), Span::Plain(" quotes them.".to_owned())]);
    Some(Block::Text(spans))
}

fn line(lead_in: &str, pointers: &[Pointer]) -> Option<Block> {
    if pointers.is_empty() {
        return None;
    }
    let mut spans = vec![Span::Plain(format!("{lead_in} "))];
    for (place, pointer) in pointers.iter().take(MOST_POINTERS).enumerate() {
        if place > 0 {
            spans.push(Span::Plain(" · ".to_owned()));
        }
        spans.push(Span::Link { text: pointer.label.clone(), url: pointer.url.clone() });
    }
    Some(Block::Text(spans))
}

/// A citation with its number, in at most so many characters.
pub fn quote(number: usize, citation: &Citation, length: usize) -> Block {
    let (sentences, answering) = cut(&citation.sentences, citation.highlighted, citation.brief_from, length);
    let undated = || citation.source.is_empty().then(|| "undated".to_owned());
    let mut place: Vec<String> = citation.date.map(day).or_else(undated).into_iter().collect();
    place.extend(Some(citation.source.clone()).filter(|source| !source.is_empty()));
    place.push(citation.title.clone());
    Block::Quote {
        number,
        source: vec![Span::Plain(place.join(" · "))],
        url: citation.url.clone(),
        lines: quotation::lines(&sentences, answering),
    }
}

/// The sentence that answers, with as much around it as there is room for: what it leans on first, of a list its lead-in, then what
/// follows, then what comes before.
fn cut(sentences: &[Sentence], answering: usize, leant_on: usize, length: usize) -> (Vec<Sentence>, usize) {
    let chars = |at: usize| sentences[at].plain.chars().count() + 1;
    let mut kept = vec![answering];
    let mut room = length.saturating_sub(chars(answering));
    let mut take = |at: usize, kept: &mut Vec<usize>| {
        let fits = !kept.contains(&at) && chars(at) <= room;
        if fits {
            room -= chars(at);
            kept.push(at);
        }
        fits
    };
    if is_item(&sentences[answering]) {
        // The nearest sentence before it that is no item leads into the list.
        if let Some(lead_in) = (0..answering).rev().find(|&at| !is_item(&sentences[at])) {
            take(lead_in, &mut kept);
        }
    } else {
        for at in (leant_on.min(answering)..answering).rev() {
            if !take(at, &mut kept) {
                break;
            }
        }
        for at in answering + 1..sentences.len() {
            if !take(at, &mut kept) {
                break;
            }
        }
        for at in (0..leant_on.min(answering)).rev() {
            if !take(at, &mut kept) {
                break;
            }
        }
    }
    kept.sort_unstable();
    let place = kept.iter().position(|&at| at == answering).unwrap_or_default();
    (kept.into_iter().map(|at| sentences[at].clone()).collect(), place)
}

fn is_item(sentence: &Sentence) -> bool {
    matches!(sentence.opening, Opening::Item(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;

    /// The sentences that are quoted of a post's body, the one that answers in marks.
    fn kept(body: &str, answering: usize, leant_on: usize, length: usize) -> String {
        let file = format!("---\ntitle: T\nauthor: A\ndate: 2020-01-02\n---\n\n{body}\n");
        let corpus = Corpus::from_files([("a.md", file.as_bytes())], "", &mut Vec::new());
        let (sentences, at) = cut(&corpus.passages[1].sentences, answering, leant_on, length);
        let shown = sentences.iter().enumerate().map(|(i, s)| if i == at { format!("<{}>", s.plain) } else { s.plain.clone() });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_quotation_grows_around_the_sentence_that_answers() {
        let body = "One is here. Two is here. Three is here. Four is here.";
        assert_eq!(kept(body, 1, 1, 5), "<Two is here.>", "the sentence that answers is never cut");
        assert_eq!(kept(body, 2, 1, 30), "Two is here. <Three is here.>", "what it leans on comes first");
        assert_eq!(kept(body, 1, 1, 30), "<Two is here.> Three is here.", "then what follows");
        assert_eq!(kept(body, 3, 3, 30), "Three is here. <Four is here.>", "then what comes before");
        assert_eq!(kept(body, 1, 1, 350), "One is here. <Two is here.> Three is here. Four is here.");
    }

    #[test]
    fn an_item_is_quoted_with_the_lead_in_of_its_list() {
        assert_eq!(kept("It brings:\n\n- one\n- two\n- three", 2, 0, 350), "It brings: <two>");
    }
}
