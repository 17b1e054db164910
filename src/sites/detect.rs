//! Which engine builds a site, where its posts are, and by which rule it gives them addresses: read from its own settings.
//!
//! Pure: what files there are and what is in them is passed in.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::corpus::permalink::{date_pattern, host, jekyll_pattern};
use crate::corpus::{Engine, Rule, day, files, is_language, own_categories};

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
    /// The folder that the engine's own paths count from: Hugo's content, Eleventy's input.
    pub root: String,
    /// Whether posts of days to come are published too.
    pub future: bool,
    /// What holds for a part of the posts.
    pub rules: Vec<Rule>,
    /// Other folders with dated files, which are not taken for posts, and how many of these, most first.
    pub others: Vec<(String, usize)>,
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
    let depth = |path: &str| path.replace("config/_default/", "").matches('/').count();
    let settings = tree.paths.iter().filter(|path| depth(path) < SETTINGS_DEPTH);
    let found: Vec<Site> = settings.filter_map(|path| by_settings(tree, path)).collect();
    // The settings of the site that has the most posts: a repository may hold docs and a blog, or several sites.
    let with_most =
        found.into_iter().map(|site| (site.posts.iter().map(|folder| tree.posts(folder).count()).sum::<usize>(), site));
    let best = with_most.filter(|(count, _)| *count > 0).reduce(|best, next| if next.0 > best.0 { next } else { best });
    let site = best.map_or_else(|| plain(tree), |(_, site)| site);
    Site { others: others(tree, &site.posts), ..site }
}

