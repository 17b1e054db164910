//! How a question leans on the one before it, and both of them as one question.
//!
//! Only closed-class words and the shape of the question decide: pronouns, conjunctions, question words, what is left out.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::corpus::is_invisible;

use super::words::{COMMON_WORDS, FORM_WORDS, STOPWORDS};

/// How a question may be read after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaning {
    /// By itself: nothing in it points back.
    Alone,
    /// By itself, or with the question before: it names little of what it is about.
    Either,
    /// With the question before only: a pronoun that nothing in it holds, or too little for a question.
    Together,
}

/// Two questions as one.
#[derive(Clone, derive_more::Debug, PartialEq, Eq)]
pub struct Joined {
    /// A question that says by itself what the later one means, as far as its words allow.
    #[debug(skip)]
    pub text: String,
    /// What of the earlier question it is about, in the asker's words.
    #[debug(skip)]
    pub about: String,
}

impl Joined {
    /// All that was read, on a line.
    pub(super) fn shown(&self) -> String {
        shown(&self.text)
    }

    /// What it is about, for the asker: a name, or where that is none, all that was read.
    pub fn label(&self) -> String {
        let is_deed = !self.about.contains(' ') && self.about.ends_with("ed");
        if self.about.is_empty() || is_deed { format!("“{}”", shown(&self.text)) } else { shown(&self.about) }
    }
}

/// A text of somebody's as it may stand in a line of the bot's: on one line, without what a terminal or a client would obey, cut.
fn shown(text: &str) -> String {
    let seen: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !is_invisible(*c)).collect();
    let words = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MOST_SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", words[..end].trim_end()),
        None => words,
    }
}

/// Characters of a question that are said again.
const MOST_SHOWN_CHARS: usize = 80;

/// A word of a question.
struct Token {
    /// Lower case, with a plain apostrophe.
    text: String,
    span: Range<usize>,
    /// Whether a mark such as a comma stands before it.
    apart: bool,
}

/// Words before a question that are not of it.
const OPENERS: &[&str] = &[
    "ok",
    "okay",
    "k",
    "oh",
    "ah",
    "aha",
    "hm",
    "hmm",
    "hmmm",
    "uh",
    "um",
    "well",
    "so",
    "right",
    "cool",
    "nice",
    "great",
    "good",
    "thanks",
    "thank",
    "thx",
    "ty",
    "hey",
    "hi",
    "hello",
    "please",
    "pls",
    "yes",
    "yeah",
    "yep",
    "no",
    "nope",
    "sorry",
    "then",
    "now",
    "alright",
    "wait",
    "interesting",
    "got",
    "gotcha",
    "lol",
    "btw",
    "sure",
    "fine",
    "perfect",
    "awesome",
    "actually",
];
/// Words that go on with what was said.
const CONNECTORS: &[&str] = &["and", "but", "or", "also", "plus", "n"];
const QUESTION_WORDS: &[&str] = &[
    "what", "whats", "which", "who", "whos", "whom", "whose", "when", "whens", "where", "wheres", "why", "how", "hows", "wat",
    "wut", "wen", "wich", "wer", "wher",
];
const AUXILIARIES: &[&str] = &[
    "is",
    "are",
    "was",
    "were",
    "am",
    "be",
    "been",
    "do",
    "does",
    "did",
    "has",
    "have",
    "had",
    "can",
    "could",
    "will",
    "would",
    "shall",
    "should",
    "may",
    "might",
    "must",
    "isnt",
    "arent",
    "wasnt",
    "werent",
    "dont",
    "doesnt",
    "didnt",
    "cant",
    "wont",
    "isn't",
    "aren't",
    "wasn't",
    "weren't",
    "don't",
    "doesn't",
    "didn't",
    "can't",
    "won't",
    "hasn't",
    "haven't",
    "couldn't",
    "wouldn't",
    "shouldn't",
];
const PREPOSITIONS: &[&str] = &[
    "in", "on", "at", "for", "from", "with", "without", "by", "to", "of", "about", "before", "after", "since", "until", "till",
    "under", "over", "into", "through", "during", "between", "near", "as", "like", "than", "via",
];
/// Before a pronoun these begin a clause of its own, in which it may stand for what was named before.
const CLAUSES: &[&str] = &[
    "and", "but", "or", "if", "when", "because", "since", "while", "whether", "that", "so", "before", "after", "until", "once",
    "where",
];
/// Before `one` these make it stand for a thing that was named.
const OF_ONE: &[&str] = &[
    "which", "that", "this", "the", "latest", "newest", "last", "first", "next", "new", "old", "other", "older", "newer", "same",
    "previous", "second", "another", "each", "every", "biggest",
];

