//! The day of a post, in the ways that front matter, addresses, file names and folders write it.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::fmt::strtime;
use regex::Regex;

use crate::english::figures;

/// The day that a value of the front matter names. The calendar day is the one written, whatever the zone: it is the day that
/// the post shows.
pub(crate) fn written(text: &str) -> Option<Date> {
    static NUMERIC: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(\d{4})([-/.])(\d{1,2})[-/.](\d{1,2})(?:[T\s,].*)?$").expect("a valid pattern"));
    let text = text.trim();
    if let Some(found) = NUMERIC.captures(text) {
        return of(&found[1], &found[3], &found[4]);
    }
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return of(&text[..4], &text[4..6], &text[6..]);
    }
    in_words(text)
}

/// `2 January 2024`, `January 2, 2024`, `Tue, 02 Jan 2024 15:04:05 +0000`.
fn in_words(text: &str) -> Option<Date> {
    static WEEKDAY: LazyLock<Regex> = LazyLock::new(|| Regex::new(figures::WEEKDAY).expect("a valid pattern"));
    static ORDINAL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)\b(\d{1,2})(?:st|nd|rd|th)\b").expect("a valid pattern"));
    let text = ORDINAL.replace(text, "$1");
    let text = WEEKDAY.replace(&text, "").replace([',', '.'], " ").replacen("Sept ", "Sep ", 1);
    let words: Vec<&str> = text.split_whitespace().take(3).collect();
    let three = words.join(" ");
    let formats = ["%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y"];
    formats.iter().find_map(|format| strtime::parse(format, &three).ok()?.to_date().ok())
}

/// The day within a path or an address: three numbers in a row, as `2024/01/02`, `2024-01-02` or `20240102`, nearest to its end.
pub(crate) fn within(path: &str) -> Option<Date> {
    let segments: Vec<&str> = path.split('/').collect();
    (0..segments.len())
        .rev()
        .find_map(|last| in_name(segments[last]).or_else(|| folders(segments.get(last.checked_sub(2)?..=last)?)))
}

/// `2024/01/02` or `2024/01/02-name`.
fn folders(three: &[&str]) -> Option<Date> {
    static DAY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(\d{1,2})(?:$|[-_. ])").expect("a valid pattern"));
    let [year, month, day] = three else { return None };
    let is_number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let day = DAY.captures(day)?.get(1)?.as_str().to_owned();
    (is_number(year, 4..=4) && is_number(month, 1..=2)).then(|| of(year, month, &day)).flatten()
}

/// The day within a file's or folder's name, at its beginning if there is one.
pub(crate) fn in_name(name: &str) -> Option<Date> {
    static DASHED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?:^|[^\d])(\d{4})[-_.](\d{1,2})[-_.](\d{1,2})(?:[^\d]|$)").expect("a valid pattern"));
    static DIGITS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(\d{4})(\d{2})(\d{2})(?:[^\d]|$)").expect("a valid pattern"));
    let found = DASHED.captures(name).or_else(|| DIGITS.captures(name))?;
    of(&found[1], &found[2], &found[3])
}

/// A file's name without the date that it begins with.
pub(crate) fn stripped(name: &str) -> &str {
    static DATE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\d{4}-\d{1,2}-\d{1,2}(?:-|$)").expect("a valid pattern"));
    match DATE.find(name).filter(|found| in_name(found.as_str().trim_end_matches('-')).is_some()) {
        Some(found) if found.end() < name.len() => &name[found.end()..],
        _ => name,
    }
}

/// The same where an underscore or a time may stand after the date, as Zola has it.
pub(crate) fn stripped_loosely(name: &str) -> &str {
    static DATE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\d{4}-\d{2}-\d{2}(?:T\d{2}:?\d{2}:?\d{2}\S*?)?[-_]").expect("a valid pattern"));
    match DATE.find(name) {
        Some(found) if found.end() < name.len() => &name[found.end()..],
        _ => name,
    }
}

/// Years of posts: what lies beyond is a number of something else.
const YEARS: std::ops::RangeInclusive<i16> = 1980..=2199;

fn of(year: &str, month: &str, day: &str) -> Option<Date> {
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    YEARS.contains(&date.year()).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(date: Option<Date>) -> String {
        date.map_or_else(|| "-".to_owned(), |date| date.to_string())
    }

    #[test]
    fn dates_of_front_matter() {
        for (text, expected) in [
            ("2024-01-02", "2024-01-02"),
            ("2024-1-2", "2024-01-02"),
            ("2018-2-08 10:00:00", "2018-02-08"),
            ("2020-03-16T01:32:05.627Z", "2020-03-16"),
            ("2021-02-08 16:30:00+01:00", "2021-02-08"),
            ("2024-01-02 10:00 -0500", "2024-01-02"),
            ("2024/01/02", "2024-01-02"),
            ("January 2, 2024", "2024-01-02"),
            ("2nd Jan 2024", "2024-01-02"),
            ("Jan. 2, 2024", "2024-01-02"),
            ("Sept 2, 2024", "2024-09-02"),
            ("20240102", "2024-01-02"),
            ("20241302", "-"),
            ("Tue, 02 Jan 2024 15:04:05 +0000", "2024-01-02"),
            ("2024-02-30", "-"),
            ("2024-01-02Ä", "-"),
            ("next week", "-"),
            ("2024", "-"),
            ("", "-"),
        ] {
            assert_eq!(shown(written(text)), expected, "{text}");
        }
    }

    #[test]
    fn dates_of_paths() {
        for (path, expected) in [
            ("2024-01-02-name.md", "2024-01-02"),
            ("posts/2024-1-2-name.md", "2024-01-02"),
            ("20240102-name.md", "2024-01-02"),
            ("release_2024-01-02.md", "2024-01-02"),
            ("2024/01/02/name.md", "2024-01-02"),
            ("/blog/2024/1/2-name/", "2024-01-02"),
            ("2024-01-02-name/index.md", "2024-01-02"),
            ("2023-05-06/2024-01-02.md", "2024-01-02"),
            ("2015/05/15/Rust-1.0", "2015-05-15"),
            ("2024/01/name.md", "-"),
            ("v1.2.3-name.md", "-"),
            ("2024-13-02-name.md", "-"),
            ("1024-01-02-name.md", "-"),
            ("name.md", "-"),
        ] {
            assert_eq!(shown(within(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_name_is_stripped_of_its_date() {
        for (name, expected) in [
            ("2024-01-02-name", "name"),
            ("2024-1-2-name", "name"),
            ("name", "name"),
            ("2024-01-02", "2024-01-02"),
            ("2024-99-02-name", "2024-99-02-name"),
        ] {
            assert_eq!(stripped(name), expected);
        }
    }
}
