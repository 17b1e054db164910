//! Matrix events → what happened, for `chat` and the journal. Whatever an event holds, reading it can't fail: what is absurd is
//! nothing.

use matrix_sdk::deserialized_responses::{TimelineEvent, TimelineEventKind};
use matrix_sdk::ruma::events::room::message::sanitize::remove_plain_reply_fallback;
use serde::Deserialize;
use serde_json::Value;

use crate::bot::{EventKind, Happening};
use crate::chat::Message;
use crate::ids::{EventId, RoomId, UserId};

use super::ids;

#[derive(Deserialize)]
struct Event {
    event_id: EventId,
    #[serde(rename = "type")]
    kind: String,
    sender: UserId,
    #[serde(default)]
    origin_server_ts: Value,
    state_key: Option<String>,
    #[serde(default)]
    content: Value,
    #[serde(default)]
    unsigned: Value,
    #[serde(default)]
    redacts: Value,
}

/// Reads an event of a room's timeline, but for what only the room's state tells of it; `None` where it is not even an event.
pub(super) fn read(room: &RoomId, event: &TimelineEvent) -> Option<Happening> {
    let parsed: Event = serde_json::from_str(event.raw().json().get()).ok()?;
    let unreadable = matches!(event.kind, TimelineEventKind::UnableToDecrypt { .. });
    let kind = if unreadable { EventKind::Unreadable } else { kind(room, &parsed) };
    let at = parsed.origin_server_ts.as_i64().unwrap_or_default();
    Some(Happening { event: parsed.event_id, sender: parsed.sender, at, kind })
}

fn kind(room: &RoomId, event: &Event) -> EventKind {
    let content = &event.content;
    match (event.kind.as_str(), &event.state_key) {
        ("m.room.message", None) => message(room, event),
        ("m.poll.start" | "org.matrix.msc3381.poll.start", None) => poll(room, event),
        ("m.room.redaction", None) => {
            // Before room version 11 the target stood beside the content.
            let target = id(&content["redacts"]).or_else(|| id(&event.redacts));
            target.map_or(EventKind::Nothing, |target| EventKind::Redaction { target })
        }
        ("m.reaction", None) => {
            let relation = &content["m.relates_to"];
            let annotates = relation["rel_type"] == "m.annotation";
            match (id(&relation["event_id"]).filter(|_| annotates), text(&relation["key"])) {
                (Some(target), Some(key)) => EventKind::Reaction { target, key },
                _ => EventKind::Nothing,
            }
        }
        ("m.room.member", Some(user)) => {
            let before = event.unsigned["prev_content"]["membership"].as_str();
            let joined = content["membership"] == "join" && before != Some("join");
            EventKind::Member { user: user.as_str().into(), name: text(&content["displayname"]), joined }
        }
        ("m.room.encryption", Some(_)) => EventKind::Encryption,
        ("m.room.tombstone", Some(_)) => {
            // An id that is none leads nowhere. Who may replace a room is for the room's power levels to say.
            let replacement = id(&content["replacement_room"]).filter(|room| ids::room(room).is_ok());
            replacement.map_or(EventKind::Nothing, |replacement| EventKind::Tombstone { replacement, allowed: false })
        }
        _ => EventKind::Nothing,
    }
}

