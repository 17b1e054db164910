//! What is decided, by tables: each row of the tests against a real homeserver that is about deciding, without one.

mod keeping;
mod page;

use jiff::tz::TimeZone;

use super::*;
use crate::answer::Pointers;
use crate::chat::{Act as Says, Manners, Message, Pattern, Place, Rates, Reply, RoomSettings, Welcome};
use crate::config::InsightConfig;
use crate::reload::{Order, Reloaded};

const ME: &str = "@mynah:example.org";
const ADA: &str = "@ada:example.org";
const BOB: &str = "@bob:example.org";
const ROOM: &str = "!r";
const MINUTE: i64 = 60_000;

#[derive(Default)]
struct Known(HashMap<RoomId, Room>);

impl Rooms for Known {
    fn room(&self, id: &RoomId) -> Option<Room> {
        self.0.get(id).cloned()
    }

    fn named(&self, name: &str) -> Option<Room> {
        self.0.get(name).cloned()
    }
}

/// A bot, its rooms, and a clock.
struct Stage {
    bot: Bot,
    rooms: Known,
    now: i64,
    up: Duration,
}

fn rules() -> Rules {
    let pattern = |text: &str| Pattern::try_from(text.to_owned()).unwrap();
    let manners = Manners {
        user_id: ME.into(),
        display_name: None,
        prefix: "!mynah".to_owned(),
        admins: vec![pattern("@admin:example.org")],
        ignore: vec![pattern("@bridge:*")],
        follow_up: Duration::from_secs(15 * 60),
        rates: Rates::default(),
    };
    Rules {
        manners,
        invite_from: vec![pattern("@*:example.org")],
        catch_up: Duration::from_secs(12 * 3600),
        key_wait: Duration::from_secs(30),
        insight: InsightConfig::default(),
        page: false,
        zone: TimeZone::UTC,
    }
}

impl Stage {
    /// A bot that has listened before.
    fn new() -> Self {
        let mut stage = Self::begun(Journal::in_memory());
        stage.sync([]);
        stage
    }

    fn begun(journal: Journal) -> Self {
        let now = 1_000 * MINUTE;
        let room = Room { id: ROOM.into(), ..Room::default() };
        let rooms = Known(HashMap::from([(ROOM.into(), room)]));
        Self { bot: Bot::new(rules(), journal, now), rooms, now, up: Duration::ZERO }
    }

    /// The same room with other settings.
    fn with(mut self, settings: RoomSettings) -> Self {
        self.rooms.0.get_mut(ROOM).unwrap().settings = settings;
        self
    }

    /// The process ends and another begins, which has not listened yet.
    fn restarted(self) -> Self {
        Self { rooms: self.rooms, now: self.now, ..Self::begun(self.bot.journal) }
    }

    fn pass(&mut self, ms: i64) {
        self.now += ms;
        self.up += Duration::from_millis(ms.unsigned_abs());
    }

