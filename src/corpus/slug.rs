//! Texts as parts of addresses, as engines write them.

/// Small letters, digits and hyphens (Zola's default, Eleventy's `slugify`). Letters with accents lose them; empty, where there are
/// letters of another alphabet, of which each engine has its own way to write them.
pub(super) fn plain(text: &str) -> String {
    in_ascii(text).map_or_else(String::new, |text| hyphened(&text, |c| c.is_ascii_alphanumeric()).to_ascii_lowercase())
}

/// A text without accents, if all of its letters are Western then.
fn in_ascii(text: &str) -> Option<String> {
    let text = without_accents(text);
    (!text.chars().any(|c| c.is_alphabetic() && !c.is_ascii())).then_some(text)
}

/// Jekyll's `pretty` slug, which keeps upper case and most signs.
pub(super) fn jekyll(text: &str) -> String {
    hyphened(text, |c| c.is_alphanumeric() || "._~!$&'()+,;=@".contains(c))
}

/// Jekyll's `default` slug: small letters and digits of any alphabet.
pub(super) fn jekyll_default(text: &str) -> String {
    hyphened(text, char::is_alphanumeric).to_lowercase()
}

/// Pelican's slug of a title: signs go, blanks and hyphens become one hyphen; empty as [`plain`] is.
pub(super) fn pelican(text: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '-') || c.is_whitespace();
    let kept: String = in_ascii(text).unwrap_or_default().chars().filter(kept).collect();
    hyphened(&kept, |c| !c.is_whitespace() && c != '-').to_lowercase()
}

/// Hugo's path: small letters; blanks become hyphens, signs go.
pub(super) fn hugo(text: &str) -> String {
    hugo_cased(text).to_lowercase()
}

/// The same with `disablePathToLower`: capital letters stay.
pub(super) fn hugo_cased(text: &str) -> String {
    let mut slug = String::new();
    let mut gap = false;
    for c in text.chars() {
        if c.is_alphanumeric() || "./\\_#+~-@".contains(c) {
            if gap && c != '-' {
                slug.push('-');
            }
            gap = false;
            slug.push(c);
        } else if c.is_whitespace() && !slug.is_empty() && !slug.ends_with('-') {
            gap = true;
        }
    }
    slug
}

/// Hexo's slug of a category: letters and digits, a hyphen between.
pub(super) fn hexo(text: &str) -> String {
    hyphened(&without_accents(text), char::is_alphanumeric)
}

/// Material for MkDocs' slug of a title: signs go, each blank becomes a hyphen.
pub(super) fn material(text: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ');
    text.trim().to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Runs of what is not kept become one hyphen, none at the ends.
fn hyphened(text: &str, keeps: impl Fn(char) -> bool) -> String {
    text.split(|c| !keeps(c)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// Western letters without their accents.
fn without_accents(text: &str) -> String {
    const PAIRS: &[(&str, &str)] = &[
        ("àáâãäåā", "a"),
        ("çčć", "c"),
        ("èéêëēě", "e"),
        ("ìíîïī", "i"),
        ("ñńň", "n"),
        ("òóôõöøō", "o"),
        ("ùúûüūů", "u"),
        ("ýÿ", "y"),
        ("šś", "s"),
        ("žźż", "z"),
        ("ß", "ss"),
        ("æ", "ae"),
        ("œ", "oe"),
        ("ł", "l"),
        ("ř", "r"),
        ("ğ", "g"),
        ("'’", ""),
    ];
    let plain = |c: char| {
        let lower = c.to_lowercase().next().unwrap_or(c);
        PAIRS.iter().find(|(from, _)| from.contains(lower)).map_or_else(|| c.to_string(), |(_, to)| (*to).to_owned())
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_writes_its_own_slugs() {
        let text = "What's New in C++ & Rust_1.0 – Déjà vu?";
        assert_eq!(plain(text), "whats-new-in-c-rust-1-0-deja-vu");
        assert_eq!(jekyll(text), "What's-New-in-C++-&-Rust_1.0-Déjà-vu");
        assert_eq!(hugo(text), "whats-new-in-c++-rust_1.0-déjà-vu");
        assert_eq!((plain("Привет 1"), pelican("你好 1")), (String::new(), String::new()));
        assert_eq!(jekyll_default(text), "what-s-new-in-c-rust-1-0-déjà-vu");
        assert_eq!(pelican(text), "whats-new-in-c-rust_10-deja-vu");
        assert_eq!(material(text), "whats-new-in-c--rust_10--déjà-vu");
    }
}
