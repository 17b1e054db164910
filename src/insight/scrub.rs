//! What of a text is not kept: who it names, where somebody can be reached, and what looks like a secret.
//!
//! What is taken out leaves [`TAKEN_OUT`]. A rule that is in doubt takes out: a question still says what it asks without a number,
//! and a token that was kept can't be called back. What a community's questions turn on stays: releases, versions, dates, commands,
//! names of files and of parts. A name is known for one only where the caller says so (`people`), and a password only by what
//! stands before it: no rule can tell either from other words.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use jiff::civil::Date;
use regex::{Captures, Regex};

/// What stands in the place of what was taken out.
pub const TAKEN_OUT: &str = "…";

/// A text is kept up to here, in characters: a question that is longer has said by then what it wants.
pub const MAX_KEPT_CHARS: usize = 500;

/// A text without what is not kept, in one line; `people` are names and ids of those who are named in it, as far as known.
pub fn scrub(text: &str, people: &[String]) -> String {
    let mut text = text.to_owned();
    for rule in RULES {
        text = rule(&text);
    }
    for person in people.iter().filter(|person| person.chars().count() >= SHORTEST_NAME) {
        text = without_name(&text, person);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ").replace("… …", TAKEN_OUT);
    line.chars().take(MAX_KEPT_CHARS).collect()
}

/// Names of one letter would take out half of a text.
const SHORTEST_NAME: usize = 2;

/// In this order: what holds other things first, such as an address its password.
const RULES: [fn(&str) -> String; 8] = [keys, addresses, ids, named_secrets, tokens, hosts, cards, numbers];

macro_rules! pattern {
    ($pattern:expr) => {{
        static PATTERN: LazyLock<Regex> = LazyLock::new(|| Regex::new($pattern).expect("a valid pattern"));
        &*PATTERN
    }};
}

/// Each match that stands apart from letters and digits, as `instead` has it; `None` leaves it.
fn replaced(text: &str, pattern: &Regex, instead: impl Fn(&str) -> Option<String>) -> String {
    let alphanumeric = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let apart = |found: &regex::Match<'_>| {
        !alphanumeric(text[..found.start()].chars().next_back()) && !alphanumeric(text[found.end()..].chars().next())
    };
    let one = |captures: &Captures<'_>| {
        let found = captures.get_match();
        let other = if apart(&found) { instead(found.as_str()) } else { None };
        other.unwrap_or_else(|| found.as_str().to_owned())
    };
    pattern.replace_all(text, one).into_owned()
}

/// Private and public keys, written out.
fn keys(text: &str) -> String {
    let text = pattern!(r"(?s)-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\z)").replace_all(text, TAKEN_OUT);
    pattern!(r"\b(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-[a-z0-9-]+) +[A-Za-z0-9+/=]+(?: +\S+@\S+)?")
        .replace_all(&text, TAKEN_OUT)
        .into_owned()
}

/// Of a URL, host and path stay.
fn addresses(text: &str) -> String {
    let bare = |captures: &Captures<'_>| {
        let (scheme, rest) = (&captures[1], &captures[2]);
        let end = rest.find(['?', '#']).unwrap_or(rest.trim_end_matches(['.', ',', ';', ':', '!', ')', ']']).len());
        let closing = &rest[rest.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']']).len()..];
        let (host, path) = rest[..end].split_at(rest[..end].find('/').unwrap_or(end));
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        format!("{scheme}{host}{path}{closing}")
    };
    pattern!(r#"(?i)\b([a-z][a-z0-9+.-]*://)([^\s<>"'`]+)"#).replace_all(text, bare).into_owned()
}

/// Ids of users, events and rooms, and mail addresses. The alias of a room stays: it is the room's public name.
fn ids(text: &str) -> String {
    static IDS: LazyLock<[Regex; 3]> = LazyLock::new(|| {
        let server = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?";
        [
            format!(r"@[A-Za-z0-9._=/+-]+:{server}"),
            format!(r"[!$](?:[A-Za-z0-9_/+-]{{43}}|[A-Za-z0-9_/+=-]{{8,}}:{server})"),
            r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+".to_owned(),
        ]
        .map(|pattern| Regex::new(&pattern).expect("a valid pattern"))
    });
    IDS.iter().fold(text.to_owned(), |text, pattern| pattern.replace_all(&text, TAKEN_OUT).into_owned())
}

