//! Who may see what is kept: links that log in once, and the sessions that they begin. Time and random numbers are passed in.
//!
//! Only the SHA-256 of a token is held, so that nobody reads one here, and it is compared in constant time. A token of a form (CSRF) is an
//! HMAC-SHA-256 of the session's, which is not held at all.

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, Mac};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

/// How long a link works: as long as it takes to walk to another device.
pub const LINK_LASTS: Duration = Duration::from_secs(10 * 60);
/// How long a session lasts: twelve hours, as NIST SP 800-63B (2017), section 4.2.3, has it.
pub const SESSION_LASTS: Duration = Duration::from_secs(12 * 60 * 60);
/// For how long it is remembered that a link was used or came too late, so that whoever opens it is told so.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);
/// Links and sessions at once; of more, the oldest go. There are a few admins with a few devices each.
const MOST: usize = 1_000;
/// Bytes of a token: 256 bits can't be guessed.
const TOKEN_BYTES: usize = 32;
/// The field of a form that holds its token.
pub const CSRF_FIELD: &str = "csrf";

/// A secret that stands in a link or a cookie, in hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// The system gives no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("no random numbers: {0}")]
pub struct NoRandom(getrandom::Error);

impl Token {
    /// A new one, of the system's random numbers.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn random() -> Result<Self, NoRandom> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).map_err(NoRandom)?;
        Ok(Self(hexadecimal(&bytes)))
    }

    /// As it stands in a link or a cookie.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// The SHA-256 of a token.
type Hash = [u8; 32];

/// Links and sessions. They are in memory alone: a restart ends them.
#[derive(Default)]
pub struct Logins {
    links: Vec<Link>,
    sessions: Vec<Session>,
}

struct Link {
    hash: Hash,
    user: String,
    made: Duration,
    used: bool,
}

struct Session {
    hash: Hash,
    user: String,
    begun: Duration,
}

/// Why a link logs nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It was used.
    Used,
    /// It is older than [`LINK_LASTS`].
    Late,
    /// There is no such link: it was cut on its way, or is from before a restart.
    Unknown,
}

impl fmt::Debug for Logins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logins").field("links", &self.links.len()).field("sessions", &self.sessions.len()).finish()
    }
}

impl Logins {
    /// Takes down that a token logs somebody in; `now` is the time since any moment, here and below.
    pub fn offer(&mut self, token: &Token, user: &str, now: Duration) {
        self.tidy(now);
        self.links.push(Link { hash: hash(token.reveal()), user: user.to_owned(), made: now, used: false });
    }

    /// Whom a link would log in. It is not used by that: a chat shows a preview of links, and for it opens them.
    ///
    /// # Errors
    /// Why it would not.
    pub fn look(&self, token: &str, now: Duration) -> Result<&str, Refused> {
        let link = found(&self.links, token, |link| &link.hash).ok_or(Refused::Unknown)?;
        if link.used {
            Err(Refused::Used)
        } else if now.saturating_sub(link.made) > LINK_LASTS {
            Err(Refused::Late)
        } else {
            Ok(&link.user)
        }
    }

    /// Uses a link, and begins a session by the other token.
    ///
    /// # Errors
    /// See [`Self::look`].
    pub fn open(&mut self, token: &str, session: &Token, now: Duration) -> Result<(), Refused> {
        let user = self.look(token, now)?.to_owned();
        let of_token = hash(token);
        for link in self.links.iter_mut().filter(|link| link.hash.ct_eq(&of_token).into()) {
            link.used = true;
        }
        self.sessions.push(Session { hash: hash(session.reveal()), user, begun: now });
        self.tidy(now);
        Ok(())
    }

    /// Whose session a token is of.
    pub fn who(&self, token: &str, now: Duration) -> Option<&str> {
        let session = found(&self.sessions, token, |session| &session.hash)?;
        (now.saturating_sub(session.begun) <= SESSION_LASTS).then_some(session.user.as_str())
    }

    /// Ends a session.
    pub fn end(&mut self, token: &str) {
        let of_token = hash(token);
        self.sessions.retain(|session| !bool::from(session.hash.ct_eq(&of_token)));
    }

    /// Ends all sessions of a user, and makes their links worthless.
    pub fn end_all(&mut self, user: &str) {
        self.sessions.retain(|session| session.user != user);
        for link in self.links.iter_mut().filter(|link| link.user == user) {
            link.used = true;
        }
    }

    fn tidy(&mut self, now: Duration) {
        self.links.retain(|link| now.saturating_sub(link.made) <= REMEMBERED);
        self.sessions.retain(|session| now.saturating_sub(session.begun) <= SESSION_LASTS);
        self.links.drain(..self.links.len().saturating_sub(MOST));
        self.sessions.drain(..self.sessions.len().saturating_sub(MOST));
    }
}

