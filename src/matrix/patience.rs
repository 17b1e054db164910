//! What an error means for the next try, and how long to wait for it.

use std::time::{Duration, SystemTime};

use matrix_sdk::ruma::api::error::{ErrorKind, RetryAfter};

/// Does something in a task of its own, and again if the task panics: the SDK has been seen to.
pub(super) async fn surely<T: Send + 'static, F: Future<Output = T> + Send + 'static>(task: impl Fn() -> F) -> T {
    let mut pauses = Pauses::default();
    loop {
        match tokio::spawn(task()).await {
            Ok(value) => return value,
            Err(panic) => {
                tracing::error!(%panic, "a task broke off, tried again");
                tokio::time::sleep(pauses.next()).await;
            }
        }
    }
}

/// What an error means for the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 429: wait so long.
    TooFast(Option<Duration>),
    /// The homeserver won't ever take it.
    ForGood,
    /// It did not take it; it may yet.
    Perhaps,
    /// No word from the homeserver, or a broken one.
    Unreachable,
}

/// Reads an error.
pub(super) fn verdict(error: &matrix_sdk::Error) -> Refusal {
    if matches!(error, matrix_sdk::Error::WrongRoomState(_)) {
        return Refusal::ForGood;
    }
    let Some(api) = error.as_client_api_error() else { return Refusal::Unreachable };
    match error.client_api_error_kind() {
        Some(ErrorKind::LimitExceeded(limit)) => Refusal::TooFast(limit.retry_after.as_ref().map(wait)),
        Some(ErrorKind::Forbidden) => Refusal::ForGood,
        // The session is lost: what is owed stays owed until there is another.
        Some(ErrorKind::UnknownToken(_) | ErrorKind::MissingToken) => Refusal::Unreachable,
        _ if api.status_code.as_u16() == 429 => Refusal::TooFast(None),
        // Without Matrix's own error code it was something on the way that spoke, not the homeserver.
        None => Refusal::Unreachable,
        _ if api.status_code.is_server_error() => Refusal::Unreachable,
        _ => Refusal::Perhaps,
    }
}

fn wait(after: &RetryAfter) -> Duration {
    match after {
        RetryAfter::Delay(delay) => *delay,
        RetryAfter::DateTime(at) => at.duration_since(SystemTime::now()).unwrap_or_default(),
    }
}

/// The first pause between two tries, and the longest unless said otherwise.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(20));

/// Pauses that double from the first to the longest.
#[derive(Debug)]
pub(super) struct Pauses {
    count: u32,
    longest: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Self::up_to(PAUSE.1)
    }
}

impl Pauses {
    /// Pauses of at most so long.
    pub(super) fn up_to(longest: Duration) -> Self {
        Self { count: 0, longest }
    }

    /// The next pause.
    pub(super) fn next(&mut self) -> Duration {
        let pause = PAUSE.0.saturating_mul(1 << self.count.min(10)).min(self.longest);
        self.count += 1;
        pause
    }

    /// The pause after a refusal: what the homeserver asks for, else the next one.
    pub(super) fn after(&mut self, refusal: Refusal) -> Duration {
        match refusal {
            Refusal::TooFast(Some(wait)) => wait,
            _ => self.next(),
        }
    }
}