/// What is called a password, a token or the like by the words before it.
fn named_secrets(text: &str) -> String {
    let flags = pattern!(r"(?i)(--?(?:password|passwd|passphrase|pass|token|secret|api-?key|key)[= ]|\s-u\s+\S+:)\S+");
    let text = flags.replace_all(text, format!("${{1}}{TAKEN_OUT}"));
    let text = pattern!(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}").replace_all(&text, format!("${{1}} {TAKEN_OUT}"));
    let named = pattern!(
        r#"(?i)((?:\b|_)(?:pass(?:word|wd|phrase|code)?|pwd|token|secret|pin|credentials?|(?:api|access|secret|private|auth|recovery)[ _-]?key)["']?)(\s*[:=]\s*|\s+is\s+)(["']?)(\S+)"#
    );
    let without = |captures: &Captures<'_>| {
        let (name, joint, quote, value) = (&captures[1], &captures[2], &captures[3], &captures[4]);
        let told = joint.trim() != "is" || looks_made_up(value);
        match told && !is_ordinary(value) {
            true => format!("{name}{joint}{quote}{TAKEN_OUT}"),
            false => captures[0].to_owned(),
        }
    };
    named.replace_all(&text, without).into_owned()
}

/// Whether a word has more in it than small letters, and so may be a password rather than what is said of one.
fn looks_made_up(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',', '?', '!', ')', '"', '\'']);
    word.chars().skip(1).any(|c| !c.is_lowercase() && !matches!(c, '\'' | '’' | '-'))
}

/// Words with which a question goes on after a colon.
fn is_ordinary(word: &str) -> bool {
    const WORDS: [&str; 22] = [
        "a", "an", "and", "are", "can", "do", "does", "has", "how", "i", "in", "is", "it", "should", "the", "there", "what",
        "when", "where", "which", "who", "why",
    ];
    WORDS.contains(&word.trim_end_matches(['?', ',', '.']).to_lowercase().as_str())
}

/// Tokens, hashes and ids of random characters.
fn tokens(text: &str) -> String {
    let instead = |captures: &Captures<'_>| {
        let word = &captures[0];
        let (word, end) = word.split_at(word.trim_end_matches(['.', '-', '=', '/']).len());
        if begins_as_token(word) || (!word.contains('.') && is_random(word)) {
            return format!("{TAKEN_OUT}{}", end.trim_start_matches('='));
        }
        // Of a path or a setting, the part that is one.
        let part = |part: &Captures<'_>| if is_token(&part[0]) { TAKEN_OUT.to_owned() } else { part[0].to_owned() };
        format!("{}{end}", pattern!(r"[^/=.]+").replace_all(word, part))
    };
    pattern!(r"[A-Za-z0-9_+/=.-]{12,}").replace_all(text, instead).into_owned()
}

/// How tokens of well-known services begin.
const BEGINNINGS: [&str; 20] = [
    "ghp_",
    "gho_",
    "ghs_",
    "ghu_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "AKIA",
    "ASIA",
    "AIza",
    "sk-",
    "pypi-Ag",
    "syt_",
    "eyJ",
    "hf_",
    "npm_",
    "dop_v1_",
];
/// As short as the tokens of [`BEGINNINGS`] get.
const SHORTEST_TOKEN: usize = 16;
/// Hexadecimal digits in a row that are no short commit id any more (git shows 7 to 12).
const SHORTEST_HASH: usize = 16;
/// Letters and digits in a row that may be random.
const SHORTEST_RANDOM: usize = 20;
/// The share of places where small letters, capitals and digits take turns: .4 and more in random text over 36 or 64 characters, .27
/// in `ValidatingWebhookConfigurationV1Beta1`.
const TURNS: f64 = 0.32;

fn begins_as_token(word: &str) -> bool {
    word.len() >= SHORTEST_TOKEN && BEGINNINGS.iter().any(|beginning| word.starts_with(beginning))
}

fn is_token(word: &str) -> bool {
    let is_hash = |part: &str| part.len() >= SHORTEST_HASH && part.chars().all(|c| c.is_ascii_hexdigit()) && is_mixed(part);
    begins_as_token(word)
        || pattern!(r"(?i)^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$").is_match(word)
        || word.split(['-', '_', '+']).any(is_hash)
        || is_random(word)
}

