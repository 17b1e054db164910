//! An immutable snapshot of posts, index, vocabulary and pointers, that answers.
//!
//! What other values of the numbers here do to answers, `scripts/sensitivity` measures: see `docs/figures.md`.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, LazyLock, Weak};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use regex::Regex;

use crate::corpus::{Corpus, Passage, PassageKind, Post, PostId, Sentence};
use crate::english::question::{self, PASSED_OVER, RELEASING};
use crate::reader::Reader;
use crate::search::{
    Document, Encoder, EncoderError, Encoding, Evidence, Families, Feature, Hit, Index, IndexError, Meaning, Query, QueryTerm,
    Role, TemporalEnd,
    analysis::{self, Word},
};

use super::judge::{CalibrationFeatures, Thresholds, Verdict};
use super::kind::{Kind, Subject};
use super::leaning::{Joined, Leaning, leaning};
use super::model::{Model, Models};
use super::pointers::{Pointer, Pointers};
use super::question::{Analysis, Question, analyse, analyse_after};
use super::reading::{CloseReader, Cues, Read, ReaderCalibrationFeatures};
use super::release;
use super::{Answer, Asked, Citation, MAX_CITATIONS, MAX_CITATIONS_PER_POST, Told, differing, excerpt, timeline};

/// Why an engine can't be built.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct EngineError(#[from] IndexError);

/// Posts, index, vocabulary and pointers, all of one moment. A reload builds another one. A clone shares them, and may differ in
/// thresholds, weights and meaning.
#[derive(Clone)]
pub struct Engine {
    corpus: Arc<Corpus>,
    index: Index,
    pointers: Arc<Pointers>,
    /// Passages that link to an address, by the address without a slash at its end.
    linked: Arc<HashMap<String, Vec<usize>>>,
    /// Dated posts with a number in their title, and its words.
    numbered: Arc<Vec<(PostId, Vec<Word>)>>,
    thresholds: Thresholds,
    models: Models,
    reader: Option<CloseReader>,
}

/// What an answer was made of.
#[derive(Clone, Debug)]
pub struct Trace {
    /// How the question was read.
    pub analysis: Analysis,
    /// What was found, best first.
    pub hits: Vec<Hit>,
    /// How many of them, from the first on, are one subject in the order of time.
    pub sequence_len: usize,
    /// Whether the first of them is of a post that is sure to answer: it announces the release that is asked for, or is the one whose
    /// author or day is.
    pub certain: bool,
    /// What the confidence is made of without a reader.
    pub signs: CalibrationFeatures,
    /// The post quoted before, whose likeliest passages were read too.
    pub quoted: Option<PostId>,
    /// What was read together with the question, the best by its linear score first; none without a reader.
    pub read: Vec<Read>,
    /// What sets the order of the passages that were read, in the order of `read`.
    pub cues: Vec<Cues>,
    /// What the confidence is made of where something was read.
    pub read_signs: Option<ReaderCalibrationFeatures>,
    /// How long reading took. Figures tell it; nothing is decided by it.
    pub reading: Duration,
    /// The posts that its numbers are of.
    corpus: Weak<Corpus>,
}

/// Hits that are looked at for one answer.
const HITS: usize = 12;
/// The same where a reader looks for those at an end of the timeline.
const HITS_IN_TIME: usize = 24;
/// How many of them are read together with the question: on six communities, with a reader that saw none of them, twelve are no
/// better, and with six .02 fewer answers are right.
const READ: usize = 8;
/// The same for a question about time.
const TOLD_READ: usize = 12;
/// Passages of the post just quoted that are read beside them, for a question that goes on with what was said. Of the 26 follow-ups of
/// six communities, 15 were right with four to eight of them, and 11 with none.
const QUOTED_READ: usize = 6;

impl Engine {
    /// Indexes a corpus.
    ///
    /// # Errors
    /// [`EngineError`] where memory runs out.
    pub fn new(corpus: Corpus, families: Families, pointers: Pointers) -> Result<Self, EngineError> {
        let index = Index::build(&documents(&corpus), families)?;
        let engine = Self {
            linked: Arc::new(linked(&corpus)),
            numbered: Arc::new(numbered(&corpus)),
            corpus: Arc::new(corpus),
            index,
            pointers: Arc::new(pointers),
            thresholds: Thresholds::default(),
            models: Models::default(),
            reader: None,
        };
        Ok(engine.with_models(Models::built_in()))
    }

