//! Text → vector: a sentence-transformers BERT, in pure Rust.
//!
//! The folder is laid out as sentence-transformers writes it (<https://sbert.net/docs/package_reference/sentence_transformer/models.html>):
//! `config.json`, `tokenizer.json`, `model.safetensors` and `1_Pooling/config.json`. It reads texts up to the model's
//! `max_position_embeddings` (512 tokens), not sentence-transformers' shorter default: long passages rank better so.
//! A text's vector depends on nothing but the text and the model, whatever is encoded together with it.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mynah_kernels::fixed::{self, Fixed};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokenizers::{Tokenizer, TruncationParams};

use super::bert::{Bert, BertConfig, States, Tokens};
use super::tensors;
use super::weights_id::WeightsId;

/// A text's meaning: a vector of length 1, so that the product of two is their cosine.
#[derive(Clone, Debug, PartialEq)]
pub struct Vector(Box<[f32]>);

impl Vector {
    /// The cosine of two vectors of one model, -1 to 1.
    pub fn cosine(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }

    /// Values that are of length 1 already.
    pub(super) fn of(values: impl Iterator<Item = f32>) -> Self {
        Self(values.collect())
    }

    /// Its numbers.
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// It rounded to 16 bits a number, little-endian, for keeping it; cosines change by less than 1e-4.
    pub fn to_bytes(&self) -> Vec<u8> {
        fixed::rounded(&self.0).flat_map(Fixed::to_le_bytes).collect()
    }

    /// What [`Self::to_bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let values: Vec<f32> = bytes.chunks_exact(2).map(|two| f32::from(Fixed::from_le_bytes([two[0], two[1]]))).collect();
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        Self::of(values.into_iter().map(|value| value / length))
    }
}

/// Which model made a vector: the SHA-256 of all its files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ModelId(pub(super) [u8; 32]);

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(8).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelId({self})")
    }
}

/// Why a folder can't be used as an encoder, or a text can't be encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    /// There is no such folder.
    #[error("there is no encoder in {}: `scripts/fetch-encoder` brings one, or set search.encoder", .0.display())]
    NoFolder(PathBuf),
    /// A file of the model can't be read.
    #[error("the encoder's {} can't be read ({cause}): `scripts/fetch-encoder` brings it anew", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A file of the model holds something else than it should.
    #[error("the encoder's {} can't be used: {message}", file.display())]
    Malformed {
        /// The file.
        file: PathBuf,
        /// What is wrong in it.
        message: String,
    },
    /// The model and a text gave no vector.
    #[error("the encoder in {} failed: {message}", folder.display())]
    Failed {
        /// The model's folder.
        folder: PathBuf,
        /// What went wrong.
        message: String,
    },
}

/// How the vectors of a text's tokens become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pooling {
    /// Their mean.
    Mean,
    /// The first one's.
    FirstToken,
}

/// A sentence encoder.
pub struct Encoder {
    folder: PathBuf,
    id: ModelId,
    weights: WeightsId,
    tokenizer: Tokenizer,
    model: Bert,
    pooling: Pooling,
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("folder", &self.folder).field("id", &self.id).finish_non_exhaustive()
    }
}

impl Encoder {
    /// Loads the model of a folder, or of a hub's cache folder (`models--…` with `snapshots`).
    ///
    /// # Errors
    /// [`EncoderError`] where a file is missing, is no such file, or holds tensors of another shape than `config.json` says.
    pub fn load(folder: &Path) -> Result<Self, EncoderError> {
        let folder = snapshot(folder)?;
        let mut files = Files { folder: &folder, hash: Sha256::new() };
        let config: BertConfig = files.json("config.json")?;
        let pooling = files.json::<PoolingFile>("1_Pooling/config.json")?.pooling(&folder)?;
        let tokenizer = files.tokenizer("tokenizer.json", config.max_position_embeddings)?;
        let weights = files.read("model.safetensors")?;
        let (id, weights_id) = (ModelId(files.hash.finalize().into()), WeightsId::of(&weights));
        let malformed = |message: String| malformed(&folder, "model.safetensors", message);
        let tokens = tokenizer.get_vocab_size(true);
        if tokens > config.vocab_size {
            return Err(malformed(format!("tokenizer.json has {tokens} tokens, and the model only {}", config.vocab_size)));
        }
        let tensors = tensors::read(&weights).map_err(|error| malformed(error.to_string()))?;
        drop(weights);
        let model = Bert::load(&tensors, config).map_err(|error| malformed(error.to_string()))?;
        let encoder = Self { id, weights: weights_id, tokenizer, model, pooling, folder: folder.clone() };
        // Weights that are no numbers show at once.
        encoder.encode("a first text")?;
        Ok(encoder)
    }

    /// Which model this is.
    pub fn id(&self) -> ModelId {
        self.id
    }

    /// Which weights it has: those of its `model.safetensors`.
    pub fn weights(&self) -> WeightsId {
        self.weights
    }

    /// Where it was loaded from.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its model.
    pub fn bert(&self) -> &Bert {
        &self.model
    }

    /// Whether it knows a lower-case word whole, rather than in pieces.
    pub fn knows(&self, word: &str) -> bool {
        self.tokenizer.token_to_id(word).is_some()
    }

    /// Numbers in a vector.
    pub fn size(&self) -> usize {
        self.model.config().hidden_size
    }

