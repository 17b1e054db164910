//! Vectors kept on disk, by text and model, so that each text is encoded once.
//!
//! One file a model: a header, then blocks. A block tells how many entries it has, then a digest and a vector for each, then a
//! checksum. Blocks are added while texts are encoded: what is done when a process ends is there at the next start. From the
//! first block on that is cut short or damaged the file is as good as none: those texts are encoded anew.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::encoder::Encoder;
use mynah_kernels::fixed::Fixed;

const MAGIC: &[u8; 16] = b"mynah vectors 2\n";
/// How files of version 0.1 began: with other numbers in them, and no blocks.
const OLD_MAGIC: &[u8; 16] = b"mynah vectors 1\n";
const DIGEST_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 32;
const COUNT_BYTES: usize = 4;

/// What a text is known by in the file: the beginning of its SHA-256.
pub(super) type TextId = [u8; DIGEST_BYTES];

pub(super) fn text_id(text: &str) -> TextId {
    let whole: [u8; 32] = Sha256::digest(text).into();
    std::array::from_fn(|at| whole[at])
}

/// The vectors of some texts by one model, and the file that keeps them with those of others.
pub(super) struct Store {
    /// None where nothing is kept.
    file: Option<PathBuf>,
    header: Vec<u8>,
    size: usize,
    rows: HashMap<TextId, u32>,
    values: Vec<Fixed>,
    /// Entries in the file, those of other texts too.
    kept: usize,
}