    fn tell<T>(&mut self, tell: impl FnOnce(&mut Bot, &Moment<'_>) -> Result<T>) -> T {
        let pointers = Pointers::default();
        let moment = Moment { now: self.now, up: self.up, rooms: &self.rooms, pointers: &pointers };
        tell(&mut self.bot, &moment).unwrap()
    }

    fn batch(&self, events: impl IntoIterator<Item = Happening>) -> Batch {
        let room = self.rooms.0[ROOM].clone();
        let (settings, keeping) = (room.settings.clone(), room.keeping);
        let place = Place { direct: room.direct, settings, keeping, ..Place::default() };
        let mut batch = Batch::new(room, &ME.into(), events);
        batch.places = batch.happenings.iter().map(|happening| (happening.event.clone(), place.clone())).collect();
        batch
    }

    fn sync(&mut self, events: impl IntoIterator<Item = Happening>) -> Vec<Act> {
        self.sync_limited(events, false)
    }

    fn sync_limited(&mut self, events: impl IntoIterator<Item = Happening>, limited: bool) -> Vec<Act> {
        let synced = Synced { joined: vec![(self.batch(events), limited)], left: Vec::new(), token: "t".to_owned() };
        self.tell(|bot, moment| bot.synced(synced, moment))
    }

    /// Says something to what is to be read, and gives what it calls for.
    fn reply(&mut self, acts: &[Act], reply: Option<Reply>) -> Vec<Act> {
        let mut all = Vec::new();
        for act in acts {
            if let Act::Read(asked) = act {
                all.extend(self.tell(|bot, moment| bot.heard(asked, reply.clone(), Vec::new(), moment)));
            }
        }
        all
    }

    /// Sends what is to be sent, as an event of this name.
    fn deliver(&mut self, acts: &[Act], event: &str) -> Vec<Act> {
        self.end(acts, Some(event))
    }

    /// What is to be sent became an event, or never will.
    fn end(&mut self, acts: &[Act], event: Option<&str>) -> Vec<Act> {
        let event = event.map(EventId::from);
        let mut all = Vec::new();
        for act in acts {
            if let Act::Send(delivery) = act {
                all.extend(self.tell(|bot, moment| bot.delivered(delivery, event.as_ref(), moment)));
            }
        }
        all
    }

    /// A question by Ada as `$q`, answered as `$a`.
    fn with_an_answer() -> Self {
        let mut stage = Self::new();
        let now = stage.now;
        let read = stage.sync([asks("$q", ADA, now)]);
        let sent = stage.reply(&read, answer());
        assert_eq!(told(&sent), ["acknowledge $q", "send $q: reply to $q"]);
        assert_eq!(told(&stage.deliver(&sent, "$a")), [""; 0]);
        stage
    }
}

fn answer() -> Option<Reply> {
    let blocks = vec![Block::text("The posts say:")];
    Reply::say(blocks).map(|reply| Reply { act: Says::Answer, ..reply })
}

fn event(event: &str, sender: &str, at: i64, kind: EventKind) -> Happening {
    Happening { event: event.into(), sender: sender.into(), at, kind }
}

fn text(id: &str, sender: &str, body: &str) -> Message {
    Message { id: id.into(), room: ROOM.into(), sender: sender.into(), body: body.to_owned(), ..Message::default() }
}

fn says(id: &str, sender: &str, at: i64, body: &str) -> Happening {
    event(id, sender, at, EventKind::Text { message: text(id, sender, body), reply_to: None, falls_back: false })
}

fn asks(id: &str, sender: &str, at: i64) -> Happening {
    says(id, sender, at, "!mynah where do mallards swim?")
}

/// A question in reply to a message.
fn replies(id: &str, sender: &str, at: i64, to: &str) -> Happening {
    let kind = match asks(id, sender, at).kind {
        EventKind::Text { message, .. } => EventKind::Text { message, reply_to: Some(to.into()), falls_back: false },
        other => other,
    };
    event(id, sender, at, kind)
}

fn edits(id: &str, sender: &str, at: i64, target: &str) -> Happening {
    let message = text(target, sender, "!mynah where do swans swim?");
    event(id, sender, at, EventKind::Edit { target: target.into(), message })
}

fn redacts(id: &str, at: i64, target: &str) -> Happening {
    event(id, ADA, at, EventKind::Redaction { target: target.into() })
}

fn joins(user: &str, at: i64) -> Happening {
    event(&format!("$join-{user}"), user, at, EventKind::Member { user: user.into(), name: None, joined: true })
}

fn leaves(user: &str, at: i64) -> Happening {
    event(&format!("$leave-{user}"), user, at, EventKind::Member { user: user.into(), name: None, joined: false })
}

/// The room is replaced by `!new`, by somebody who may do so or not.
fn replaces(sender: &str, at: i64, allowed: bool) -> Happening {
    event("$t", sender, at, EventKind::Tombstone { replacement: "!new".into(), allowed })
}

/// Acts in short.
fn told(acts: &[Act]) -> Vec<String> {
    acts.iter()
        .map(|act| match act {
            Act::Read(asked) => {
                let of = asked.answered.as_ref().map_or_else(String::new, |answer| format!(" for {answer}"));
                let late = if asked.message.while_away { ", late" } else { "" };
                format!("read {}{of}{late}", asked.cause)
            }
            Act::Forget(event) => format!("forget {event}"),
            Act::Send(delivery) => format!("send {}: {}", delivery.cause.as_str(), payload(&delivery.payload)),
            Act::Acknowledge { event, .. } => format!("acknowledge {event}"),
            Act::Reload { order, command, .. } => format!("{order:?} for {command}"),
            Act::ReadBack(gap) => format!("read back to {}", gap.read_to.as_ref().map_or("the start", EventId::as_str)),
            Act::Fetch(wanted) => {
                format!("fetch {}", joined(wanted.iter().map(|wanted| wanted.event.as_str())))
            }
            Act::LearnMembers(room) => format!("members of {room}"),
            Act::CountMembers(room) => format!("count members of {room}"),
            Act::Join { room, via: None } => format!("join {room}"),
            Act::Join { room, via: Some(user) } => format!("join {room} via {user}"),
            Act::Leave(room) => format!("leave {room}"),
            Act::TellDirectly { user, .. } => format!("tell {user} directly"),
            Act::Keep { event, questions } => format!("keep {} of {event}", questions.len()),
            Act::ForgetKept(events) => format!("forget kept {}", joined(events.iter().map(EventId::as_str))),
            Act::ForgetVotes(user) => format!("forget votes of {user}"),
            Act::LeaveKept(room) => format!("leave kept {room}"),
            Act::TidyKept { .. } => "tidy kept".to_owned(),
            Act::Link(asked) => format!("link for {}", asked.message.sender),
            Act::Mark(ToMark { questions, marked, number }) => {
                format!("mark {} as {:?}: request {number}", questions.len(), marked.map(|marked| marked.mark))
            }
            Act::Show(ToShow { rooms, open, whole, .. }) => format!("show {rooms:?}, open {open:?}, whole: {whole}"),
            Act::Vote { question, voter, vote, .. } => format!("vote {vote:?} of {question} by {voter}"),
            Act::Digest { whom, rooms, period, .. } => {
                let whom = match whom {
                    DigestFor::Command(asked) => asked.cause.as_str(),
                    DigestFor::Room { room, .. } => room.as_str(),
                    DigestFor::User { user, .. } => user.as_str(),
                };
                let rooms = joined(rooms.iter().map(RoomId::as_str));
                format!("digest for {whom} of {} days in [{rooms}]", period.as_secs() / 86_400)
            }
        })
        .collect()
}

fn joined<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    ids.collect::<Vec<_>>().join(" ")
}

