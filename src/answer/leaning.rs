//! How a question leans on the one before it, and both of them as one question.
//!
//! Only closed-class words and the shape of the question decide: pronouns, conjunctions, question words, what is left out.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::corpus::is_invisible;
use crate::english::figures::MONTHS;
use crate::english::follow_up::{
    self, ADJECTIVES, AUXILIARIES, BE, BEFORE_NOUNS, BESIDE, CLAUSES, CONNECTORS, FORM_VERBS, HERE_AND_NOW, IMPERATIVES, OF_ONE,
    OPENERS, PREPOSITIONS, QUESTION_WORDS, TURNS,
};
use crate::english::words::{COMMON_WORDS, FORM_WORDS, STOPWORDS};

/// How a question may be read after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaning {
    /// By itself: nothing in it points back.
    Alone,
    /// By itself, though it goes on with what was said: it begins with `and` or the like.
    GoesOn,
    /// By itself, or with the question before: it names little of what it is about.
    Either,
    /// With the question before where that finds anything: it takes something for known that it doesn't name.
    Rather,
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
    /// What else the earlier question named, which may be meant still.
    #[debug(skip)]
    pub(super) beside: String,
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

/// Reads how a question leans on the one before.
pub fn leaning(question: &str) -> Leaning {
    let tokens = tokens(question);
    let (start, connected) = opening(&tokens);
    match left_out(&tokens[start..], connected) {
        Leaning::Alone if connected => Leaning::GoesOn,
        leaning => leaning,
    }
}

/// Reads it off what stands behind the opening, and off what is left out there.
fn left_out(tokens: &[Token], connected: bool) -> Leaning {
    if tokens.is_empty() || (0..tokens.len()).any(|at| points_back(tokens, at)) {
        return if tokens.is_empty() && !connected { Leaning::Alone } else { Leaning::Together };
    }
    let topics = tokens.iter().filter(|t| is_topic(&t.text)).count();
    let numbers = tokens.iter().any(|t| is_number(&t.text));
    let clause = asks(tokens);
    let form = tokens.iter().any(|t| FORM_WORDS.contains(&t.text.as_str()));
    let verb = tokens.iter().any(|t| has_auxiliary(&t.text));
    if clause && !numbers && topics <= 1 && takes_for_known(tokens, connected) {
        return Leaning::Rather;
    }
    match (clause, topics) {
        (false, _) if connected && tokens.len() <= LONGEST_FRAGMENT => Leaning::Together,
        (false, _) if PREPOSITIONS.contains(&tokens[0].text.as_str()) && tokens.len() <= LONGEST_FRAGMENT => Leaning::Together,
        // `release 8.0 date` says all of it.
        (false, 0) if numbers && form => Leaning::Alone,
        (false, 0) => Leaning::Together,
        // Names by themselves are what one types into a search.
        (false, _) => Leaning::Alone,
        (true, 0) if numbers => Leaning::Alone,
        (true, 0) if form && verb => Leaning::Either,
        (true, 0) if form && tokens.len() > SHORT_QUESTION => Leaning::Either,
        (true, 0) => Leaning::Together,
        // `which ports?`: what of them is asked was said before.
        (true, 1) if !numbers && !verb && is_noun_phrase(tokens) => Leaning::Together,
        // People in general, or those that were named.
        (true, _) if tokens.iter().any(|t| t.text == "they") => Leaning::Either,
        (true, 1) if !numbers && !form && tokens.len() <= SHORT_QUESTION && !defines(tokens) => Leaning::Either,
        _ => Leaning::Alone,
    }
}

