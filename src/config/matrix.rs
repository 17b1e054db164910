//! The `[matrix]` section: account, who may do what, rooms, limits.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::chat::{Manners, Pattern, Rates, RoomSettings};
use crate::span::Span;

use super::ConfigError;

/// The Matrix bot.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MatrixConfig {
    /// The homeserver's address, such as `https://matrix.example.org`.
    pub homeserver: String,
    /// The bot's account, such as `@mynah:example.org`.
    pub user_id: String,
    /// Its password.
    pub password: Option<Secret>,
    /// A file that holds nothing but the password, such as a systemd credential.
    pub password_file: Option<PathBuf>,
    /// An access token, in place of a password; `device_id` belongs to it.
    pub access_token: Option<Secret>,
    /// A file that holds nothing but the access token.
    pub access_token_file: Option<PathBuf>,
    /// The device that the access token was made for.
    pub device_id: Option<String>,
    /// Encrypts the store of keys and session.
    pub store_passphrase: Option<Secret>,
    /// A file that holds nothing but the store's passphrase.
    pub store_passphrase_file: Option<PathBuf>,
    /// Where the recovery key of the account's encryption is kept; without it, `recovery-key` in the data folder.
    pub recovery_key_file: Option<PathBuf>,
    /// The name to be shown; without it, the account's stays as it is.
    pub display_name: Option<String>,
    /// Who may reload the posts: MXID patterns.
    pub admins: Vec<Pattern>,
    /// Whose invites are accepted, beside the admins': MXID patterns.
    pub invite_from: Vec<Pattern>,
    /// Who is never answered, such as other bots: MXID patterns.
    pub ignore: Vec<Pattern>,
    /// What begins a command in a room.
    pub command_prefix: String,
    /// How far back questions asked while the bot was away are answered.
    pub catch_up: Span,
    /// How long a question is remembered for its follow-ups.
    pub follow_up: Span,
    /// How long to wait for a late room key before saying that a message can't be read.
    pub key_wait: Span,
    /// How many questions are answered.
    pub limits: Rates,
    /// Settings by room id, alias, or `*` for every room.
    pub rooms: BTreeMap<String, RoomSettings>,
}

impl Default for MatrixConfig {
    fn default() -> Self {
        Self {
            homeserver: String::new(),
            user_id: String::new(),
            password: None,
            password_file: None,
            access_token: None,
            access_token_file: None,
            device_id: None,
            store_passphrase: None,
            store_passphrase_file: None,
            recovery_key_file: None,
            display_name: None,
            admins: Vec::new(),
            invite_from: Vec::new(),
            ignore: Vec::new(),
            command_prefix: "!mynah".to_owned(),
            catch_up: Span::hours(12),
            follow_up: Span::minutes(15),
            key_wait: Span(Duration::from_secs(30)),
            limits: Rates::default(),
            rooms: BTreeMap::new(),
        }
    }
}

impl MatrixConfig {
    pub(super) fn checked(&self) -> Result<(), ConfigError> {
        let wrong = |message: String| Err(ConfigError::Value(message));
        let both = |one: bool, other: bool| one && other;
        if both(self.password.is_some(), self.password_file.is_some()) {
            return wrong("set matrix.password or matrix.password_file, not both".to_owned());
        }
        if both(self.access_token.is_some(), self.access_token_file.is_some()) {
            return wrong("set matrix.access_token or matrix.access_token_file, not both".to_owned());
        }
        if both(self.store_passphrase.is_some(), self.store_passphrase_file.is_some()) {
            return wrong("set matrix.store_passphrase or matrix.store_passphrase_file, not both".to_owned());
        }
        if self.command_prefix.trim().is_empty() || self.command_prefix.contains(char::is_whitespace) {
            return wrong(format!("matrix.command_prefix `{}`: write one word such as `!mynah`", self.command_prefix));
        }
        if self.limits.per_asker == 0 || self.limits.per_room == 0 {
            return wrong("matrix.limits: per_asker and per_room are questions a minute, at least 1".to_owned());
        }
        if let Some(name) = self.rooms.keys().find(|name| !(name.starts_with(['!', '#']) || *name == EVERY_ROOM)) {
            return wrong(format!("[matrix.rooms.\"{name}\"]: a room is named by its id (!…), an alias (#…:server) or `*`"));
        }
        for (name, room) in &self.rooms {
            if room.citations.is_some_and(|count| !(1..=3).contains(&count)) {
                return wrong(format!("[matrix.rooms.\"{name}\"] citations: write 1, 2 or 3"));
            }
            if room.length.is_some_and(|chars| chars < SHORTEST_QUOTATION) {
                return wrong(format!("[matrix.rooms.\"{name}\"] length: at least {SHORTEST_QUOTATION} characters"));
            }
        }
        Ok(())
    }

    /// What the bot goes by in every conversation.
    pub fn manners(&self) -> Manners {
        Manners {
            user_id: self.user_id.as_str().into(),
            display_name: self.display_name.clone(),
            prefix: self.command_prefix.clone(),
            admins: self.admins.clone(),
            ignore: self.ignore.clone(),
            follow_up: self.follow_up.0,
            rates: self.limits.clone(),
        }
    }

    /// The settings of a room known by these names (its id and aliases): its own keys over those of `*` over the defaults.
    pub fn room<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> RoomSettings {
        let named = names.into_iter().find_map(|name| self.rooms.get(name)).cloned().unwrap_or_default();
        named.over(&self.rooms.get(EVERY_ROOM).cloned().unwrap_or_default())
    }
}

/// Shorter quotations would hold hardly a sentence.
const SHORTEST_QUOTATION: usize = 80;
/// The name of the settings for all rooms.
const EVERY_ROOM: &str = "*";

/// A password, token or passphrase: never printed, and wiped from memory when dropped.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