fn payload(payload: &Payload) -> String {
    match payload {
        Payload::Message(Words { relation: Relation::Reply(to), .. }) => format!("reply to {to}"),
        Payload::Message(Words { relation: Relation::None, .. }) => "remark".to_owned(),
        Payload::Message(Words { relation: Relation::NewThread(root) | Relation::Thread { root, .. }, .. }) => {
            format!("in thread {root}")
        }
        Payload::Edit { answer, .. } => format!("edit {answer}"),
        Payload::Redaction(event) => format!("redact {event}"),
        Payload::Reaction { to, key } => format!("{key} to {to}"),
    }
}

/// What time brings, but for what it brings each minute.
fn looked(stage: &mut Stage) -> Vec<String> {
    let mut acts = told(&stage.tell(Bot::look_around));
    acts.retain(|act| act != "tidy kept");
    acts
}

#[test]
fn one_sync_calls_for_this() {
    let mut stage = Stage::new();
    let now = stage.now;
    let bad = |text: &str| says("$1", ADA, now, text);
    let old = now - 13 * 60 * MINUTE;
    for (events, expected) in [
        (vec![asks("$1", ADA, now)], &["read $1"][..]),
        (vec![asks("$1", ADA, old)], &["read $1"]),
        (vec![bad("where do mallards swim?")], &[]),
        (vec![asks("$1", "@bridge:elsewhere.org", now)], &[]),
        (vec![asks("$1", ME, now)], &[]),
        (vec![asks("$1", ADA, now), redacts("$2", now, "$1")], &["forget $1"]),
        (vec![redacts("$2", now, "$unknown")], &["forget $unknown"]),
        (vec![edits("$2", ADA, now, "$unknown")], &[]),
        (vec![event("$1", ADA, now, EventKind::Encryption)], &["members of !r"]),
        (vec![leaves(BOB, now)], &["count members of !r"]),
        (vec![leaves(ME, now)], &[]),
        (vec![replaces(BOB, now, true)], &["join !new via @bob:example.org"]),
        (vec![replaces(BOB, now, false)], &[]),
        (vec![replaces(ME, now, true)], &[]),
        (vec![event("$1", BOB, now, EventKind::Nothing)], &[]),
    ] {
        stage = Stage::new();
        assert_eq!(told(&stage.sync(events.clone())), expected, "{events:?}");
    }
}

