//! The page: questions in a browser or by a script, the posts, what people ask, health and metrics. It works without JavaScript, and asks nothing
//! of anybody else.
//!
//! ```text
//! connections ──▶ routes ──▶ ask ──▶ asking: limits, one answer a processor
//!                   │  ├───▶ posts      │
//!                   │  ├───▶ insight, login ──▶ desk: who is logged in, what the bot beside it has to show
//!                   └──┴───▶ metrics ◀──┘        frame, blocks, charts: how it looks
//! ```
//! A [`Page`] answers from an engine that whoever owns it swaps: `serve` here, for `mynah serve`.

mod ask;
mod asking;
mod blocks;
mod charts;
mod connections;
mod desk;
mod frame;
mod insight;
mod limits;
mod login;
mod metrics;
mod posts;
mod serve;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::State;
use axum::http::{Method, Uri, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::answer::Engine;
use crate::chat::Me;
use crate::config::Config;
use crate::corpus::Diagnostic;
use crate::encoding::Progress;
use crate::reload::{Follower, Reloaded};

use asking::Places;
pub use connections::socket;
use desk::Desk;
use limits::Limits;
use metrics::{Metrics, Via};
pub use serve::serve;

/// Where `mynah serve` listens unless it is told otherwise: on this machine alone.
pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8088);

/// The page. A clone is the same one.
#[derive(Clone)]
pub struct Page(Arc<Shared>);

struct Shared {
    /// Whether it answers questions.
    asks: bool,
    /// Whether a proxy tells who asks.
    forwarded: bool,
    /// What the project is called; may be empty.
    project: String,
    /// What calls the bot in a question, as in a room.
    me: Me,
    prefix: String,
    /// A lock of std's: it is held for as long as pointers are copied, and over no await.
    shown: RwLock<Shown>,
    places: Places,
    limits: Limits,
    metrics: Metrics,
    /// For those who look after the posts, where there is a bot that keeps questions.
    desk: Desk,
}

/// What it answers from, of one moment.
#[derive(Clone)]
struct Shown {
    engine: Arc<Engine>,
    /// What is wrong or odd in the posts; files as the corpus calls them.
    diagnostics: Arc<Vec<Diagnostic>>,
    /// Why newer posts were held back, where they were.
    held_back: Option<String>,
    /// How far the posts are encoded, while they are.
    encoding: Option<Arc<dyn Fn() -> Option<Progress> + Send + Sync>>,
}

impl Shown {
    fn of(engine: Arc<Engine>, diagnostics: Vec<Diagnostic>) -> Self {
        Self { engine, diagnostics: Arc::new(diagnostics), held_back: None, encoding: None }
    }
}

impl Page {
    /// A page that answers from an engine; `diagnostics` tell what is wrong in its posts.
    pub fn new(config: &Config, engine: Arc<Engine>, diagnostics: Vec<Diagnostic>) -> Self {
        Self(Arc::new(Shared {
            asks: config.web.ask,
            forwarded: config.web.forwarded,
            project: config.corpus.names.first().cloned().unwrap_or_default(),
            me: Me::of(&config.matrix.manners()),
            prefix: config.matrix.command_prefix.clone(),
            shown: RwLock::new(Shown::of(engine, diagnostics)),
            places: Places::new(),
            limits: Limits::new(config.web.per_address),
            metrics: Metrics::default(),
            desk: Desk::new(&config.web),
        }))
    }

    /// The engine that it answers from.
    pub fn engine(&self) -> Arc<Engine> {
        self.shown().engine
    }

    fn shown(&self) -> Shown {
        self.0.shown.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, shown: Shown) {
        *self.0.shown.write().unwrap_or_else(PoisonError::into_inner) = shown;
    }

    /// What is answered at which address. Links are relative, so that a proxy may show the page below any path.
    fn routes(&self) -> Router {
        let mut routes = Router::new()
            .route("/posts", get(posts::list))
            .route("/post", get(posts::one))
            .route("/insight", get(insight::page))
            .route("/mark", post(insight::mark))
            .route("/login", get(login::page).post(login::open))
            .route("/logout", post(login::close))
            .route("/style.css", get(async || asset("text/css; charset=utf-8", include_str!("style.css"))))
            .route("/icon.svg", get(async || asset("image/svg+xml", include_str!("icon.svg"))))
            .route("/healthz", get(async || "alive\n"))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics::shown));
        if self.0.asks {
            routes = routes
                .route("/", get(ask::page))
                .route("/api/ask", get(ask::api))
                .route("/api/openapi.json", get(async || asset("application/json", include_str!("openapi.json"))));
        } else {
            routes = routes.route("/", get(posts::list));
        }
        let routes = routes.method_not_allowed_fallback(other_method).fallback(nothing_here);
        routes.layer(middleware::from_fn_with_state(self.clone(), frame::guarded)).with_state(self.clone())
    }
}

impl Follower for Page {
    /// Counts a reload, and takes up the posts that it came to, or tells why they were held back.
    fn reloaded(&self, engine: Option<Arc<Engine>>, outcome: &Reloaded) {
        self.0.metrics.reloaded(outcome.outcome);
        self.set(match engine {
            Some(engine) => Shown::of(engine, outcome.diagnostics.clone()),
            None => Shown { held_back: outcome.held_back(), ..self.shown() },
        });
    }

    /// Tells how far the posts are encoded that it answers from.
    fn encoding(&self, progress: Arc<dyn Fn() -> Option<Progress> + Send + Sync>) {
        self.set(Shown { encoding: Some(progress), ..self.shown() });
    }

    /// Answers by what the posts of an engine mean, unless other posts have been taken up since.
    fn understood(&self, of: &Arc<Engine>, meant: Arc<Engine>) {
        let shown = self.shown();
        if Arc::ptr_eq(&shown.engine, of) {
            self.set(Shown { engine: meant, encoding: None, ..shown });
        }
    }
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=600")], text)
}

/// Whether it answers, and how: always, because it listens once it has an engine.
async fn ready(State(page): State<Page>) -> &'static str {
    let by_meaning = page.engine().encoder().is_some();
    if by_meaning { "ready, by words and meaning\n" } else { "ready, by words\n" }
}

async fn nothing_here(State(page): State<Page>, uri: Uri) -> Response {
    frame::nothing(&page, uri.path(), "There is no such page.")
}

async fn other_method(method: Method) -> Response {
    let words = format!("{} is not understood at this address.\n", method.as_str());
    (axum::http::StatusCode::METHOD_NOT_ALLOWED, words).into_response()
}
