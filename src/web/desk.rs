//! What the page has of the bot beside it: who is logged in, what is kept, how it fares.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderValue, header};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::beside::{Beside, Request, Showing, Vitals};
use crate::chat::{Finding, NoLink};
use crate::config::WebConfig;
use crate::ids::UserId;
use crate::insight::{Cited, Logins, Mark, Overview, Refused, SESSION_LASTS, Token};

use super::{Page, Via};

/// The desk at which those sit who look after the posts.
pub(super) struct Desk {
    /// The address of the page, ending with `/`, if it is known.
    reached: Option<String>,
    begun: Instant,
    /// A lock of std's: it is held over no await.
    logins: Mutex<Logins>,
    ask: OnceLock<Box<dyn Fn(Request) + Send + Sync>>,
    vitals: OnceLock<Arc<dyn Fn() -> Vitals + Send + Sync>>,
    showing: watch::Sender<Option<Showing>>,
    requests: AtomicU64,
}

/// How long a response waits for what the bot has to read first; a store of 50,000 questions takes one to two seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who is logged in, by the cookie that came with a request.
pub(super) struct Visitor {
    /// The user id.
    pub user: String,
    /// The session's token.
    pub session: String,
}

impl Desk {
    pub(super) fn new(config: &WebConfig) -> Self {
        Self {
            reached: config.reached(),
            begun: Instant::now(),
            logins: Mutex::default(),
            ask: OnceLock::new(),
            vitals: OnceLock::new(),
            showing: watch::Sender::new(None),
            requests: AtomicU64::new(0),
        }
    }

    /// Whether there is a bot that keeps questions.
    pub(super) fn is_open(&self) -> bool {
        self.ask.get().is_some()
    }

    /// How the bot fares, if there is one.
    pub(super) fn vitals(&self) -> Option<Vitals> {
        self.vitals.get().map(|read| read())
    }

    /// How often posts were cited, if that is known.
    pub(super) fn cited(&self) -> Option<Arc<Cited>> {
        self.showing.borrow().as_ref().map(|showing| showing.cited.clone())
    }

    fn logins(&self) -> MutexGuard<'_, Logins> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Whom a link would log in.
    pub(super) fn look(&self, token: &str) -> Result<String, Refused> {
        self.logins().look(token, self.now()).map(str::to_owned)
    }

    /// Uses a link: the cookie that it gives.
    pub(super) fn open(&self, token: &str, session: &Token) -> Result<HeaderValue, Refused> {
        self.logins().open(token, session, self.now())?;
        Ok(self.cookie(session.reveal(), SESSION_LASTS))
    }

    /// Ends a session, or all of its user; the cookie that says so.
    pub(super) fn end(&self, visitor: &Visitor, everywhere: bool) -> HeaderValue {
        let mut logins = self.logins();
        if everywhere {
            logins.end_all(&visitor.user)
        } else {
            logins.end(&visitor.session)
        }
        self.cookie("", Duration::ZERO)
    }

    /// Who is logged in.
    pub(super) fn visitor(&self, headers: &HeaderMap) -> Option<Visitor> {
        let (logins, now) = (self.logins(), self.now());
        let name = self.cookie_name();
        let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find_map(|(key, session)| {
            let user = logins.who(session, now).filter(|_| key == name)?;
            Some(Visitor { user: user.to_owned(), session: session.to_owned() })
        })
    }

    fn is_over_tls(&self) -> bool {
        self.reached.as_ref().is_some_and(|address| address.starts_with("https://"))
    }

    /// With a prefix that browsers take from a response over TLS alone (RFC 6265bis, section 4.1.3.1).
    fn cookie_name(&self) -> &'static str {
        if self.is_over_tls() { "__Secure-mynah" } else { "mynah" }
    }

    /// The path below which the page stands.
    fn path(&self) -> &str {
        let rest = self.reached.as_deref().and_then(|address| address.split_once("://")).map_or("", |(_, rest)| rest);
        rest.find('/').map_or("/", |at| &rest[at..])
    }

    /// It is sent to this page alone, shown to no script, and not sent with a form of another site; a link from a chat finds one logged
    /// in (`Lax`).
    fn cookie(&self, value: &str, lasts: Duration) -> HeaderValue {
        let (name, seconds, path) = (self.cookie_name(), lasts.as_secs(), self.path());
        let secure = if self.is_over_tls() { "; Secure" } else { "" };
        let cookie = format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::try_from(cookie).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    /// What is kept; it is waited for where nobody has looked for a while. `None` where the bot has its hands full.
    pub(super) async fn overview(&self) -> Option<Arc<Overview>> {
        let ask = self.ask.get()?;
        let mut showing = self.showing.subscribe();
        ask(Request::Look);
        let there = |showing: &Option<Showing>| showing.as_ref().is_some_and(|showing| showing.overview.is_some());
        let found = timeout(PATIENCE, showing.wait_for(there)).await.ok()?.ok()?;
        found.as_ref()?.overview.clone()
    }

    /// Marks the group of a question; whether it is done.
    pub(super) async fn mark(&self, id: &str, mark: Option<Mark>) -> Marking {
        let Some(ask) = self.ask.get() else { return Marking::NotNow };
        let Some(overview) = self.overview().await else { return Marking::NotNow };
        let Some(questions) = overview.members(id) else { return Marking::Gone };
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let mut showing = self.showing.subscribe();
        ask(Request::Mark { questions, mark, number });
        let done = |showing: &Option<Showing>| showing.as_ref().is_some_and(|showing| showing.done >= number);
        match timeout(PATIENCE, showing.wait_for(done)).await {
            Ok(Ok(_)) => Marking::Done,
            _ => Marking::NotNow,
        }
    }
}

/// What became of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marking {
    /// It is made.
    Done,
    /// There is no such group any more.
    Gone,
    /// The bot has its hands full.
    NotNow,
}

impl Beside for Page {
    fn begin(&self, ask: Box<dyn Fn(Request) + Send + Sync>) {
        // There is one bot beside a page.
        let _ = self.0.desk.ask.set(ask);
    }

    fn vitals(&self, read: Arc<dyn Fn() -> Vitals + Send + Sync>) {
        let _ = self.0.desk.vitals.set(read);
    }

    fn found(&self, findings: &[Finding], took: Duration) {
        let metrics = &self.0.metrics;
        if !findings.is_empty() {
            metrics.searched(took);
        }
        for Finding { verdict, reading } in findings {
            metrics.answered(*verdict, Via::Bot);
            metrics.read(*reading);
        }
    }

    fn delivered(&self, took: Duration) {
        self.0.metrics.delivered(took);
    }

    fn show(&self, showing: Showing) {
        self.0.desk.showing.send_replace(Some(showing));
    }

    fn link(&self, user: &UserId) -> Result<String, NoLink> {
        let desk = &self.0.desk;
        if !desk.is_open() {
            return Err(NoLink::NothingKept);
        }
        let address = desk.reached.as_ref().ok_or(NoLink::NoAddress)?;
        let token = Token::random().map_err(|error| {
            tracing::error!(%error, "no link to log in can be made");
            NoLink::NoRandom
        })?;
        desk.logins().offer(&token, user.as_str(), desk.now());
        Ok(format!("{address}login?token={}", token.reveal()))
    }
}
