//! The reader's part in an answer: the best passages are read together with the question, which sets their order, the sentence
//! of each that answers, and how sure the answer is.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use crate::corpus::{Corpus, PassageKind};
use crate::linear::features;
use crate::reader::{Reader, ReaderError, Reading, Window, context};
use crate::search::{Feature, Hit, Query, TemporalEnd};

use super::judge::unknown_share;
use super::timeline;

features! {
    /// One thing that sets the order of the passages that were read.
    enum Cue;
    /// What sets the order of the passages that were read.
    struct Cues;
    /// The reader's log-odds that a sentence of the passage answers.
    Margin = "margin",
    /// How far the passage's linear score is behind the best one's: 0 or less.
    Score = "score",
}

features! {
    /// One sign of how likely the best passage that was read answers.
    enum ReaderCalibrationFeature;
    /// What the confidence is made of where a reader has read.
    struct ReaderCalibrationFeatures;
    /// 1: what is added whatever the other signs are.
    Constant = "constant",
    /// The highest of the reader's log-odds that a sentence of a passage answers.
    Margin = "margin",
    /// How far the best passage's linear score is behind the best one's: 0 or less.
    Score = "score",
    /// Share of the question's weight whose words stand nowhere in the posts.
    Unknown = "unknown",
    /// Share of the asked-for numbers that are missing from the best passage.
    NumbersMissing = "numbers_missing",
    /// The number of posts, as a power of ten: the more there are, the more only seem to answer.
    Posts = "posts",
}

/// The weights that go with a reader.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReaderModel {
    /// Of the cues in the order of the passages.
    pub order: Cues,
    /// Of the signs in the log-odds that the answer is right.
    pub confidence: ReaderCalibrationFeatures,
}

/// A passage that was read together with a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// Index of the passage.
    pub passage: usize,
    /// Index of the window's first sentence in the passage.
    pub first: usize,
    /// What the reader makes of the window.
    pub reading: Reading,
}

impl Read {
    /// Probability that a sentence of the passage is the one that answers; 0 outside of the window.
    pub fn probability(&self, sentence: usize) -> f32 {
        sentence.checked_sub(self.first).and_then(|at| self.reading.sentences.get(at)).copied().unwrap_or(0.0)
    }
}

/// Log-odds of a passage that isn't there, as far below any real one as they differ among each other.
const NO_MARGIN: f32 = -8.0;

impl ReaderCalibrationFeatures {
    /// Reads them off what was read, and the hits in the order that it gave them.
    pub(super) fn of(query: &Query, hits: &[Hit], (read, cues): (&[Read], &[Cues]), posts: usize) -> Self {
        let highest = read.iter().map(|read| read.reading.margin).fold(NO_MARGIN, f32::max);
        let best = hits.first();
        let of_best = best.and_then(|best| read.iter().position(|read| read.passage == best.document));
        Self::default().with([
            (ReaderCalibrationFeature::Constant, 1.0),
            (ReaderCalibrationFeature::Margin, highest),
            (ReaderCalibrationFeature::Score, of_best.map_or(0.0, |at| cues[at][Cue::Score])),
            (ReaderCalibrationFeature::Unknown, unknown_share(query)),
            (ReaderCalibrationFeature::NumbersMissing, best.map_or(1.0, |best| 1.0 - best.features[Feature::Numbers])),
            (ReaderCalibrationFeature::Posts, (posts.max(1) as f32).log10()),
        ])
    }

    /// How likely the question is answered, 0 to 1: logistic regression.
    pub fn confidence(&self, weights: &Self) -> f32 {
        1.0 / (1.0 + (-self.weighed(weights)).exp())
    }
}

/// A reader, with what it has read where that is to be remembered.
#[derive(Clone)]
pub(super) struct CloseReader {
    reader: Arc<Reader>,
    known: Option<Arc<Mutex<HashMap<Asked, Reading>>>>,
}

/// A question, a passage and the window's first sentence.
type Asked = (String, usize, usize);

impl CloseReader {
    pub(super) fn new(reader: Arc<Reader>) -> Self {
        Self { reader, known: None }
    }

    pub(super) fn reader(&self) -> &Arc<Reader> {
        &self.reader
    }

    /// The same, and nothing is read twice: fitting asks the same questions again and again.
    pub(super) fn remembering(self) -> Self {
        Self { known: Some(Arc::default()), ..self }
    }