    /// The engine with vectors of its posts. Texts that are not in `cache` are encoded; `progress` is called with how many of how
    /// many are done.
    ///
    /// # Errors
    /// [`EncoderError`] where a text can't be encoded.
    pub fn with_encoder(
        self,
        encoder: Arc<Encoder>,
        cache: Option<&Path>,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Self, EncoderError> {
        let meaning = Meaning::of(&documents(&self.corpus), encoder, cache, progress)?;
        Ok(self.with_meaning(meaning))
    }

    /// What is to be encoded of its posts, for whoever does it step by step and calls [`Self::with_meaning`] in the end.
    pub fn encoding(&self, encoder: Arc<Encoder>, cache: Option<&Path>) -> Encoding {
        Encoding::of(&documents(&self.corpus), encoder, cache)
    }

    /// The engine with what its posts mean: of an [`Self::encoding`] of the same posts.
    #[must_use]
    pub fn with_meaning(mut self, meaning: Meaning) -> Self {
        self.index = self.index.with_meaning(Some(Arc::new(meaning)));
        let models = self.models;
        self.with_models(models)
    }

    /// The engine without what its posts mean, and without a reader: it answers by words alone.
    #[must_use]
    pub fn by_words(mut self) -> Self {
        self.index = self.index.with_meaning(None);
        self.reader = None;
        let models = self.models;
        self.with_models(models)
    }

    /// The engine with a reader, which reads the best passages together with the question. It needs an encoder: without one,
    /// too few passages that answer are among the best.
    #[must_use]
    pub fn with_reader(mut self, reader: Arc<Reader>) -> Self {
        self.reader = Some(CloseReader::new(reader));
        self
    }

    /// The same, and its reader reads nothing twice: for asking the same questions again and again.
    #[must_use]
    pub fn remembering_readings(mut self) -> Self {
        self.reader = self.reader.map(CloseReader::remembering);
        self
    }

    /// The reader in use, if any.
    pub fn reader(&self) -> Option<&Arc<Reader>> {
        self.reader.as_ref().map(CloseReader::reader)
    }

    /// The encoder in use, if any.
    pub fn encoder(&self) -> Option<Arc<Encoder>> {
        self.index.meaning().map(|meaning| meaning.encoder().clone())
    }

    /// The engine with other thresholds.
    #[must_use]
    pub fn with_thresholds(mut self, thresholds: Thresholds) -> Self {
        self.set_thresholds(thresholds);
        self
    }

    /// Other thresholds.
    pub fn set_thresholds(&mut self, thresholds: Thresholds) {
        self.thresholds = thresholds;
    }

    /// The confidence from which it answers.
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// The engine with other weights in its ranking and its confidence.
    #[must_use]
    pub fn with_models(mut self, models: Models) -> Self {
        self.set_models(models);
        self
    }

    /// Other weights in its ranking and its confidence.
    pub fn set_models(&mut self, models: Models) {
        self.models = models;
        self.index.set_weights(self.model().ranking);
    }

    /// The weights in use: those for words alone, or for words and meaning.
    pub fn model(&self) -> &Model {
        if self.index.meaning().is_some() { &self.models.meaning } else { &self.models.words }
    }

    /// The posts.
    pub fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// The index over their passages: a document of the index is the passage with its number.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Whether a word stands anywhere in the posts, in any of its forms.
    pub fn holds(&self, word: &str) -> bool {
        analysis::words(word).iter().any(|word| self.index.vocabulary().knows(word))
    }

    /// The onboarding pointers.
    pub fn pointers(&self) -> &Pointers {
        &self.pointers
    }

    /// Answers. Any text gets an answer; none is an error.
    pub fn ask(&self, question: &Question) -> Answer {
        self.ask_traced(question).0
    }

    /// Answers, and shows what the answer is made of. Where a question may be read by itself or with the one before, both are
    /// searched, and the surer one is taken; of one that takes something for known, the one with the question before if it finds
    /// anything: few words are found somewhere, and surely, whatever is meant. One that isn't complete by itself is looked for in
    /// the post just quoted too.
    pub fn ask_traced(&self, question: &Question) -> (Answer, Trace) {
        let analysis = analyse(question, &self.index);
        let leaning = leaning(&question.text);
        let complete = leaning == Leaning::Alone || analysis.kind.is_small_talk();
        let Some(before) = question.previous.as_deref().filter(|_| !complete) else {
            return self.ask_as(question, analysis, None);
        };
        let quoted = self.quoted_before(question, before);
        let read = self.ask_as(question, analysis, quoted);
        let surer = match leaning {
            Leaning::Alone | Leaning::GoesOn | Leaning::Together => return read,
            Leaning::Either => |together: &Answer, alone: &Answer| together.confidence > alone.confidence + ALONE_UNLESS_SURER,
            Leaning::Rather => |together: &Answer, _: &Answer| together.verdict() != Verdict::NotInPosts,
        };
        let together = self.ask_as(question, analyse_after(question, Some(before), &self.index), quoted);
        if surer(&together.0, &read.0) { together } else { read }
    }

    /// The post that the answer to the question before quoted first, for a reader to read on in; none without one, or while
    /// others wait.
    fn quoted_before(&self, question: &Question, before: &str) -> Option<PostId> {
        self.reader.as_ref().filter(|_| question.most_read.is_none())?;
        let ask_again = || {
            let before = Question { asked_on: question.asked_on, ..Question::new(before) };
            Some(self.ask(&before).citations().first()?.url.clone())
        };
        let url = question.post.clone().or_else(ask_again)?;
        self.corpus.posts.iter().position(|post| post.url == url)
    }

    fn ask_as(&self, question: &Question, analysis: Analysis, quoted: Option<PostId>) -> (Answer, Trace) {
        if analysis.kind.is_small_talk() {
            let trace = Trace {
                analysis,
                hits: Vec::new(),
                sequence_len: 0,
                certain: false,
                signs: CalibrationFeatures::default(),
                quoted: None,
                read: Vec::new(),
                cues: Vec::new(),
                read_signs: None,
                reading: Duration::ZERO,
                corpus: Arc::downgrade(&self.corpus),
            };
            return (self.small_talk(question, &trace.analysis), trace);
        }
        let trace = self.trace(question, analysis, quoted, &|_| true);
        (self.answer(question, &trace), trace)
    }

    /// What is found among the passages to `keep`, and in the post `quoted` before.
    fn trace(&self, question: &Question, analysis: Analysis, quoted: Option<PostId>, keep: &dyn Fn(usize) -> bool) -> Trace {
        // For a question about time, all that is told of it counts, not the best only.
        let edge = analysis.kind.told_from(analysis.query.edge);
        // Who wrote a post stands in its front matter, which is not read.
        let reader =
            self.reader.as_ref().filter(|_| analysis.kind.subject() != Subject::Author && self.index.meaning().is_some());
        let at_an_end = reader.is_some() && edge.is_some_and(|edge| edge != TemporalEnd::Any);
        let mut hits = self.search(&analysis.query, if at_an_end { HITS_IN_TIME } else { HITS }, keep);
        let signs = CalibrationFeatures::read(&analysis.query, &hits, &self.index);
        let mut most = question.most_read.unwrap_or(if edge.is_some() { TOLD_READ } else { READ });
        let quoted = quoted.filter(|_| reader.is_some());
        if let Some(post) = quoted {
            most += self.put_quoted(post, &analysis, most, keep, &mut hits);
        }
        let begun = Instant::now();
        let (read, cues) = reader.map_or_else(Default::default, |reader| {
            reader.read(&analysis.query.text, &mut hits, &self.corpus, (most, edge), &self.models.reader.order)
        });
        let reading = if read.is_empty() { Duration::ZERO } else { begun.elapsed() };
        let read_signs = (!read.is_empty())
            .then(|| ReaderCalibrationFeatures::of(&analysis.query, &hits, (&read, &cues), self.corpus.posts.len()));
        let kept = |post: &PostId| self.corpus.passages.iter().position(|passage| passage.post == *post).is_some_and(keep);
        let meant = self.meant(question, &analysis).filter(kept);
        let certain = meant.or_else(|| self.announcing(&analysis).filter(kept));
        let sequence_len = match certain {
            Some(post) => {
                self.put_first(post, &mut hits);
                if meant.is_some() {
                    hits.truncate(1);
                }
                1
            }
            None => self.in_time(edge, &mut hits, &read),
        };
        let corpus = Arc::downgrade(&self.corpus);
        Trace { analysis, hits, sequence_len, certain: certain.is_some(), signs, quoted, read, cues, read_signs, reading, corpus }
    }

    /// Answers, and keeps what the answer is made of for what may be asked about it.
    pub fn asked(&self, question: Question) -> Asked {
        let (answer, trace) = self.ask_traced(&question);
        Asked { question, answer, trace }
    }

    /// What would be found, were these posts not there.
    pub(crate) fn trace_without(&self, question: &Question, files: &HashSet<&str>) -> Trace {
        let keep = |at: usize| !files.contains(self.corpus.post(&self.corpus.passages[at]).file.as_str());
        self.trace(question, analyse(question, &self.index), None, &keep)
    }

    /// Puts the likeliest passages of the post just quoted behind the `most` best hits, and says how many were not among these: what
    /// goes on with an answer is mostly told where it stood, and the reader judges. Where the question is read by itself, it doesn't
    /// name what it is about, so that post's best passage counts as near as the best of all.
    fn put_quoted(
        &self,
        post: PostId,
        analysis: &Analysis,
        most: usize,
        keep: &dyn Fn(usize) -> bool,
        hits: &mut Vec<Hit>,
    ) -> usize {
        let of_post = |at: usize| self.corpus.passages[at].post == post;
        let mut quoted = self.search(&analysis.query, QUOTED_READ, &|at| keep(at) && of_post(at));
        if let (Some(best), Some(first), None) = (hits.first(), quoted.first(), &analysis.together) {
            let (best, nearer) = (best.score, best.score - first.score);
            for hit in hits.iter_mut().filter(|hit| of_post(hit.document)).chain(&mut quoted) {
                hit.score = (hit.score + nearer).min(best);
            }
            hits.sort_by(|a, b| b.score.total_cmp(&a.score));
        }
        let mut rest = hits.split_off(most.min(hits.len()));
        quoted.retain(|hit| !hits.iter().any(|other| other.document == hit.document));
        rest.retain(|hit| !quoted.iter().any(|other| other.document == hit.document));
        let count = quoted.len();
        hits.extend(quoted.into_iter().chain(rest));
        count
    }

    fn search(&self, query: &Query, most: usize, keep: &dyn Fn(usize) -> bool) -> Vec<Hit> {
        // The index lives in memory: should it fail all the same, the asker is told that nothing was found.
        self.index.search_among(query, most, keep).unwrap_or_else(|error| {
            tracing::error!(%error, "search failed");
            Vec::new()
        })
    }

    fn small_talk(&self, question: &Question, analysis: &Analysis) -> Answer {
        let pointers = if analysis.kind.is_helped() { self.pointers.helpful(&[]) } else { Vec::new() };
        said(question, analysis, 0.0, Told::SmallTalk { pointers })
    }

    fn answer(&self, question: &Question, trace: &Trace) -> Answer {
        let (onboarding, matching) = self.matching_pointers(&trace.analysis);
        let posts_say = match &trace.read_signs {
            Some(signs) => signs.confidence(&self.models.reader.confidence),
            None => trace.signs.confidence(&self.model().confidence),
        };
        let posts_say = if trace.certain { posts_say.max(CERTAIN) } else { posts_say };
        let confidence = rounded(posts_say.max(onboarding));
        let told = match self.thresholds.verdict(confidence) {
            Verdict::Answered if onboarding >= self.thresholds.answered => {
                Told::Pointed { citations: self.beside(&matching, trace, posts_say), pointers: matching }
            }
            Verdict::Answered => {
                let pointers = if onboarding >= BESIDE_SHARE { matching.into_iter().take(1).collect() } else { Vec::new() };
                self.quoted(trace, pointers)
            }
            Verdict::Closest => {
                let citations = self.shown(trace);
                let newest = newest(trace.analysis.kind, &citations);
                Told::Closest { citations, newest, pointers: self.helpful(&trace.analysis) }
            }
            Verdict::NotInPosts => Told::NotInPosts { pointers: self.helpful(&trace.analysis) },
        };
        said(question, &trace.analysis, confidence, told)
    }

    fn quoted(&self, trace: &Trace, pointers: Vec<Pointer>) -> Told {
        let citations = self.shown(trace);
        let lead = timeline::lead(trace.analysis.kind, trace.analysis.query.edge, &citations, trace.sequence_len);
        let newest = if lead.is_none() { newest(trace.analysis.kind, &citations) } else { None };
        Told::Quoted { citations, lead, newest, pointers }
    }

    fn shown(&self, trace: &Trace) -> Vec<Citation> {
        self.citations(trace.analysis.kind, worth_showing(&trace.hits, trace.sequence_len))
    }

    /// What is quoted beside pointers that answer: what was found, if it answers at least nearly; else what is said of them.
    fn beside(&self, pointers: &[Pointer], trace: &Trace, posts_say: f32) -> Vec<Citation> {
        let hits = match posts_say < self.thresholds.closest {
            true => self.speaking_of(pointers, &trace.hits),
            false => self.linking_first(worth_showing(&trace.hits, 0)),
        };
        self.citations(trace.analysis.kind, &hits)
    }

    fn helpful(&self, analysis: &Analysis) -> Vec<Pointer> {
        self.pointers.helpful(&single_terms(&analysis.query))
    }

    /// How far the pointers answer the question, 0 to 1, and which.
    fn matching_pointers(&self, analysis: &Analysis) -> (f32, Vec<Pointer>) {
        let query = &analysis.query;
        let fits = self.pointers.fitting(&single_terms(query));
        let Some(best) = fits.first() else { return (0.0, Vec::new()) };
        let matches = |term: &QueryTerm| term.term.split(' ').any(|part| best.terms.contains(&part));
        let matched: f32 = query.terms.iter().filter(|t| matches(t)).map(|t| t.weight).sum();
        let foreign = query.terms.iter().any(|t| analysis.unknown.contains(&t.typed) && !matches(t));
        let share = if foreign { 0.0 } else { matched / query.weight().max(f32::EPSILON) };
        let pointers = fits.iter().take(MAX_CITATIONS).map(|fit| fit.pointer.clone()).collect();
        (share, pointers)
    }

    /// Beside pointers, sentences that lead somewhere come first.
    fn linking_first(&self, hits: &[Hit]) -> Vec<Hit> {
        let mut hits = hits.to_vec();
        hits.sort_by_key(|hit| !self.index.evidence(hit.document, hit.sentence).intersects(Evidence::LINK));
        hits
    }

    /// The posts' own sentences on these pointers: hits in passages that link to one of them, then the newest such passages.
    fn speaking_of(&self, pointers: &[Pointer], hits: &[Hit]) -> Vec<Hit> {
        let addresses: Vec<&str> = pointers.iter().map(|p| p.url.trim_end_matches('/')).collect();
        let linking: Vec<usize> = addresses.iter().filter_map(|url| self.linked.get(*url)).flatten().copied().collect();
        let mut found: Vec<Hit> = hits.iter().filter(|hit| linking.contains(&hit.document)).cloned().collect();
        let mut others: Vec<usize> = linking.into_iter().filter(|at| !found.iter().any(|hit| hit.document == *at)).collect();
        others.sort_by_key(|&at| std::cmp::Reverse(self.corpus.post(&self.corpus.passages[at]).date));
        found.extend(others.into_iter().map(|document| {
            let leads =
                |s: &Sentence| s.is_statement() && addresses.iter().any(|url| s.links.iter().any(|link| link.url.contains(url)));
            let sentence = self.corpus.passages[document].sentences.iter().position(leads).unwrap_or(0);
            Hit { document, sentence, ..Hit::default() }
        }));
        found
    }

    /// Of `who wrote that?` and `when was it posted?`: the post that was quoted before.
    fn meant(&self, question: &Question, analysis: &Analysis) -> Option<PostId> {
        static WRITING: LazyLock<Regex> = LazyLock::new(|| Regex::new(question::WRITING).expect("a valid pattern"));
        let joined = analysis.together.as_ref()?;
        let tells: fn(&Post) -> bool = match analysis.kind.subject() {
            Subject::Author => |post| !post.authors.is_empty(),
            Subject::Day if WRITING.is_match(&joined.text) => |post| post.date.is_some(),
            Subject::Day | Subject::Posts => return None,
        };
        let url = question.post.as_ref()?;
        self.corpus.posts.iter().position(|post| post.url == *url && tells(post))
    }

    /// For a question of when a release came out: the first post that is titled with nothing else. Others speak of a release too,
    /// before it is out and long after.
    fn announcing(&self, analysis: &Analysis) -> Option<PostId> {
        let terms = &analysis.query.terms;
        let number = terms.iter().find(|term| term.role == Role::Number)?;
        if analysis.kind.subject() != Subject::Day {
            return None;
        }
        let releasing = |term: &QueryTerm| term.term.split(' ').all(|part| RELEASING.contains(&part));
        let named: Vec<&QueryTerm> = terms.iter().filter(|term| term.role != Role::Form && !releasing(term)).collect();
        let is_titled = |title: &[Word]| {
            let Some(at) = title.iter().position(|word| word.term == number.term) else { return false };
            let stands_for = |word: &Word, term: &QueryTerm| {
                word.term == term.term || self.index.families().of(&word.term, None).any(|family| term.families.contains(&family))
            };
            // The project's name stands before its release.
            let names = at.saturating_sub(MOST_NAME_WORDS)..=at;
            let says_more = |(place, word): (usize, &Word)| {
                !names.contains(&place) && !RELEASING.contains(&word.term.as_str()) && !PASSED_OVER.contains(&word.text.as_str())
            };
            named.iter().all(|term| title.iter().any(|word| stands_for(word, term))) && !title.iter().enumerate().any(says_more)
        };
        let titled = self.numbered.iter().filter(|(_, title)| is_titled(title)).map(|(post, _)| *post);
        titled.min_by_key(|post| self.corpus.posts[*post].date)
    }

    /// Puts what an announcing post says of its release first: what was found of it, else its first statement.
    fn put_first(&self, post: PostId, hits: &mut Vec<Hit>) {
        let passages = &self.corpus.passages;
        if let Some(at) = hits.iter().position(|hit| self.passage_of(hit).post == post) {
            return hits[..=at].rotate_right(1);
        }
        let states = |at: &usize| passages[*at].post == post && passages[*at].sentences.iter().any(Sentence::is_statement);
        let first = (0..passages.len()).filter(|at| passages[*at].kind == PassageKind::Body).find(states);
        hits.splice(0..0, first.map(|document| Hit { document, ..Hit::default() }));
    }

    /// For a question about a sequence in time: one hit a post, of those on the same subject as the best, in the order of
    /// their dates; how many they are. The others follow.
    ///
    /// On the same subject is what the reader holds for an answer; without one, or where it holds nothing for an answer, what is
    /// little behind the best and covers as much of the question.
    fn in_time(&self, edge: Option<TemporalEnd>, hits: &mut Vec<Hit>, read: &[Read]) -> usize {
        let edge = edge.unwrap_or(TemporalEnd::Any);
        let Some(best) = hits.first().cloned().filter(|_| edge != TemporalEnd::Any) else { return 0 };
        let date = |hit: &Hit| self.post_of(hit).date;
        let answers = |hit: &Hit| read.iter().any(|read| read.passage == hit.document && read.reading.margin > 0.0);
        let held = hits.iter().any(answers);
        let covers_as_much = |hit: &Hit| hit.features[Feature::Nearby] >= best.features[Feature::Nearby] * SAME_SUBJECT_COVERAGE;
        let is_near = |hit: &Hit| hit.score >= best.score - SAME_SUBJECT_BEHIND && covers_as_much(hit);
        let same_subject =
            |hit: &Hit| date(hit).is_some() && if held { hit.document == best.document || answers(hit) } else { is_near(hit) };
        let mut posts = HashSet::new();
        let (mut told, mut rest): (Vec<Hit>, Vec<Hit>) =
            hits.drain(..).partition(|hit| same_subject(hit) && posts.insert(self.passage_of(hit).post));
        timeline::from_end(edge, &mut told, date);
        // Beside the one at the asked-for end, the likeliest are shown.
        if told.len() > MAX_CITATIONS {
            told[1..].sort_by(|a, b| b.score.total_cmp(&a.score));
            rest.splice(0..0, told.drain(MAX_CITATIONS..));
            timeline::from_end(edge, &mut told, date);
        }
        // What follows tells of the same subject too, where it names a date or a release; a reader has seen whether it does.
        if read.is_empty() {
            rest.sort_by_key(|hit| !(hit.features[Feature::Evidence] > 0.0 && covers_as_much(hit)));
        }
        let count = told.len();
        hits.extend(told.into_iter().chain(rest));
        count
    }

    fn citations(&self, kind: Kind, hits: &[Hit]) -> Vec<Citation> {
        let mut per_post: HashMap<usize, usize> = HashMap::new();
        let mut citations: Vec<Citation> = Vec::new();
        for hit in hits {
            let citation = match kind.subject() {
                Subject::Author => self.author_citation(hit),
                Subject::Posts | Subject::Day => self.citation(hit),
            };
            let from_post = per_post.entry(self.passage_of(hit).post).or_default();
            if *from_post < MAX_CITATIONS_PER_POST && !citations.contains(&citation) {
                *from_post += 1;
                citations.push(citation);
            }
            if citations.len() == MAX_CITATIONS {
                break;
            }
        }
        citations
    }

    /// What was asked and said before, of the posts as they are now: asked again where they have changed since.
    pub fn still<'a>(&self, asked: &'a Asked) -> Cow<'a, Asked> {
        if asked.trace.corpus.ptr_eq(&Arc::downgrade(&self.corpus)) {
            return Cow::Borrowed(asked);
        }
        Cow::Owned(self.asked(asked.question.clone()))
    }

    /// Up to three passages that were found beyond those already `shown`, best first.
    pub fn further(&self, asked: &Asked, shown: &[Citation]) -> Vec<Citation> {
        let asked = self.still(asked);
        let mut further: Vec<Citation> = Vec::new();
        for citation in asked.trace.hits.iter().map(|hit| self.citation(hit)) {
            let known = |other: &Citation| other.file == citation.file && other.lines == citation.lines;
            if further.len() < MAX_CITATIONS && !shown.iter().chain(&further).any(known) {
                further.push(citation);
            }
        }
        further
    }

    fn citation(&self, hit: &Hit) -> Citation {
        self.quote(hit.document, hit.sentence)
    }

    /// The entry that names the authors of the post that a hit stands in.
    fn author_citation(&self, hit: &Hit) -> Citation {
        let post = self.post_of(hit);
        let id = self.passage_of(hit).post;
        let passages = &self.corpus.passages;
        let front = passages.iter().position(|p| p.post == id && p.kind == PassageKind::FrontMatter);
        let names_authors =
            |entry: &Sentence| post.author_lines.is_some_and(|(first, _)| post.line_of(entry.span.start) == first);
        let author = |passage: usize| passages[passage].sentences.iter().position(names_authors);
        match front.and_then(|passage| Some((passage, author(passage)?))) {
            Some((passage, line)) => self.quote(passage, line),
            None => self.citation(hit),
        }
    }

    /// A passage's sentence as a citation; where it states nothing, the first one that does.
    pub(crate) fn quote(&self, at: usize, sentence: usize) -> Citation {
        let passage = &self.corpus.passages[at];
        let post = self.corpus.post(passage);
        let states = |sentence: usize| passage.sentences[sentence].states_of_post();
        let all = 0..passage.sentences.len();
        let sentence =
            Some(sentence).filter(|s| all.contains(s) && states(*s)).or_else(|| all.clone().find(|s| states(*s))).unwrap_or(0);
        let quoted = excerpt::around(passage, sentence);
        let excerpt = excerpt::bytes(passage, &quoted);
        Citation {
            file: post.file.clone(),
            lines: post.lines_of(&excerpt),
            source: post.source.clone(),
            title: post.title.clone(),
            authors: post.authors.clone(),
            date: post.date,
            url: post.url.clone(),
            section: passage.section.clone(),
            passage: at,
            sentence,
            highlighted: sentence - quoted.start,
            brief_from: excerpt::leant_on(passage, sentence).max(quoted.start) - quoted.start,
            excerpt: post.text[excerpt].to_owned(),
            highlight: post.text[passage.sentences[sentence].span.clone()].to_owned(),
            sentences: passage.sentences[quoted].to_vec(),
            repeated_in: passage.repeats.len(),
        }
    }

    fn passage_of(&self, hit: &Hit) -> &Passage {
        &self.corpus.passages[hit.document]
    }

    fn post_of(&self, hit: &Hit) -> &Post {
        self.corpus.post(self.passage_of(hit))
    }
}