    /// The vector of a text; what is beyond the model's longest text (mostly 512 tokens) is not read.
    ///
    /// # Errors
    /// [`EncoderError::Failed`] where the model gives something else than numbers.
    pub fn encode(&self, text: &str) -> Result<Vector, EncoderError> {
        self.encode_beginning(text, usize::MAX)
    }

    /// The vector of a text's first words, `most` tokens of them with the two that mark its ends: the time grows with the
    /// tokens.
    ///
    /// # Errors
    /// See [`Self::encode`].
    pub fn encode_beginning(&self, text: &str, most: usize) -> Result<Vector, EncoderError> {
        let mut tokens = self.tokens(text)?;
        if let (true, Some(&end)) = (tokens.len() > most, tokens.last()) {
            tokens.truncate(most.max(1) - 1);
            tokens.push(end);
        }
        self.vector(&self.states(&[&tokens])?, 0)
    }

    /// The vectors of texts that are given as tokens, one for each, the same as of each by itself: together takes less time.
    ///
    /// # Errors
    /// See [`Self::encode`].
    pub(super) fn encode_together(&self, texts: &[&[u32]]) -> Result<Vec<Vector>, EncoderError> {
        let states = self.states(texts)?;
        (0..texts.len()).map(|text| self.vector(&states, text)).collect()
    }

    /// A text's tokens, as far as the model reads it.
    pub(super) fn tokens(&self, text: &str) -> Result<Vec<u32>, EncoderError> {
        let encoding = self.tokenizer.encode_fast(text, true).map_err(|error| self.failed(error.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }

    fn states(&self, texts: &[&[u32]]) -> Result<States, EncoderError> {
        let texts: Vec<Tokens<'_>> = texts.iter().map(|ids| Tokens { ids, types: &[] }).collect();
        self.model.forward(&texts).map_err(|error| self.failed(error.to_string()))
    }

    fn vector(&self, states: &States, text: usize) -> Result<Vector, EncoderError> {
        let mut states = states.of(text);
        let count = states.len() as f32;
        let mut values = states.next().unwrap_or_default().to_vec();
        if self.pooling == Pooling::Mean {
            for state in states {
                values.iter_mut().zip(state).for_each(|(value, more)| *value += more);
            }
            values.iter_mut().for_each(|value| *value /= count);
        }
        let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
        if !length.is_finite() || length == 0.0 {
            return Err(self.failed("its weights give no numbers; the file is damaged".to_owned()));
        }
        Ok(Vector::of(values.into_iter().map(|v| v / length)))
    }

    fn failed(&self, message: String) -> EncoderError {
        EncoderError::Failed { folder: self.folder.clone(), message }
    }
}

/// The newest model of a hub's cache folder (<https://huggingface.co/docs/huggingface_hub/guides/manage-cache>), or the folder.
fn snapshot(folder: &Path) -> Result<PathBuf, EncoderError> {
    if !folder.is_dir() {
        return Err(EncoderError::NoFolder(folder.to_owned()));
    }
    let reference = fs::read_to_string(folder.join("refs/main")).unwrap_or_default();
    let snapshot = folder.join("snapshots").join(reference.trim());
    Ok(if !reference.is_empty() && snapshot.is_dir() { snapshot } else { folder.to_owned() })
}

/// The files of a model, hashed as they are read.
struct Files<'a> {
    folder: &'a Path,
    hash: Sha256,
}

impl Files<'_> {
    fn read(&mut self, name: &str) -> Result<Vec<u8>, EncoderError> {
        let file = self.folder.join(name);
        let bytes = fs::read(&file).map_err(|cause| EncoderError::Unreadable { file, cause })?;
        self.hash.update(name);
        self.hash.update((bytes.len() as u64).to_le_bytes());
        self.hash.update(&bytes);
        Ok(bytes)
    }

    fn json<T: for<'a> Deserialize<'a>>(&mut self, name: &str) -> Result<T, EncoderError> {
        let bytes = self.read(name)?;
        serde_json::from_slice(&bytes).map_err(|error| malformed(self.folder, name, error.to_string()))
    }

    /// A tokenizer that cuts texts at `longest` tokens and fills none up.
    fn tokenizer(&mut self, name: &str, longest: usize) -> Result<Tokenizer, EncoderError> {
        let bytes = self.read(name)?;
        let load = || {
            let mut tokenizer = Tokenizer::from_bytes(&bytes)?;
            tokenizer.with_padding(None);
            tokenizer.with_truncation(Some(TruncationParams { max_length: longest, ..TruncationParams::default() }))?;
            Ok(tokenizer)
        };
        load().map_err(|error: tokenizers::Error| malformed(self.folder, name, error.to_string()))
    }
}

fn malformed(folder: &Path, name: &str, message: String) -> EncoderError {
    EncoderError::Malformed { file: folder.join(name), message }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PoolingFile {
    pooling_mode_cls_token: bool,
    pooling_mode_mean_tokens: bool,
    pooling_mode_max_tokens: bool,
    pooling_mode_mean_sqrt_len_tokens: bool,
}

impl PoolingFile {
    fn pooling(&self, folder: &Path) -> Result<Pooling, EncoderError> {
        let other = self.pooling_mode_max_tokens || self.pooling_mode_mean_sqrt_len_tokens;
        match (self.pooling_mode_mean_tokens, self.pooling_mode_cls_token, other) {
            (true, false, false) => Ok(Pooling::Mean),
            (false, true, false) => Ok(Pooling::FirstToken),
            _ => {
                Err(malformed(folder, "1_Pooling/config.json", "only pooling by mean or by the first token is known".to_owned()))
            }
        }
    }
}
