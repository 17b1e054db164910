//! Commands: a word each, or two, after the prefix in a room, alone in a direct message.

use crate::english::command::{AFTER, BEFORE, IN_WORDS};

/// What an addressed message asks for.
#[derive(Clone, derive_more::Debug, PartialEq, Eq)]
pub enum Request {
    /// A command.
    Command(Command),
    /// A question in words.
    Question(#[debug(skip)] String),
    /// One word that is near a command's: `relod`.
    Misspelt(Command, #[debug(skip)] String),
    /// Nothing but the bot's name.
    Nothing,
}

/// Declares the commands: a row for each, in the order of the help, with what is typed, what it does, and who may.
macro_rules! commands {
    ($($(#[$doc:meta])* $Name:ident: $name:literal, $does:literal, $who:ident;)+) => {
        /// A command without arguments. `ask …` is [`Request::Question`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Command {
            $($(#[$doc])* $Name,)+
        }

        impl Command {
            /// All of them, in the order of the help.
            pub const ALL: &[Self] = &[$(Self::$Name,)+];

            /// What is typed.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$Name => $name,)+
                }
            }

            /// What it does, for the help.
            pub fn describe(self) -> &'static str {
                match self {
                    $(Self::$Name => $does,)+
                }
            }

            fn who(self) -> Who {
                match self {
                    $(Self::$Name => Who::$who,)+
                }
            }
        }
    };
}

/// Who may give a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Anyone,
    Admins,
}

commands! {
    /// The next passages, or the next step of the trail.
    More: "more", "the next passages, or the next step", Anyone;
    /// How the last answer was chosen.
    Why: "why", "how the last answer was chosen", Anyone;
    /// The onboarding trail.
    Start: "start", "new here? the places to know, one step at a time", Anyone;
    /// The posts.
    Sources: "sources", "the posts I answer from", Anyone;
    /// How the bot is.
    Status: "status", "which posts, how old, how long I have been up", Anyone;
    /// Delete what is kept of one's questions.
    ForgetMe: "forget me", "delete what I keep of your questions", Anyone;
    /// What can be done.
    Help: "help", "this list", Anyone;
    /// Read the posts again.
    Reload: "reload", "read the posts again, and take them up if they are in order", Admins;
    /// Take the new posts whatever is wrong with them.
    Force: "reload force", "take them up whatever is wrong with them", Admins;
    /// Bring back the posts before the last reload.
    Rollback: "rollback", "bring back the posts before the last reload", Admins;
    /// What people ask and the posts don't say.
    Insight: "insight", "what people ask and the posts don't say", Admins;
    /// A link to the page of what people ask.
    Login: "login", "a link to the page of what people ask; it works once, for ten minutes", Admins;
}

impl Command {
    /// Whether only admins may.
    pub fn needs_admin(self) -> bool {
        self.who() == Who::Admins
    }

    fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|command| command.name() == word)
    }

    /// The command whose name is at most two edits away, of which a swap of two letters is one.
    fn near(word: &str) -> Option<Self> {
        let distance = |command: &Self| strsim::damerau_levenshtein(command.name(), word);
        let nearest = Self::ALL.iter().copied().min_by_key(distance)?;
        let allowed = if nearest.name().len() > 4 { 2 } else { 1 };
        (distance(&nearest) <= allowed).then_some(nearest)
    }
}

/// The command whose name is nearest to a word, however far.
pub(super) fn nearest(word: &str) -> Command {
    let distance = |command: &Command| strsim::damerau_levenshtein(command.name(), word);
    Command::ALL.iter().copied().min_by_key(distance).unwrap_or(Command::Help)
}

/// Reads what an addressed message asks for.
pub fn read(text: &str) -> Request {
    let text = text.trim();
    let word = text.trim_end_matches(['?', '!', '.']).to_lowercase();
    let word = word.split_whitespace().collect::<Vec<_>>().join(" ");
    if word.is_empty() {
        return Request::Nothing;
    }
    if let Some(command) = Command::named(bare(&word)) {
        return Request::Command(command);
    }
    if let Some((first, question)) = text.split_once(char::is_whitespace)
        && first.trim_end_matches(':').eq_ignore_ascii_case("ask")
    {
        return Request::Question(question.trim().to_owned());
    }
    match Command::near(&word) {
        // Of a question of several words none is a command's misspelling, but of the same number of words.
        Some(command) if word.matches(' ').count() == command.name().matches(' ').count() => {
            Request::Misspelt(command, text.to_owned())
        }
        _ => Request::Question(text.to_owned()),
    }
}

/// A command without the words of politeness around it, and without the mark of other bots' commands: `!more`, `more pls`,
/// `show me more`, `any more?`; and the ways in which people say it in words.
fn bare(word: &str) -> &str {
    let mut word = word.trim_start_matches(['!', '/']).trim_matches(|c: char| !c.is_alphanumeric());
    while let Some(rest) = BEFORE.iter().find_map(|polite| word.strip_prefix(polite)?.strip_prefix([' ', ',', '.', '!'])) {
        word = rest.trim_matches(|c: char| !c.is_alphanumeric());
    }
    while let Some(rest) = AFTER.iter().find_map(|polite| word.strip_suffix(polite)?.strip_suffix([' ', ',', '.', '!'])) {
        word = rest.trim_matches(|c: char| !c.is_alphanumeric());
    }
    IN_WORDS.iter().find(|(_, said)| said.contains(&word)).map_or(word, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_the_docs_and_what_people_say_for_one_is_for_one_that_there_is() {
        let docs = include_str!("../../docs/rooms.md");
        for command in Command::ALL {
            assert!(docs.contains(&format!("`{}`", command.name())), "docs/rooms.md lacks {command:?}");
            assert_eq!(read(command.name()), Request::Command(*command));
        }
        for (name, said) in IN_WORDS {
            assert!(Command::named(name).is_some(), "{name}: {said:?}");
        }
    }

    #[test]
    fn commands_are_one_word() {
        assert_eq!(read(" Help! "), Request::Command(Command::Help));
        assert_eq!(read("why?"), Request::Command(Command::Why));
        assert_eq!(read("why was debian chosen?"), Request::Question("why was debian chosen?".to_owned()));
        assert_eq!(read("start of the debian migration?"), Request::Question("start of the debian migration?".to_owned()));
        assert_eq!(read("ask: help"), Request::Question("help".to_owned()));
        assert_eq!(read("?"), Request::Nothing);
        for polite in ["more pls", "More, please!", "!more", "show me more"] {
            assert_eq!(read(polite), Request::Command(Command::More), "{polite}");
        }
        assert_eq!(read("Reload  force!"), Request::Command(Command::Force));
        assert_eq!(read("please forget me"), Request::Command(Command::ForgetMe));
        assert_eq!(read("forget me not in the logs?"), Request::Question("forget me not in the logs?".to_owned()));
        assert_eq!(read("reload the posts"), Request::Question("reload the posts".to_owned()));
    }

    #[test]
    fn near_misses_are_seen() {
        for (typed, meant) in [
            ("relod", Command::Reload),
            ("soruces", Command::Sources),
            ("hlep", Command::Help),
            ("statsu", Command::Status),
            ("hepl", Command::Help),
            ("souces", Command::Sources),
            ("strat", Command::Start),
            ("relod force", Command::Force),
            ("forgt me", Command::ForgetMe),
        ] {
            assert_eq!(read(typed), Request::Misspelt(meant, typed.to_owned()));
        }
        for question in ["debian", "hello", "thanks", "stx"] {
            assert_eq!(read(question), Request::Question(question.to_owned()));
        }
    }
}
