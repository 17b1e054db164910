//! Files of a site that are no posts, and why.

use std::collections::HashSet;
use std::fmt;
use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use super::files::without_extension;
use super::front_matter::{FrontMatter, Hidden};
use super::source::{Engine, Source};

/// A file that is not read as a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The path within the corpus folder.
    pub file: String,
    /// Why.
    pub reason: Reason,
}

/// Why a file is no post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// It says that it is a draft, or stands among drafts.
    Draft,
    /// It says that it is not published.
    Unpublished,
    /// It says that it is listed nowhere.
    Unlisted,
    /// Its day is yet to come.
    Future,
    /// Its day of expiry is past.
    Expired,
    /// A page that lists others (`_index`, `index`, `tags`, `archive`).
    Section,
    /// A part of other pages (`_partial`).
    Part,
    /// It is about the repository (`README`, `CONTRIBUTING`), not of the site.
    Repository,
    /// A page without a date, among posts.
    Undated,
    /// A page among pages, beside the posts (Pelican's `pages`).
    Page,
    /// Its name is not one that the engine takes for a post's (Jekyll's `YEAR-MONTH-DAY-title`).
    Misnamed,
    /// It holds nothing.
    Empty,
    /// The same in another language.
    OtherLanguage,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft => "draft",
            Self::Unpublished => "not published",
            Self::Unlisted => "not listed",
            Self::Future => "dated in the future",
            Self::Expired => "expired",
            Self::Section => "section page",
            Self::Part => "part of pages",
            Self::Repository => "about the repository",
            Self::Undated => "page without a date",
            Self::Page => "page",
            Self::Misnamed => "no date in its name",
            Self::Empty => "empty",
            Self::OtherLanguage => "translation",
        })
    }
}

/// Pages that list posts or stand beside them, where they have no date.
const LISTS: &[&str] = &[
    "index",
    "tags",
    "tag",
    "categories",
    "category",
    "archive",
    "archives",
    "authors",
    "posts",
    "blog",
    "search",
    "404",
    "about",
];

