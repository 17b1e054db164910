//! What somebody does with a message: ask, thank, greet, complain, or just talk. By closed-class words and the shape of a sentence;
//! nothing here knows a community.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::english::speech::{
    self as patterns, ASKED_FOR, AUXILIARIES, DEEDS, IMPERATIVES, NEGATIVES, NO_NAMES, NO_SUBJECTS, OF_SENTENCES, OPENERS,
    PREDICATES, PREPOSITIONS, QUESTION_WORDS, SAID_OF, SUBJECTS, WANT_A_NAME,
};

/// What a message does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Speech {
    /// It asks, or bids to tell.
    Question,
    /// It tells of a need, or of a trouble: a question where it is said to the bot.
    Need,
    /// A few words without a verb: what one types into a search.
    Words,
    /// Thanks.
    Thanks,
    /// Praise.
    Praise,
    /// That the answer was no good.
    Complaint,
    /// A greeting.
    Greeting,
    /// A leave-taking.
    Farewell,
    /// `ok`, `lol`, a smiley: heard, and no more.
    Remark,
    /// Anything else that is told.
    Statement,
    /// Nothing at all.
    Nothing,
}

impl Speech {
    /// Whether a short line is all that it calls for.
    pub fn is_courtesy(self) -> bool {
        matches!(self, Self::Thanks | Self::Praise | Self::Complaint | Self::Greeting | Self::Farewell)
    }
}

/// Reads what a message does.
pub(super) fn speech(text: &str) -> Speech {
    let text = text.replace('’', "'").to_lowercase();
    let sentences = sentences(&text);
    if sentences.is_empty() {
        return if text.trim().is_empty() { Speech::Nothing } else { Speech::Remark };
    }
    if sentences.iter().any(Sentence::asks) {
        // `how are you?`, `you ok?`: asked to be polite. `what? that is wrong`.
        let polite = sentences.iter().filter(|sentence| sentence.asks()).all(|sentence| is_how_are_you(&sentence.words));
        return if polite { Speech::Greeting } else { Speech::Question };
    }
    if let Some(courtesy) = courtesy(&sentences) {
        return courtesy;
    }
    let told: Vec<&[&str]> = sentences.iter().map(Sentence::told).filter(|words| !words.is_empty()).collect();
    if told.is_empty() {
        return Speech::Remark;
    }
    if told.iter().any(|words| needs(words)) {
        return Speech::Need;
    }
    if told.iter().all(|words| takes_leave(words)) {
        return Speech::Farewell;
    }
    let few = told.len() == 1 && told[0].len() <= MOST_WORDS;
    if few && !told[0].iter().any(|word| is_verbal(word)) { Speech::Words } else { Speech::Statement }
}

/// Words that are still a search rather than a sentence.
const MOST_WORDS: usize = 7;

/// A sentence's words, without marks, and whether a question mark ends it.
struct Sentence<'a> {
    words: Vec<&'a str>,
    /// The same in its parts between commas and colons, from the second one on.
    later: Vec<Vec<&'a str>>,
    marked: bool,
}

fn sentences(text: &str) -> Vec<Sentence<'_>> {
    static CLAUSES: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[,:–—]| - ").expect("a valid pattern"));
    let later = |part| CLAUSES.split(part).skip(1).map(words).collect();
    let parts = sentence_spans(text).map(|span| &text[span]);
    let read = parts.map(|part| Sentence { words: words(part), later: later(part), marked: part.contains('?') });
    read.filter(|sentence| !sentence.words.is_empty()).collect()
}

/// Where a text's sentences stand, each with the marks that end it.
pub(super) fn sentence_spans(text: &str) -> impl Iterator<Item = Range<usize>> {
    static PART: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:[^.!?…;\n]|[.](?:\w))+[.!?…;\n]*").expect("a valid pattern"));
    PART.find_iter(text).map(|found| found.range())
}

fn words(text: &str) -> Vec<&str> {
    let word = |word: &'_ str| -> Option<(usize, usize)> {
        let start = word.find(|c: char| c.is_alphanumeric())?;
        let end = word.rfind(|c: char| c.is_alphanumeric() || c == '+')?;
        let last = word[end..].chars().next()?.len_utf8();
        Some((start, end + last))
    };
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ':' | '(' | ')' | '/'))
        .filter_map(|part| word(part).map(|(start, end)| &part[start..end.max(start)]))
        .collect()
}

