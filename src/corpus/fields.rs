//! Front matter in YAML (`---`), TOML (`+++`) or JSON (`{`), read leniently: what one line breaks, the others still say.

use std::sync::LazyLock;

use regex::Regex;
use saphyr::{Scalar, ScalarStyle, ScanError, Yaml, YamlLoader};
use serde_json::{Map, Value};
use toml::de::{DeTable, DeValue};

/// What the top of a file says, and where.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fields {
    all: Vec<Field>,
    /// Keys in the engine's tables for more, with their first and last lines.
    nested: Vec<(String, (usize, usize))>,
}

/// One `key: value` of a front matter.
#[derive(Debug, PartialEq)]
pub(super) struct Field {
    /// As written.
    pub key: String,
    /// YAML's and TOML's values as JSON has them; numbers and dates as they are written.
    pub value: Value,
    /// First and last line in the file, from 1.
    pub lines: (usize, usize),
}

/// Something odd in a front matter.
#[derive(Debug, PartialEq)]
pub(super) struct Oddity {
    /// The line in the file, from 1.
    pub line: usize,
    /// What is odd.
    pub message: String,
    /// Whether something can't be read.
    pub broken: bool,
}

/// How a file begins.
pub(super) enum Opening<'a> {
    /// With front matter; the body begins at this byte.
    Block(Block<'a>, usize),
    /// With front matter that has no end.
    Unclosed(&'static str),
    /// With its text.
    Text,
}

/// A front matter as it stands in the file.
pub(super) struct Block<'a> {
    syntax: Syntax,
    text: &'a str,
    /// The line of the file on which `text` begins, from 1.
    line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Syntax {
    Yaml,
    Toml,
    Json,
    /// Lines of `Key: text` up to the first blank one.
    Meta,
}

/// Tables in which engines keep what posts say beside the engine's own keys (Zola, Hugo).
const NESTED: &[&str] = &["taxonomies", "extra", "params"];

impl Fields {
    /// The value of the first of these keys that has one: at the top, else in the engine's tables for more.
    pub(super) fn get(&self, keys: &[&str]) -> Option<&Value> {
        keys.iter().find_map(|key| self.top(key)).or_else(|| {
            let tables = NESTED.iter().filter_map(|name| self.top(name)?.as_object());
            let found = tables.flat_map(|table| keys.iter().filter_map(|key| table.get(*key)));
            found.into_iter().find(|value| !value.is_null())
        })
    }

    /// The value of a key at the top; keys are the same in upper and lower case.
    pub(super) fn top(&self, key: &str) -> Option<&Value> {
        self.field(key).map(|field| &field.value).filter(|value| !value.is_null())
    }

    /// A field at the top.
    pub(super) fn field(&self, key: &str) -> Option<&Field> {
        self.all.iter().rev().find(|field| field.key.eq_ignore_ascii_case(key))
    }

    /// First and last line of an entry, at the top or in one of the engine's tables for more.
    pub(super) fn lines(&self, key: &str) -> Option<(usize, usize)> {
        let nested = || self.nested.iter().find(|(nested, _)| nested.eq_ignore_ascii_case(key)).map(|(_, lines)| *lines);
        self.field(key).map(|field| field.lines).or_else(nested)
    }

    /// Whether nothing could be read.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// Looks for front matter at the top of a file; blank lines may stand above it.
pub(super) fn opening(text: &str) -> Opening<'_> {
    let top = text.len() - text.trim_start_matches(['\n', ' ', '\t']).len();
    let top = text[..top].rfind('\n').map_or(0, |at| at + 1);
    let above = text[..top].matches('\n').count();
    let rest = &text[top..];
    let first = rest.lines().next().unwrap_or_default().trim_end();
    let (syntax, fence) = match first {
        "---" | "---yaml" | "---yml" => (Syntax::Yaml, "---"),
        "---toml" => (Syntax::Toml, "---"),
        "---json" => (Syntax::Json, "---"),
        "+++" => (Syntax::Toml, "+++"),
        ";;;" => (Syntax::Json, ";;;"),
        _ => return json_object(text, rest, top, above + 1).or_else(|| meta(text, top, above + 1)).unwrap_or(Opening::Text),
    };
    let Some(start) = rest.find('\n').map(|at| top + at + 1) else { return Opening::Text };
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        let ends = line.trim_end();
        if ends == fence || (ends == "..." && syntax == Syntax::Yaml) {
            return Opening::Block(Block { syntax, text: &text[start..at], line: above + 2 }, at + line.len());
        }
        at += line.len();
    }
    Opening::Unclosed(fence)
}

