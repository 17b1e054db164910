//! What stands around every page, and the headers of every response.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::Page;
use super::asking::Refusal;

/// A page of its own in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Questions.
    Ask,
    /// Posts.
    Posts,
    /// What people ask.
    Insight,
    /// None of them.
    Elsewhere,
}

/// A whole page.
pub(super) struct Frame<'a> {
    /// Before the bot's name in the title.
    pub title: &'a str,
    /// Which page is shown.
    pub place: Place,
    /// How the root is reached from it: empty for all pages that there are.
    pub root: &'a str,
    /// Whether search engines may list it: a page of each question that anybody thinks of is of no use to them.
    pub listed: bool,
    /// Whether it is shown to who is logged in.
    pub inside: bool,
}

impl Frame<'_> {
    /// The page around its content, which begins with a heading of the first level.
    pub(super) fn around(&self, page: &Page, content: &Markup) -> Html<String> {
        let Self { title, root, listed, .. } = self;
        let shown = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    @if !listed { meta name="robots" content="noindex"; }
                    title { (title) " · mynah" }
                    link rel="icon" href={ (root) "icon.svg" } type="image/svg+xml";
                    link rel="stylesheet" href={ (root) "style.css" };
                }
                body {
                    a.skip href="#content" { "Skip to the content" }
                    (self.header(page))
                    main id="content" { (content) }
                    (self.footer(page))
                }
            }
        };
        Html(shown.into_string())
    }

    fn header(&self, page: &Page) -> Markup {
        let Self { place, root, inside, .. } = self;
        let here = |other: Place| (*place == other).then_some("page");
        let home = format!("{root}./");
        html! {
            header {
                a.name href=(home) { img src={ (root) "icon.svg" } alt="" width="28" height="28"; "mynah" }
                nav aria-label="Pages" {
                    @if page.0.asks { a href=(home) aria-current=[here(Place::Ask)] { "Ask" } }
                    a href={ (root) "posts" } aria-current=[here(Place::Posts)] { "Posts" }
                    @if *inside { a href={ (root) "insight" } aria-current=[here(Place::Insight)] { "Insight" } }
                }
            }
        }
    }

    fn footer(&self, page: &Page) -> Markup {
        let root = self.root;
        html! {
            footer {
                p {
                    "Quotations stand word for word in the posts. "
                    @if page.0.asks { a href={ (root) "api/openapi.json" } { "For scripts" } }
                }
            }
        }
    }
}

/// That there is nothing at an address; `path` is the address.
pub(super) fn nothing(page: &Page, path: &str, words: &str) -> Response {
    // Links are relative, and this page may stand at any depth.
    let depth = path.matches('/').count().saturating_sub(1).min(MOST_STEPS);
    let frame =
        Frame { title: "Nothing here", place: Place::Elsewhere, root: &"../".repeat(depth), listed: false, inside: false };
    let content = html! { h1 { "Nothing here" } p { (words) } };
    (StatusCode::NOT_FOUND, frame.around(page, &content)).into_response()
}

/// Steps up that are written; who types a longer address finds the way back.
const MOST_STEPS: usize = 32;

/// A refusal where there is no form to show it beside.
pub(super) fn refused(page: &Page, refusal: Refusal) -> Response {
    let frame = Frame { title: "Not now", place: Place::Elsewhere, root: "", listed: false, inside: false };
    let content = html! { h1 { "Not now" } p.told role="alert" { (refusal.words()) } };
    with_status(refusal, frame.around(page, &content))
}

/// A response with a refusal's status, and when to come again.
pub(super) fn with_status(refusal: Refusal, body: impl IntoResponse) -> Response {
    let mut response = (refusal.status(), body).into_response();
    if let Some(seconds) = refusal.wait() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// What a browser may do with any response: show it with the style and the picture from here, send its form here, and nothing else.
const HEADERS: [(HeaderName, HeaderValue); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    // The address holds the question: where a link leads need not know it.
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static("interest-cohort=()")),
];

/// Gives a response its headers, and counts it.
pub(super) async fn guarded(State(page): State<Page>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    page.0.metrics.responded(response.status());
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    // Another reload, another answer; and no proxy keeps what somebody asked.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
