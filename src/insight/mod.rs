//! What people ask and the posts don't say: questions kept without who asked, their groups, and the digest of them.
//!
//! ```text
//! Asked ─▶ Kept ─▶ Store ─▶ Wordings ─▶ Group ─▶ Digest ─▶ blocks
//!           scrub     ▲                      └──▶ a question file, a draft of a FAQ
//!                     └── votes, what a reload answers
//! ```
//! - [`scrub()`]: what of a text is not kept
//! - [`Kept`]: what is kept of a question
//! - [`Store`]: where, sealed, and how it is gone again
//! - [`Wordings`]: questions that ask for the same thing; [`themes()`]: those without a good answer
//! - [`Standing`]: which groups those who look after the posts have seen to
//! - [`overview()`]: all that is kept, as the page shows it; [`Logins`]: who may see it
//! - [`digest()`]: what was asked in a time; [`question_file`], [`page`]: for a person to go on with
//! - [`ask_again`]: what a reload answers
//!
//! It takes values and gives values; clocks, rooms and Matrix are the caller's.

mod again;
mod digest;
mod faq;
mod groups;
mod kept;
mod login;
mod marks;
mod overview;
mod scrub;
mod store;
#[cfg(test)]
pub(crate) mod testing;
mod themes;

pub use again::{Change, MOST_ASKED_AGAIN, ask_again};
pub use digest::{Asked, Counts, Digest, MOST_GROUPS, MOST_LINES, MOST_LINKS, NowAnswered, Outdated, digest};
pub use faq::{page, question_file};
pub use groups::{Group, MAX_WORDINGS, Method, Wordings, adjusted_rand};
pub use kept::{Found, Kept, Place, Said, Vote, Votes};
pub use login::{CSRF_FIELD, LINK_LASTS, Logins, NoRandom, Refused, SESSION_LASTS, Token, csrf, is_csrf};
pub use marks::{Mark, Marked, Standing};
pub use overview::{Cited, Freshness, MOST_WEEKS, Overview, Question, Topic, Week, cited, overview};
pub use scrub::{MAX_KEPT_CHARS, TAKEN_OUT, scrub};
pub use store::{NewSeal, Seal, SealError, Store, StoreError};
pub use themes::{MOST_WORDINGS, Scope, Theme, themes, themes_of};