/// JSON without a fence: an object of which each line could be one (`{{ … }}` and `{% … %}` are templates).
fn json_object<'a>(text: &'a str, rest: &'a str, top: usize, line: usize) -> Option<Opening<'a>> {
    if !rest.starts_with('{') || !rest[1..].trim_start().starts_with(['"', '}']) {
        return None;
    }
    let mut objects = serde_json::Deserializer::from_str(rest).into_iter::<Map<String, Value>>();
    match objects.next() {
        Some(Ok(_)) => {
            let end = top + objects.byte_offset();
            Some(Opening::Block(Block { syntax: Syntax::Json, text: &text[top..end], line }, end))
        }
        _ => None,
    }
}

/// Metadata without a fence, as MultiMarkdown and Pelican have it: a `Title:` and another key of a post's, up to a blank line
/// (<https://docs.getpelican.com/en/stable/content.html#file-metadata>).
fn meta(text: &str, top: usize, line: usize) -> Option<Opening<'_>> {
    static KEY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^([A-Za-z][\w-]*)[ \t]*:(?:[ \t]|$)").expect("a valid pattern"));
    const OTHERS: &[&str] = &["date", "status", "slug", "author", "authors", "category", "tags", "summary", "modified"];
    let mut keys: Vec<String> = Vec::new();
    let mut end = top;
    for written in text[top..].split_inclusive('\n').take_while(|line| !line.trim().is_empty()) {
        match KEY.captures(written) {
            Some(key) => keys.push(key[1].to_lowercase()),
            None if written.starts_with([' ', '\t']) && !keys.is_empty() => {}
            None => return None,
        }
        end += written.len();
    }
    let has = |known: &[&str]| keys.iter().any(|key| known.contains(&key.as_str()));
    let is_meta = has(&["title"]) && has(OTHERS);
    is_meta.then(|| Opening::Block(Block { syntax: Syntax::Meta, text: &text[top..end], line }, end))
}

