//! Whether a message is meant for the bot, and what of it is the question.

use std::sync::LazyLock;

use regex::Regex;

use crate::english::speech as patterns;

use super::command::{self, Request};
use super::message::{Me, Message, Place};
use super::settings::AnswerTo;
use super::speech::{self, Speech, speech};

/// What is left of a message that is meant for the bot.
#[derive(Clone, derive_more::Debug, PartialEq, Eq)]
pub struct Addressed {
    /// The message without prefix, name or pill.
    #[debug(skip)]
    pub text: String,
    /// Whether it began with the command prefix.
    pub prefixed: bool,
    /// What it does.
    pub speech: Speech,
}

/// How a message calls the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    /// By its name where one calls somebody: at the start, at the end, between commas.
    Called,
    /// By its name within a sentence, which may as well be talk of it.
    Named,
    /// By a mention without a name in the text.
    Mentioned,
    /// By a reply to what it said.
    Replied,
    /// By going on in the thread of its answer.
    GoingOn,
}

/// Reads a message; `None` where it is not meant for the bot, or asks nothing of it.
///
/// In a direct room everything is. Elsewhere the command prefix at the start always is. What calls it by name or mention is where it
/// is a question, a bid, or a word of courtesy, and not talk of it. A reply to it, and what the asker says in the thread of an
/// answer, is where it asks in words, and nobody else is named or mentioned.
pub fn addressed(message: &Message, place: &Place, me: &Me, prefix: &str) -> Option<Addressed> {
    let answer = place.settings.answer.unwrap_or_default();
    if answer == AnswerTo::Nobody {
        return None;
    }
    let addressed = without_address(message, me, prefix);
    if message.meant_for_me || after_prefix(&message.body, prefix).is_some() {
        return Some(addressed);
    }
    if answer == AnswerTo::Commands {
        return None;
    }
    if place.direct {
        return Some(addressed);
    }
    let call = call(message, me)?;
    if message.beside && matches!(call, Call::Replied | Call::GoingOn) {
        return None;
    }
    asked_of_it(message, place, me, (call, &addressed)).then_some(addressed)
}

fn call(message: &Message, me: &Me) -> Option<Call> {
    let mentioned = mentions(message, me);
    let body = message.body.trim();
    if after_name(body, me).is_some() || called_within(body, me) {
        return Some(Call::Called);
    }
    if mentioned && names_it(message, me) {
        return Some(Call::Named);
    }
    // What a client copies from the message that is replied to calls nobody.
    if message.replies_to_other {
        return None;
    }
    if message.replies_to_me {
        return Some(Call::Replied);
    }
    if mentioned {
        return Some(Call::Mentioned);
    }
    message.own_thread.then_some(Call::GoingOn)
}

/// Whether what a message says is asked of the bot, and not said of it or to others.
fn asked_of_it(message: &Message, place: &Place, me: &Me, (call, said): (Call, &Addressed)) -> bool {
    // `^ what Mynah said`: points at what stands above.
    if message.body.trim_start().starts_with('^') && !message.body.contains('?') {
        return false;
    }
    let others = message.mentions.iter().any(|user| *user != me.user_id) || calls_other(&message.body, me);
    let others = others || names_other(&message.body, said.speech, &place.others);
    if matches!(command::read(&said.text), Request::Command(_)) {
        return call == Call::Called || !others;
    }
    let to_people = others || speech::is_for_people(&said.text);
    match (call, said.speech) {
        (Call::Called, _) if calls_other_first(&message.body, me) => false,
        (Call::Called, Speech::Statement) => false,
        (Call::Called, Speech::Words | Speech::Question | Speech::Need | Speech::Complaint | Speech::Praise) => {
            !said_of(message, me)
        }
        (Call::Called, _) => true,
        // Whoever mentions it without a name in the text meant to, whom else they mention.
        (Call::Mentioned, Speech::Question) => true,
        // `can @mynah tell when …`, and not `just ask Mynah`: a question alone may be for it.
        (_, Speech::Question) => !to_people,
        (Call::Replied | Call::GoingOn, Speech::Words) => !to_people && speech::is_search(&said.text),
        (Call::Named, _) => false,
        (_, Speech::Thanks) => !others,
        // What one thinks of an answer to somebody else is told to all.
        (_, Speech::Complaint | Speech::Praise) => !others && !message.to_anothers_answer,
        (Call::Mentioned, Speech::Words)
        | (
            Call::Mentioned | Call::Replied | Call::GoingOn,
            Speech::Need | Speech::Greeting | Speech::Farewell | Speech::Remark | Speech::Statement | Speech::Nothing,
        ) => false,
    }
}