    /// Reads the best `most` of the hits, and puts them into the reader's order with the sentences that answer best; the others
    /// stay behind them. A passage that can't be read stays where its linear score puts it. For a question about time, of
    /// which `edge` is the end that is asked for, all of them are read, some because they stand near it; for others the first passages
    /// may decide.
    pub(super) fn read(
        &self,
        question: &str,
        hits: &mut Vec<Hit>,
        corpus: &Corpus,
        (most, edge): (usize, Option<TemporalEnd>),
        weights: &Cues,
    ) -> (Vec<Read>, Vec<Cues>) {
        let bodies = hits.iter().filter(|hit| corpus.passages[hit.document].kind == PassageKind::Body);
        let bodies = match edge {
            Some(edge) => with_end(bodies.collect(), corpus, most, edge),
            None => bodies.take(most).collect(),
        };
        let mut found: Vec<Read> = Vec::new();
        for part in bodies.chunks(READ_TOGETHER) {
            let decided = found.iter().any(|read| read.reading.margin >= DECIDED_FROM);
            if edge.is_some() || !decided {
                found.extend(self.passages(question, part, corpus));
            }
        }
        let best = hits.iter().map(|hit| hit.score).fold(f32::NEG_INFINITY, f32::max);
        let (mut all_cues, mut ordered, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        for mut hit in hits.drain(..) {
            let Some(read) = found.iter().find(|read| read.passage == hit.document) else {
                rest.push(hit);
                continue;
            };
            let cues = [(Cue::Margin, read.reading.margin.max(NO_MARGIN)), (Cue::Score, hit.score - best)];
            let cues = Cues::default().with(cues);
            hit.score = cues.weighed(weights);
            hit.sentence = answering(read, corpus).unwrap_or(hit.sentence);
            all_cues.push(cues);
            ordered.push(hit);
        }
        ordered.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.document.cmp(&b.document)));
        let floor = ordered.last().map_or(0.0, |hit: &Hit| hit.score);
        hits.extend(ordered);
        hits.extend(rest.into_iter().enumerate().map(|(rank, hit)| Hit { score: floor - (rank + 1) as f32, ..hit }));
        (found, all_cues)
    }

    /// Each passage's window around the hit's sentence, read. Those that can't be are left out.
    fn passages(&self, question: &str, hits: &[&Hit], corpus: &Corpus) -> Vec<Read> {
        let window = |hit: &&Hit| {
            let passage = &corpus.passages[hit.document];
            let post = corpus.post(passage);
            let above = context(&post.title, &passage.section, post.date);
            let sentences: Vec<&str> = passage.sentences.iter().map(|sentence| sentence.plain.as_str()).collect();
            if hit.sentence >= sentences.len() {
                return None;
            }
            let shown = self.reader.around(question, &above, &sentences, hit.sentence);
            let window = Window { context: above, sentences: sentences[shown.clone()].iter().map(|s| (*s).to_owned()).collect() };
            Some(((hit.document, shown.start), window))
        };
        let (places, windows): (Vec<_>, Vec<_>) = hits.iter().filter_map(window).unzip();
        // Words and meaning have an answer too: passages that can't be read are no reason to give none.
        let readings = self.readings(question, &places, &windows).unwrap_or_else(|error| {
            tracing::error!(%error, "passages were not read");
            Vec::new()
        });
        places.into_iter().zip(readings).map(|((passage, first), reading)| Read { passage, first, reading }).collect()
    }

    /// What the reader makes of these windows, which begin at these sentences of these passages.
    fn readings(&self, question: &str, places: &[(usize, usize)], windows: &[Window]) -> Result<Vec<Reading>, ReaderError> {
        let Some(known) = &self.known else { return self.reader.read(question, windows) };
        let asked = |(passage, first): &(usize, usize)| (question.to_owned(), *passage, *first);
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        for (place, window) in places.iter().zip(windows) {
            if let Entry::Vacant(unread) = known.entry(asked(place)) {
                unread.insert(self.reader.read(question, std::slice::from_ref(window))?.remove(0));
            }
        }
        Ok(places.iter().map(|place| known[&asked(place)].clone()).collect())
    }
}

