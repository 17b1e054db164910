//! What people ask, for who is logged in: charts, groups to unfold and to mark, a search.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use form_urlencoded::Serializer;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::answer::Verdict;
use crate::insight::{Mark, Overview, Question, Standing, Topic, Votes};
use crate::render::day;

use super::Page;
use super::blocks::{counted, link};
use super::charts::charts;
use super::desk::{Marking, Visitor};
use super::frame::{Frame, Place};
use super::login::{Fields, outside, see, sent, token_of};

/// Groups on one page.
const PER_PAGE: usize = 25;
/// Questions that a search lists: who finds more adds a word.
const MOST_FOUND: usize = 50;
/// Letters of a search that are read.
const MOST_SEARCHED: usize = 200;

/// Which groups are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// Those that the digest tells of.
    Told,
    /// Those that were marked.
    Marked,
}

/// What an address asks to see.
#[derive(derive_more::Debug)]
struct View {
    #[debug(skip)]
    search: String,
    which: Which,
    /// From 1.
    page: usize,
}

impl View {
    fn of(fields: &Fields) -> Self {
        Self {
            search: fields.get("q").trim().chars().filter(|letter| !letter.is_control()).take(MOST_SEARCHED).collect(),
            which: if fields.get("show") == "marked" { Which::Marked } else { Which::Told },
            page: fields.get("page").parse().unwrap_or(1).max(1),
        }
    }

    /// The address of this view with another list or page of it.
    fn address(&self, which: Which, page: usize) -> String {
        let mut fields = Serializer::new(String::new());
        if !self.search.is_empty() {
            fields.append_pair("q", &self.search);
        }
        if which == Which::Marked {
            fields.append_pair("show", "marked");
        }
        if page > 1 {
            fields.append_pair("page", &page.to_string());
        }
        let fields = fields.finish();
        if fields.is_empty() { "insight".to_owned() } else { format!("insight?{fields}") }
    }

    fn words(&self) -> Vec<String> {
        self.search.to_lowercase().split_whitespace().map(str::to_owned).collect()
    }
}

/// `/insight`.
pub(super) async fn page(State(page): State<Page>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some(visitor) = page.0.desk.visitor(&headers) else { return outside(&page) };
    let view = View::of(&Fields::read(query.as_deref().unwrap_or_default().as_bytes()));
    let frame = Frame { title: "Insight", place: Place::Insight, root: "", listed: false, inside: true };
    let Some(overview) = page.0.desk.overview().await else {
        let content = html! { h1 { "What people ask" } p.told role="alert" { (NOT_NOW) } };
        return (StatusCode::SERVICE_UNAVAILABLE, frame.around(&page, &content)).into_response();
    };
    match page.beside(move |_| shown(&overview, &view, &visitor)).await {
        Ok(content) => frame.around(&page, &content).into_response(),
        Err(refusal) => super::frame::refused(&page, refusal),
    }
}

const NOT_NOW: &str = "The bot has its hands full just now. Please try again in a few seconds.";

/// `/mark`: marks a group, or takes its mark back, and leads to where it was pressed.
pub(super) async fn mark(State(page): State<Page>, headers: HeaderMap, body: Body) -> Response {
    let (_, fields) = match sent(&page, &headers, body).await {
        Ok(sent) => sent,
        Err(response) => return *response,
    };
    let mark = match fields.get("mark") {
        "done" => Some(Mark::Done),
        "not-ours" => Some(Mark::NotOurs),
        "none" => None,
        _ => return not_done(&page, StatusCode::BAD_REQUEST, "It was not said as what to mark it."),
    };
    match page.0.desk.mark(fields.get("group"), mark).await {
        Marking::Done => {
            let view = View::of(&fields);
            see(&format!("{}#groups", view.address(view.which, view.page)), None)
        }
        Marking::Gone => not_done(&page, StatusCode::GONE, "That group is gone: it was answered, deleted, or is too old by now."),
        Marking::NotNow => not_done(&page, StatusCode::SERVICE_UNAVAILABLE, NOT_NOW),
    }
}

fn not_done(page: &Page, status: StatusCode, words: &str) -> Response {
    let frame = Frame { title: "Not done", place: Place::Insight, root: "", listed: false, inside: true };
    let content =
        html! { h1 { "That was not done" } p.told role="alert" { (words) } p { a href="insight" { "Back to what people ask" } } };
    (status, frame.around(page, &content)).into_response()
}