/// Reads how a question leans on the one before.
pub fn leaning(question: &str) -> Leaning {
    let tokens = tokens(question);
    let (start, connected) = opening(&tokens);
    let tokens = &tokens[start..];
    if tokens.is_empty() || (0..tokens.len()).any(|at| points_back(tokens, at)) {
        return if tokens.is_empty() && !connected { Leaning::Alone } else { Leaning::Together };
    }
    let topics = tokens.iter().filter(|t| is_topic(&t.text)).count();
    let numbers = tokens.iter().any(|t| is_number(&t.text));
    let clause = asks(tokens);
    let form = tokens.iter().any(|t| FORM_WORDS.contains(&t.text.as_str()));
    match (clause, topics) {
        (false, _) if connected && tokens.len() <= LONGEST_FRAGMENT => Leaning::Together,
        (false, _) if PREPOSITIONS.contains(&tokens[0].text.as_str()) && tokens.len() <= LONGEST_FRAGMENT => Leaning::Together,
        (false, 0) => Leaning::Together,
        // Names by themselves are what one types into a search.
        (false, _) => Leaning::Alone,
        (true, 0) if numbers => Leaning::Alone,
        (true, 0) if form && tokens.iter().any(|t| AUXILIARIES.contains(&base(&t.text))) => Leaning::Either,
        (true, 0) if form && tokens.len() > SHORT_QUESTION => Leaning::Either,
        (true, 0) => Leaning::Together,
        (true, 1) if !numbers && !form && tokens.len() <= SHORT_QUESTION && !defines(tokens) => Leaning::Either,
        _ => Leaning::Alone,
    }
}

/// Words of a fragment such as `and on the other kind of host?`, at the most.
const LONGEST_FRAGMENT: usize = 8;
/// Questions of up to so many words may leave out what they are about.
const SHORT_QUESTION: usize = 4;

/// Joins a question to the one before it.
pub(super) fn joined(question: &str, previous: &str) -> Joined {
    let about = about(previous);
    let all = tokens(question);
    let (start, connected) = opening(&all);
    let own = &all[start..];
    let previous = previous.trim().trim_end_matches(['?', '!', '.', ' ']);
    let numbered = own.iter().find(|t| is_number(&t.text)).map(|t| question[t.span.clone()].to_owned());
    let back: Vec<usize> = (0..own.len()).filter(|&at| points_back(own, at)).collect();
    let text = if own.is_empty() {
        format!("{question} {previous}")
    } else if asks(own) && back.is_empty() && own.iter().all(|t| !is_topic(&t.text)) && own.len() <= SHORT_QUESTION {
        // `why?`, `since when?`: of all that was asked.
        format!("{} {}", &question[own[0].span.start..].trim_end_matches(['?', '!', '.', ' ']), without_question_word(previous))
    } else if asks(own) || own.len() > LONGEST_FRAGMENT {
        let subject = if about.is_empty() { subject(previous, numbered.is_some()) } else { about.clone() };
        let text = with_rest(clause(question, own, &back, &subject), previous);
        // The release that was asked about is meant still, where no other one is named.
        let before = tokens(previous).into_iter().find(|t| is_number(&t.text)).filter(|_| numbered.is_none());
        match before.map(|number| &previous[number.span]).filter(|number| !text.contains(number)) {
            Some(number) => format!("{text} {number}"),
            None => text,
        }
    } else {
        fragment(question, own, &back, connected, previous, (&about, numbered.as_deref()))
    };
    Joined { text, about }
}

