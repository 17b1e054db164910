//! What an answer says, in order, before any format: mynah's own words stand here, and those of the brief
//! form in `short`.

use crate::answer::{Answer, Citation, Kind, Lead, Pointer, Step, Told};
use crate::search::TemporalEnd;

use super::block::{Block, Span};
use super::day;
use super::quotation;

/// The blocks of an answer.
pub fn layout(answer: &Answer) -> Vec<Block> {
    let mut blocks = match &answer.told {
        Told::SmallTalk { pointers } => {
            vec![Block::text(small_talk(answer.kind))].into_iter().chain(look_here(pointers)).collect()
        }
        Told::Pointed { pointers, citations } => {
            vec![Block::text("Go here:"), Block::Pointers(pointers.clone())].into_iter().chain(quoted(citations)).collect()
        }
        Told::Quoted { citations, lead, newest, pointers } => {
            let mut blocks: Vec<Block> = lead.iter().map(|told| Block::text(self::lead(told))).collect();
            blocks.extend(quoted(citations));
            blocks.extend(newest.map(|newest| Block::text(differing(citations, newest))));
            blocks.extend(beside("See also:", pointers));
            blocks
        }
        Told::Closest { citations, newest, pointers } => {
            let mut blocks = vec![Block::text("The posts may not say. The nearest they come:")];
            blocks.extend(quoted(citations));
            blocks.extend(newest.map(|newest| Block::text(differing(citations, newest))));
            blocks.extend(look_here(pointers));
            blocks
        }
        Told::NotInPosts { pointers } => vec![Block::text(not_in_posts(answer))].into_iter().chain(look_here(pointers)).collect(),
    };
    if let Some(about) = &answer.about {
        blocks.insert(0, Block::text(format!("About {about}:")));
    }
    if let Some(note) = corrections(answer) {
        blocks.push(Block::Text(vec![Span::Faint(note)]));
    }
    blocks
}

/// The first is quoted with what stands around it, the others in brief.
fn quoted(citations: &[Citation]) -> impl Iterator<Item = Block> + '_ {
    citations.iter().enumerate().map(|(index, citation)| quote(index + 1, citation, index > 0))
}

fn look_here(pointers: &[Pointer]) -> Vec<Block> {
    beside("Ask or look here:", pointers)
}

fn beside(lead_in: &str, pointers: &[Pointer]) -> Vec<Block> {
    match pointers {
        [] => Vec::new(),
        pointers => vec![Block::text(lead_in), Block::Pointers(pointers.to_vec())],
    }
}

fn small_talk(kind: Kind) -> &'static str {
    match kind {
        Kind::Thanks => "You're welcome.",
        Kind::AboutBot => {
            "I'm mynah, a bot. I answer questions by quoting the project's own posts, with date and link, and say so when they don't say."
        }
        Kind::Greeting
        | Kind::When
        | Kind::WhichRelease
        | Kind::Who
        | Kind::Author
        | Kind::Where
        | Kind::HowMany
        | Kind::HowLong
        | Kind::History
        | Kind::How
        | Kind::Why
        | Kind::Define
        | Kind::YesNo
        | Kind::List
        | Kind::What => "Hello! Ask me anything about the project: I answer with quotes from its posts.",
    }
}

pub(super) fn not_in_posts(answer: &Answer) -> String {
    match answer.unknown.as_slice() {
        [] => "The posts don't say.".to_owned(),
        words => format!("The posts don't say. They never mention {}.", either(words)),
    }
}

fn either(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().take(4).map(|word| format!("“{word}”")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// `First reported 8 Nov 2021 (6.0 release cycle) [1], then 13 Dec 2022 (8.0 release) [2].`, or where the sentences name dates
/// `August 2020 (reported 4 Jan 2021; 4.0) [1].`
pub(super) fn lead(lead: &Lead) -> String {
    let said = lead.steps.iter().any(|step| !step.said.is_empty());
    let (first, next) = match (lead.edge, said) {
        (TemporalEnd::First, false) => ("First reported ", "then "),
        (TemporalEnd::Last, false) => ("Last reported ", "before that "),
        (TemporalEnd::Any, false) => ("Reported ", "also "),
        (TemporalEnd::First, true) => ("First: ", "then "),
        (TemporalEnd::Last, true) => ("Last: ", "before that "),
        (TemporalEnd::Any, true) => ("", "also "),
    };
    let steps: Vec<String> = lead.steps.iter().map(|step| if said { dated(step) } else { reported(step) }).collect();
    capitalised(&format!("{first}{}.", steps.join(&format!(", {next}"))))
}

fn reported(step: &Step) -> String {
    let releases = if step.releases.is_empty() { String::new() } else { format!(" ({})", step.releases.join(", ")) };
    format!("{}{releases} [{}]", day(step.date), step.citation + 1)
}

/// The sentence's own dates before the post's.
fn dated(step: &Step) -> String {
    if step.said.is_empty() {
        return format!("reported {}", reported(step));
    }
    let releases: String = step.releases.iter().map(|release| format!("; {release}")).collect();
    format!("{} (reported {}{releases}) [{}]", step.said.join(", "), day(step.date), step.citation + 1)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

pub(super) fn differing(citations: &[Citation], newest: usize) -> String {
    let date = citations.get(newest).and_then(|c| c.date).map(|d| format!(" of {}", day(d))).unwrap_or_default();
    format!("The posts differ; the newest is [{}]{date}.", newest + 1)
}

pub(super) fn corrections(answer: &Answer) -> Option<String> {
    let read: Vec<String> = answer.corrections.iter().map(|(typed, meant)| format!("“{typed}” as “{meant}”")).collect();
    (!read.is_empty()).then(|| format!("I read {}.", read.join(", ")))
}

/// The blocks of further citations, which are numbered from `first` on.
pub fn quotes(first: usize, citations: &[Citation]) -> Vec<Block> {
    citations.iter().enumerate().map(|(index, citation)| quote(first + index, citation, false)).collect()
}

fn quote(number: usize, citation: &Citation, brief: bool) -> Block {
    // A page of the docs has no date, and that is nothing to speak of.
    let undated = || citation.source.is_empty().then(|| "undated".to_owned());
    let mut place: Vec<String> = citation.date.map(day).or_else(undated).into_iter().collect();
    place.extend(Some(citation.source.clone()).filter(|source| !source.is_empty()));
    let mut title = vec![citation.title.clone()];
    title.extend(citation.section.iter().cloned());
    place.push(title.join(" › "));
    let mut details = String::new();
    if !citation.authors.is_empty() {
        details = format!(" · {}", citation.authors.join(", "));
    }
    if citation.repeated_in > 0 {
        let posts = if citation.repeated_in == 1 { "post" } else { "posts" };
        details.push_str(&format!(" · also in {} older {posts}", citation.repeated_in));
    }
    let last = citation.brief().len() - 1;
    Block::Quote {
        number,
        source: vec![Span::Plain(place.join(" · ")), Span::Faint(details)],
        url: citation.url.clone(),
        lines: if brief {
            quotation::lines(citation.brief(), last)
        } else {
            quotation::lines(&citation.sentences, citation.highlighted)
        },
    }
}
