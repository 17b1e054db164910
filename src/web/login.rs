//! Logging in by a link that the bot gives, and out.

use axum::body::{Body, to_bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::insight::{CSRF_FIELD, Refused, Token, csrf, is_csrf};

use super::Page;
use super::desk::Visitor;
use super::frame::{self, Frame, Place};

/// Bytes of a form that are read: all of its fields are short.
const MOST_FORM_BYTES: usize = 16 * 1024;

/// The fields of a form, or of an address.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Any bytes are some.
    pub(super) fn read(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).map(|(key, value)| (key.into_owned(), value.into_owned())).collect())
    }

    pub(super) async fn sent(body: Body) -> Option<Self> {
        to_bytes(body, MOST_FORM_BYTES).await.ok().map(|bytes| Self::read(&bytes))
    }

    /// The first of a name; empty where there is none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// `/login?token=`: a button. The link is used by pressing it, and not by opening it: a chat opens links for their previews.
pub(super) async fn page(State(page): State<Page>, RawQuery(query): RawQuery) -> Response {
    if !page.0.desk.is_open() {
        return frame::nothing(&page, "/login", NOT_BESIDE);
    }
    let fields = Fields::read(query.as_deref().unwrap_or_default().as_bytes());
    let token = fields.get("token");
    if token.is_empty() {
        return shown(&page, StatusCode::OK, "Log in", &html! { h1 { "Log in" } (how(&page)) });
    }
    match page.0.desk.look(token) {
        Ok(user) => {
            let content = html! {
                h1 { "Log in" }
                p {
                    "You will see what people ask, as " strong { (user) } ". The link works once; after twelve hours you need "
                    "another one."
                }
                form action="login" method="post" {
                    input type="hidden" name="token" value=(token);
                    div.buttons { button { "Log in" } }
                }
            };
            shown(&page, StatusCode::OK, "Log in", &content)
        }
        Err(refused) => self::refused(&page, refused),
    }
}

/// The button was pressed.
pub(super) async fn open(State(page): State<Page>, body: Body) -> Response {
    if !page.0.desk.is_open() {
        return frame::nothing(&page, "/login", NOT_BESIDE);
    }
    let Some(fields) = Fields::sent(body).await else { return too_much(&page) };
    let Ok(session) = Token::random().inspect_err(|error| tracing::error!(%error, "nobody can log in")) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    match page.0.desk.open(fields.get("token"), &session) {
        Ok(cookie) => {
            tracing::info!("somebody logged in to the page by a link");
            see("insight", Some(cookie))
        }
        Err(refused) => self::refused(&page, refused),
    }
}

/// Ends a session, or with `everywhere` all of the same user.
pub(super) async fn close(State(page): State<Page>, headers: HeaderMap, body: Body) -> Response {
    let (visitor, fields) = match sent(&page, &headers, body).await {
        Ok(sent) => sent,
        Err(response) => return *response,
    };
    let cookie = page.0.desk.end(&visitor, !fields.get("everywhere").is_empty());
    see("login", Some(cookie))
}

/// What whoever is logged in sends with a form of theirs; else why it does not count.
pub(super) async fn sent(page: &Page, headers: &HeaderMap, body: Body) -> Result<(Visitor, Fields), Box<Response>> {
    let visitor = page.0.desk.visitor(headers).ok_or_else(|| Box::new(outside(page)))?;
    let fields = Fields::sent(body).await.ok_or_else(|| Box::new(too_much(page)))?;
    if !is_csrf(&visitor.session, fields.get(CSRF_FIELD)) {
        let content = html! {
            h1 { "That was not done" }
            p.told role="alert" {
                "The form does not come from a page that you were shown since you logged in. "
                a href="insight" { "Go back" } " and try again."
            }
        };
        return Err(Box::new(shown(page, StatusCode::FORBIDDEN, "Not done", &content)));
    }
    Ok((visitor, fields))
}

/// Leads a browser to another page of here, with GET.
pub(super) fn see(place: &str, cookie: Option<HeaderValue>) -> Response {
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, place.to_owned())]).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The hidden field that tells a form from another site's.
pub(super) fn token_of(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name=(CSRF_FIELD) value=(csrf(&visitor.session)); }
}

/// To whoever is not logged in.
pub(super) fn outside(page: &Page) -> Response {
    if !page.0.desk.is_open() {
        return frame::nothing(page, "/insight", NOT_BESIDE);
    }
    let content = html! { h1 { "Log in to see this" } (how(page)) };
    shown(page, StatusCode::FORBIDDEN, "Log in", &content)
}

const NOT_BESIDE: &str = "What people ask is shown by a bot that keeps questions, and there is none here.";

fn how(page: &Page) -> Markup {
    html! {
        p {
            "What people ask is for the bot's admins. Say " code { (page.0.prefix) " login" } " to the bot in Matrix: you get a link "
            "that works once, for ten minutes."
        }
    }
}

fn refused(page: &Page, why: Refused) -> Response {
    let (status, title, words) = match why {
        Refused::Used => (
            StatusCode::GONE,
            "This link was used",
            "A link works once. If it was not you who used it, log in by another one and press “Log out everywhere”.",
        ),
        Refused::Late => (StatusCode::GONE, "This link is too old", "A link works for ten minutes."),
        Refused::Unknown => (
            StatusCode::NOT_FOUND,
            "This link is not known",
            "It was cut on its way to you, or the bot was restarted since: that ends all links and logins.",
        ),
    };
    shown(page, status, title, &html! { h1 { (title) } p.told role="alert" { (words) } (how(page)) })
}

fn too_much(page: &Page) -> Response {
    let content = html! { h1 { "That was not done" } p.told role="alert" { "More was sent than a form of this page holds." } };
    shown(page, StatusCode::PAYLOAD_TOO_LARGE, "Not done", &content)
}

fn shown(page: &Page, status: StatusCode, title: &str, content: &Markup) -> Response {
    let frame = Frame { title, place: Place::Elsewhere, root: "", listed: false, inside: false };
    (status, frame.around(page, content)).into_response()
}
