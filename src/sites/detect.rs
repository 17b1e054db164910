//! Which engine builds a site, where its posts are, and by which rule it gives them addresses: read from its own settings.
//!
//! Pure: what files there are and what is in them is passed in.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::corpus::{day, files, is_language};

use super::address::jekyll_pattern;
use super::source::Engine;

/// What a site's files say of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// What builds it.
    pub engine: Engine,
    /// The settings file that says so, if there is one.
    pub settings: Option<String>,
    /// What it calls itself.
    pub title: Option<String>,
    /// The folders that hold its posts.
    pub posts: Vec<String>,
    /// The address of a post; without a host where no file names one.
    pub url: String,
    /// What a post's own address is relative to.
    pub base: String,
    /// The time zone in which days are counted, for Jekyll.
    pub zone: String,
}

/// A site's files: their paths, and what one holds.
pub(crate) struct Tree<'a> {
    /// Paths with `/`, sorted.
    pub paths: &'a [String],
    /// The text of a file.
    pub read: &'a dyn Fn(&str) -> Option<String>,
}

impl Tree<'_> {
    fn text(&self, path: &str) -> String {
        (self.read)(path).unwrap_or_default()
    }

    fn value(&self, path: &str) -> Value {
        files::settings_value(path, &self.text(path)).unwrap_or(Value::Null)
    }

    /// Markdown files below a folder.
    fn posts<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a String> + 'a {
        self.paths.iter().filter(move |path| is_below(path, folder) && files::is_markdown(name(path)))
    }

    /// Whether a file has a date, in its path or at its top.
    fn is_dated(&self, path: &str) -> bool {
        static DATE: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"(?mi)^\s*"?(?:date|pubDate|publishDate|created|path)"?\s*[:=].*\d{4}"#).expect("a valid pattern")
        });
        if name(path).starts_with('_') {
            return false;
        }
        day::within(path).is_some() || DATE.is_match(&self.text(path).chars().take(TOP).collect::<String>())
    }

    /// The folders within `folder` that hold dated files right below them, with how many.
    fn dated(&self, folder: &str, depth: usize) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for path in self.posts(folder).filter(|path| self.is_dated(path)) {
            let below = path[folder.len()..].trim_start_matches('/');
            let folders: Vec<&str> = below.split('/').collect();
            let kept = folders.len().saturating_sub(1).min(depth);
            *counts.entry(join(folder, &folders[..kept].join("/"))).or_default() += 1;
        }
        counts
    }
}

/// Characters at the top of a file among which front matter names a date.
const TOP: usize = 2_000;

/// Settings files deeper than this are of examples and themes.
const SETTINGS_DEPTH: usize = 3;

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Joins paths; `..` and `.` are followed.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What a site is, by its files.
pub(crate) fn detect(tree: &Tree<'_>) -> Site {
    let settings = tree.paths.iter().filter(|path| path.matches('/').count() < SETTINGS_DEPTH);
    let found: Vec<Site> = settings.filter_map(|path| by_settings(tree, path)).collect();
    // The settings of the site that has the most posts: a repository may hold docs and a blog, or several sites.
    let with_most =
        found.into_iter().map(|site| (site.posts.iter().map(|folder| tree.posts(folder).count()).sum::<usize>(), site));
    let best = with_most.filter(|(count, _)| *count > 0).reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map_or_else(|| plain(tree), |(_, site)| site)
}

fn by_settings(tree: &Tree<'_>, path: &str) -> Option<Site> {
    let root = parent(path);
    let mut site = match name(path) {
        "_config.yml" | "_config.yaml" | "_config.toml" => jekyll(tree, root, &tree.value(path)),
        "hugo.toml" | "hugo.yaml" | "hugo.yml" | "hugo.json" | "config.toml" | "config.yaml" | "config.yml" | "config.json"
        | "zola.toml" => {
            let settings = tree.value(path);
            if settings.get("base_url").is_some() && name(path).ends_with(".toml") {
                zola(tree, root, &settings)
            } else if key(&settings, "baseURL").is_some() || name(path).starts_with("hugo.") {
                hugo(tree, root.strip_suffix("config/_default").unwrap_or(root).trim_end_matches('/'), &settings)
            } else {
                None
            }
        }
        file if file.starts_with("docusaurus.config.") => docusaurus(tree, root, &tree.text(path)),
        file if file.starts_with("mkdocs") && (file.ends_with(".yml") || file.ends_with(".yaml")) => {
            mkdocs(tree, root, &tree.value(path))
        }
        ".eleventy.js"
        | ".eleventy.cjs"
        | "eleventy.config.js"
        | "eleventy.config.cjs"
        | "eleventy.config.mjs"
        | "eleventy.config.ts" => eleventy(tree, root, &tree.text(path)),
        "gatsby-config.js" | "gatsby-config.ts" | "gatsby-config.mjs" | "gatsby-config.cjs" => {
            gatsby(tree, root, &tree.text(path))
        }
        _ => None,
    }?;
    site.settings = Some(path.to_owned());
    Some(site)
}

