//! A post's public address, as the site's engine builds it.
//!
//! A pattern holds the engine's own rule for all posts; what a post says of its own address counts as the engine counts it:
//! Jekyll's `permalink`, Hugo's `url`, Zola's `path`, Docusaurus' and Hugo's `slug`, Eleventy's `permalink`, Gatsby's `path`.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use regex::{Captures, Regex};

use super::day;
use super::front_matter::OwnAddress;
use super::slug;
use super::source::{Engine, Source};

/// What a post's address may be made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    /// The file's path within the corpus folder.
    pub file: &'a str,
    /// The file's path within the folder of posts.
    pub path: &'a str,
    /// The post's title.
    pub title: &'a str,
    /// The day of publication.
    pub date: Option<Date>,
    /// What its front matter says of its address.
    pub own: &'a OwnAddress,
}

/// What may stand in braces in a pattern, and what it stands for.
pub const PLACEHOLDERS: &[(&str, &str)] = &[
    ("slug", "the post's `slug`, else the name of its file (or, for an index file, of its folder)"),
    ("title", "the same without the date that a file's name begins with"),
    ("name", "the name of its file, whatever its `slug`"),
    ("path", "the path within the folder of posts, ending with the slug"),
    ("folder", "the folders of that path"),
    ("title_slug", "the title in small letters and hyphens"),
    ("year", "the year of its date, of four digits"),
    ("short_year", "… of two"),
    ("month", "the month, of two digits"),
    ("i_month", "… without a leading zero"),
    ("month_name", "… in words, in small letters"),
    ("day", "the day, of two digits"),
    ("i_day", "… without a leading zero"),
    ("y_day", "the day of the year, of three digits"),
    ("categories", "its categories"),
    ("category", "the first of them"),
];

/// The address of a post; empty where it can't be told: none is better than one that leads nowhere.
pub(crate) fn address(source: &Source, facts: &Facts<'_>) -> String {
    let parts = Parts::of(source, facts);
    let address = match own(source.engine, facts.own) {
        Some(own) => whole(source, &own, &parts).unwrap_or_default(),
        None => parts.fill(source.url_of(facts.file)),
    };
    let is_index = source.engine == Engine::Eleventy && address.ends_with("/index.html");
    let address = if is_index { address.trim_end_matches("index.html").to_owned() } else { address };
    if address.starts_with("http") && !address.contains(['{', '}']) { tidy(&address) } else { String::new() }
}

/// The day that a post shows, where the engine counts days in the site's time zone.
pub(crate) fn shown_day(source: &Source, own: &OwnAddress) -> Option<Date> {
    let date = own.date.as_deref().filter(|_| source.engine == Engine::Jekyll)?;
    day_in_zone(date, &source.zone)
}

/// What a post says of its whole address, by the rules of the engine.
fn own(engine: Engine, own: &OwnAddress) -> Option<String> {
    let rooted = |value: &Option<String>| value.clone().filter(|value| value.starts_with('/') || value.starts_with("http"));
    match engine {
        Engine::Jekyll | Engine::Eleventy | Engine::Hexo => own.permalink.clone(),
        Engine::Hugo | Engine::Pelican => own.url.clone(),
        Engine::Zola => own.path.as_ref().map(|path| format!("{}/", path.trim_end_matches('/'))),
        Engine::Docusaurus => own.slug.clone(),
        Engine::Mkdocs => None,
        Engine::Gatsby => rooted(&own.path).or_else(|| rooted(&own.slug)).or_else(|| rooted(&own.permalink)),
        Engine::Plain => {
            let all = [&own.permalink, &own.url, &own.path, &own.slug];
            all.into_iter().find_map(rooted)
        }
    }
}

