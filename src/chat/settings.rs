//! What a community sets about the bot's behaviour: who is who to it, how much it answers, what it does in each room.

use std::time::Duration;

use serde::Deserialize;
use wildmatch::WildMatch;

use crate::ids::UserId;
use crate::span::Span;

/// What the bot goes by in every conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manners {
    /// The bot's user id.
    pub user_id: UserId,
    /// The name that its account shows, if it has one.
    pub display_name: Option<String>,
    /// What begins a command in a room.
    pub prefix: String,
    /// Who may give orders.
    pub admins: Vec<Pattern>,
    /// Who is never answered.
    pub ignore: Vec<Pattern>,
    /// How long a question is remembered for its follow-ups.
    pub follow_up: Duration,
    /// How many questions are answered.
    pub rates: Rates,
}

/// Whether questions of a room are kept, without who asked them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// Nothing is said of it: there is no room.
    #[default]
    Untold,
    /// They are not.
    Not,
    /// They are, for so long.
    For(Duration),
}

impl Keeping {
    /// Whether they are.
    pub fn is_on(self) -> bool {
        matches!(self, Self::For(_))
    }
}

/// How many questions are answered. A whole minute's worth may come at once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Questions a minute from one asker, in all rooms together.
    pub per_asker: u32,
    /// Questions a minute in one room.
    pub per_room: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { per_asker: 20, per_room: 60 }
    }
}

/// How the bot behaves in a room. What is not set falls back to `*`, then to the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoomSettings {
    /// What is answered.
    pub answer: Option<AnswerTo>,
    /// Where answers go.
    pub reply: Option<ReplyAs>,
    /// Whether answers are `m.notice` instead of `m.text`.
    pub notice: Option<bool>,
    /// How many quotations an answer shows at first; `more` shows the others.
    pub citations: Option<usize>,
    /// How long a quotation may get, in characters; the sentence that answers is never cut for it.
    pub length: Option<usize>,
    /// Whether the bot introduces itself on joining.
    pub introduce: Option<bool>,
    /// Whether newcomers are greeted, and where.
    pub welcome: Option<Welcome>,
    /// After a greeting, how long no other follows in the room.
    pub welcome_cooldown: Option<Span>,
    /// The power level that makes a member an admin; without it, power levels don't count.
    pub admin_power_level: Option<i64>,
    /// Whether its questions are kept for the digest; without it, where anybody may join and it is not encrypted.
    pub insight: Option<bool>,
    /// Whether the bot offers 👍 and 👎 on its answers, where questions are kept.
    pub votes: Option<bool>,
}

impl RoomSettings {
    /// These settings, with those of `base` where nothing is set.
    pub fn over(self, base: &Self) -> Self {
        Self {
            answer: self.answer.or(base.answer),
            reply: self.reply.or(base.reply),
            notice: self.notice.or(base.notice),
            citations: self.citations.or(base.citations),
            length: self.length.or(base.length),
            introduce: self.introduce.or(base.introduce),
            welcome: self.welcome.or(base.welcome),
            welcome_cooldown: self.welcome_cooldown.or(base.welcome_cooldown),
            admin_power_level: self.admin_power_level.or(base.admin_power_level),
            insight: self.insight.or(base.insight),
            votes: self.votes.or(base.votes),
        }
    }

    /// How long no other greeting follows one in the room; 10 minutes unless set.
    pub fn cooldown(&self) -> Duration {
        self.welcome_cooldown.unwrap_or(Span::minutes(10)).0
    }
}

/// What is answered in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerTo {
    /// What is addressed to the bot: mentions, its name, the command prefix, replies.
    #[default]
    Addressed,
    /// Only what begins with the command prefix.
    Commands,
    /// Nothing.
    Nobody,
}

/// Where an answer goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplyAs {
    /// Into the question's thread where it stands in one, else as a rich reply.
    #[default]
    Auto,
    /// Always into a thread, begun at the question where there is none.
    Thread,
    /// As a message of its own.
    Plain,
}

/// Whether newcomers are greeted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Welcome {
    /// Not at all.
    #[default]
    Off,
    /// In the room.
    Room,
    /// In a direct message.
    Direct,
}

/// A pattern of Matrix user ids, `*` standing for any text: `@*:example.org`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern {
    text: String,
    matcher: WildMatch,
}

impl Pattern {
    /// Whether a user id fits.
    pub fn matches(&self, user: &UserId) -> bool {
        self.matcher.matches(user.as_str())
    }

    /// The only user that fits, if it names one in full.
    pub fn user(&self) -> Option<&str> {
        Some(self.text.as_str()).filter(|text| !text.contains(['*', '?']))
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let text = text.trim();
        if text == "*" || (text.starts_with('@') && text.contains([':', '*'])) {
            return Ok(Self { text: text.to_owned(), matcher: WildMatch::new(text) });
        }
        Err(format!("`{text}` is no pattern of user ids: write @name:server, with * for any text, such as @*:example.org"))
    }
}
