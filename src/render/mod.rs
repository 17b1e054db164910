//! [`Answer`] → text. One layout in mynah's few own words; plain text, terminal text and Matrix HTML are ways to write it down.

mod block;
mod html;
mod json;
mod layout;
mod plain;
mod quotation;
mod short;
mod terminal;
mod why;

pub use block::{Block, Span};
pub use html::html;
#[cfg(feature = "web")]
pub(crate) use html::is_link;
pub use json::{AnswerJson, CitationJson};
pub use layout::{layout, quotes};
pub use plain::{plain, plain_blocks};
pub use quotation::passage;
pub use short::{Shape, quote, quoted_first, short};
pub use terminal::terminal;
pub use why::why;

use jiff::civil::Date;

/// A day as people write it: `8 Nov 2021`.
pub fn day(date: Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

#[cfg(doc)]
use crate::answer::Answer;