/// `Mynah is wrong here`: the name begins a sentence of which it is the subject.
fn said_of(message: &Message, me: &Me) -> bool {
    named_first(&message.body, me).is_some_and(|(_, rest)| rest.starts_with(char::is_whitespace) && speech::is_said_of(rest))
}

/// Whether a text calls somebody else first: `Alice: ask mynah …`.
fn calls_other_first(body: &str, me: &Me) -> bool {
    called_others(body, me).any(|at| at == 0)
}

/// Whether a text calls somebody else at its start or end: `Alice: …`, `and bob, …`, `@bob …`, `…, Bob?`, `bob did you …`.
fn calls_other(body: &str, me: &Me) -> bool {
    called_others(body, me).next().is_some()
}

/// Where names of others stand by which a text calls them, as far as the shape tells.
fn called_others<'a>(body: &'a str, me: &'a Me) -> impl Iterator<Item = usize> + 'a {
    static CALL: LazyLock<Regex> = LazyLock::new(|| Regex::new(patterns::CALLS_OTHER).expect("a valid pattern"));
    CALL.captures_iter(body).filter_map(|found| {
        let name = ["at", "colon", "verb", "end", "last"].iter().find_map(|group| found.name(group))?;
        let word = name.as_str().split([':', ',']).next().unwrap_or_default().to_lowercase();
        let mine =
            me.names().flat_map(str::split_whitespace).any(|own| own.trim_start_matches('@').to_lowercase().starts_with(&word));
        (!mine && !speech::is_ordinary(&word)).then_some(name.start())
    })
}

/// Whether a text names somebody who is there: where it asks, in a sentence that asks.
fn names_other(body: &str, said: Speech, others: &[String]) -> bool {
    let asking = |sentence: &&str| said != Speech::Question || speech(sentence) == Speech::Question;
    let sentences = body.split_inclusive(['.', '!', '?', '\n']);
    // Of `is it in 4.0?` the mark is no end: such pieces ask nothing by themselves, and the whole is looked at.
    let mut asked: Vec<&str> = sentences.filter(asking).collect();
    if asked.is_empty() {
        asked.push(body);
    }
    asked.iter().any(|sentence| names_any(sentence, others))
}

fn names_any(text: &str, others: &[String]) -> bool {
    let text = text.to_lowercase();
    let words: Vec<&str> =
        text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))).map(|w| w.trim_matches('.')).collect();
    others.iter().map(|name| name.to_lowercase()).any(|name| {
        let parts: Vec<&str> = name.split_whitespace().collect();
        let first = parts.first().copied().unwrap_or_default();
        let whole = parts.len() > 1 && words.windows(parts.len()).any(|run| run == parts.as_slice());
        // A first name that is a word too, such as Will, is taken for one.
        whole || (first.len() > 1 && !speech::is_ordinary(first) && words.contains(&first))
    })
}

