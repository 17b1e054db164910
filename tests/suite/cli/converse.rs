//! `mynah converse`: what a room or direct message would see, as scripts read it.

use serde_json::{Value, json};

use crate::harness::{file, mynah};

/// What is said, and what the bot does at the end.
fn played(talks: &[Value]) -> Vec<Value> {
    let text: String = talks.iter().map(|talk| format!("{talk}\n")).collect();
    let (_folder, path) = file("talks.jsonl", &text);
    let ran = mynah(["converse", &path]).run().exits(0);
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn said(from: &str, text: &str) -> Value {
    json!({ "from": from, "text": text })
}

fn answered(question: usize) -> Value {
    json!({ "from": "mynah", "answer_to": question })
}

#[test]
fn each_does_what_is_considerate() {
    let asked = [said("ann", "@mynah what is the distributed cloud architecture?"), answered(0)];
    let reply = |text: &str| json!({ "from": "ben", "text": text, "reply_to": 1 });
    let table = [
        ("room", &[][..], said("ann", "mynah: what is ACRN?"), "answer"),
        ("room", &[], said("ann", "what is ACRN, Mynah?"), "answer"),
        ("room", &[], said("ann", "what is ACRN?"), "silent"),
        ("room", &[], said("ann", "myna: what is ACRN?"), "answer"),
        ("room", &[], said("ann", "mynah: what is ACRN? when was 6.0 released?"), "answer"),
        ("room", &[], said("ann", "mynah: wo kann ich fragen?"), "brief"),
        ("room", &[], said("ann", "^ what Mynah said"), "silent"),
        ("room", &[], said("ann", "!mynah reload"), "command"),
        ("room", &[], said("ann", "Mynah is wrong here, that was 6.0"), "silent"),
        ("room", &[], said("ann", "!mynah sources"), "command"),
        ("room", &asked, said("ann", "@mynah thanks!"), "brief"),
        ("room", &asked, reply("lol"), "silent"),
        ("room", &asked, reply("which release did that arrive in"), "answer"),
        ("room", &asked, reply("so what now, Cleo?"), "silent"),
        ("room", &asked, json!({ "from": "ben", "text": "why?", "reply_to": 0, "mentions": ["mynah"] }), "silent"),
        ("thread", &asked, said("ann", "and in 5.0?"), "answer"),
        ("thread", &asked, said("ann", "brb lunch"), "silent"),
        ("thread", &asked, said("ben", "what is ACRN?"), "silent"),
        ("dm", &[], said("ann", "what is ACRN?"), "answer"),
        ("dm", &asked, said("ann", "that did not help"), "brief"),
        ("dm", &asked, said("ann", "gotta run, meeting"), "brief"),
        ("dm", &asked, said("ann", "more pls"), "command"),
    ];
    let talk = |(at, (place, before, last, _)): (usize, &(&str, &[Value], Value, &str))| json!({ "id": at.to_string(), "place": place, "before": before, "last": last });
    let talks: Vec<Value> = table.iter().enumerate().map(talk).collect();
    for (played, (place, _, last, did)) in played(&talks).iter().zip(&table) {
        assert_eq!(played["did"], *did, "{place} {last}\n{played}");
        assert_eq!(played.get("text").is_none(), *did == "silent", "{played}");
        assert_eq!(played.get("citations").is_some(), *did == "answer", "{played}");
    }
}

#[test]
fn a_follow_up_says_what_it_is_read_together_with() {
    let before = [said("ann", "what is apparmor"), answered(0)];
    let last = said("ann", "@mynah which release will that be in");
    let told = &played(&[json!({ "id": "1", "place": "room", "before": before, "last": last })])[0];
    assert!(told["text"].as_str().unwrap().starts_with("About apparmor: "), "{told}");
}

#[test]
fn several_questions_are_answered_each_after_itself() {
    let asked = ["what is ACRN?", "when did Debian migration start?", "what is OVN?", "where is the list?"];
    let told = &played(&[json!({ "id": "1", "place": "dm", "last": said("ann", &asked.join(" ")) })])[0];
    let text = told["text"].as_str().unwrap();
    let places: Vec<_> = asked.iter().map(|question| text.find(&format!("“{question}”"))).collect();
    assert!(places[..3].iter().all(Option::is_some) && places.is_sorted_by_key(|place| place.unwrap_or(text.len())), "{text}");
    assert_eq!(places[3], None, "{text}");
    assert!(text.ends_with("I answer three questions at a time: ask the others again."), "{text}");
}

#[test]
fn who_wrote_that_means_the_post_that_was_quoted() {
    let before = [said("ann", "what is ACRN?"), answered(0)];
    for asked in ["who wrote that?", "when was it posted?"] {
        let talk = |last: Value, before: &[Value]| json!({ "id": "1", "place": "dm", "before": before, "last": last });
        let quoted = &played(&[talk(said("ann", "what is ACRN?"), &[])])[0]["citations"][0];
        let told = &played(&[talk(said("ann", asked), &before)])[0];
        assert_eq!(told["verdict"], "answered", "{told}");
        assert_eq!(told["citations"][0]["url"], quoted["url"], "{asked} {told}");
        assert_eq!(told["citations"].as_array().unwrap().len(), 1, "{told}");
    }
}

#[test]
fn a_room_is_told_less_than_a_direct_message() {
    let last = said("ann", "mynah, when did Debian migration start?");
    let told = |place: &str| played(&[json!({ "id": "1", "place": place, "last": last })]).remove(0);
    let (room, direct) = (told("room"), told("dm"));
    assert_eq!(room["citations"], direct["citations"]);
    let (room, direct) = (room["text"].as_str().unwrap(), direct["text"].as_str().unwrap());
    let quoted = |text: &str| text.lines().filter(|line| line.starts_with('[')).count();
    assert_eq!(quoted(room), 1, "{room}");
    assert!(quoted(direct) > 1, "{direct}");
    assert!(room.contains("`!mynah more`"), "{room}");
}

#[test]
fn a_line_that_is_no_conversation_is_named() {
    let (_folder, path) = file("talks.jsonl", "{}\n");
    let ran = mynah(["converse", &path]).run().exits(2);
    assert!(ran.err.contains("talks.jsonl:1: not a conversation"), "{ran}");
}