/// The folders with dated files outside those of the posts, most first.
fn others(tree: &Tree<'_>, posts: &[String]) -> Vec<(String, usize)> {
    if posts.is_empty() {
        return Vec::new();
    }
    let is_part =
        |folder: &str| folder.split('/').any(|part| part.starts_with(['_', '.']) && part != "_posts" || part == "drafts");
    let is_first = |folder: &str| !folder.split('/').any(|part| is_language(part) && part != "en");
    let mut counts: HashMap<String, usize> = HashMap::new();
    for (folder, count) in tree.dated("", usize::MAX) {
        // A folder of folders of years, or of one post each, holds them all.
        let is_one = |folder: &str| day::in_name(name(folder)).is_some() || name(folder).bytes().all(|b| b.is_ascii_digit());
        let mut at = folder.as_str();
        while !at.is_empty() && is_one(at) {
            at = parent(at);
        }
        let taken = posts.iter().any(|taken| taken == at || is_below(at, taken));
        if !taken && !at.is_empty() && !is_part(at) && is_first(at) {
            *counts.entry(at.to_owned()).or_default() += count;
        }
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().filter(|(_, count)| *count > 1).collect();
    counts.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
    counts
}

fn by_settings(tree: &Tree<'_>, path: &str) -> Option<Site> {
    let root = parent(path);
    let mut site = match name(path) {
        "_config.yml" if is_hexo(tree, root) => hexo(tree, root, &tree.value(path)),
        "_config.yml" | "_config.yaml" | "_config.toml" => jekyll(tree, root, &tree.value(path)),
        "pelicanconf.py" => pelican(tree, root, &tree.text(path)),
        "hugo.toml" | "hugo.yaml" | "hugo.yml" | "hugo.json" | "config.toml" | "config.yaml" | "config.yml" | "config.json"
        | "zola.toml" => {
            let settings = hugo_settings(tree, path);
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
    let mut rules = jekyll_defaults(tree, &root, settings);
    // What holds for all posts is no exception.
    let is_of_all =
        |rule: &Rule| folders.iter().all(|folder| rule.path.is_empty() || *folder == rule.path || is_below(folder, &rule.path));
    for rule in rules.iter_mut().filter(|rule| is_of_all(rule)) {
        let own = std::mem::take(&mut rule.url);
        permalink = if own.is_empty() { permalink } else { own };
    }
    let url = text(settings, "url").map_or_else(|| cname(tree, &root), |url| trimmed(&url));
    let base = format!("{url}{}", trimmed(&slashed(&text(settings, "baseurl").unwrap_or_default())));
    let whole = |permalink: &str| format!("{base}/{}", jekyll_pattern(permalink).trim_start_matches('/'));
    for rule in rules.iter_mut().filter(|rule| !rule.url.is_empty()) {
        rule.url = whole(&rule.url);
    }
    rules.retain(|rule| *rule != Rule { path: rule.path.clone(), ..Rule::default() });
    Some(Site {
        engine: Engine::Jekyll,
        title: text(settings, "title").or_else(|| text(settings, "name")),
        url: whole(&permalink),
        base,
        posts: folders,
        zone: text(settings, "timezone").unwrap_or_default(),
        future: is(settings, "future") == Some(true),
        rules,
        ..Site::default()
    })
}

/// What Jekyll's front matter defaults give the posts, the widest first; addresses as permalinks
/// (<https://jekyllrb.com/docs/configuration/front-matter-defaults/>).
fn jekyll_defaults(tree: &Tree<'_>, root: &str, settings: &Value) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for default in settings.get("defaults").and_then(Value::as_array).into_iter().flatten() {
        let scope = default.get("scope").unwrap_or(&Value::Null);
        let values = default.get("values").unwrap_or(&Value::Null);
        let path = text(scope, "path").unwrap_or_default();
        let rule = Rule {
            path: if path.is_empty() { String::new() } else { join(root, &path) },
            url: text(values, "permalink").unwrap_or_default(),
            author: text(values, "author").unwrap_or_default(),
            categories: own_categories(|name| values.get(name)),
            draft: is(values, "published") == Some(false),
        };
        let is_of_posts = text(scope, "type").is_none_or(|kind| matches!(kind.as_str(), "posts" | "post"));
        // Without a type, a path that names no post's folder is about pages.
        let holds_posts = || tree.posts("").any(|post| post.contains("_posts/") && rule.holds(post));
        if is_of_posts && (path.is_empty() || holds_posts()) {
            rules.push(rule);
        }
    }
    rules.sort_by_key(|rule| rule.path.len());
    rules
}

/// Whether Hexo builds a site with a `_config.yml`: `package.json` names it.
fn is_hexo(tree: &Tree<'_>, root: &str) -> bool {
    let package = tree.value(&join(root, "package.json"));
    let depends = ["dependencies", "devDependencies"].iter().any(|on| package.get(on).is_some_and(|on| on.get("hexo").is_some()));
    depends || package.get("hexo").is_some()
}

/// Hexo (<https://hexo.io/docs/configuration>, <https://hexo.io/docs/permalinks>).
fn hexo(tree: &Tree<'_>, root: &str, settings: &Value) -> Option<Site> {
    static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r":([a-z]+(?:_[a-z]+)*)").expect("a valid pattern"));
    let source = join(root, &text(settings, "source_dir").unwrap_or_else(|| "source".to_owned()));
    let posts = join(&source, "_posts");
    tree.posts(&posts).next()?;
    let site = text(settings, "url").map_or_else(|| cname(tree, root), |url| trimmed(&url));
    let home = trimmed(&slashed(&text(settings, "root").unwrap_or_default()));
    let base = if site.ends_with(&home) { site } else { format!("{}{home}", host(&site)) };
    let permalink = text(settings, "permalink").unwrap_or_else(|| ":year/:month/:day/:title/".to_owned());
    let mut known = true;
    let new_name = text(settings, "new_post_name").unwrap_or_else(|| ":title.md".to_owned());
    // What a name holds beside the title is no part of it (https://hexo.io/docs/writing#Filename).
    let title = if new_name == ":year-:month-:day-:title.md" { "{bare_path}" } else { "{path}" };
    let pattern = NAME.replace_all(&permalink, |found: &regex::Captures<'_>| match &found[1] {
        // The name with the folders above it.
        "title" => title.to_owned(),
        "post_title" => "{title_slug}".to_owned(),
        "category" => "{categories}".to_owned(),
        name @ ("name" | "year" | "month" | "day" | "i_month" | "i_day" | "hour" | "minute" | "second") => format!("{{{name}}}"),
        _ => {
            known = false;
            String::new()
        }
    });
    let is_titled = matches!(new_name.as_str(), ":title.md" | ":year-:month-:day-:title.md");
    let url = if known && is_titled { format!("{base}{}", slashed(&pattern)) } else { String::new() };
    Some(Site {
        engine: Engine::Hexo,
        title: text(settings, "title"),
        posts: vec![posts],
        url,
        base,
        future: is(settings, "future") != Some(false),
        ..Site::default()
    })
}

