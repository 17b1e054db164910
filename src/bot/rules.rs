//! What a bot is told by those who run it.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::chat::{Manners, Pattern};
use crate::config::InsightConfig;

/// What holds for one bot, whatever network it is on.
#[derive(Clone, Debug)]
pub struct Rules {
    /// What it goes by in every conversation.
    pub manners: Manners,
    /// Whose invites are accepted, beside the admins'.
    pub invite_from: Vec<Pattern>,
    /// How far back questions asked while it was away are answered.
    pub catch_up: Duration,
    /// How long to wait for a late key before saying that a message can't be read.
    pub key_wait: Duration,
    /// What is kept of questions, and who is told of it.
    pub insight: InsightConfig,
    /// Whether a page shows what is kept.
    pub page: bool,
    /// In which the digest's time is.
    pub zone: TimeZone,
}
