//! The immutable index: tantivy for candidates, term lists of every sentence for the closer reranker.
//!
//! What other values of the numbers here do to answers, `scripts/sensitivity` measures: see `docs/figures.md`.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;
use tantivy::collector::TopDocs;
use tantivy::directory::RamDirectory;
use tantivy::query::{BooleanQuery, BoostQuery, EnableScoring, Occur, Query as TantivyQuery, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::{DocId, DocSet, IndexBuilder, Searcher, SingleSegmentIndexWriter, TantivyDocument, Term};

use unicode_segmentation::UnicodeSegmentation;

use crate::corpus::Sentence;
use crate::english::words::UNSEARCHED;

use super::analysis::{self, Word};
use super::document::{Document, DocumentTerms, SentenceTerms};
use super::evidence::{Evidence, is_name, is_number};
use super::families::{Families, FamilyId};
use super::meaning::{Meaning, Nearness};
use super::query::{Query, QueryTerm};
use super::score::{FOCUSED_TERMS, Features, Hit, Reranker, Weights, match_weight};
use super::vocabulary::{self, Acronym, Vocabulary};

/// Weights of the fields in BM25.
const FIELD_BOOSTS: [f32; 5] = [0.5, 0.8, 1.0, 0.5, 0.5];

/// Weight of an acronym's long form, and of the reverse, in BM25: they find a passage, the closer look weighs them.
const SAME_AS_BOOST: f32 = 0.5;

#[derive(Clone, Copy)]
struct Fields {
    title: Field,
    headings: Field,
    body: Field,
    metadata: Field,
    /// The families of the body's words, and its hyphenated compounds written together.
    variants: Field,
}

/// An immutable index over documents, with their vocabulary. A clone shares them, and may differ in weights and meaning.
#[derive(Clone)]
pub struct Index {
    words: Arc<Words>,
    weights: Weights,
    meaning: Option<Arc<Meaning>>,
}

/// What is known of the documents' words.
struct Words {
    searcher: Searcher,
    fields: Fields,
    documents: Vec<DocumentTerms>,
    vocabulary: Vocabulary,
    families: Families,
}

/// Why an index can't be built or asked: tantivy failed in memory, which means that memory ran out.
#[derive(Debug, thiserror::Error)]
#[error("the index failed")]
pub struct IndexError(#[from] tantivy::TantivyError);

/// Memory that tantivy may use while it indexes, in bytes: its minimum is 15 MB.
const WRITER_BYTES: usize = 64 << 20;

impl Index {
    /// Builds an index in memory.
    ///
    /// # Errors
    /// [`IndexError`] where tantivy fails.
    pub fn build(documents: &[Document<'_>], families: Families) -> Result<Self, IndexError> {
        let (schema, fields) = schema();
        let directory = RamDirectory::create();
        let builder = IndexBuilder::new().schema(schema);
        let mut writer: SingleSegmentIndexWriter = builder.single_segment_index_writer(directory, WRITER_BYTES)?;
        let mut vocabulary = Vocabulary::default();
        let mut all_terms = Vec::with_capacity(documents.len());
        let prepare = |some: &[Document<'_>]| -> (Vec<Prepared>, Vec<TantivyDocument>) {
            some.par_iter().map(|document| Prepared::of(document, fields, &families)).unzip()
        };
        let mut learn_all = |documents: &[Document<'_>], prepared: Vec<Prepared>| {
            let learnt = documents.iter().zip(&prepared).map(|(document, prepared)| learn(document, prepared, &mut vocabulary));
            all_terms.extend(learnt);
        };
        let mut index_all = |indexed: Vec<TantivyDocument>| -> Result<(), IndexError> {
            indexed.into_iter().try_for_each(|document| Ok(writer.add_document(document)?))
        };
        // While the words of some are learnt and indexed, one after the other, the next are prepared beside them.
        let mut before: &[Document<'_>] = &[];
        let mut prepared = (Vec::new(), Vec::new());
        for some in documents.chunks(PREPARED_TOGETHER) {
            let (words, indexed) = prepared;
            let ((), (done, next)) =
                rayon::join(|| learn_all(before, words), || rayon::join(|| index_all(indexed), || prepare(some)));
            done?;
            (before, prepared) = (some, next);
        }
        let ((), done) = rayon::join(|| learn_all(before, prepared.0), || index_all(prepared.1));
        done?;
        let searcher = writer.finalize()?.reader()?.searcher();
        let words = Words { searcher, fields, documents: all_terms, vocabulary, families };
        Ok(Self { words: Arc::new(words), weights: Weights::default(), meaning: None })
    }

    /// The words of the documents.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.words.vocabulary
    }

    /// The word families in use.
    pub fn families(&self) -> &Families {
        &self.words.families
    }

    /// Other weights in its ranking.
    pub fn set_weights(&mut self, weights: Weights) {
        self.weights = weights;
    }

    /// The index with what its documents mean, or without.
    #[must_use]
    pub fn with_meaning(mut self, meaning: Option<Arc<Meaning>>) -> Self {
        self.meaning = meaning;
        self
    }

    /// What its documents mean, if it knows.
    pub fn meaning(&self) -> Option<&Meaning> {
        self.meaning.as_deref()
    }

    /// What a sentence of a document holds.
    pub fn evidence(&self, document: usize, sentence: usize) -> Evidence {
        self.words.documents[document].sentences[sentence].evidence
    }

    /// Whether a document holds a term of a question in any form, in its text, title or headings.
    pub fn holds(&self, document: usize, term: &QueryTerm) -> bool {
        let document = &self.words.documents[document];
        let in_context = match_weight(term, &document.context, &document.context_families) > 0.0;
        in_context || document.sentences.iter().any(|s| match_weight(term, &s.terms, &s.families) > 0.0)
    }

    /// The best documents, best first, at most `limit`; equal ones in the order they were indexed. Of those, the
    /// [`CLOSER_LOOK`] best by BM25 and as many nearest in meaning are ranked by all that is known of the question, the rest by
    /// BM25 below them.
    ///
    /// # Errors
    /// [`IndexError`] where tantivy fails.
    pub fn search(&self, query: &Query, limit: usize) -> Result<Vec<Hit>, IndexError> {
        self.search_among(query, limit, &|_| true)
    }

    /// The same, among the documents to `keep`.
    ///
    /// # Errors
    /// [`IndexError`] where tantivy fails.
    pub fn search_among(&self, query: &Query, limit: usize, keep: &dyn Fn(usize) -> bool) -> Result<Vec<Hit>, IndexError> {
        // A title or a date is no answer but to a question about the posts themselves.
        let keep = |at: usize| (query.front_matter || !self.words.documents[at].front_matter) && keep(at);
        let found = self.candidates(query, limit, &keep)?;
        let reranker = Reranker::new(query, &self.words.vocabulary, &self.weights);
        let at = |&(bm25, at): &(f32, usize)| reranker.at(&self.words.documents[at], at, bm25, found.nearness.as_ref());
        let mut hits: Vec<Hit> = found.near.iter().map(at).collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.document.cmp(&b.document)));
        let floor = hits.last().map_or(0.0, |h| h.score);
        hits.extend(found.far.iter().enumerate().map(|(rank, &at)| Hit::unexamined(at, floor - (rank + 1) as f32)));
        hits.truncate(limit);
        Ok(hits)
    }

    /// Every sentence that would get the closer look: its document, its place in it, its features.
    ///
    /// # Errors
    /// [`IndexError`] where tantivy fails.
    pub fn examine(&self, query: &Query) -> Result<Vec<(usize, usize, Features)>, IndexError> {
        let found = self.candidates(query, CLOSER_LOOK, &|_| true)?;
        let reranker = Reranker::new(query, &self.words.vocabulary, &self.weights);
        let mut examined = Vec::new();
        for &(bm25, at) in &found.near {
            let visit = |sentence, features| examined.push((at, sentence, features));
            reranker.sentences(&self.words.documents[at], at, bm25, found.nearness.as_ref(), visit);
        }
        Ok(examined)
    }

    fn candidates(&self, query: &Query, limit: usize, keep: &dyn Fn(usize) -> bool) -> Result<Candidates<'_>, IndexError> {
        let nearness = self.meaning.as_ref().and_then(|meaning| {
            // Words find an answer too: a question that can't be encoded is no reason to give none.
            meaning.nearness(&query.text, keep).inspect_err(|error| tracing::error!(%error, "a question was not encoded")).ok()
        });
        let nearest = nearness.as_ref().map_or_else(Vec::new, |nearness| nearness.nearest(CLOSER_LOOK));
        let wanted = limit.max(CLOSER_LOOK);
        // Some are not to be kept; to search once more costs as much again.
        let mut most = 2 * wanted;
        let by_words = loop {
            let mut found = self.by_words(query, most)?;
            let all = found.len() < most || nearest.is_empty();
            found.retain(|(_, at)| keep(*at));
            if all || found.len() >= wanted {
                break found;
            }
            most *= 2;
        };
        let (near, far) = by_words.split_at(by_words.len().min(CLOSER_LOOK));
        let found: HashSet<usize> = near.iter().map(|(_, at)| *at).collect();
        let also: Vec<usize> = nearest.into_iter().filter(|at| !found.contains(at)).collect();
        let far = far.iter().map(|(_, at)| *at).filter(|at| !also.contains(at)).collect();
        let near = [near, &self.bm25_of(query, &also)?].concat();
        Ok(Candidates { near, far, nearness })
    }

    /// BM25 of some documents, wherever that ranks them; 0 of those that share no word with the question.
    fn bm25_of(&self, query: &Query, documents: &[usize]) -> Result<Vec<(f32, usize)>, IndexError> {
        let mut scores: HashMap<usize, f32> = HashMap::new();
        let clauses = self.clauses(query);
        if let (false, Some(segment)) = (clauses.is_empty(), self.words.searcher.segment_readers().first()) {
            let weight = BooleanQuery::new(clauses).weight(EnableScoring::enabled_from_searcher(&self.words.searcher))?;
            let mut scorer = weight.scorer(segment, 1.0)?;
            let mut in_order = documents.to_vec();
            in_order.sort_unstable();
            for at in in_order {
                if scorer.doc() < at as DocId {
                    scorer.seek(at as DocId);
                }
                if scorer.doc() == at as DocId {
                    scores.insert(at, scorer.score());
                }
            }
        }
        Ok(documents.iter().map(|at| (scores.get(at).copied().unwrap_or_default(), *at)).collect())
    }

    /// BM25 over the weighted fields: `(score, document)`, best first.
    fn by_words(&self, query: &Query, limit: usize) -> Result<Vec<(f32, usize)>, IndexError> {
        let clauses = self.clauses(query);
        if clauses.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.words.searcher.search(&BooleanQuery::new(clauses), &TopDocs::with_limit(limit).order_by_score())?;
        Ok(found.into_iter().map(|(score, address)| (score, address.doc_id as usize)).collect())
    }

    fn clauses(&self, query: &Query) -> Vec<(Occur, Box<dyn TantivyQuery>)> {
        let Fields { title, headings, body, metadata, variants } = self.words.fields;
        // A long question says what it means in enough words of its own.
        let focus = (FOCUSED_TERMS / query.terms.len() as f32).min(1.0);
        let mut clauses = Vec::new();
        let mut add = |field: Field, text: &str, boost: f32| {
            let term = TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs);
            clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(term), boost)) as Box<dyn TantivyQuery>));
        };
        for term in &query.terms {
            let share = term.weight / term.idf(&self.words.vocabulary).max(f32::EPSILON);
            if term.id.is_some() {
                for (field, boost) in [title, headings, body, metadata].into_iter().zip(FIELD_BOOSTS) {
                    add(field, &term.term, boost * share.min(1.0));
                }
            }
            if term.id.is_some_and(|id| self.words.vocabulary.is_compound(id)) {
                add(variants, &term.term, share.min(1.0));
            }
            for family in &term.families {
                add(variants, &family_term(*family), FIELD_BOOSTS[4] * focus * share.min(1.0));
            }
            for same in term.same_as.iter().flatten().filter(|same| !query.terms.iter().any(|t| t.id == Some(**same))) {
                add(body, self.words.vocabulary.term(*same), SAME_AS_BOOST);
            }
        }
        clauses
    }
}

