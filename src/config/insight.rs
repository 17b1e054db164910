//! The `[insight]` section: which questions are kept, for how long, and who is told of them.

use std::fmt;
use std::time::Duration;

use jiff::civil::{Time, Weekday};
use jiff::{ToSpan, Zoned};
use serde::Deserialize;

use crate::chat::Keeping;
use crate::span::Span;

use super::ConfigError;

/// What is kept of questions, to tell what the posts don't say. Who asked never is.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InsightConfig {
    /// How long a question is kept; `0s`: not at all, in any room.
    pub keep: Span,
    /// When the digest is told; without it, when somebody asks for it.
    pub digest: Option<Schedule>,
    /// Who is told it then, and in which rooms admins may ask for it: ids or aliases of rooms, ids of users. Without any, the admins that
    /// `matrix.admins` names in full are told.
    pub to: Vec<String>,
    /// Whether a question that the posts answer since a reload gets a reply where it was asked.
    pub tell: bool,
}

impl Default for InsightConfig {
    fn default() -> Self {
        Self { keep: Span(Duration::from_secs(90 * 24 * 60 * 60)), digest: None, to: Vec::new(), tell: false }
    }
}

/// What of a room decides whether its questions are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Openness {
    /// Whether anybody may join.
    pub public: bool,
    /// Whether it is encrypted.
    pub encrypted: bool,
    /// Whether it is a direct message.
    pub direct: bool,
}

impl Openness {
    /// Whether what is said there is said to anybody.
    pub fn is_open(self) -> bool {
        self.public && !self.encrypted && !self.direct
    }
}

impl InsightConfig {
    /// Whether a room's questions are kept: as its `setting` says ([`RoomSettings::insight`](crate::chat::RoomSettings::insight)), else
    /// where anybody may read along.
    pub fn keeping(&self, room: Openness, setting: Option<bool>) -> Keeping {
        if !self.keep.0.is_zero() && setting.unwrap_or(room.is_open()) { Keeping::For(self.keep.0) } else { Keeping::Not }
    }

    pub(super) fn checked(&self) -> Result<(), ConfigError> {
        let least = Duration::from_secs(60 * 60);
        if !self.keep.0.is_zero() && self.keep.0 < least {
            let message = "insight.keep: at least 1h, as times are kept to the hour; or 0s to keep nothing";
            return Err(ConfigError::Value(message.to_owned()));
        }
        if let Some(name) = self.to.iter().find(|name| !name.starts_with(['!', '#', '@'])) {
            return Err(ConfigError::Value(format!("insight.to: `{name}` is no room (!… or #…:server) and no user (@…:server)")));
        }
        Ok(())
    }
}

/// A time of each week or each day, written as `mon 09:00` or `daily 09:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Schedule {
    /// The day; `None`: every day.
    pub day: Option<Weekday>,
    /// The time of day, in the zone that the caller counts in.
    pub time: Time,
}

impl Schedule {
    /// When it is next, later than `now`, in the zone of `now`. A time that a day lacks, when clocks go forward, is the moment after
    /// the gap.
    pub fn next_after(&self, now: &Zoned) -> Option<Zoned> {
        let days = (0..=8).filter_map(|days: i64| now.date().checked_add(days.days()).ok());
        let fitting = days.filter(|date| self.day.is_none_or(|day| date.weekday() == day));
        fitting.filter_map(|date| date.to_datetime(self.time).to_zoned(now.time_zone().clone()).ok()).find(|at| at > now)
    }

    /// The time that one digest is of: a week, or a day.
    pub fn period(&self) -> Duration {
        Duration::from_secs(24 * 60 * 60 * if self.day.is_some() { 7 } else { 1 })
    }
}

/// Days as they are written.
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];
/// In the place of a day.
const EVERY_DAY: &str = "daily";

impl TryFrom<String> for Schedule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = || {
            let (day, time) = text.trim().split_once(char::is_whitespace)?;
            let (hour, minute) = time.trim().split_once(':')?;
            let digits = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            let (hour, minute) = (Some(hour).filter(|h| digits(h, 2))?, Some(minute).filter(|m| m.len() == 2 && digits(m, 2))?);
            let time = Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
            let day = day.to_lowercase();
            let known = DAYS.iter().find(|(name, _)| *name == day).map(|(_, weekday)| *weekday);
            (known.is_some() || day == EVERY_DAY).then_some(Self { day: known, time })
        };
        parsed().ok_or_else(|| {
            format!("`{text}` is no time of a week: write mon 09:00, with mon, tue, wed, thu, fri, sat, sun or daily")
        })
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = DAYS.iter().find(|(_, day)| Some(*day) == self.day).map_or(EVERY_DAY, |(name, _)| name);
        write!(f, "{day} {}", self.time.strftime("%H:%M"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_kept_where_anybody_reads_along_and_where_a_room_says_so() {
        let config = InsightConfig::default();
        let open = Openness { public: true, ..Openness::default() };
        let on = Keeping::For(config.keep.0);
        assert_eq!((config.keeping(open, None), config.keeping(open, Some(false))), (on, Keeping::Not));
        for closed in [Openness::default(), Openness { encrypted: true, ..open }, Openness { direct: true, ..open }] {
            assert_eq!((config.keeping(closed, None), config.keeping(closed, Some(true))), (Keeping::Not, on), "{closed:?}");
        }
        let off = InsightConfig { keep: Span(Duration::ZERO), ..config };
        assert_eq!(off.keeping(open, Some(true)), Keeping::Not);
    }

    #[test]
    fn a_schedule_is_a_day_and_a_time() {
        for (text, shown) in [("mon 09:00", "mon 09:00"), (" Sun 7:05", "sun 07:05"), ("daily 23:59", "daily 23:59")] {
            assert_eq!(Schedule::try_from(text.to_owned()).unwrap().to_string(), shown);
        }
        for text in
            ["", "mon", "09:00", "monday 09:00", "mon 24:00", "mon 9", "mon 09:0", "mon 09:60", "mon +9:00", "mon 09:00 UTC"]
        {
            assert!(Schedule::try_from(text.to_owned()).unwrap_err().contains("mon 09:00"), "{text}");
        }
    }

    #[test]
    fn the_next_time_is_later_than_now() {
        let next = |schedule: &str, now: &str| {
            let schedule = Schedule::try_from(schedule.to_owned()).unwrap();
            schedule.next_after(&now.parse().unwrap()).unwrap().datetime().to_string()
        };
        assert_eq!(next("mon 09:00", "2026-12-01T10:00[UTC]"), "2026-12-07T09:00:00");
        assert_eq!(next("tue 09:00", "2026-12-01T08:59[UTC]"), "2026-12-01T09:00:00");
        assert_eq!(next("tue 09:00", "2026-12-01T09:00[UTC]"), "2026-12-08T09:00:00");
        assert_eq!(next("daily 09:00", "2026-12-01T09:00[UTC]"), "2026-12-02T09:00:00");
    }
}