/// The entries of metadata without a fence: texts, those that go on over lines joined.
fn meta_entries(places: &[At<'_>]) -> Vec<(String, Value)> {
    let text = |place: &At<'_>| {
        let written = place.text.split_once(':').map_or("", |(_, written)| written);
        Value::from(written.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    places.iter().map(|place| (place.key.to_lowercase(), text(place))).collect()
}

/// Reads a front matter, and tells what is odd in it.
pub(super) fn read(block: &Block<'_>) -> (Fields, Vec<Oddity>) {
    let places = places(block);
    let mut oddities: Vec<Oddity> = Vec::new();
    let whole = match block.syntax {
        Syntax::Yaml => yaml(block.text).map_err(|error| (error.marker().line(), error.info().to_owned())),
        Syntax::Toml => toml(block.text).map_err(|(at, message)| (block.text[..at].matches('\n').count() + 1, message)),
        Syntax::Json => json(block.text).map_err(|error| (error.line(), error.to_string())),
        Syntax::Meta => Ok(Some(meta_entries(&places))),
    };
    for (index, place) in places.iter().enumerate() {
        if places[..index].iter().any(|earlier| earlier.key == place.key) {
            let message = format!("`{}` stands twice; the last one counts", place.key);
            oddities.push(Oddity { line: place.lines.0, message, broken: false });
        }
    }
    let entries = whole.unwrap_or_else(|(line, message)| {
        let (entries, broken) = one_by_one(block, &places);
        // TOML says of a key that stands twice that it is an error; it was told above.
        if broken || oddities.is_empty() {
            let line = line.max(1) + block.line - 1;
            oddities.push(Oddity { line, message: format!("broken front matter: {message}"), broken: true });
        }
        Some(entries)
    });
    let Some(entries) = entries else {
        oddities.push(Oddity { line: 1, message: "the front matter holds no `key: value` lines".to_owned(), broken: true });
        return (Fields::default(), oddities);
    };
    let lines = |key: &str| {
        places.iter().rev().find(|place| place.key.eq_ignore_ascii_case(key)).map_or((block.line, block.line), |p| p.lines)
    };
    let all = entries.into_iter().map(|(key, value)| Field { lines: lines(&key), key, value }).collect();
    (Fields { all, nested: nested(block) }, oddities)
}

/// The entries in the engine's tables for more, each with its lines: below `[extra]`, or indented below `extra:`.
fn nested(block: &Block<'_>) -> Vec<(String, (usize, usize))> {
    static ENTRY: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"^([ \t]*)"?([A-Za-z_][\w-]*)"?[ \t]*[:=]"#).expect("a valid pattern"));
    let is_toml = block.syntax == Syntax::Toml;
    let mut found: Vec<(String, (usize, usize))> = Vec::new();
    let (mut within, mut indent) = (false, None);
    for (index, line) in block.text.lines().enumerate() {
        let at = block.line + index;
        let entry = ENTRY.captures(line);
        let opens = if is_toml {
            line.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'))
        } else {
            entry.as_ref().filter(|entry| entry[1].is_empty()).and_then(|entry| Some(entry.get(2)?.as_str()))
        };
        match (opens, entry) {
            (Some(name), _) => (within, indent) = (NESTED.contains(&name.trim()), None),
            (None, Some(entry)) if within && *indent.get_or_insert(entry[1].len()) == entry[1].len() => {
                found.push((entry[2].to_owned(), (at, at)));
            }
            _ if within && !line.trim().is_empty() => {
                if let Some((_, lines)) = found.last_mut() {
                    lines.1 = at;
                }
            }
            _ => {}
        }
    }
    found
}

/// The value of a settings file in YAML; what is tagged (`!!python/name:…`) as its text.
pub(crate) fn yaml_value(text: &str) -> Result<Value, String> {
    let documents = documents(text).map_err(|error| error.to_string())?;
    Ok(documents.first().map_or(Value::Null, from_yaml))
}

/// Keys at the top of a block, each with the lines up to the next.
struct At<'a> {
    key: &'a str,
    /// Lines in the file, from 1.
    lines: (usize, usize),
    text: String,
}

fn places<'a>(block: &Block<'a>) -> Vec<At<'a>> {
    static KEY: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"^([ \t]*)["']?([\w.-][\w. -]*?)["']?[ \t]*([:=])(?:[ \t]|$|.)"#).expect("a valid pattern")
    });
    let mut found: Vec<At<'a>> = Vec::new();
    let mut indent: Option<&str> = None;
    for (index, line) in block.text.lines().enumerate() {
        if block.syntax == Syntax::Toml && line.trim_start().starts_with('[') && !found.iter().any(|at| at.is_open()) {
            break;
        }
        let key = KEY.captures(line).filter(|key| {
            let separator = if block.syntax == Syntax::Toml { "=" } else { ":" };
            &key[3] == separator && *indent.get_or_insert(key.get(1).map_or("", |m| m.as_str())) == &key[1]
        });
        match key {
            Some(key) => {
                let number = block.line + index;
                let key = key.get(2).map_or("", |m| m.as_str());
                found.push(At { key, lines: (number, number), text: format!("{line}\n") });
            }
            None => {
                if let Some(last) = found.last_mut() {
                    let is_blank = line.trim().is_empty() || line.starts_with('#');
                    let is_end = block.syntax == Syntax::Json && line.trim_start().starts_with('}');
                    if !is_blank && !is_end {
                        last.lines.1 = block.line + index;
                    }
                    last.text.push_str(line);
                    last.text.push('\n');
                }
            }
        }
    }
    found
}

impl At<'_> {
    /// Whether a list or a long string of TOML goes on: a line that begins with `[` is then no table.
    fn is_open(&self) -> bool {
        let count = |piece: &str| self.text.matches(piece).count();
        count("[") > count("]") || count("\"\"\"") % 2 == 1 || count("'''") % 2 == 1
    }
}

/// Each entry by itself, for a block that is broken somewhere; whether one of them is.
fn one_by_one(block: &Block<'_>, places: &[At<'_>]) -> (Vec<(String, Value)>, bool) {
    let mut broken = false;
    let entries = places.iter().map(|place| {
        let parsed = match block.syntax {
            Syntax::Yaml => yaml(&place.text).ok().flatten(),
            Syntax::Toml => toml(&place.text).ok().flatten(),
            Syntax::Json => json(&format!("{{{}}}", place.text.trim().trim_end_matches(['}', ',']))).ok().flatten(),
            Syntax::Meta => None,
        };
        parsed.and_then(|entries| entries.into_iter().next()).unwrap_or_else(|| {
            broken = true;
            let written = place.text.lines().next().and_then(|line| line.split_once([':', '='])).map_or("", |(_, v)| v);
            let written = written.trim().trim_matches(['"', '\'', ',']).trim();
            // What opens a list or a table and does not close it is not a text.
            let value = if written.starts_with(['[', '{', '|', '>']) { Value::Null } else { Value::from(written) };
            (place.key.to_owned(), value)
        })
    });
    (entries.collect(), broken)
}

