//! The page beside the bot, by tables.

use super::*;
use crate::beside::Request;
use crate::chat::{Deed, Keeping, NoLink};
use crate::insight::Mark;

const LINK: &str = "https://ask.example.org/login?token=secret";

/// What `login` calls for in a room, and what is said to it.
fn login(direct: bool, link: std::result::Result<String, NoLink>) -> Vec<String> {
    let mut stage = Stage::new();
    stage.rooms.0.get_mut(ROOM).unwrap().direct = direct;
    let now = stage.now;
    let read = stage.sync([asks("$q", ADA, now)]);
    let login = Reply::say(Vec::new()).map(|reply| Reply { deed: Some(Deed::Login), ..reply });
    let acts = stage.reply(&read, login);
    let [Act::Link(asked)] = acts.as_slice() else { panic!("{acts:?}") };
    assert_eq!(stage.bot.under_way(), 1, "it is not done yet");
    let acts = stage.tell(|bot, moment| bot.linked(asked, link, moment));
    let words = acts.iter().flat_map(|act| {
        match act {
            Act::Send(delivery) => match &delivery.payload {
                Payload::Message(words) => crate::render::plain_blocks(&words.blocks),
                other => panic!("{other:?}"),
            },
            Act::TellDirectly { blocks, .. } => format!("directly: {}", crate::render::plain_blocks(blocks)),
            other => told(std::slice::from_ref(other)).remove(0),
        }
        .lines()
        .map(str::to_owned)
        .collect::<Vec<_>>()
    });
    words.collect()
}

#[test]
fn a_link_is_said_to_one_alone() {
    let direct = login(true, Ok(LINK.to_owned()));
    assert!(direct[1].contains(LINK), "{direct:?}");
    let [directly, _, said] = login(false, Ok(LINK.to_owned())).try_into().unwrap();
    assert!(directly.starts_with("directly: ") && directly.contains(LINK), "{directly}");
    assert_eq!(said, "The link comes in a direct message.");
    for why in [NoLink::NoPage, NoLink::NothingKept, NoLink::NoAddress, NoLink::NoRandom] {
        for direct in [true, false] {
            assert_eq!(login(direct, Err(why)).len(), 2, "{why:?}");
        }
    }
}

#[test]
fn what_is_kept_is_held_ready_while_somebody_looks() {
    let mut stage = Stage::new();
    let looks = |stage: &mut Stage| told(&stage.tell(|bot, moment| bot.page_asks(Request::Look, moment)));
    assert_eq!(looks(&mut stage), ["show [], open [], whole: true"]);
    let around = |stage: &mut Stage| told(&stage.tell(|bot, moment| bot.look_around(moment)));
    assert!(!around(&mut stage).iter().any(|act| act.starts_with("show")), "there is no page");
    stage.bot.rules.page = true;
    for (minutes, whole) in [(2, true), (7, true), (2, false), (1, false)] {
        stage.pass(minutes * MINUTE);
        let acts = around(&mut stage);
        assert_eq!(acts.last().unwrap(), &format!("show [], open [], whole: {whole}"), "{acts:?}");
    }
}

#[test]
fn everybody_sees_of_open_rooms_alone_what_was_cited() {
    let mut stage = Stage::new();
    for (id, open) in [("!open", true), ("!closed", false)] {
        let room = Room { id: id.into(), open, keeping: Keeping::For(Duration::from_secs(9)), ..Room::default() };
        stage.rooms.0.insert(id.into(), room);
        let entry = crate::journal::KeptEntry {
            event: format!("${id}").into(),
            room: id.into(),
            asker: ADA.into(),
            thread: None,
            answer: format!("$a{id}").into(),
            at: stage.now,
        };
        stage.bot.journal.keep(&entry).unwrap();
    }
    let acts = stage.tell(|bot, moment| bot.page_asks(Request::Look, moment));
    let [Act::Show(ToShow { rooms, open, .. })] = acts.as_slice() else { panic!("{acts:?}") };
    assert_eq!((rooms.len(), open.as_slice()), (2, ["!open".into()].as_slice()));
}

#[test]
fn a_mark_is_made_at_the_time_of_the_bots_clock() {
    let mut stage = Stage::new();
    let now = stage.now;
    for (mark, shown) in [(Some(Mark::Done), "Some(Done)"), (None, "None")] {
        let request = Request::Mark { questions: vec![("$q".into(), 0)], mark, number: 7 };
        let acts = stage.tell(|bot, moment| bot.page_asks(request, moment));
        assert_eq!(told(&acts), [format!("mark 1 as {shown}: request 7")]);
        let [Act::Mark(ToMark { marked, .. })] = acts.as_slice() else { panic!("{acts:?}") };
        assert!(marked.is_none_or(|marked| marked.at.as_millisecond() == now));
    }
}