fn is_random(word: &str) -> bool {
    let plain: Vec<char> = word.chars().filter(char::is_ascii_alphanumeric).collect();
    let class = |c: char| (c.is_ascii_digit(), c.is_ascii_uppercase());
    let turns = plain.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count() as f64;
    plain.len() >= SHORTEST_RANDOM && is_mixed(word) && turns >= TURNS * plain.len() as f64
}

/// Whether there are digits and letters in it.
fn is_mixed(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_digit()) && word.contains(|c: char| c.is_ascii_alphabetic())
}

/// Addresses of machines: IPv4, IPv6, MAC. Those that mean the machine itself, or any, stay.
fn hosts(text: &str) -> String {
    let v4 = |found: &str| {
        let address: Ipv4Addr = found.split(['/', ':']).next()?.parse().ok()?;
        let nobodys = address.is_loopback() || address.is_unspecified() || found.starts_with("255.");
        (!nobodys).then(|| TAKEN_OUT.to_owned())
    };
    let text = replaced(text, pattern!(r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2}|:\d{1,5})?"), v4);
    let v6 = |found: &str| {
        let is_mac = pattern!(r"^(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$").is_match(found);
        let trimmed = found.split(['/', '%']).next()?.trim_end_matches('.');
        let trimmed = if trimmed.ends_with("::") { trimmed } else { trimmed.trim_end_matches(':') };
        let address = trimmed.parse::<Ipv6Addr>().ok().filter(|address| !address.is_loopback() && !address.is_unspecified());
        // `a::b` may be a name of C++ or Rust.
        let told = address.is_some() && trimmed.contains(|c: char| c.is_ascii_digit());
        (is_mac || told).then(|| TAKEN_OUT.to_owned())
    };
    replaced(&text, pattern!(r"(?:[0-9A-Fa-f]{0,4}[:-]){2,7}[0-9A-Fa-f.]{0,15}(?:%\w+)?(?:/\d{1,3})?"), v6)
}

/// Digits in groups that are too many for a date: telephone, card and account numbers.
fn cards(text: &str) -> String {
    let instead = |found: &str| {
        let digits = found.chars().filter(char::is_ascii_digit).count();
        let public = found.starts_with(['C', 'c']);
        let starts_with_day = found.get(..10).is_some_and(|day| day.parse::<Date>().is_ok());
        let told = if found.starts_with('+') { digits >= 7 } else { digits >= 9 };
        (told && !starts_with_day && !public).then(|| TAKEN_OUT.to_owned())
    };
    replaced(text, pattern!(r"(?:\+\d{1,3}[ -]?|(?i:CVE-))?\(?\d{2,}\)?(?:[ -]\(?\d{2,}\)?)+|\+\d{7,}"), instead)
}

/// Numbers of six digits and more, but for days, round numbers and those of a CVE, which are public.
fn numbers(text: &str) -> String {
    let pattern = pattern!(r"(?i)(?:CVE-\d{4}-)?\d{6,}");
    let instead = |captures: &Captures<'_>| {
        let found = &captures[0];
        let is_day = found.len() == 8 && (found.starts_with("19") || found.starts_with("20")) && found.parse::<Date>().is_ok();
        let round = found.trim_end_matches('0').len() <= 2;
        let public = !found.starts_with(|c: char| c.is_ascii_digit());
        if is_day || round || public { found.to_owned() } else { TAKEN_OUT.to_owned() }
    };
    pattern.replace_all(text, instead).into_owned()
}

