//! What the bot does: in words that know no protocol.

use std::time::Duration;

use crate::chat::{Message, Place, Reply, ReplyAs};
use crate::ids::{EventId, RoomId, UserId};
use crate::insight::{Kept, Marked, Vote};
use crate::journal::Unreadable;
use crate::reload::{By, Order};
use crate::render::Block;

/// Something to be done. Acts are done in the order in which they are given. No words are in their debug output.
#[derive(Clone, derive_more::Debug, PartialEq)]
pub enum Act {
    /// Have a message read; [`super::Bot::heard`] is to be told what is said to it.
    Read(Box<Asked>),
    /// Have what was said to a message forgotten, and what is kept of it; [`super::Bot::forgotten`] is to be told of the latter.
    Forget(EventId),
    /// Keep these questions of a message, and no others of it.
    Keep {
        /// The message.
        event: EventId,
        /// Its questions.
        questions: Vec<Kept>,
    },
    /// Delete what is kept of these messages; [`super::Bot::forgotten`] is to be told of it.
    ForgetKept(Vec<EventId>),
    /// Delete all votes of somebody.
    ForgetVotes(UserId),
    /// Delete all that is kept of a room.
    LeaveKept(RoomId),
    /// Delete what was kept for too long.
    TidyKept {
        /// Milliseconds since 1970.
        now: i64,
        /// For how long it is kept.
        keep: Duration,
    },
    /// Count somebody's vote of the answer to a question, where that is kept.
    Vote {
        /// The question.
        question: EventId,
        /// The event by whose redaction it is taken back.
        reaction: EventId,
        /// Who.
        voter: UserId,
        /// For or against.
        vote: Vote,
    },
    /// Make the digest; [`super::Bot::digest_made`] is to be told, or where a command asks for it, [`super::Bot::heard`].
    Digest {
        /// For whom.
        whom: DigestFor,
        /// The rooms whose questions it tells of.
        rooms: Vec<RoomId>,
        /// The time that it is of.
        period: Duration,
        /// The end of that time, in milliseconds since 1970.
        now: i64,
    },
    /// Have a link made that logs the sender in; [`super::Bot::linked`] is to be told of it.
    Link(Box<Asked>),
    /// Mark questions, or take their marks back.
    Mark(ToMark),
    /// Show what is kept on the page.
    Show(ToShow),
    /// Send something; [`super::Bot::delivered`] is to be told what became of it.
    Send(Box<Delivery>),
    /// Show that a message was read and is being answered.
    Acknowledge {
        /// Its room.
        room: RoomId,
        /// The message.
        event: EventId,
    },
    /// Carry out what a command asks of the posts; [`super::Bot::reloaded`] is to be told what came of it.
    Reload {
        /// What.
        order: Order,
        /// Who.
        by: By,
        /// The command's event.
        command: EventId,
    },
    /// Read a room's history back; [`super::Bot::read_back`] is to be told what it holds.
    ReadBack(Gap),
    /// Fetch events again, one after the other; [`super::Bot::fetched`] is to be told of each.
    Fetch(Vec<Wanted>),
    /// Ask who is in an encrypted room, and so who is to have its keys, before somebody waits for an answer.
    LearnMembers(RoomId),
    /// Count who is in a room or invited, by asking the homeserver; [`super::Bot::counted`] is to be told how many they are.
    CountMembers(RoomId),
    /// Join a room.
    Join {
        /// The room.
        room: RoomId,
        /// Whose server knows the way to it; nobody's where the bot is invited.
        via: Option<UserId>,
    },
    /// Leave a room, or reject an invite into it.
    Leave(RoomId),
    /// Say something to a user in a direct message, in a room that is there or a new one; the room is to be passed to
    /// [`super::Bot::remark`].
    TellDirectly {
        /// Whom.
        user: UserId,
        /// What calls for it.
        cause: String,
        /// What.
        #[debug(skip)]
        blocks: Vec<Block>,
    },
}

/// For whom a digest is.
#[derive(Clone, Debug, PartialEq)]
pub enum DigestFor {
    /// It is what is said to a command.
    Command(Box<Asked>),
    /// A room, by itself.
    Room {
        /// The room.
        room: RoomId,
        /// What calls for it.
        cause: String,
    },
    /// A user, by itself.
    User {
        /// The user.
        user: UserId,
        /// What calls for it.
        cause: String,
    },
}

/// A message that is meant for the bot, with what is known as it is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The event that calls for words: the message, or its edit.
    pub cause: EventId,
    /// The message.
    pub message: Message,
    /// What the room is like.
    pub place: Place,
    /// The answer that an edited message has already.
    pub answered: Option<EventId>,
    /// Whether it counts towards the limits.
    pub counted: bool,
}

/// Something to send.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// What calls for it. What is sent twice for the same cause arrives once.
    pub cause: Cause,
    /// The question that it is about; none of a remark that answers nobody.
    pub question: Option<EventId>,
    /// The room.
    pub room: RoomId,
    /// What is sent.
    pub payload: Payload,
    /// What it settles.
    pub settles: Settles,
    /// What is kept once it is sent.
    pub kept: Option<ToKeep>,
}

/// What calls for something to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// An event that the journal holds: a question, its edit, its redaction.
    Event(EventId),
    /// Something else, or something further about an event, under a name that nothing else has.
    Named(String),
}

