//! Blocks → passages: the units that are searched and quoted from.
//!
//! What other values of the numbers here do to answers, `scripts/sensitivity` measures: see `docs/figures.md`.

use std::ops::Range;

use super::markdown::{Block, BlockKind};
use super::sentence::Sentence;

/// Index of a post in [`Corpus::posts`](super::Corpus::posts).
pub type PostId = usize;

/// A place in a post's source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which post.
    pub post: PostId,
    /// First and last line in the source file, counted from 1.
    pub lines: (usize, usize),
}

/// What a passage is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassageKind {
    /// The title, author and date lines at the top of a post.
    FrontMatter,
    /// Running text, with the lists, tables and code it introduces.
    Body,
}

/// A paragraph, or a list, table or code fence with the sentence that leads into it.
#[derive(Clone, Debug)]
pub struct Passage {
    /// The post it stands in; the newest one where it is repeated.
    pub post: PostId,
    /// What it is made of.
    pub kind: PassageKind,
    /// Headings above it, outermost first, as plain text.
    pub section: Vec<String>,
    /// Bytes of the post's text.
    pub span: Range<usize>,
    /// First and last line in the source file, counted from 1.
    pub lines: (usize, usize),
    /// Its sentences, list items, table rows and code lines, in order.
    pub sentences: Vec<Sentence>,
    /// Where else the same text stands (closing paragraphs repeat from post to post).
    pub repeats: Vec<Place>,
}

/// A paragraph shorter than this is a label to what follows it, not a passage by itself.
const LABEL_BYTES: usize = 60;
/// A lead-in longer than this that does not end in a colon stands by itself.
const LEAD_IN_BYTES: usize = 240;
/// Joining stops here; a single block is never cut.
const PASSAGE_BYTES: usize = 2_500;

/// Groups the blocks of one post, in order: a block for each passage. What states nothing is none.
pub(super) fn group(text: &str, blocks: Vec<Block>) -> Vec<Block> {
    let mut passages: Vec<Block> = Vec::new();
    for block in blocks {
        match passages.last_mut() {
            Some(last) if belongs(text, last, &block) => {
                last.span.end = block.span.end;
                last.kind = block.kind;
                last.sentences.extend(block.sentences);
            }
            _ => passages.push(block),
        }
    }
    passages.retain(|passage| passage.sentences.iter().any(Sentence::is_statement));
    passages
}

fn belongs(text: &str, last: &Block, next: &Block) -> bool {
    if last.section != next.section || next.span.end - last.span.start > PASSAGE_BYTES {
        return false;
    }
    let before = text[last.span.clone()].trim_end_matches(['*', '_', ' ']);
    let announces = last.sentences.last().is_some_and(|sentence| sentence.plain.ends_with(':'));
    let leads_in = last.kind == BlockKind::Paragraph && (announces || before.len() < LEAD_IN_BYTES);
    match next.kind {
        BlockKind::Paragraph => before.len() < LABEL_BYTES && last.kind == BlockKind::Paragraph,
        BlockKind::List | BlockKind::Table | BlockKind::Code => leads_in,
    }
}
