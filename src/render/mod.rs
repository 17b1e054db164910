//! [`Answer`] → text. One layout in mynah's few own words; plain and terminal text are two ways to write it down.

mod json;
mod layout;
mod markdown;
mod plain;
mod terminal;

pub use json::{AnswerJson, CitationJson};
pub use layout::{Block, Span, layout};
pub use plain::plain;
pub use terminal::terminal;

use jiff::civil::Date;

/// A day as people write it: `8 Nov 2021`.
pub fn day(date: Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

#[cfg(doc)]
use crate::answer::Answer;