/// What a token is of. All are looked at, so that the time it takes tells nothing.
fn found<'a, T>(all: &'a [T], token: &str, of: impl Fn(&T) -> &Hash) -> Option<&'a T> {
    let hash = hash(token);
    all.iter().fold(None, |found, one| if bool::from(of(one).ct_eq(&hash)) { Some(one) } else { found })
}

/// What a form of a session holds, so that no other site can send it for whoever is logged in.
pub fn csrf(session: &str) -> String {
    hexadecimal(&keyed(session).finalize().into_bytes())
}

/// Whether a form comes from a page of a session.
pub fn is_csrf(session: &str, sent: &str) -> bool {
    csrf(session).as_bytes().ct_eq(sent.as_bytes()).into()
}

fn keyed(session: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(session.as_bytes()).expect("a key of any length");
    mac.update(b"mynah: a form of this session");
    mac
}

fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: &str = "@ann:x.org";
    const BEN: &str = "@ben:x.org";

    fn token(text: &str) -> Token {
        Token(text.to_owned())
    }

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(count * 60)
    }

    #[test]
    fn a_link_logs_in_once_and_in_time() {
        let mut logins = Logins::default();
        logins.offer(&token("link"), ANN, minutes(5));
        for at in [5, 6, 15] {
            assert_eq!(logins.look("link", minutes(at)), Ok(ANN), "looking at it does not use it");
        }
        assert_eq!(logins.look("link", minutes(15) + Duration::from_secs(1)), Err(Refused::Late));
        assert_eq!(logins.look("lin", minutes(5)), Err(Refused::Unknown));
        assert_eq!(logins.open("lin", &token("s"), minutes(5)), Err(Refused::Unknown));
        assert_eq!(logins.open("link", &token("s"), minutes(6)), Ok(()));
        assert_eq!(logins.open("link", &token("other"), minutes(6)), Err(Refused::Used));
        assert_eq!(
            (logins.who("s", minutes(6)), logins.who("other", minutes(6)), logins.who("link", minutes(6))),
            (Some(ANN), None, None)
        );
        assert_eq!(logins.look("link", minutes(60)), Err(Refused::Used), "used and late is used");
        logins.offer(&token("next"), ANN, minutes(25 * 60));
        assert_eq!(logins.look("link", minutes(25 * 60)), Err(Refused::Unknown));
    }

    #[test]
    fn a_session_lasts_twelve_hours_and_ends_when_its_user_says_so() {
        let mut logins = Logins::default();
        for (link, session, user) in [("1", "a", ANN), ("2", "b", ANN), ("3", "c", ANN), ("4", "d", BEN)] {
            logins.offer(&token(link), user, minutes(0));
            logins.open(link, &token(session), minutes(0)).unwrap();
        }
        let who = |logins: &Logins, at| ["a", "b", "c", "d"].map(|session| logins.who(session, minutes(at)).is_some());
        assert_eq!(who(&logins, 12 * 60), [true; 4]);
        assert_eq!(who(&logins, 12 * 60 + 1), [false; 4]);
        logins.end("a");
        assert_eq!(who(&logins, 1), [false, true, true, true]);
        logins.offer(&token("5"), ANN, minutes(1));
        logins.end_all(ANN);
        assert_eq!(who(&logins, 1), [false, false, false, true]);
        assert_eq!(logins.look("5", minutes(1)), Err(Refused::Used));
    }

    #[test]
    fn there_are_never_too_many() {
        let mut logins = Logins::default();
        for number in 0..MOST + 2 {
            logins.offer(&token(&format!("link {number}")), ANN, minutes(0));
        }
        assert_eq!(logins.look("link 0", minutes(0)), Err(Refused::Unknown));
        assert_eq!(logins.look(&format!("link {}", MOST + 1), minutes(0)), Ok(ANN));
    }

    #[test]
    fn a_form_is_taken_from_its_own_session_alone() {
        let sent = csrf("session");
        assert!(is_csrf("session", &sent));
        for (session, sent) in [("other", sent.as_str()), ("session", ""), ("session", &sent[1..]), ("session", "session")] {
            assert!(!is_csrf(session, sent), "{session} {sent}");
        }
    }

    #[test]
    fn tokens_are_long_never_the_same_and_not_shown() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        assert_ne!(one, other);
        assert_eq!((one.reveal().len(), format!("{one:?}").as_str()), (2 * TOKEN_BYTES, "Token"));
        let mut logins = Logins::default();
        logins.offer(&one, ANN, minutes(0));
        assert!(!format!("{logins:?}").contains(&one.reveal()[..8]));
    }
}