/// What the path alone tells, among all `paths` of the source.
pub(super) fn by_path(path: &str, paths: &HashSet<&str>, source: &Source) -> Option<Reason> {
    let stem = without_extension(path);
    let (folders, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let within = source.within(path).unwrap_or(path);
    if folders.split('/').any(|folder| matches!(folder, "_drafts" | "drafts")) {
        Some(Reason::Draft)
    } else if name.eq_ignore_ascii_case("readme") {
        Some(Reason::Repository)
    } else if name.starts_with('_') {
        Some(if name.starts_with("_index") { Reason::Section } else { Reason::Part })
    } else if is_translation(path, paths) {
        Some(Reason::OtherLanguage)
    } else {
        match source.engine {
            Engine::Hugo if is_resource(path, paths, source) => Some(Reason::Part),
            // https://docusaurus.io/docs/api/plugins/@docusaurus/plugin-content-blog#exclude
            Engine::Docusaurus if within.starts_with('_') || within.contains("/_") => Some(Reason::Part),
            // https://docs.getpelican.com/en/stable/content.html#pages
            Engine::Pelican if within.starts_with("pages/") => Some(Reason::Page),
            Engine::Jekyll if format!("/{folders}/").contains("/_posts/") && !is_named_as_a_post(name) => Some(Reason::Misnamed),
            Engine::Plain
            | Engine::Jekyll
            | Engine::Hexo
            | Engine::Hugo
            | Engine::Zola
            | Engine::Docusaurus
            | Engine::Mkdocs
            | Engine::Eleventy
            | Engine::Gatsby
            | Engine::Pelican => None,
        }
    }
}

/// Whether it belongs to a page that is a folder (<https://gohugo.io/content-management/page-bundles/#leaf-bundles>).
fn is_resource(path: &str, paths: &HashSet<&str>, source: &Source) -> bool {
    const PAGES: &[&str] = &["index.md", "index.markdown", "index.en.md"];
    let (own, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_page = |folder: &str| PAGES.iter().any(|page| paths.contains(format!("{folder}/{page}").as_str()));
    let below_posts = |folder: &&str| source.within(folder).is_some_and(|within| !within.is_empty());
    let above = std::iter::successors(Some(own), |folder| folder.rsplit_once('/').map(|(above, _)| above));
    let is_itself = |folder: &str| folder == own && name.starts_with("index.");
    above.take_while(below_posts).any(|folder| !is_itself(folder) && is_page(folder))
}

/// What Jekyll takes for a post: `2024-01-02-title` (<https://jekyllrb.com/docs/posts/#creating-posts>).
fn is_named_as_a_post(name: &str) -> bool {
    static NAMED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\d{2,4}-\d{1,2}-\d{1,2}-.").expect("a valid pattern"));
    NAMED.is_match(name)
}

/// What the front matter tells. `today`: posts of later days are yet to come.
pub(super) fn by_front_matter(path: &str, front: &FrontMatter, source: &Source, today: Option<Date>) -> Option<Reason> {
    let name = without_extension(path).rsplit('/').next().unwrap_or(path);
    match front.hidden {
        Some(Hidden::Draft) => return Some(Reason::Draft),
        Some(Hidden::Unpublished) => return Some(Reason::Unpublished),
        Some(Hidden::Unlisted) => return Some(Reason::Unlisted),
        None if source.is_draft(path) && !front.is_no_draft => return Some(Reason::Draft),
        None => {}
    }
    if let Some(today) = today {
        if front.expires.is_some_and(|day| day <= today) {
            return Some(Reason::Expired);
        }
        let day = match source.engine {
            // Hugo counts from the day of publication, which is the date where none is given.
            Engine::Hugo => front.publishes.or(front.date),
            Engine::Plain => front.publishes.max(front.date),
            Engine::Jekyll
            | Engine::Hexo
            | Engine::Zola
            | Engine::Docusaurus
            | Engine::Mkdocs
            | Engine::Eleventy
            | Engine::Gatsby
            | Engine::Pelican => front.date,
        };
        if !source.future && day.is_some_and(|day| day > today) {
            return Some(Reason::Future);
        }
    }
    match front.date {
        Some(_) => None,
        None if !source.dated || front.dated_by_build => None,
        None if LISTS.contains(&name.to_lowercase().as_str()) => Some(Reason::Section),
        None if is_shouted(name) => Some(Reason::Repository),
        // Docusaurus builds whatever stands among the posts, and dates it by its commit
        // (https://docusaurus.io/docs/api/plugins/@docusaurus/plugin-content-blog#date).
        None if source.engine == Engine::Docusaurus => None,
        // In a folder of nothing but posts, a date that is missing is a mistake, and is told as one.
        None => (source.engine != Engine::Plain).then_some(Reason::Undated),
    }
}

/// `CONTRIBUTING`, `CODE_OF_CONDUCT`, `LICENSE`: what a repository says of itself.
fn is_shouted(name: &str) -> bool {
    name.len() > 3 && name.chars().all(|c| c.is_ascii_uppercase() || matches!(c, '_' | '-'))
}

/// Whether the same post stands beside it in the site's first language: `index.fr.md` beside `index.md` (or `index.en.md`),
/// `fr/post.md` beside `post.md` (or `en/post.md`).
fn is_translation(path: &str, paths: &HashSet<&str>) -> bool {
    let (stem, extension) = path.rsplit_once('.').unwrap_or((path, ""));
    let (folder, name) = stem.rsplit_once('/').map_or(("", stem), |(folder, name)| (&stem[..folder.len() + 1], name));
    if let Some((base, language)) = name.rsplit_once('.').filter(|(_, language)| is_language(language)) {
        let beside = [format!("{folder}{base}.{extension}"), format!("{folder}{base}.en.{extension}")];
        if language != "en" && beside.iter().any(|other| paths.contains(other.as_str())) {
            return true;
        }
    }
    let segments: Vec<&str> = path.split('/').collect();
    let folders = segments.iter().enumerate().take(segments.len() - 1).filter(|(_, s)| is_language(s) && **s != "en");
    folders.into_iter().any(|(at, _)| {
        let with = |language: Option<&str>| {
            let kept = segments.iter().enumerate().filter_map(|(i, s)| if i == at { language } else { Some(*s) });
            kept.collect::<Vec<_>>().join("/")
        };
        [with(Some("en")), with(None)].iter().any(|other| paths.contains(other.as_str()))
    })
}

/// A language's code: `fr`, `zh-cn`, `pt-BR`, `zh_Hans`.
pub(crate) fn is_language(code: &str) -> bool {
    // ISO 639-1, those that sites are translated to.
    const CODES: &str = " ar az be bg bn bs ca cs da de el en eo es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk km \
        kn ko ky lt lv mk ml mn mr ms my nb ne nl nn no or pa pl pt ro ru si sk sl sq sr sv sw ta te tg th tl tr tt uk ur uz vi zh ";
    let (language, region) = code.split_once(['-', '_']).unwrap_or((code, ""));
    let is_code = (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase());
    let is_region = region.is_empty() || ((2..=4).contains(&region.len()) && region.bytes().all(|b| b.is_ascii_alphanumeric()));
    is_code && is_region && CODES.contains(&format!(" {language} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_what_is_no_post() {
        let paths = [
            "a.md",
            "a.fr.md",
            "b/index.md",
            "b/index.zh-cn.md",
            "c.en.md",
            "c.de.md",
            "only.fr.md",
            "content/en/d.md",
            "content/fr/d.md",
            "e.md",
            "ja/e.md",
            "ja/only.md",
            "go/a.md",
            "v1.is.md",
        ];
        let set: HashSet<&str> = paths.into_iter().collect();
        let left: Vec<&str> = paths.into_iter().filter(|path| by_path(path, &set, &Source::default()).is_some()).collect();
        assert_eq!(left, ["a.fr.md", "b/index.zh-cn.md", "c.de.md", "content/fr/d.md", "ja/e.md"]);
        for (path, expected) in [
            ("blog/_index.md", Some(Reason::Section)),
            ("blog/_part.md", Some(Reason::Part)),
            ("README.md", Some(Reason::Repository)),
            ("docs/readme.md", Some(Reason::Repository)),
            ("_drafts/a.md", Some(Reason::Draft)),
            ("_posts/a.md", None),
            ("index.md", None),
        ] {
            assert_eq!(by_path(path, &HashSet::new(), &Source::default()), expected, "{path}");
        }
    }

    #[test]
    fn each_engine_has_parts_that_are_no_posts() {
        let paths = ["blog/a/index.md", "blog/a/part.md", "blog/a/b/index.md", "blog/index.md", "blog/e.md"];
        let docusaurus = ["blog/_a/b.md", "blog/c/_d/e.md", "blog/a_b/c.md"];
        let jekyll = ["_posts/2024-1-2-a.md", "_posts/a.md", "x/_posts/y/2024-01-b.md", "_news/a.md"];
        let left = |engine, paths: &[&'static str]| {
            let set: HashSet<&str> = paths.iter().copied().collect();
            let source = Source { engine, posts: vec!["blog".to_owned()], ..Source::default() };
            let left = |path: &&str| by_path(path, &set, &source).is_some();
            paths.iter().copied().filter(left).collect::<Vec<_>>()
        };
        assert_eq!(left(Engine::Hugo, &paths), ["blog/a/part.md", "blog/a/b/index.md"]);
        assert_eq!(left(Engine::Docusaurus, &docusaurus), ["blog/_a/b.md", "blog/c/_d/e.md"]);
        assert_eq!(left(Engine::Jekyll, &jekyll), ["_posts/a.md", "x/_posts/y/2024-01-b.md"]);
        assert_eq!(left(Engine::Pelican, &["blog/pages/a.md", "blog/a/pages.md"]), ["blog/pages/a.md"]);
        assert_eq!(left(Engine::Zola, &paths), [""; 0]);
    }

    #[test]
    fn undated_lists_and_later_days_are_no_posts() {
        let day = |day| Some(jiff::civil::date(2024, 5, day));
        let of = |path: &str, date, dated| {
            let source = Source { dated, ..Source::default() };
            by_front_matter(path, &FrontMatter { date, ..FrontMatter::default() }, &source, day(6))
        };
        for (path, date, dated, expected) in [
            ("a.md", day(6), true, None),
            ("a.md", day(7), true, Some(Reason::Future)),
            ("a/index.md", day(1), true, None),
            ("a/index.md", None, true, Some(Reason::Section)),
            ("tags.md", None, true, Some(Reason::Section)),
            ("tags.md", None, false, None),
            ("CODE_OF_CONDUCT.md", None, true, Some(Reason::Repository)),
            ("a.md", None, true, None),
        ] {
            assert_eq!(of(path, date, dated), expected, "{path}");
        }
    }
}
