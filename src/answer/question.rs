//! Question (as typed) → analysis: kind, query, and what could not be used. Any text gives one.
//!
//! What other values of the numbers here do to answers, `scripts/sensitivity` measures: see `docs/figures.md`.

use std::collections::HashSet;
use std::sync::LazyLock;

use jiff::civil::Date;
use regex::{Captures, Regex};
use unicode_segmentation::UnicodeSegmentation;

use crate::english::figures::{self, MONTHS};
use crate::english::question::{AUTHOR_WORDS, POST_WORDS, SHORT_QUESTION_WORDS};
use crate::english::words::{COMMON_WORDS, FORM_WORDS, STOPWORDS, spelled_out};
use crate::search::analysis::{self, Word};
use crate::search::{FamilyId, Index, MAX_TERMS, Query, QueryTerm, Role, TemporalEnd, TermId};

use super::kind::{Kind, Subject};
use super::leaning::{Joined, Leaning, joined, leaning};
use super::release;

/// A question as typed. Its words are not in its debug output, so that no log holds what somebody asked.
#[derive(Clone, derive_more::Debug, Default)]
pub struct Question {
    /// The caller's name for it; copied into the answer.
    pub id: String,
    /// As typed.
    #[debug(skip)]
    pub text: String,
    /// The asker's question before it, which is read together with one that can't be read alone.
    #[debug(skip)]
    pub previous: Option<String>,
    /// The address of the post that the answer before it quoted first: the one that `who wrote that?` means.
    pub post: Option<String>,
    /// The day it is asked, for `last year`; without it such spans are ignored.
    pub asked_on: Option<Date>,
    /// Passages that are read closely at the most, where others wait; without it, as many as it takes.
    pub most_read: Option<usize>,
}

impl Question {
    /// A question by itself.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// The same, asked after another.
    #[must_use]
    pub fn after(mut self, previous: impl Into<String>) -> Self {
        self.previous = Some(previous.into());
        self
    }
}

/// What a question means to the index.
#[derive(Clone, derive_more::Debug)]
pub struct Analysis {
    /// The kind of answer it asks for.
    pub kind: Kind,
    /// What to look for.
    pub query: Query,
    /// Both questions as one, where it was read together with the question before it.
    pub together: Option<Joined>,
    /// Topic words that stand nowhere in the posts, as typed.
    #[debug(skip)]
    pub unknown: Vec<String>,
    /// Typed word and the word it was taken for.
    #[debug(skip)]
    pub corrections: Vec<(String, String)>,
}

/// Longer questions are read up to here, in characters.
pub const MAX_QUESTION_CHARS: usize = 2_000;
/// Words beyond these are not looked at for what they mean together.
const MAX_WORDS: usize = 100;
/// Unknown words beyond these are not corrected: the time to answer stays bounded.
const MAX_CORRECTIONS: usize = 12;

/// A form word's share of its idf: it helps to choose among passages on the topic, and does not make one.
const FORM_SHARE: f32 = 0.45;
/// The share of a word that the question before named beside what it was about: it may be meant still. With 0.4, one of thirty
/// follow-ups of a development set was answered from what was said of the question before.
const NAMED_BEFORE_SHARE: f32 = 0.2;
/// The share of a word that the posts have in no form.
const UNKNOWN_SHARE: f32 = 0.8;

/// Reads a question against the words of the posts: with the question before it where it can't be read alone.
pub fn analyse(question: &Question, index: &Index) -> Analysis {
    let before = question.previous.as_deref().filter(|_| leaning(&question.text) == Leaning::Together);
    analyse_after(question, before, index)
}

