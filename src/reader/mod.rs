//! Does a passage answer a question, and which of its sentences? A small model that reads both together (a cross-encoder) on the
//! layers of the sentence encoder. It gives probabilities, and knows no thresholds and no markup.
//!
//! ```text
//! question + windows ─▶ tokens ─▶ BERT, each window by itself ─▶ a score for "none" and each sentence ─▶ Reading
//! ```
//! The model that ships is `config/reader.safetensors`: the difference to all-MiniLM-L6-v2, as `scripts/train-reader` made it
//! from 14 communities' posts and three public collections. [`Reader::load_cross_encoder`] takes another one.
//!
//! A reading depends on nothing but the question, the window and the model: not on threads, nor on what else is read.

mod cross_encoder;
mod heads;
mod model;
mod weights;
mod window;

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::search::{Encoder, WeightsId};

use cross_encoder::CrossEncoder;
use heads::SentenceReader;
pub use window::context;

/// What is read at once: some neighbouring sentences of a passage. [`Reader::around`] tells how many fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// What stands above them, as [`context`] writes it; may be empty.
    pub context: String,
    /// The sentences, in order. One that doesn't fit any more is cut, and those behind it aren't read.
    pub sentences: Vec<String>,
}

/// What the reader makes of a question and a window. The probabilities of none and of all sentences add up to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Probability that no sentence answers.
    pub none: f32,
    /// Probability of each sentence of the window to be the one that answers; 0 where it wasn't read.
    pub sentences: Vec<f32>,
    /// Log-odds that some sentence answers: the logarithm of the sentences' sum over none, -30 to 30. It isn't calibrated.
    pub margin: f32,
}

/// Why a reader can't be loaded, or can't read.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// It was trained on another encoder.
    #[error(
        "the reader goes with another encoder than the one in {}: it needs model.safetensors with the SHA-256 {wanted}, and this \
         one's is {found}; `scripts/fetch-encoder` brings the right one, or name a CrossEncoder's folder in search.reader",
        folder.display()
    )]
    OtherBase {
        /// The encoder's folder.
        folder: PathBuf,
        /// The SHA-256 that the reader names.
        wanted: String,
        /// The SHA-256 of the encoder's weights.
        found: String,
    },
    /// A file of the model can't be read.
    #[error("the reader's {} can't be read ({cause})", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A file of the model holds something else than it should.
    #[error("the reader's {} can't be used: {message}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong in it.
        message: String,
    },
    /// The model gave no numbers.
    #[error("the reader failed: {0}")]
    Failed(String),
}

impl ReaderError {
    fn malformed(file: &Path, message: impl ToString) -> Self {
        Self::Malformed { file: file.to_owned(), message: message.to_string() }
    }
}

/// Reads questions and passages together.
pub struct Reader {
    kind: Kind,
    weights: WeightsId,
}

enum Kind {
    /// Scores each sentence.
    Sentences(SentenceReader),
    /// Scores a text as a whole.
    Texts(CrossEncoder),
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Sentences(_) => "of sentences",
            Kind::Texts(_) => "of texts",
        };
        write!(f, "Reader({kind})")
    }
}

impl Reader {
    /// The reader that ships, on top of its encoder.
    ///
    /// # Errors
    /// See [`Self::load`].
    pub fn built_in(encoder: &Encoder) -> Result<Self, ReaderError> {
        Self::load(encoder, weights::BUILT_IN)
    }

    /// Weights as `scripts/train-reader` writes them, on top of the encoder that they were trained on.
    ///
    /// # Errors
    /// [`ReaderError::OtherBase`] for another encoder; else where a file can't be read or holds something else.
    pub fn load(encoder: &Encoder, weights: &[u8]) -> Result<Self, ReaderError> {
        Ok(Self { kind: Kind::Sentences(SentenceReader::load(encoder, weights)?), weights: WeightsId::of(weights) })
    }

    /// A CrossEncoder's folder as sentence-transformers writes it: a BERT with one label
    /// (<https://sbert.net/docs/package_reference/cross_encoder/cross_encoder.html>).
    ///
    /// It scores a text, not its sentences: the whole window gives [`Reading::margin`], and each sentence alone, with the
    /// window's context, its share in what isn't none. Alone rather than in turn left out: a sentence that answers does so with
    /// what stands above it mostly, and costs a tenth of the window to read.
    ///
    /// # Errors
    /// [`ReaderError`] where a file is missing, is no such file, or is of a model with several labels.
    pub fn load_cross_encoder(folder: &Path) -> Result<Self, ReaderError> {
        let (reader, weights) = CrossEncoder::load(folder)?;
        Ok(Self { kind: Kind::Texts(reader), weights })
    }

    /// Which weights it has: those of the file that it was loaded from, a CrossEncoder's `model.safetensors`.
    pub fn weights(&self) -> WeightsId {
        self.weights
    }

    /// The sentences around one of a passage's that fit into a window with it: the following rather than the preceding ones.
    ///
    /// # Panics
    /// Where there is no sentence `centre`.
    pub fn around(&self, question: &str, context: &str, sentences: &[&str], centre: usize) -> Range<usize> {
        let (room, lengths) = match &self.kind {
            Kind::Sentences(reader) => (reader.room(question, context), reader.lengths(sentences)),
            Kind::Texts(reader) => (reader.room(question, context), reader.lengths(sentences)),
        };
        window::around(centre, &lengths, room)
    }

    /// What it makes of each window, in their order.
    ///
    /// # Errors
    /// [`ReaderError::Failed`] where the model gives something else than numbers.
    pub fn read(&self, question: &str, windows: &[Window]) -> Result<Vec<Reading>, ReaderError> {
        match &self.kind {
            Kind::Sentences(reader) => reader.read(question, windows),
            Kind::Texts(reader) => reader.read(question, windows),
        }
    }
}

/// Beyond it nothing is left of one side in an f32.
const MOST_MARGIN: f32 = 30.0;

impl Reading {
    /// From scores: log-probabilities up to a constant.
    fn of(none: f32, sentences: &[f32]) -> Result<Self, ReaderError> {
        let some = log_sum(sentences.iter().copied());
        let all = log_sum([none, some]);
        let reading = Self {
            none: (none - all).exp(),
            sentences: sentences.iter().map(|score| (score - all).exp()).collect(),
            margin: (some - none).clamp(-MOST_MARGIN, MOST_MARGIN),
        };
        match reading.none.is_finite() && !reading.margin.is_nan() {
            true => Ok(reading),
            false => Err(ReaderError::Failed("its weights give no numbers; the file is damaged".to_owned())),
        }
    }
}

/// log Σ exp, without overflow; -∞ of nothing.
fn log_sum(scores: impl IntoIterator<Item = f32> + Clone) -> f32 {
    let most = scores.clone().into_iter().fold(f32::NEG_INFINITY, f32::max);
    match most.is_finite() {
        true => most + scores.into_iter().map(|score| (score - most).exp()).sum::<f32>().ln(),
        false => most,
    }
}
