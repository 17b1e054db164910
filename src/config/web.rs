//! The `[web]` section: where the page listens, and what it shows.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::ConfigError;

/// The page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebConfig {
    /// Where it listens, such as `127.0.0.1:8088`.
    pub listen: Option<SocketAddr>,
    /// The address under which it is reached, such as `https://ask.example.org/`; links that log in lead there.
    pub address: Option<String>,
    /// Whether it answers questions; without, it only shows the posts, health and figures.
    pub ask: bool,
    /// Questions a minute from one address. A whole minute's worth may come at once.
    pub per_address: u32,
    /// Whether a proxy stands before it, which tells in `X-Forwarded-For` who asks.
    pub forwarded: bool,
}

impl Default for WebConfig {
    fn default() -> Self {
        Self { listen: None, address: None, ask: true, per_address: 20, forwarded: false }
    }
}

impl WebConfig {
    pub(super) fn checked(&self) -> Result<(), ConfigError> {
        if self.per_address == 0 {
            return Err(ConfigError::Value("web.per_address: questions a minute, at least 1".to_owned()));
        }
        match self.address.as_deref().map(is_address) {
            None | Some(true) => Ok(()),
            Some(false) => Err(ConfigError::Value(NO_ADDRESS.to_owned())),
        }
    }

    /// The address under which it is reached, ending with `/`: what is set, else where it listens on this machine alone and no proxy
    /// stands before it.
    pub fn reached(&self) -> Option<String> {
        match (&self.address, self.listen) {
            (Some(address), _) => Some(format!("{}/", address.trim_end_matches('/'))),
            (None, Some(listen)) if listen.ip().is_loopback() && !self.forwarded => Some(format!("http://{listen}/")),
            (None, _) => None,
        }
    }
}

const NO_ADDRESS: &str = "web.address: an address that begins with https://, or http:// and this machine, such as \
                          http://127.0.0.1:8088/; over plain http anybody on the way could log in too";

/// Whether an address can be sent to somebody who is to log in there.
fn is_address(address: &str) -> bool {
    let plain = |rest: &str| !rest.contains(['?', '#', '@', '\\', '"', '<', '>']) && !rest.contains(char::is_whitespace);
    let host = |rest: &str| rest.split('/').next().unwrap_or_default().to_owned();
    if let Some(rest) = address.strip_prefix("https://") {
        return plain(rest) && !host(rest).is_empty();
    }
    let Some(rest) = address.strip_prefix("http://") else { return false };
    let host = host(rest);
    let here = host.parse::<SocketAddr>().map(|at| at.ip()).or_else(|_| host.trim_matches(['[', ']']).parse::<IpAddr>());
    let named = host.split(':').next() == Some("localhost");
    plain(rest) && (named || here.is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_tls_or_is_of_this_machine() {
        for (address, fine) in [
            ("https://ask.example.org", true),
            ("https://ask.example.org:8443/below/", true),
            ("http://127.0.0.1:8088/", true),
            ("http://[::1]:8088", true),
            ("http://[::1]", true),
            ("http://localhost/", true),
            ("http://ask.example.org/", false),
            ("http://localhost.example.org/", false),
            ("http://192.168.0.2:8088/", false),
            ("https://", false),
            ("https:///x", false),
            ("https://x.org/?a", false),
            ("https://x.org/a b", false),
            ("ask.example.org", false),
            ("", false),
        ] {
            let config = WebConfig { address: Some(address.to_owned()), ..WebConfig::default() };
            assert_eq!(config.checked().is_ok(), fine, "{address}");
        }
    }

    #[test]
    fn where_it_is_reached_is_what_is_set_or_known() {
        let reached = |address: Option<&str>, listen: Option<&str>, forwarded| {
            let listen = listen.map(|listen| listen.parse().unwrap());
            let address = address.map(str::to_owned);
            WebConfig { address, listen, forwarded, ..WebConfig::default() }.reached()
        };
        assert_eq!(reached(Some("https://x.org/a"), None, true).as_deref(), Some("https://x.org/a/"));
        assert_eq!(reached(None, Some("127.0.0.1:8088"), false).as_deref(), Some("http://127.0.0.1:8088/"));
        assert_eq!(reached(None, Some("[::1]:80"), false).as_deref(), Some("http://[::1]:80/"));
        assert_eq!(reached(None, Some("127.0.0.1:8088"), true), None, "behind a proxy it is another one");
        assert_eq!((reached(None, Some("0.0.0.0:8088"), false), reached(None, None, false)), (None, None));
    }
}
