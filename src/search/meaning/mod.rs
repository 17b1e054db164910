//! What texts mean, beside the words that they use: vectors of passages, of their sentences and of questions.

mod encoder;
mod store;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use encoder::cosine;
pub use encoder::{Encoder, EncoderError, ModelId, Vector};
use store::{Store, TextId, text_id};

use super::index::Document;
use super::score::Cosines;

/// The vectors of an index's documents.
pub struct Meaning {
    encoder: Arc<Encoder>,
    /// One after the other, a document's passage first, then its sentences.
    vectors: Vec<f32>,
    /// Where each document's begin in `vectors`, counted in vectors; one more at the end.
    starts: Vec<usize>,
}

/// How near all documents are to one question, in their meaning.
pub(super) struct Nearness<'a> {
    cosines: Vec<f32>,
    starts: &'a [usize],
    /// The documents that count.
    kept: Vec<usize>,
    /// Least and largest cosine of a passage.
    passages: (f32, f32),
    /// Least and largest cosine of a sentence.
    sentences: (f32, f32),
}

impl Nearness<'_> {
    fn raw(&self, document: usize) -> (f32, &[f32]) {
        let own = &self.cosines[self.starts[document]..self.starts[document + 1]];
        (own[0], &own[1..])
    }

    pub(super) fn passage(&self, document: usize) -> f32 {
        scaled(self.raw(document).0, self.passages)
    }

    pub(super) fn sentence(&self, document: usize, sentence: usize) -> f32 {
        scaled(self.raw(document).1[sentence], self.sentences)
    }

    /// The nearest of a document's sentences.
    pub(super) fn best_sentence(&self, document: usize) -> f32 {
        self.raw(document).1.iter().map(|sentence| scaled(*sentence, self.sentences)).fold(0.0, f32::max)
    }

    /// Of a passage and one of its sentences.
    pub(super) fn cosines(&self, document: usize, sentence: usize) -> Cosines {
        let (passage, sentences) = self.raw(document);
        Cosines { passage, sentence: sentences.get(sentence).copied().unwrap_or(passage), nearest: self.sentences.1.max(-1.0) }
    }

    /// The nearest documents by the sum of passage and best sentence.
    pub(super) fn nearest(&self, count: usize) -> Vec<usize> {
        let sum = |at: usize| self.passage(at) + self.best_sentence(at);
        let mut all: Vec<(f32, usize)> = self.kept.iter().map(|&at| (sum(at), at)).collect();
        let count = count.min(all.len());
        if count < all.len() {
            all.select_nth_unstable_by(count, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        }
        all.truncate(count);
        all.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        all.into_iter().map(|(_, at)| at).collect()
    }
}

fn scaled(value: f32, (least, largest): (f32, f32)) -> f32 {
    if largest > least { (value - least) / (largest - least) } else { 0.0 }
}

/// Tokens of a question that are encoded: some 40 words. A longer one says what it wants by then, and the time to answer stays
/// bounded.
const QUESTION_TOKENS: usize = 48;
/// Texts that are encoded between two writings of the cache: so much is lost when the process is killed.
const SAVED_EVERY: usize = 2_000;

impl Meaning {
    /// Encodes documents, but for texts that the `cache` folder has vectors of, and writes it anew. `progress` hears how many
    /// texts of how many are done.
    ///
    /// # Errors
    /// [`EncoderError`] where a text can't be encoded. A cache that can't be used is logged and no error.
    pub fn of(
        documents: &[Document],
        encoder: Arc<Encoder>,
        cache: Option<&Path>,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Self, EncoderError> {
        let texts: Vec<Vec<String>> = documents.iter().map(texts).collect();
        let ids: Vec<TextId> = texts.iter().flatten().map(|text| text_id(text)).collect();
        let mut store = Store::open(cache, &encoder);
        let mut named = HashSet::new();
        let all = ids.iter().copied().zip(texts.iter().flatten());
        let missing: Vec<(TextId, &String)> =
            all.filter(|(id, _)| !store.vectors.contains_key(id) && named.insert(*id)).collect();
        let done = AtomicUsize::new(0);
        for some in missing.chunks(SAVED_EVERY) {
            let encode = |(id, text): &(TextId, &String)| {
                let vector = encoder.encode(text)?;
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, missing.len());
                Ok((*id, vector))
            };
            let new = some.par_iter().map(encode).collect::<Result<Vec<_>, EncoderError>>()?;
            store.vectors.extend(new);
            store.save(&ids);
        }
        let vectors = ids.iter().flat_map(|id| store.vectors[id].values()).copied().collect();
        let mut starts = vec![0];
        starts.extend(texts.iter().scan(0, |end, texts| {
            *end += texts.len();
            Some(*end)
        }));
        Ok(Self { encoder, vectors, starts })
    }

    /// The encoder in use.
    pub fn encoder(&self) -> &Arc<Encoder> {
        &self.encoder
    }

    /// How near every document to `keep` is to a question.
    pub(super) fn nearness(&self, question: &str, keep: &dyn Fn(usize) -> bool) -> Result<Nearness<'_>, EncoderError> {
        let question = self.encoder.encode_beginning(question, QUESTION_TOKENS)?;
        let cosines: Vec<f32> = self.vectors.chunks_exact(self.encoder.size()).map(|v| cosine(v, question.values())).collect();
        let range = |values: &mut dyn Iterator<Item = f32>| {
            values.fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), v| (least.min(v), most.max(v)))
        };
        let kept: Vec<usize> = (0..self.starts.len() - 1).filter(|at| keep(*at)).collect();
        let own = |at: &usize| &cosines[self.starts[*at]..self.starts[at + 1]];
        let passages = range(&mut kept.iter().map(|at| own(at)[0]));
        let sentences = range(&mut kept.iter().flat_map(|at| own(at)[1..].iter().copied()));
        Ok(Nearness { cosines, starts: &self.starts, kept, passages, sentences })
    }
}

/// What of a document is encoded: the passage, then each sentence.
fn texts(document: &Document) -> Vec<String> {
    let sentences: Vec<String> = document.sentences.iter().map(|sentence| sentence.plain.clone()).collect();
    let mut texts = vec![sentences.join(" ")];
    texts.extend(sentences);
    texts
}