/// Reads a question by itself, or together with one before it.
pub(super) fn analyse_after(question: &Question, before: Option<&str>, index: &Index) -> Analysis {
    let alone = Reading::of(&question.text, question.asked_on, index);
    let asks_who_wrote = alone.kind.subject() == Subject::Author;
    let together = before.filter(|_| !alone.kind.is_small_talk()).map(|before| {
        let cut: String = question.text.chars().take(MAX_QUESTION_CHARS).collect();
        joined(&cut, before)
    });
    let text = together.as_ref().map_or(question.text.as_str(), |joined| &joined.text);
    let read = match &together {
        None => alone,
        Some(joined) => {
            let read = Reading::of(&joined.text, question.asked_on, index);
            // `who wrote that?` is asked of the post, whatever stands in the place of `that` now.
            let read = if asks_who_wrote { read.of_an_author() } else { read };
            let beside = Reading::of(&joined.beside, question.asked_on, index).terms;
            Reading { terms: with_beside(read.terms, beside), ..read }
        }
    };
    let asks_of_number = read.terms.iter().any(|t| t.role == Role::Number);
    let text: String = text.chars().take(MAX_QUESTION_CHARS).collect();
    let text = in_full(&text, &read.corrections);
    let mut query = Query {
        text: text.trim().to_owned(),
        terms: read.terms,
        wants: read.kind.wants(asks_of_number),
        edge: read.edge,
        front_matter: read.kind.subject() == Subject::Author || read.front_matter,
    };
    query.terms.truncate(MAX_TERMS);
    let unknown = query.terms.iter().filter(|t| t.is_unknown() && t.role != Role::Form).map(|t| t.typed.clone()).collect();
    Analysis { kind: read.kind, query, together, unknown, corrections: read.corrections }
}

/// Terms with those that the question before named beside what it was about.
fn with_beside(mut terms: Vec<QueryTerm>, beside: Vec<QueryTerm>) -> Vec<QueryTerm> {
    let new: Vec<QueryTerm> = beside.into_iter().filter(|term| !terms.iter().any(|t| t.term == term.term)).collect();
    terms.extend(new.into_iter().map(|term| QueryTerm { weight: term.weight * NAMED_BEFORE_SHARE, ..term }));
    terms
}

/// A text as a model should read it: typos corrected, chat's short forms spelled out.
fn in_full(text: &str, corrections: &[(String, String)]) -> String {
    let in_full = |word: &str| {
        let typed = word.to_lowercase();
        match corrections.iter().find(|(wrong, _)| *wrong == typed) {
            Some((_, meant)) => meant.clone(),
            _ if spelled_out(&typed) != typed => spelled_out(&typed).to_owned(),
            _ => word.to_owned(),
        }
    };
    text.split_word_bounds().map(in_full).collect()
}

/// One question by itself.
struct Reading {
    kind: Kind,
    edge: TemporalEnd,
    terms: Vec<QueryTerm>,
    corrections: Vec<(String, String)>,
    front_matter: bool,
}

impl Reading {
    fn of(text: &str, asked_on: Option<Date>, index: &Index) -> Self {
        let text: String = text.chars().take(MAX_QUESTION_CHARS).collect();
        let text = dates_in_words(&release::spell_out(&text), asked_on);
        let words = analysis::words(&text).into_iter().map(with_question_word).collect();
        let (words, corrections) = corrected(words, index);
        let plain: Vec<&str> = words.iter().map(|w| spelled_out(&w.text)).collect();
        let sentence = plain.join(" ");
        let kind = Kind::of(&sentence);
        let terms = terms(&words, &corrections, index);
        let front_matter = POST_WORDS.iter().any(|w| plain.contains(w));
        let read = Self { kind, edge: kind.edge(&sentence), terms, front_matter, corrections };
        if kind.subject() == Subject::Author { read.of_an_author() } else { read }
    }

    /// As a question of who wrote a post. The terms that remain are what the post is about.
    fn of_an_author(mut self) -> Self {
        self.terms.retain(|term| !AUTHOR_WORDS.contains(&term.typed.as_str()));
        Self { kind: Kind::Author, ..self }
    }
}

/// Replaces words that neither the posts nor English function words know by the ones they most likely stand for.
fn corrected(words: Vec<Word>, index: &Index) -> (Vec<Word>, Vec<(String, String)>) {
    static FUNCTION_WORDS: LazyLock<(HashSet<&str>, Vec<&str>)> = LazyLock::new(|| {
        let all: Vec<&str> = [STOPWORDS, FORM_WORDS, COMMON_WORDS].concat();
        (all.iter().copied().collect(), all)
    });
    let vocabulary = index.vocabulary();
    let mut corrections = Vec::new();
    let mut tried = 0;
    let short = words.len() <= SHORT_QUESTION;
    let mut correct = |(at, word): (usize, Word)| {
        if tried >= MAX_CORRECTIONS || FUNCTION_WORDS.0.contains(word.text.as_str()) || is_a_word(&word, index) {
            return word;
        }
        tried += 1;
        // Nearly every three- or four-letter string is next to some function word.
        let others = match word.text.len() {
            ..5 => SHORT_QUESTION_WORDS.to_vec(),
            _ => FUNCTION_WORDS.1.iter().copied().chain(index.families().single_words()).collect(),
        };
        // Few words tell what is meant, and the first one is mostly the subject: it is not made another one.
        match vocabulary.correct(&word.text, &others, !(short && at == 0)) {
            Some(meant) => {
                let term = analysis::stem(&meant);
                corrections.push((word.text, meant.clone()));
                Word { text: meant, term, ..word }
            }
            None => word,
        }
    };
    (words.into_iter().enumerate().map(&mut correct).collect(), corrections)
}