/// A key in any case, as Hugo reads its settings.
fn key<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn text(value: &Value, name: &str) -> Option<String> {
    key(value, name)?.as_str().map(str::to_owned).filter(|text| !text.is_empty())
}

fn is(value: &Value, name: &str) -> Option<bool> {
    key(value, name)?.as_bool()
}

fn trimmed(address: &str) -> String {
    address.trim().trim_end_matches('/').to_owned()
}

fn jekyll(tree: &Tree<'_>, root: &str, settings: &Value) -> Option<Site> {
    let root = join(root, &text(settings, "source").unwrap_or_default());
    let root = join(&root, &text(settings, "collections_dir").unwrap_or_default());
    let mut folders: Vec<String> = Vec::new();
    for path in tree.posts(&root) {
        let above = parent(path);
        if let Some(at) = format!("/{above}/").find("/_posts/") {
            let folder = above[..(at + "_posts".len()).min(above.len())].to_owned();
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
    }
    let mut permalink = text(settings, "permalink").unwrap_or_else(|| "date".to_owned());
    let collections = settings.get("collections").and_then(Value::as_object);
    let own = |collection: &str| collections.and_then(|all| text(all.get(collection)?, "permalink"));
    if folders.is_empty() {
        // A collection of dated files in place of `_posts`.
        let (collection, _) =
            collections?.iter().find(|(name, _)| !tree.dated(&join(&root, &format!("_{name}")), 0).is_empty())?;
        folders.push(join(&root, &format!("_{collection}")));
        permalink = own(collection).unwrap_or_else(|| format!("/{collection}/:path.html"));
    } else if let Some(own) = own("posts") {
        permalink = own;
    }
    for default in settings.get("defaults").and_then(Value::as_array).into_iter().flatten() {
        let scope = default.get("scope");
        let kind = scope.and_then(|scope| text(scope, "type"));
        let path = scope.and_then(|scope| text(scope, "path")).unwrap_or_default();
        let is_of_posts =
            kind.as_deref().is_none_or(|kind| matches!(kind, "posts" | "post")) && (path.is_empty() || path.contains("_posts"));
        if let Some(own) = default.get("values").and_then(|values| text(values, "permalink")).filter(|_| is_of_posts) {
            permalink = own;
        }
    }
    let base = format!(
        "{}{}",
        trimmed(&text(settings, "url").unwrap_or_default()),
        trimmed(&slashed(&text(settings, "baseurl").unwrap_or_default()))
    );
    Some(Site {
        engine: Engine::Jekyll,
        title: text(settings, "title").or_else(|| text(settings, "name")),
        url: format!("{base}/{}", jekyll_pattern(&permalink).trim_start_matches('/')),
        base,
        posts: folders,
        zone: text(settings, "timezone").unwrap_or_default(),
        ..Site::default()
    })
}

fn slashed(path: &str) -> String {
    if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

/// Names of sections that hold posts.
const SECTIONS: &[&str] = &["blog", "blogs", "posts", "post", "news", "articles", "updates", "announcements"];

fn hugo(tree: &Tree<'_>, root: &str, settings: &Value) -> Option<Site> {
    let language = text(settings, "defaultContentLanguage").unwrap_or_else(|| "en".to_owned());
    let own = key(settings, "languages").and_then(|all| key(all, &language)).cloned().unwrap_or(Value::Null);
    let content = text(&own, "contentDir").or_else(|| text(settings, "contentDir")).unwrap_or_else(|| "content".to_owned());
    let mut content = join(root, &content);
    // Mounts and languages: `content/en` is then the root of all addresses.
    let in_language = join(&content, &language);
    if tree.posts(&in_language).next().is_some() {
        content = in_language;
    }
    let counts = tree.dated(&content, 1);
    let rank = |folder: &str| SECTIONS.iter().position(|section| *section == name(folder)).map_or(0, |at| SECTIONS.len() - at);
    let (folder, _) = counts.into_iter().max_by_key(|(folder, count)| (rank(folder) > 0, *count, rank(folder)))?;
    let section = folder[content.len()..].trim_matches('/').to_owned();
    let permalinks = key(settings, "permalinks");
    let pattern = permalinks
        .and_then(|all| text(all, &section).or_else(|| text(key(all, "page")?, &section)))
        .map_or_else(|| format!("/{section}/{{path}}/"), |written| hugo_pattern(&written, &section));
    let pattern =
        if is(settings, "uglyURLs") == Some(true) { format!("{}.html", pattern.trim_end_matches('/')) } else { pattern };
    let mut base = trimmed(&text(settings, "baseURL").unwrap_or_default());
    if is(settings, "defaultContentLanguageInSubdir") == Some(true) {
        base = format!("{base}/{language}");
    }
    Some(Site {
        engine: Engine::Hugo,
        title: text(&own, "title").or_else(|| text(settings, "title")),
        posts: vec![folder],
        url: format!("{base}{}", pattern.replace("//", "/")),
        base,
        ..Site::default()
    })
}

/// Hugo's `:placeholders` in braces.
fn hugo_pattern(written: &str, section: &str) -> String {
    static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r":([a-z]+|\d+)").expect("a valid pattern"));
    let filled = NAME.replace_all(written, |found: &regex::Captures<'_>| match &found[1] {
        "section" => section.to_owned(),
        "sections" => format!("{section}/{{folder}}"),
        "title" => "{title_slug}".to_owned(),
        "slug" => "{slug_or_title}".to_owned(),
        "filename" | "contentbasename" => "{name}".to_owned(),
        "slugorfilename" | "slugorcontentbasename" => "{slug}".to_owned(),
        "monthname" => "{month_name}".to_owned(),
        "yearday" => "{y_day}".to_owned(),
        other => format!("{{{other}}}"),
    });
    let filled = slashed(&filled);
    if filled.ends_with('/') || filled.ends_with(".html") { filled } else { format!("{filled}/") }
}