/// An address of the post's own, made whole; none, where it holds a template that only the engine can read.
fn whole(source: &Source, own: &str, parts: &Parts<'_>) -> Option<String> {
    let own = match source.engine {
        Engine::Jekyll => parts.fill(&jekyll_pattern(own)),
        Engine::Eleventy => eleventy(own, parts)?,
        Engine::Plain
        | Engine::Hexo
        | Engine::Hugo
        | Engine::Zola
        | Engine::Docusaurus
        | Engine::Mkdocs
        | Engine::Gatsby
        | Engine::Pelican => own.to_owned(),
    };
    if own.contains(['{', '}']) {
        return None;
    }
    let own = own.strip_suffix("index.html").unwrap_or(&own);
    let own = if source.engine == Engine::Hugo { hugo(own, source) } else { own.to_owned() };
    if own.starts_with("http://") || own.starts_with("https://") {
        return Some(own);
    }
    let base = if source.base.is_empty() { host(&source.url) } else { source.base.trim_end_matches('/') };
    let slash = match source.engine {
        // Docusaurus has a slash at the end of every page, or of none.
        Engine::Docusaurus if source.url.ends_with('/') && !own.ends_with('/') => "/",
        Engine::Docusaurus
        | Engine::Plain
        | Engine::Jekyll
        | Engine::Hexo
        | Engine::Hugo
        | Engine::Zola
        | Engine::Mkdocs
        | Engine::Eleventy
        | Engine::Gatsby
        | Engine::Pelican => "",
    };
    Some(format!("{base}/{}{slash}", escaped(own.trim_start_matches('/'))))
}

/// Hugo's `url`: without a slash at its start it counts from the language's part of the site; without an extension it is a folder
/// (<https://gohugo.io/content-management/urls/#url>).
fn hugo(own: &str, source: &Source) -> String {
    let rest = source.url.strip_prefix(source.base.as_str()).unwrap_or_default();
    let language = rest.trim_start_matches('/').split('/').next().filter(|first| crate::corpus::is_language(first));
    let prefix = language.filter(|_| !own.starts_with('/') && !own.starts_with("http")).map_or("", |language| language);
    let is_file = own.ends_with('/') || own.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let own = if is_file { own.to_owned() } else { format!("{own}/") };
    if prefix.is_empty() { own } else { format!("{prefix}/{own}") }
}

/// Scheme and host of an address.
pub(crate) fn host(url: &str) -> &str {
    let after = url.find("://").map_or(0, |at| at + 3);
    url[after..].find('/').map_or(url, |at| &url[..after + at])
}

/// No two slashes in a row but after the scheme.
fn tidy(address: &str) -> String {
    let start = address.find("://").map_or(0, |at| at + 3);
    let mut path = address[start..].to_owned();
    while path.contains("//") {
        path = path.replace("//", "/");
    }
    format!("{}{path}", &address[..start])
}

/// Jekyll's styles and its `:placeholders` in braces.
pub(crate) fn jekyll_pattern(permalink: &str) -> String {
    static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r":([a-z]+(?:_[a-z]+)*)").expect("a valid pattern"));
    let styled = match permalink.trim() {
        "date" => "/:categories/:year/:month/:day/:title.html",
        "pretty" => "/:categories/:year/:month/:day/:title/",
        "ordinal" => "/:categories/:year/:y_day/:title.html",
        "weekdate" => "/:categories/:year/W:week/:short_day/:title.html",
        "none" => "/:categories/:title.html",
        other => other,
    };
    NAME.replace_all(styled, |name: &Captures<'_>| match &name[1] {
        "output_ext" => ".html".to_owned(),
        "w_year" => "{week_year}".to_owned(),
        "w_day" => "{week_day}".to_owned(),
        "name" => "{title}".to_owned(),
        "slug" => "{lower_title}".to_owned(),
        "collection" => "posts".to_owned(),
        other => format!("{{{other}}}"),
    })
    .into_owned()
}

