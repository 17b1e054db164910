//! Releases as people write them: `7.0`, `R7`, `STX 7`, `stx.7.0`, `StarlingX 7`, `release 7` are one.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

static RELEASE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
        \b(?:
            (?P<named> stx|starlingx|releases?|version|ver|rel ) [\s._-]* [rv]? (?P<a>\d{1,2}) (?:\.(?P<minor>\d{1,2}))?
          | r (?P<b>\d{1,2}) (?:\.(?P<minor2>\d{1,2}))?
        )
        (?P<after> [\w%] | \.\d )?",
    )
    .expect("a valid pattern")
});

/// `from 3 to 4`, `between 3 and 4`: bare numbers that are releases because of the words between them.
static FROM_TO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(from|between) (\d{1,2}) (to|and) (\d{1,2})\b(?P<after>\.\d)?").expect("a valid pattern")
});

/// `text` with every release spelled `N.M`; what only looks like one (`version 1.2.3`, `release 7th`) is left as it is.
pub(super) fn spell_out(text: &str) -> Cow<'_, str> {
    let text = RELEASE.replace_all(text, |found: &Captures<'_>| {
        let part = |name| found.name(name).map(|m| m.as_str());
        if part("after").is_some() {
            return found[0].to_owned();
        }
        let major = part("a").or(part("b")).unwrap_or_default();
        let minor = part("minor").or(part("minor2")).unwrap_or("0");
        format!("{} {major}.{minor}", part("named").unwrap_or_default()).trim_start().to_owned()
    });
    match FROM_TO.replace_all(&text, |found: &Captures<'_>| match found.name("after") {
        Some(_) => found[0].to_owned(),
        None => format!("{} {}.0 {} {}.0", &found[1], &found[2], &found[3], &found[4]),
    }) {
        Cow::Owned(spelled) => Cow::Owned(spelled),
        Cow::Borrowed(_) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_one_release() {
        for (written, spelled) in [
            ("in R7?", "in 7.0?"),
            ("STX 7", "STX 7.0"),
            ("stx.7.0", "stx 7.0"),
            ("StarlingX 12", "StarlingX 12.0"),
            ("release 6", "release 6.0"),
            ("r12.0 notes", "12.0 notes"),
            ("upgrade from 3 to 4", "upgrade from 3.0 to 4.0"),
        ] {
            assert_eq!(spell_out(written), spelled);
        }
    }

    #[test]
    fn other_numbers_stay() {
        for text in [
            "kernel 5.10",
            "version 1.2.3",
            "from 3 to 4.5",
            "7 teams",
            "release 7th",
            "r2d2",
            "k8s 1.23",
            "in 2021",
            "v4 and v6",
        ] {
            assert_eq!(spell_out(text), text);
        }
    }
}
