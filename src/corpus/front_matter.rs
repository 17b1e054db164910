//! What the top of a post says of it: title, authors, date, labels, its own address, and whether it is published at all.

use jiff::civil::Date;
use serde_json::Value;

use super::Diagnostic;
use super::day;
use super::encoding::visible;
use super::fields::{self, Fields, Opening};
use super::markdown;
use super::mask::mask;
use super::people::People;
use super::source::{Engine, Source};

/// What a post's front matter says, and where.
#[derive(Debug, Default, PartialEq)]
pub(super) struct FrontMatter {
    pub title: Option<String>,
    pub authors: Vec<String>,
    /// The day of publication: the front matter's, else that of its address, of the file's name, of its folders.
    pub date: Option<Date>,
    /// Categories and tags, each once.
    pub categories: Vec<String>,
    pub description: Option<String>,
    pub own: OwnAddress,
    /// Why it is not published, if it says so.
    pub hidden: Option<Hidden>,
    /// The day from which on it is published, where that is another than its date (Hugo).
    pub publishes: Option<Date>,
    /// The day from which on it is published no more (Hugo).
    pub expires: Option<Date>,
    /// Whether its date is one that only a build can tell: of the file, or of its last commit (Eleventy).
    pub dated_by_build: bool,
    /// Whether it was told that a date of its own can't be read.
    pub bad_date: bool,
    /// Whether it says that it is published, wherever it stands.
    pub is_no_draft: bool,
    /// Whether there is any front matter.
    pub is_there: bool,
    /// Lines (from 1) of the title, author and date entries, in that order, each from its first to its last line.
    pub entry_lines: Vec<(usize, usize)>,
    /// Those of the entry that names the authors.
    pub author_lines: Option<(usize, usize)>,
}

/// What a front matter says of the post's address; what of it counts is up to the site's engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnAddress {
    /// `permalink`
    pub permalink: Option<String>,
    /// `url`
    pub url: Option<String>,
    /// `slug`
    pub slug: Option<String>,
    /// `link`
    pub link: Option<String>,
    /// `path`
    pub path: Option<String>,
    /// `aliases` and `redirect_from`: where it stood before.
    pub aliases: Vec<String>,
    /// `canonical_url`: where it was published first.
    pub canonical_url: Option<String>,
    /// The `date` as written, with its time and zone.
    pub date: Option<String>,
    /// `category` and `categories`, which some engines make folders of.
    pub categories: Vec<String>,
}

/// Why a post says that it is not to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    Draft,
    Unpublished,
    Unlisted,
}

/// Keys under which the day of publication stands, the first that holds one counts.
const DATES: &[&str] = &["date", "published", "pubDate", "publishDate", "published_at", "created"];

/// The front matter of `text` and the byte where the body begins. `file` is the path that may hold a date.
///
/// What is missing or broken becomes a [`Diagnostic`]; what can be read is kept. Only a post needs a date, no page.
pub(super) fn parse(
    file: &str,
    text: &str,
    people: &People,
    source: &Source,
    diagnostics: &mut Vec<Diagnostic>,
) -> (FrontMatter, usize) {
    // Where the engine takes a title from the file's name, one that is missing is none of the site's mistakes.
    let is_named = matches!(source.engine, Engine::Docusaurus | Engine::Mkdocs);
    let no_title = if is_named { Diagnostic::warning } else { Diagnostic::error };
    let (block, body) = match fields::opening(text) {
        Opening::Block(block, body) => (block, body),
        Opening::Text => {
            let mut front = FrontMatter { date: day::within(file), ..FrontMatter::default() };
            front.title = first_heading(text);
            let is_dated = front.date.is_some() || !source.dated || source.engine == Engine::Docusaurus;
            if front.title.is_none() || !is_dated {
                let message = "no front matter: begin the post with `---`, title, author, date, `---`";
                let finding = if is_dated { no_title } else { Diagnostic::error };
                diagnostics.push(finding(file, 1, message));
            }
            return (front, 0);
        }
        Opening::Unclosed(fence) => {
            let message = format!("the front matter is never closed: end it with a line `{fence}`");
            diagnostics.push(Diagnostic::error(file, 1, message));
            return (FrontMatter::default(), text.len());
        }
    };
    let (fields, oddities) = fields::read(&block);
    for oddity in oddities {
        let finding = if oddity.broken { Diagnostic::error } else { Diagnostic::warning };
        diagnostics.push(finding(file, oddity.line, oddity.message));
    }
    if fields.is_empty() {
        return (FrontMatter::default(), body);
    }
    let mut front = read(&fields, people);
    front.date = date(file, &fields, &mut front, diagnostics);
    front.title = front.title.or_else(|| first_heading(&text[body..]));
    if front.title.is_none() {
        diagnostics.push(no_title(file, 1, "no title: add `title: …` to the front matter"));
    }
    (front, body)
}

