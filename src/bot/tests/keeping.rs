//! What is kept of questions, by tables.

use super::*;
use crate::answer::{Citation, Engine};
use crate::chat::{Deed, Keeping, ReplyAs};
use crate::corpus::Corpus;
use crate::insight::testing::kept;
use crate::insight::{Change, Found, Kept};
use crate::search::Families;

const DAY: i64 = 24 * 60 * MINUTE;
const KEPT: Keeping = Keeping::For(Duration::from_secs(90 * 24 * 3600));

fn question(event: &str) -> Vec<Kept> {
    vec![kept(event, "where do mallards swim?", crate::answer::Verdict::NotInPosts)]
}

impl Stage {
    /// A room whose questions are kept, with this in its settings.
    fn keeping(settings: RoomSettings) -> Self {
        let mut stage = Self::new().with(settings);
        let room = stage.rooms.0.get_mut(ROOM).unwrap();
        (room.keeping, room.open) = (KEPT, true);
        stage
    }

    /// Answers what is to be read, and sends that as an event of this name: what both call for.
    fn answer_and_keep(&mut self, read: &[Act], questions: Vec<Kept>, answer_id: &str) -> Vec<Act> {
        let mut all = Vec::new();
        for act in read {
            if let Act::Read(asked) = act {
                all.extend(self.tell(|bot, moment| bot.heard(asked, answer(), questions.clone(), moment)));
            }
        }
        let sent = self.deliver(&all, answer_id);
        all.extend(sent);
        all
    }

    /// A question of Ada's as `$q`, answered as `$a` and kept.
    fn with_a_kept_question(settings: RoomSettings) -> Self {
        let mut stage = Self::keeping(settings);
        let now = stage.now;
        let read = stage.sync([asks("$q", ADA, now)]);
        let acts = stage.answer_and_keep(&read, question("$q"), "$a");
        assert!(told(&acts).contains(&"keep 1 of $q".to_owned()), "{acts:?}");
        stage
    }
}

fn reacts(id: &str, sender: &str, to: &str, key: &str) -> Happening {
    event(id, sender, 1_000 * MINUTE, EventKind::Reaction { target: to.into(), key: key.to_owned() })
}

#[test]
fn a_question_is_kept_once_its_answer_is_sent_and_not_before() {
    let mut stage = Stage::keeping(RoomSettings::default());
    let now = stage.now;
    let read = stage.sync([asks("$q", ADA, now)]);
    let Some(Act::Read(asked)) = read.first() else { panic!("{read:?}") };
    let acts = stage.tell(|bot, moment| bot.heard(asked, answer(), question("$q"), moment));
    assert_eq!(told(&acts), ["acknowledge $q", "send $q: reply to $q"]);
    assert_eq!(told(&stage.end(&acts, None)), [""; 0], "it could not be sent");
    let read = stage.sync([asks("$2", ADA, now)]);
    assert_eq!(told(&stage.answer_and_keep(&read, question("$2"), "$a2")).last().unwrap(), "keep 1 of $2");
    let read = stage.sync([asks("$3", ADA, now)]);
    let acts = told(&stage.answer_and_keep(&read, Vec::new(), "$a3"));
    assert_eq!(acts, ["acknowledge $3", "send $3: reply to $3"], "there was no question in it");
}

#[test]
fn an_edit_edits_what_is_kept_and_nothing_else() {
    for (questions, expected) in [(question("$q"), "keep 1 of $q"), (Vec::new(), "forget kept $q")] {
        let mut stage = Stage::with_a_kept_question(RoomSettings::default());
        let now = stage.now;
        let read = stage.sync([edits("$e", ADA, now, "$q")]);
        assert_eq!(told(&stage.answer_and_keep(&read, questions, "$a2")).last().unwrap(), expected);
    }
    // An edit that is not answered, as there are too many of them, leaves no words of before.
    let mut stage = Stage::with_a_kept_question(RoomSettings::default());
    let now = stage.now;
    let read = stage.sync([edits("$e", ADA, now, "$q")]);
    assert_eq!(told(&stage.reply(&read, None)), ["forget kept $q"]);
    // Nor does one whose answer never arrives.
    let mut stage = Stage::with_a_kept_question(RoomSettings::default());
    let read = stage.sync([edits("$e", ADA, now, "$q")]);
    let Some(Act::Read(asked)) = read.first() else { panic!("{read:?}") };
    let acts = stage.tell(|bot, moment| bot.heard(asked, answer(), question("$q"), moment));
    assert_eq!(told(&stage.end(&acts, None)), ["forget kept $q"]);
    // What was not kept is not kept by an edit.
    let mut stage = Stage::with_an_answer();
    let read = stage.sync([edits("$e", ADA, now, "$q")]);
    assert_eq!(told(&stage.answer_and_keep(&read, question("$q"), "$a2")), ["send $e: edit $a"]);
}