/// How many of the best documents by BM25 get the closer look: its cost, half of a question's, grows with it.
pub const CLOSER_LOOK: usize = 60;

fn family_term(id: FamilyId) -> String {
    format!("f{id}")
}

fn schema() -> (Schema, Fields) {
    // The words are this crate's own already, and stand with blanks between them.
    let indexing = TextFieldIndexing::default().set_tokenizer("whitespace").set_index_option(IndexRecordOption::WithFreqs);
    let text = TextOptions::default().set_indexing_options(indexing);
    let mut schema = Schema::builder();
    let fields = Fields {
        title: schema.add_text_field("title", text.clone()),
        headings: schema.add_text_field("headings", text.clone()),
        body: schema.add_text_field("body", text.clone()),
        metadata: schema.add_text_field("metadata", text.clone()),
        variants: schema.add_text_field("variants", text),
    };
    (schema.build(), fields)
}

/// A document's words, by field.
struct FieldWords {
    title: Vec<Word>,
    headings: Vec<Word>,
    sentences: Vec<Vec<Word>>,
    metadata: Vec<Word>,
}

impl FieldWords {
    fn of(document: &Document<'_>) -> Self {
        Self {
            title: analysis::words(&document.title),
            headings: document.headings.iter().flat_map(|h| analysis::words(h)).collect(),
            sentences: document.sentences.iter().map(|s| analysis::words(&s.plain)).collect(),
            metadata: analysis::words(&document.metadata),
        }
    }