#[test]
fn a_question_is_answered_once_however_often_it_comes() {
    let mut stage = Stage::with_an_answer();
    let now = stage.now;
    assert_eq!(told(&stage.sync([asks("$q", ADA, now)])), [""; 0]);
    let mut stage = stage.restarted();
    assert_eq!(told(&stage.sync([asks("$q", ADA, now)])), [""; 0]);
}

#[test]
fn what_is_owed_is_fetched_after_a_start_and_answered_late() {
    let mut stage = Stage::new();
    let now = stage.now;
    stage.sync([asks("$q", ADA, now)]);
    stage.pass(2 * MINUTE);
    let mut stage = stage.restarted();
    stage.bot.times.away_until = stage.now;
    assert_eq!(told(&stage.sync([])), ["fetch $q"]);
    let batch = stage.batch([asks("$q", ADA, now)]);
    assert_eq!(told(&stage.tell(|bot, moment| bot.fetched(&"$q".into(), Some(&batch), moment))), ["read $q, late"]);
    // It is under way: fetched once more, it is not read again.
    assert_eq!(told(&stage.tell(|bot, moment| bot.fetched(&"$q".into(), Some(&batch), moment))), [""; 0]);
}

#[test]
fn what_is_owed_for_too_long_or_gone_is_forgotten() {
    let owing = || {
        let mut stage = Stage::new();
        let now = stage.now;
        stage.sync([asks("$q", ADA, now)]);
        stage
    };
    let mut stage = owing();
    stage.pass(13 * 60 * MINUTE);
    let mut stage = stage.restarted();
    assert_eq!(told(&stage.sync([])), [""; 0]);
    assert_eq!(stage.bot.counts().unwrap().owed, 0);
    let mut stage = owing().restarted();
    stage.sync([]);
    stage.tell(|bot, moment| bot.fetched(&"$q".into(), None, moment));
    assert_eq!(stage.bot.counts().unwrap().owed, 0);
}

#[test]
fn an_answer_that_was_seen_in_the_room_is_one() {
    let mut stage = Stage::begun(Journal::in_memory());
    let now = stage.now;
    let mine = EventKind::Text { message: text("$a", ME, "The posts say:"), reply_to: Some("$q".into()), falls_back: false };
    assert_eq!(told(&stage.sync([asks("$q", ADA, now), event("$a", ME, now, mine)])), [""; 0]);
    assert_eq!(stage.bot.counts().unwrap(), Counts { answered: 1, owed: 0, unhelpful: 0 });
}

#[test]
fn an_edit_is_followed_by_its_asker_only_and_in_turn() {
    let mut stage = Stage::with_an_answer();
    let now = stage.now;
    assert_eq!(told(&stage.sync([edits("$e", BOB, now, "$q")])), [""; 0]);
    let read = stage.sync([edits("$e", ADA, now, "$q")]);
    assert_eq!(told(&read), ["read $e for $a"]);
    // A second edit waits for the first.
    assert_eq!(told(&stage.sync([edits("$f", ADA, now, "$q")])), [""; 0]);
    let sent = stage.reply(&read, answer());
    assert_eq!(told(&sent), ["send $e: edit $a"]);
    assert_eq!(told(&stage.deliver(&sent, "$a2")), ["read $f for $a"]);
}