fn shown(overview: &Overview, view: &View, visitor: &Visitor) -> Markup {
    let words = view.words();
    html! {
        h1 { "What people ask" }
        (summary(overview))
        form role="search" action="insight" method="get" {
            label for="q" { "Search in what was asked" }
            div.field {
                input id="q" name="q" type="search" value=(view.search) maxlength=(MOST_SEARCHED) autocomplete="off";
                button { "Search" }
            }
        }
        @if words.is_empty() { (charts(&overview.weeks)) }
        (groups(overview, view, &words, visitor))
        @if !words.is_empty() { (found(overview, &words)) }
        (account(visitor))
    }
}

fn summary(overview: &Overview) -> Markup {
    let counts = overview.counts;
    html! {
        @if counts.asked == 0 {
            p { "No question is kept yet." }
        } @else {
            p { (counted(counts.asked, "question")) ": " (counts.answered) " answered, " (counts.nearest) " given the nearest passage, "
                (counts.not_in_posts) " not in the posts; " (counted(counts.voted_down, "answer")) " voted down." }
        }
        p.faint { "Without who asked. As of " (moment(overview.at)) "; all times are in UTC." }
    }
}

fn moment(at: Timestamp) -> String {
    let at = at.to_zoned(TimeZone::UTC);
    format!("{} {}", day(at.date()), at.strftime("%H:%M"))
}

fn on(at: Timestamp) -> String {
    day(at.to_zoned(TimeZone::UTC).date())
}

/// The groups of a view: those in which the words stand, marked or not.
fn groups(overview: &Overview, view: &View, words: &[String], visitor: &Visitor) -> Markup {
    let (told, marked): (Vec<&Topic>, Vec<&Topic>) = overview.topics_with(words).partition(|topic| topic.standing.is_told());
    let listed = if view.which == Which::Told { &told } else { &marked };
    let pages = listed.len().div_ceil(PER_PAGE).max(1);
    let page = view.page.min(pages);
    let tab = |which, name: &str, count: usize| {
        let here = (view.which == which).then_some("true");
        html! { a href={ (view.address(which, 1)) "#groups" } aria-current=[here] { (name) " (" (count) ")" } }
    };
    html! {
        h2 id="groups" { "Asked without a good answer" }
        nav.tabs aria-label="Groups of questions" { (tab(Which::Told, "Open", told.len())) (tab(Which::Marked, "Marked", marked.len())) }
        @if listed.is_empty() { p { (none(view.which, words.is_empty())) } }
        ol.topics {
            @for topic in listed.iter().skip((page - 1) * PER_PAGE).take(PER_PAGE) { li { (group(topic, view, visitor)) } }
        }
        @if pages > 1 {
            nav.leaf aria-label="Pages of the list" {
                @if page > 1 { a href={ (view.address(view.which, page - 1)) "#groups" } rel="prev" { "More often" } }
                span { "Page " (page) " of " (pages) }
                @if page < pages { a href={ (view.address(view.which, page + 1)) "#groups" } rel="next" { "Less often" } }
            }
        }
    }
}

fn none(which: Which, all: bool) -> &'static str {
    match (which, all) {
        (Which::Told, true) => "Nothing: all that was asked has a good answer, or was marked.",
        (Which::Marked, true) => "None is marked.",
        (_, false) => "In none of them do all of these words stand.",
    }
}

fn group(topic: &Topic, view: &View, visitor: &Visitor) -> Markup {
    html! {
        details {
            summary {
                span.asked dir="auto" { (topic.text) }
                span.faint { (times(topic)) @if let Some(words) = standing(topic.standing) { " · " strong { (words) } } }
            }
            @if !topic.wordings.is_empty() {
                h3 { "Also put as" }
                ul {
                    @for (text, count) in &topic.wordings {
                        li { span dir="auto" { (text) } @if *count > 1 { span.faint { " · " (count) " times" } } }
                    }
                }
                @if topic.more_wordings > 0 { p.faint { "… and in " (counted(topic.more_wordings, "other way")) } }
            }
            @if let Some(place) = &topic.nearest {
                p { "Nearest passage: " (link(&place.title, &place.url))
                    span.faint { @if let Some(date) = place.date { ", " (day(date)) } ", line " (place.lines.0) " of " (place.file) } }
            }
            p { "Asked in Matrix: "
                @for (at, (url, hour)) in topic.messages.iter().enumerate() { @if at > 0 { ", " } (link(&on(*hour), url)) }
            }
            (marking(topic, view, visitor))
        }
    }
}