type Entries = Option<Vec<(String, Value)>>;

fn yaml(text: &str) -> Result<Entries, ScanError> {
    let documents = documents(text)?;
    Ok(documents.first().and_then(|document| match from_yaml(document) {
        Value::Object(map) => Some(map.into_iter().collect()),
        _ => None,
    }))
}

fn documents(text: &str) -> Result<Vec<Yaml<'_>>, ScanError> {
    let mut loader = YamlLoader::<Yaml<'_>>::default();
    // `title: 1.10` is no number, and `date: 2024-01-02` stays as it is written.
    loader.early_parse(false);
    loader.allow_duplicate_keys(true);
    saphyr_parser::Parser::new_from_str(text).load(&mut loader, true)?;
    match loader.error() {
        Some(error) => Err(error.clone()),
        None => Ok(loader.into_documents()),
    }
}

fn from_yaml(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Representation(text, ScalarStyle::Plain, tag) => match text.as_ref() {
            "" | "~" | "null" | "Null" | "NULL" if tag.is_none() => Value::Null,
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            text => Value::from(text),
        },
        Yaml::Representation(text, ..) => Value::from(text.as_ref()),
        Yaml::Value(Scalar::String(text)) => Value::from(text.as_ref()),
        Yaml::Value(Scalar::Integer(number)) => Value::from(number.to_string()),
        Yaml::Value(Scalar::FloatingPoint(number)) => Value::from(number.to_string()),
        Yaml::Value(Scalar::Boolean(is)) => Value::Bool(*is),
        Yaml::Sequence(items) => items.iter().map(from_yaml).collect(),
        Yaml::Mapping(entries) => {
            let key = |key: &Yaml<'_>| match from_yaml(key) {
                Value::String(key) => key,
                other => other.to_string(),
            };
            Value::Object(entries.iter().map(|(k, v)| (key(k), from_yaml(v))).collect())
        }
        Yaml::Tagged(_, inner) => from_yaml(inner),
        _ => Value::Null,
    }
}

fn toml(text: &str) -> Result<Entries, (usize, String)> {
    match DeTable::parse(text) {
        Ok(table) => Ok(Some(from_table(table.get_ref()).into_iter().collect())),
        Err(error) => Err((error.span().map_or(0, |span| span.start.min(text.len())), error.message().to_owned())),
    }
}

/// A settings file in TOML, its dates and numbers as they are written.
pub(crate) fn toml_value(text: &str) -> Result<Value, String> {
    DeTable::parse(text).map(|table| Value::Object(from_table(table.get_ref()))).map_err(|error| error.to_string())
}

fn from_table(table: &DeTable<'_>) -> Map<String, Value> {
    table.iter().map(|(key, value)| (key.get_ref().to_string(), from_toml(value.get_ref()))).collect()
}

fn from_toml(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => Value::from(number.as_str()),
        DeValue::Float(number) => Value::from(number.as_str()),
        DeValue::Boolean(is) => Value::Bool(*is),
        DeValue::Datetime(time) => Value::from(time.to_string()),
        DeValue::Array(items) => items.iter().map(|item| from_toml(item.get_ref())).collect(),
        DeValue::Table(table) => Value::Object(from_table(table)),
    }
}

