//! What texts mean, beside the words that they use: vectors of passages, of their sentences and of questions.

mod bert;
mod encoder;
mod store;
pub mod tensors;
#[cfg(test)]
mod tiny;
mod weights_id;

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rayon::prelude::*;

pub use bert::{Activation, Bert, BertConfig, BertError, ModelType, States, Tokens};
pub use encoder::{Encoder, EncoderError, ModelId, Vector};
use mynah_kernels::fixed::{self, Fixed};
use store::{Store, TextId, text_id};
#[cfg(test)]
pub(crate) use tiny::tiny_encoder;
pub use weights_id::{NoWeightsId, WeightsId};

use super::document::Document;

/// The vectors of an index's documents.
pub struct Meaning {
    encoder: Arc<Encoder>,
    /// Of different texts, one after the other.
    vectors: Vec<Fixed>,
    /// Which of them each text has: a document's passage first, then its sentences.
    rows: Vec<u32>,
    /// Where each document's begin in `rows`; one more at the end.
    starts: Vec<usize>,
}

/// Cosines with the question, -1 to 1; all 0 without an encoder.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cosines {
    /// Of the whole passage.
    pub passage: f32,
    /// Of the sentence that answers best.
    pub sentence: f32,
    /// Of the nearest sentence in all documents.
    pub nearest: f32,
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
/// Vectors that are compared with a question's on one core, some 12 MB of them, before another one helps.
const COMPARED_ALONE: usize = 16_384;
/// Texts that are encoded between two writings of the cache, some seconds: so much is lost when the process ends.
const SAVED_EVERY: usize = 500;
/// Tokens that are encoded together: measured, more don't make it faster.
const BATCH_TOKENS: usize = 256;

/// The texts of an index on their way to what they mean: step by step, so that whoever takes the steps may stop in between.
pub struct Encoding {
    encoder: Arc<Encoder>,
    store: Store,
    /// Of all texts, as in [`Meaning`].
    ids: Vec<TextId>,
    starts: Vec<usize>,
    missing: Vec<(TextId, String)>,
    done: usize,
}

impl Encoding {
    /// Documents whose texts have vectors as far as the `cache` folder holds them. A cache that can't be used is logged and no
    /// error.
    pub fn of(documents: &[Document<'_>], encoder: Arc<Encoder>, cache: Option<&Path>) -> Self {
        let mut starts = vec![0];
        let mut ids = Vec::new();
        for texts in documents.iter().map(texts_of) {
            ids.extend(texts.iter().map(|text| text_id(text)));
            starts.push(ids.len());
        }
        let store = Store::open(cache, &encoder, &ids);
        let mut named = HashSet::new();
        // Made again: to keep them until then would take as much memory as the posts.
        let texts = documents.iter().flat_map(texts_of);
        let missing = ids.iter().copied().zip(texts).filter(|(id, _)| store.row(id).is_none() && named.insert(*id)).collect();
        Self { encoder, store, ids, starts, missing, done: 0 }
    }

    /// How many texts were not in the cache.
    pub fn texts(&self) -> usize {
        self.missing.len()
    }

    /// Encodes some more texts and writes them into the cache; false where none is left. `progress` hears how many are done.
    /// Once it is `stopped`, it ends soon, and what it has done by then is kept.
    ///
    /// # Errors
    /// [`EncoderError`] where a text can't be encoded.
    pub fn step(&mut self, progress: &(dyn Fn(usize) + Sync), stopped: &(dyn Fn() -> bool + Sync)) -> Result<bool, EncoderError> {
        let some = &self.missing[self.done..self.missing.len().min(self.done + SAVED_EVERY)];
        let tokens: Vec<Vec<u32>> = some.par_iter().map(|(_, text)| self.encoder.tokens(text)).collect::<Result<_, _>>()?;
        let done = AtomicUsize::new(self.done);
        let encode = |batch: Range<usize>| {
            if stopped() {
                return Ok(Vec::new());
            }
            let together: Vec<&[u32]> = tokens[batch.clone()].iter().map(Vec::as_slice).collect();
            let vectors = self.encoder.encode_together(&together)?;
            progress(done.fetch_add(batch.len(), Ordering::Relaxed) + batch.len());
            Ok(some[batch]
                .iter()
                .zip(vectors)
                .map(|((id, _), vector)| (*id, fixed::rounded(vector.values()).collect()))
                .collect())
        };
        let new: Vec<Vec<(TextId, Vec<Fixed>)>> =
            batches(&tokens).into_par_iter().map(encode).collect::<Result<_, EncoderError>>()?;
        let new: Vec<(TextId, Vec<Fixed>)> = new.into_iter().flatten().collect();
        let whole = new.len() == some.len();
        if !new.is_empty() {
            self.store.add(new);
        }
        // What a stop left out is encoded the next time.
        self.done += if whole { some.len() } else { 0 };
        Ok(self.done < self.missing.len())
    }

    /// What the documents mean, once no text is left.
    pub fn finish(self) -> Option<Meaning> {
        let rows = self.ids.iter().map(|id| self.store.row(id)).collect::<Option<_>>()?;
        self.store.tidy();
        Some(Meaning { encoder: self.encoder, vectors: self.store.into_values(), rows, starts: self.starts })
    }
}

/// Texts one after the other, cut into batches of [`BATCH_TOKENS`], or of one longer text.
fn batches(tokens: &[Vec<u32>]) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let (mut from, mut count) = (0, 0);
    for (at, text) in tokens.iter().enumerate() {
        if at > from && count + text.len() > BATCH_TOKENS {
            batches.push(from..at);
            (from, count) = (at, 0);
        }
        count += text.len();
    }
    batches.extend((from < tokens.len()).then_some(from..tokens.len()));
    batches
}