fn read(fields: &Fields, people: &People) -> FrontMatter {
    const AUTHORS: &[&str] = &["author", "authors"];
    let text_of = |key: &str| fields.get(&[key]).and_then(text);
    let mut categories: Vec<String> = Vec::new();
    for label in ["category", "categories", "tags"].iter().filter_map(|key| fields.get(&[key])).flat_map(labels) {
        if !categories.contains(&label) {
            categories.push(label);
        }
    }
    let day = |keys: &[&str]| keys.iter().find_map(|key| day::written(&text_of(key)?));
    let mut entry_lines: Vec<(usize, usize)> =
        ["title", "author", "authors", "date"].iter().filter_map(|key| fields.lines(key)).collect();
    entry_lines.sort_unstable();
    entry_lines.dedup();
    let named = AUTHORS.iter().map(|key| (key, fields.get(&[key]).map(|value| people.names(value)).unwrap_or_default()));
    let (author_lines, authors) =
        named.into_iter().find(|(_, names)| !names.is_empty()).map(|(key, names)| (fields.lines(key), names)).unwrap_or_default();
    FrontMatter {
        title: text_of("title"),
        authors,
        date: None,
        categories,
        description: text_of("description").or_else(|| text_of("summary")).or_else(|| text_of("excerpt")),
        own: own_address(fields),
        hidden: hidden(fields),
        publishes: day(&["publishDate", "pubdate"]),
        expires: day(&["expiryDate", "unpublishdate"]),
        dated_by_build: false,
        bad_date: false,
        is_no_draft: [("draft", false), ("published", true)]
            .iter()
            .any(|(key, wanted)| fields.top(key).is_some_and(|value| truth(value) == Some(*wanted))),
        is_there: true,
        entry_lines,
        author_lines,
    }
}

fn own_address(fields: &Fields) -> OwnAddress {
    let own = |key: &str| fields.top(key).and_then(text);
    let aliases = ["aliases", "redirect_from"].iter().filter_map(|key| fields.top(key)).flat_map(labels);
    OwnAddress {
        permalink: own("permalink"),
        url: own("url"),
        slug: own("slug"),
        link: own("link"),
        path: own("path"),
        aliases: aliases.collect(),
        canonical_url: own("canonical_url").or_else(|| own("canonical")),
        categories: own_categories(|name| fields.top(name)),
        date: fields.top("date").and_then(|value| text(value.get("created").unwrap_or(value))),
    }
}

/// Categories; in a text, `categories` are separated by blanks, and a `category` is one.
pub(crate) fn own_categories<'a>(field: impl Fn(&str) -> Option<&'a Value>) -> Vec<String> {
    let one = field("category").map(labels).unwrap_or_default();
    let several = match field("categories") {
        Some(Value::String(several)) => several.split_whitespace().map(str::to_owned).collect(),
        Some(several) => labels(several),
        None => Vec::new(),
    };
    one.into_iter().chain(several).collect()
}

/// Drafts, and what is kept from being built or listed: `published: false`, `permalink: false`, `render = false` and the like.
fn hidden(fields: &Fields) -> Option<Hidden> {
    let is = |key: &str, wanted: bool| fields.top(key).is_some_and(|value| truth(value) == Some(wanted));
    let never_built = ["build", "_build"]
        .iter()
        .filter_map(|key| fields.top(key)?.get("render"))
        .any(|render| truth(render) == Some(false) || render.as_str() == Some("never"));
    // Pelican's (https://docs.getpelican.com/en/stable/content.html#publishing-drafts), where `hidden` is listed nowhere.
    let status = fields.top("status").and_then(text).unwrap_or_default().to_lowercase();
    if is("draft", true) || status == "draft" {
        return Some(Hidden::Draft);
    }
    let unpublished = status == "skip"
        || is("published", false)
        || is("permalink", false)
        || is("render", false)
        || is("headless", true)
        || never_built;
    let unlisted = status == "hidden" || is("unlisted", true) || is("eleventyExcludeFromCollections", true);
    if unpublished { Some(Hidden::Unpublished) } else { unlisted.then_some(Hidden::Unlisted) }
}