/// A question that could be read alone is read with the one before where that is surer by this much.
const ALONE_UNLESS_SURER: f32 = 0.1;
/// A pointer that is called for by this share of the question is shown beside what the posts say.
const BESIDE_SHARE: f32 = 0.3;

/// The terms of a query one by one: a phrase such as `in touch` is two.
fn single_terms(query: &Query) -> Vec<String> {
    query.terms.iter().flat_map(|term| term.term.split(' ')).map(str::to_owned).collect()
}

/// Words of a project's name, at most.
const MOST_NAME_WORDS: usize = 2;
/// How sure it is that a post which is titled with a release tells when it came out, and who wrote the post just quoted.
const CERTAIN: f32 = 0.9;

/// The hits that a reader should see: not those far behind the best.
fn worth_showing(hits: &[Hit], sequence_len: usize) -> &[Hit] {
    let best = hits.iter().map(|hit| hit.score).fold(0.0, f32::max);
    let shown = hits.iter().take_while(|hit| hit.score >= best - SHOWN_BEHIND).count();
    &hits[..shown.max(sequence_len).max(1).min(hits.len())]
}

/// A hit that is further behind the best one, in log-odds, is not shown beside it.
const SHOWN_BEHIND: f32 = 5.0;
/// A hit that is no further behind the best one …
const SAME_SUBJECT_BEHIND: f32 = 2.0;
/// … and has this share of its coverage is on the same subject.
const SAME_SUBJECT_COVERAGE: f32 = 0.85;