/// A clause with what it points back to in its place.
fn clause(question: &str, own: &[Token], back: &[usize], subject: &str) -> String {
    let mut text = String::new();
    let mut at = own[0].span.start;
    let mut told = false;
    for &index in back {
        let token = &own[index];
        text.push_str(&question[at..token.span.start]);
        at = token.span.end;
        // `that release`: the noun says what kind of thing it is, and what it is of follows.
        let noun = own.get(index + 1).is_some_and(|next| !next.apart && is_noun(&next.text)) && is_determiner(&token.text);
        if !told && !noun {
            text.push_str(subject);
            told = true;
        }
        if token.text.ends_with("'s") {
            text.push_str(" is");
        }
    }
    text.push_str(question[at..].trim_end_matches(['?', '!', '.', ' ']));
    if told { text } else { format!("{text} {subject}") }
}

/// A question with what else the one before named: what it is about may be more than one thing.
fn with_rest(question: String, previous: &str) -> String {
    let named: Vec<String> = tokens(&question).into_iter().map(|token| token.text).collect();
    let before = tokens(previous);
    let rest = before.iter().filter(|token| is_topic(&token.text) && !named.contains(&token.text));
    let rest: Vec<&str> = rest.map(|token| &previous[token.span.clone()]).collect();
    if rest.is_empty() { question } else { format!("{question} {}", rest.join(" ")) }
}

/// A fragment in the question before: its number in the place of that one's, its name in the place of what that was about, and
/// anything else added.
fn fragment(
    question: &str,
    own: &[Token],
    back: &[usize],
    connected: bool,
    previous: &str,
    (about, number): (&str, Option<&str>),
) -> String {
    let kept = own.iter().enumerate().filter(|(at, _)| !back.contains(at)).map(|(_, t)| &question[t.span.clone()]);
    let words = kept.collect::<Vec<_>>().join(" ");
    let topics = own.iter().filter(|t| is_topic(&t.text)).count();
    if let (Some(number), 0) = (number, topics)
        && let Some(old) = tokens(previous).into_iter().find(|t| is_number(&t.text))
    {
        return format!("{}{number}{}", &previous[..old.span.start], &previous[old.span.end..]);
    }
    let names = connected && topics > 0 && back.is_empty() && !PREPOSITIONS.contains(&own[0].text.as_str());
    match previous.find(about).filter(|_| names && !about.is_empty()) {
        Some(start) => format!("{}{words}{}", &previous[..start], &previous[start + about.len()..]),
        None => format!("{previous} {words}"),
    }
}

/// What a question is about, as it may stand in another: without what asks in it, and `without_numbers` where the other has its own.
fn subject(question: &str, without_numbers: bool) -> String {
    let all = tokens(question);
    let asks = |t: &Token| {
        let word = base(&t.text);
        [OPENERS, CONNECTORS, QUESTION_WORDS, AUXILIARIES].iter().any(|list| list.contains(&word))
            || PREPOSITIONS.contains(&word)
            || STOPWORDS.contains(&word)
    };
    let start = all.iter().position(|t| !asks(t)).unwrap_or(0);
    let words = all[start.min(all.len())..].iter();
    words.filter(|t| !(without_numbers && is_number(&t.text))).map(|t| &question[t.span.clone()]).collect::<Vec<_>>().join(" ")
}

/// The longest run of a question's words that name something, as typed.
fn about(question: &str) -> String {
    let all = tokens(question);
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    for token in &all {
        let names = !is_function(&token.text) && !COMMON_WORDS.contains(&token.text.as_str());
        match runs.last_mut().filter(|_| open && !token.apart) {
            Some(run) if names => run.end = token.span.end,
            _ if names => runs.push(token.span.clone()),
            _ => {}
        }
        open = names;
    }
    let named = |run: &Range<usize>| tokens(&question[run.clone()]).iter().any(|t| is_topic(&t.text));
    let longest = runs.iter().max_by_key(|run| (named(run), run.len()));
    longest.map(|run| question[run.clone()].to_owned()).unwrap_or_default()
}

