//! What the bot sends as Matrix messages: type, relation, mentions.

use matrix_sdk::ruma::events::Mentions;
use matrix_sdk::ruma::events::reaction::ReactionEventContent;
use matrix_sdk::ruma::events::relation::{Annotation, InReplyTo, Reply as ReplyTo, Thread};
use matrix_sdk::ruma::events::room::message::{Relation as MessageRelation, ReplacementMetadata, RoomMessageEventContent};
use matrix_sdk::ruma::{OwnedEventId, OwnedTransactionId};

use crate::bot::{Cause, Payload, Relation, Words};
use crate::ids::EventId;
use crate::render;

use super::ids;

/// What is sent to the homeserver.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// A message.
    Message(Box<RoomMessageEventContent>),
    /// The redaction of one of the bot's own messages.
    Redaction(OwnedEventId),
    /// A reaction to one of them.
    Reaction(ReactionEventContent),
}

/// A payload as what is sent; none where it is about an event whose id is none.
pub(super) fn content(payload: &Payload) -> Option<Content> {
    Some(match payload {
        Payload::Message(words) => {
            let mut content = message(words);
            content.relates_to = relation(&words.relation);
            Content::Message(Box::new(content))
        }
        Payload::Edit { answer, words } => {
            let answer = ReplacementMetadata::new(ids::event(answer).ok()?, Some(mentions(words)));
            Content::Message(Box::new(message(words).make_replacement(answer)))
        }
        Payload::Redaction(event) => Content::Redaction(ids::event(event).ok()?),
        Payload::Reaction { to, key } => {
            let annotation = Annotation::new(ids::event(to).ok()?, key.clone());
            Content::Reaction(ReactionEventContent::new(annotation))
        }
    })
}

/// The transaction id of what something calls for.
pub(super) fn transaction(cause: &Cause) -> OwnedTransactionId {
    format!("mynah.{}", cause.as_str().trim_start_matches('$')).into()
}

/// Words as a message by itself, `m.notice` or `m.text`.
fn message(words: &Words) -> RoomMessageEventContent {
    let (plain, html) = (render::plain_blocks(&words.blocks), render::html(&words.blocks));
    let content = if words.notice {
        RoomMessageEventContent::notice_html(plain, html)
    } else {
        RoomMessageEventContent::text_html(plain, html)
    };
    content.add_mentions(mentions(words))
}

fn mentions(words: &Words) -> Mentions {
    match words.mention.as_ref().map(ids::user) {
        Some(Ok(user)) => Mentions::with_user_ids([user]),
        _ => Mentions::new(),
    }
}

fn relation<C>(relation: &Relation) -> Option<MessageRelation<C>> {
    let event = |id: &EventId| ids::event(id).ok();
    match relation {
        Relation::None => None,
        Relation::Reply(to) => Some(MessageRelation::Reply(ReplyTo::new(InReplyTo::new(event(to)?)))),
        Relation::NewThread(root) => event(root).map(|root| MessageRelation::Thread(Thread::plain(root.clone(), root))),
        Relation::Thread { root, to } => Some(MessageRelation::Thread(Thread::reply(event(root)?, event(to)?))),
    }
}