#[test]
fn a_redaction_forgets_what_is_kept_also_if_the_process_ends_before_that_is_done() {
    let mut stage = Stage::with_a_kept_question(RoomSettings::default());
    let now = stage.now;
    assert_eq!(told(&stage.sync([redacts("$r", now, "$q")])), ["forget $q", "forget kept $q", "send $r: redact $a"]);
    let mut stage = stage.restarted();
    stage.sync([]);
    assert_eq!(looked(&mut stage), ["forget kept $q"]);
    stage.tell(|bot, _| bot.forgotten(&["$q".into()]));
    stage.pass(MINUTE);
    assert_eq!(looked(&mut stage), [""; 0]);
    // While it is being answered.
    let mut stage = Stage::keeping(RoomSettings::default());
    let read = stage.sync([asks("$q", ADA, now)]);
    stage.sync([redacts("$r", now, "$q")]);
    let acts = told(&stage.answer_and_keep(&read, question("$q"), "$a"));
    assert_eq!(acts[2..], ["keep 1 of $q", "forget kept $q", "send $r: redact $a"]);
    // Long after the journal has forgotten it.
    let mut stage = Stage::with_a_kept_question(RoomSettings::default());
    stage.pass(40 * DAY);
    stage.tell(|bot, moment| bot.tidy(moment));
    assert_eq!(told(&stage.sync([redacts("$r", now, "$q")])), ["forget $q", "forget kept $q"]);
}

#[test]
fn whoever_says_so_is_forgotten_with_what_is_on_its_way() {
    let mut stage = Stage::with_a_kept_question(RoomSettings::default());
    let now = stage.now;
    let read = stage.sync([asks("$2", ADA, now), asks("$3", BOB, now), says("$f", ADA, now, "!mynah forget me")]);
    let replies = [(answer(), question("$2")), (answer(), question("$3")), (forget_me(), Vec::new())];
    let mut sent = Vec::new();
    for (act, (reply, questions)) in read.iter().zip(replies) {
        let Act::Read(asked) = act else { panic!("{act:?}") };
        sent.extend(stage.tell(|bot, moment| bot.heard(asked, reply, questions, moment)));
    }
    let expected = ["acknowledge $f", "forget kept $q", "forget votes of @ada:example.org", "send $f: reply to $f"];
    assert_eq!(told(&sent)[4..], expected);
    assert_eq!(told(&stage.deliver(&sent, "$a9")), ["keep 1 of $3"], "what was asked before it is not kept later");
    stage.pass(2 * MINUTE);
    assert_eq!(looked(&mut stage), ["forget kept $q"], "until it is done");
    let later = stage.now;
    let read = stage.sync([asks("$4", ADA, later)]);
    assert_eq!(told(&stage.answer_and_keep(&read, question("$4"), "$a4")).last().unwrap(), "keep 1 of $4", "it is no vow");
}

fn forget_me() -> Option<Reply> {
    answer().map(|reply| Reply { act: Says::Command, deed: Some(Deed::ForgetMe), ..reply })
}

#[test]
fn reactions_to_answers_are_votes() {
    for (happening, expected) in [
        (reacts("$v", BOB, "$a", "👍"), &["vote Helped of $q by @bob:example.org"][..]),
        (reacts("$v", ADA, "$a", "❌"), &["vote Not of $q by @ada:example.org"]),
        (reacts("$v", BOB, "$a", "🎉"), &[]),
        (reacts("$v", BOB, "$q", "👍"), &[]),
        (reacts("$v", ME, "$a", "👍"), &[]),
        (reacts("$v", "@bridge:elsewhere.org", "$a", "👍"), &[]),
    ] {
        let mut stage = Stage::with_a_kept_question(RoomSettings::default());
        assert_eq!(told(&stage.sync([happening.clone()])), expected, "{happening:?}");
    }
    let mut stage = Stage::with_an_answer();
    assert_eq!(told(&stage.sync([reacts("$v", BOB, "$a", "👍")])), [""; 0], "nothing is kept of it");
    let mut stage = Stage::with_a_kept_question(RoomSettings::default());
    let now = stage.now;
    assert_eq!(told(&stage.sync([redacts("$r", now, "$v")])), ["forget $v"], "and so is the vote");
}