/// Pelican (<https://docs.getpelican.com/en/stable/settings.html#url-settings>).
fn pelican(tree: &Tree<'_>, root: &str, script: &str) -> Option<Site> {
    static PART: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{([a-z_]+)(?::([^{}]*))?\}").expect("a valid pattern"));
    let setting = |name: &str| {
        let published = tree.text(&join(root, "publishconf.py"));
        let pattern = Regex::new(&format!(r#"(?m)^{name}\s*=\s*["']([^"'\n]*)["']"#)).ok()?;
        [published.as_str(), script]
            .iter()
            .find_map(|text| Some(pattern.captures(text)?[1].to_owned()))
            .filter(|text| !text.is_empty())
    };
    let content = join(root, &setting("PATH").unwrap_or_else(|| "content".to_owned()));
    tree.posts(&content).next()?;
    let author = setting("AUTHOR").map(|author| Rule { author, ..Rule::default() });
    let base = trimmed(&setting("SITEURL").unwrap_or_default());
    let mut known = true;
    let article = setting("ARTICLE_URL").unwrap_or_else(|| "{slug}.html".to_owned());
    let pattern = PART.replace_all(&article, |found: &regex::Captures<'_>| {
        let part = match (&found[1], found.get(2).map(|format| format.as_str())) {
            ("slug", None) => Some("{title_slug}".to_owned()),
            ("category", None) => Some("{category}".to_owned()),
            ("date", Some(format)) => date_pattern(format),
            _ => None,
        };
        known &= part.is_some();
        part.unwrap_or_default()
    });
    Some(Site {
        engine: Engine::Pelican,
        title: setting("SITENAME"),
        posts: vec![content],
        url: if known { format!("{base}{}", slashed(&pattern)) } else { String::new() },
        base,
        rules: author.into_iter().collect(),
        ..Site::default()
    })
}

fn slashed(path: &str) -> String {
    if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

/// Names of sections that hold posts.
const SECTIONS: &[&str] = &["blog", "blogs", "posts", "post", "news", "articles", "updates", "announcements"];

/// Hugo's settings, which may be a folder of files, one for each of their tables; what is for the published site wins
/// (<https://gohugo.io/configuration/introduction/#configuration-directory>).
fn hugo_settings(tree: &Tree<'_>, path: &str) -> Value {
    let mut settings = tree.value(path);
    let Some(folder) = parent(path).strip_suffix("_default").filter(|folder| folder.ends_with("config/")) else {
        return settings;
    };
    for environment in ["_default", "production"] {
        let folder = format!("{folder}{environment}");
        for file in tree.paths.iter().filter(|file| parent(file) == folder) {
            let table = name(file).rsplit_once('.').map_or("", |(table, _)| table);
            let value = tree.value(file);
            match table {
                "hugo" | "config" => merge(&mut settings, value),
                table if table.contains('.') => {}
                // Some write the table's name within its file too.
                table if key(&value, table).is_some() => merge(&mut settings, value),
                table => merge(&mut settings, serde_json::json!({ table: value })),
            }
        }
    }
    settings
}

/// Adds to settings what others say; where both say something, the others count.
fn merge(settings: &mut Value, others: Value) {
    match (settings, others) {
        (Value::Object(settings), Value::Object(others)) => {
            for (name, value) in others {
                let known = settings.keys().find(|known| known.eq_ignore_ascii_case(&name)).cloned();
                merge(settings.entry(known.unwrap_or(name)).or_insert(Value::Null), value);
            }
        }
        (_, Value::Null) => {}
        (settings, others) => *settings = others,
    }
}

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
    let main = counts.iter().max_by_key(|(folder, count)| (rank(folder) > 0, **count, rank(folder)))?.0.clone();
    let base = trimmed(&text(settings, "baseURL").unwrap_or_default());
    let within =
        if is(settings, "defaultContentLanguageInSubdir") == Some(true) { format!("/{language}") } else { String::new() };
    let url = |folder: &str| format!("{base}{within}{}", hugo_section(settings, folder[content.len()..].trim_matches('/')));
    // Other sections that are named as posts are.
    let named = counts.keys().filter(|folder| **folder != main && main != content && rank(folder) > 0);
    let mut rules: Vec<Rule> = named.map(|folder| Rule { path: folder.clone(), url: url(folder), ..Rule::default() }).collect();
    let posts = std::iter::once(main.clone()).chain(rules.iter().map(|rule| rule.path.clone())).collect();
    rules.extend(hugo_drafts(tree, &content, settings));
    Some(Site {
        engine: Engine::Hugo,
        title: text(&own, "title").or_else(|| text(settings, "title")),
        posts,
        url: url(&main),
        base,
        future: is(settings, "buildFuture") == Some(true),
        rules,
        root: content,
        ..Site::default()
    })
}

/// The rule by which Hugo gives addresses to the pages of a section (<https://gohugo.io/configuration/permalinks/>).
fn hugo_section(settings: &Value, section: &str) -> String {
    let permalinks = key(settings, "permalinks");
    let pattern = permalinks
        .and_then(|all| text(all, section).or_else(|| text(key(all, "page")?, section)))
        .map_or_else(|| format!("/{section}/{{path}}/"), |written| hugo_pattern(&written, section))
        .replace("//", "/");
    let pattern =
        if is(settings, "uglyURLs") == Some(true) { format!("{}.html", pattern.trim_end_matches('/')) } else { pattern };
    // Where the file's name gives the date, what is left of it is the slug (https://gohugo.io/configuration/front-matter/).
    let dates = key(settings, "frontmatter").and_then(|all| key(all, "date")).and_then(Value::as_array);
    let by_name = dates.and_then(|dates| dates.first()).is_some_and(|first| first == ":filename");
    let pattern = if by_name {
        pattern.replace("{path}", "{bare_path}").replace("{slug}", "{title}").replace("{slug_or_title}", "{title}")
    } else {
        pattern
    };
    if is(settings, "disablePathToLower") == Some(true) {
        let cased = ["path", "bare_path", "slug", "title", "name", "folder", "title_slug", "slug_or_title"];
        return cased.iter().fold(pattern, |all, part| all.replace(&format!("{{{part}}}"), &format!("{{cased_{part}}}")));
    }
    pattern
}

/// What Hugo's cascades make drafts of, or never build: in its settings and in the pages of sections
/// (<https://gohugo.io/configuration/cascade/>).
fn hugo_drafts(tree: &Tree<'_>, content: &str, settings: &Value) -> Vec<Rule> {
    let mut rules = cascaded(settings, content, content);
    for path in tree.paths.iter().filter(|path| is_below(path, content) && name(path).starts_with("_index.")) {
        let page = tree.text(path);
        if page.contains("cascade") {
            rules.extend(cascaded(&front_matter(&page), content, parent(path)));
        }
    }
    rules
}

/// What a table's `cascade` makes drafts of: below `folder`, or where its target says.
fn cascaded(table: &Value, content: &str, folder: &str) -> Vec<Rule> {
    let cascades = match key(table, "cascade") {
        Some(Value::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let draft = |path: String| Rule { path, draft: true, ..Rule::default() };
    let mut rules = Vec::new();
    for cascade in &cascades {
        let build = key(cascade, "build").or_else(|| key(cascade, "_build"));
        let unbuilt =
            build.and_then(|build| key(build, "render")).is_some_and(|how| how == "never" || *how == Value::Bool(false));
        if is(cascade, "draft") != Some(true) && !unbuilt {
            continue;
        }
        let target = key(cascade, "target").or_else(|| key(cascade, "_target")).unwrap_or(&Value::Null);
        // Sections and lists are no posts, and other environments and languages are not read.
        let is_of_posts = text(target, "kind").is_none_or(|kind| kind == "page" || kind.contains(['*', '{']));
        match text(target, "path") {
            _ if !is_of_posts || key(target, "environment").is_some() || key(target, "lang").is_some() => {}
            None => rules.push(draft(folder.to_owned())),
            Some(path) => {
                let slash = if path.starts_with(['/', '{']) { "" } else { "/" };
                rules.push(draft(format!("{content}{slash}{path}")));
            }
        }
    }
    rules
}

/// The front matter of a page, as settings.
fn front_matter(page: &str) -> Value {
    let page = page.trim_start_matches('\u{feff}').trim_start();
    let block = |fence: &str| page.strip_prefix(fence)?.split_once(&format!("\n{fence}")).map(|(block, _)| block.to_owned());
    let read = |kind: &str, block: String| files::settings_value(kind, &block);
    let yaml = || block("---").and_then(|block| read("a.yaml", block));
    let toml = || block("+++").and_then(|block| read("a.toml", block));
    yaml().or_else(toml).unwrap_or(Value::Null)
}

/// Hugo's `:placeholders` in braces; those that are not known stay there, and leave an address that can't be told
/// (<https://gohugo.io/configuration/permalinks/#tokens>).
fn hugo_pattern(written: &str, section: &str) -> String {
    static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r":([A-Za-z]+|\d+)(\[[^\]]*\])?").expect("a valid pattern"));
    let filled = NAME.replace_all(written, |found: &regex::Captures<'_>| match (&found[1], found.get(2).map(|m| m.as_str())) {
        ("section", None) | ("sections", Some("[0]" | "[first]")) => section.to_owned(),
        ("sections", None) => format!("{section}/{{folder}}"),
        ("sections", Some("[1:]")) => "{folder}".to_owned(),
        ("title", None) => "{title_slug}".to_owned(),
        ("slug", None) => "{slug_or_title}".to_owned(),
        ("filename" | "contentbasename", None) => "{name}".to_owned(),
        ("slugorfilename" | "slugorcontentbasename", None) => "{slug}".to_owned(),
        ("monthname", None) => "{month_name}".to_owned(),
        ("weekdayname", None) => "{weekday_name}".to_owned(),
        ("yearday", None) => "{y_day}".to_owned(),
        // Dates in Go's way of writing them.
        ("2006", None) => "{year}".to_owned(),
        ("06", None) => "{short_year}".to_owned(),
        ("01", None) => "{month}".to_owned(),
        ("1", None) => "{i_month}".to_owned(),
        ("02", None) => "{day}".to_owned(),
        ("2", None) => "{i_day}".to_owned(),
        ("Jan", None) => "{short_month}".to_owned(),
        (other, None) => format!("{{{other}}}"),
        (..) => "{unknown}".to_owned(),
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

/// A text in quotation marks: what stands between is one of three groups.
const QUOTED: &str = r#"(?:"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\\n]|\\.)*)`)"#;

/// The value of a key in a settings file that is a program: a text in quotation marks, or what a constant of that name holds.
fn script_text(script: &str, name: &str) -> Option<String> {
    static ESCAPED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"\\(["'`/\\])"#).expect("a valid pattern"));
    let quoted = |pattern: &str| {
        let found = Regex::new(pattern).ok()?.captures(script)?;
        let text = (1..=3).find_map(|group| found.get(group))?.as_str();
        Some(ESCAPED.replace_all(text.trim(), "$1").into_owned()).filter(|text| !text.contains("${"))
    };
    let name = regex::escape(name);
    quoted(&format!(r#"(?m)(?:^|[\s{{,])["']?{name}["']?\s*:\s*{QUOTED}"#)).or_else(|| {
        let variable = Regex::new(&format!(r"(?m)(?:^|[\s{{,]){name}\s*:\s*(?:process\.env\.\w+\s*\|\|\s*)?([A-Za-z_]\w*)"))
            .ok()?
            .captures(script)?[1]
            .to_owned();
        quoted(&format!(
            r#"(?:const|let|var)\s+{}\s*(?::\s*\w+\s*)?=\s*(?:process\.env\.\w+\s*(?:\|\||\?\?)\s*)?{QUOTED}"#,
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
    let mut sums: BTreeMap<String, usize> = BTreeMap::new();
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
    let best = sums.into_iter().max_by_key(|(folder, count)| (is_first(folder), is_named(folder) && *count > 1, *count))?.0;
    // Subjects are folders of a section: where others of them hold posts too, all of it is meant.
    let below =
        |folder: &str| counts.iter().filter(|(at, _)| *at == folder || is_below(at, folder)).map(|(_, n)| n).sum::<usize>();
    let is_wider = |folder: &&str| SECTIONS.contains(&name(folder).trim_start_matches('_')) && below(folder) > below(&best);
    let above = std::iter::successors(Some(best.as_str()), |folder| Some(parent(folder)))
        .take_while(|folder| !folder.is_empty() && *folder != root && !is_language(name(folder)));
    let section = above.filter(is_wider).last().map(str::to_owned);
    Some(section.unwrap_or(best))
}

/// The site's address, where files beside the settings name it.
fn address_beside(tree: &Tree<'_>, root: &str) -> String {
    let of_file = |path: String, names: &[&str]| {
        let text = tree.text(&path);
        names.iter().find_map(|name| script_text(&text, name)).filter(|url| url.starts_with("http"))
    };
    let names = ["siteUrl", "url", "baseUrl", "homepage", "origin", "base"];
    let data = ["site", "metadata", "meta", "config", "settings"];
    let below = ["_data", "src/_data", "content/_data", "source/_data", "data"];
    let files = below.iter().flat_map(|folder| {
        data.iter().flat_map(move |file| [".json", ".js", ".cjs", ".mjs"].map(|end| format!("{folder}/{file}{end}")))
    });
    let found =
        files.map(|file| join(root, &file)).filter(|file| tree.paths.contains(file)).find_map(|file| of_file(file, &names));
    let named = found.or_else(|| of_file(join(root, "package.json"), &["homepage"]).filter(|url| !url.contains("github.com/")));
    let astro = || {
        ["astro.config.mjs", "astro.config.js", "astro.config.ts"].iter().find_map(|file| of_file(join(root, file), &["site"]))
    };
    trimmed(&named.or_else(astro).unwrap_or_else(|| cname(tree, root)))
}

/// The host that GitHub Pages serve the site from, as an address; empty where no file names it.
fn cname(tree: &Tree<'_>, root: &str) -> String {
    let files = ["CNAME", "static/CNAME", "public/CNAME", "source/CNAME", "src/CNAME", "docs/CNAME", "website/static/CNAME"];
    let host = files.iter().map(|file| tree.text(&join(root, file))).find(|text| !text.trim().is_empty());
    host.map_or_else(String::new, |host| format!("https://{}", host.trim()))
}

/// A site's title, where its data names it.
fn title_beside(tree: &Tree<'_>, root: &str) -> Option<String> {
    let below = ["_data", "src/_data", "content/_data", "source/_data"];
    let data = below.iter().flat_map(|folder| ["site", "metadata", "meta"].map(|file| format!("{folder}/{file}")));
    let files = data.flat_map(|file| [".json", ".js", ".cjs", ".mjs"].map(|end| join(root, &format!("{file}{end}"))));
    files.filter_map(|file| script_text(&tree.text(&file), "title")).next()
}

fn eleventy(tree: &Tree<'_>, root: &str, script: &str) -> Option<Site> {
    let script = without_comments(script);
    let input = join(root, &script_text(&script, "input").unwrap_or_default());
    let folder = busiest(tree, &input)?;
    let site = address_beside(tree, root);
    let prefix = trimmed(&slashed(&script_text(&script, "pathPrefix").unwrap_or_default()));
    let base = if site.ends_with(&prefix) { site } else { format!("{site}{prefix}") };
    let section = folder[input.len()..].trim_matches('/').to_owned();
    let above = if section.is_empty() { String::new() } else { format!("/{section}") };
    let data = [".json", ".11tydata.json", ".11tydata.js", ".11tydata.cjs", ".11tydata.mjs"]
        .map(|end| tree.text(&join(&folder, &format!("{}{end}", name(&folder)))));
    let own = data.iter().find(|data| data.contains("permalink"));
    // A permalink that only the engine can work out leaves no rule; nor do those of a part of the posts.
    let is_data =
        |path: &str| name(path).strip_prefix(name(parent(path))).is_some_and(|end| end == ".json" || end.contains(".11tydata."));
    let of_part = |path: &&String| is_below(parent(path), &folder) && is_data(path) && tree.text(path).contains("permalink");
    let pattern = match own {
        _ if tree.paths.iter().any(|path| of_part(&path)) => None,
        Some(own) => script_text(own, "permalink").and_then(|own| eleventy_pattern(&own)),
        None => Some(format!("{above}/{{path}}/")),
    };
    Some(Site {
        engine: Engine::Eleventy,
        title: title_beside(tree, root),
        posts: vec![folder],
        url: pattern.map_or_else(String::new, |pattern| format!("{base}{}", slashed(&pattern))),
        base,
        root: input,
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
            "page.filePathStem" => "/{stem_path}".to_owned(),
            "title|slugify" | "title|slug" => "{title_slug}".to_owned(),
            _ => FORMAT.captures(&found[1]).and_then(|format| date_pattern(&format[1])).unwrap_or_else(|| {
                known = false;
                String::new()
            }),
        }
    });
    (known && !filled.contains("{%") && !filled.contains("{{"))
        .then(|| filled.strip_suffix("index.html").unwrap_or(&filled).to_owned())
}

fn gatsby(tree: &Tree<'_>, root: &str, script: &str) -> Option<Site> {
    let folder = busiest(tree, root)?;
    let site = script_text(script, "siteUrl").map_or_else(|| address_beside(tree, root), |url| trimmed(&url));
    let prefix = trimmed(&slashed(&script_text(script, "pathPrefix").unwrap_or_default()));
    let base = if site.ends_with(&prefix) { site } else { format!("{site}{prefix}") };
    // What the site's own program makes of paths is told by links between posts, if at all.
    let pattern = match gatsby_root(script, root, &folder) {
        Some(below) => format!("/{below}/{{path}}/").replace("//", "/"),
        None => gatsby_pattern(&folder, root),
    };
    let before = gatsby_prefix(tree, root).filter(|before| !is_below(&pattern, before)).unwrap_or_default();
    Some(Site {
        engine: Engine::Gatsby,
        title: script_text(script, "title"),
        posts: vec![folder],
        url: format!("{base}{before}{pattern}"),
        base,
        ..Site::default()
    })
}

/// What `gatsby-node` puts before the paths of all pages that it makes of files, as in `` path: `/blog${node.fields.slug}` ``
/// (<https://www.gatsbyjs.com/docs/programmatically-create-pages-from-data/>); none where they differ.
fn gatsby_prefix(tree: &Tree<'_>, root: &str) -> Option<String> {
    static PATH: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b(?:path|value|slug|url)\s*[:=]\s*`/([\w/-]*?)/?\$\{[^}`]*(?i:slug|file_?path)").expect("a valid pattern")
    });
    let scripts = ["gatsby-node.js", "gatsby-node.ts", "gatsby-node.mjs"].map(|name| tree.text(&join(root, name)));
    let mut found = scripts.iter().flat_map(|script| PATH.captures_iter(script)).map(|found| found[1].to_owned());
    let first = found.next().filter(|first| !first.is_empty())?;
    found.all(|other| other == first).then(|| format!("/{first}"))
}

/// The posts' folder within the one that Gatsby's paths are counted from: the innermost that its settings read files from
/// (<https://www.gatsbyjs.com/plugins/gatsby-source-filesystem/#createfilepath>).
fn gatsby_root<'a>(script: &str, root: &str, folder: &'a str) -> Option<&'a str> {
    static PATH: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"\bpath\s*:\s*(?:[`"'](?:\$\{__dirname\})?|(?:path\.)?(?:join|resolve)\(\s*__dirname\s*,\s*[`"'])/?([^`"'$\n]+)[`"']"#)
            .expect("a valid pattern")
    });
    let roots = PATH.captures_iter(script).map(|found| join(root, &found[1]));
    let below =
        roots.filter_map(|path| folder.strip_prefix(path.as_str())).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    below.min_by_key(|rest| rest.len()).map(|rest| rest.trim_matches('/'))
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
    let pattern = if is_gatsby { gatsby_pattern(&folder, "") } else { astro_pattern(tree, &folder).unwrap_or_default() };
    let url = if pattern.is_empty() || base.is_empty() { pattern } else { format!("{base}{pattern}") };
    let engine = if is_gatsby { Engine::Gatsby } else { Engine::Plain };
    Site { engine, posts, url, base, ..Site::default() }
}

/// Astro's address of a collection's entries: that of the page which shows the entries of that name
/// (<https://docs.astro.build/en/guides/routing/#dynamic-routes>).
fn astro_pattern(tree: &Tree<'_>, folder: &str) -> Option<String> {
    let collection = name(folder);
    let page = |path: &&String| {
        let route = path.strip_prefix("src/pages/").filter(|route| route.ends_with(".astro") && name(route).starts_with('['));
        route.is_some_and(|_| {
            let text = tree.text(path);
            ["'", "\""].iter().any(|quote| text.contains(&format!("getCollection({quote}{collection}{quote}")))
        })
    };
    let mut pages = tree.paths.iter().filter(page);
    let only = pages.next().filter(|_| pages.next().is_none())?;
    let above = parent(only).strip_prefix("src/pages")?;
    (!above.contains('[')).then(|| format!("{above}/{{path}}/"))
}