impl Store {
    /// What the folder holds of the encoder's vectors of these texts; nothing where that can't be used, which is logged.
    pub(super) fn open(folder: Option<&Path>, encoder: &Encoder, wanted: &[TextId]) -> Self {
        let size = encoder.size();
        let mut store = Self {
            file: folder.map(|folder| folder.join(format!("{}.vectors", encoder.id()))),
            header: [MAGIC.as_slice(), &encoder.id().0, &(size as u64).to_le_bytes()].concat(),
            size,
            rows: HashMap::new(),
            values: Vec::new(),
            kept: 0,
        };
        let Some(file) = store.file.clone() else { return store };
        match File::open(&file) {
            Ok(opened) => {
                if let Err(error) = store.read(&opened, &file, &wanted.iter().collect()) {
                    tracing::warn!(?file, %error, "the cache of vectors can't be read: encoding anew");
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(?file, %error, "the cache of vectors can't be read: encoding anew"),
        }
        store
    }

    /// Where a text's vector stands among all, counted in vectors.
    pub(super) fn row(&self, id: &TextId) -> Option<u32> {
        self.rows.get(id).copied()
    }

    /// All vectors, one after the other.
    pub(super) fn into_values(self) -> Vec<Fixed> {
        let mut values = self.values;
        values.shrink_to_fit();
        values
    }

    fn insert(&mut self, id: TextId, vector: impl Iterator<Item = Fixed>) {
        let next = self.rows.len() as u32;
        if let Entry::Vacant(free) = self.rows.entry(id) {
            free.insert(next);
            self.values.extend(vector);
        }
    }

    /// Takes what is wanted of a file, and cuts off what is damaged.
    fn read(&mut self, opened: &File, file: &Path, wanted: &HashSet<&TextId>) -> io::Result<()> {
        // Another process may be adding a block. Where files can't be locked, the checksum tells.
        let _ = opened.lock_shared();
        let mut reader = BufReader::new(opened);
        let mut header = vec![0; self.header.len()];
        let found = read_up_to(&mut reader, &mut header)?;
        if header[..found].starts_with(OLD_MAGIC) {
            tracing::info!(?file, "the cache of vectors is of an older version: encoding anew");
            return fs::remove_file(file);
        }
        let mut whole = if header == self.header { header.len() as u64 } else { 0 };
        while whole > 0 {
            match self.block(&mut reader)? {
                Block::Entries(bytes) => {
                    whole += (COUNT_BYTES + bytes.len() + CHECKSUM_BYTES) as u64;
                    self.take(&bytes, wanted);
                }
                Block::End => return Ok(()),
                Block::Damaged => break,
            }
        }
        tracing::warn!(?file, "the cache of vectors is damaged: what it lacks is encoded anew");
        if whole == 0 { fs::remove_file(file) } else { OpenOptions::new().write(true).open(file)?.set_len(whole) }
    }

    /// The next block's entries.
    fn block(&self, reader: &mut impl Read) -> io::Result<Block> {
        let mut count = [0; COUNT_BYTES];
        match read_up_to(reader, &mut count)? {
            0 => return Ok(Block::End),
            COUNT_BYTES => {}
            _ => return Ok(Block::Damaged),
        }
        let entries = u32::from_le_bytes(count) as usize;
        if entries > MOST_IN_BLOCK {
            return Ok(Block::Damaged);
        }
        let mut bytes = vec![0; entries * self.entry_bytes() + CHECKSUM_BYTES];
        if read_up_to(reader, &mut bytes)? < bytes.len() {
            return Ok(Block::Damaged);
        }
        let checksum = bytes.split_off(entries * self.entry_bytes());
        let right = Sha256::new().chain_update(count).chain_update(&bytes).finalize();
        Ok(if right.as_slice() == checksum { Block::Entries(bytes) } else { Block::Damaged })
    }

    fn entry_bytes(&self) -> usize {
        DIGEST_BYTES + size_of::<Fixed>() * self.size
    }

    fn take(&mut self, entries: &[u8], wanted: &HashSet<&TextId>) {
        for entry in entries.chunks_exact(self.entry_bytes()) {
            self.kept += 1;
            if let Some((id, values)) = entry.split_first_chunk::<DIGEST_BYTES>()
                && wanted.contains(id)
            {
                self.insert(*id, values.as_chunks().0.iter().map(|bytes| Fixed::from_le_bytes(*bytes)));
            }
        }
    }

    /// Takes new vectors, and adds them to the file. A file that can't be written is logged, and no reason not to answer.
    pub(super) fn add(&mut self, new: Vec<(TextId, Vec<Fixed>)>) {
        let ids: Vec<TextId> = new.iter().map(|(id, _)| *id).collect();
        for (id, vector) in new {
            self.insert(id, vector.into_iter());
        }
        self.kept += ids.len();
        let Some(file) = &self.file else { return };
        if let Err(error) = self.append(file, &self.blocks(&ids)) {
            tracing::warn!(?file, %error, "the cache of vectors can't be written: the next start encodes anew");
            // Once is enough.
            self.file = None;
        }
    }

    fn append(&self, file: &Path, blocks: &[u8]) -> io::Result<()> {
        fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
        let mut file = OpenOptions::new().create(true).append(true).open(file)?;
        let _ = file.lock();
        if file.metadata()?.len() == 0 {
            file.write_all(&self.header)?;
        }
        file.write_all(blocks)?;
        file.sync_data()
    }

    fn blocks(&self, ids: &[TextId]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for ids in ids.chunks(MOST_IN_BLOCK) {
            let from = bytes.len();
            bytes.extend_from_slice(&(ids.len() as u32).to_le_bytes());
            for id in ids {
                bytes.extend_from_slice(id);
                let values = &self.values[self.rows[id] as usize * self.size..][..self.size];
                bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            }
            let checksum = Sha256::digest(&bytes[from..]);
            bytes.extend_from_slice(&checksum);
        }
        bytes
    }

    /// Drops vectors of other texts from the file where they outnumber those that are used: other posts may be searched in turn.
    pub(super) fn tidy(&self) {
        let Some(file) = self.file.as_ref().filter(|_| self.kept > 2 * self.rows.len() + SPARE) else { return };
        let mut ids: Vec<TextId> = self.rows.keys().copied().collect();
        ids.sort_unstable_by_key(|id| self.rows[id]);
        if let Err(error) = self.replace(file, &self.blocks(&ids)) {
            tracing::warn!(?file, %error, "the cache of vectors can't be made smaller");
        }
    }

    /// In whole or not at all.
    fn replace(&self, file: &Path, blocks: &[u8]) -> io::Result<()> {
        let mut beside = NamedTempFile::new_in(file.parent().unwrap_or(Path::new(".")))?;
        beside.write_all(&self.header)?;
        beside.write_all(blocks)?;
        beside.as_file().sync_all()?;
        beside.persist(file)?;
        Ok(())
    }
}

/// What stands next in a file.
enum Block {
    Entries(Vec<u8>),
    End,
    Damaged,
}

/// Entries of a block: more are several.
const MOST_IN_BLOCK: usize = 1 << 12;
/// Vectors that are always kept, used or not: some 200 MB, of a large community's posts that others are searched in turn with.
const SPARE: usize = 250_000;

/// Fills the buffer, or as much of it as there is.
fn read_up_to(reader: &mut impl Read, mut buffer: &mut [u8]) -> io::Result<usize> {
    let mut all = 0;
    while !buffer.is_empty() {
        match reader.read(buffer) {
            Ok(0) => break,
            Ok(count) => {
                all += count;
                buffer = &mut buffer[count..];
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(all)
}