#[test]
fn an_edit_that_comes_with_its_question_is_read_at_once() {
    let mut stage = Stage::new();
    let now = stage.now;
    let read = stage.sync([asks("$q", ADA, now), edits("$e", ADA, now, "$q")]);
    let Some(Act::Read(asked)) = read.first() else { panic!("{read:?}") };
    assert_eq!(asked.message.body, "!mynah where do swans swim?");
}

#[test]
fn a_redacted_question_takes_its_answer_along_with_what_it_was_edited_to() {
    let mut stage = Stage::with_an_answer();
    let now = stage.now;
    let read = stage.sync([edits("$e", ADA, now, "$q")]);
    let sent = stage.reply(&read, answer());
    stage.deliver(&sent, "$a2");
    let acts = stage.sync([redacts("$r", now, "$q")]);
    assert_eq!(told(&acts), ["forget $q", "send $r.0: redact $a2", "send $r: redact $a"]);
    stage.deliver(&acts, "$done");
    assert_eq!(stage.bot.counts().unwrap(), Counts::default());
}

#[test]
fn a_question_that_is_redacted_while_it_is_answered_loses_the_answer_as_soon_as_it_is_there() {
    let mut stage = Stage::new();
    let now = stage.now;
    let read = stage.sync([asks("$q", ADA, now)]);
    assert_eq!(told(&stage.sync([redacts("$r", now, "$q")])), ["forget $q"]);
    let sent = stage.reply(&read, answer());
    assert_eq!(told(&stage.deliver(&sent, "$a")), ["send $r: redact $a"]);
}

#[test]
fn what_is_not_answered_or_not_taken_is_owed_no_longer() {
    let mut stage = Stage::new();
    let now = stage.now;
    let read = stage.sync([asks("$q", ADA, now)]);
    assert_eq!(told(&stage.reply(&read, None)), [""; 0]);
    assert_eq!(stage.bot.counts().unwrap().owed, 0);
    let read = stage.sync([asks("$2", ADA, now)]);
    let sent = stage.reply(&read, answer());
    assert_eq!(told(&sent), ["acknowledge $2", "send $2: reply to $2"]);
    stage.end(&sent, None);
    assert_eq!((stage.bot.counts().unwrap().owed, stage.bot.under_way()), (0, 0));
}

#[test]
fn a_gap_is_read_back_and_once_more_where_something_came_meanwhile() {
    let mut stage = Stage::new();
    let now = stage.now;
    stage.sync([says("$0", BOB, now, "hello")]);
    assert_eq!(told(&stage.sync_limited([asks("$9", ADA, now)], true)), ["read back to $0"]);
    assert_eq!(told(&stage.sync([asks("$10", ADA, now)])), [""; 0]);
    let batch = stage.batch([asks("$8", ADA, now), asks("$9", ADA, now)]);
    let acts = stage.tell(|bot, moment| bot.read_back(&ROOM.into(), Some(&batch), moment));
    assert_eq!(told(&acts), ["read $8", "read $9", "read back to $9"]);
    let batch = stage.batch([asks("$10", ADA, now)]);
    assert_eq!(told(&stage.tell(|bot, moment| bot.read_back(&ROOM.into(), Some(&batch), moment))), ["read $10"]);
    // A gap that can't be read back is closed.
    stage.sync_limited([asks("$12", ADA, now)], true);
    assert_eq!(told(&stage.tell(|bot, moment| bot.read_back(&ROOM.into(), None, moment))), [""; 0]);
    assert_eq!(told(&stage.restarted().sync([])), ["fetch $8 $9 $10"]);
}

#[test]
fn only_what_is_old_and_had_to_wait_is_too_old() {
    let mut stage = Stage::begun(Journal::in_memory());
    let old = stage.now - 13 * 60 * MINUTE;
    assert_eq!(told(&stage.sync([asks("$q", ADA, old)])), [""; 0], "after a start");
    stage.pass(2 * MINUTE);
    let asked_at = stage.now - MINUTE;
    assert_eq!(told(&stage.sync([asks("$late", ADA, asked_at)])), ["read $late, late"], "after two minutes without a sync");
    assert_eq!(told(&stage.sync([asks("$live", ADA, asked_at)])), ["read $live"]);
}