impl Sentence<'_> {
    /// Its words without those before what it says.
    fn told(&self) -> &[&str] {
        without_openers(&self.words)
    }

    fn asks(&self) -> bool {
        // `what about …`, `one more question: …`; a tag such as `right?` asks nothing.
        let words = self.told();
        if words.is_empty() {
            return false;
        }
        let later = || self.later.iter().any(|words| words.len() > 2 && asks_by_form(without_openers(words)));
        self.marked && !is_rhetorical(words) || asks_by_form(words) || self.goes_on() || later()
    }

    /// `and in 8.0`, `also for arm`: a question that goes on with the one before.
    fn goes_on(&self) -> bool {
        let words = &self.words;
        let same = |at: usize| {
            words[at] == "same" && words.get(at + 1).is_some_and(|next| matches!(*next, "question" | "for" | "on" | "in"))
        };
        if (0..words.len().min(2)).any(same) && words.len() > 2 {
            return !words.contains(&"me") && !words.contains(&"here");
        }
        let at = words.iter().position(|word| matches!(*word, "and" | "or" | "also" | "but")).filter(|at| *at < 2);
        let Some(rest) = at.map(|at| &words[at + 1..]) else { return false };
        let opens =
            rest.first().is_some_and(|word| PREPOSITIONS.contains(word) || word.starts_with(|c: char| c.is_ascii_digit()));
        opens && rest.len() <= 5 && !rest.iter().any(|word| is_verbal(word))
    }
}

/// `how are you?` and its like: asked to be polite.
fn is_how_are_you(words: &[&str]) -> bool {
    let asked = without_openers(words).join(" ");
    let polite = [
        "how are you",
        "how are u",
        "how is it going",
        "how's it going",
        "hows it going",
        "what's up",
        "whats up",
        "how do you do",
    ];
    polite.iter().any(|polite| asked.strip_prefix(polite).is_some_and(|rest| rest.split_whitespace().count() <= 2))
}

fn without_openers<'a, 'b>(words: &'a [&'b str]) -> &'a [&'b str] {
    let start = words.iter().position(|word| !OPENERS.contains(word)).unwrap_or(words.len());
    &words[start..]
}

fn is_rhetorical(words: &[&str]) -> bool {
    matches!(
        words,
        ["what" | "wat" | "me" | "you" | "u"]
            | ["you", _]
            | ["who", "cares" | "knows" | "asked"]
            | ["says", "who"]
            | ["is" | "was" | "does" | "did" | "has", "it" | "that"]
            | ["is", "that", "so" | "right" | "it" | "all"]
            | ["what", "the", ..]
            | ["why", "not"]
            | ["are", "you" | "u", "sure" | "serious" | "kidding"]
            | ["how", "come"]
            | ["i", ..]
            | ["how", "cool" | "nice" | "great" | "weird" | "awesome" | "sweet" | "neat" | "crazy" | "funny", "is", ..]
    )
}

fn asks_by_form(words: &[&str]) -> bool {
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let (first, second) = (word(0), word(1));
    if QUESTION_WORDS.contains(&first) {
        return !is_exclamation(words);
    }
    if PREPOSITIONS.contains(&first) && QUESTION_WORDS.contains(&second) {
        return true;
    }
    if inverts(words) || IMPERATIVES.contains(&first) && !matches!(second, "" | "it" | "up" | "him" | "her" | "them" | "bob") {
        return true;
    }
    if matches!(first, "any" | "anything")
        && words.len() > 1
        && !matches!(second, "time" | "luck" | "progress" | "objections" | "takers" | "volunteers" | "thoughts" | "good")
    {
        return true;
    }
    // `harbor how do i enable it`, `basically which nodes can …`.
    let topic_first = (1..=3).any(|at| {
        QUESTION_WORDS.contains(&word(at))
            && (is_auxiliary(word(at + 1)) || matches!(word(at + 1), "many" | "much" | "long" | "often" | "about"))
            && !words[..at].iter().any(|word| is_verbal(word))
    });
    if topic_first {
        return true;
    }
    let sentence = words.join(" ");
    INDIRECT.is_match(&sentence) || IN_PLACE.is_match(&sentence)
}