/// Questions of up to so many words are too short to tell a slip from a name by what stands around it.
const SHORT_QUESTION: usize = 3;

/// Whether a word means something as it is typed: to the posts, to a family, to an acronym, or to the encoder.
fn is_a_word(word: &Word, index: &Index) -> bool {
    index.vocabulary().knows(word)
        || index.vocabulary().long_form(&word.term).is_some()
        || index.families().of(&word.term, None).next().is_some()
        || index.meaning().is_some_and(|meaning| meaning.encoder().knows(&word.text))
}

/// The terms of a question, function words left out.
fn terms(words: &[Word], corrections: &[(String, String)], index: &Index) -> Vec<QueryTerm> {
    let mut terms: Vec<QueryTerm> = Vec::new();
    let mut taken = 0;
    for (at, word) in words.iter().enumerate() {
        if terms.len() == MAX_TERMS {
            break;
        }
        let next = words.get(at + 1).filter(|next| next.position > word.position);
        let pair: Vec<FamilyId> = next.map(|next| index.families().of_pair(&word.term, &next.term).collect()).unwrap_or_default();
        let read = if at < taken {
            None
        } else if !pair.is_empty() {
            taken = at + 2;
            next.map(|next| phrase(word, next, pair, index))
        } else {
            single(words, at, corrections, index)
        };
        terms.extend(read.filter(|term| !terms.iter().any(|t| t.term == term.term)));
    }
    join_neighbours(&words[..words.len().min(MAX_WORDS)], &mut terms, index);
    terms
}

/// Two words that mean one thing, such as `reach out`: only the whole is looked for.
fn phrase(first: &Word, second: &Word, families: Vec<FamilyId>, index: &Index) -> QueryTerm {
    let weight = families.iter().map(|&f| index.vocabulary().family_idf(f)).fold(0.0, f32::max);
    let typed = format!("{} {}", first.text, second.text);
    let term = format!("{} {}", first.term, second.term);
    QueryTerm { typed, term, id: None, families, same_as: Vec::new(), weight, role: Role::Topic, corrected: false }
}

/// The term of a word by itself; none for a function word, or a common one that the posts don't have.
fn single(words: &[Word], at: usize, corrections: &[(String, String)], index: &Index) -> Option<QueryTerm> {
    let word = &singular(&words[at], index);
    let known = index.vocabulary().knows(word);
    let in_family = index.families().of(&word.term, None).next().is_some();
    // A compound follows its parts: where the posts know it, it says more than they do.
    let compound = at > 0 && words[at - 1].position >= word.position;
    let letter = word.text.chars().count() < 2 && !word.text.chars().all(char::is_numeric);
    let says_little = compound && !index.vocabulary().writes(&word.text)
        || !known && !in_family && (compound || COMMON_WORDS.contains(&word.text.as_str()));
    if letter || says_little || STOPWORDS.contains(&word.text.as_str()) {
        return None;
    }
    let typed = corrections.iter().find(|(_, meant)| *meant == word.text).map(|(typed, _)| typed.as_str());
    Some(term(word, typed, index))
}

/// `gpus` is `gpu` where the posts know only that: the stemmer leaves the plurals of acronyms alone.
fn singular(word: &Word, index: &Index) -> Word {
    let one = word.text.strip_suffix('s').filter(|one| one.len() > 1 && !index.vocabulary().knows(word));
    let known = one.map(|one| Word { text: one.to_owned(), term: analysis::stem(one), ..word.clone() });
    known.filter(|one| index.vocabulary().knows(one)).unwrap_or_else(|| word.clone())
}

