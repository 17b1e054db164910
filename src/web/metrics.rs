//! What is counted, as OpenMetrics (<https://prometheus.io/docs/specs/om/open_metrics_spec/>): numbers and names of this file only,
//! nothing that anybody wrote and nobody's address.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::answer::Verdict;
use crate::beside::Vitals;
use crate::reload::Outcome;

use super::{Page, Shown};

/// Counts questions, and tells what the posts and the process come to.
pub(super) struct Metrics {
    registry: Registry,
    questions: Family<[(&'static str, &'static str); 2], Counter>,
    refused: Family<[(&'static str, &'static str); 1], Counter>,
    responses: Family<[(&'static str, u16); 1], Counter>,
    reloads: Family<[(&'static str, &'static str); 1], Counter>,
    search: Histogram,
    reader: Histogram,
    answer: Histogram,
    standing: Standing,
    bot: OfBot,
}

/// What is told of the bot beside the page, and not told without one.
struct OfBot {
    registry: Registry,
    delivery: Histogram,
    under_way: Gauge<u64, AtomicU64>,
    waiting: Gauge<u64, AtomicU64>,
    sync_age: Gauge<f64, AtomicU64>,
}

/// What is read off as it is asked for.
#[derive(Clone, Default)]
struct Standing {
    posts: Gauge<u64, AtomicU64>,
    passages: Gauge<u64, AtomicU64>,
    left_out: Gauge<u64, AtomicU64>,
    by_meaning: Gauge<u64, AtomicU64>,
    texts: Gauge<u64, AtomicU64>,
    encoded: Gauge<u64, AtomicU64>,
    memory: Gauge<u64, AtomicU64>,
}

/// By which way a question came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    /// The page.
    Page,
    /// `/api/ask`.
    Api,
    /// A message to the bot beside the page.
    Bot,
}

impl Via {
    fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Api => "api",
            Self::Bot => "bot",
        }
    }
}

