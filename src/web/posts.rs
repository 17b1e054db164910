//! What is read: the posts with their passages, the files that are left out and why, and what is wrong in them.

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use form_urlencoded::byte_serialize;
use maud::{Markup, html};

use crate::corpus::{Corpus, Diagnostic, LeftOut, Passage, PassageKind, Post, PostId, Severity};
use crate::insight::Cited;
use crate::render::{day, passage};

use super::blocks::{counted, link, quoted};
use super::frame::{self, Frame, Place};
use super::{Page, Shown};

/// Posts on one page of the list.
const PER_PAGE: usize = 100;
/// Files that are listed of one reason, and findings of one kind: more make no difference.
const MOST_LISTED: usize = 200;

/// `/posts`: the newest first, a page of them with `?page=`.
pub(super) async fn list(State(page): State<Page>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let inside = page.0.desk.visitor(&headers).is_some();
    let number = value(query.as_deref(), "page").and_then(|number| number.parse().ok()).unwrap_or(1);
    let shown = page.shown();
    match page.beside(move |page| listed(&shown, page.0.desk.cited().as_deref(), number)).await {
        Ok(content) => {
            let frame = Frame { title: "Posts", place: Place::Posts, root: "", listed: true, inside };
            frame.around(&page, &content).into_response()
        }
        Err(refusal) => frame::refused(&page, refusal),
    }
}

/// `/post?file=`: one post's passages.
pub(super) async fn one(State(page): State<Page>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let inside = page.0.desk.visitor(&headers).is_some();
    let file = value(query.as_deref(), "file").unwrap_or_default();
    let shown = page.shown();
    let found = page.beside(move |page| {
        let corpus = shown.engine.corpus();
        let id = corpus.posts.iter().position(|post| post.file == file)?;
        Some((corpus.posts[id].title.clone(), passages(&shown, page.0.desk.cited().as_deref(), id)))
    });
    match found.await {
        Ok(Some((title, content))) => {
            let frame = Frame { title: &title, place: Place::Posts, root: "", listed: true, inside };
            frame.around(&page, &content).into_response()
        }
        Ok(None) => frame::nothing(&page, "/post", "No such post is read."),
        Err(refusal) => frame::refused(&page, refusal),
    }
}

