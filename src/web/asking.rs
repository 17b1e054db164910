//! From an address to an answer: what is refused and how that is told, and where answers are found.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use jiff::Zoned;
use tokio::sync::Semaphore;

use crate::answer::{Answer, Asked, Engine, MAX_QUESTION_CHARS, Question};
use crate::chat;

use super::{Page, Via};

/// Where answers are found: on threads that may block, one for each processor.
pub(super) struct Places {
    free: Semaphore,
    waiting: AtomicUsize,
}

/// Who waits behind more than these would wait for longer than anybody does.
const MOST_WAITING: usize = 64;

impl Places {
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self { free: Semaphore::new(processors), waiting: AtomicUsize::new(0) }
    }
}

/// Counts one who waits, for as long as it is held.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Page {
    /// Does something that takes a processor for a while, beside the connections.
    ///
    /// # Errors
    /// [`Refusal::Busy`] where too many wait already, [`Refusal::Broken`] where it panics.
    pub(super) async fn beside<T: Send + 'static>(&self, work: impl FnOnce(&Self) -> T + Send + 'static) -> Result<T, Refusal> {
        let Places { free, waiting } = &self.0.places;
        let _waiting = Waiting(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            return Err(Refusal::Busy);
        }
        let place = free.acquire().await.map_err(|_| Refusal::Broken)?;
        let page = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&page)).await;
        drop(place);
        done.map_err(|panic| {
            tracing::error!(%panic, "a page broke off");
            Refusal::Broken
        })
    }

    /// A question as it was typed, if it can be asked; it counts towards the limit of where it comes from.
    ///
    /// # Errors
    /// Why it can't be asked.
    pub(super) fn question(&self, typed: &Typed, from: IpAddr) -> Result<Question, Refusal> {
        let checked = typed.checked().and_then(|()| self.0.limits.count(from).map_err(Refusal::TooMany));
        checked.inspect_err(|refusal| self.0.metrics.refused(refusal.name()))?;
        let previous = typed.previous.clone();
        Ok(Question { id: ID.to_owned(), text: typed.question.clone(), previous, asked_on: Some(today()), ..Question::default() })
    }

    /// Asks an engine, and counts it. What calls the bot in a question is no part of it, here as in a room and at the terminal.
    pub(super) fn ask(&self, engine: &Engine, question: &Question, via: Via) -> (Asked, Duration) {
        let begun = Instant::now();
        let text = chat::without_call(&question.text, &self.0.me, &self.0.prefix);
        let asked = engine.asked(Question { text, ..question.clone() });
        let took = begun.elapsed();
        self.0.metrics.searched(took);
        self.0.metrics.read(asked.trace.reading);
        self.0.metrics.answered(asked.answer.verdict(), via);
        let answer = Answer { question: question.text.clone(), ..asked.answer };
        (Asked { answer, ..asked }, took)
    }
}

/// The id of a question that has none, as `mynah ask` gives it.
const ID: &str = "1";

/// The day of asking, in the machine's time zone: spans such as `last year` count from it.
fn today() -> jiff::civil::Date {
    Zoned::now().date()
}

/// What stands in an address: a question, and the one before it.
#[derive(Default, derive_more::Debug)]
pub(super) struct Typed {
    /// The question, without space around it; empty where there is none.
    #[debug(skip)]
    pub question: String,
    /// The question before, which a follow-up is read together with.
    #[debug(skip)]
    pub previous: Option<String>,
}

impl Typed {
    /// Reads what stands behind the `?` of an address. Any bytes may; of what stands there twice the first counts.
    pub(super) fn read(query: Option<&str>) -> Self {
        let first = |wanted: &str| {
            let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
            let value = pairs.find(|(key, _)| key == wanted).map(|(_, value)| value.trim().to_owned());
            value.filter(|value| !value.is_empty())
        };
        Self { question: first("q").unwrap_or_default(), previous: first("previous") }
    }

