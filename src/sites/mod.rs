//! A community's site as it stands in its repository → the sources that its posts are read from.

mod detect;
pub mod git;
mod infer;
mod look;

pub use detect::Site;
pub use look::{Found, look};

pub(crate) use infer::speak_of;
