//! What chat is told of a message and of the room it stands in.

use crate::ids::{EventId, RoomId, UserId};

use super::settings::{Keeping, Manners, RoomSettings};

/// A text message, of whatever network. Its words are not in its debug output.
#[derive(Clone, derive_more::Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The event's id.
    pub id: EventId,
    /// The room's id.
    pub room: RoomId,
    /// The sender's user id.
    pub sender: UserId,
    /// The plain body, without the fallback of a reply.
    #[debug(skip)]
    pub body: String,
    /// The formatted body, if there is one.
    #[debug(skip)]
    pub html: Option<String>,
    /// User ids that it mentions (`m.mentions`, MSC3952).
    pub mentions: Vec<UserId>,
    /// Whether it says whom it mentions, be it nobody: then a pill in its text is none.
    pub says_mentions: bool,
    /// The root of the thread it stands in (`m.thread`, MSC3440).
    pub thread: Option<EventId>,
    /// Whether it is a rich reply to a message of the bot's.
    pub replies_to_me: bool,
    /// Whether that answers somebody else.
    pub to_anothers_answer: bool,
    /// Whether it is a rich reply to somebody else's message.
    pub replies_to_other: bool,
    /// The question whose answer it replies to, or stands in the thread of.
    pub on_answer_to: Option<EventId>,
    /// Whether it tells what its sender does (`m.emote`).
    pub emote: bool,
    /// Whether its words stand beside something else: the caption of a picture or file, the question of a poll.
    pub beside: bool,
    /// Whether it stands in a thread that began with its sender's question to the bot, or the answer to it.
    pub own_thread: bool,
    /// True for an edit of a message that was meant for the bot: the new text need not address it again.
    pub meant_for_me: bool,
    /// Whether it was sent while the bot was not there to read it.
    pub while_away: bool,
}

/// The room and what its members may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Whether nobody is there but the bot and one other member.
    pub direct: bool,
    /// The room's settings.
    pub settings: RoomSettings,
    /// The sender's power level.
    pub power_level: i64,
    /// What others there are called, but for the sender and the bot. Asked for only where a message may be meant for them.
    pub others: Vec<String>,
    /// Whether its questions are kept.
    pub keeping: Keeping,
    /// Whether the config names it as one where the digest is told.
    pub desk: bool,
    /// Ids and names of the sender and of those whom a message mentions. Asked for only where questions are kept: they are not.
    pub people: Vec<String>,
}

/// Who the bot is in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Me {
    /// Its user id.
    pub user_id: UserId,
    /// Its display name, if it has one.
    pub display_name: Option<String>,
}

impl Me {
    /// Who it is where there is no room: the account that there would be, and `@mynah` without one.
    pub fn of(manners: &Manners) -> Self {
        let user_id = if manners.user_id.as_str().is_empty() { "@mynah".into() } else { manners.user_id.clone() };
        Self { user_id, display_name: manners.display_name.clone() }
    }

    /// The names it is called by: user id, display name, and the id's first part.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let localpart = self.user_id.as_str().trim_start_matches('@').split(':').next().unwrap_or_default();
        [Some(self.user_id.as_str()), self.display_name.as_deref(), Some(localpart)]
            .into_iter()
            .flatten()
            .filter(|n| !n.is_empty())
    }
}