/// What stands behind the `?` of an address under a name.
fn value(query: Option<&str>, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The address of a post's page.
fn address(post: &Post) -> String {
    format!("post?file={}", byte_serialize(post.file.as_bytes()).collect::<String>())
}

fn listed(shown: &Shown, cited: Option<&Cited>, number: usize) -> Markup {
    let corpus = shown.engine.corpus();
    let mut passages = vec![0; corpus.posts.len()];
    for passage in corpus.passages.iter().filter(|passage| passage.kind == PassageKind::Body) {
        passages[passage.post] += 1;
    }
    let mut newest: Vec<PostId> = (0..corpus.posts.len()).collect();
    newest.sort_by_key(|&id| std::cmp::Reverse(corpus.posts[id].date));
    let pages = newest.len().div_ceil(PER_PAGE);
    let number = number.clamp(1, pages.max(1));
    html! {
        h1 { "What is read" }
        p { (counted(corpus.posts.len(), "post")) " with " (counted(passages.iter().sum(), "passage")) ", "
            (counted(corpus.left_out.len(), "file")) " left out, " (findings(&shown.diagnostics)) "." }
        @if let Some(why) = &shown.held_back {
            p.told { "The posts were read again since, and held back: " (why) ". These are the ones before." }
        }
        h2 { "Posts" }
        ol.posts start=((number - 1) * PER_PAGE + 1) {
            @for &id in newest.iter().skip((number - 1) * PER_PAGE).take(PER_PAGE) {
                @let post = &corpus.posts[id];
                li { a href=(address(post)) { (post.title) } " " span.faint { (about(post)) " · " (counted(passages[id], "passage"))
                    @if let Some(cited) = cited { " · " (times(cited.post(&post.file))) } } }
            }
        }
        @if pages > 1 { (leaf_through(number, pages)) }
        (left_out(&corpus.left_out))
        (diagnostics(&shown.diagnostics))
    }
}

/// How often answers that are kept have cited something.
fn times(count: usize) -> String {
    match count {
        0 => "not cited".to_owned(),
        1 => "cited once".to_owned(),
        count => format!("cited {count} times"),
    }
}

/// Day, source and authors of a post, as far as it has them.
fn about(post: &Post) -> String {
    let authors = post.authors.join(", ");
    let parts = [post.date.map_or_else(|| "undated".to_owned(), day), post.source.clone(), authors];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn leaf_through(number: usize, pages: usize) -> Markup {
    html! {
        nav.leaf aria-label="Pages of the list" {
            @if number > 1 { a href={ "posts?page=" (number - 1) } rel="prev" { "Newer" } }
            span { "Page " (number) " of " (pages) }
            @if number < pages { a href={ "posts?page=" (number + 1) } rel="next" { "Older" } }
        }
    }
}

/// Files that are no posts, by reason.
fn left_out(files: &[LeftOut]) -> Markup {
    let mut reasons: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for LeftOut { file, reason } in files {
        reasons.entry(*reason).or_default().push(file);
    }
    html! {
        h2 { "Left out" }
        @if reasons.is_empty() { p { "Nothing: every file is read." } }
        @for (reason, files) in reasons {
            details { summary { (reason) ": " (files.len()) } (rows(files.into_iter().map(str::to_owned))) }
        }
    }
}

/// How many things are wrong, in words.
fn findings(all: &[Diagnostic]) -> String {
    let wrong = all.iter().filter(|found| found.severity == Severity::Error).count();
    let odd = all.len() - wrong;
    match (wrong, odd) {
        (0, 0) => "nothing wrong".to_owned(),
        (0, odd) => format!("nothing wrong, {odd} odd"),
        (wrong, 0) => format!("{wrong} wrong"),
        (wrong, odd) => format!("{wrong} wrong, {odd} odd"),
    }
}

fn diagnostics(all: &[Diagnostic]) -> Markup {
    let of = |severity: Severity| {
        let found = all.iter().filter(move |found| found.severity == severity);
        found.map(|found| format!("{}:{}: {}", found.file, found.line, found.message)).collect::<Vec<_>>()
    };
    let (wrong, odd) = (of(Severity::Error), of(Severity::Warning));
    html! {
        h2 { "What was found" }
        @if wrong.is_empty() && odd.is_empty() { p { "Nothing is wrong in the posts." } }
        @if !wrong.is_empty() {
            h3 { "Wrong: quotations lack something" }
            (rows(wrong.into_iter()))
        }
        @if !odd.is_empty() {
            details { summary { "Odd, and repaired on reading: " (odd.len()) } (rows(odd.into_iter())) }
        }
    }
}

fn rows(lines: impl ExactSizeIterator<Item = String>) -> Markup {
    let more = lines.len().saturating_sub(MOST_LISTED);
    html! {
        ul.files {
            @for line in lines.take(MOST_LISTED) { li { (line) } }
            @if more > 0 { li { "… and " (more) " more, which `mynah check` lists" } }
        }
    }
}

/// One post: where it stands, and its passages as they are searched and quoted.
fn passages(shown: &Shown, cited: Option<&Cited>, id: PostId) -> Markup {
    let corpus = shown.engine.corpus();
    let post = &corpus.posts[id];
    let found: Vec<String> = shown.diagnostics.iter().filter(|found| found.file == post.file).map(ToString::to_string).collect();
    html! {
        h1 { (post.title) }
        p.faint { (about(post)) }
        p { @if post.url.is_empty() { "It has no address that can be told." } @else { (link(&post.url, &post.url)) } }
        @if !found.is_empty() { (rows(found.into_iter())) }
        h2 { "Passages" }
        ol.passages {
            @for passage in corpus.passages.iter().filter(|passage| passage.post == id) { (searched(corpus, passage, cited)) }
            @for (passage, lines) in elsewhere(corpus, id) {
                li {
                    p.faint { (in_lines(lines)) ": the same as in " a href=(address(corpus.post(passage))) { (corpus.post(passage).title) }
                        ", which is quoted in its place" }
                }
            }
        }
    }
}

fn searched(corpus: &Corpus, searched: &Passage, cited: Option<&Cited>) -> Markup {
    let post = corpus.post(searched);
    let place = match searched.kind {
        PassageKind::FrontMatter => "front matter".to_owned(),
        PassageKind::Body => searched.section.join(" › "),
    };
    html! {
        li {
            p.faint { @if !place.is_empty() { (place) " · " } (in_lines(searched.lines)) " of " (post.file)
                @if !searched.repeats.is_empty() { " · also in " (counted(searched.repeats.len(), "older post")) }
                @if let Some(cited) = cited { " · " (times(cited.passage(&post.file, searched.lines))) } }
            blockquote { (quoted(&passage(&searched.sentences))) }
        }
    }
}

/// Passages of a newer post that stand in this one too, with their lines here.
fn elsewhere(corpus: &Corpus, id: PostId) -> impl Iterator<Item = (&Passage, (usize, usize))> {
    corpus.passages.iter().flat_map(move |passage| {
        passage.repeats.iter().filter(move |place| place.post == id).map(move |place| (passage, place.lines))
    })
}

fn in_lines((first, last): (usize, usize)) -> String {
    if first == last { format!("line {first}") } else { format!("lines {first}–{last}") }
}
