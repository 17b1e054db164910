//! The `[matrix]` section: account, who may do what, rooms, limits.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use wildmatch::WildMatch;

use super::ConfigError;

/// Keys whose value in the environment is a list, separated by commas.
pub(super) const LISTS: [&str; 3] = ["matrix.admins", "matrix.invite_from", "matrix.ignore"];

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
    pub limits: LimitsConfig,
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
            limits: LimitsConfig::default(),
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

/// How many questions are answered. A whole minute's worth may come at once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Questions a minute from one asker, in all rooms together.
    pub per_asker: u32,
    /// Questions a minute in one room.
    pub per_room: u32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self { per_asker: 20, per_room: 60 }
    }
}

/// How the bot behaves in a room. What is not set falls back to `*`, then to the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoomSettings {
    /// What is answered.
    pub answer: Option<AnswerTo>,
    /// Where answers go.
    pub reply: Option<ReplyAs>,
    /// Whether answers are `m.notice` instead of `m.text`.
    pub notice: Option<bool>,
    /// How many quotations an answer shows at first; `more` shows the others.
    pub citations: Option<usize>,
    /// How long a quotation may get, in characters; the sentence that answers is never cut for it.
    pub length: Option<usize>,
    /// Whether the bot introduces itself on joining.
    pub introduce: Option<bool>,
    /// Whether newcomers are greeted, and where.
    pub welcome: Option<Welcome>,
    /// After a greeting, how long no other follows in the room.
    pub welcome_cooldown: Option<Span>,
    /// The power level that makes a member an admin; without it, power levels don't count.
    pub admin_power_level: Option<i64>,
}

impl RoomSettings {
    fn over(self, base: &Self) -> Self {
        Self {
            answer: self.answer.or(base.answer),
            reply: self.reply.or(base.reply),
            notice: self.notice.or(base.notice),
            citations: self.citations.or(base.citations),
            length: self.length.or(base.length),
            introduce: self.introduce.or(base.introduce),
            welcome: self.welcome.or(base.welcome),
            welcome_cooldown: self.welcome_cooldown.or(base.welcome_cooldown),
            admin_power_level: self.admin_power_level.or(base.admin_power_level),
        }
    }

    /// How long no other greeting follows one in the room; 10 minutes unless set.
    pub fn cooldown(&self) -> Duration {
        self.welcome_cooldown.unwrap_or(Span::minutes(10)).0
    }
}

/// What is answered in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerTo {
    /// What is addressed to the bot: mentions, its name, the command prefix, replies.
    #[default]
    Addressed,
    /// Only what begins with the command prefix.
    Commands,
    /// Nothing.
    Nobody,
}

/// Where an answer goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplyAs {
    /// Into the question's thread where it stands in one, else as a rich reply.
    #[default]
    Auto,
    /// Always into a thread, begun at the question where there is none.
    Thread,
    /// As a message of its own.
    Plain,
}

/// Whether newcomers are greeted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Welcome {
    /// Not at all.
    #[default]
    Off,
    /// In the room.
    Room,
    /// In a direct message.
    Direct,
}

/// A pattern of Matrix user ids, `*` standing for any text: `@*:example.org`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(WildMatch);

impl Pattern {
    /// Whether a user id fits.
    pub fn matches(&self, user_id: &str) -> bool {
        self.0.matches(user_id)
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let text = text.trim();
        if text == "*" || (text.starts_with('@') && text.contains([':', '*'])) {
            return Ok(Self(WildMatch::new(text)));
        }
        Err(format!("`{text}` is no pattern of user ids: write @name:server, with * for any text, such as @*:example.org"))
    }
}

/// A length of time, written as `12h`, `15m` or `1h 30m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(pub Duration);

impl Span {
    const fn minutes(minutes: u64) -> Self {
        Self(Duration::from_secs(minutes * 60))
    }

    const fn hours(hours: u64) -> Self {
        Self::minutes(hours * 60)
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = text.parse::<SignedDuration>().ok().and_then(|span| Duration::try_from(span).ok());
        parsed.map(Self).ok_or_else(|| format!("`{text}` is no length of time: write 12h, 15m or 1h 30m"))
    }
}

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