    fn checked(&self) -> Result<(), Refusal> {
        let texts = || [Some(&self.question), self.previous.as_ref()].into_iter().flatten();
        if self.question.is_empty() {
            Err(Refusal::Nothing)
        } else if texts().any(|text| text.chars().count() > MAX_QUESTION_CHARS) {
            Err(Refusal::Long)
        } else if texts().any(|text| text.chars().any(|letter| letter.is_control() && !letter.is_whitespace())) {
            Err(Refusal::Unreadable)
        } else {
            Ok(())
        }
    }
}

/// Why a question gets no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// There is none.
    Nothing,
    /// It is longer than what is read.
    Long,
    /// It holds control characters.
    Unreadable,
    /// Too many came from there; how long to wait.
    TooMany(Duration),
    /// Too many wait already.
    Busy,
    /// Answering it broke off.
    Broken,
}

impl Refusal {
    /// What it is counted as.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Long => "long",
            Self::Unreadable => "unreadable",
            Self::TooMany(_) => "limit",
            Self::Busy => "busy",
            Self::Broken => "broken",
        }
    }

    /// What is told, and what to do.
    pub(super) fn words(self) -> String {
        match self {
            Self::Nothing => "Nothing is asked: write the question behind ?q=.".to_owned(),
            Self::Long => {
                format!("That's longer than I can read: {MAX_QUESTION_CHARS} characters at most. What is the question in it?")
            }
            Self::Unreadable => {
                "There are control characters in it, which can't be read. Please type the question anew.".to_owned()
            }
            Self::TooMany(_) => format!("That's more than I may answer just now. Ask again {}.", in_seconds(self.wait())),
            Self::Busy => "Many ask just now. Please try again in a few seconds.".to_owned(),
            Self::Broken => "Something broke off here, and the log tells what. Please ask in other words.".to_owned(),
        }
    }

    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Nothing | Self::Long | Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds after which to ask again, where that helps.
    pub(super) fn wait(self) -> Option<u64> {
        match self {
            Self::TooMany(wait) => Some(wait.as_secs() + 1),
            Self::Busy => Some(5),
            Self::Nothing | Self::Long | Self::Unreadable | Self::Broken => None,
        }
    }
}

fn in_seconds(wait: Option<u64>) -> String {
    match wait {
        Some(1) | None => "in a second".to_owned(),
        Some(seconds) => format!("in {seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_behind_the_question_mark_are_read() {
        let read = |query: &str| Typed::read(Some(query)).question;
        for (query, question) in [
            ("q=what+is%20it%3F", "what is it?"),
            ("q=%zz%", "%zz%"),
            ("q=%ff%fe", "\u{fffd}\u{fffd}"),
            ("q=a&q=b", "a"),
            ("x=1&q=++a++", "a"),
            ("q", ""),
            ("", ""),
            ("&&=&q=a=b", "a=b"),
        ] {
            assert_eq!(read(query), question, "{query}");
        }
        assert_eq!(Typed::read(Some("q=and+now&previous=what")).previous.as_deref(), Some("what"));
    }

    #[test]
    fn what_can_not_be_asked_is_told_why() {
        let checked = |question: &str| Typed { question: question.to_owned(), previous: None }.checked();
        assert_eq!(checked("what?\nwhy?"), Ok(()));
        assert_eq!(checked(&"é".repeat(MAX_QUESTION_CHARS)), Ok(()));
        assert_eq!(checked(&"é".repeat(MAX_QUESTION_CHARS + 1)), Err(Refusal::Long));
        assert_eq!(checked("a\0b"), Err(Refusal::Unreadable));
        assert_eq!(checked("\u{1b}[31m"), Err(Refusal::Unreadable));
        assert_eq!(checked(""), Err(Refusal::Nothing));
        let before = Typed { question: "and now?".to_owned(), previous: Some("\u{7}".to_owned()) };
        assert_eq!(before.checked(), Err(Refusal::Unreadable));
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds_and_never_none() {
        let refusal = Refusal::TooMany(Duration::from_millis(1_200));
        assert_eq!((refusal.wait(), refusal.words().ends_with("in 2 seconds.")), (Some(2), true));
        assert!(Refusal::TooMany(Duration::ZERO).words().ends_with("in a second."));
    }
}