    /// The words around the text.
    fn context(&self) -> impl Iterator<Item = &Word> {
        self.title.iter().chain(&self.headings).chain(&self.metadata)
    }

    fn to_tantivy(&self, fields: Fields, families: &Families) -> TantivyDocument {
        // Compounds stand beside their parts: in the body they would make the text longer than it is.
        let (compounds, body): (Vec<&Word>, Vec<&Word>) = self.sentences.iter().flatten().partition(|word| word.compound);
        let searched = body.iter().filter(|word| UNSEARCHED.binary_search(&word.text.as_str()).is_err());
        let family_terms = body.iter().enumerate().flat_map(|(at, word)| {
            let next = body.get(at + 1).map(|w| w.term.as_str());
            families.of(&word.term, next).map(family_term)
        });
        let compounds = compounds.iter().map(|word| Cow::from(&word.term));
        let mut document = TantivyDocument::default();
        document.add_text(fields.title, spaced(terms(&self.title)));
        document.add_text(fields.headings, spaced(terms(&self.headings)));
        document.add_text(fields.metadata, spaced(terms(&self.metadata)));
        document.add_text(fields.variants, spaced(family_terms.map(Cow::from).chain(compounds)));
        document.add_text(fields.body, spaced(terms(searched.copied())));
        document
    }
}