#[test]
fn a_complaint_is_a_vote_too() {
    let mut stage = Stage::with_a_kept_question(RoomSettings::default());
    let now = stage.now;
    let read = stage.sync([says("$c", ADA, now, "!mynah that did not help")]);
    let acts = stage.reply(&read, answer().map(|reply| Reply { against: Some("$q".into()), ..reply }));
    assert_eq!(told(&acts), ["acknowledge $c", "vote Not of $q by @ada:example.org", "send $c: reply to $c"]);
}

#[test]
fn votes_are_offered_where_the_room_wishes_it_and_questions_are_kept() {
    let wished = RoomSettings { votes: Some(true), ..RoomSettings::default() };
    let mut stage = Stage::keeping(wished.clone());
    let now = stage.now;
    let read = stage.sync([asks("$q", ADA, now)]);
    let acts = told(&stage.answer_and_keep(&read, question("$q"), "$a"));
    assert_eq!(acts[2..], ["keep 1 of $q", "send vote.0.q: 👍 to $a", "send vote.1.q: 👎 to $a"]);
    let mut stage = Stage::new().with(wished);
    let read = stage.sync([asks("$q", ADA, now)]);
    assert_eq!(told(&stage.answer_and_keep(&read, Vec::new(), "$a")).len(), 2);
}

#[test]
fn a_room_that_is_left_or_in_which_nothing_is_kept_any_more_is_forgotten() {
    let mut stage = Stage::with_a_kept_question(RoomSettings::default());
    let synced = Synced { left: vec![ROOM.into()], token: "t2".to_owned(), ..Synced::default() };
    assert_eq!(told(&stage.tell(|bot, moment| bot.synced(synced, moment))), ["leave kept !r"]);
    assert_eq!(looked(&mut stage), ["forget kept $q"]);
    let mut stage = Stage::with_a_kept_question(RoomSettings::default());
    assert_eq!(looked(&mut stage), [""; 0]);
    stage.rooms.0.get_mut(ROOM).unwrap().keeping = Keeping::Not;
    assert_eq!(looked(&mut stage), [""; 0], "once a minute");
    stage.pass(MINUTE);
    assert_eq!(looked(&mut stage), ["leave kept !r", "forget kept $q"]);
}

#[test]
fn the_digest_is_made_for_who_asks_and_tells_a_room_nothing_of_closed_ones() {
    for (direct, open, expected) in [(true, false, "!r"), (false, false, ""), (false, true, "!r")] {
        let mut stage = Stage::with_a_kept_question(RoomSettings::default());
        stage.rooms.0.get_mut(ROOM).unwrap().open = open;
        let asked = Asked {
            cause: "$d".into(),
            message: Message { room: "!desk".into(), ..text("$d", ADA, "insight") },
            place: Place { direct, ..Place::default() },
            answered: None,
            counted: false,
        };
        let wants = answer().map(|reply| Reply { deed: Some(Deed::Digest), ..reply });
        let acts = stage.tell(|bot, moment| bot.heard(&asked, wants, Vec::new(), moment));
        assert_eq!(told(&acts), [format!("digest for $d of 7 days in [{expected}]")], "{direct} {open}");
        let acts = stage.tell(|bot, moment| bot.heard(&asked, answer(), Vec::new(), moment));
        assert!(told(&acts).contains(&"send $d: reply to $d".to_owned()), "it is the reply");
    }
}