/// To four digits: what is printed is what is compared.
fn rounded(confidence: f32) -> f32 {
    (confidence * 1e4).round() / 1e4
}

fn said(question: &Question, analysis: &Analysis, confidence: f32, told: Told) -> Answer {
    // Of a follow-up, the words of the question itself: those before were told of then.
    let typed = question.text.to_lowercase();
    Answer {
        id: question.id.clone(),
        question: question.text.clone(),
        kind: analysis.kind,
        confidence,
        unknown: analysis.unknown.iter().filter(|word| typed.contains(word.as_str())).cloned().collect(),
        corrections: analysis.corrections.clone(),
        about: analysis.together.as_ref().map(Joined::label),
        told,
    }
}

/// Which of several citations that differ is the newest.
fn newest(kind: Kind, citations: &[Citation]) -> Option<usize> {
    differing::newest_of(citations, kind.asks_for_figure())
}

/// All passages as the index takes them.
fn documents(corpus: &Corpus) -> Vec<Document<'_>> {
    let recency = recency(corpus);
    corpus.passages.iter().map(|p| Document { recency: recency[p.post], ..document(corpus, p) }).collect()
}

/// A passage as the index takes it.
fn document<'a>(corpus: &'a Corpus, passage: &'a Passage) -> Document<'a> {
    let post = corpus.post(passage);
    let front_matter = passage.kind == PassageKind::FrontMatter;
    Document {
        title: post.title.clone(),
        headings: passage.section.clone(),
        sentences: Cow::from(&passage.sentences),
        abbreviations: if front_matter { post.abbreviations.clone() } else { Vec::new() },
        metadata: metadata(post, front_matter),
        front_matter,
        recency: 0.0,
    }
}

