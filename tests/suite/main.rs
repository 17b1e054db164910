//! Everything mynah promises at the terminal and of its answers, in one binary: a harness and a file per concern.
//!
//! ```text
//! cargo test --test suite                        # all of it
//! cargo test --test suite bad_input              # one concern
//! INSTA_UPDATE=always cargo test --test suite transcripts::snapshots
//! ```

// A test may unwrap: its panic is its report. Clippy's own exception covers `#[test]` functions, not what they call.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod cli;
mod encoder;
mod eval;
mod follow_ups;
mod generate;
mod git;
mod harness;
#[cfg(feature = "insight")]
mod insight;
#[cfg(feature = "web")]
mod insight_page;
mod properties;
mod reader;
mod transcripts;
#[cfg(feature = "web")]
mod web;