fn without_name(text: &str, name: &str) -> String {
    let Ok(pattern) = Regex::new(&format!("(?i){}", regex::escape(name))) else { return text.to_owned() };
    replaced(text, &pattern, |_| Some(TAKEN_OUT.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_addresses_and_secrets_are_taken_out() {
        let cases = [
            ("is @ada:example.org the author?", "is … the author?"),
            ("ask @ada.b=c/d:matrix.example.org:8448 please", "ask … please"),
            ("mail me at ada+bots@mail.example.co.uk, thanks", "mail me at …, thanks"),
            ("what is https://matrix.to/#/@ada:example.org for", "what is https://matrix.to/ for"),
            ("see https://ada:pa55@git.example.org/x?token=abc#top.", "see https://git.example.org/x."),
            ("why does https://x.org/v1/9f86d081884c7d659a2feaa0c55ad015/data fail", "why does https://x.org/v1/…/data fail"),
            ("ping 192.168.204.3 from 10.10.10.2:6443 fails", "ping … from … fails"),
            ("which subnet, 10.0.0.0/24?", "which subnet, …?"),
            ("my address is 2001:db8::8a2e:370:7334, why", "my address is …, why"),
            ("fe80::1%eth0 is what?", "… is what?"),
            ("nic 3c:fd:fe:a1:b2:c3 is down", "nic … is down"),
            ("call +49 170 1234567 or 555-867-5309", "call … or …"),
            ("card 4111 1111 1111 1111 was charged", "card … was charged"),
            ("ticket 1928374 is mine", "ticket … is mine"),
            ("commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b broke", "commit … broke"),
            ("id 123e4567-e89b-12d3-a456-426614174000?", "id …?"),
            ("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "sha256:…"),
            ("ghp_16C7e42F292c6912E7710c838347Ae178B4a leaks", "… leaks"),
            ("I got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N back", "I got … back"),
            ("AKIAIOSFODNN7EXAMPLE is refused", "… is refused"),
            ("syt_YWRh_VbQxZrTgHnMkLpOiUyTr_1a2b3c says unknown token", "… says unknown token"),
            ("why is wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY refused", "why is … refused"),
            ("password: hunter2 does not work", "password: … does not work"),
            ("OS_PASSWORD=St8rlingX* is refused", "OS_PASSWORD=… is refused"),
            ("\"api_key\": \"abcdef\" what is it", "\"api_key\": \"… what is it"),
            ("the password is Li69nux*, is that right", "the password is … is that right"),
            ("curl -u ada:secret https://x.org", "curl -u ada:… https://x.org"),
            ("mynah --token abc --verbose", "mynah --token … --verbose"),
            ("Authorization: Bearer abcdefgh.ijkl", "Authorization: Bearer …"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nis refused", "… is refused"),
            ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ ada@laptop is refused", "… is refused"),
            ("in !abcdefghijkl:example.org they say", "in … they say"),
            ("see $Rqnc-F-dvnEYJTyHq_iKxU2bZ1CI92-kuZq3a5lr5Zg", "see …"),
            ("Ada Lovelace: did grace say so", "…: did … say so"),
        ];
        let people = ["Ada Lovelace".to_owned(), "Grace".to_owned(), "x".to_owned()];
        for (text, expected) in cases {
            assert_eq!(scrub(text, &people), expected);
        }
    }

    #[test]
    fn what_questions_turn_on_stays() {
        let cases = [
            "which kernel is in R8.0, stx 10 or stx.12.0?",
            "does 22.12 need kernel 5.10.0-18 or v1.34.5?",
            "what changed on 2024-01-15, 15.01.2024 and 20240115?",
            "was it 2024-01-15 09:30:00 or 2024-01-15T09:30:00Z?",
            "how many subclouds, 1,000 or 100000 or 1000000?",
            "is CVE-2024-123456 fixed in 9f86d08?",
            "what is 127.0.0.1:6443, 0.0.0.0 or ::1 for?",
            "does std::net or a::b or Foo::bar compile?",
            "why is my password wrong, and the token expired?",
            "the password is expired, what now?",
            "about the password: how do I reset it?",
            "what is ValidatingWebhookConfigurationV1Beta1?",
            "where is stx-openstack-1.0-191-centos-stable-versioned.tgz?",
            "is /opt/platform/.keyring/22.12/python_keyring read?",
            "who runs #starlingx:opendev.org?",
            "does @MainActor help in Swift 6.2?",
            "is the E810-CQDA2T supported with k8s 1.29?",
            "meeting at 14:00 UTC or 3 pm?",
            "8, 16, 32 or 64 cores and 128 GB?",
            "see https://docs.starlingx.io/r/stx.8.0/deploy_install_guides/index.html?",
            "how do I run system host-lock controller-1?",
            "what's in the 2023-2024 roadmap?",
            "kubectl get pods --all-namespaces -o wide shows nothing",
        ];
        for text in cases {
            assert_eq!(scrub(text, &[]), text);
        }
    }

    #[test]
    fn a_text_is_one_line_and_not_endless() {
        assert_eq!(scrub(" a\n b  c ", &[]), "a b c");
        assert_eq!(scrub(&"word ".repeat(1_000), &[]).chars().count(), MAX_KEPT_CHARS);
        assert_eq!(scrub("", &[]), "");
    }
}