fn message(room: &RoomId, event: &Event) -> EventKind {
    let content = &event.content;
    let relation = &content["m.relates_to"];
    let is = |kind: &str| relation["rel_type"] == kind;
    let in_reply_to: Option<EventId> = id(&relation["m.in_reply_to"]["event_id"]);
    if is("m.replace") {
        let words = self::words(&content["m.new_content"], false);
        let target: Option<EventId> = id(&relation["event_id"]);
        return match (target, words) {
            (Some(target), Some((body, html))) => {
                let message = Message { id: target.clone(), body, html, ..said(room, event, &content["m.new_content"]) };
                EventKind::Edit { target, message }
            }
            _ => EventKind::Other { reply_to: None, edit: true, notice: false },
        };
    }
    // In a thread, a reply that is there for old clients only is none.
    let falls_back = is("m.thread") && relation["is_falling_back"] == true;
    let reply_to = in_reply_to.clone().filter(|_| !falls_back);
    match words(content, reply_to.is_some()) {
        Some((body, html)) => {
            let thread = id(&relation["event_id"]).filter(|_| is("m.thread"));
            let message = Message { body, html, thread, ..said(room, event, content) };
            EventKind::Text { message, reply_to: in_reply_to, falls_back }
        }
        None => EventKind::Other { reply_to: in_reply_to, edit: false, notice: content["msgtype"] == "m.notice" },
    }
}

/// A message as far as it does not hang on its words.
fn said(room: &RoomId, event: &Event, content: &Value) -> Message {
    let kind = content["msgtype"].as_str().unwrap_or_default();
    Message {
        id: event.event_id.clone(),
        room: room.clone(),
        sender: event.sender.clone(),
        mentions: mentions(content),
        says_mentions: content["m.mentions"].is_object(),
        emote: kind == "m.emote",
        beside: !matches!(kind, "m.text" | "m.emote"),
        ..Message::default()
    }
}

/// The question of a poll (Matrix spec v1.16, client-server API § 11.32, and MSC3381 before it).
fn poll(room: &RoomId, event: &Event) -> EventKind {
    let content = &event.content;
    let started = |kind: &str| Some(&content[kind]).filter(|poll| poll.is_object()).map(|poll| &poll["question"]);
    let question = started("m.poll.start").or_else(|| started("m.poll")).or_else(|| started("org.matrix.msc3381.poll.start"));
    let words = question.and_then(|question| {
        let parts = question["m.text"].as_array().into_iter().flatten().find_map(|part| text(&part["body"]));
        parts.or_else(|| text(&question["body"])).or_else(|| text(&question["org.matrix.msc1767.text"]))
    });
    let in_reply_to = id(&content["m.relates_to"]["m.in_reply_to"]["event_id"]);
    match words {
        Some(body) => {
            EventKind::Text { message: Message { body, ..said(room, event, content) }, reply_to: in_reply_to, falls_back: false }
        }
        None => EventKind::Nothing,
    }
}

/// Plain and formatted body of a message, without what old clients quote of the message replied to: of a text, of what somebody
/// does, or of the caption of a file (MSC2530).
fn words(content: &Value, reply: bool) -> Option<(String, Option<String>)> {
    let has_words = match content["msgtype"].as_str()? {
        "m.text" | "m.emote" => true,
        "m.image" | "m.file" | "m.video" | "m.audio" => {
            content["filename"].as_str().is_some_and(|name| content["body"].as_str().is_some_and(|body| body != name))
        }
        _ => false,
    };
    let body = content["body"].as_str().filter(|_| has_words)?;
    let body = if reply { remove_plain_reply_fallback(body) } else { body };
    let html = (content["format"] == "org.matrix.custom.html").then(|| text(&content["formatted_body"])).flatten();
    Some((body.to_owned(), html))
}