#[test]
fn it_introduces_itself_once_where_it_is_wished() {
    let mine = |now| event("$hi", ME, now, EventKind::Other { reply_to: None, edit: false, notice: false });
    for (room, spoken, expected) in [
        (Room::default(), false, &["send introduction.r: remark"][..]),
        (Room::default(), true, &[]),
        (Room { space: true, ..Room::default() }, false, &[]),
        (Room { own: true, ..Room::default() }, false, &[]),
        (Room { settings: RoomSettings { introduce: Some(false), ..RoomSettings::default() }, ..Room::default() }, false, &[]),
    ] {
        let mut stage = Stage::new();
        stage.rooms.0.insert(ROOM.into(), Room { id: ROOM.into(), ..room.clone() });
        let now = stage.now;
        let events = [joins(ME, now)].into_iter().chain(spoken.then(|| mine(now)));
        assert_eq!(told(&stage.sync(events)), expected, "{room:?}, spoken: {spoken}");
        if !spoken {
            assert_eq!(told(&stage.sync([joins(ME, now)])), [""; 0], "once");
        }
    }
}

#[test]
fn nothing_before_its_own_join_matters() {
    let mut stage = Stage::new();
    let now = stage.now;
    let acts = stage.sync_limited([asks("$before", ADA, now), joins(ME, now), asks("$after", ADA, now)], true);
    assert_eq!(told(&acts), ["read $after", "send introduction.r: remark"]);
}

#[test]
fn a_newcomer_is_greeted_once_ever_where_the_room_wishes_it() {
    let welcome = |welcome| RoomSettings { welcome: Some(welcome), ..RoomSettings::default() };
    for (settings, age, user, expected) in [
        (welcome(Welcome::Room), 0, ADA, &["send welcome.@ada:example.org: remark"][..]),
        (welcome(Welcome::Direct), 0, ADA, &["tell @ada:example.org directly"]),
        (welcome(Welcome::Off), 0, ADA, &[]),
        (RoomSettings::default(), 0, ADA, &[]),
        (welcome(Welcome::Room), 11 * MINUTE, ADA, &[]),
        (welcome(Welcome::Room), 0, "@bridge:elsewhere.org", &[]),
    ] {
        let mut stage = Stage::new().with(settings.clone());
        let now = stage.now;
        assert_eq!(told(&stage.sync([joins(user, now - age)])), expected, "{settings:?} {user}");
        stage.pass(60 * MINUTE);
        let now = stage.now;
        assert_eq!(told(&stage.sync([joins(user, now - age)])), [""; 0], "once ever");
    }
    // Of several who come at once, the first.
    let mut stage = Stage::new().with(welcome(Welcome::Room));
    let now = stage.now;
    assert_eq!(told(&stage.sync([joins(ADA, now), joins(BOB, now)])), ["send welcome.@ada:example.org: remark"]);
}

#[test]
fn a_message_without_its_key_is_looked_for_told_of_and_answered_when_it_comes() {
    let mut stage = Stage::new();
    let now = stage.now;
    stage.sync([event("$u", ADA, now, EventKind::Unreadable)]);
    assert_eq!(looked(&mut stage), ["fetch $u"]);
    let unread = stage.batch([event("$u", ADA, now, EventKind::Unreadable)]);
    assert_eq!(told(&stage.tell(|bot, moment| bot.fetched(&"$u".into(), Some(&unread), moment))), [""; 0]);
    stage.pass(31_000);
    let acts = stage.tell(Bot::look_around);
    assert_eq!(told(&acts), ["send unreadable.u: reply to $u", "fetch $u"]);
    stage.deliver(&acts, "$notice");
    // One notice a day, whatever else can't be read.
    let later = stage.now;
    stage.sync([event("$v", BOB, later, EventKind::Unreadable)]);
    stage.pass(31_000);
    assert_eq!(looked(&mut stage), ["fetch $v"]);
    let read = stage.batch([asks("$u", ADA, now)]);
    let acts = stage.tell(|bot, moment| bot.fetched(&"$u".into(), Some(&read), moment));
    assert_eq!(told(&acts), ["send readable.u: redact $notice", "read $u"]);
}