impl Meaning {
    /// Encodes documents, but for texts that the `cache` folder has vectors of. `progress` hears how many texts of how many are
    /// done.
    ///
    /// # Errors
    /// See [`Encoding::step`].
    pub fn of(
        documents: &[Document<'_>],
        encoder: Arc<Encoder>,
        cache: Option<&Path>,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<Self, EncoderError> {
        let mut encoding = Encoding::of(documents, encoder, cache);
        let all = encoding.texts();
        while encoding.step(&|done| progress(done, all), &|| false)? {}
        Ok(encoding.finish().expect("no text is left"))
    }

    /// The encoder in use.
    pub fn encoder(&self) -> &Arc<Encoder> {
        &self.encoder
    }

    /// How near every document to `keep` is to a question.
    pub(super) fn nearness(&self, question: &str, keep: &dyn Fn(usize) -> bool) -> Result<Nearness<'_>, EncoderError> {
        let question = self.encoder.encode_beginning(question, QUESTION_TOKENS)?;
        let question: Vec<Fixed> = fixed::rounded(question.values()).collect();
        let of_vectors = cosines(&self.vectors, &question);
        let cosines: Vec<f32> = self.rows.iter().map(|row| of_vectors[*row as usize]).collect();
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

/// The cosines of vectors with a question's; where they are many, on all cores. Not on rayon's threads: those may be
/// busy with posts that are read, and no question waits for these.
fn cosines(vectors: &[Fixed], question: &[Fixed]) -> Vec<f32> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let size = question.len().max(1);
    let each = (vectors.len() / size).div_ceil(cores).max(COMPARED_ALONE);
    thread::scope(|scope| {
        let mut parts = vectors.chunks(each * size);
        let own = parts.next().unwrap_or_default();
        let others: Vec<_> = parts.map(|part| scope.spawn(move || fixed::cosines(part, question))).collect();
        let mut all = fixed::cosines(own, question);
        for other in others {
            all.extend(other.join().expect("sums of products don't panic"));
        }
        all
    })
}

/// What of a document is encoded: the passage, then each sentence.
fn texts_of(document: &Document<'_>) -> Vec<String> {
    let sentences: Vec<String> = document.sentences.iter().map(|sentence| sentence.plain.clone()).collect();
    let mut texts = vec![sentences.join(" ")];
    texts.extend(sentences);
    texts
}