/// Whether a question that names little takes something for known: what was done to a thing it doesn't name (`how many joined?`),
/// what there was at a place or time (`were there any talks?`), the things of something (`what are the limits?`), or what it is set
/// beside (`what was it before?`).
fn takes_for_known(tokens: &[Token], connected: bool) -> bool {
    let word = |at: usize| tokens.get(at).map_or("", |t| t.text.as_str());
    let topic = tokens.iter().position(|t| is_topic(&t.text));
    let last = word(tokens.len() - 1);
    let deed = topic.is_some_and(|at| is_deed(word(at)) && at + 1 == tokens.len());
    let there_was = (1..tokens.len()).any(|at| word(at) == "there" && matches!(word(at - 1), "was" | "were"));
    let things = topic.is_some_and(|at| {
        at > 0 && at + 1 == tokens.len() && word(at - 1) == "the" && matches!(word(1), "are" | "were") && word(at).ends_with('s')
    });
    let beside = BESIDE.contains(&last);
    let they = connected && tokens.iter().any(|t| t.text == "they");
    deed || there_was || things || beside || they
}

/// Whether a question is a question word with a noun, as in `which ports?`.
fn is_noun_phrase(tokens: &[Token]) -> bool {
    tokens.len() <= SHORT_QUESTION
        && matches!(tokens[0].text.as_str(), "which" | "what" | "whose")
        && !tokens.iter().any(|t| is_deed(&t.text))
}

/// Whether a word is what was done, by its ending; `used` and `shed` are too short to tell by it.
fn is_deed(word: &str) -> bool {
    word.len() >= SHORTEST_DEED && word.ends_with("ed") && !word.ends_with("eed")
}

/// Letters of the shortest of them, such as `moved`.
const SHORTEST_DEED: usize = 5;

/// Whether a word is an auxiliary, or one is contracted with it: `what's`.
fn has_auxiliary(word: &str) -> bool {
    AUXILIARIES.contains(&base(word)) || base(word) != word || matches!(word, "whats" | "whos" | "wheres" | "whens" | "hows")
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
    let mut beside = String::new();
    let text = if own.is_empty() {
        format!("{question} {previous}")
    } else if asks(own) && back.is_empty() && is_verbless(own) {
        // `why?`, `in which release?`: of all that was asked.
        format!("{} {}", &question[own[0].span.start..].trim_end_matches(['?', '!', '.', ' ']), without_question_word(previous))
    } else if asks(own) || own.len() > LONGEST_FRAGMENT {
        let subject = if about.is_empty() { subject(previous, numbered.is_some()) } else { about.clone() };
        let text = clause(question, own, &back, &subject);
        beside = rest(&text, previous);
        // The release or month that was asked about is meant still, where no other one is named.
        let all = tokens(previous);
        let number = || all.iter().find(|t| is_number(&t.text)).map(|t| t.span.clone());
        let before = date(&all).or_else(number).filter(|_| numbered.is_none() && date(own).is_none());
        match before.map(|number| &previous[number]).filter(|number| !text.contains(number)) {
            Some(number) => format!("{text} {number}"),
            None => text,
        }
    } else {
        fragment(question, own, &back, connected, previous, (&about, numbered.as_deref()))
    };
    Joined { text, about, beside }
}