/// What of a document can be worked out without the others: on all cores.
struct Prepared {
    words: FieldWords,
    /// Families in title, headings and metadata.
    context_families: Vec<FamilyId>,
    /// Of each sentence, its families and what it holds.
    sentences: Vec<(Vec<FamilyId>, Evidence)>,
    acronyms: Vec<Acronym>,
}

/// Documents that are prepared before they are entered: twice as many words are held besides.
const PREPARED_TOGETHER: usize = 512;

impl Prepared {
    /// Beside it, the document's words as tantivy takes them.
    fn of(document: &Document<'_>, fields: Fields, families: &Families) -> (Self, TantivyDocument) {
        let words = FieldWords::of(document);
        let of_each = words.sentences.iter().zip(document.sentences.iter());
        let indexed = words.to_tantivy(fields, families);
        let prepared = Self {
            context_families: families_of(&words.context().cloned().collect::<Vec<_>>(), families),
            sentences: of_each.map(|(words, sentence)| (families_of(words, families), Evidence::of(sentence, words))).collect(),
            acronyms: document.sentences.iter().flat_map(|sentence| vocabulary::acronyms(&sentence.plain)).collect(),
            words,
        };
        (prepared, indexed)
    }
}

fn terms<'a>(words: impl IntoIterator<Item = &'a Word>) -> impl Iterator<Item = Cow<'a, str>> {
    words.into_iter().map(|word| Cow::from(&word.term))
}