fn numbered(corpus: &Corpus) -> Vec<(PostId, Vec<Word>)> {
    let dated = corpus.posts.iter().enumerate().filter(|(_, post)| post.date.is_some());
    let titles = dated.map(|(at, post)| (at, analysis::words(&release::spell_out(&post.title))));
    titles.filter(|(_, title)| title.iter().any(|word| word.term.contains(|c: char| c.is_ascii_digit()))).collect()
}

fn linked(corpus: &Corpus) -> HashMap<String, Vec<usize>> {
    let mut linked: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, passage) in corpus.passages.iter().enumerate() {
        for link in passage.sentences.iter().flat_map(|sentence| &sentence.links) {
            linked.entry(link.url.trim_end_matches('/').to_owned()).or_default().push(at);
        }
    }
    linked
}

/// Each post's place among all dates, from 0 (the oldest) to 1 (the newest); an undated one stands in the middle.
fn recency(corpus: &Corpus) -> Vec<f32> {
    let mut dates: Vec<Date> = corpus.posts.iter().filter_map(|p| p.date).collect();
    dates.sort_unstable();
    let last = dates.len().saturating_sub(1).max(1) as f32;
    let place = |date: Date| dates.partition_point(|&other| other < date) as f32 / last;
    corpus.posts.iter().map(|post| post.date.map_or(0.5, place)).collect()
}

