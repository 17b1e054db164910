//! Vectors kept on disk, by text and model, so that each text is encoded once.
//!
//! One file a model: a header, then a digest and a vector for each text, then a checksum over all before it. A file that is
//! cut short, damaged or of another model is as good as none: its texts are encoded anew.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::encoder::{Encoder, Vector};

const MAGIC: &[u8; 16] = b"mynah vectors 1\n";
const DIGEST_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 32;

/// What a text is known by in the file: the beginning of its SHA-256.
pub(super) type TextId = [u8; DIGEST_BYTES];

pub(super) fn text_id(text: &str) -> TextId {
    let whole: [u8; 32] = Sha256::digest(text).into();
    std::array::from_fn(|at| whole[at])
}

/// The vectors of one model.
pub(super) struct Store {
    /// None where nothing is kept.
    file: Option<PathBuf>,
    header: Vec<u8>,
    pub(super) vectors: HashMap<TextId, Vector>,
}

impl Store {
    /// What the folder holds of the encoder's vectors; nothing where that can't be used, which is logged.
    pub(super) fn open(folder: Option<&Path>, encoder: &Encoder) -> Self {
        let file = folder.map(|folder| folder.join(format!("{}.vectors", encoder.id())));
        let size = encoder.size();
        let header = [MAGIC.as_slice(), &encoder.id().0, &(size as u64).to_le_bytes()].concat();
        let vectors = match file.as_ref().map(fs::read) {
            Some(Ok(bytes)) => vectors(&bytes, &header, size).unwrap_or_else(|| {
                tracing::warn!(?file, "the cache of vectors is damaged: encoding anew");
                HashMap::new()
            }),
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(?file, %error, "the cache of vectors can't be read: encoding anew");
                HashMap::new()
            }
            _ => HashMap::new(),
        };
        Self { file, header, vectors }
    }

    /// Writes the file. Vectors of texts other than those `in_use` stay in it until they outnumber them: other posts may be
    /// searched in turn. A file that can't be written is logged, and no reason not to answer.
    pub(super) fn save(&mut self, in_use: &[TextId]) {
        let used: HashSet<&TextId> = in_use.iter().collect();
        if self.vectors.len() > 2 * used.len() + SPARE {
            self.vectors.retain(|id, _| used.contains(id));
        }
        let Some(file) = &self.file else { return };
        if let Err(error) = self.write(file) {
            tracing::warn!(?file, %error, "the cache of vectors can't be written: the next start encodes anew");
        }
    }

    /// In whole or not at all.
    fn write(&self, file: &Path) -> io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut bytes = self.header.clone();
        let mut entries: Vec<_> = self.vectors.iter().collect();
        entries.sort_unstable_by_key(|(id, _)| **id);
        for (id, vector) in entries {
            bytes.extend_from_slice(id);
            bytes.extend(vector.values().iter().flat_map(|value| value.to_le_bytes()));
        }
        let checksum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&checksum);
        let mut beside = NamedTempFile::new_in(folder)?;
        beside.write_all(&bytes)?;
        beside.as_file().sync_all()?;
        beside.persist(file)?;
        Ok(())
    }
}

/// Vectors that are always kept, used or not: some 15 MB.
const SPARE: usize = 10_000;

fn vectors(bytes: &[u8], header: &[u8], size: usize) -> Option<HashMap<TextId, Vector>> {
    let (content, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
    if Sha256::digest(content).as_slice() != checksum {
        return None;
    }
    let entries = content.strip_prefix(header)?.chunks_exact(DIGEST_BYTES + 4 * size);
    let vector = |entry: &[u8]| {
        let (id, values) = entry.split_first_chunk::<DIGEST_BYTES>()?;
        let (values, _) = values.as_chunks::<4>();
        Some((*id, Vector::of(values.iter().map(|value| f32::from_le_bytes(*value)))))
    };
    entries.remainder().is_empty().then(|| entries.map(vector).collect())?
}