/// A date's format as filters have it (`%Y/%m/%d`, `yyyy/MM/dd`) in braces; none, where it holds more than year, month and day.
pub(crate) fn date_pattern(format: &str) -> Option<String> {
    const PARTS: &[(&str, &str)] = &[
        ("%-m", "{i_month}"),
        ("%-d", "{i_day}"),
        ("%Y", "{year}"),
        ("%y", "{short_year}"),
        ("%m", "{month}"),
        ("%d", "{day}"),
        ("%b", "{short_month}"),
        ("%j", "{y_day}"),
        ("yyyy", "{year}"),
        ("YYYY", "{year}"),
        ("MM", "{month}"),
        ("dd", "{day}"),
        ("DD", "{day}"),
    ];
    let mut pattern = String::new();
    let mut rest = format;
    while let Some(next) = rest.chars().next() {
        // A part is a sign with what belongs to it, or a run of one letter: `MMMM` is another than `MM`.
        let run = rest.len() - rest.trim_start_matches(next).len();
        let part =
            if next == '%' { PARTS.iter().map(|(from, _)| *from).find(|from| rest.starts_with(from))? } else { &rest[..run] };
        match PARTS.iter().find(|(from, _)| *from == part) {
            Some((_, to)) => pattern.push_str(to),
            None if next.is_alphanumeric() => return None,
            None => pattern.push_str(part),
        }
        rest = &rest[part.len()..];
    }
    Some(pattern)
}

/// Eleventy's permalink with what of its templates is about name, path, title and date; none, where one is about more.
fn eleventy(permalink: &str, parts: &Parts<'_>) -> Option<String> {
    static TEMPLATE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{\{-?\s*(.*?)\s*-?\}\}").expect("a valid pattern"));
    let mut known = true;
    let filled = TEMPLATE.replace_all(permalink, |found: &Captures<'_>| {
        parts.template(&found[1]).unwrap_or_else(|| {
            known = false;
            String::new()
        })
    });
    (known && !filled.contains("{%")).then(|| filled.into_owned())
}

/// What stands in the place of placeholders for one post.
#[derive(Clone)]
pub(crate) struct Parts<'a> {
    engine: Engine,
    facts: Facts<'a>,
    /// As the engine has it: for Jekyll in the site's time zone, which is UTC where nothing else is said.
    date: Option<Date>,
    /// The name of the file, or of the folder of an index file.
    name: String,
    /// Whether it is the page of the folder that holds all.
    is_first: bool,
    /// The folders of the path, with `/`.
    folder: String,
    above: String,
    /// The categories that the site's settings give it.
    given: &'a [String],
    /// The path from the engine's own root, without extension and the name's date, as Eleventy has it.
    stem: String,
    /// Whether capital letters stay.
    cased: bool,
}

impl<'a> Parts<'a> {
    fn of(source: &'a Source, facts: &Facts<'a>) -> Self {
        let stem = facts.path.rsplit_once('.').map_or(facts.path, |(stem, _)| stem);
        // Translations: `index.en`, of which the first language is the one that is read.
        let translated =
            |language: &str| matches!(source.engine, Engine::Hugo | Engine::Zola) && crate::corpus::is_language(language);
        let stem = stem.rsplit_once('.').filter(|(_, language)| translated(language)).map_or(stem, |(stem, _)| stem);
        let path = stem.strip_suffix("/index").or_else(|| stem.strip_suffix("/README")).unwrap_or(stem);
        // The first of all pages stands where their folder does.
        let is_first = !source.dated && matches!(path, "index" | "README");
        let path = if is_first { "" } else { path };
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let date = shown_day(source, facts.own).or(facts.date);
        Self {
            engine: source.engine,
            facts: *facts,
            date,
            name: name.to_owned(),
            is_first,
            folder: folder.to_owned(),
            above: above(source, facts.file),
            given: source.categories_of(facts.file),
            stem: stem_within(&source.root, facts.file),
            cased: false,
        }
    }

    /// The post's own slug, or its name by the rules of the engine.
    fn slug(&self, with_date: bool) -> String {
        let name = if with_date { self.name.as_str() } else { day::stripped(&self.name) };
        let own = self.facts.own.slug.as_deref();
        match self.engine {
            Engine::Jekyll => slug::jekyll(own.unwrap_or(name)),
            Engine::Hugo => self.hugo(own.unwrap_or(name)),
            Engine::Zola => own.map_or_else(|| slug::plain(day::stripped_loosely(name)), slug::plain),
            Engine::Plain
            | Engine::Hexo
            | Engine::Docusaurus
            | Engine::Mkdocs
            | Engine::Eleventy
            | Engine::Gatsby
            | Engine::Pelican => own.unwrap_or(name).trim_matches('/').to_owned(),
        }
    }

