//! A community's site as it stands in its repository → the sources that its posts are read from.

mod address;
pub mod git;
mod slug;
mod source;

pub use address::PLACEHOLDERS;
pub use source::{Engine, Source};

pub(crate) use address::{Facts, address};