fn without_question_word(question: &str) -> &str {
    let all = tokens(question);
    let start = all.iter().position(|t| !(QUESTION_WORDS.contains(&base(&t.text)) || OPENERS.contains(&t.text.as_str())));
    start.map_or("", |start| &question[all[start].span.start..])
}

/// Words before the question itself, and whether one of them connects it to what was said.
fn opening(tokens: &[Token]) -> (usize, bool) {
    let mut start = 0;
    let mut connected = false;
    while let Some(token) = tokens.get(start) {
        let about =
            tokens.get(start + 1).is_some_and(|next| next.text == "about" && matches!(token.text.as_str(), "what" | "how"));
        if about {
            connected = true;
            start += 2;
        } else if CONNECTORS.contains(&token.text.as_str()) {
            connected = true;
            start += 1;
        } else if OPENERS.contains(&token.text.as_str()) {
            start += 1;
        } else {
            break;
        }
    }
    (start, connected)
}

/// Whether words make a question by their form: a question word at the start, after a preposition or at the end, or a verb before
/// its subject.
fn asks(tokens: &[Token]) -> bool {
    let word = |at: usize| tokens.get(at).map_or("", |t| base(&t.text));
    let asks = |word: &str| QUESTION_WORDS.contains(&word);
    asks(word(0))
        || PREPOSITIONS.contains(&word(0)) && asks(word(1))
        || tokens.iter().any(|t| AUXILIARIES.contains(&base(&t.text)))
        || tokens.last().is_some_and(|t| asks(base(&t.text)))
        || matches!(word(0), "tell" | "explain" | "show" | "list" | "give" | "describe" | "define" | "find")
}

/// Whether it asks what something is: `what is …`.
fn defines(tokens: &[Token]) -> bool {
    let word = |at: usize| tokens.get(at).map_or("", |t| t.text.as_str());
    matches!(word(0), "whats" | "what's" | "who's" | "whos" | "define" | "explain" | "describe")
        || QUESTION_WORDS.contains(&word(0)) && matches!(word(1), "is" | "are" | "was" | "were" | "does")
        || tokens.iter().any(|t| matches!(t.text.as_str(), "mean" | "means" | "stand"))
        || word(0) == "tell"
}

/// Whether a word points back, and nothing before it in the question holds it.
fn points_back(tokens: &[Token], at: usize) -> bool {
    let word = |at: usize| tokens.get(at).map_or("", |t| t.text.as_str());
    let before = at.checked_sub(1).map_or("", word);
    let next = if tokens.get(at + 1).is_some_and(|t| t.apart) { "" } else { word(at + 1) };
    let anaphoric = match base(word(at)) {
        "it" => !is_expletive(tokens, at),
        "its" | "them" | "their" | "theirs" | "he" | "she" | "him" | "her" | "his" | "hers" => true,
        // `why did they …` is of people in general, but for what they are asked of.
        "they" => matches!(word(at.wrapping_sub(1)), "are" | "were") || at == 0,
        "this" | "these" if is_time_or_place(next) => false,
        "that" | "this" | "these" | "those" => {
            let joins = word(at) == "that" && !opens_noun(before) && at > 0;
            !joins || next.is_empty()
        }
        "there" => {
            !(is_be(before) || is_be(next) || word(at) == "there's" || matches!(before, "out" | "not") || before.ends_with("n't"))
        }
        "one" | "ones" => OF_ONE.contains(&before) && !(is_be(next) && matches!(word(at + 2), "the" | "a" | "an")),
        "one's" => OF_ONE.contains(&before),
        _ => false,
    };
    anaphoric && !is_held(tokens, at)
}

