//! A community's site as it stands in its repository → the sources that its posts are read from.

mod address;
mod detect;
pub mod git;
mod infer;
mod look;
mod slug;
mod source;

pub use address::PLACEHOLDERS;
pub use detect::Site;
pub use look::{Found, look};
pub use source::{Engine, Rule, Source};

pub(crate) use address::{Facts, address, shown_day};
pub(crate) use infer::speak_of;