/// `i wonder when …`, `any idea how …`.
static INDIRECT: LazyLock<Regex> = LazyLock::new(|| Regex::new(patterns::INDIRECT).expect("a valid pattern"));

/// `zuul is what exactly`, `that is for whom`.
static IN_PLACE: LazyLock<Regex> = LazyLock::new(|| Regex::new(patterns::IN_PLACE).expect("a valid pattern"));

/// `what a day`, `how nice`, `which is why …`, `when i tried that …`.
fn is_exclamation(words: &[&str]) -> bool {
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    match (word(0), word(1)) {
        ("what", "a" | "an" | "the" | "ever") => {
            !words.iter().skip(2).any(|w| is_auxiliary(w)) && word(1) != "the" || word(2) == "heck"
        }
        (
            "how",
            "nice" | "cool" | "sweet" | "cute" | "funny" | "great" | "awesome" | "lovely" | "weird" | "sad" | "odd" | "kind",
        ) => true,
        ("who", "cares" | "knows") => true,
        ("which", "is" | "was" | "means" | "makes" | "i" | "we" | "would" | "explains") => true,
        ("when" | "where" | "what" | "how" | "why" | "who", "i" | "we" | "he" | "she" | "you" | "they" | "it") => {
            !is_auxiliary(word(1)) && !matches!(word(0), "how") || words.len() > 4
        }
        _ => false,
    }
}

fn is_auxiliary(word: &str) -> bool {
    AUXILIARIES.contains(&word) || is_negative(word)
}

fn is_negative(word: &str) -> bool {
    NEGATIVES.contains(&word)
}

/// A verb before its subject: `is there …`, `does it …`, `can i …`.
pub(super) fn inverts(words: &[&str]) -> bool {
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let (first, second) = (word(0), word(1));
    if second.is_empty() || NO_SUBJECTS.contains(&second) {
        return false;
    }
    let subject = SUBJECTS.contains(&second);
    match first {
        "is" | "are" | "was" | "were" | "does" | "did" | "has" | "had" => words.len() > 2 || subject,
        "can" | "could" | "will" | "would" | "should" | "may" | "might" | "shall" | "must" => subject || words.len() > 3,
        "do" => !matches!(second, "it" | "that" | "this" | "the" | "a"),
        "have" | "am" => matches!(second, "you" | "we" | "they" | "i" | "there" | "any" | "the") && words.len() > 2,
        "don't" | "dont" => matches!(second, "you" | "they" | "we" | "i") && words.len() > 2,
        _ if is_negative(first) => subject && words.len() > 2,
        _ => false,
    }
}

