//! Whether a message is meant for the bot, and what of it is the question.

use crate::config::AnswerTo;

use super::message::{Me, Message, Place};

/// What is left of a message that is meant for the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressed {
    /// The message without prefix, name or pill.
    pub text: String,
    /// Whether it began with the command prefix.
    pub prefixed: bool,
}

/// Reads a message; `None` where it is not meant for the bot.
///
/// In a direct room everything is. Elsewhere: the command prefix at the start; a mention, by `m.mentions` or a pill; a name of the
/// bot's at the start; a reply to it; and, unless somebody else is mentioned, whatever the asker says in a thread of an answer.
pub fn addressed(message: &Message, place: &Place, me: &Me, prefix: &str) -> Option<Addressed> {
    let answer = place.settings.answer.unwrap_or_default();
    if answer == AnswerTo::Nobody {
        return None;
    }
    if message.meant_for_me {
        return Some(without_address(message, me, prefix));
    }
    if let Some(text) = after_prefix(&message.body, prefix) {
        return Some(Addressed { text: text.to_owned(), prefixed: true });
    }
    if answer == AnswerTo::Commands {
        return None;
    }
    let named = after_name(&message.body, me);
    let spoken_to = place.direct || mentions(message, me) || named.is_some() || message.replies_to_me;
    let going_on = message.own_thread && message.mentions.is_empty();
    (spoken_to || going_on).then(|| without_address(message, me, prefix))
}

/// The message as a question or command, whoever it was meant for: the prefix may follow the name.
pub(super) fn without_address(message: &Message, me: &Me, prefix: &str) -> Addressed {
    let text = question(message, me);
    match after_prefix(&message.body, prefix).or_else(|| after_prefix(&text, prefix)) {
        Some(command) => Addressed { text: command.to_owned(), prefixed: true },
        None => Addressed { text, prefixed: false },
    }
}

/// What a message asks: its words without the bot's name, wherever that stands for a mention.
fn question(message: &Message, me: &Me) -> String {
    let mentioned = mentions(message, me);
    let text = without_names(&message.body, me, mentioned);
    match me.display_name.as_deref().filter(|_| mentioned).and_then(|name| Some((text.find(name)?, name.len()))) {
        Some((start, length)) => {
            let (before, after) = (text[..start].trim_end_matches('@'), &text[start + length..]);
            format!("{}{after}", before.trim_end())
        }
        None => text,
    }
}

fn after_prefix<'a>(body: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = strip_prefix_ignoring_case(body.trim_start(), prefix)?;
    let ends_word = rest.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, ':' | ','));
    ends_word.then(|| rest.trim_start_matches([':', ',']).trim())
}

fn mentions(message: &Message, me: &Me) -> bool {
    message.mentions.contains(&me.user_id) || message.html.as_deref().is_some_and(|html| has_pill(html, &me.user_id))
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
    let body = body.trim_start();
    let greeted = GREETINGS.iter().find_map(|word| strip_prefix_ignoring_case(body, word)?.strip_prefix([' ', ',']));
    [Some(body), greeted.map(str::trim_start)].into_iter().flatten().find_map(|text| {
        me.names().find_map(|name| {
            let named = strip_prefix_ignoring_case(text, name)
                .or_else(|| strip_prefix_ignoring_case(text.strip_prefix('@')?, name.trim_start_matches('@')))?;
            let called = named.strip_prefix(['!', '?', '.']).unwrap_or(named);
            ends_name(named).then(|| called.trim_start_matches([':', ',', ';', '-', '–', '—', ' ']))
        })
    })
}

const GREETINGS: [&str; 4] = ["hey", "hi", "hello", "ok"];

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
        None => text.replace(&me.user_id, ""),
    };
    let stop = text.trim_end_matches(['?', '!', '.']);
    let (words, mark) = (stop.trim_end(), &text[stop.len()..]);
    let without = me.names().find_map(|name| {
        let start = words.len().checked_sub(name.len()).filter(|&start| words.is_char_boundary(start))?;
        let before = words[..start].strip_suffix('@').unwrap_or(&words[..start]);
        let calls = before.len() < start || before.trim_end().ends_with(',') || mentioned;
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
    use crate::config::RoomSettings;

    fn me() -> Me {
        Me { user_id: "@mynah:example.org".to_owned(), display_name: Some("Mynah Bird".to_owned()) }
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
        ] {
            assert_eq!(read(&said(body), &room).as_deref(), Some("what is it?"), "{body}");
        }
        for body in [
            "what is a mynah?",
            "mynah@example.org bounced",
            "mynah.example.org is down",
            "https://mynah.example.org/ is down",
            "mynahs are birds",
            "!mynahs",
            "mail me at mynah@example.org",
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
        let mention = Message { mentions: vec!["@mynah:example.org".to_owned()], ..said("what is it, Mynah Bird?") };
        assert_eq!(read(&mention, &room).as_deref(), Some("what is it?"));
        for href in
            ["https://matrix.to/#/@mynah:example.org", "https://matrix.to/#/%40mynah%3Aexample.org", "matrix:u/mynah:example.org"]
        {
            let html = Some(format!("<a href=\"{href}\">Mynah Bird</a>: what is it?"));
            let pill = Message { html, ..said("Mynah Bird: what is it?") };
            assert_eq!(read(&pill, &room).as_deref(), Some("what is it?"), "{href}");
        }
        let within = Message { mentions: vec!["@mynah:example.org".to_owned()], ..said("dear Mynah Bird, what is it?") };
        assert_eq!(read(&within, &room).as_deref(), Some("dear, what is it?"));
        let markdown = Message {
            mentions: vec!["@mynah:example.org".to_owned()],
            ..said("[Mynah](https://matrix.to/#/@mynah:example.org): what is it?")
        };
        assert_eq!(read(&markdown, &room).as_deref(), Some("what is it?"));
        let other = Some("<a href=\"https://matrix.to/#/@mynah:example.org.evil\">x</a>".to_owned());
        assert_eq!(read(&Message { html: other, ..said("x") }, &room), None);
        let quoted = Some("<mx-reply><a href=\"https://matrix.to/#/@mynah:example.org\">m</a></mx-reply>yes".to_owned());
        assert_eq!(read(&Message { html: quoted, ..said("yes") }, &room), None);
    }

    #[test]
    fn replies_own_threads_and_direct_rooms_need_no_name() {
        let room = Place::default();
        assert!(read(&Message { replies_to_me: true, ..said("which?") }, &room).is_some());
        let thread = Message { own_thread: true, ..said("which?") };
        assert!(read(&thread, &room).is_some());
        assert!(read(&Message { mentions: vec!["@bob:example.org".to_owned()], ..thread }, &room).is_none());
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