/// Whether a text calls the bot at its end or between marks: `…, mynah?`, `… @mynah`, `so, mynah, …`, `thanks Mynah`; not where the
/// words before take its name: `just ask Mynah`.
fn called_within(body: &str, me: &Me) -> bool {
    let lower = body.to_lowercase();
    me.names().map(|name| name.trim_start_matches('@').to_lowercase()).any(|name| {
        lower.match_indices(&name).any(|(at, _)| {
            let (before, after) = (&lower[..at], &lower[at + name.len()..]);
            let marked = before.ends_with('@');
            let before = before.trim_end_matches('@');
            let apart =
                before.trim_end().ends_with([',', ';', '.', '?', '!', ':', '–', '-']) && before.ends_with([' ', ',', '?', '!']);
            let ends = after.trim_matches(|c: char| !c.is_alphanumeric()).is_empty();
            let closed = after.starts_with([',', ':', ';', '?', '!']);
            let alone = before.is_empty() || before.ends_with([' ', ',', '(']) || apart;
            let whole = || speech::ends_before_name(before);
            let called = if ends { marked || apart || whole() } else { closed && !before.is_empty() && (apart || whole()) };
            alone && called
        })
    })
}

/// Whether the text holds one of the bot's names.
fn names_it(message: &Message, me: &Me) -> bool {
    let body = message.body.to_lowercase();
    let pill = message.html.as_deref().is_some_and(|html| has_pill(html, me.user_id.as_str()));
    pill || me.names().any(|name| body.contains(&name.trim_start_matches('@').to_lowercase()))
}

/// The message as a question or command, whoever it was meant for: the prefix may follow the name.
pub(super) fn without_address(message: &Message, me: &Me, prefix: &str) -> Addressed {
    let text = question(message, me);
    match after_prefix(&message.body, prefix).or_else(|| after_prefix(&text, prefix)) {
        Some(command) => Addressed { text: command.to_owned(), prefixed: true, speech: speech(command) },
        None => {
            let text = if message.emote { as_asked(&text, me) } else { text };
            Addressed { speech: speech(&text), text, prefixed: false }
        }
    }
}

/// What a message asks: its words without the bot's name, wherever that stands for a mention.
fn question(message: &Message, me: &Me) -> String {
    let mentioned = mentions(message, me) || (message.says_mentions && names_it(message, me));
    let text = without_names(&message.body, me, mentioned);
    match me.display_name.as_deref().filter(|_| mentioned).and_then(|name| Some((text.find(name)?, name.len()))) {
        Some((start, length)) => {
            let (before, after) = (text[..start].trim_end_matches('@'), &text[start + length..]);
            format!("{}{after}", before.trim_end())
        }
        None => text,
    }
}

/// What somebody tells to do, as if it were said: `asks mynah what …`.
fn as_asked(text: &str, me: &Me) -> String {
    static ASKS: LazyLock<Regex> = LazyLock::new(|| Regex::new(patterns::TOLD_AS_ASKED).expect("a valid pattern"));
    let Some(asks) = ASKS.find(text) else { return text.to_owned() };
    let rest = &text[asks.end()..];
    after_name(rest, me).unwrap_or(rest).to_owned()
}

/// What a question asks, as it is typed where no message is: without the bot's name where that calls it.
pub fn without_call(text: &str, me: &Me, prefix: &str) -> String {
    let (emote, body) = text.strip_prefix("/me ").map_or((false, text), |deed| (true, deed));
    let message = Message { body: body.to_owned(), emote, ..Message::default() };
    let asked = without_address(&message, me, prefix).text;
    if asked.is_empty() { text.to_owned() } else { asked }
}

fn after_prefix<'a>(body: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = strip_prefix_ignoring_case(body.trim_start(), prefix)?;
    let ends_word = rest.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, ':' | ','));
    ends_word.then(|| rest.trim_start_matches([':', ',']).trim())
}

fn mentions(message: &Message, me: &Me) -> bool {
    let pill = || message.html.as_deref().is_some_and(|html| has_pill(html, me.user_id.as_str()));
    message.mentions.contains(&me.user_id) || (!message.says_mentions && pill())
}