/// What is said to be polite, or not to be, where nothing else is said.
fn courtesy(sentences: &[Sentence<'_>]) -> Option<Speech> {
    static PATTERNS: LazyLock<Vec<(Speech, Regex)>> = LazyLock::new(|| {
        let table = [
            (Speech::Complaint, patterns::COMPLAINT),
            (Speech::Thanks, patterns::THANKS),
            (Speech::Praise, patterns::PRAISE),
            (Speech::Greeting, patterns::GREETING),
            (Speech::Farewell, patterns::FAREWELL),
        ];
        table.into_iter().map(|(speech, pattern)| (speech, Regex::new(pattern).expect("a valid pattern"))).collect()
    });
    let text: Vec<String> = sentences.iter().map(|sentence| sentence.words.join(" ")).collect();
    let found = PATTERNS.iter().find(|(speech, pattern)| {
        let most = if *speech == Speech::Complaint { LONGEST_COMPLAINT } else { LONGEST_COURTESY };
        sentences.iter().map(|sentence| sentence.words.len()).sum::<usize>() <= most && text.iter().any(|t| pattern.is_match(t))
    });
    found.map(|(speech, _)| *speech)
}

/// Words of a message that does nothing but thank, praise, greet or take leave.
const LONGEST_COURTESY: usize = 14;
/// Words of a message that does nothing but complain.
const LONGEST_COMPLAINT: usize = 18;

fn takes_leave(words: &[&str]) -> bool {
    matches!(words, ["gotta" | "brb" | "bye" | "cya" | "later" | "afk" | "gtg" | "ttyl", ..])
        || words.iter().any(|word| matches!(*word, "nvm" | "nevermind")) && words.len() <= 2
}

/// First person, and what is looked for or goes wrong.
fn needs(words: &[&str]) -> bool {
    static NEED: LazyLock<Regex> = LazyLock::new(|| Regex::new(patterns::NEED).expect("a valid pattern"));
    NEED.is_match(&words.join(" "))
}

/// A word of a sentence rather than of a list of names: a pronoun, a helping verb, or one that only people do.
fn is_verbal(word: &str) -> bool {
    is_auxiliary(word) || OF_SENTENCES.contains(&word)
}

/// Whether a few words ask for a thing's property, as one types them into a search: `kernel version in 3.0`, `release date`.
pub(super) fn is_search(text: &str) -> bool {
    let text = text.to_lowercase();
    let words = words(&text);
    words.len() > 1 && words.iter().any(|word| ASKED_FOR.contains(word))
}

/// Whether a question is put to people rather than to one who reads posts: to anybody, to us, or to what `you` have done.
pub(super) fn is_for_people(text: &str) -> bool {
    static PEOPLE: LazyLock<Regex> = LazyLock::new(|| Regex::new(patterns::FOR_PEOPLE).expect("a valid pattern"));
    static OF_THE_BOT: LazyLock<Regex> = LazyLock::new(|| Regex::new(patterns::OF_THE_BOT).expect("a valid pattern"));
    let text = text.replace('’', "'").to_lowercase();
    let plain = sentences(&text).iter().map(|s| s.words.join(" ")).collect::<Vec<_>>();
    plain.iter().any(|sentence| PEOPLE.is_match(sentence) && !OF_THE_BOT.is_match(sentence))
}

/// Whether a word may stand before what a sentence says.
pub(super) fn is_opener(word: &str) -> bool {
    OPENERS.contains(&word.trim_matches(|c: char| !c.is_alphanumeric())) || word == "dear"
}

/// Whether a word is one of the language's rather than a name.
pub(super) fn is_ordinary(word: &str) -> bool {
    [OPENERS, QUESTION_WORDS, PREPOSITIONS, SUBJECTS, NO_SUBJECTS, IMPERATIVES].iter().any(|list| list.contains(&word))
        || is_verbal(word)
        || NO_NAMES.contains(&word)
}

/// Whether a name after these words is called rather than spoken of: what comes before asks, thanks or greets by itself, and wants
/// no name to be whole.
pub(super) fn ends_before_name(before: &str) -> bool {
    static CLAUSE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[.!?;,:](?:\s+|$)").expect("a valid pattern"));
    let clause = CLAUSE.split(before.trim_end_matches([' ', ',', '.', '!', '?', ':', ';'])).last().unwrap_or_default();
    let lower = clause.to_lowercase();
    let last = words(&lower).last().copied().unwrap_or_default();
    let whole = !(WANT_A_NAME.contains(&last) || PREPOSITIONS.contains(&last) || is_auxiliary(last));
    match speech(clause) {
        Speech::Question => whole,
        Speech::Thanks | Speech::Greeting | Speech::Praise | Speech::Farewell | Speech::Complaint => true,
        Speech::Need | Speech::Words | Speech::Remark | Speech::Statement | Speech::Nothing => false,
    }
}

/// What follows the bot's name without a mark between, as in `Mynah is wrong here`: whether it is said of it rather than to it.
pub(super) fn is_said_of(rest: &str) -> bool {
    let text = rest.replace('’', "'").to_lowercase();
    let sentences = sentences(&text);
    // What is asked after that is asked of it.
    let Some(first) = sentences.first().filter(|_| !sentences[1..].iter().any(Sentence::asks)) else { return false };
    let word = |at: usize| first.words.get(at).copied().unwrap_or_default();
    let (verb, next) = (word(0), word(1));
    if first.marked && is_auxiliary(verb) && !is_negative(verb) {
        return false;
    }
    let told = |next: &str| PREDICATES.contains(&next) || next.ends_with("ing") || next.ends_with("ed") || next.is_empty();
    match verb {
        "is" | "was" | "isn't" | "wasn't" | "isnt" | "wasnt" => {
            told(next) || next == "the" && matches!(word(2), "best" | "new" | "worst" | "one" | "only" | "thing" | "bot")
        }
        "does" | "did" | "do" => {
            matches!(next, "not" | "that" | "this" | "it" | "a" | "well" | "good" | "what" | "") || told(next)
        }
        "can" | "could" | "will" | "would" | "should" | "may" | "might" | "must" => {
            NO_SUBJECTS.contains(&next) || DEEDS.contains(&next) || next.is_empty()
        }
        "has" | "had" => told(next) || NO_SUBJECTS.contains(&next) || matches!(next, "the" | "no"),
        _ if is_negative(verb) => !SUBJECTS.contains(&next),
        _ => SAID_OF.contains(&verb),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_message_does_is_told_by_its_shape() {
        let table: &[(Speech, &[&str])] = &[
            (
                Speech::Question,
                &[
                    "what is Zuul",
                    "in which release did it arrive?",
                    "does 4.0 have ceph",
                    "zuul is what exactly",
                    "and in 8.0",
                    "tell me about ceph",
                    "thanks! and when was 4.0 released?",
                    "i wonder when the next meetup is",
                    "any docs on arm",
                    "which one did it replace?",
                    "how do u upgrade",
                    "ok. is there a cli",
                    "hm what does it take to join",
                    "since when?",
                    "asks when the next release is",
                    "wen is the next meetup",
                    "can i roll back",
                    "don't we have docs?",
                    "on arm too??",
                ],
            ),
            (
                Speech::Statement,
                &[
                    "ah wait i misread my own config",
                    "just ask them",
                    "look at the newer docs",
                    "when i looked at it yesterday it was down",
                    "that is for the mailing list",
                    "it reads the blog",
                    "they moved half of this",
                ],
            ),
            (Speech::Need, &["i'm looking for the install guide", "my install fails with error 5", "i need a newer kernel"]),
            (Speech::Words, &["ceph encryption", "openstack version in 3.0", "debian migration"]),
            (Speech::Thanks, &["thanks", "ty!", "oh thx, works", "thank you so much", "cheers"]),
            (Speech::Praise, &["good bot", "that helped", "perfect", "nice one", "cool", "well done!"]),
            (
                Speech::Complaint,
                &[
                    "that did not help",
                    "hmm that didn't help",
                    "that's not what i asked :/",
                    "wrong",
                    "no, that's wrong",
                    "this isn't helpful",
                ],
            ),
            (Speech::Greeting, &["hi 👋", "good morning", "welcome aboard!", "hello there", "how are you?"]),
            (Speech::Farewell, &["bye", "gotta run, meeting", "see you tomorrow", "brb"]),
            (Speech::Remark, &["👍", "lol", "ok makes sense", "ok", "hmm", "right?", "ah ok", "..."]),
            (Speech::Nothing, &["", "  "]),
        ];
        let all = table.iter().flat_map(|(expected, texts)| texts.iter().map(move |text| (*expected, *text)));
        let wrong: Vec<_> = all.map(|(expected, text)| (text, expected, speech(text))).filter(|w| w.1 != w.2).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn some_questions_are_for_people() {
        for text in [
            "does anyone know when the call is?",
            "shall we take this to the list?",
            "did you ever get it to work?",
            "why do you need it?",
            "do you still run 4.0?",
            "what's your setup?",
        ] {
            assert!(is_for_people(text), "{text}");
        }
        for text in
            ["how do you upgrade?", "can you show me the docs?", "do you know who wrote it?", "are you a bot?", "what is Zuul?"]
        {
            assert!(!is_for_people(text), "{text}");
        }
    }

    #[test]
    fn a_name_before_a_verb_is_mostly_talk_of_it() {
        for rest in [
            "is wrong here, that was 6.0",
            "is our new bot",
            "can't know that",
            "says 6.0",
            "was right",
            "will tell you",
            "does not know",
        ] {
            assert!(is_said_of(rest), "{rest}");
        }
        for rest in [
            "is it true that 4.0 is out",
            "what is dual stack",
            "does 4.0 do ipsec",
            "is Zuul in 4.0",
            "can i roll back",
            "are there plans",
        ] {
            assert!(!is_said_of(rest), "{rest}");
        }
    }
}