fn zola(tree: &Tree<'_>, root: &str, settings: &Value) -> Option<Site> {
    let content = join(root, "content");
    let counts = tree.dated(&content, 1);
    let all: usize = counts.values().sum();
    // Where all posts stand in one section, that is the folder of posts; addresses are the same.
    let sole =
        counts.iter().find(|(folder, count)| **folder != content && **count * 10 >= all * 9).map(|(folder, _)| folder.clone());
    let folder = if all == 0 { return None } else { sole.unwrap_or_else(|| content.clone()) };
    let section = folder[content.len()..].trim_matches('/').to_owned();
    let base = trimmed(&text(settings, "base_url").unwrap_or_default());
    let slugs = key(settings, "slugify").and_then(|slugify| text(slugify, "paths")).unwrap_or_else(|| "on".to_owned());
    let path = if slugs == "on" { "{path}" } else { "{raw_path}" };
    let url = if section.is_empty() { format!("{base}/{path}/") } else { format!("{base}/{section}/{path}/") };
    Some(Site { engine: Engine::Zola, title: text(settings, "title"), posts: vec![folder], url, base, ..Site::default() })
}

/// The value of a key in a settings file that is a program: a text in quotation marks, or what a constant of that name holds.
fn script_text(script: &str, name: &str) -> Option<String> {
    let quoted = |pattern: &str| {
        let found = Regex::new(pattern).ok()?.captures(script)?;
        Some(found[1].trim().to_owned()).filter(|text| !text.contains("${"))
    };
    let name = regex::escape(name);
    quoted(&format!(r#"(?m)(?:^|[\s{{,])["']?{name}["']?\s*:\s*["'`]([^"'`\n]*)["'`]"#)).or_else(|| {
        let variable = Regex::new(&format!(r"(?m)(?:^|[\s{{,]){name}\s*:\s*(?:process\.env\.\w+\s*\|\|\s*)?([A-Za-z_]\w*)"))
            .ok()?
            .captures(script)?[1]
            .to_owned();
        quoted(&format!(
            r#"(?:const|let|var)\s+{}\s*(?::\s*\w+\s*)?=\s*(?:process\.env\.\w+\s*(?:\|\||\?\?)\s*)?["'`]([^"'`\n]*)["'`]"#,
            regex::escape(&variable)
        ))
    })
}

