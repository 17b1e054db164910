//! Lengths of time as people write them.

use std::time::Duration;

use jiff::SpanRelativeTo;
use serde::Deserialize;

/// A length of time, written as `90d`, `12h`, `15m` or `1h 30m`; a day is 24 hours, and a week 7 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(pub Duration);

impl Span {
    /// So many minutes.
    pub const fn minutes(minutes: u64) -> Self {
        Self(Duration::from_secs(minutes * 60))
    }

    /// So many hours.
    pub const fn hours(hours: u64) -> Self {
        Self::minutes(hours * 60)
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let days = SpanRelativeTo::days_are_24_hours();
        let parsed = text.parse::<jiff::Span>().ok().and_then(|span| span.to_duration(days).ok());
        let parsed = parsed.and_then(|span| Duration::try_from(span).ok());
        parsed.map(Self).ok_or_else(|| format!("`{text}` is no length of time: write 90d, 12h, 15m or 1h 30m"))
    }
}