/// Yes or no, as people write it.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(is) => Some(*is),
        Value::String(text) => match text.to_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A value as one line of text.
fn text(value: &Value) -> Option<String> {
    let written = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(is) => is.to_string(),
        Value::Array(items) => return items.iter().find_map(text),
        Value::Object(table) => return ["label", "name", "title"].iter().find_map(|key| text(table.get(*key)?)),
        Value::Null => return None,
    };
    // Escapes can write control characters that the file itself does not hold.
    let line = visible(&written).split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

/// Every text in a value: itself, the items of a list, the labels of a list of tables.
fn labels(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(labels).collect(),
        value => text(value).into_iter().collect(),
    }
}

/// The day of publication, first that is there: the front matter's, that of its own address, of the file's name, of its folders.
fn date(file: &str, fields: &Fields, front: &mut FrontMatter, diagnostics: &mut Vec<Diagnostic>) -> Option<Date> {
    let mut bad: Option<(usize, String)> = None;
    for field in DATES.iter().filter_map(|key| fields.field(key)) {
        let value = field.value.get("created").unwrap_or(&field.value);
        // `published: true` is no date.
        let Some(written) = text(value).filter(|_| !value.is_boolean()) else { continue };
        match day::written(&written) {
            Some(date) => return Some(date),
            None if field.key.eq_ignore_ascii_case("date") => bad = Some((field.lines.0, written)),
            None => {}
        }
    }
    let extra = || ["date", "created"].iter().find_map(|key| day::written(&text(fields.get(&[key])?)?));
    let addresses = [&front.own.path, &front.own.url, &front.own.permalink];
    let found =
        extra().or_else(|| addresses.into_iter().flatten().find_map(|own| day::within(own))).or_else(|| day::within(file));
    match (found, bad) {
        (_, None) => {}
        // What Eleventy takes for a date of the file (https://www.11ty.dev/docs/dates/).
        (_, Some((line, written))) if ["last modified", "created"].iter().any(|w| written.to_lowercase().ends_with(w)) => {
            front.dated_by_build = true;
            if found.is_none() {
                diagnostics.push(Diagnostic::warning(file, line, format!("the date `{written}` is known to the build only")));
            }
        }
        (Some(found), Some((line, written))) => {
            diagnostics.push(Diagnostic::warning(file, line, format!("bad date `{written}`, read as {found}")));
        }
        (None, Some((line, written))) => {
            front.bad_date = true;
            let message = format!("bad date `{written}`: write `YYYY-MM-DD` or RFC 3339");
            diagnostics.push(Diagnostic::error(file, line, message));
        }
    }
    found
}