    /// A text as a part of Hugo's addresses, in small letters unless the site keeps capital ones.
    fn hugo(&self, text: &str) -> String {
        if self.cased { slug::hugo_cased(text) } else { slug::hugo(text) }
    }

    fn hugo_folder(&self) -> String {
        self.folder.split('/').map(|part| self.hugo(part)).collect::<Vec<_>>().join("/")
    }

    fn path(&self, with_date: bool) -> String {
        let (slug, folder) = match self.engine {
            Engine::Docusaurus => return self.docusaurus(),
            Engine::Hugo => (self.slug(with_date), self.hugo_folder()),
            Engine::Zola => {
                let folders: Vec<String> = self.folder.split('/').map(slug::plain).collect();
                let is_lost = !self.folder.is_empty() && folders.iter().any(String::is_empty);
                (if is_lost { String::new() } else { self.slug(false) }, folders.join("/"))
            }
            // A file that is named as its folder is that folder's own page (https://www.11ty.dev/docs/permalinks/).
            Engine::Eleventy if self.is_named_as_folder() => return self.folder.clone(),
            Engine::Eleventy | Engine::Hexo => {
                let name = if with_date { self.name.as_str() } else { day::stripped(&self.name) };
                (name.to_owned(), self.folder.clone())
            }
            Engine::Plain | Engine::Jekyll | Engine::Mkdocs | Engine::Gatsby | Engine::Pelican => {
                (self.slug(with_date), self.folder.clone())
            }
        };
        if folder.is_empty() { slug } else { format!("{folder}/{slug}") }
    }

    fn is_named_as_folder(&self) -> bool {
        !self.folder.is_empty() && self.folder.rsplit('/').next() == Some(self.name.as_str())
    }

    /// The path as it is, but for the date and the post's own slug.
    fn raw_path(&self) -> String {
        let name = day::stripped_loosely(&self.name);
        let slug = self.facts.own.slug.as_deref().unwrap_or(name);
        if self.folder.is_empty() { slug.to_owned() } else { format!("{}/{slug}", self.folder) }
    }

