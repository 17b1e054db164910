//! The YAML block at the top of a post: title, author, date, category, in the shapes that people write them.

use jiff::civil::Date;
use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

use super::Diagnostic;
use super::encoding::visible;

/// What a post's front matter says, and where.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FrontMatter {
    pub title: Option<String>,
    pub authors: Vec<String>,
    pub date: Option<Date>,
    pub categories: Vec<String>,
    /// Lines (from 1) of the title, author and date entries, in that order, each from its first to its last line.
    pub entry_lines: Vec<(usize, usize)>,
}

/// The front matter of `text` and the byte where the body begins.
///
/// What is missing or broken becomes a [`Diagnostic`]; what can be read is kept.
pub(super) fn parse(file: &str, text: &str, diagnostics: &mut Vec<Diagnostic>) -> (FrontMatter, usize) {
    let (yaml, body) = match split(text) {
        Split::Block { yaml, body } => (yaml, body),
        Split::None => {
            diagnostics.push(Diagnostic::error(
                file,
                1,
                "no front matter: begin the post with `---`, title, author, date, `---`",
            ));
            return (FrontMatter::default(), 0);
        }
        Split::Unclosed => {
            diagnostics.push(Diagnostic::error(file, 1, "the front matter is never closed: end it with a line `---`"));
            return (FrontMatter::default(), text.len());
        }
    };
    let front = read(file, yaml, diagnostics);
    (front, body)
}

enum Split<'a> {
    Block { yaml: &'a str, body: usize },
    Unclosed,
    None,
}

fn split(text: &str) -> Split<'_> {
    let Some(rest) = text.strip_prefix("---").and_then(|r| r.trim_start_matches([' ', '\t']).strip_prefix('\n')) else {
        return Split::None;
    };
    let start = text.len() - rest.len();
    let mut at = start;
    for line in rest.split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return Split::Block { yaml: &text[start..at], body: at + line.len() };
        }
        at += line.len();
    }
    Split::Unclosed
}

/// Line of the source on which the YAML block's first line stands.
const FIRST_YAML_LINE: usize = 2;

fn read(file: &str, yaml: &str, diagnostics: &mut Vec<Diagnostic>) -> FrontMatter {
    let mut front = FrontMatter::default();
    let documents = match MarkedYaml::load_from_str(yaml) {
        Ok(documents) => documents,
        Err(error) => {
            let line = error.marker().line() + FIRST_YAML_LINE - 1;
            diagnostics.push(Diagnostic::error(file, line, format!("broken front matter: {}", error.info())));
            return front;
        }
    };
    let Some(YamlData::Mapping(entries)) = documents.into_iter().next().map(|d| d.data) else {
        diagnostics.push(Diagnostic::error(file, 1, "the front matter holds no `key: value` lines"));
        return front;
    };
    for (key, value) in &entries {
        let Some(name) = key.data.as_str() else { continue };
        let line = key.span.start.line() + FIRST_YAML_LINE - 1;
        match name {
            "title" => front.title = strings(value).into_iter().next(),
            "author" | "authors" => front.authors = strings(value).iter().flat_map(|s| people(s)).collect(),
            "date" => front.date = date(file, line, value, diagnostics),
            "category" | "categories" => front.categories = strings(value),
            _ => continue,
        }
        if matches!(name, "title" | "author" | "authors" | "date") {
            front.entry_lines.push((line, last_line(yaml, line)));
        }
    }
    if front.title.is_none() {
        diagnostics.push(Diagnostic::error(file, 1, "no title: add `title: …` to the front matter"));
    }
    if front.date.is_none() && !diagnostics.iter().any(|d| d.file == file && d.message.starts_with("bad date")) {
        diagnostics.push(Diagnostic::error(file, 1, "no date: add `date: YYYY-MM-DD` to the front matter"));
    }
    if front.authors.is_empty() {
        diagnostics.push(Diagnostic::warning(file, 1, "no author"));
    }
    front
}

/// The last line of an entry: folded and indented lines below its key belong to it.
fn last_line(yaml: &str, first: usize) -> usize {
    let below = yaml.lines().skip(first + 1 - FIRST_YAML_LINE);
    first + below.take_while(|l| l.starts_with([' ', '\t'])).count()
}