fn mentions(content: &Value) -> Vec<UserId> {
    content["m.mentions"]["user_ids"].as_array().into_iter().flatten().filter_map(id).collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn id<'a, Id: From<&'a str>>(value: &'a Value) -> Option<Id> {
    value.as_str().map(Id::from)
}

/// The latest edit that the homeserver bundles with an event (Matrix spec v1.16, client-server API § 11.6.5), if its sender made it.
pub(super) fn bundled_edit(room: &RoomId, event: &TimelineEvent) -> Option<Message> {
    let parsed: Event = serde_json::from_str(event.raw().json().get()).ok()?;
    let edit: Event = serde_json::from_value(parsed.unsigned["m.relations"]["m.replace"].clone()).ok()?;
    match kind(room, &edit) {
        EventKind::Edit { message, .. } if edit.sender == parsed.sender => Some(message),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use matrix_sdk::ruma::serde::Raw;
    use serde_json::json;

    use super::*;

    fn read_json(kind: &str, content: Value) -> EventKind {
        read_event(&json!({
            "event_id": "$1", "type": kind, "sender": "@a:b", "origin_server_ts": 7, "content": content,
        }))
    }

    fn read_event(event: &Value) -> EventKind {
        let raw = Raw::from_json(serde_json::value::to_raw_value(event).unwrap());
        read(&"!r".into(), &TimelineEvent::from_plaintext(raw)).unwrap().kind
    }

    #[test]
    fn a_thread_s_fallback_reply_is_still_known_and_old_quotes_are_cut() {
        let relation =
            json!({"rel_type": "m.thread", "event_id": "$root", "is_falling_back": true, "m.in_reply_to": {"event_id": "$x"}});
        let EventKind::Text { message, reply_to, falls_back: true } =
            read_json("m.room.message", json!({"msgtype": "m.text", "body": "> hi", "m.relates_to": relation}))
        else {
            panic!("a text")
        };
        assert_eq!((message.thread, message.body.as_str(), reply_to), (Some("$root".into()), "> hi", Some("$x".into())));
        let relation = json!({"m.in_reply_to": {"event_id": "$x"}});
        let EventKind::Text { message, .. } =
            read_json("m.room.message", json!({"msgtype": "m.text", "body": "> <@b:c> old\n\nnew", "m.relates_to": relation}))
        else {
            panic!("a text")
        };
        assert_eq!(message.body, "new");
    }

    #[test]
    fn absurd_content_is_nothing() {
        for content in
            [json!(null), json!({"msgtype": "m.text", "body": 3}), json!({"msgtype": ["m.text"], "body": "x"}), json!([1])]
        {
            assert!(matches!(read_json("m.room.message", content), EventKind::Other { .. }));
        }
        let edit = json!({"msgtype": "m.text", "body": "x", "m.relates_to": {"rel_type": "m.replace", "event_id": {"a": 1}}, "m.new_content": 1});
        assert!(matches!(read_json("m.room.message", edit), EventKind::Other { edit: true, .. }));
        let mentions =
            json!({"msgtype": "m.text", "body": "x", "m.mentions": {"user_ids": [1, {"a": 2}, "@b:c"]}, "m.relates_to": [[[]]]});
        let EventKind::Text { message, .. } = read_json("m.room.message", mentions) else { panic!("a text") };
        assert_eq!(message.mentions, ["@b:c"]);
        assert!(matches!(read_json("m.room.redaction", json!({"redacts": []})), EventKind::Nothing));
        for relation in [json!({"rel_type": "m.annotation", "event_id": "$1", "key": 1}), json!({"event_id": "$1", "key": "👍"})]
        {
            assert_eq!(read_json("m.reaction", json!({"m.relates_to": relation})), EventKind::Nothing);
        }
    }

    #[test]
    fn a_reaction_is_to_a_message_and_by_a_key() {
        let relation = json!({"rel_type": "m.annotation", "event_id": "$1", "key": "👍"});
        let expected = EventKind::Reaction { target: "$1".into(), key: "👍".to_owned() };
        assert_eq!(read_json("m.reaction", json!({"m.relates_to": relation})), expected);
    }

    #[test]
    fn a_room_is_replaced_by_what_can_be_a_room() {
        for (replacement, is_one) in [(json!("!new:b"), true), (json!("!new"), true), (json!("new"), false), (json!(7), false)] {
            let event = json!({
                "event_id": "$1", "type": "m.room.tombstone", "sender": "@a:b", "state_key": "",
                "content": { "replacement_room": replacement },
            });
            assert_eq!(matches!(read_event(&event), EventKind::Tombstone { allowed: false, .. }), is_one, "{event}");
        }
    }
}