/// Whether something named before the word, in a clause before its own, can be what it stands for.
fn is_held(tokens: &[Token], at: usize) -> bool {
    let Some(clause) = (1..=at).rev().find(|&i| tokens[i].apart || (i < at && CLAUSES.contains(&tokens[i].text.as_str()))) else {
        return false;
    };
    tokens[..clause].iter().any(|t| !is_function(&t.text) && !COMMON_WORDS.contains(&t.text.as_str()))
}

/// Whether `it` stands for nothing: `is it true that`, `how hard is it to`, `how long does it take to`, `did it become possible`.
fn is_expletive(tokens: &[Token], at: usize) -> bool {
    static EXPLETIVE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"^(?:it'?s? )(?:(?:is|was|be|been|become|became|becoming|get|gets|getting|still|now|already|really|even|ever|also|too|very|quite|just|not|actually|currently) )*(?:(?:(?:true|possible|impossible|hard|easy|easier|difficult|safe|ok|okay|fine|allowed|necessary|required|recommended|planned|better|best|worth|good|bad|enough|ready|time|common|normal|legal|clear|feasible|useful|important|mandatory|advisable|wise|take|takes|took|mean|means|matter|matters|cost|costs|need|needs|make sense|an? \w+(?: \w+)?) )+(?:to|that|if|whether|when|for)\b|worth \w+ing\b|(?:possible|true)\b|to \w+|like to\b|going\b|rain)",
        )
        .expect("a valid pattern")
    });
    let rest: Vec<&str> = tokens[at..].iter().take(9).map(|t| t.text.as_str()).collect();
    let before: Vec<&str> = tokens[..at].iter().map(|t| t.text.as_str()).collect();
    // `how hard is it to …`
    let asked = matches!(before.as_slice(), [.., "how", _, "is" | "was"]) && matches!(rest.as_slice(), [_, "to", ..]);
    let takes = matches!(rest.as_slice(), [_, "take" | "takes" | "took" | "mean", "to", ..]);
    let thing = matches!(before.as_slice(), [.., "is" | "was" | "be"]) && matches!(rest.as_slice(), [_, "to", ..]);
    asked || takes || (EXPLETIVE.is_match(&rest.join(" ")) && !thing)
}

/// `this year`, `this room`: nothing that was named.
fn is_time_or_place(word: &str) -> bool {
    const HERE_AND_NOW: &[&str] = &[
        "year",
        "week",
        "month",
        "quarter",
        "time",
        "morning",
        "days",
        "room",
        "channel",
        "project",
        "community",
        "bot",
        "blog",
    ];
    HERE_AND_NOW.contains(&word)
}

/// Whether a noun may follow: then `that` is no conjunction.
fn opens_noun(word: &str) -> bool {
    [AUXILIARIES, PREPOSITIONS, QUESTION_WORDS, CONNECTORS].iter().any(|list| list.contains(&word))
        || matches!(word, "why" | "so" | "all" | "did" | "use" | "using" | "do" | "install" | "enable" | "call" | "called")
}

fn is_be(word: &str) -> bool {
    matches!(word, "is" | "are" | "was" | "were" | "be" | "been" | "isn't" | "aren't" | "wasn't" | "weren't" | "has" | "will")
}

fn is_determiner(word: &str) -> bool {
    matches!(word, "that" | "this" | "these" | "those")
}

fn is_noun(word: &str) -> bool {
    ![STOPWORDS, AUXILIARIES, PREPOSITIONS].iter().any(|known| known.contains(&word)) && !word.ends_with("ed")
}

/// Whether a word has no meaning of its own.
fn is_function(word: &str) -> bool {
    let word = base(word);
    [STOPWORDS, AUXILIARIES, PREPOSITIONS, QUESTION_WORDS, CONNECTORS, OPENERS].iter().any(|list| list.contains(&word))
}

/// Whether a word says what a question is about.
fn is_topic(word: &str) -> bool {
    let plain = base(word);
    !is_function(word) && !FORM_WORDS.contains(&plain) && !COMMON_WORDS.contains(&plain) && !is_number(word)
}

fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// A word without what is contracted with it: `who's` is `who`.
fn base(word: &str) -> &str {
    match word.split_once('\'') {
        Some((base, "s" | "re" | "ll" | "d" | "ve")) => base,
        _ => word,
    }
}

fn tokens(text: &str) -> Vec<Token> {
    static WORD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[\p{L}\p{N}](?:[\p{L}\p{N}'’_./+-]*[\p{L}\p{N}+])?").expect("a valid pattern"));
    let mut end = 0;
    let found = WORD.find_iter(text).map(|found| {
        let apart = text[end..found.start()].contains([',', ';', ':', '.', '?', '!', '(', ')', '–', '—', '…', '\n']);
        end = found.end();
        Token { text: found.as_str().to_lowercase().replace('’', "'"), span: found.range(), apart }
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_leans_by_what_it_leaves_out() {
        let table: &[(Leaning, &[&str])] = &[
            (
                Leaning::Alone,
                &[
                    "what is Zuul?",
                    "when did they leave CentOS",
                    "is it true that there are no more nightly builds?",
                    "how hard is it to move a site to Hugo?",
                    "how long does it take to build the docs",
                    "in which release did it become possible to resize a volume?",
                    "what's keystone and since when do we ship it?",
                    "where was the 2019 meetup, and were there talks there?",
                    "if i run harbor, does it need a certificate?",
                    "is there a mailing list",
                    "and which database is in 4.0?",
                    "ok and how do u upgrade from 3 to 4?",
                    "what's new in 4.0",
                    "do nodes that fail come back",
                    "ceph encryption",
                ],
            ),
            (
                Leaning::Together,
                &[
                    "and in 4.0?",
                    "and for 8.0",
                    "why?",
                    "since when?",
                    "who did that?",
                    "who wrote that",
                    "is it free?",
                    "which release brought it",
                    "how many of those are there",
                    "is there a cli for it",
                    "when was the latest one",
                    "what did they say about gcc there",
                    "does that release have ceph",
                    "on arm too?",
                    "what about windows?",
                    "who defined it",
                    "are they paid?",
                    "how many people came",
                ],
            ),
            (Leaning::Either, &["who presented?", "how many users are there"]),
        ];
        let all = table.iter().flat_map(|(expected, questions)| questions.iter().map(move |question| (*expected, *question)));
        let wrong: Vec<_> =
            all.map(|(expected, question)| (question, expected, leaning(question))).filter(|w| w.1 != w.2).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn what_is_said_again_of_a_question_is_one_short_line() {
        let label = |text: &str| Joined { text: text.to_owned(), about: String::new() }.label();
        assert_eq!(label(" why\n is\u{85} \u{202e}Zuul\u{1b}[1m slow "), "“why is Zuul [1m slow”");
        assert_eq!(label(&"ab ".repeat(100)).chars().count(), MOST_SHOWN_CHARS + 3);
    }

    #[test]
    fn two_questions_become_one() {
        let table = [
            ("what is Zuul?", "who wrote it?", "who wrote Zuul", "Zuul"),
            ("which database is in 3.0?", "and in 4.0?", "which database is in 4.0", "database"),
            ("does 3.0 have ceph?", "why?", "why does 3.0 have ceph", "ceph"),
            ("what is Harbor?", "and Rook?", "what is Rook", "Harbor"),
            ("can I resize a volume?", "also on arm?", "can I resize a volume on arm", "volume"),
            ("is power saving in 4.0?", "was it in 3.0", "was power saving in 3.0", "power saving"),
            ("what about zuul in 4.0?", "is it still a preview there?", "is zuul still a preview  4.0", "zuul"),
            ("what is Zuul?", "does that release have ceph", "does  release have ceph Zuul", "Zuul"),
        ];
        for (previous, question, text, about) in table {
            assert_eq!(joined(question, previous), Joined { text: text.to_owned(), about: about.to_owned() }, "{question}");
        }
    }
}
