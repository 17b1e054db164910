//! What is kept of a question: its scrubbed words and what was said to it, and never who asked.

use jiff::civil::Date;
use jiff::{Timestamp, TimestampRound, Unit};
use serde::{Deserialize, Serialize};

use crate::answer::{Asked, Citation, Engine, Told, Verdict, outdated};
use crate::ids::{EventId, RoomId};

use super::marks::Marked;
use super::scrub::scrub;

/// A question, as far as it is kept.
#[derive(Clone, derive_more::Debug, PartialEq)]
pub struct Kept {
    /// The event id of the message that asked it.
    pub event: EventId,
    /// Which of the message's questions it is, from 0.
    pub part: usize,
    /// The hour in which it was asked.
    pub hour: Timestamp,
    /// What was asked and said.
    pub said: Said,
    /// What those who read the answer think of it; of a message that asks several things, they are of each.
    pub votes: Votes,
    /// What answers it since posts were reloaded, where it had no good answer before.
    pub found: Option<Found>,
    /// What those who look after the posts say of the group that it was in then.
    pub marked: Option<Marked>,
}

/// What was asked, where, and what was said to it. It stands in the store as one sealed whole.
#[derive(Clone, derive_more::Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The room's id.
    pub room: RoomId,
    /// The question, scrubbed; as it was meant, where it was read together with the one before.
    #[debug(skip)]
    pub text: String,
    /// What the answer was given as.
    pub verdict: Verdict,
    /// How sure it was, 0 to 1.
    pub confidence: f32,
    /// The passages that it cited, best first.
    pub cited: Vec<Place>,
    /// The nearest passage: the first that was cited, or where none was, the first that was found.
    pub nearest: Option<Place>,
    /// Of what was cited, the files of posts that say otherwise than a newer one, each with the newer one's.
    pub outdated: Vec<(String, String)>,
}

/// A passage of a post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The post's file name.
    pub file: String,
    /// First and last line in it, from 1.
    pub lines: (usize, usize),
    /// The post's title.
    pub title: String,
    /// The day the post was published, if it says.
    pub date: Option<Date>,
    /// The post's public address; empty where it has none.
    pub url: String,
}

/// What answers a question now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The passage that does.
    pub place: Place,
    /// When it was found.
    pub at: Timestamp,
}

/// How many hold an answer for good and for bad, each of them once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Votes {
    /// 👍 and ✅.
    pub helped: u32,
    /// 👎 and ❌.
    pub not: u32,
}

impl Votes {
    /// Whether more say that it did not help than that it did.
    pub fn down(self) -> bool {
        self.not > self.helped
    }
}

impl Kept {
    /// What is kept of a question that was asked and answered; `people` are names and ids of those named in it. Small talk is no
    /// question: `None`.
    ///
    /// The event is the question's, also where it was edited. `part` numbers the questions of one message.
    pub fn of(
        event: &EventId,
        part: usize,
        room: &RoomId,
        at: Timestamp,
        asked: &Asked,
        engine: &Engine,
        people: &[String],
    ) -> Option<Self> {
        let answer = &asked.answer;
        let newest = match &answer.told {
            Told::SmallTalk { .. } => return None,
            Told::Quoted { newest, .. } | Told::Closest { newest, .. } => *newest,
            Told::Pointed { .. } | Told::NotInPosts { .. } => None,
        };
        let citations = answer.citations();
        let meant = asked.trace.analysis.together.as_ref().map_or(&asked.question.text, |joined| &joined.text);
        let nearest = citations.first().map(Place::of);
        let nearest = nearest.or_else(|| engine.further(asked, &[]).first().map(Place::of));
        let file = |at: usize| citations[at].file.clone();
        let outdated = newest.map_or_else(Vec::new, |newest| {
            outdated(citations, newest).into_iter().map(|old| (file(old), file(newest))).collect()
        });
        let said = Said {
            room: room.clone(),
            text: scrub(meant, people),
            verdict: answer.verdict(),
            confidence: answer.confidence,
            cited: citations.iter().map(Place::of).collect(),
            nearest,
            outdated,
        };
        Some(Self { event: event.clone(), part, hour: hour(at), said, votes: Votes::default(), found: None, marked: None })
    }

    /// Whether it had a good answer: one that was given as such, and that no more people voted down than up.
    pub fn well_answered(&self) -> bool {
        self.said.verdict == Verdict::Answered && !self.votes.down()
    }

    /// Whether it is without a good answer still: it had none, and no post has come since that answers it.
    pub fn is_open(&self) -> bool {
        !self.well_answered() && self.found.is_none()
    }
}

impl Place {
    /// Where a citation stands.
    pub fn of(citation: &Citation) -> Self {
        let Citation { file, lines, title, date, url, .. } = citation;
        Self { file: file.clone(), lines: *lines, title: title.clone(), date: *date, url: url.clone() }
    }
}

/// The hour that a time is in: whoever was there at 14:07 is told apart from others more easily than whoever was there at two.
pub(super) fn hour(at: Timestamp) -> Timestamp {
    at.round(TimestampRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Floor)).unwrap_or(at)
}

/// What a reaction says of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vote {
    /// It helped.
    Helped,
    /// It did not.
    Not,
}

impl Vote {
    /// What a reaction's key means, whatever its skin tone; `None` for others than 👍 ✅ 👎 ❌.
    pub fn of(key: &str) -> Option<Self> {
        let plain: String = key.chars().filter(|c| !matches!(c, '\u{fe0e}' | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')).collect();
        match plain.as_str() {
            "👍" | "✅" => Some(Self::Helped),
            "👎" | "❌" => Some(Self::Not),
            _ => None,
        }
    }
}

/// A link to a message (<https://spec.matrix.org/latest/appendices/#matrixto-navigation>).
pub(super) fn message(room: &RoomId, event: &EventId) -> String {
    let (room, event) = (room.as_str(), event.as_str());
    let encoded = |id: &str| -> String {
        let one = |byte: u8| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b':' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        };
        id.bytes().map(one).collect()
    };
    let via = room.split_once(':').map_or_else(String::new, |(_, server)| format!("?via={}", encoded(server)));
    format!("https://matrix.to/#/{}/{}{via}", encoded(room), encoded(event))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reactions_are_votes_in_any_skin_tone() {
        let cases = [
            ("👍", Some(Vote::Helped)),
            ("👍🏽", Some(Vote::Helped)),
            ("👍️", Some(Vote::Helped)),
            ("✅", Some(Vote::Helped)),
            ("👎🏿", Some(Vote::Not)),
            ("❌", Some(Vote::Not)),
            ("❤️", None),
            ("👍👎", None),
            ("", None),
        ];
        for (key, vote) in cases {
            assert_eq!(Vote::of(key), vote, "{key}");
        }
    }

    #[test]
    fn a_time_is_kept_to_the_hour() {
        let hour_of = |at: &str| hour(at.parse().unwrap()).to_string();
        assert_eq!(hour_of("2026-12-01T09:59:59.9Z"), "2026-12-01T09:00:00Z");
        assert_eq!(hour_of("2026-12-01T09:00:00Z"), "2026-12-01T09:00:00Z");
        assert_eq!(hour_of("1969-12-31T23:30:00Z"), "1969-12-31T23:00:00Z");
    }

    #[test]
    fn votes_down_make_an_answer_a_bad_one() {
        assert!(!Votes { helped: 1, not: 1 }.down() && Votes { helped: 0, not: 1 }.down());
    }
}