/// Terms as the index takes them. None has a blank in it.
fn spaced<'a>(terms: impl Iterator<Item = Cow<'a, str>>) -> String {
    terms.fold(String::new(), |mut text, term| {
        text.push_str(&term);
        text.push(' ');
        text
    })
}

/// Enters a document's words into the vocabulary and returns their ids.
fn learn(document: &Document<'_>, prepared: &Prepared, vocabulary: &mut Vocabulary) -> DocumentTerms {
    let Prepared { words, context_families, .. } = prepared;
    let context = each_once(words.context().map(|w| vocabulary.learn(w)));
    let of_each = words.sentences.iter().zip(document.sentences.iter()).zip(&prepared.sentences);
    let sentences: Vec<SentenceTerms> = of_each
        .map(|((words, sentence), (families, evidence))| SentenceTerms {
            statement: sentence.is_statement() || document.front_matter,
            terms: words.iter().map(|w| vocabulary.learn(w)).collect(),
            families: families.clone(),
            evidence: *evidence,
            names: words.iter().skip(1).filter(|w| is_name(w)).map(|w| vocabulary.learn(w)).collect(),
            numbers: words.iter().enumerate().filter(|(_, w)| is_number(w)).map(|(at, _)| at).collect(),
        })
        .collect();
    let all_terms = each_once(sentences.iter().flat_map(|s| &s.terms).chain(&context).copied());
    let all_families = each_once(sentences.iter().flat_map(|s| &s.families).chain(context_families).copied());
    vocabulary.count_passage(all_terms, all_families);
    for acronym in &prepared.acronyms {
        vocabulary.learn_acronym(acronym);
    }
    for (short, long) in &document.abbreviations {
        vocabulary.learn_abbreviation(short, long);
    }
    DocumentTerms {
        context,
        context_families: context_families.clone(),
        sentences,
        front_matter: document.front_matter,
        recency: document.recency,
    }
}

fn families_of(words: &[Word], families: &Families) -> Vec<FamilyId> {
    let nexts = words.iter().skip(1).map(|w| Some(w.term.as_str())).chain([None]);
    each_once(words.iter().zip(nexts).flat_map(|(word, next)| families.of(&word.term, next)))
}

/// In their order.
fn each_once<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// What may be worth showing.
struct Candidates<'a> {
    /// To be looked at closely: BM25 and document.
    near: Vec<(f32, usize)>,
    /// Other documents, best BM25 first.
    far: Vec<usize>,
    nearness: Option<Nearness<'a>>,
}