fn json(text: &str) -> Result<Entries, serde_json::Error> {
    let object: Map<String, Value> = serde_json::from_str(text)?;
    Ok(Some(object.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> (Fields, Vec<(usize, bool)>) {
        let Opening::Block(block, _) = opening(text) else { panic!("no front matter in {text}") };
        let (fields, oddities) = read(&block);
        (fields, oddities.iter().map(|o| (o.line, o.broken)).collect())
    }

    #[test]
    fn each_syntax_says_the_same() {
        for text in [
            "---\ntitle: A b\ntags: [x, y]\ndraft: true\n---\nbody",
            "---\ntitle: \"A b\"\ntags:\n- x\n- y\ndraft: True\n...\nbody",
            "+++\ntitle = \"A b\"\ndraft = true\n[taxonomies]\ntags = [\"x\", \"y\"]\n+++\nbody",
            "---toml\ntitle = 'A b'\ntags = [\n  'x',\n  'y',\n]\ndraft = true\n---\nbody",
            "{\n  \"title\": \"A b\",\n  \"tags\": [\"x\", \"y\"],\n  \"draft\": true\n}\nbody",
            "\n---json\n{\"title\": \"A b\", \"tags\": [\"x\", \"y\"], \"draft\": true}\n---\nbody",
        ] {
            let (fields, oddities) = fields(text);
            assert_eq!(fields.get(&["title"]), Some(&Value::from("A b")), "{text}");
            assert_eq!(fields.get(&["tags"]), Some(&serde_json::json!(["x", "y"])), "{text}");
            assert_eq!(fields.get(&["draft"]), Some(&Value::Bool(true)), "{text}");
            assert_eq!(oddities, [], "{text}");
            let Opening::Block(_, body) = opening(text) else { unreachable!() };
            assert_eq!(text[body..].trim(), "body");
        }
    }

    #[test]
    fn metadata_needs_no_fence() {
        let text = "Title: A: b\nDate: 2024-01-02\nTags: x,\n  y\nStatus: draft\n\nbody\n";
        let (fields, oddities) = fields(text);
        let value = |key: &str| fields.top(key).and_then(Value::as_str);
        assert_eq!((value("title"), value("tags"), value("status")), (Some("A: b"), Some("x, y"), Some("draft")));
        assert_eq!((fields.lines("date"), fields.lines("tags"), oddities), (Some((2, 2)), Some((3, 4)), Vec::new()));
        for text in ["Title: a\nand so on\n", "Note: a\nDate: b\n", "Title: a\n\nDate: b\n"] {
            assert!(matches!(opening(text), Opening::Text), "{text}");
        }
    }

    #[test]
    fn texts_that_only_look_like_front_matter_are_texts() {
        for text in ["{{ page }}\n", "{% include x %}\n", "# T\n---\n", "{not: json}\n", "{\"open\": 1\n", "a\n---\nb: c\n---\n"]
        {
            assert!(matches!(opening(text), Opening::Text), "{text}");
        }
        assert!(matches!(opening("+++\ntitle = 1\n"), Opening::Unclosed("+++")));
    }

    #[test]
    fn a_key_twice_is_odd_and_the_last_counts() {
        for text in ["---\na: one\nb: x\na: two\n---\n", "+++\na = \"one\"\nb = \"x\"\na = \"two\"\n+++\n"] {
            let (fields, oddities) = fields(text);
            assert_eq!(fields.top("a"), Some(&Value::from("two")), "{text}");
            assert_eq!(fields.top("b"), Some(&Value::from("x")), "{text}");
            assert_eq!(fields.field("a").map(|f| f.lines), Some((4, 4)));
            assert_eq!(oddities, [(4, false)], "{text}");
        }
    }

    #[test]
    fn what_one_line_breaks_the_others_still_say() {
        for text in [
            "---\ntitle: T: x\ndate: 2024-01-02\ntags: [a\n---\n",
            "---\ndate: 2024-01-02\ntitle: T: x\nauthor: \"open\n---\n",
            "+++\ndate = 2024-01-02\ntitle = T: x\n+++\n",
        ] {
            let (fields, oddities) = fields(text);
            assert_eq!(fields.top("title"), Some(&Value::from("T: x")), "{text}");
            assert_eq!(fields.top("date"), Some(&Value::from("2024-01-02")), "{text}");
            assert!(oddities.iter().any(|(line, broken)| *broken && (2..=5).contains(line)), "{oddities:?}");
        }
    }

    #[test]
    fn lines_of_an_entry_reach_to_the_next() {
        let (fields, _) = fields("---\ntitle: >-\n  a\n  b\n\ntags:\n- x\n- y\n# why\ndate: 2024-01-02\n---\n");
        let lines = |key: &str| fields.field(key).map(|f| f.lines);
        assert_eq!((lines("title"), lines("tags"), lines("date")), (Some((2, 4)), Some((6, 8)), Some((10, 10))));
    }

    #[test]
    fn numbers_stay_as_they_are_written() {
        let (fields, _) = fields("---\ntitle: 1.10\nnothing:\nold: 007\n---\n");
        assert_eq!((fields.top("title"), fields.top("old")), (Some(&Value::from("1.10")), Some(&Value::from("007"))));
        assert_eq!((fields.top("nothing"), fields.top("Title").is_some()), (None, true));
    }
}
