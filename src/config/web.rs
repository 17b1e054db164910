//! The `[web]` section: where the page listens, and what it shows.

use std::net::SocketAddr;

use serde::Deserialize;

use super::ConfigError;

/// The page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebConfig {
    /// Where it listens, such as `127.0.0.1:8088`.
    pub listen: Option<SocketAddr>,
    /// Whether it answers questions; without, it only shows the posts, health and figures.
    pub ask: bool,
    /// Questions a minute from one address. A whole minute's worth may come at once.
    pub per_address: u32,
    /// Whether a proxy stands before it, which tells in `X-Forwarded-For` who asks.
    pub forwarded: bool,
}

impl Default for WebConfig {
    fn default() -> Self {
        Self { listen: None, ask: true, per_address: 20, forwarded: false }
    }
}

impl WebConfig {
    pub(super) fn checked(&self) -> Result<(), ConfigError> {
        if self.per_address == 0 {
            return Err(ConfigError::Value("web.per_address: questions a minute, at least 1".to_owned()));
        }
        Ok(())
    }
}
