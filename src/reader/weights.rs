//! The shipped file: what is different from the encoder's layers, and the heads.
//!
//! A safetensors file (<https://github.com/huggingface/safetensors>). Its metadata says `format`, and names the base by the
//! SHA-256 of its `model.safetensors`. Of each matrix `NAME` of the base it holds `NAME.delta` as int8 with `NAME.scale`, a
//! number for each row; of each vector `NAME.delta` as f16; `heads.…` are whole, as f16.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use safetensors::tensor::{Metadata, TensorView};

use super::ReaderError;
use crate::search::Encoder;
use crate::search::tensors::{self, Tensor, Tensors};

/// The reader that ships with mynah.
pub(super) const BUILT_IN: &[u8] = include_bytes!("../../config/reader.safetensors");

/// What the metadata's `format` must be.
const FORMAT: &str = "mynah-reader-1";
/// Where errors in the weights are told to be: they are handed over as bytes.
const NAME: &str = "reader.safetensors";

/// The table of its words' embeddings.
const EMBEDDINGS: &str = "embeddings.word_embeddings.weight";

/// The base's tensors with the differences added, and the heads.
pub(super) fn load(weights: &[u8], encoder: &Encoder) -> Result<Tensors, ReaderError> {
    let malformed = |message: String| ReaderError::malformed(Path::new(NAME), message);
    let (_, header) = SafeTensors::read_metadata(weights).map_err(|error| malformed(error.to_string()))?;
    let said = |key: &str| header.metadata().as_ref().and_then(|said| said.get(key)).map(String::as_str);
    if said("format") != Some(FORMAT) {
        return Err(malformed(format!("it is no {FORMAT}, which scripts/train-reader writes")));
    }
    let wanted = said("base_sha256").ok_or_else(|| malformed("it names no base".to_owned()))?;
    let found = encoder.weights().to_string();
    if found != wanted {
        return Err(ReaderError::OtherBase { folder: encoder.folder().to_owned(), wanted: wanted.to_owned(), found });
    }
    let mut tensors = base(encoder)?;
    let learnt = SafeTensors::deserialize(weights).map_err(|error| malformed(error.to_string()))?;
    add(&learnt, &mut tensors).map_err(malformed)?;
    Ok(tensors)
}

/// The encoder's tensors, read one after the other. Its words' embeddings, half of the file, are shared with it.
fn base(encoder: &Encoder) -> Result<Tensors, ReaderError> {
    let file = encoder.folder().join("model.safetensors");
    let unreadable = |cause| ReaderError::Unreadable { file: file.clone(), cause };
    let malformed = |message: String| ReaderError::malformed(&file, message);
    let mut source = BufReader::new(File::open(&file).map_err(unreadable)?);
    let mut next = |count: usize| {
        let mut bytes = vec![0; count];
        source.read_exact(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    };
    let size: [u8; 8] = next(8)?.try_into().unwrap_or_default();
    // The encoder has read it: it is no longer than the file.
    let count = usize::try_from(u64::from_le_bytes(size)).map_err(|error| malformed(error.to_string()))?;
    let header: Metadata = serde_json::from_slice(&next(count)?).map_err(|error| malformed(error.to_string()))?;
    let mut tensors = Tensors::new();
    for name in header.offset_keys() {
        let Some(info) = header.info(&name) else { continue };
        let bytes = next(info.data_offsets.1 - info.data_offsets.0)?;
        let name = plain(&name);
        if name == EMBEDDINGS {
            tensors.insert(name.to_owned(), encoder.bert().embeddings().clone());
            continue;
        }
        let view = TensorView::new(info.dtype, info.shape.clone(), &bytes).map_err(|error| malformed(error.to_string()))?;
        if let Some(tensor) = Tensor::of_floats(&view) {
            tensors.insert(name.to_owned(), tensor);
        }
    }
    Ok(tensors)
}

/// A tensor's name without the `bert.` that some have in front.
fn plain(name: &str) -> &str {
    name.strip_prefix("bert.").unwrap_or(name)
}

/// All tensors of a file, under their plain names.
pub(super) fn tensors(bytes: &[u8]) -> Result<Tensors, String> {
    let all = tensors::read(bytes).map_err(|error| error.to_string())?;
    Ok(all.into_iter().map(|(name, tensor)| (plain(&name).to_owned(), tensor)).collect())
}

fn add(learnt: &SafeTensors<'_>, tensors: &mut Tensors) -> Result<(), String> {
    for (name, view) in learnt.iter() {
        if name.starts_with("heads.") {
            let head = Tensor::of_floats(&view).ok_or_else(|| unknown(&view))?;
            tensors.insert(name.to_owned(), head);
        } else if let Some(of) = name.strip_suffix(".delta") {
            let base = tensors.get(of).ok_or_else(|| format!("the base has no tensor {of}"))?;
            if base.shape() != view.shape() {
                return Err(format!("{name} has the shape {:?}, and the base's is {:?}", view.shape(), base.shape()));
            }
            let mut delta = numbers(&view)?;
            if let [rows, columns] = *view.shape() {
                let scale = learnt.tensor(&format!("{of}.scale")).map_err(|error| error.to_string())?;
                let scale = numbers(&scale)?;
                if scale.len() != rows || columns == 0 {
                    return Err(format!("{of}.scale has {} numbers for {rows} rows", scale.len()));
                }
                for (row, scale) in delta.chunks_exact_mut(columns).zip(scale) {
                    row.iter_mut().for_each(|value| *value *= scale);
                }
            }
            let sum = Tensor::new(view.shape().to_vec(), base.values().iter().zip(delta).map(|(base, delta)| base + delta));
            tensors.insert(of.to_owned(), sum);
        }
    }
    Ok(())
}

fn numbers(view: &TensorView<'_>) -> Result<Vec<f32>, String> {
    tensors::numbers(view).ok_or_else(|| unknown(view))
}

fn unknown(view: &TensorView<'_>) -> String {
    format!("it holds numbers of the type {:?}", view.dtype())
}

/// The file of a model's folder.
pub(super) fn file(folder: &Path, name: &str) -> Result<(PathBuf, Vec<u8>), ReaderError> {
    let file = folder.join(name);
    match fs::read(&file) {
        Ok(bytes) => Ok((file, bytes)),
        Err(cause) => Err(ReaderError::Unreadable { file, cause }),
    }
}