/// Whether HTML links to a user: `https://matrix.to/#/@id` or `matrix:u/id` (Matrix spec v1.16, appendices § 4.7).
fn has_pill(html: &str, user_id: &str) -> bool {
    // What an old client quotes of the message it replies to is not its own words.
    let own = html.rsplit_once("</mx-reply>").map_or(html, |(_, own)| own);
    own.split(['"', '\'']).any(|address| is_pill(address, user_id))
}

fn is_pill(address: &str, user_id: &str) -> bool {
    let decoded = address.replace("%40", "@").replace("%3A", ":").replace("%3a", ":");
    let target = decoded.strip_prefix("https://matrix.to/#/").map(str::to_owned);
    let target = target.or_else(|| decoded.strip_prefix("matrix:u/").map(|id| format!("@{id}")));
    target.is_some_and(|target| target.split('?').next() == Some(user_id))
}

/// What follows the bot's name, where the message begins with it: `mynah: …`, `@mynah, …`, `hey mynah …`. A name that goes on,
/// as in an address, is none.
fn after_name<'a>(body: &'a str, me: &Me) -> Option<&'a str> {
    let (before, rest) = named_first(body, me)?;
    let called = rest.strip_prefix(['!', '?', '.']).unwrap_or(rest).trim_start_matches([':', ',', ';', '-', '–', '—', ' ']);
    // `thanks mynah`: what stands before the name is all that is said.
    (before.is_empty() || called.contains(char::is_alphanumeric)).then_some(called)
}

/// What stands before and after the bot's name, where nothing but words such as `hey`, `ok`, `thanks` comes before it.
fn named_first<'a>(body: &'a str, me: &Me) -> Option<(&'a str, &'a str)> {
    let body = body.trim_start();
    let mut at = 0;
    for _ in 0..=MOST_GREETINGS {
        let text = &body[at..];
        let named = me.names().find_map(|name| {
            strip_prefix_ignoring_case(text, name)
                .or_else(|| strip_prefix_ignoring_case(text.strip_prefix('@')?, name.trim_start_matches('@')))
                .filter(|rest| ends_name(rest))
        });
        let named = named.or_else(|| misspelt_name(text, me));
        if let Some(rest) = named {
            return Some((body[..at].trim_end(), rest));
        }
        let word = text.split([' ', ',']).next().unwrap_or_default();
        let next = &text[word.len()..];
        if !speech::is_opener(&word.to_lowercase()) || next.is_empty() {
            return None;
        }
        at = body.len() - next.trim_start_matches([' ', ',', '!']).len();
    }
    None
}

/// What follows a word that is meant for one of the bot's names: a letter is wrong, missing, too much or out of place, and a mark
/// shows that somebody is called: `myna: …`, `mynha, …`.
fn misspelt_name<'a>(text: &'a str, me: &Me) -> Option<&'a str> {
    let text = text.strip_prefix('@').unwrap_or(text);
    let word = text.split([':', ',']).next()?;
    let rest = &text[word.len()..];
    let lower = word.to_lowercase();
    let near = |name: &str| {
        let name = name.trim_start_matches('@').to_lowercase();
        name.chars().count() >= LEAST_NAME_CHARS && strsim::osa_distance(&name, &lower) == 1
    };
    (rest.len() > 1 && ends_name(rest) && !speech::is_ordinary(&lower) && me.names().any(near)).then_some(rest)
}

/// Shorter names are too like other words to be guessed.
const LEAST_NAME_CHARS: usize = 5;

/// Words before the bot's name that leave it at the start.
const MOST_GREETINGS: usize = 3;

/// Whether a name ends here: at a space, the end, or punctuation that a space or the end follows.
fn ends_name(rest: &str) -> bool {
    let mut letters = rest.chars();
    match letters.next() {
        None => true,
        Some(c) if c.is_whitespace() => true,
        Some(':' | ',' | ';' | '!' | '?' | '.' | '-' | '–' | '—') => letters.next().is_none_or(char::is_whitespace),
        Some(_) => false,
    }
}