    /// Docusaurus takes a date in the path to the front: `2024-01-02-name`, `2024/01/02/name`, `2024-01-02/name`.
    fn docusaurus(&self) -> String {
        static DATED: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"^(.*)(\d{4}[-/]\d{1,2}[-/]\d{1,2})[-/]?(.*)$").expect("a valid pattern"));
        let path = if self.folder.is_empty() { self.name.clone() } else { format!("{}/{}", self.folder, self.name) };
        match DATED.captures(&path) {
            Some(found) => format!("{}/{}{}", found[2].replace('-', "/"), &found[1], &found[3]),
            None => path,
        }
    }

    /// Fills a pattern. What a post does not have leaves nothing; a placeholder that is not known, a part of a date that is not
    /// known, and a name of which no letter is left, stay in braces: such an address can't be told.
    pub(crate) fn fill(&self, pattern: &str) -> String {
        static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{([a-z_]+)\}").expect("a valid pattern"));
        NAME.replace_all(pattern, |found: &Captures<'_>| {
            let is_name = matches!(
                found[1].trim_start_matches("cased_"),
                "slug" | "title" | "lower_title" | "name" | "title_slug" | "slug_or_title"
            );
            let is_path = found[1].ends_with("path");
            let is_lost = |value: &str| value.is_empty() && is_name || is_path && (value.is_empty() || value.ends_with('/'));
            let lost = |value: &String| !self.is_first && is_lost(value);
            let Some(value) = self.value(&found[1]).filter(|value| !lost(value)) else { return found[0].to_owned() };
            escaped_within(&value, is_path || found[1].contains("folder") || found[1].ends_with("categories"))
        })
        .into_owned()
    }

    /// What a placeholder stands for; none, for one that is not known, or a date that is not.
    fn value(&self, name: &str) -> Option<String> {
        let date = |format: &str| Some(self.date?.strftime(format).to_string());
        if let Some(name) = name.strip_prefix("cased_") {
            return Self { cased: true, ..self.clone() }.value(name);
        }
        Some(match name {
            "slug" => self.slug(true),
            "title" => self.slug(false),
            "lower_title" => slug::jekyll_default(&self.slug(false)),
            "name" if self.engine == Engine::Hugo => self.hugo(&self.name),
            "name" => self.name.clone(),
            "path" => self.path(true),
            "bare_path" => self.path(false),
            "raw_path" => self.raw_path(),
            "stem_path" => self.stem.clone(),
            "folder" if self.engine == Engine::Hugo => self.hugo_folder(),
            "folder" => self.folder.clone(),
            "title_slug" => self.title_slug(),
            "slug_or_title" => self.hugo(self.facts.own.slug.as_deref().unwrap_or(self.facts.title)),
            "year" => date("%Y")?,
            "short_year" => date("%y")?,
            "month" => date("%m")?,
            "i_month" => date("%-m")?,
            "month_name" => date("%B")?.to_lowercase(),
            "long_month" => date("%B")?,
            "long_day" => date("%A")?,
            "week_year" => date("%G")?,
            "week_day" => date("%u")?,
            "weekday" => date("%w")?,
            "weekday_name" => date("%A")?.to_lowercase(),
            "short_month" => date("%b")?,
            "day" => date("%d")?,
            "i_day" => date("%-d")?,
            "y_day" => date("%j")?,
            "week" => date("%V")?,
            "short_day" => date("%a")?,
            "hour" | "minute" | "second" => self.time(name),
            "categories" => self.categories().join("/"),
            "slugified_categories" => {
                self.categories().iter().map(|category| slug::jekyll_default(category)).collect::<Vec<_>>().join("/")
            }
            "category" => self.categories().into_iter().next().unwrap_or_default(),
            _ => return None,
        })
    }

    fn title_slug(&self) -> String {
        match (self.engine, &self.facts.own.slug) {
            (Engine::Mkdocs | Engine::Pelican, Some(slug)) => slug.clone(),
            (Engine::Mkdocs, None) => slug::material(self.facts.title),
            (Engine::Hugo, _) => self.hugo(self.facts.title),
            (Engine::Pelican, None) => slug::pelican(self.facts.title),
            _ => slug::plain(self.facts.title),
        }
    }

    fn time(&self, which: &str) -> String {
        static TIME: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"[T ](\d{2}):(\d{2})(?::(\d{2}))?").expect("a valid pattern"));
        let at = match which {
            "hour" => 1,
            "minute" => 2,
            _ => 3,
        };
        let found = self.facts.own.date.as_deref().and_then(|date| TIME.captures(date));
        found.and_then(|found| found.get(at).map(|m| m.as_str().to_owned())).unwrap_or_else(|| "00".to_owned())
    }

    fn categories(&self) -> Vec<String> {
        let own = &self.facts.own.categories;
        match self.engine {
            Engine::Jekyll => {
                let above = self.above.split('/').filter(|folder| !folder.is_empty()).map(str::to_owned);
                let mut all: Vec<String> = Vec::new();
                for category in above.chain(self.given.iter().chain(own).cloned()).map(|category| category.to_lowercase()) {
                    if !all.contains(&category) {
                        all.push(category);
                    }
                }
                all
            }
            Engine::Hexo if own.is_empty() => vec!["uncategorized".to_owned()],
            Engine::Hexo => own.iter().map(|category| slug::hexo(category)).collect(),
            // The folder's name is the category of what has none.
            Engine::Pelican if own.is_empty() => {
                let folder = self.folder.rsplit('/').next().filter(|folder| !folder.is_empty());
                vec![folder.map_or_else(|| "misc".to_owned(), slug::plain)]
            }
            Engine::Mkdocs => own.iter().take(1).map(|category| slug::material(category)).collect(),
            _ => own.iter().map(|category| slug::plain(category)).collect(),
        }
    }

    /// What one of Eleventy's templates stands for.
    fn template(&self, template: &str) -> Option<String> {
        static DATE: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r#"^(?:page\.)?date\s*\|\s*date\s*:?\s*\(?["'](.+?)["']\)?$"#).expect("a valid pattern"));
        let template = template.trim();
        if let Some(format) = DATE.captures(template) {
            return self.date.and_then(|_| date_pattern(&format[1])).map(|pattern| self.fill(&pattern));
        }
        let mut pipes = template.split('|').map(str::trim);
        let value = match pipes.next()? {
            "page.fileSlug" => day::stripped(&self.name).to_owned(),
            "page.filePathStem" => format!("/{}", self.stem),
            "title" => self.facts.title.to_owned(),
            "slug" => self.facts.own.slug.clone()?,
            _ => return None,
        };
        pipes.try_fold(value, |value, filter| match filter {
            "slug" | "slugify" => Some(slug::plain(&value)).filter(|slug| !slug.is_empty()),
            "safe" | "string" => Some(value),
            _ => None,
        })
    }
}

