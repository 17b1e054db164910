//! mynah answers newcomers' questions from a community's own posts: it quotes, dates and cites, and never invents a sentence.
//!
//! # Layout
//! ```text
//! sites ─▶ corpus ─▶ search ─▶ reader ─▶ answer ─▶ render ─▶ chat ─▶ bot ─▶ matrix
//!                                                     ├───────────────────▶ web
//!                                                     └───────────────────▶ cli
//! ```
//! - [`sites`]: a community's site as it stands, also in git → where its posts are: the sources of a corpus
//! - [`corpus`]: sources → posts with their addresses → passages, with a diagnostic for whatever is odd
//! - [`search`]: passages → an immutable index; queries → hits
//! - [`reader`]: a question + a passage → each sentence's probability to answer, and that of none
//! - [`answer`]: a question → an answer: verdict, dated lead, citations, pointers
//! - [`render`]: an answer → plain text, terminal text, Matrix HTML, JSON
//! - [`chat`]: what a message means in a conversation, and what to do about it
//! - `bot`: what happens in its rooms → what to do about it, without any protocol (cargo feature `journal`)
//! - `journal`: what was asked, answered and is still owed (cargo feature `journal`)
//! - `matrix`: login, sync, encryption, rooms, sending; events in, acts out (cargo feature `matrix`)
//! - `web`: the page: questions in a browser, the posts, health and figures (cargo feature `web`)
//! - `insight`: what people ask and the posts don't say, kept without who asked (cargo feature `insight`, which
//!   `journal` and `web` bring)
//! - `beside`: what the bot and the page beside it tell each other (cargo feature `insight`)
//! - [`background`]: threads for work that gives way to answers
//! - [`encoding`]: what posts mean, found out beside the answers
//! - [`loading`]: from a config to an engine
//! - [`reload`]: the posts anew, as a checked transaction; earlier states, and the way back to them
//! - [`questions`], [`eval`] and [`fit`]: question sets, their figures, and the weights that are fitted to them
//! - `signals`: what the operator tells the process: to end, to read the posts again
//! - [`disk`]: a disk that is full, told as such
//! - [`config`]: one documented config: defaults < file < environment
//! - [`ids`]: ids of rooms, events and users, told apart
//! - [`span`]: lengths of time as people write them
//! - `sqlite`: small databases that go on from version to version
//! - [`toml_file`]: small files that people edit, and their errors
//! - `english`: every list of English words, and every pattern made of them
//! - `linear`: named features and their weights
//! - [`cli`]: the command line
//!
//! The crate `mynah-kernels` beside it holds what encoder and reader spend their time in: products, norms, attention,
//! and vectors of whole numbers.

pub mod answer;
pub mod background;
#[cfg(feature = "insight")]
pub mod beside;
#[cfg(feature = "journal")]
pub mod bot;
pub mod chat;
pub mod cli;
pub mod config;
pub mod corpus;
pub mod disk;
pub mod encoding;
mod english;
pub mod eval;
pub mod fit;
pub mod ids;
#[cfg(feature = "insight")]
pub mod insight;
#[cfg(feature = "journal")]
pub mod journal;
mod linear;
pub mod loading;
#[cfg(feature = "matrix")]
pub mod matrix;
pub mod questions;
pub mod reader;
pub mod reload;
pub mod render;
pub mod search;
#[cfg(any(feature = "matrix", feature = "web"))]
mod signals;
pub mod sites;
pub mod span;
#[cfg(any(feature = "journal", feature = "insight"))]
mod sqlite;
pub mod toml_file;
#[cfg(feature = "web")]
pub mod web;