/// The message without the bot's names at its start, and at its end where they call it: after a comma or `@`, or as a mention;
/// and without its full id anywhere.
fn without_names(body: &str, me: &Me, mentioned: bool) -> String {
    let text = after_name(body, me).unwrap_or(body).trim();
    let pill = format!("](https://matrix.to/#/{})", me.user_id);
    let text = match text.find(&pill).and_then(|end| Some((text[..end].rfind('[')?, end + pill.len()))) {
        Some((start, end)) => format!("{}{}", &text[..start], &text[end..]),
        None => text.replace(me.user_id.as_str(), ""),
    };
    let stop = text.trim_end_matches(['?', '!', '.']);
    let (words, mark) = (stop.trim_end(), &text[stop.len()..]);
    let without = me.names().find_map(|name| {
        let start = words.len().checked_sub(name.len()).filter(|&start| words.is_char_boundary(start))?;
        let before = words[..start].strip_suffix('@').unwrap_or(&words[..start]);
        let calls = before.len() < start || before.trim_end().ends_with(',') || mentioned || speech::ends_before_name(before);
        (words[start..].eq_ignore_ascii_case(name) && before.ends_with([' ', ',']) && calls)
            .then(|| format!("{}{mark}", before.trim_end_matches([' ', ','])))
    });
    without.unwrap_or(text).trim_start_matches([':', ',', ' ']).trim().to_owned()
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    (head.to_lowercase() == prefix.to_lowercase()).then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::RoomSettings;

    fn me() -> Me {
        Me { user_id: "@mynah:example.org".into(), display_name: Some("Mynah Bird".to_owned()) }
    }

    fn read(message: &Message, place: &Place) -> Option<String> {
        addressed(message, place, &me(), "!mynah").map(|a| a.text)
    }

    fn said(body: &str) -> Message {
        Message { body: body.to_owned(), ..Message::default() }
    }

    #[test]
    fn in_a_room_the_name_or_prefix_at_the_start_addresses_it() {
        let room = Place::default();
        for body in [
            "mynah: what is it?",
            "Mynah what is it?",
            "@mynah, what is it?",
            "@mynah:example.org: what is it?",
            "mynah bird, what is it?",
            "hey mynah, what is it?",
            "!mynah what is it?",
            "!MYNAH: what is it?",
            "mynah: !mynah what is it?",
            "myna: what is it?",
            "hey mynha, what is it?",
            "@mynahh: what is it?",
        ] {
            assert_eq!(read(&said(body), &room).as_deref(), Some("what is it?"), "{body}");
        }
        for body in [
            "what is a mynah?",
            "myna what is it?",
            "manna: what is it?",
            "mynah@example.org bounced",
            "mynah.example.org is down",
            "https://mynah.example.org/ is down",
            "mynahs are birds",
            "!mynahs",
            "mail me at mynah@example.org",
            "see https://mynah.example.org/docs for when did it start?",
            "https://example.org/mynah",
            "write to help@mynah.example.org, or call",
            "we should ask the bot: what is it?",
            "mynahnomial equations?",
            "@mynah:example.org.evil is someone else",
            "@room look",
            "",
        ] {
            assert_eq!(read(&said(body), &room), None, "{body}");
        }
    }

    #[test]
    fn mentions_and_pills_address_it_wherever_they_stand() {
        let room = Place::default();
        let mention = Message { mentions: vec!["@mynah:example.org".into()], ..said("what is it, Mynah Bird?") };
        assert_eq!(read(&mention, &room).as_deref(), Some("what is it?"));
        for href in
            ["https://matrix.to/#/@mynah:example.org", "https://matrix.to/#/%40mynah%3Aexample.org", "matrix:u/mynah:example.org"]
        {
            let html = Some(format!("<a href=\"{href}\">Mynah Bird</a>: what is it?"));
            let pill = Message { html, ..said("Mynah Bird: what is it?") };
            assert_eq!(read(&pill, &room).as_deref(), Some("what is it?"), "{href}");
        }
        let within = Message { mentions: vec!["@mynah:example.org".into()], ..said("dear Mynah Bird, what is it?") };
        assert_eq!(read(&within, &room).as_deref(), Some("what is it?"));
        let with_others = Message {
            mentions: vec!["@ann:example.org".into(), "@mynah:example.org".into()],
            ..said("@ann and @room: what is it?")
        };
        assert!(read(&with_others, &room).is_some());
        let nobody = Message {
            says_mentions: true,
            html: Some(format!("<a href=\"https://matrix.to/#/{}\">x</a>", me().user_id)),
            ..said("as x said, what is it?")
        };
        assert_eq!(read(&nobody, &room), None);
        let markdown = Message {
            mentions: vec!["@mynah:example.org".into()],
            ..said("[Mynah](https://matrix.to/#/@mynah:example.org): what is it?")
        };
        assert_eq!(read(&markdown, &room).as_deref(), Some("what is it?"));
        let other = Some("<a href=\"https://matrix.to/#/@mynah:example.org.evil\">x</a>".to_owned());
        assert_eq!(read(&Message { html: other, ..said("x") }, &room), None);
        let quoted = Some("<mx-reply><a href=\"https://matrix.to/#/@mynah:example.org\">m</a></mx-reply>yes".to_owned());
        assert_eq!(read(&Message { html: quoted, ..said("yes") }, &room), None);
    }

    #[test]
    fn talk_of_it_is_not_for_it_whom_ever_it_mentions() {
        for body in ["Mynah Bird is wrong here, that was 6.0", "just ask Mynah Bird", "meet Mynah Bird, our new bot"] {
            let talk = Message { mentions: vec!["@mynah:example.org".into()], ..said(body) };
            assert_eq!(read(&talk, &Place::default()), None, "{body}");
        }
    }

    #[test]
    fn replies_own_threads_and_direct_rooms_need_no_name() {
        let room = Place::default();
        assert!(read(&Message { replies_to_me: true, ..said("which?") }, &room).is_some());
        for body in [
            "lol",
            "👍",
            "brb lunch",
            "ok makes sense",
            "Alice: look at the newer docs",
            "so what now, Bob?",
            "did you ever try that?",
        ] {
            assert_eq!(read(&Message { replies_to_me: true, ..said(body) }, &room), None, "{body}");
        }
        let other =
            Message { replies_to_other: true, mentions: vec!["@mynah:example.org".into()], ..said("why do you need it?") };
        assert_eq!(read(&other, &room), None);
        let beside = Message { beside: true, replies_to_me: true, ..said("which?") };
        assert_eq!(read(&beside, &room), None);
        let people = Place { others: vec!["Bob Finch".to_owned()], ..Place::default() };
        assert_eq!(read(&Message { replies_to_me: true, ..said("what does bob say?") }, &people), None);
        let thread = Message { own_thread: true, ..said("which?") };
        assert!(read(&thread, &room).is_some());
        assert!(read(&Message { mentions: vec!["@bob:example.org".into()], ..thread }, &room).is_none());
        let direct = Place { direct: true, ..Place::default() };
        assert_eq!(read(&said("what is it, mynah?"), &direct).as_deref(), Some("what is it?"));
        assert_eq!(read(&said("what is a mynah?"), &direct).as_deref(), Some("what is a mynah?"));
    }

    #[test]
    fn a_room_can_ask_for_less() {
        let answer =
            |answer| Place { settings: RoomSettings { answer: Some(answer), ..RoomSettings::default() }, ..Place::default() };
        assert!(read(&said("mynah: x"), &answer(AnswerTo::Commands)).is_none());
        assert!(read(&said("!mynah x"), &answer(AnswerTo::Commands)).is_some());
        assert!(read(&said("!mynah x"), &answer(AnswerTo::Nobody)).is_none());
    }
}
