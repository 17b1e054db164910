//! Who wrote a post, in the shapes that people write it, and the tables that say who an id is.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::encoding::visible;

/// Names by id, from a site's `authors.yml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct People(HashMap<String, String>);

impl People {
    /// Adds a table of authors: `id: {name: …}` or `id: Name`, at the top or below `authors`.
    pub(super) fn add(&mut self, table: &Value) {
        let table = table.get("authors").filter(|authors| authors.is_object()).unwrap_or(table);
        for (id, person) in table.as_object().into_iter().flatten() {
            if let Some(name) = name(person) {
                self.0.insert(id.clone(), name);
            }
        }
    }

    /// Adds one author of a table that has a file for each.
    pub(super) fn add_one(&mut self, id: &str, person: &Value) {
        if let Some(name) = name(person) {
            self.0.insert(id.to_owned(), name);
        }
    }

    /// The names in a value: a string, a list, a table with a name, or ids.
    pub(super) fn names(&self, value: &Value) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.all(value) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    fn all(&self, value: &Value) -> Vec<String> {
        match value {
            Value::String(line) => self.people(line),
            Value::Array(items) => items.iter().flat_map(|item| self.all(item)).collect(),
            Value::Object(person) => {
                let id = ["key", "id", "ref"].iter().find_map(|key| person.get(*key)?.as_str());
                match (name(value), id) {
                    (Some(name), _) => vec![name],
                    (None, Some(id)) => self.people(id),
                    // A list of people written as a table: `ids: {…}`.
                    (None, None) => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    /// The people in an author line: `A and B`, `A, B`, `[A](…) (Company), [B](…)`, an id.
    fn people(&self, line: &str) -> Vec<String> {
        if let Some(name) = self.0.get(line.trim()) {
            return vec![name.clone()];
        }
        let parts = parts(line);
        let linked = parts.iter().filter(|(_, is_link)| *is_link).count();
        // `[Ann Lee](…), Company`: where one person is linked, what stands alone beside is where that person works.
        let company_beside = linked == 1 && parts.len() == 2;
        let named = parts.into_iter().filter(|(_, is_link)| *is_link || !company_beside);
        named.map(|(name, _)| self.0.get(&name).cloned().unwrap_or_else(|| spelled_out(&name))).collect()
    }
}

/// The name of a person that is a text or a table.
fn name(person: &Value) -> Option<String> {
    let name = match person {
        Value::String(name) => Some(name.as_str()),
        Value::Object(person) => ["name", "display_name", "label", "title"].iter().find_map(|key| person.get(*key)?.as_str()),
        _ => None,
    }?;
    let name = visible(name).split_whitespace().collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}

/// An author line cut at commas and `and`: each name, and whether it is a link.
fn parts(line: &str) -> Vec<(String, bool)> {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\[([^\]]+)\](?:\([^)]*\)|\[[^\]]*\])?").expect("a valid pattern"));
    static ASIDE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\([^)]*\)|<[^>]*@[^>]*>").expect("a valid pattern"));
    static BETWEEN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[,;\n]|\s(?:and|&)\s").expect("a valid pattern"));
    // Links first: a comma within one is part of it.
    let links: Vec<String> = LINK.captures_iter(line).map(|link| link[1].to_owned()).collect();
    let marked = LINK.replace_all(line, "\u{1}");
    let plain = ASIDE.replace_all(&marked, " ");
    let mut links = links.into_iter();
    let mut parts = Vec::new();
    for part in BETWEEN.split(&plain) {
        let linked: Vec<String> = part.matches('\u{1}').filter_map(|_| links.next()).collect();
        let is_link = !linked.is_empty();
        let names = if is_link { linked } else { vec![part.to_owned()] };
        for name in names {
            let name = visible(&name).split_whitespace().collect::<Vec<_>>().join(" ");
            let name = name.trim_matches(['*', '_', '`']).trim_start_matches("by ").trim_start_matches("and ").to_owned();
            if name.chars().any(char::is_alphanumeric) {
                parts.push((name, is_link));
            }
        }
    }
    parts
}

/// An id such as `ildiko-vancsa` as a name.
fn spelled_out(name: &str) -> String {
    let is_id = name.contains('-') && !name.contains(' ') && name.chars().all(|c| c.is_lowercase() || c == '-');
    if !is_id {
        return name.to_owned();
    }
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    name.split('-').map(capitalised).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn authors_in_every_shape() {
        let mut people = People::default();
        people.add(&json!({"authors": {"alee": {"name": "Ann Lee", "url": "x"}, "bob": "Bob Ray"}}));
        for (value, expected) in [
            (json!("Frank Miller and Eric Macdonald   "), &["Frank Miller", "Eric Macdonald"][..]),
            (json!("Hai Tao Wang, Yong Hu"), &["Hai Tao Wang", "Yong Hu"]),
            (json!("ildiko-vancsa"), &["Ildiko Vancsa"]),
            (json!("alee"), &["Ann Lee"]),
            (json!(["alee", "bob", "Cy Dee"]), &["Ann Lee", "Bob Ray", "Cy Dee"]),
            (json!("alee, bob"), &["Ann Lee", "Bob Ray"]),
            (json!({"name": "Cy Dee", "title": "Engineer"}), &["Cy Dee"]),
            (json!([{"name": "Cy Dee"}, {"key": "bob"}]), &["Cy Dee", "Bob Ray"]),
            (json!("[Ann Lee](https://x.org/a), [Bob Ray](https://x.org/b)"), &["Ann Lee", "Bob Ray"]),
            (json!("[Ann Lee](https://x.org/a), Big Company"), &["Ann Lee"]),
            (json!("[Ann Lee](https://x.org/a) (Big, Small), [Bob](y) (Other)"), &["Ann Lee", "Bob"]),
            (json!("[Ann Lee](x) Big, [Bob Ray](y) Small"), &["Ann Lee", "Bob Ray"]),
            (json!("[A B](x), [C D](y), Fred Muñoz"), &["A B", "C D", "Fred Muñoz"]),
            (json!("Ann Lee (Big Company) & Bob <bob@x.org>"), &["Ann Lee", "Bob"]),
            (json!("[Ann Lee][], [Bob][ref]"), &["Ann Lee", "Bob"]),
            (json!(""), &[]),
            (json!(null), &[]),
            (json!(["Ann Lee", "Ann Lee"]), &["Ann Lee"]),
        ] {
            assert_eq!(people.names(&value), expected, "{value}");
        }
    }
}