/// A file's path within a folder, without extension and the date of its name
/// (<https://www.11ty.dev/docs/data-eleventy-supplied/#filepathstem>).
fn stem_within(root: &str, file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let stem = stem.strip_prefix(root).unwrap_or(stem).trim_start_matches('/');
    let (folder, name) = stem.rsplit_once('/').map_or(("", stem), |(folder, name)| (&stem[..=folder.len()], name));
    format!("{folder}{}", day::stripped(name))
}

/// Folders above Jekyll's `_posts`, which are categories; the site's own folder is none.
fn above(source: &Source, file: &str) -> String {
    if source.engine != Engine::Jekyll {
        return String::new();
    }
    let parent = |path: &str| path.find("_posts").map(|at| path[..at].trim_end_matches('/').to_owned());
    let own = parent(file).unwrap_or_default();
    let roots: Vec<String> = source.posts.iter().filter_map(|folder| parent(&format!("{folder}/"))).collect();
    let shortest = roots.iter().min_by_key(|root| root.len()).cloned().unwrap_or_default();
    own.strip_prefix(&shortest).unwrap_or(&own).trim_matches('/').to_owned()
}

/// The day on which a moment falls in a time zone, where it is written with its own; without one it is the day written.
fn day_in_zone(written: &str, zone: &str) -> Option<Date> {
    static MOMENT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(\d{4})-(\d{1,2})-(\d{1,2})[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*(Z|[-+]\d{1,2}:?\d{2})?$")
            .expect("a valid pattern")
    });
    let found = MOMENT.captures(written.trim())?;
    let number = |at: usize| found.get(at).and_then(|m| m.as_str().parse::<i16>().ok());
    let date = Date::new(number(1)?, i8::try_from(number(2)?).ok()?, i8::try_from(number(3)?).ok()?).ok()?;
    let small = |at: usize| i8::try_from(number(at).unwrap_or(0)).ok();
    let time = date.at(small(4)?, small(5)?, small(6)?.min(59), 0);
    let offset = match found.get(7).map(|m| m.as_str()) {
        None | Some("Z") => 0,
        Some(offset) => {
            let digits: String = offset.chars().filter(char::is_ascii_digit).collect();
            let (hours, minutes) = digits.split_at(digits.len() - 2);
            let minutes = hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?;
            if offset.starts_with('-') { -minutes } else { minutes }
        }
    };
    let there = jiff::tz::Offset::from_seconds(offset * 60).ok()?;
    let zone = if zone.is_empty() { TimeZone::UTC } else { TimeZone::get(zone).unwrap_or(TimeZone::UTC) };
    Some(there.to_timestamp(time).ok()?.to_zoned(zone).date())
}

/// A value as a part of an address (RFC 3986, section 2.1); slashes stay where it is a path. Without a library: the set of bytes that
/// stay is all there is to it, and `percent-encoding` wants that set of its caller.
fn escaped_within(value: &str, is_path: bool) -> String {
    let byte = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
        // What a path may hold as it is (section 3.3), but for parentheses, at which chat clients end an address.
        b'!' | b'$' | b'&' | b'\'' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'@' => char::from(b).to_string(),
        b'/' if is_path => "/".to_owned(),
        _ => format!("%{b:02X}"),
    };
    value.bytes().map(byte).collect()
}

/// An address that someone wrote, with what no address may hold escaped.
fn escaped(written: &str) -> String {
    let letter = |c: char| {
        if c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '`' | '\\' | '^' | '{' | '|' | '}') {
            c.to_string()
        } else {
            escaped_within(&c.to_string(), false)
        }
    };
    written.chars().map(letter).collect()
}