fn term(word: &Word, typed: Option<&str>, index: &Index) -> QueryTerm {
    let vocabulary = index.vocabulary();
    let role = if word.text.starts_with(|c: char| c.is_ascii_digit()) {
        Role::Number
    } else if FORM_WORDS.contains(&word.text.as_str()) {
        Role::Form
    } else {
        Role::Topic
    };
    let same_as = vocabulary.long_form(&word.term).and_then(|long| ids(long, index));
    let mut term = QueryTerm {
        typed: typed.unwrap_or(&word.text).to_owned(),
        term: word.term.clone(),
        id: vocabulary.id(&word.term),
        families: index.families().of(&word.term, None).collect(),
        same_as: same_as.into_iter().collect(),
        weight: 0.0,
        role,
        corrected: typed.is_some(),
    };
    let share = match role {
        Role::Form => FORM_SHARE,
        _ if term.is_unknown() => UNKNOWN_SHARE,
        _ => 1.0,
    };
    term.weight = term.idf(vocabulary) * share;
    term
}

/// Two words that the posts write as one (`sub cloud`), and words that spell out an acronym of the posts, match as such too.
fn join_neighbours(words: &[Word], terms: &mut [QueryTerm], index: &Index) {
    let vocabulary = index.vocabulary();
    for size in 2..=LONGEST_ACRONYM {
        for group in words.windows(size) {
            let long: Vec<String> = group.iter().map(|w| w.term.clone()).collect();
            let joined = format!("{}{}", group[0].text, group[1].text);
            let solid = (size == 2 && vocabulary.writes(&joined)).then(|| analysis::stem(&joined));
            let same: Vec<TermId> = vocabulary
                .short_form(&long)
                .map(str::to_owned)
                .into_iter()
                .chain(solid)
                .filter_map(|t| vocabulary.id(&t))
                .collect();
            if same.is_empty() {
                continue;
            }
            for term in terms.iter_mut().filter(|t| long.contains(&t.term)) {
                term.same_as.extend(same.iter().map(|&id| vec![id]));
            }
        }
    }
}

/// Words that an acronym spells out, at the most.
const LONGEST_ACRONYM: usize = 5;

fn ids(terms: &[String], index: &Index) -> Option<Vec<TermId>> {
    terms.iter().map(|term| index.vocabulary().id(term)).collect()
}

/// A short form of a question word spelled out: it is no topic, and no typo of one.
fn with_question_word(word: Word) -> Word {
    let text = spelled_out(&word.text);
    let asks = text != word.text && matches!(text, "what" | "when" | "where" | "which");
    if asks { Word { term: analysis::stem(text), text: text.to_owned(), ..word } } else { word }
}