/// The blocks in braces that follow a pattern in a script.
fn script_blocks<'a>(script: &'a str, before: &str) -> Vec<&'a str> {
    let Ok(before) = Regex::new(before) else { return Vec::new() };
    let block = |start: usize| {
        let mut depth = 0;
        for (at, c) in script[start..].char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 1 => return Some(&script[start..=start + at]),
                '}' => depth -= 1,
                _ => {}
            }
        }
        None
    };
    before.find_iter(script).filter_map(|found| block(found.end() - 1)).collect()
}

fn docusaurus(tree: &Tree<'_>, root: &str, script: &str) -> Option<Site> {
    let script = &without_comments(script);
    let mut blogs: Vec<(String, String)> = Vec::new();
    for block in script_blocks(script, r"\bblog\s*:\s*\{")
        .into_iter()
        .chain(script_blocks(script, r#"plugin-content-blog["']\)?\s*,\s*\{"#))
    {
        let path = script_text(block, "path").unwrap_or_else(|| "blog".to_owned());
        blogs.push((join(root, &path), script_text(block, "routeBasePath").unwrap_or_else(|| "blog".to_owned())));
    }
    blogs.push((join(root, "blog"), "blog".to_owned()));
    let counted = blogs.into_iter().map(|blog| (tree.posts(&blog.0).count(), blog));
    let (_, (folder, route)) =
        counted.reduce(|best, next| if next.0 > best.0 { next } else { best }).filter(|(count, _)| *count > 0)?;
    let site = trimmed(&script_text(script, "url").unwrap_or_default());
    let home = script_text(script, "baseUrl").unwrap_or_default();
    let base = trimmed(&format!("{site}/{}/{}", home.trim_matches('/'), route.trim_matches('/'))).replace("///", "/");
    let base = one_slash(&base);
    let slash = if Regex::new(r"trailingSlash\s*:\s*true").is_ok_and(|pattern| pattern.is_match(script)) { "/" } else { "" };
    Some(Site {
        engine: Engine::Docusaurus,
        title: script_text(script, "title"),
        posts: vec![folder],
        url: format!("{base}/{{path}}{slash}"),
        base,
        ..Site::default()
    })
}

fn without_comments(script: &str) -> String {
    static COMMENT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)^\s*//.*$|/\*(?s:.*?)\*/").expect("a valid pattern"));
    COMMENT.replace_all(script, "").into_owned()
}

/// No two slashes in a row but after the scheme.
fn one_slash(address: &str) -> String {
    let (scheme, path) = address.split_once("://").map_or(("", address), |(scheme, path)| (scheme, path));
    let path = path
        .split('/')
        .enumerate()
        .filter(|(at, part)| *at == 0 || !part.is_empty())
        .map(|(_, part)| part)
        .collect::<Vec<_>>()
        .join("/");
    if scheme.is_empty() { path } else { format!("{scheme}://{path}") }
}

fn mkdocs(tree: &Tree<'_>, root: &str, settings: &Value) -> Option<Site> {
    text(settings, "site_name")?;
    let docs = join(root, &text(settings, "docs_dir").unwrap_or_else(|| "docs".to_owned()));
    let site = trimmed(&text(settings, "site_url").unwrap_or_default());
    let end = if is(settings, "use_directory_urls") == Some(false) { ".html" } else { "/" };
    let plugins = settings.get("plugins");
    let is_blog = |name: &str| matches!(name, "blog" | "material/blog");
    let blog = match plugins {
        Some(Value::Array(all)) => all.iter().find_map(|plugin| match plugin {
            Value::String(name) => is_blog(name).then_some(Value::Null),
            Value::Object(table) => table.iter().find(|(name, _)| is_blog(name)).map(|(_, options)| options.clone()),
            _ => None,
        }),
        Some(Value::Object(table)) => table.iter().find(|(name, _)| is_blog(name)).map(|(_, options)| options.clone()),
        _ => None,
    };
    let (folder, url) = match blog {
        Some(options) => {
            let blog = text(&options, "blog_dir").unwrap_or_else(|| "blog".to_owned());
            let posts = text(&options, "post_dir").unwrap_or_else(|| "{blog}/posts".to_owned()).replace("{blog}", &blog);
            let format = text(&options, "post_url_format").unwrap_or_else(|| "{date}/{slug}".to_owned());
            let date = material_date(&text(&options, "post_url_date_format").unwrap_or_else(|| "yyyy/MM/dd".to_owned()));
            let format = format.replace("{slug}", "{title_slug}").replace("{file}", "{name}").replace("{date}", &date);
            let blog = join("", &blog);
            let above = if blog.is_empty() { String::new() } else { format!("/{blog}") };
            (join(&docs, &posts), format!("{site}{above}/{}{end}", format.trim_matches('/')))
        }
        None => {
            let counts = tree.dated(&docs, 1);
            let (folder, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
            let section = folder[docs.len()..].trim_matches('/').to_owned();
            let above = if section.is_empty() { String::new() } else { format!("/{section}") };
            (folder, format!("{site}{above}/{{path}}{end}"))
        }
    };
    Some(Site {
        engine: Engine::Mkdocs,
        title: text(settings, "site_name"),
        posts: vec![folder],
        url,
        base: site,
        ..Site::default()
    })
}

/// A date's format of Unicode (`yyyy/MM/dd`) in braces.
fn material_date(format: &str) -> String {
    static PART: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"y+|M+|d+|D+").expect("a valid pattern"));
    PART.replace_all(format, |found: &regex::Captures<'_>| match &found[0] {
        "yy" => "{short_year}",
        "MMMM" => "{month_name}",
        "MMM" => "{short_month}",
        "MM" => "{month}",
        "M" => "{i_month}",
        "dd" => "{day}",
        "d" => "{i_day}",
        "D" | "DD" | "DDD" => "{y_day}",
        _ => "{year}",
    })
    .into_owned()
}