fn times(topic: &Topic) -> String {
    let Topic { count, now, before, .. } = topic;
    let times = if *count == 1 { "once".to_owned() } else { format!("{count} times") };
    format!("{times} · {now} in these 7 days, {before} in the 7 before · last {}", on(topic.last))
}

fn standing(standing: Standing) -> Option<String> {
    match standing {
        Standing::Open => None,
        Standing::LeftOut(marked) => Some(format!("{}, {}", called(marked.mark), on(marked.at))),
        Standing::Again(marked, 1) => Some(format!("done {}, asked again since", on(marked.at))),
        Standing::Again(marked, times) => Some(format!("done {}, asked {times} times since", on(marked.at))),
    }
}

fn called(mark: Mark) -> &'static str {
    match mark {
        Mark::Done => "done",
        Mark::NotOurs => "not ours",
    }
}

/// Buttons that mark a group; what it is marked as already has none.
fn marking(topic: &Topic, view: &View, visitor: &Visitor) -> Markup {
    let left_out = match topic.standing {
        Standing::LeftOut(marked) => Some(marked.mark),
        Standing::Open | Standing::Again(..) => None,
    };
    html! {
        form action="mark" method="post" {
            (token_of(visitor))
            input type="hidden" name="group" value=(topic.id);
            input type="hidden" name="q" value=(view.search);
            input type="hidden" name="page" value=(view.page);
            @if view.which == Which::Marked { input type="hidden" name="show" value="marked"; }
            div.buttons {
                @if left_out != Some(Mark::Done) { button name="mark" value="done" { "Done" } }
                @if left_out != Some(Mark::NotOurs) { button name="mark" value="not-ours" { "Not ours" } }
                @if topic.mark().is_some() { button name="mark" value="none" { "Take the mark back" } }
            }
        }
    }
}

/// All questions in which the words stand, with a good answer or without.
fn found(overview: &Overview, words: &[String]) -> Markup {
    let mut found = overview.questions_with(words);
    let listed: Vec<&Question> = found.by_ref().take(MOST_FOUND).collect();
    let more = found.count();
    html! {
        h2 { "All questions with these words" }
        @if listed.is_empty() { p { "There are none." } }
        ul.found { @for question in &listed { li { span dir="auto" { (question.text) } span.faint { (fared(question)) } } } }
        @if more > 0 { p.faint { "… and " (more) " more" } }
    }
}

fn fared(question: &Question) -> String {
    let verdict = match question.verdict {
        Verdict::Answered => "answered",
        Verdict::Closest => "given the nearest passage",
        Verdict::NotInPosts => "not in the posts",
    };
    let Votes { helped, not } = question.votes;
    let votes = if helped + not > 0 { format!(" · {helped} for, {not} against") } else { String::new() };
    let since = if question.found { " · answered by a post since" } else { "" };
    format!("{} · {verdict}{votes}{since}", moment(question.hour))
}

fn account(visitor: &Visitor) -> Markup {
    html! {
        form.account action="logout" method="post" {
            (token_of(visitor))
            p.faint { "Logged in as " (visitor.user) }
            div.buttons {
                button { "Log out" }
                button name="everywhere" value="yes" { "Log out everywhere" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(query: &str) -> View {
        View::of(&Fields::read(query.as_bytes()))
    }

    #[test]
    fn any_address_is_a_view_and_a_view_has_an_address() {
        for (query, address) in [
            ("", "insight"),
            ("page=0", "insight"),
            ("page=7", "insight?page=7"),
            ("page=-1&show=x", "insight"),
            ("q=+a%0Ab+&show=marked&page=99999999999999999999999", "insight?q=ab&show=marked"),
            ("q=%22%3E%3Cb&page=2", "insight?q=%22%3E%3Cb&page=2"),
            ("q=%ff", "insight?q=%EF%BF%BD"),
        ] {
            let view = view(query);
            assert_eq!(view.address(view.which, view.page), address, "{query}");
        }
        assert_eq!(view(&format!("q={}", "ä".repeat(500))).search.chars().count(), MOST_SEARCHED);
        assert!(!format!("{:?}", view("q=flamingo")).contains("flamingo"));
    }
}
