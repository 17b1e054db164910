//! Questions: a form, an address for each question, and the same answers as JSON.

use std::time::Instant;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::json;

use crate::answer::{Asked, Engine, MAX_QUESTION_CHARS, Question};
use crate::chat::{Foreign, foreign};
use crate::render::{self, AnswerJson, Block, day};

use super::asking::{Refusal, Typed};
use super::blocks::{blocks, link};
use super::connections::Peer;
use super::frame::{Frame, Place, with_status};
use super::limits::asker;
use super::{Page, Via};

/// `/`: the form; with `?q=` the answer too.
pub(super) async fn page(
    State(page): State<Page>,
    Extension(peer): Extension<Peer>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let begun = Instant::now();
    let typed = Typed::read(query.as_deref());
    let inside = page.0.desk.visitor(&headers).is_some();
    if typed.question.is_empty() {
        let frame = Frame { title: "Ask", place: Place::Ask, root: "", listed: true, inside };
        return frame.around(&page, &beginning(&page)).into_response();
    }
    let found = found(&page, &typed, peer, &headers, |page, question| answered(page, &page.engine(), question)).await;
    let title = beginning_of(&typed.question);
    let frame = Frame { title: &title, place: Place::Ask, root: "", listed: false, inside };
    match found {
        Ok(answer) => {
            let shown = frame.around(&page, &html! { (form(&typed.question)) (answer) });
            page.0.metrics.took(begun.elapsed());
            shown.into_response()
        }
        Err(refusal) => {
            let typed = if refusal == Refusal::Unreadable { "" } else { typed.question.as_str() };
            let told = html! { (form(typed)) h1 { "That can't be answered" } p.told role="alert" { (refusal.words()) } };
            with_status(refusal, frame.around(&page, &told))
        }
    }
}

/// `/api/ask?q=`: the JSON of `mynah ask --format json`.
pub(super) async fn api(
    State(page): State<Page>,
    Extension(peer): Extension<Peer>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let begun = Instant::now();
    let typed = Typed::read(query.as_deref());
    let found = found(&page, &typed, peer, &headers, in_json).await;
    const KIND: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];
    match found {
        Ok(answer) => {
            page.0.metrics.took(begun.elapsed());
            (KIND, answer).into_response()
        }
        Err(refusal) => with_status(refusal, (KIND, json!({ "error": refusal.words() }).to_string())),
    }
}

/// What is found for a question by whoever stands at the other end, if they may ask it.
async fn found<T: Send + 'static>(
    page: &Page,
    typed: &Typed,
    peer: Peer,
    headers: &HeaderMap,
    answer: impl FnOnce(&Page, &Question) -> T + Send + 'static,
) -> Result<T, Refusal> {
    let question = page.question(typed, asker(peer.0, headers, page.0.forwarded))?;
    page.beside(move |page| answer(page, &question)).await
}

fn in_json(page: &Page, question: &Question) -> String {
    let (asked, took) = page.ask(&page.engine(), question, Via::Api);
    serde_json::to_string_pretty(&AnswerJson::new(&asked.answer, took)).expect("texts and numbers are JSON")
}

/// A question as the heading, what is said to it, and how that was chosen.
fn answered(page: &Page, engine: &Engine, question: &Question) -> Markup {
    let (said, asked) = match foreign(&question.text, |word| engine.holds(word)) {
        Some(foreign) => in_english(page, engine, question, &foreign),
        None => {
            let (asked, _) = page.ask(engine, question, Via::Page);
            (blocks(&render::layout(&asked.answer)), Some(asked))
        }
    };
    let why = asked.filter(|asked| !asked.answer.kind.is_small_talk()).map(|asked| render::why(&engine.explain(&asked)));
    html! {
        article {
            h1 dir="auto" { (question.text) }
            (said)
            @if let Some(why) = why { details { summary { "Why this answer?" } (blocks(&why)) } }
        }
    }
}

/// To a question in another language: that the posts are in English, and what they say of the names in it, as in a room.
fn in_english(page: &Page, engine: &Engine, question: &Question, foreign: &Foreign) -> (Markup, Option<Asked>) {
    let told = html! { p lang=(foreign.language) { (foreign.line) } };
    if foreign.names.is_empty() {
        return (told, None);
    }
    let names = Question { text: foreign.names.clone(), ..question.clone() };
    let (asked, _) = page.ask(engine, &names, Via::Page);
    if asked.answer.citations().is_empty() {
        return (told, None);
    }
    // What is said first of an answer is said in that language.
    let answer: Vec<Block> =
        render::layout(&asked.answer).into_iter().skip_while(|block| matches!(block, Block::Text(_))).collect();
    (html! { (told) p lang=(foreign.language) { (foreign.found) } (blocks(&answer)) }, Some(asked))
}

/// Before anything is asked: the form, and where answers come from.
fn beginning(page: &Page) -> Markup {
    let engine = page.engine();
    let places: Vec<_> = engine.pointers().iter().collect();
    html! {
        h1 { "Ask " @if page.0.project.is_empty() { "the posts" } @else { "about " (page.0.project) } }
        (form(""))
        p.faint { (read(&engine)) }
        @if !places.is_empty() {
            h2 { "Places to know" }
            ul.places { @for place in places { li { (link(&place.label, &place.url)) } } }
        }
    }
}

/// What answers are quoted from, in a sentence or two.
fn read(engine: &Engine) -> String {
    let posts = &engine.corpus().posts;
    let count = if posts.len() == 1 { "1 post".to_owned() } else { format!("{} posts", posts.len()) };
    let newest = posts.iter().filter_map(|post| post.date).max().map(|date| format!(", the newest of {}", day(date)));
    format!(
        "Answers are quoted from {count}{}, with date and link. Where the posts don't say, you hear that.",
        newest.unwrap_or_default()
    )
}

fn form(question: &str) -> Markup {
    html! {
        form role="search" action="./" method="get" {
            label for="q" { "Your question" }
            div.field {
                input id="q" name="q" type="search" value=(question) maxlength=(MAX_QUESTION_CHARS) required autocomplete="off"
                    enterkeyhint="search";
                button { "Ask" }
            }
        }
    }
}

/// A question as a title: tabs and bookmarks show no more.
fn beginning_of(question: &str) -> String {
    const MOST_CHARS: usize = 80;
    match question.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", &question[..end]),
        None => question.to_owned(),
    }
}