/// The heading that a text begins with, where the front matter has no title.
fn first_heading(text: &str) -> Option<String> {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with(['<', '!']) && !line.starts_with("import "))?;
    let heading = line.strip_prefix("# ")?.trim().trim_end_matches('#').trim();
    let heading = heading.split(" {#").next().unwrap_or(heading);
    let (blocks, _) = markdown::blocks(heading, &mask(heading, 0), 0);
    let plain: Vec<&str> = blocks.iter().flat_map(|block| &block.sentences).map(|sentence| sentence.plain.as_str()).collect();
    let plain = visible(&plain.join(" ")).trim().to_owned();
    (!plain.is_empty()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posts() -> Source {
        Source { dated: true, ..Source::default() }
    }

    fn of_file(file: &str, yaml: &str) -> (FrontMatter, Vec<String>) {
        let mut diagnostics = Vec::new();
        let text = format!("---\n{yaml}---\nbody\n");
        let (front, body) = parse(file, &text, &People::default(), &posts(), &mut diagnostics);
        assert_eq!(&text[body..], "body\n");
        (front, diagnostics.iter().map(ToString::to_string).collect())
    }

    fn parsed(yaml: &str) -> (FrontMatter, Vec<String>) {
        of_file("x.md", yaml)
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
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
    }

    #[test]
    fn reads_labels_and_descriptions() {
        let (front, _) = parsed("title: 'A: b'\nauthor: a\ndate: 2024-01-02\ncategory: [one, two]\ntags: [two, 3]\nsummary: S\n");
        assert_eq!(front.title.as_deref(), Some("A: b"));
        assert_eq!(front.categories, ["one", "two", "3"]);
        assert_eq!(front.description.as_deref(), Some("S"));
    }

    #[test]
    fn dates_come_from_the_first_place_that_has_one() {
        for (file, yaml, expected) in [
            ("x.md", "date: 2024-01-02\npublished: 2023-01-01\n", "2024-01-02"),
            ("2020-01-01-x.md", "date: 2024-01-02\n", "2024-01-02"),
            ("x.md", "date:\n  created: 2024-01-02\n  updated: 2025-01-01\n", "2024-01-02"),
            ("x.md", "published: 2024-01-02\n", "2024-01-02"),
            ("x.md", "published: true\npubDate: Jan 2, 2024\n", "2024-01-02"),
            ("2020-01-01-x.md", "path: /2024/01/02/x\n", "2024-01-02"),
            ("2020-01-01-x.md", "url: /2024/01/02/x/\n", "2024-01-02"),
            ("2020-01-01-x.md", "permalink: /blog/2024-01-02-x.html\n", "2024-01-02"),
            ("2020-01-01-x.md", "permalink: /x/\n", "2020-01-01"),
            ("2020/01/01/x/index.md", "title: x\n", "2020-01-01"),
            ("2020-01-01-x/index.md", "title: x\n", "2020-01-01"),
            ("2020-01-01-x.md", "date: soon\n", "2020-01-01"),
            ("x.md", "title: x\n", "-"),
        ] {
            let date = of_file(file, yaml).0.date;
            assert_eq!(date.map_or_else(|| "-".to_owned(), |d| d.to_string()), expected, "{file} {yaml}");
        }
    }

    #[test]
    fn what_is_not_published_says_so() {
        for (yaml, expected) in [
            ("draft: true\n", Some(Hidden::Draft)),
            ("draft: 'yes'\n", Some(Hidden::Draft)),
            ("draft: false\n", None),
            ("published: false\n", Some(Hidden::Unpublished)),
            ("published: true\n", None),
            ("permalink: false\n", Some(Hidden::Unpublished)),
            ("unlisted: true\n", Some(Hidden::Unlisted)),
            ("status: draft\n", Some(Hidden::Draft)),
            ("status: hidden\n", Some(Hidden::Unlisted)),
            ("build:\n  render: never\n", Some(Hidden::Unpublished)),
        ] {
            assert_eq!(parsed(yaml).0.hidden, expected, "{yaml}");
        }
    }

    #[test]
    fn reports_what_is_broken_with_its_line() {
        assert_eq!(parsed("title: T\nauthor: A\ndate: soon\n").1, ["x.md:4: bad date `soon`: write `YYYY-MM-DD` or RFC 3339"]);
        assert_eq!(
            of_file("2024-01-02-x.md", "title: T\nauthor: A\ndate: soon\n").1,
            ["2024-01-02-x.md:4: warning: bad date `soon`, read as 2024-01-02"]
        );
        assert!(parsed("author: A\ndate: 2024-01-02\n").1[0].contains("no title"));
        let broken = parsed("title: \"never closed\nauthor: A\n").1;
        assert!(broken[0].contains("broken front matter"), "{broken:?}");
    }

    #[test]
    fn an_author_in_a_table_is_quoted_with_its_line() {
        for text in [
            "+++\ntitle = \"T\"\ndate = 2024-01-02\n[extra]\ntoc = true\nauthor = \"Ann Lee\"\n+++\n",
            "---\ntitle: T\ndate: 2024-01-02\nextra:\n  toc: true\n  author: Ann Lee\n---\n",
            "+++\ntitle = \"T\"\ndate = 2024-01-02\n\n[taxonomies]\nauthors = [\"Ann Lee\"]\n+++\n",
        ] {
            let (front, _) = parse("x.md", text, &People::default(), &posts(), &mut Vec::new());
            assert_eq!((front.authors, front.entry_lines), (vec!["Ann Lee".to_owned()], vec![(2, 2), (3, 3), (6, 6)]), "{text}");
        }
    }

    #[test]
    fn a_title_may_stand_in_the_text() {
        for (text, expected) in [
            ("---\ndate: 2024-01-02\n---\n\n# The *title* {#id}\n\ntext\n", Some("The title")),
            ("# The title\n\ntext\n", Some("The title")),
            ("---\ndate: 2024-01-02\n---\n\ntext\n\n# Later\n", None),
        ] {
            let (front, _) = parse("x.md", text, &People::default(), &posts(), &mut Vec::new());
            assert_eq!(front.title.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn an_open_block_quotes_nothing() {
        let mut diagnostics = Vec::new();
        let text = "---\ntitle: T\n\ntext\n";
        let (_, body) = parse("x.md", text, &People::default(), &posts(), &mut diagnostics);
        assert_eq!((body, diagnostics.len()), (text.len(), 1));
    }
}