/// The best of some hits, and of the others those that stand nearest to an end of the timeline: the first report of a thing may be
/// a word in passing. At most `most`; a third of them for their date.
fn with_end<'a>(mut hits: Vec<&'a Hit>, corpus: &Corpus, most: usize, edge: TemporalEnd) -> Vec<&'a Hit> {
    let best = if edge == TemporalEnd::Any { most } else { most - most / 3 };
    let mut others = hits.split_off(best.min(hits.len()));
    let date = |hit: &&Hit| corpus.post(&corpus.passages[hit.document]).date;
    others.retain(|hit| date(hit).is_some());
    timeline::from_end(edge, &mut others, date);
    hits.extend(others.into_iter().take(most - best));
    hits
}

/// Passages that are read together, the best by their linear score first …
const READ_TOGETHER: usize = 4;
/// … and no others, where the reader's log-odds of one of them are this high. On six communities, with a reader that saw none of
/// them, 3 in 100 passages fewer are read so, and .002 fewer answers are right.
const DECIDED_FROM: f32 = 4.0;

/// The likeliest sentence among those that may be shown as what answers.
fn answering(read: &Read, corpus: &Corpus) -> Option<usize> {
    let sentences = &corpus.passages[read.passage].sentences;
    let shown = read.first..(read.first + read.reading.sentences.len()).min(sentences.len());
    shown
        .filter(|sentence| sentences[*sentence].is_statement())
        .max_by(|a, b| read.probability(*a).total_cmp(&read.probability(*b)).then(b.cmp(a)))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;
    use crate::search::{Features, QueryTerm, Role};

    fn hit(document: usize) -> Hit {
        let mut hit = Hit { document, ..Hit::default() };
        hit.features = hit.features.with([(Feature::Numbers, 1.0)]);
        hit
    }

    fn read(passage: usize, margin: f32) -> Read {
        let reading = Reading { none: 0.5, sentences: vec![0.1, 0.4], margin };
        Read { passage, first: 3, reading }
    }

    #[test]
    fn signs_are_the_highest_margin_and_the_best_passages_place_by_words_and_meaning() {
        let read = [read(7, 2.5), read(4, 1.5)];
        let cues = [0.0, -2.0].map(|score| Cues::default().with([(Cue::Score, score)]));
        let signs = ReaderCalibrationFeatures::of(&Query::default(), &[hit(4), hit(7)], (&read, &cues), 100);
        assert_eq!((signs[ReaderCalibrationFeature::Margin], signs[ReaderCalibrationFeature::Score]), (2.5, -2.0));
        assert_eq!(
            (
                signs[ReaderCalibrationFeature::Constant],
                signs[ReaderCalibrationFeature::NumbersMissing],
                signs[ReaderCalibrationFeature::Posts]
            ),
            (1.0, 0.0, 2.0)
        );
    }

    #[test]
    fn what_was_not_read_is_far_from_an_answer() {
        assert_eq!(
            ReaderCalibrationFeatures::of(&Query::default(), &[hit(4)], (&[], &[]), 1)[ReaderCalibrationFeature::Margin],
            NO_MARGIN
        );
    }

    /// One passage that was read.
    #[derive(Clone, Copy)]
    struct Seen {
        margin: f32,
        /// Its place by words and meaning.
        score: f32,
        /// Share of the asked-for numbers that it holds.
        numbers: f32,
        /// Words that stand in no post, of four in the question.
        unknown: usize,
        posts: usize,
    }

    const USUAL: Seen = Seen { margin: 0.0, score: 0.0, numbers: 1.0, unknown: 0, posts: 10 };

    impl Seen {
        fn signs(self) -> ReaderCalibrationFeatures {
            let term = |at: usize| QueryTerm {
                typed: String::new(),
                term: String::new(),
                id: (at >= self.unknown).then_some(0),
                families: Vec::new(),
                same_as: Vec::new(),
                weight: 1.0,
                role: Role::Topic,
                corrected: false,
            };
            let query = Query { terms: (0..4).map(term).collect(), ..Query::default() };
            let best = Hit { features: Features::default().with([(Feature::Numbers, self.numbers)]), ..Hit::default() };
            let cues = Cues::default().with([(Cue::Margin, self.margin), (Cue::Score, self.score)]);
            ReaderCalibrationFeatures::of(&query, &[best], (&[read(0, self.margin)], &[cues]), self.posts)
        }
    }

    #[test]
    fn each_sign_of_a_reader_makes_an_answer_less_sure_for_its_reason() {
        let weights = crate::answer::Models::built_in().reader.confidence;
        let less_sure = [
            // The reader sees no sentence that answers.
            (ReaderCalibrationFeature::Margin, Seen { margin: -1.0, ..USUAL }),
            // Words and meaning have found others before it.
            (ReaderCalibrationFeature::Score, Seen { score: -3.0, ..USUAL }),
            // What has no word in the posts is rarely told there.
            (ReaderCalibrationFeature::Unknown, Seen { unknown: 2, ..USUAL }),
            // Another release's passage tells nothing of the one that is asked for.
            (ReaderCalibrationFeature::NumbersMissing, Seen { numbers: 0.0, ..USUAL }),
            // Among many posts, some only seem to answer.
            (ReaderCalibrationFeature::Posts, Seen { posts: 10_000, ..USUAL }),
        ];
        let usual = USUAL.signs();
        for (sign, seen) in less_sure {
            let beside =
                |weights: &ReaderCalibrationFeatures| seen.signs().confidence(weights).total_cmp(&usual.confidence(weights));
            assert_eq!(beside(&weights), Ordering::Less, "{sign:?}");
            let flipped = weights.with([(sign, -weights[sign])]);
            assert_eq!(beside(&flipped), Ordering::Greater, "{sign:?} the other way round");
        }
        // A reader that wavers over a few posts has mostly found the answer: it is less sure of itself than it could be.
        let flipped = weights.with([(ReaderCalibrationFeature::Constant, -weights[ReaderCalibrationFeature::Constant])]);
        assert!(usual.confidence(&weights) > 0.5 && usual.confidence(&flipped) < 0.5);
        assert_eq!(less_sure.len() + 1, ReaderCalibrationFeature::COUNT, "a sign without a row");
    }

    #[test]
    fn of_passages_that_were_read_the_likelier_to_answer_is_first_and_of_equal_ones_the_one_found_first() {
        let weights = crate::answer::Models::built_in().reader.order;
        let cues = |margin, score| Cues::default().with([(Cue::Margin, margin), (Cue::Score, score)]);
        for (cue, first, next) in
            [(Cue::Margin, cues(2.0, -1.0), cues(-2.0, -1.0)), (Cue::Score, cues(1.0, 0.0), cues(1.0, -3.0))]
        {
            let ahead = |weights: &Cues| first.weighed(weights).total_cmp(&next.weighed(weights));
            assert_eq!(ahead(&weights), Ordering::Greater, "{cue:?}");
            assert_eq!(ahead(&weights.with([(cue, -weights[cue])])), Ordering::Less, "{cue:?} the other way round");
        }
        // The reader sees more than the linear score does: a passage far behind is first where it is surely the answer.
        assert!(cues(6.0, -4.0).weighed(&weights) > cues(0.0, 0.0).weighed(&weights));
    }

    #[test]
    fn of_what_is_found_those_at_the_end_asked_for_are_read_too() {
        let file = |year: i32| format!("---\ntitle: T\nauthor: A\ndate: {year}-01-02\n---\n\nIt was so in {year}.\n");
        let files = [2023, 2024, 2020, 2019, 2022].map(|year| (format!("{year}.md"), file(year)));
        let named = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes()));
        let corpus = Corpus::from_files(named, "", &mut Vec::new());
        let bodies = (0..corpus.passages.len()).filter(|at| corpus.passages[*at].kind == PassageKind::Body);
        let hits: Vec<Hit> = bodies.map(hit).collect();
        let read = |edge| -> Vec<i16> {
            let years = with_end(hits.iter().collect(), &corpus, 3, edge).into_iter();
            years.filter_map(|hit| Some(corpus.post(&corpus.passages[hit.document]).date?.year())).collect()
        };
        assert_eq!(read(TemporalEnd::Any), [2023, 2024, 2020]);
        assert_eq!(read(TemporalEnd::First), [2023, 2024, 2019]);
        assert_eq!(read(TemporalEnd::Last), [2023, 2024, 2022]);
    }

    #[test]
    fn sentences_outside_of_the_window_do_not_answer() {
        let read = read(0, 1.0);
        assert_eq!([2, 3, 4, 5].map(|sentence| read.probability(sentence)), [0.0, 0.1, 0.4, 0.0]);
    }
}