/// `last year` and `this year` as the year they mean on the day of asking, and months spelled out: `dec` is `December`.
fn dates_in_words(text: &str, asked_on: Option<Date>) -> String {
    static MONTH: LazyLock<Regex> = LazyLock::new(|| Regex::new(figures::SHORT_MONTH).expect("a valid pattern"));
    let spelled = MONTH.replace_all(text, |found: &Captures<'_>| {
        let short = found[1][..3].to_lowercase();
        let month = MONTHS.iter().find(|month| month.to_lowercase().starts_with(&short)).copied().unwrap_or_default();
        format!("{month} {}", &found[2])
    });
    let Some(today) = asked_on else { return spelled.into_owned() };
    static SPAN: LazyLock<Regex> = LazyLock::new(|| Regex::new(figures::YEAR_FROM_TODAY).expect("a valid pattern"));
    let year = |found: &Captures<'_>| (today.year() - i16::from(found[1].eq_ignore_ascii_case("last"))).to_string();
    SPAN.replace_all(&spelled, year).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Document, Evidence, Families};

    static INDEX: LazyLock<Index> = LazyLock::new(|| {
        let texts = [
            "Grey herons nest near the mill pond.",
            "The Nesting Bird Survey (NBS) began in May 2021.",
            "Box 2.0 has a reed-bed floor, and an emu guards it.",
            "Whoever wants to help signs the list.",
            "Every post of the fence is oak.",
            "Gulls cry.",
        ];
        let families = Families::parse(r#"families = [["begin", "kick off"], ["signal", "yodel"]]"#, "test").unwrap();
        Index::build(&texts.map(Document::of_plain_text), families).unwrap()
    });

    fn read(question: &str) -> Analysis {
        analyse(&Question::new(question), &INDEX)
    }

    /// The terms of a query with their roles.
    fn terms(analysis: &Analysis) -> Vec<(&str, Role)> {
        analysis.query.terms.iter().map(|term| (term.term.as_str(), term.role)).collect()
    }

    #[test]
    fn what_is_looked_for_is_the_questions_words_without_those_that_say_nothing_of_its_topic() {
        use Role::{Form, Number, Topic};
        let table: &[(&str, &[(&str, Role)])] = &[
            ("Where do the grey herons nest?", &[("grey", Topic), ("heron", Topic), ("nest", Topic)]),
            ("which release has it", &[("releas", Form)]),
            ("what of box 2.0?", &[("box", Topic), ("2.0", Number)]),
            ("what came in R2", &[("2.0", Number)]),
            ("when did the survey kick off?", &[("survey", Topic), ("kick off", Topic)]),
            ("herons, herons and a heron", &[("heron", Topic)]),
            // The stemmer leaves this plural alone, and the posts don't have it.
            ("are there emus", &[("emu", Topic)]),
            // What the posts don't write is looked for in its parts.
            ("the mill-pond", &[("mill", Topic), ("pond", Topic)]),
            ("in dec 2021", &[("decemb", Topic), ("2021", Number)]),
            ("", &[]),
            ("?!", &[]),
        ];
        for (question, expected) in table {
            assert_eq!(terms(&read(question)), *expected, "{question}");
        }
    }

    #[test]
    fn words_that_the_posts_write_as_one_or_in_short_match_as_such_too() {
        let matches = |question: &str, text: &str| {
            let terms = read(question).query.terms;
            let ids: Vec<TermId> = analysis::words(text).iter().filter_map(|word| INDEX.vocabulary().id(&word.term)).collect();
            terms.iter().all(|term| term.in_long_form(&ids))
        };
        assert!(matches("nbs", "nesting bird survey") && !matches("nbs", "bird survey"));
        assert!(matches("nesting bird survey", "nbs"));
        assert!(!matches("gulls cry", "nbs"));
    }

    #[test]
    fn a_kind_of_question_says_what_the_sentence_that_answers_should_hold() {
        let table = [
            ("when did the survey first begin", Kind::When, Evidence::DATE | Evidence::RELEASE, TemporalEnd::First),
            ("when was box 2.0 made", Kind::When, Evidence::DATE, TemporalEnd::Any),
            ("how many herons nest there", Kind::HowMany, Evidence::NUMBER, TemporalEnd::Any),
            ("do herons nest there", Kind::YesNo, Evidence::empty(), TemporalEnd::Any),
            // The kind is that of the question as it was meant.
            ("wen did herons nest", Kind::When, Evidence::DATE | Evidence::RELEASE, TemporalEnd::Any),
            ("wher do herons nest", Kind::Where, Evidence::LINK, TemporalEnd::Any),
        ];
        for (question, kind, wants, edge) in table {
            let analysis = read(question);
            assert_eq!((analysis.kind, analysis.query.wants, analysis.query.edge), (kind, wants, edge), "{question}");
        }
    }

    #[test]
    fn a_slip_is_read_as_the_word_that_was_meant_and_a_word_as_itself() {
        /// A question, what in it was corrected into what, and how it is read.
        type Row = (&'static str, &'static [(&'static str, &'static str)], &'static str);
        let table: &[Row] = &[
            ("where do grey hernos nest?", &[("hernos", "herons")], "where do grey herons nest?"),
            ("where is the mill pnod", &[("pnod", "pond")], "where is the mill pond"),
            // Chat's short forms are no slips.
            ("r there herons abt", &[], "are there herons about"),
            // A word of a family, one of the posts and a number mean what they are.
            ("do herons yodel in 2022", &[], "do herons yodel in 2022"),
            // The first of few words is mostly a name: no letter in it is taken for another.
            ("herins nest", &[], "herins nest"),
            ("hernos nest", &[("hernos", "herons")], "herons nest"),
        ];
        for (question, corrections, text) in table {
            let analysis = read(question);
            let told: Vec<(&str, &str)> = analysis.corrections.iter().map(|(typed, meant)| (&**typed, &**meant)).collect();
            assert_eq!((told.as_slice(), analysis.query.text.as_str()), (*corrections, *text), "{question}");
        }
        let term = read("where do grey hernos nest?").query.terms.remove(1);
        assert_eq!((term.typed.as_str(), term.term.as_str(), term.corrected), ("hernos", "heron", true));
    }

    #[test]
    fn what_stands_nowhere_is_told_unless_nobody_would_miss_it() {
        let table: &[(&str, &[&str])] = &[
            ("do herons hibernate", &["hibernate"]),
            ("do herons yodel", &[]),
            ("do herons often walk", &[]),
            ("which release has herons", &[]),
            ("is there a box 3.0", &["3.0"]),
        ];
        for (question, unknown) in table {
            assert_eq!(read(question).unknown, *unknown, "{question}");
        }
    }

    #[test]
    fn a_rare_word_weighs_most_one_of_the_questions_form_less_and_an_unknown_one_a_little_less() {
        let weight = |word: &str| read(&format!("herons {word}")).query.terms[1].weight;
        let idf = |term: &str| INDEX.vocabulary().idf(INDEX.vocabulary().id(term));
        assert_eq!(weight("gulls"), idf("gull"));
        assert_eq!(weight("list"), idf("list") * FORM_SHARE);
        assert_eq!(weight("hibernate"), INDEX.vocabulary().max_idf() * UNKNOWN_SHARE);
        assert!(weight("gulls") < weight("hibernate"));
    }

    #[test]
    fn last_year_is_counted_from_the_day_of_asking() {
        let asked = |text: &str, on: Option<&str>| {
            let question = Question { asked_on: on.map(|day| day.parse().unwrap()), ..Question::new(text) };
            let terms = analyse(&question, &INDEX).query.terms.into_iter();
            terms.filter(|term| term.role == Role::Number).map(|term| term.term).collect::<Vec<_>>()
        };
        assert_eq!(asked("which herons came last year", Some("2022-03-04")), ["2021"]);
        assert_eq!(asked("which herons came This Year", Some("2022-03-04")), ["2022"]);
        assert_eq!(asked("which herons came last year", None), [""; 0]);
    }

    #[test]
    fn a_question_that_cant_be_read_alone_is_read_with_the_one_before() {
        let after = |question: &str| analyse(&Question::new(question).after("where is the nest box?"), &INDEX);
        let follow_up = after("when did it begin?");
        assert_eq!((follow_up.kind, follow_up.query.edge), (Kind::When, TemporalEnd::First));
        assert_eq!(follow_up.together.as_ref().map(Joined::label).as_deref(), Some("nest box"));
        let found = terms(&follow_up).iter().map(|(term, _)| *term).collect::<Vec<_>>();
        assert!(["nest", "box", "begin"].iter().all(|term| found.contains(term)), "{found:?}");
        for alone in ["where do grey herons nest?", "thanks"] {
            assert!(after(alone).together.is_none(), "{alone}");
            assert_eq!(terms(&after(alone)), terms(&read(alone)), "{alone}");
        }
    }

    #[test]
    fn what_the_question_before_named_beside_its_topic_counts_little() {
        let term = |text: &str| read(text).query.terms;
        let terms = with_beside(term("herons nest"), term("nest of gulls"));
        let weights: Vec<(&str, f32)> = terms.iter().map(|term| (term.term.as_str(), term.weight)).collect();
        let alone = |text: &str| term(text)[0].weight;
        let expected = [("heron", alone("herons")), ("nest", alone("nest")), ("gull", alone("gulls") * NAMED_BEFORE_SHARE)];
        assert_eq!(weights, expected);
    }

    #[test]
    fn a_question_of_posts_may_be_answered_by_their_front_matter() {
        let table: &[(&str, bool, &[&str])] = &[
            ("who wrote the article about herons", true, &["heron"]),
            ("which posts are about herons", true, &["post", "heron"]),
            ("who is the author of it", true, &[]),
            ("where do herons nest", false, &["heron", "nest"]),
        ];
        for (question, front_matter, expected) in table {
            let analysis = read(question);
            let found: Vec<&str> = analysis.query.terms.iter().map(|term| term.term.as_str()).collect();
            assert_eq!((analysis.query.front_matter, found.as_slice()), (*front_matter, *expected), "{question}");
        }
    }

    #[test]
    fn however_long_a_question_is_so_much_of_it_is_read() {
        let numbers: String = (1000..2000).map(|number| format!("{number} ")).collect();
        assert_eq!(read(&numbers).query.terms.len(), MAX_TERMS);
        let long = format!("{}herons", "of ".repeat(MAX_QUESTION_CHARS / 3 + 1));
        assert_eq!(terms(&read(&long)), []);
        assert!(read(&long).query.text.chars().count() <= MAX_QUESTION_CHARS);
    }

    #[test]
    fn what_somebody_asked_is_in_no_debug_output() {
        let question = Question { id: "$event".to_owned(), ..Question::new("secret hernos").after("hidden herons") };
        let shown = format!("{question:?} {:?}", analyse(&question, &INDEX));
        assert!(shown.contains("$event"), "{shown}");
        for word in ["secret", "hern", "heron", "hidden"] {
            assert!(!shown.contains(word), "{word}: {shown}");
        }
    }
}
