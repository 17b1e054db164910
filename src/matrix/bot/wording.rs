//! Replies as Matrix messages: type, relation, mentions.

use matrix_sdk::Room;
use matrix_sdk::ruma::events::Mentions;
use matrix_sdk::ruma::events::relation::{InReplyTo, Reply as ReplyTo, Thread};
use matrix_sdk::ruma::events::room::message::{Relation, RoomMessageEventContent};
use matrix_sdk::ruma::{EventId, UserId};

use crate::chat::{Message, Place, Reply};
use crate::config::{ReplyAs, RoomSettings};
use crate::matrix::deliver::{Delivery, Parcel, Then, transaction};
use crate::render::{self, Block};

/// A message about a question, or whatever else it is about.
pub(super) fn message_to(room: &Room, cause: &str, question: &str, content: RoomMessageEventContent, then: Then) -> Delivery {
    let parcel = Parcel::Message(Box::new(content));
    Delivery {
        cause: cause.to_owned(),
        question: question.to_owned(),
        room: room.clone(),
        transaction: transaction(cause),
        parcel,
        then,
    }
}

/// A notice that answers nobody.
pub(super) fn remark(room: &Room, key: &str, blocks: &[Block]) -> Delivery {
    message_to(room, key, key, words(blocks, true).add_mentions(Mentions::new()), Then::Nothing)
}

/// A reply as a message: relation, type and mentions as the room wants them.
pub(super) fn content(message: &Message, place: &Place, reply: &Reply) -> RoomMessageEventContent {
    let notice = reply.remark || place.settings.notice == Some(true);
    let mut content = words(&reply.blocks, notice).add_mentions(mentions(message, place));
    content.relates_to = relation(message, &place.settings);
    content
}

/// Blocks as a message, `m.notice` or `m.text`.
pub(super) fn words(blocks: &[Block], notice: bool) -> RoomMessageEventContent {
    let (plain, html) = (render::plain_blocks(blocks), render::html(blocks));
    if notice { RoomMessageEventContent::notice_html(plain, html) } else { RoomMessageEventContent::text_html(plain, html) }
}

/// Nobody but the asker, and in a direct room nobody: every message is for them.
pub(super) fn mentions(message: &Message, place: &Place) -> Mentions {
    match UserId::parse(&message.sender) {
        Ok(asker) if !place.direct => Mentions::with_user_ids([asker]),
        _ => Mentions::new(),
    }
}

fn relation<C>(message: &Message, settings: &RoomSettings) -> Option<Relation<C>> {
    let question = EventId::parse(&message.id).ok()?;
    let root = message.thread.as_deref().and_then(|root| EventId::parse(root).ok());
    match (settings.reply.unwrap_or_default(), root) {
        (ReplyAs::Plain, _) => None,
        (ReplyAs::Auto, None) => Some(Relation::Reply(ReplyTo::new(InReplyTo::new(question)))),
        (ReplyAs::Thread, None) => Some(Relation::Thread(Thread::plain(question.clone(), question))),
        (ReplyAs::Auto | ReplyAs::Thread, Some(root)) => Some(Relation::Thread(Thread::reply(root, question))),
    }
}