#[test]
fn what_can_t_be_read_is_of_no_concern_in_a_silent_room_or_by_those_who_are_ignored() {
    let silent = RoomSettings { answer: Some(crate::chat::AnswerTo::Nobody), ..RoomSettings::default() };
    for (settings, sender, expected) in [
        (RoomSettings::default(), ADA, &["send unreadable.u: reply to $u"][..]),
        (silent, ADA, &[]),
        (RoomSettings::default(), "@bridge:elsewhere.org", &[]),
    ] {
        let mut stage = Stage::new().with(settings);
        let now = stage.now;
        stage.sync([event("$u", sender, now, EventKind::Unreadable)]);
        stage.pass(3 * MINUTE);
        assert_eq!(looked(&mut stage), expected);
    }
}

#[test]
fn a_bot_that_answers_an_answer_at_once_is_left_alone_and_a_person_is_not() {
    for (notices, passes, read) in [(false, 500, "read $r"), (true, 20_000, "read $r"), (true, 500, "")] {
        let mut stage = Stage::new();
        let now = stage.now;
        if notices {
            stage.sync([event("$n", ADA, now, EventKind::Other { reply_to: None, edit: false, notice: true })]);
        }
        let asked = stage.sync([asks("$q", ADA, now)]);
        let sent = stage.reply(&asked, answer());
        stage.deliver(&sent, "$a");
        stage.pass(passes);
        let now = stage.now;
        let acts = stage.sync([replies("$r", ADA, now, "$a")]);
        assert_eq!(told(&acts).join(", "), read, "{notices} {passes}");
    }
}

#[test]
fn a_notice_is_taken_back_where_its_message_is_redacted_even_while_it_is_sent() {
    let noticing = || {
        let mut stage = Stage::new();
        let now = stage.now;
        stage.sync([event("$u", ADA, now, EventKind::Unreadable)]);
        stage.pass(3 * MINUTE);
        let acts = stage.tell(Bot::look_around);
        (stage, acts, now)
    };
    let (mut stage, acts, now) = noticing();
    stage.deliver(&acts, "$n");
    assert_eq!(told(&stage.sync([redacts("$r", now, "$u")])), ["forget $u", "send readable.u: redact $n"]);
    let (mut stage, acts, now) = noticing();
    stage.sync([redacts("$r", now, "$u")]);
    assert_eq!(told(&stage.deliver(&acts, "$n")), ["send readable.u: redact $n"]);
}

#[test]
fn invites_are_accepted_from_those_who_may() {
    let stage = Stage::new();
    let act = |inviter: &str| told(&[stage.bot.invited(&"!new".into(), &inviter.into())]);
    assert_eq!(act(ADA), ["join !new"]);
    assert_eq!(act("@admin:example.org"), ["join !new"]);
    assert_eq!(act("@ada:elsewhere.org"), ["leave !new"]);
}

#[test]
fn a_room_is_left_where_nobody_else_is_and_not_by_what_is_known_without_asking() {
    for (members, expected) in [(0, &["count members of !r"][..]), (1, &["count members of !r"]), (2, &[]), (3, &[])] {
        let mut stage = Stage::new();
        stage.rooms.0.get_mut(ROOM).unwrap().members = members;
        let now = stage.now;
        assert_eq!(told(&stage.sync([leaves(BOB, now)])), expected, "{members}");
    }
    let stage = Stage::new();
    for (members, expected) in [(0, &[][..]), (1, &["leave !r"]), (2, &[]), (3, &[])] {
        assert_eq!(told(&stage.bot.counted(&ROOM.into(), members)), expected, "{members}");
    }
}

#[test]
fn a_room_that_replaces_another_is_not_introduced_to() {
    let mut stage = Stage::new();
    let now = stage.now;
    stage.sync([replaces(ADA, now, true)]);
    stage.rooms.0.insert(ROOM.into(), Room { id: "!new".into(), ..Room::default() });
    assert_eq!(told(&stage.sync([joins(ME, now)])), [""; 0]);
}