/// A post's date in words, and for its front matter the author and category too.
fn metadata(post: &Post, front_matter: bool) -> String {
    let mut metadata: Vec<String> = post.date.iter().map(|d| d.strftime("%B %Y").to_string()).collect();
    if front_matter {
        metadata.extend(post.authors.iter().cloned());
        metadata.extend(post.categories.iter().cloned());
    }
    metadata.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::tiny_encoder;

    fn post(title: &str, day: &str, body: &str) -> String {
        format!("---\ntitle: {title}\nauthor: Ada Crumb\ndate: {day}\n---\n\n{body}\n")
    }

    /// An engine over these posts, each a file's name with its text.
    fn engine_of(posts: &[(&str, String)]) -> Engine {
        let pointers = r#"
            [[pointer]]
            label = "Chat: ask the bakers"
            url = "https://bakery.example/chat/"
            words = ["chat room", "chat"]
            anything = true
        "#;
        let files = posts.iter().map(|(name, text)| (*name, text.as_bytes()));
        let corpus = Corpus::from_files(files, "https://bakery.example/{slug}/", &mut Vec::new());
        Engine::new(corpus, Families::default(), Pointers::parse(pointers, "test").unwrap()).unwrap()
    }

    static BAKERY: LazyLock<Engine> = LazyLock::new(bakery);

    fn bakery() -> Engine {
        engine_of(&[
            ("first.md", post("Rye", "2020-03-02", "Rye bread was baked on a stone.\n\nThe oven is of brick.")),
            ("second.md", post("Rye", "2021-03-02", "Rye bread was baked in a pan.\n\nAnna is our baker.")),
            (
                "third.md",
                post("Rye", "2022-03-02", "Rye bread was baked in a tin.\n\nJoin us in the [chat](https://bakery.example/chat)."),
            ),
            ("oven.md", post("Oven 2.0 is here", "2021-06-01", "It was lit in the morning.\n\nThe oven 2.0 has two doors.")),
            ("talk.md", post("On ovens", "2022-06-01", "When oven 2.0 came out, Anna wrote of it in May 2021.")),
        ])
    }

    /// The files that an answer quotes.
    fn quoted(answer: &Answer) -> Vec<&str> {
        answer.citations().iter().map(|citation| citation.file.as_str()).collect()
    }

    #[test]
    fn what_somebody_asked_is_in_no_debug_output() {
        let question = Question { id: "$event".to_owned(), ..Question::new("hidden oven?").after("where is the secret?") };
        let asked = BAKERY.asked(question);
        let shown = format!("{asked:?} {:?}", BAKERY.explain(&asked));
        assert!(shown.contains("$event"), "{shown}");
        assert!(!shown.contains("hidden") && !shown.contains("secret"), "{shown}");
    }

    #[test]
    fn a_question_is_answered_with_the_sentence_that_says_it_and_where_it_stands() {
        let engine = engine_of(&[
            (
                "2020/oven.md",
                post("The oven", "2020-03-02", "# Our tools\n\nWe have tools. The oven is heated with beech.\n\n## Dough"),
            ),
            ("rye.md", post("Rye", "2021-03-02", "Rye bread is sour.")),
        ]);
        let answer = engine.ask(&Question { id: "$1".to_owned(), ..Question::new("What is the oven heated with?") });
        assert_eq!((answer.id.as_str(), answer.question.as_str()), ("$1", "What is the oven heated with?"));
        assert_eq!(answer.verdict(), Verdict::Answered);
        let citation = &answer.citations()[0];
        assert_eq!((citation.file.as_str(), citation.lines), ("2020/oven.md", (9, 9)));
        assert_eq!(citation.highlight, "The oven is heated with beech.");
        assert_eq!(citation.excerpt, "We have tools. The oven is heated with beech.");
        assert_eq!((citation.title.as_str(), citation.section.as_slice()), ("The oven", &["Our tools".to_owned()][..]));
        assert_eq!(
            (citation.authors.as_slice(), citation.url.as_str()),
            (&["Ada Crumb".to_owned()][..], "https://bakery.example/oven/")
        );
        assert_eq!(citation.date, Some(jiff::civil::date(2020, 3, 2)));
    }

    #[test]
    fn how_sure_it_is_decides_what_is_told() {
        let engine = &*BAKERY;
        let question = Question::new("is the oven of brick");
        let sure = engine.ask(&question).confidence;
        let told =
            |answered: f32, closest: f32| engine.clone().with_thresholds(Thresholds { answered, closest }).ask(&question).told;
        assert!(matches!(told(sure, 0.0), Told::Quoted { .. }));
        assert!(matches!(told(sure + 0.01, sure), Told::Closest { .. }));
        let Told::NotInPosts { pointers } = told(sure + 0.01, sure + 0.01) else { panic!("it is below both") };
        assert_eq!(pointers[0].label, "Chat: ask the bakers");
    }

    #[test]
    fn what_stands_nowhere_is_not_in_the_posts_and_the_unknown_word_is_told() {
        let answer = BAKERY.ask(&Question::new("how much does a croissant cost"));
        assert_eq!((answer.verdict(), answer.citations().len()), (Verdict::NotInPosts, 0));
        assert!(answer.unknown.contains(&"croissant".to_owned()), "{:?}", answer.unknown);
        // Of a follow-up only its own words: those before were told of then.
        let after = BAKERY.ask(&Question::new("and how is it made?").after("how much does a croissant cost"));
        assert!(after.unknown.is_empty(), "{:?}", after.unknown);
    }

    #[test]
    fn small_talk_asks_nothing_of_the_posts() {
        let answer = |text: &str| BAKERY.ask(&Question::new(text));
        let Told::SmallTalk { pointers } = answer("hello").told else { panic!("a greeting") };
        assert_eq!(pointers.len(), 1);
        let Told::SmallTalk { pointers } = answer("thanks").told else { panic!("thanks") };
        assert!(pointers.is_empty());
        assert_eq!(answer("hello").confidence, 0.0);
    }

    #[test]
    fn who_asks_for_a_place_is_pointed_to_it_and_told_what_the_posts_say_of_it() {
        let answer = BAKERY.ask(&Question::new("where is the chat room?"));
        let Told::Pointed { pointers, citations } = answer.told else { panic!("{:?}", answer.told) };
        assert_eq!(pointers[0].url, "https://bakery.example/chat/");
        assert_eq!(citations[0].file, "third.md", "it links there");
        let nothing_of_it = BAKERY.ask(&Question::new("where is the chat room for croissants?"));
        assert_ne!(nothing_of_it.verdict(), Verdict::Answered, "a word that stands nowhere is asked for");
    }

    #[test]
    fn in_time_are_told_what_the_reader_holds_for_answers_or_what_is_near_where_it_holds_none() {
        let hits = BAKERY.ask_traced(&Question::new("when was rye bread first baked")).1.hits;
        let files = |hits: &[Hit]| hits.iter().map(|hit| BAKERY.post_of(hit).file.clone()).collect::<Vec<_>>();
        // The last post is the best by its score.
        let mut found: Vec<Hit> = hits.into_iter().take(3).collect();
        found.sort_by_key(|hit| std::cmp::Reverse(BAKERY.post_of(hit).date));
        for (rank, hit) in found.iter_mut().enumerate() {
            hit.score = 5.0 - rank as f32;
        }
        for (margins, told) in [
            ([2.0, -1.0, 1.0], vec!["first.md", "third.md"]),
            ([2.0, -1.0, -1.0], vec!["third.md"]),
            ([-1.0, -2.0, -3.0], vec!["first.md", "second.md", "third.md"]),
        ] {
            let read: Vec<Read> = std::iter::zip(&found, margins)
                .map(|(hit, margin)| Read {
                    passage: hit.document,
                    first: 0,
                    reading: crate::reader::Reading { none: 0.5, sentences: vec![0.5], margin },
                })
                .collect();
            let mut hits = found.clone();
            let count = BAKERY.in_time(Some(TemporalEnd::First), &mut hits, &read);
            assert_eq!(files(&hits[..count]), told, "{margins:?}");
        }
    }

    #[test]
    fn what_is_told_in_time_begins_at_the_end_that_is_asked_for() {
        let table = [
            ("when was rye bread first baked", TemporalEnd::First, ["first.md", "second.md", "third.md"]),
            ("when was rye bread last baked", TemporalEnd::Last, ["third.md", "second.md", "first.md"]),
        ];
        for (question, edge, files) in table {
            let answer = BAKERY.ask(&Question::new(question));
            assert_eq!(quoted(&answer), files, "{question}");
            let Told::Quoted { lead: Some(lead), .. } = answer.told else { panic!("{question}: {:?}", answer.told) };
            assert_eq!((lead.edge, lead.steps[0].citation), (edge, 0), "{question}");
        }
    }

    #[test]
    fn when_a_release_came_out_is_told_by_the_post_that_is_titled_with_nothing_else() {
        let engine = &*BAKERY;
        let (answer, trace) = engine.ask_traced(&Question::new("when was oven 2.0 released?"));
        assert_eq!((quoted(&answer)[0], trace.certain), ("oven.md", true));
        assert!(answer.confidence >= CERTAIN, "{}", answer.confidence);
        let (_, other) = engine.ask_traced(&Question::new("how many doors has oven 2.0?"));
        assert!(!other.certain, "it is not asked when");
    }

    #[test]
    fn what_goes_on_is_looked_for_in_the_post_just_quoted_too() {
        let engine = &*BAKERY;
        let post = engine.corpus.posts.iter().position(|post| post.file == "talk.md").unwrap();
        let found = |question: &str, before: Option<&str>, most: usize| {
            let question = Question::new(question);
            let analysis = analyse_after(&question, before, &engine.index);
            let mut hits = engine.search(&analysis.query, HITS, &|_| true);
            let best = hits[0].score;
            let count = engine.put_quoted(post, &analysis, most, &|_| true, &mut hits);
            let at = hits.iter().position(|hit| engine.post_of(hit).file == "talk.md").unwrap();
            (count, at, hits[at].score - best)
        };
        // By itself it is as near as the best.
        assert_eq!(found("and how is rye bread baked in the oven?", None, 1), (1, 1, 0.0));
        // Together with the question before, it is read behind what is found.
        let (count, at, behind) = found("and in the oven?", Some("how is rye bread baked?"), 1);
        assert_eq!((count, at), (1, 1));
        assert!(behind < 0.0, "{behind}");
    }

    #[test]
    fn who_wrote_that_is_who_wrote_the_post_just_quoted() {
        let question = Question {
            post: Some("https://bakery.example/second/".to_owned()),
            ..Question::new("who wrote that?").after("is rye bread baked in a pan")
        };
        let answer = BAKERY.ask(&question);
        assert_eq!(quoted(&answer), ["second.md"]);
        assert_eq!(answer.citations()[0].highlight, "author: Ada Crumb");
        assert!(answer.confidence >= CERTAIN, "{}", answer.confidence);
    }

    #[test]
    fn an_answer_has_three_citations_at_most_and_two_of_one_post() {
        // Shorter paragraphs would be one passage.
        let has = |what: &str| format!("The oven has a {what}, of which much is told by those who have baked in it.");
        let body = ["door", "chimney", "roof", "floor"].map(has).join("\n\n");
        let engine =
            engine_of(&[("a.md", post("Oven", "2020-01-02", &body)), ("b.md", post("Oven", "2020-01-02", &has("lamp")))]);
        let (answer, trace) = engine.ask_traced(&Question::new("what has the oven"));
        assert_eq!(trace.hits.iter().map(|hit| hit.document).collect::<Vec<_>>(), [1, 2, 3, 4, 6], "all of them are as good");
        assert_eq!(quoted(&answer), ["a.md", "a.md", "b.md"]);
    }

    #[test]
    fn what_was_found_beyond_what_is_shown_comes_next_and_nothing_twice() {
        let posts: Vec<(String, String)> =
            (1..6).map(|n| (format!("{n}.md"), post("Ovens", "2020-01-02", &format!("Oven {n} is of brick.")))).collect();
        let engine = engine_of(&posts.iter().map(|(name, text)| (name.as_str(), text.clone())).collect::<Vec<_>>());
        let asked = engine.asked(Question::new("is the oven of brick"));
        let mut shown = asked.answer.citations().to_vec();
        let next = engine.further(&asked, &shown);
        shown.extend(next);
        let files: HashSet<&str> = shown.iter().map(|citation| citation.file.as_str()).collect();
        assert_eq!((shown.len(), files.len()), (5, 5));
        assert_eq!(engine.further(&asked, &shown), []);
    }

    #[test]
    fn what_was_asked_is_asked_again_where_the_posts_are_others() {
        let (engine, other) = (&*BAKERY, bakery());
        let asked = engine.asked(Question::new("is the oven of brick"));
        assert!(matches!(engine.clone().still(&asked), Cow::Borrowed(_)), "a clone has the same posts");
        assert!(matches!(other.still(&asked), Cow::Owned(_)));
        let without = engine_of(&[("rye.md", post("Rye", "2020-01-02", "Rye bread is sour."))]);
        assert!(without.still(&asked).answer.citations().is_empty());
    }

    #[test]
    fn posts_that_are_left_out_are_not_found() {
        let files = |trace: Trace, engine: &Engine| -> Vec<String> {
            trace.hits.iter().map(|hit| engine.post_of(hit).file.clone()).collect()
        };
        let engine = &*BAKERY;
        let question = Question::new("when was rye bread first baked");
        let all = files(engine.trace_without(&question, &HashSet::new()), engine);
        let some = files(engine.trace_without(&question, &HashSet::from(["first.md"])), engine);
        assert!(all.contains(&"first.md".to_owned()) && !some.contains(&"first.md".to_owned()), "{all:?} {some:?}");
    }

    #[test]
    fn a_question_that_may_be_read_alone_or_not_is_read_the_way_that_finds_more() {
        let engine = engine_of(&[
            ("oven.md", post("The oven", "2020-01-02", "The oven was bought in Ghent. Its price was two sacks of rye.")),
            ("mill.md", post("The mill", "2021-01-02", "The mill stands by the river.")),
        ]);
        let read = |question: &str| {
            let asked = Question::new(question).after("where was the oven bought");
            engine.ask(&asked).about.is_some()
        };
        assert!(read("and its price?"), "it leans on the question before");
        assert!(!read("where does the mill stand?"), "it says all");
    }

    #[test]
    fn with_an_encoder_an_answer_is_found_that_shares_no_word_and_by_words_it_is_not() {
        let engine = engine_of(&[
            ("loaf.md", post("At the counter", "2020-01-02", "A loaf is two coins.")),
            ("oven.md", post("Heat", "2020-01-03", "Our oven burns beech.")),
        ]);
        let encoder = tiny_encoder(&[&["bread", "loaf"], &["price", "coins"], &["oven"], &["beech"]]);
        let by_meaning = engine.with_encoder(encoder, None, &|_, _| {}).unwrap();
        let found = |engine: &Engine| {
            let (_, trace) = engine.ask_traced(&Question::new("bread price"));
            trace.hits.first().map(|hit| engine.post_of(hit).file.clone())
        };
        assert_eq!(found(&by_meaning).as_deref(), Some("loaf.md"));
        assert!(by_meaning.encoder().is_some() && *by_meaning.model() == Models::built_in().meaning);
        let by_words = by_meaning.by_words();
        assert_eq!(found(&by_words), None);
        assert!(by_words.encoder().is_none() && *by_words.model() == Models::built_in().words);
    }

    #[test]
    fn a_word_stands_in_the_posts_in_any_of_its_forms() {
        let engine = &*BAKERY;
        assert_eq!(["oven", "Ovens", "croissant", ""].map(|word| engine.holds(word)), [true, true, false, false]);
    }

    #[test]
    fn a_passage_is_indexed_with_what_is_known_of_its_post() {
        let undated = "---\ntitle: Flour\nauthor: Ada Crumb\n---\n\nFlour is white.\n".to_owned();
        let engine = engine_of(&[
            ("a.md", post("Old", "2020-03-02", "# Tools\n\nThe oven.")),
            ("b.md", undated),
            ("c.md", post("New", "2022-03-02", "The mill.")),
        ]);
        let documents = documents(engine.corpus());
        let shown = |at: usize| {
            let Document { title, headings, metadata, front_matter, recency, .. } = &documents[at];
            (title.as_str(), headings.join("/"), metadata.as_str(), *front_matter, *recency)
        };
        assert_eq!(shown(0), ("Old", String::new(), "March 2020 Ada Crumb", true, 0.0));
        assert_eq!(shown(1), ("Old", "Tools".to_owned(), "March 2020", false, 0.0));
        assert_eq!(shown(3), ("Flour", String::new(), "", false, 0.5));
        assert_eq!(shown(5), ("New", String::new(), "March 2022", false, 1.0));
    }

    #[test]
    fn hits_far_behind_the_best_are_not_shown_but_for_those_that_are_told_in_time() {
        let hits: Vec<Hit> = [6.0, 1.5, 0.5, -9.0].map(|score| Hit { score, ..Hit::default() }).into();
        let table = [(0, 2), (1, 2), (3, 3)];
        for (told, shown) in table {
            assert_eq!(worth_showing(&hits, told).len(), shown, "{told} are told in time");
        }
        assert_eq!(worth_showing(&hits[3..], 0).len(), 1, "the best is");
        assert_eq!(worth_showing(&[], 2).len(), 0);
    }
}