/// The folder below `root` that holds the most dated files, by its path's names.
fn busiest(tree: &Tree<'_>, root: &str) -> Option<String> {
    let counts = tree.dated(root, usize::MAX);
    let mut sums: HashMap<String, usize> = HashMap::new();
    // A folder of folders of years holds them all.
    for (folder, count) in &counts {
        let mut at = folder.clone();
        while name(&at).len() <= 10 && !at.is_empty() && at != root && name(&at).starts_with(|c: char| c.is_ascii_digit()) {
            at = parent(&at).to_owned();
        }
        let is_bundle = tree.posts(&at).count() <= 2 && at != root && *count <= 1;
        *sums.entry(if is_bundle { parent(&at).to_owned() } else { at }).or_default() += count;
    }
    let is_named = |folder: &str| folder.split('/').any(|part| SECTIONS.contains(&part.trim_start_matches('_')));
    let is_first = |folder: &str| !folder.split('/').any(|part| is_language(part) && part != "en");
    sums.into_iter()
        .max_by_key(|(folder, count)| (is_first(folder), is_named(folder) && *count > 1, *count))
        .map(|(folder, _)| folder)
}

/// The site's address, where files beside the settings name it.
fn address_beside(tree: &Tree<'_>, root: &str) -> String {
    let of_file = |path: String, names: &[&str]| {
        let text = tree.text(&path);
        names.iter().find_map(|name| script_text(&text, name)).filter(|url| url.starts_with("http"))
    };
    let names = ["siteUrl", "url", "baseUrl", "homepage", "origin", "base"];
    let data = ["site", "metadata", "meta", "config", "settings"];
    let below = ["_data", "src/_data", "source/_data", "data"];
    let files = below.iter().flat_map(|folder| {
        data.iter().flat_map(move |file| [".json", ".js", ".cjs", ".mjs"].map(|end| format!("{folder}/{file}{end}")))
    });
    let found =
        files.map(|file| join(root, &file)).filter(|file| tree.paths.contains(file)).find_map(|file| of_file(file, &names));
    let named = found.or_else(|| of_file(join(root, "package.json"), &["homepage"]).filter(|url| !url.contains("github.com/")));
    let cname = || {
        let files = ["CNAME", "static/CNAME", "public/CNAME", "src/CNAME", "docs/CNAME", "website/static/CNAME"];
        let host = files.iter().map(|file| tree.text(&join(root, file))).find(|text| !text.trim().is_empty())?;
        Some(format!("https://{}", host.trim()))
    };
    trimmed(&named.or_else(cname).unwrap_or_default())
}