#[test]
fn the_digest_is_told_by_itself_once_at_its_time() {
    let schedule = |text: &str| Some(crate::config::Schedule::try_from(text.to_owned()).unwrap());
    let begun = |to: &[&str]| {
        let mut stage = Stage::with_a_kept_question(RoomSettings::default());
        stage.bot.rules.insight.digest = schedule("daily 09:00");
        stage.bot.rules.insight.to = to.iter().map(|name| (*name).to_owned()).collect();
        // 1 January 1970, 16:40.
        assert_eq!(looked(&mut stage), [""; 0]);
        stage
    };
    for (to, expected) in [
        (&[][..], &["digest for @admin:example.org of 1 days in [!r]"][..]),
        (&[ROOM, "@ada:example.org"], &["digest for !r of 1 days in [!r]", "digest for @ada:example.org of 1 days in [!r]"]),
        (&["#nowhere:example.org"], &[]),
    ] {
        let mut stage = begun(to);
        stage.pass(16 * 60 * MINUTE);
        assert_eq!(looked(&mut stage), [""; 0], "before its time");
        stage.pass(60 * MINUTE);
        assert_eq!(looked(&mut stage), expected, "{to:?}");
        assert_eq!(looked(&mut stage), [""; 0], "once");
    }
    let mut stage = begun(&[ROOM]);
    stage.pass(DAY);
    let mut stage = stage.restarted();
    stage.bot.rules.insight.digest = schedule("daily 09:00");
    assert_eq!(looked(&mut stage), [""; 0], "before the rooms are known");
    stage.sync([]);
    assert_eq!(looked(&mut stage), ["digest for @admin:example.org of 1 days in [!r]"], "late rather than never");
    stage.bot.rules.insight.digest = schedule("daily 08:00");
    assert_eq!(looked(&mut stage), [""; 0], "another time is waited for");
    let mut made = |whom| stage.bot.digest_made(whom, vec![Block::text("flamingos")]);
    let user = DigestFor::User { user: ADA.into(), cause: "digest.1".to_owned() };
    let acts = made(user);
    assert_eq!(told(&acts), ["tell @ada:example.org directly"]);
    assert!(!format!("{acts:?}").contains("flamingos"));
}

/// The sentence of a post of this title.
fn cited(title: &str) -> Citation {
    let post = format!("---\ntitle: {title}\ndate: 2026-01-02\n---\n\n{title} swim.\n");
    let corpus = Corpus::from_files([("a.md", post.as_bytes())], "https://x.org/{slug}/", &mut Vec::new());
    let body = corpus.passages.len() - 1;
    Engine::new(corpus, Families::default(), Pointers::default()).unwrap().quote(body, 0)
}

#[test]
fn that_the_posts_answer_it_now_is_told_once_where_it_was_asked() {
    let found = |found: Option<&str>| {
        let citation = found.map(cited);
        let found = citation
            .as_ref()
            .map(|citation| Found { place: crate::insight::Place::of(citation), at: "2026-12-01T09:00:00Z".parse().unwrap() });
        Change { event: "$q".into(), part: 0, found, citation }
    };
    let begun = |settings| {
        let mut stage = Stage::with_a_kept_question(settings);
        stage.bot.rules.insight.tell = true;
        stage
    };
    let again = |stage: &mut Stage, change: Change| stage.tell(|bot, moment| bot.asked_again(&[change], moment));
    let mut stage = begun(RoomSettings::default());
    assert_eq!(told(&again(&mut stage, found(None))), [""; 0]);
    let acts = again(&mut stage, found(Some("Mallards")));
    assert_eq!(told(&acts), ["send told.q: reply to $q"]);
    let Act::Send(delivery) = &acts[0] else { panic!("{acts:?}") };
    let Payload::Message(words) = &delivery.payload else { panic!("{acts:?}") };
    let said = crate::render::plain_blocks(&words.blocks);
    assert!(said.starts_with("The posts say it now:") && said.contains("Mallards swim."), "{said}");
    assert_eq!(words.mention, Some(ADA.into()));
    assert_eq!(told(&again(&mut stage, found(Some("Ducks")))), [""; 0], "once");
    stage.deliver(&acts, "$told");
    let now = stage.now;
    let acts = told(&stage.sync([redacts("$r", now, "$q")]));
    assert_eq!(acts, ["forget $q", "forget kept $q", "send $r.told: redact $told", "send $r: redact $a"]);

    let threads = RoomSettings { reply: Some(ReplyAs::Thread), ..RoomSettings::default() };
    assert_eq!(told(&again(&mut begun(threads), found(Some("Mallards")))), ["send told.q: in thread $q"]);
    let mut stage = begun(RoomSettings::default());
    stage.pass(31 * DAY);
    assert_eq!(told(&again(&mut stage, found(Some("Mallards")))), [""; 0], "too long ago");
    let mut stage = begun(RoomSettings::default());
    stage.bot.rules.insight.tell = false;
    assert_eq!(told(&again(&mut stage, found(Some("Mallards")))), [""; 0], "nobody wishes it");
    let mut stage = begun(RoomSettings::default());
    stage.rooms.0.get_mut(ROOM).unwrap().keeping = Keeping::Not;
    assert_eq!(told(&again(&mut stage, found(Some("Mallards")))), [""; 0], "nothing is kept there any more");
}