impl Document<'_> {
    /// A text without markup, cut into sentences.
    pub fn of_plain_text(text: &str) -> Self {
        let sentences = text.split_sentence_bounds().map(str::trim).filter(|s| !s.is_empty());
        Self { sentences: sentences.map(Sentence::of_plain_text).collect(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::SentenceKind;
    use crate::search::{Feature, tiny_encoder};

    fn families() -> Families {
        Families::parse(r#"families = [["pond", "lake"], ["come back", "return"]]"#, "test").unwrap()
    }

    /// An index that ranks by how much of a question a passage covers.
    fn index_of(documents: &[Document<'_>]) -> Index {
        let mut index = Index::build(documents, families()).unwrap();
        index.set_weights(Weights::default().with([(Feature::Passage, 1.0)]));
        index
    }

    fn of_texts(texts: &[&str]) -> Index {
        index_of(&texts.iter().map(|text| Document::of_plain_text(text)).collect::<Vec<_>>())
    }

    /// The documents that are found for these words, best first.
    fn found(index: &Index, words: &str) -> Vec<usize> {
        let hits = index.search(&Query::of_words(words, index), 100).unwrap();
        hits.iter().map(|hit| hit.document).collect()
    }

    #[test]
    fn passages_are_found_best_first_and_equal_ones_in_the_order_they_were_indexed() {
        let index = of_texts(&["Herons sleep.", "Frogs sleep.", "Herons eat frogs.", "Frogs sing.", "Rain falls."]);
        assert_eq!(found(&index, "do herons eat frogs"), [2, 0, 1, 3]);
        assert_eq!(found(&index, "frogs"), [1, 2, 3]);
        let best = index.search(&Query::of_words("frogs", &index), 2).unwrap();
        assert_eq!(best.iter().map(|hit| hit.document).collect::<Vec<_>>(), [1, 2], "no more than asked for");
    }

    #[test]
    fn a_passage_is_found_by_any_form_of_a_word_in_any_of_its_fields() {
        let field = || Document::of_plain_text("Nothing else.");
        let table = [
            ("ponds", Document::of_plain_text("Herons fish in a pond."), true),
            ("pond", Document::of_plain_text("Herons fish in lakes."), true),
            ("return", Document::of_plain_text("In spring they come back."), true),
            ("return", Document::of_plain_text("In spring they come home."), false),
            ("reedbed", Document::of_plain_text("Herons fish in a reed-bed."), true),
            ("reed", Document::of_plain_text("Herons fish in a reed-bed."), true),
            ("pond", Document { title: "The pond".to_owned(), ..field() }, true),
            ("pond", Document { headings: vec!["The pond".to_owned()], ..field() }, true),
            ("may", Document { metadata: "May 2021".to_owned(), ..field() }, true),
            ("pond", field(), false),
            ("", field(), false),
        ];
        for (words, document, is_found) in table {
            let index = index_of(std::slice::from_ref(&document));
            assert_eq!(found(&index, words).len(), usize::from(is_found), "{words}: {document:?}");
        }
    }

    #[test]
    fn an_abbreviation_finds_what_it_stands_for_as_some_text_or_post_defines_it() {
        let by_text = of_texts(&["The Nesting Bird Survey (NBS) began.", "A survey of each nesting bird."]);
        assert_eq!(found(&by_text, "nbs"), [0, 1]);
        let survey = Document::of_plain_text("A survey of each nesting bird.");
        let defining = Document {
            abbreviations: vec![("NBS".to_owned(), "Nesting Bird Survey".to_owned())],
            ..Document::of_plain_text("Rain.")
        };
        assert_eq!(found(&index_of(&[survey, defining]), "nbs"), [0]);
    }

    #[test]
    fn only_the_documents_to_keep_are_found_and_front_matter_where_it_is_asked_for() {
        let front = Document { front_matter: true, ..Document::of_plain_text("author: Ann Heron") };
        let index = index_of(&[front, Document::of_plain_text("Herons sleep."), Document::of_plain_text("Herons wake.")]);
        let query = Query::of_words("heron", &index);
        let of_posts = Query { front_matter: true, ..query.clone() };
        let documents = |query: &Query, keep: &dyn Fn(usize) -> bool| -> Vec<usize> {
            index.search_among(query, 9, keep).unwrap().iter().map(|hit| hit.document).collect()
        };
        assert_eq!(documents(&query, &|_| true), [1, 2]);
        assert_eq!(documents(&of_posts, &|_| true), [0, 1, 2]);
        assert_eq!(documents(&of_posts, &|at| at != 1), [0, 2]);
    }

    #[test]
    fn beyond_the_closer_look_passages_follow_by_bm25_alone() {
        // The longer a passage, the lower its BM25.
        let long = [30, 25, 20, 15, 10].into_iter();
        let texts: Vec<String> = long.chain([0; CLOSER_LOOK]).map(|more| format!("Herons{}.", " rest".repeat(more))).collect();
        let index = of_texts(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        let hits = index.search(&Query::of_words("herons", &index), texts.len()).unwrap();
        assert_eq!(hits.len(), texts.len());
        let (near, far) = hits.split_at(CLOSER_LOOK);
        assert!(near.iter().all(|hit| hit.features[Feature::Passage] == 1.0));
        assert!(far.iter().all(|hit| hit.features == Features::default()));
        assert_eq!(far.iter().map(|hit| hit.document).collect::<Vec<_>>(), [4, 3, 2, 1, 0]);
        assert!(hits.is_sorted_by(|one, next| one.score >= next.score));
    }

    #[test]
    fn with_meanings_a_passage_is_found_that_shares_no_word_with_the_question() {
        let documents = ["A loaf is two coins.", "The heron wakes.", "The gull wakes."].map(Document::of_plain_text);
        let encoder = tiny_encoder(&[&["loaf", "bread"], &["coins", "price"], &["heron"], &["gull"]]);
        let meaning = Meaning::of(&documents, encoder, None, &|_, _| {}).unwrap();
        let by_words = index_of(&documents);
        assert_eq!(found(&by_words, "bread price"), [0; 0]);
        let mut index = by_words.with_meaning(Some(Arc::new(meaning)));
        index.set_weights(Weights::default().with([(Feature::SentenceMeaning, 1.0)]));
        assert_eq!(found(&index, "bread price")[0], 0);
        let without = index.search_among(&Query::of_words("bread price", &index), 9, &|at| at > 0).unwrap();
        assert!(without.iter().all(|hit| hit.document > 0), "what is not to be kept is not near either");
        assert_eq!(found(&index.with_meaning(None), "bread price"), [0; 0]);
    }

    #[test]
    fn a_document_holds_a_term_in_any_form_and_place() {
        let titled = Document { title: "Ponds".to_owned(), ..Document::of_plain_text("Frogs sing.") };
        let index = index_of(&[titled, Document::of_plain_text("The lake is deep."), Document::of_plain_text("The well.")]);
        let term = Query::of_words("pond", &index).terms.remove(0);
        assert_eq!([0, 1, 2].map(|document| index.holds(document, &term)), [true, true, false]);
    }

    #[test]
    fn every_statement_is_examined_and_no_label() {
        let label = Sentence { kind: SentenceKind::Label, ..Sentence::of_plain_text("Herons") };
        let sentences = vec![label, Sentence::of_plain_text("Herons sleep."), Sentence::of_plain_text("Rain falls.")];
        let index = index_of(&[Document { sentences: sentences.into(), ..Document::default() }]);
        let examined = index.examine(&Query::of_words("herons", &index)).unwrap();
        assert_eq!(examined.iter().map(|(document, sentence, _)| (*document, *sentence)).collect::<Vec<_>>(), [(0, 1), (0, 2)]);
        assert_eq!(examined[0].2[Feature::Sentence], 1.0);
    }

    #[test]
    fn what_a_sentence_holds_is_known_by_its_place() {
        let index = of_texts(&["Rain.", "Herons sleep. They came in June."]);
        assert!(!index.evidence(1, 0).intersects(Evidence::DATE) && index.evidence(1, 1).intersects(Evidence::DATE));
    }

    #[test]
    fn function_words_are_found_as_they_stand_in_order() {
        assert!(UNSEARCHED.is_sorted());
        let document =
            Document { sentences: Cow::from(vec![Sentence::of_plain_text("The lake will be at rest")]), ..Document::default() };
        let index = Index::build(&[document], Families::default()).unwrap();
        let found = |word: &str| index.words.searcher.doc_freq(&Term::from_field_text(index.words.fields.body, word)).unwrap();
        assert_eq!(["the", "will", "be", "at", "lake", "rest"].map(found), [0, 0, 0, 0, 1, 1]);
    }
}