fn eleventy(tree: &Tree<'_>, root: &str, script: &str) -> Option<Site> {
    let input = script_text(&without_comments(script), "input").unwrap_or_default();
    let input = join(root, &input);
    let folder = busiest(tree, &input)?;
    let base = address_beside(tree, root);
    let section = folder[input.len()..].trim_matches('/').to_owned();
    let above = if section.is_empty() { String::new() } else { format!("/{section}") };
    let data = [".json", ".11tydata.json", ".11tydata.js", ".11tydata.cjs", ".11tydata.mjs"]
        .map(|end| join(&folder, &format!("{}{end}", name(&folder))));
    let own = data.iter().find_map(|file| script_text(&tree.text(file), "permalink"));
    let pattern = own.and_then(|own| eleventy_pattern(&own)).unwrap_or_else(|| format!("{above}/{{path}}/"));
    Some(Site {
        engine: Engine::Eleventy,
        posts: vec![folder],
        url: format!("{base}{}", slashed(&pattern)),
        base,
        ..Site::default()
    })
}

/// A permalink of a folder's data with its templates in braces; none, where one is about more than name, title and date.
fn eleventy_pattern(permalink: &str) -> Option<String> {
    static TEMPLATE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{\{-?\s*(.*?)\s*-?\}\}").expect("a valid pattern"));
    static FORMAT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"date\s*\|\s*date\s*:?\s*\(?["'](.+?)["']"#).expect("a valid pattern"));
    let mut known = true;
    let filled = TEMPLATE.replace_all(permalink, |found: &regex::Captures<'_>| {
        let template = found[1].replace(' ', "");
        match template.as_str() {
            "page.fileSlug" | "page.fileSlug|slugify" | "page.fileSlug|slug" => "{title}".to_owned(),
            "page.filePathStem" => "{path}".to_owned(),
            "title|slugify" | "title|slug" => "{title_slug}".to_owned(),
            _ => match FORMAT.captures(&found[1]) {
                Some(format) => {
                    let pairs = [
                        ("%Y", "{year}"),
                        ("%m", "{month}"),
                        ("%d", "{day}"),
                        ("%-m", "{i_month}"),
                        ("%-d", "{i_day}"),
                        ("yyyy", "{year}"),
                        ("MM", "{month}"),
                        ("dd", "{day}"),
                    ];
                    pairs.iter().fold(format[1].to_owned(), |text, (from, to)| text.replace(from, to))
                }
                None => {
                    known = false;
                    String::new()
                }
            },
        }
    });
    (known && !filled.contains("{%")).then(|| filled.trim_end_matches("index.html").to_owned())
}

fn gatsby(tree: &Tree<'_>, root: &str, script: &str) -> Option<Site> {
    let folder = busiest(tree, root)?;
    let base = script_text(script, "siteUrl").map_or_else(|| address_beside(tree, root), |url| trimmed(&url));
    let pattern = gatsby_pattern(&folder, root);
    Some(Site {
        engine: Engine::Gatsby,
        title: script_text(script, "title"),
        posts: vec![folder],
        url: format!("{base}{pattern}"),
        base,
        ..Site::default()
    })
}

/// Gatsby makes addresses of the paths below `src/pages`, or below the folder that holds the content.
fn gatsby_pattern(folder: &str, root: &str) -> String {
    let below = folder[root.len().min(folder.len())..].trim_matches('/');
    let below = ["src/pages", "src/content", "content", "src"].iter().find_map(|top| below.strip_prefix(top)).unwrap_or(below);
    format!("/{}/{{path}}/", below.trim_matches('/')).replace("//", "/")
}

/// A site of which no settings file is known: the folder with the most dated files.
fn plain(tree: &Tree<'_>) -> Site {
    let Some(folder) = busiest(tree, "") else { return Site::default() };
    let base = address_beside(tree, "");
    let is_gatsby = is_below(&folder, "src/pages");
    let posts = if folder.is_empty() { Vec::new() } else { vec![folder.clone()] };
    let pattern = if is_gatsby { gatsby_pattern(&folder, "") } else { String::new() };
    let url = if pattern.is_empty() || base.is_empty() { pattern } else { format!("{base}{pattern}") };
    let engine = if is_gatsby { Engine::Gatsby } else { Engine::Plain };
    Site { engine, posts, url, base, ..Site::default() }
}
