//! Who answers as no person could. Two bots that answer each other would never end.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::chat::Message;
use crate::ids::{RoomId, UserId};

/// Answers of the bot's that were answered at once, in a row.
#[derive(Default)]
pub(super) struct Exchanges {
    /// Who sent a notice (`m.notice`), which clients of people don't.
    bots: HashSet<UserId>,
    latest: HashMap<RoomId, Exchange>,
}

/// The bot's latest answer in a room.
struct Exchange {
    asker: UserId,
    /// When it was sent, since the start.
    answered: Duration,
    /// How many answers to the same asker, up to this one, were answered at once.
    at_once: usize,
}

/// Characters a second that nobody types: the fastest typists reach some twenty.
const TYPED_A_SECOND: f32 = 25.0;
/// So soon after an answer, a known bot answers it.
const BOT_ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// Replies at once in a row that are answered all the same: a script that plays a person sends some.
const MOST_AT_ONCE: usize = 5;
/// Known bots and rooms beyond these are not remembered.
const MOST_REMEMBERED: usize = 10_000;

impl Exchanges {
    /// Somebody sent a notice.
    pub(super) fn noticed(&mut self, sender: &UserId) {
        if self.bots.len() < MOST_REMEMBERED {
            self.bots.insert(sender.clone());
        }
    }

    /// An answer was sent, at a time since the start.
    pub(super) fn answered(&mut self, room: &RoomId, asker: &UserId, up: Duration) {
        if self.latest.len() >= MOST_REMEMBERED {
            self.latest.clear();
        }
        let before = self.latest.get(room).filter(|latest| latest.asker == *asker);
        let at_once = before.map_or(0, |latest| latest.at_once);
        self.latest.insert(room.clone(), Exchange { asker: asker.clone(), answered: up, at_once });
    }

    /// Counts a message that is meant for the bot, at a time since the start; whether it is to be left alone, so that two bots come
    /// to an end: a known one's reply to an answer, of others the sixth in a row that came faster than it could be typed.
    pub(super) fn never_end(&mut self, message: &Message, up: Duration) -> bool {
        let Some(latest) = self.latest.get_mut(&message.room).filter(|latest| latest.asker == message.sender) else {
            return false;
        };
        let known = self.bots.contains(&message.sender);
        let typed = Duration::from_secs_f32(message.body.chars().count() as f32 / TYPED_A_SECOND);
        let passed = up.saturating_sub(latest.answered);
        // Messages that reply to nothing may be many questions at once.
        let is_at_once = message.replies_to_me && passed < if known { BOT_ANSWERS_WITHIN } else { typed };
        latest.at_once = if is_at_once { latest.at_once + 1 } else { 0 };
        latest.at_once > if known { 0 } else { MOST_AT_ONCE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ECHO: &str = "@echo:example.org";

    /// A message of 50 characters, which takes two seconds to type at the fastest.
    fn message(replies_to_me: bool) -> Message {
        Message { room: "!r".into(), sender: ECHO.into(), body: "a question".repeat(5), replies_to_me, ..Message::default() }
    }

    /// How many messages are answered, each sent so many milliseconds after the answer to the one before.
    fn answered(exchanges: &mut Exchanges, replies_to_me: bool, ms: u64) -> usize {
        let mut up = Duration::ZERO;
        let answers = (0..20).take_while(|_| {
            let ends = exchanges.never_end(&message(replies_to_me), up);
            exchanges.answered(&"!r".into(), &ECHO.into(), up);
            up += Duration::from_millis(ms);
            !ends
        });
        answers.count()
    }

    #[test]
    fn a_known_bot_is_answered_once_in_a_row_and_others_until_it_is_plain() {
        let known = || {
            let mut exchanges = Exchanges::default();
            exchanges.noticed(&ECHO.into());
            exchanges
        };
        // Replies at once, replies that could be typed, messages that reply to nothing; of somebody who sent a notice, and not.
        for (replies, ms, of_known, of_others) in
            [(true, 500, 1, 6), (true, 3_000, 1, 20), (false, 500, 20, 20), (true, 11_000, 20, 20)]
        {
            assert_eq!(answered(&mut known(), replies, ms), of_known, "{replies} {ms}");
            assert_eq!(answered(&mut Exchanges::default(), replies, ms), of_others, "{replies} {ms}");
        }
    }

    #[test]
    fn an_answer_to_somebody_else_begins_anew() {
        let mut exchanges = Exchanges::default();
        exchanges.noticed(&ECHO.into());
        let now = Duration::ZERO;
        exchanges.answered(&"!r".into(), &ECHO.into(), now);
        assert!(exchanges.never_end(&message(true), now));
        exchanges.answered(&"!r".into(), &"@ada:example.org".into(), now);
        assert!(!exchanges.never_end(&message(true), now));
    }
}