impl Cause {
    /// The event or the name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Event(event) => event.as_str(),
            Self::Named(name) => name,
        }
    }

    /// The event, if it is one.
    pub(super) fn event(&self) -> Option<&EventId> {
        match self {
            Self::Event(event) => Some(event),
            Self::Named(_) => None,
        }
    }
}

/// What is kept of the questions that an answer is for.
#[derive(Clone, Debug, PartialEq)]
pub struct ToKeep {
    /// The questions; none where an edit left none.
    pub questions: Vec<Kept>,
    /// Who asked.
    pub asker: UserId,
    /// The root of the thread that they stand in.
    pub thread: Option<EventId>,
    /// Milliseconds since 1970 when they were answered.
    pub at: i64,
    /// Whether votes are offered below the answer.
    pub offer: bool,
}

impl Delivery {
    /// A notice that answers nobody.
    pub(super) fn remark(room: &RoomId, cause: String, blocks: Vec<Block>) -> Self {
        let words = Words { notice: true, ..Words::new(blocks) };
        let (cause, payload) = (Cause::Named(cause), Payload::Message(words));
        Self { cause, question: None, room: room.clone(), payload, settles: Settles::Nothing, kept: None }
    }
}

/// Questions that are to be marked, or whose marks are to be taken back.
#[derive(Clone, Debug, PartialEq)]
pub struct ToMark {
    /// The questions, by event and part.
    pub questions: Vec<(EventId, usize)>,
    /// As what, and when.
    pub marked: Option<Marked>,
    /// The number of the request, to be told once it is done.
    pub number: u64,
}

/// What of the store is to be shown on the page.
#[derive(Clone, Debug, PartialEq)]
pub struct ToShow {
    /// The rooms whose questions are shown, to who is logged in.
    pub rooms: Vec<RoomId>,
    /// Those of them whose citations everybody may see.
    pub open: Vec<RoomId>,
    /// Whether anybody looks: else it is citations alone.
    pub whole: bool,
    /// The time that counts as now, in milliseconds since 1970.
    pub now: i64,
}

/// What a delivery settles in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settles {
    /// What calls for it has its answer.
    Answered,
    /// The question and its redaction are to be forgotten.
    Redacted,
    /// It was said of the message that it can't be read.
    Noticed,
    /// The reply to the command says what came of it.
    Told,
    /// It was told that the posts answer the question now.
    ToldLater,
    /// Nothing.
    Nothing,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// A message.
    Message(Words),
    /// Other words for one of the bot's own messages.
    Edit {
        /// The message.
        answer: EventId,
        /// The words.
        words: Words,
    },
    /// The redaction of one of the bot's own messages.
    Redaction(EventId),
    /// A reaction to one of the bot's own messages.
    Reaction {
        /// The message.
        to: EventId,
        /// What is shown.
        key: String,
    },
}

/// Words to be said. They are not in its debug output.
#[derive(Clone, derive_more::Debug, PartialEq)]
pub struct Words {
    /// The words.
    #[debug(skip)]
    pub blocks: Vec<Block>,
    /// Whether they are a remark by the way (`m.notice`).
    pub notice: bool,
    /// Who is mentioned: nobody but the asker, and in a direct room nobody, as every message there is for them.
    pub mention: Option<UserId>,
    /// Where they stand.
    pub relation: Relation,
}

/// Where words stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Relation {
    /// By themselves.
    #[default]
    None,
    /// In reply to a message.
    Reply(EventId),
    /// In a thread that begins with the message that they answer.
    NewThread(EventId),
    /// In a thread, in reply to a message of it.
    Thread {
        /// The message that began it.
        root: EventId,
        /// The message replied to.
        to: EventId,
    },
}

impl Words {
    /// Words by themselves that mention nobody.
    pub(super) fn new(blocks: Vec<Block>) -> Self {
        Self { blocks, notice: false, mention: None, relation: Relation::None }
    }

    /// A reply as the room wants it.
    pub(super) fn reply(message: &Message, place: &Place, reply: Reply) -> Self {
        Self {
            notice: reply.remark || place.settings.notice == Some(true),
            mention: (!place.direct).then(|| message.sender.clone()),
            relation: Relation::of(message, place.settings.reply.unwrap_or_default()),
            blocks: reply.blocks,
        }
    }
}

impl Relation {
    fn of(message: &Message, reply_as: ReplyAs) -> Self {
        Self::to(&message.id, message.thread.as_ref(), reply_as)
    }

    /// Where words to a message stand that is in a thread or in none.
    pub(super) fn to(message: &EventId, thread: Option<&EventId>, reply_as: ReplyAs) -> Self {
        let to = || message.clone();
        match (reply_as, thread) {
            (ReplyAs::Plain, _) => Self::None,
            (ReplyAs::Auto, None) => Self::Reply(to()),
            (ReplyAs::Thread, None) => Self::NewThread(to()),
            (ReplyAs::Auto | ReplyAs::Thread, Some(root)) => Self::Thread { root: root.clone(), to: to() },
        }
    }
}

/// A part of a room's history that is to be read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The room.
    pub room: RoomId,
    /// The last event read in it, if any.
    pub read_to: Option<EventId>,
    /// Milliseconds since 1970 of the oldest event that matters.
    pub oldest: i64,
}

/// An event that is to be fetched again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its room.
    pub room: RoomId,
    /// The event.
    pub event: EventId,
}

impl From<Unreadable> for Wanted {
    fn from(Unreadable { event, room, .. }: Unreadable) -> Self {
        Self { room, event }
    }
}