/// Whether a short question leaves out its verb: it is that of the question before.
fn is_verbless(own: &[Token]) -> bool {
    let is_part = |word: &str| {
        [QUESTION_WORDS, PREPOSITIONS, FORM_WORDS, OF_ONE].iter().any(|list| list.contains(&word))
            || matches!(word, "many" | "much" | "else" | "exactly" | "not" | "so" | "one" | "ones")
    };
    own.len() <= SHORT_QUESTION && own.iter().all(|t| is_part(&t.text) && !FORM_VERBS.contains(&t.text.as_str()))
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

/// What else the question before named: what a clause is about may be more than one thing.
fn rest(clause: &str, previous: &str) -> String {
    let named: Vec<String> = tokens(clause).into_iter().map(|token| token.text).collect();
    let before = tokens(previous);
    let is_meant = |&at: &usize| {
        let word = &before[at].text;
        is_topic(word) && !is_deed(word) && !is_done_by_pronoun(&before, at) && !named.contains(word)
    };
    (0..before.len()).filter(is_meant).map(|at| &previous[before[at].span.clone()]).collect::<Vec<_>>().join(" ")
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
    let other_date = date(&tokens(previous)).zip(date(own));
    if let Some((old, new)) = other_date {
        return format!("{}{}{}", &previous[..old.start], &question[new], &previous[old.end..]);
    }
    if let (Some(number), 0) = (number, topics)
        && let Some(old) = tokens(previous).into_iter().find(|t| is_number(&t.text))
    {
        return format!("{}{number}{}", &previous[..old.span.start], &previous[old.span.end..]);
    }
    let names = connected && topics > 0 && back.is_empty() && !PREPOSITIONS.contains(&own[0].text.as_str());
    match replaceable(&own[0].text, previous, about).filter(|_| names) {
        Some(old) => format!("{}{words}{}", &previous[..old.start], &previous[old.end..]),
        None => format!("{previous} {words}"),
    }
}

/// What a name stands in the place of: behind `the`, what stands behind the same in the question before; else what that was about,
/// without its number and without what sort of thing it is (`release`), which are meant still.
fn replaceable(first: &str, previous: &str, about: &str) -> Option<Range<usize>> {
    let all = tokens(previous);
    if first == "the"
        && let Some(at) = all.iter().position(|t| t.text == "the")
        && let Some(noun) = all.get(at + 1)
    {
        return Some(all[at].span.start..noun.span.end);
    }
    let start = previous.find(about).filter(|_| !about.is_empty())?;
    let within = |t: &&Token| t.span.start >= start && t.span.end <= start + about.len();
    let named: Vec<&Token> = all.iter().filter(within).filter(|t| is_topic(&t.text)).collect();
    Some(named.first()?.span.start..named.last()?.span.end)
}

/// Where a month or year is named.
fn date(tokens: &[Token]) -> Option<Range<usize>> {
    let is_month = |t: &Token| MONTHS.iter().any(|month| month.eq_ignore_ascii_case(&t.text));
    let first = tokens.iter().position(|t| is_month(t) || is_year(&t.text))?;
    let last = tokens[first..].iter().take_while(|t| is_month(t) || is_year(&t.text)).last()?;
    Some(tokens[first].span.start..last.span.end)
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
    if let Some(defined) = defined(&all) {
        return question[defined].to_owned();
    }
    let dated = date(&all);
    let rank = |run: &&[Token]| {
        let named = run.iter().any(|t| is_topic(&t.text));
        let thing = !dated.as_ref().is_some_and(|date| *date == span(run)) && !run.iter().all(|t| is_deed(&t.text));
        (named, thing, !is_circumstance(&all, run), span(run).len())
    };
    let best = runs(&all).into_iter().max_by_key(rank);
    best.map(|run| question[span(run)].to_owned()).unwrap_or_default()
}

/// Whether names stand behind a preposition of place, time or means: what is asked is rarely of those.
fn is_circumstance(tokens: &[Token], run: &[Token]) -> bool {
    let before = tokens.iter().rev().skip_while(|t| t.span.start >= span(run).start);
    let mut before = before.skip_while(|t| matches!(t.text.as_str(), "a" | "an" | "the" | "my" | "our" | "your"));
    before.next().is_some_and(|t| PREPOSITIONS.contains(&t.text.as_str()) && !matches!(t.text.as_str(), "of" | "about" | "to"))
}

/// Neighbouring words that name something; a release ends a name, a year may begin one too (`2020 meetup`), and no verb stands at
/// either end of one.
fn runs(tokens: &[Token]) -> Vec<&[Token]> {
    let part = |at: usize| names(&tokens[at].text) && !is_done_by_pronoun(tokens, at);
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in (0..tokens.len()).filter(|&at| part(at)) {
        let goes_on = |run: &&mut Range<usize>| {
            let before = &tokens[at - 1].text;
            run.end == at && !tokens[at].apart && (!is_number(before) || run.len() == 1 && is_year(before))
        };
        match runs.last_mut().filter(goes_on) {
            Some(run) => run.end += 1,
            None => runs.push(at..at + 1),
        }
    }
    runs.into_iter().map(|run| without_verbs(&tokens[run])).collect()
}

/// A run of names without the verbs at its ends (`support Vault`, `CentOS dropped`), unless nothing else is left.
fn without_verbs(run: &[Token]) -> &[Token] {
    let start = run.iter().take_while(|t| FORM_VERBS.contains(&t.text.as_str())).count();
    let deeds = run.iter().rev().take_while(|t| is_deed(&t.text)).count();
    run.get(start..run.len() - deeds).filter(|rest| !rest.is_empty()).unwrap_or(run)
}

/// Whether a word is the verb of a pronoun, as in `how do I enable …`: it names nothing.
fn is_done_by_pronoun(tokens: &[Token], at: usize) -> bool {
    at > 0 && !tokens[at].apart && matches!(tokens[at - 1].text.as_str(), "i" | "you" | "u" | "we" | "they" | "one")
}

/// Where words stand that follow each other.
fn span(run: &[Token]) -> Range<usize> {
    run.first().zip(run.last()).map_or(0..0, |(first, last)| first.span.start..last.span.end)
}

/// All that `what is …` asks for: a name may hold prepositions (`pod to pod security`).
fn defined(tokens: &[Token]) -> Option<Range<usize>> {
    let (start, _) = opening(tokens);
    let tokens = &tokens[start..];
    let word = |at: usize| tokens.get(at).map_or("", |t| t.text.as_str());
    let asked = match (word(0), word(1)) {
        ("what" | "who", "is" | "are") | ("tell", "me") => 2,
        ("whats" | "what's" | "who's" | "explain" | "define" | "describe", _) => 1,
        _ => return None,
    };
    let skipped = tokens[asked..].iter().take_while(|t| matches!(t.text.as_str(), "a" | "an" | "the" | "about")).count();
    let name = tokens.get(asked + skipped..)?;
    let named = (1..=LONGEST_NAME).contains(&name.len())
        && name.iter().skip(1).all(|t| !t.apart)
        && is_topic(&name[0].text)
        && is_topic(&name[name.len() - 1].text)
        && !name.iter().any(|t| is_number(&t.text) || AUXILIARIES.contains(&t.text.as_str()));
    named.then(|| name[0].span.start..name[name.len() - 1].span.end)
}

/// Words of a name such as `IPsec pod to pod security`, at most.
const LONGEST_NAME: usize = 6;

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
        let turn = TURNS
            .iter()
            .find(|turn| turn.iter().enumerate().all(|(at, word)| tokens.get(start + at).is_some_and(|t| t.text == *word)));
        if let Some(turn) = turn {
            connected = false;
            start += turn.len();
            continue;
        }
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
        || IMPERATIVES.contains(&word(0))
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
    let ends = at > 0 && at + 1 == tokens.len();
    let anaphoric = match base(word(at)) {
        "it" => !is_expletive(tokens, at),
        // What is owned is owned by what is named before it, in whatever clause.
        "its" | "their" | "his" => !tokens[..at].iter().any(|t| names(&t.text)),
        "them" | "theirs" | "he" | "she" | "him" | "her" | "hers" => true,
        // `why did they …` is of people in general, but for what they are asked of.
        "they" => at == 0 || matches!(before, "are" | "were") && !tokens.iter().any(|t| is_topic(&t.text)),
        "this" | "these" if is_time_or_place(next) => false,
        "that" | "this" | "these" | "those" => {
            let joins = word(at) == "that" && !opens_noun(before) && at > 0;
            !joins || next.is_empty() || PREPOSITIONS.contains(&next)
        }
        "there" => {
            !(is_be(before) || is_be(next) || word(at) == "there's" || matches!(before, "out" | "not") || before.ends_with("n't"))
        }
        // `how do I delete one?`
        "one" if ends && !is_number(before) => true,
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
    tokens[..clause].iter().any(|t| names(&t.text))
}

/// Whether a word may be what a pronoun stands for.
fn names(word: &str) -> bool {
    !is_function(word) && !COMMON_WORDS.contains(&word)
}

/// Whether `it` stands for nothing: `is it true that`, `how hard is it to`, `how long does it take to`, `did it become possible`.
fn is_expletive(tokens: &[Token], at: usize) -> bool {
    static EXPLETIVE: LazyLock<Regex> = LazyLock::new(|| Regex::new(follow_up::EXPLETIVE).expect("a valid pattern"));
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
    HERE_AND_NOW.contains(&word)
}

/// Whether a noun may follow: then `that` is no conjunction.
fn opens_noun(word: &str) -> bool {
    [AUXILIARIES, PREPOSITIONS, QUESTION_WORDS, CONNECTORS].iter().any(|list| list.contains(&word))
        || BEFORE_NOUNS.contains(&word)
}

fn is_be(word: &str) -> bool {
    BE.contains(&word)
}

fn is_determiner(word: &str) -> bool {
    matches!(word, "that" | "this" | "these" | "those")
}

fn is_noun(word: &str) -> bool {
    ![STOPWORDS, AUXILIARIES, PREPOSITIONS, COMMON_WORDS].iter().any(|known| known.contains(&word))
        && !word.ends_with("ed")
        && !ADJECTIVES.contains(&word)
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

/// Whether a number is a year of this century: no community's posts are older.
fn is_year(word: &str) -> bool {
    word.len() == 4 && word.starts_with("20") && word.chars().all(|c| c.is_ascii_digit())
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
        let apart = text[end..found.start()].contains([',', ';', ':', '.', '?', '!', '(', ')', '–', '—', '…', '\n'])
            || text[end..found.start()].contains(" - ");
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
                    "is it true that there are no more nightly builds?",
                    "how hard is it to move a site to Hugo?",
                    "how long does it take to build the docs",
                    "in which release did it become possible to resize a volume?",
                    "what's keystone and since when do we ship it?",
                    "where was the 2019 meetup, and were there talks there?",
                    "if i run harbor, does it need a certificate?",
                    "is there a mailing list",
                    "that reminds me, what is Zuul?",
                    "by the way, who maintains gcc?",
                    "when was it decided to leave CentOS?",
                    "when did the community hold its first meetup?",
                    "release 4.0 date",
                    "what's new in 4.0",
                    "do nodes that fail come back",
                    "ceph encryption",
                ],
            ),
            (
                Leaning::GoesOn,
                &[
                    "and which database is in 4.0?",
                    "ok and how do u upgrade from 3 to 4?",
                    "so, and would a fix for gcc be merged?",
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
                    "and how do I delete one?",
                    "which ports?",
                    "can I move that to ceph?",
                ],
            ),
            (
                Leaning::Rather,
                &[
                    "who presented?",
                    "what was the limit before?",
                    "what are the alternatives?",
                    "were there any workshops?",
                    "and what did they complain about",
                    "can I use podman instead?",
                ],
            ),
            (
                Leaning::Either,
                &[
                    "when did they leave CentOS",
                    "how many users are there",
                    "how many sites do they have",
                    "whats the newest release?",
                    "is there a forum?",
                    "since when are they on gcc?",
                ],
            ),
        ];
        let all = table.iter().flat_map(|(expected, questions)| questions.iter().map(move |question| (*expected, *question)));
        let wrong: Vec<_> =
            all.map(|(expected, question)| (question, expected, leaning(question))).filter(|w| w.1 != w.2).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn what_is_said_again_of_a_question_is_one_short_line() {
        let label = |text: &str| Joined { text: text.to_owned(), about: String::new(), beside: String::new() }.label();
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
            ("what was at the vPTG in May 2023?", "and in April 2024?", "what was at the vPTG in April 2024", "vPTG"),
            ("how do I enable AppArmor?", "which release brought it", "which release brought AppArmor", "AppArmor"),
            ("where is the code of Zuul?", "and the docs?", "where is the docs of Zuul", "Zuul"),
            ("is vault integrated?", "in what version", "in what version is vault integrated", "vault"),
            ("what is pod to pod security?", "who needs that?", "who needs pod to pod security", "pod to pod security"),
        ];
        for (previous, question, text, about) in table {
            assert_eq!(
                joined(question, previous),
                Joined { text: text.to_owned(), about: about.to_owned(), beside: String::new() },
                "{question}"
            );
        }
    }
}