/// Every string in a value: itself, the items of a list, the `label`s of a list of mappings.
fn strings(value: &MarkedYaml<'_>) -> Vec<String> {
    match &value.data {
        YamlData::Value(Scalar::String(s)) => non_empty(s),
        YamlData::Value(Scalar::Integer(i)) => vec![i.to_string()],
        YamlData::Value(Scalar::FloatingPoint(f)) => vec![f.to_string()],
        YamlData::Representation(s, ..) => non_empty(s),
        YamlData::Sequence(items) => items.iter().flat_map(strings).collect(),
        YamlData::Mapping(entries) => {
            let label = entries.iter().find(|(k, _)| matches!(k.data.as_str(), Some("label" | "name")));
            label.map(|(_, v)| strings(v)).unwrap_or_default()
        }
        YamlData::Tagged(_, inner) => strings(inner),
        _ => Vec::new(),
    }
}

fn non_empty(text: &str) -> Vec<String> {
    // YAML's escapes can write control characters that the file itself does not hold.
    let text = visible(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { Vec::new() } else { vec![text] }
}

/// The people in an author line: `A and B`, `A, B`; an id such as `ildiko-vancsa` is spelled as a name.
fn people(line: &str) -> Vec<String> {
    line.split(',').flat_map(|part| part.split(" and ")).map(str::trim).filter(|name| !name.is_empty()).map(spell_out).collect()
}

fn spell_out(name: &str) -> String {
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

/// RFC 3339 or a bare date. The calendar day is the one written, whatever the zone: it is the day the post shows.
fn date(file: &str, line: usize, value: &MarkedYaml<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<Date> {
    let written = strings(value).into_iter().next().unwrap_or_default();
    let day = written.get(..10).unwrap_or(&written);
    let rest = written.get(10..).unwrap_or_default();
    match day.parse::<Date>() {
        Ok(date) if rest.is_empty() || rest.starts_with(['T', ' ']) => Some(date),
        _ => {
            let message = format!("bad date `{written}`: write `YYYY-MM-DD` or RFC 3339");
            diagnostics.push(Diagnostic::error(file, line, message));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(yaml: &str) -> (FrontMatter, Vec<String>) {
        let mut diagnostics = Vec::new();
        let text = format!("---\n{yaml}---\nbody\n");
        let (front, body) = parse("x.md", &text, &mut diagnostics);
        assert_eq!(&text[body..], "body\n");
        (front, diagnostics.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn reads_the_shapes_people_write() {
        let (front, diagnostics) = parsed(
            "title: >-\n  Folded title\n  over lines\nauthor: Frank Miller and Eric Macdonald   \n\
             date: 2020-03-16T01:32:05.627Z\ncategory:\n  - label: News & Announcements\n    value: category-A7\n",
        );
        assert_eq!(front.title.as_deref(), Some("Folded title over lines"));
        assert_eq!(front.authors, ["Frank Miller", "Eric Macdonald"]);
        assert_eq!(front.date, Some(jiff::civil::date(2020, 3, 16)));
        assert_eq!(front.categories, ["News & Announcements"]);
        assert_eq!(front.entry_lines, [(2, 4), (5, 5), (6, 6)]);
        assert!(diagnostics.is_empty());
    }

    #[test]
    fn reads_quoted_lists_and_ids() {
        let (front, _) = parsed("title: 'A: b'\nauthor: ildiko-vancsa\ndate: 2024-01-02\ncategory: [one, two]\n");
        assert_eq!(front.title.as_deref(), Some("A: b"));
        assert_eq!(front.authors, ["Ildiko Vancsa"]);
        assert_eq!(front.categories, ["one", "two"]);
        assert_eq!(
            parsed("title: T\nauthor: 'Hai Tao Wang, Yong Hu'\ndate: 2024-01-02\n").0.authors,
            ["Hai Tao Wang", "Yong Hu"]
        );
    }

    #[test]
    fn reports_what_is_broken_with_its_line() {
        assert_eq!(parsed("title: T\nauthor: A\ndate: soon\n").1, ["x.md:4: bad date `soon`: write `YYYY-MM-DD` or RFC 3339"]);
        assert!(parsed("author: A\ndate: 2024-01-02\n").1[0].contains("no title"));
        let broken = parsed("title: \"never closed\nauthor: A\n").1;
        assert!(broken[0].contains("broken front matter"), "{broken:?}");
    }

    #[test]
    fn an_open_block_quotes_nothing() {
        let mut diagnostics = Vec::new();
        let text = "---\ntitle: T\n\ntext\n";
        let (_, body) = parse("x.md", text, &mut diagnostics);
        assert_eq!((body, diagnostics.len()), (text.len(), 1));
    }
}