#[test]
fn the_reply_to_a_reload_says_what_came_of_it_whenever_that_is_known() {
    let ordered = || {
        let mut stage = Stage::new();
        let now = stage.now;
        let read = stage.sync([says("$c", "@admin:example.org", now, "!mynah reload")]);
        let reply = answer().map(|reply| Reply { order: Some(Order::Reload), ..reply });
        let sent = stage.reply(&read, reply);
        assert_eq!(told(&sent), ["acknowledge $c", "Reload for $c", "send $c: reply to $c"]);
        (stage, sent)
    };
    let outcome = Reloaded::default();
    let reloaded = |stage: &mut Stage| stage.tell(|bot, moment| bot.reloaded(&["$c".into()], &outcome, moment));
    let edit = ["send $c.reloaded: edit $a"];
    let (mut stage, sent) = ordered();
    stage.deliver(&sent, "$a");
    assert_eq!(told(&reloaded(&mut stage)), edit, "after the reply");
    let (mut stage, sent) = ordered();
    assert_eq!(told(&reloaded(&mut stage)), [""; 0]);
    let acts = stage.deliver(&sent, "$a");
    assert_eq!(told(&acts), edit, "before it");
    stage.deliver(&acts, "$edit");
    assert_eq!(told(&stage.restarted().sync([])), [""; 0], "told once");
    let (mut stage, sent) = ordered();
    stage.deliver(&sent, "$a");
    assert_eq!(told(&stage.restarted().sync([])), edit, "after a start");
}

#[test]
fn a_vote_against_an_answer_is_counted() {
    let mut stage = Stage::with_an_answer();
    let now = stage.now;
    let read = stage.sync([says("$v", ADA, now, "!mynah that did not help")]);
    stage.reply(&read, answer().map(|reply| Reply { against: Some("$q".into()), ..reply }));
    assert_eq!(stage.bot.counts().unwrap().unhelpful, 1);
}

#[test]
fn a_room_that_was_left_is_forgotten() {
    let mut stage = Stage::with_an_answer();
    let synced = Synced { left: vec![ROOM.into()], token: "t2".to_owned(), ..Synced::default() };
    stage.tell(|bot, moment| bot.synced(synced, moment));
    assert_eq!(stage.bot.counts().unwrap(), Counts::default());
    assert_eq!(stage.bot.token().unwrap().as_deref(), Some("t2"));
}

#[test]
fn a_reply_stands_where_the_room_wants_it_and_mentions_nobody_but_the_asker() {
    use crate::chat::ReplyAs;
    let thread = |message: Message| Message { thread: Some("$root".into()), ..message };
    let message = text("$q", ADA, "where?");
    let set = |reply_as| RoomSettings { reply: Some(reply_as), ..RoomSettings::default() };
    let in_thread = Relation::Thread { root: "$root".into(), to: "$q".into() };
    for (message, settings, direct, expected) in [
        (message.clone(), RoomSettings::default(), false, Relation::Reply("$q".into())),
        (message.clone(), set(ReplyAs::Thread), false, Relation::NewThread("$q".into())),
        (message.clone(), set(ReplyAs::Plain), true, Relation::None),
        (thread(message.clone()), RoomSettings::default(), true, in_thread.clone()),
        (thread(message), set(ReplyAs::Thread), false, in_thread),
    ] {
        let place = Place { direct, settings, ..Place::default() };
        let words = Words::reply(&message, &place, answer().unwrap());
        assert_eq!((words.relation, words.mention), (expected, (!direct).then(|| ADA.into())));
    }
}

#[test]
fn the_words_of_people_are_in_no_debug_output() {
    let mut stage = Stage::new();
    let now = stage.now;
    let read = stage.sync([asks("$q", ADA, now)]);
    let sent = stage.reply(&read, answer());
    assert!(!format!("{read:?}{sent:?}").contains("mallards"));
    assert!(!format!("{sent:?}").contains("The posts say"));
}