/// Bounds of 1 ms to 8 s, each twice the one before: an answer by words takes some 3 ms, one with a reader up to a second.
fn durations() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 14))
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            questions: Family::default(),
            refused: Family::default(),
            responses: Family::default(),
            reloads: Family::default(),
            search: durations(),
            reader: durations(),
            answer: durations(),
            standing: Standing::default(),
            bot: OfBot::new(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let all = &mut self.registry;
        all.register("mynah_questions", "Questions that were answered, by verdict and way", self.questions.clone());
        all.register("mynah_refused", "Questions that were not answered, and why", self.refused.clone());
        all.register("mynah_responses", "Responses of the page, by status", self.responses.clone());
        all.register("mynah_reloads", "Times that the posts were read again, and what came of it", self.reloads.clone());
        all.register_with_unit("mynah_search", "Time to find an answer", Unit::Seconds, self.search.clone());
        let help = "Time of it to read the best passages, where there is a reader";
        all.register_with_unit("mynah_reader", help, Unit::Seconds, self.reader.clone());
        all.register_with_unit("mynah_answer", "Time from the request to the whole answer", Unit::Seconds, self.answer.clone());
        let now = self.standing.clone();
        all.register("mynah_posts", "Posts that answers are quoted from", now.posts);
        all.register("mynah_passages", "Passages of these posts", now.passages);
        all.register("mynah_left_out_files", "Files that are no posts", now.left_out);
        all.register("mynah_by_meaning", "1 where answers are found by meaning too, 0 by words alone", now.by_meaning);
        all.register("mynah_encoding_texts", "Texts that are being encoded, all together", now.texts);
        all.register("mynah_encoding_done", "Texts of these that are done", now.encoded);
        all.register_with_unit("process_resident_memory", "Memory of the process", Unit::Bytes, now.memory);
    }

    /// Counts an answer.
    pub(super) fn answered(&self, verdict: Verdict, via: Via) {
        self.questions.get_or_create(&[("verdict", name_of(verdict)), ("via", via.name())]).inc();
    }

    /// Counts how long an engine took to find an answer.
    pub(super) fn searched(&self, took: Duration) {
        self.search.observe(took.as_secs_f64());
    }

    /// Counts how long passages were read for an answer, if any were.
    pub(super) fn read(&self, took: Duration) {
        if !took.is_zero() {
            self.reader.observe(took.as_secs_f64());
        }
    }

    /// Counts how long a whole answer took, from the question to the text.
    pub(super) fn took(&self, took: Duration) {
        self.answer.observe(took.as_secs_f64());
    }

    /// Counts how long a message of the bot's took to arrive.
    pub(super) fn delivered(&self, took: Duration) {
        self.bot.delivery.observe(took.as_secs_f64());
    }

    /// Counts a reload.
    pub(super) fn reloaded(&self, outcome: Outcome) {
        let name = match outcome {
            Outcome::Taken => "taken",
            Outcome::Returned => "returned",
            Outcome::Held(_) => "held_back",
            Outcome::Unchanged | Outcome::LeftAlone | Outcome::NothingEarlier => "none",
        };
        self.reloads.get_or_create(&[("outcome", name)]).inc();
    }

    pub(super) fn refused(&self, why: &'static str) {
        self.refused.get_or_create(&[("why", why)]).inc();
    }

    pub(super) fn responded(&self, status: StatusCode) {
        self.responses.get_or_create(&[("status", status.as_u16())]).inc();
    }

    /// All of it as text.
    fn text(&self, shown: &Shown, vitals: Option<Vitals>) -> Result<String, fmt::Error> {
        self.read_off(shown);
        if let Some(vitals) = vitals {
            self.bot.read_off(vitals);
        }
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        if vitals.is_some() {
            encode_registry(&mut text, &self.bot.registry)?;
        }
        encode_eof(&mut text)?;
        Ok(text)
    }

    fn read_off(&self, shown: &Shown) {
        let now = &self.standing;
        let corpus = shown.engine.corpus();
        now.posts.set(corpus.posts.len() as u64);
        now.passages.set(corpus.passages.len() as u64);
        now.left_out.set(corpus.left_out.len() as u64);
        now.by_meaning.set(u64::from(shown.engine.encoder().is_some()));
        let encoding = shown.encoding.as_ref().and_then(|progress| progress()).unwrap_or_default();
        now.texts.set(encoding.texts as u64);
        now.encoded.set(encoding.done as u64);
        now.memory.set(resident_bytes().unwrap_or_default());
    }
}

impl OfBot {
    fn new() -> Self {
        let (mut all, delivery) = (Registry::default(), durations());
        let (under_way, waiting, sync_age) = (Gauge::default(), Gauge::default(), Gauge::default());
        let help = "Time that the bot's messages took to arrive";
        all.register_with_unit("mynah_delivery", help, Unit::Seconds, delivery.clone());
        all.register("mynah_under_way", "Answers that the bot seeks and messages that it sends", under_way.clone());
        all.register("mynah_waiting", "Messages that wait until the bot has read those before them", waiting.clone());
        all.register_with_unit("mynah_sync_age", "Time since the bot's last sync", Unit::Seconds, sync_age.clone());
        Self { registry: all, delivery, under_way, waiting, sync_age }
    }

    fn read_off(&self, vitals: Vitals) {
        self.under_way.set(vitals.under_way);
        self.waiting.set(vitals.waiting);
        self.sync_age.set(vitals.sync_age.as_secs_f64());
    }
}

fn name_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Answered => "answered",
        Verdict::Closest => "closest",
        Verdict::NotInPosts => "not_in_posts",
    }
}

/// What of the process lies in memory, as Linux tells it (proc_pid_status(5), `VmRSS`, in units of 1,024 bytes).
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}

/// `/metrics`.
pub(super) async fn shown(State(page): State<Page>) -> Response {
    const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match page.0.metrics.text(&page.shown(), page.0.desk.vitals()) {
        Ok(text) => ([(header::CONTENT_TYPE, KIND)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
