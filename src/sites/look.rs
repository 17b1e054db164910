//! A folder on disk → what is to be read from it: detection, and what only the posts themselves tell.

use std::fs;
use std::path::Path;

use jiff::civil::Date;

use crate::corpus::{Corpus, CorpusError, Engine, Post, Source, files, permalink};

use super::detect::{Site, Tree, detect};
use super::infer;

/// What a look at a site found.
#[derive(Clone, Debug)]
pub struct Found {
    /// What its settings say.
    pub site: Site,
    /// Where its posts are.
    pub source: Source,
    /// What people call the project.
    pub names: Vec<String>,
    /// A file of pointers to the places that the posts link to; empty where they link to none.
    pub pointers: String,
    /// The posts as they are read.
    pub corpus: Corpus,
    /// Whether the rule of addresses was told by links between posts, not by a settings file.
    pub by_links: bool,
}

impl Found {
    /// Whether nothing but the posts' own links tells what site it is: a folder of posts that no engine builds.
    pub fn is_plain(&self) -> bool {
        self.site.engine == Engine::Plain && self.site.settings.is_none()
    }
}

/// Settings files larger than this are no settings.
const MAX_SETTINGS_BYTES: u64 = 1 << 20;

/// Looks at a site. Posts of days after `today` are left out.
///
/// # Errors
/// [`CorpusError`] where the folder can't be listed or holds no post.
pub fn look(folder: &Path, today: Option<Date>) -> Result<Found, CorpusError> {
    let paths = files::list(folder).map_err(|cause| CorpusError::Unreadable { path: folder.to_owned(), cause })?;
    let read = |path: &str| {
        let file = folder.join(path);
        let small = fs::metadata(&file).is_ok_and(|about| about.is_file() && about.len() <= MAX_SETTINGS_BYTES);
        small.then(|| fs::read(file).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())).flatten()
    };
    let site = detect(&Tree { paths: &paths, read: &read });
    let mut source = Source {
        folder: folder.to_owned(),
        posts: site.posts.clone(),
        url: site.url.clone(),
        base: site.base.clone(),
        engine: site.engine,
        zone: site.zone.clone(),
        root: site.root.clone(),
        future: site.future,
        rules: site.rules.clone(),
        dated: true,
        ..Source::default()
    };
    let mut corpus = Corpus::load_from(std::slice::from_ref(&source), today)?.0;
    if source.engine == Engine::Plain && are_pages(&corpus) {
        source.dated = false;
        corpus = Corpus::load_from(std::slice::from_ref(&source), today)?.0;
    }
    let mut by_links = false;
    if !source.url.starts_with("http") {
        // Only a host that the settings don't name is looked for where they have the rule.
        if let Some(pattern) = infer::pattern(&corpus.posts) {
            by_links = true;
            let host = permalink::host(&pattern).to_owned();
            let has_host = pattern.starts_with("http");
            source.url = match (source.url.is_empty(), has_host) {
                (false, true) => format!("{host}{}", source.url),
                (true, true) => pattern,
                (true, false) if !source.base.is_empty() => format!("{}{pattern}", source.base),
                (_, false) => String::new(),
            };
            if source.base.is_empty() && has_host {
                source.base = host;
            }
        }
        if !source.url.starts_with("http") {
            source.url.clear();
        }
        let host = permalink::host(&source.url).to_owned();
        let paths = source.rules.iter_mut().map(|rule| &mut rule.url).chain([&mut source.base]);
        for path in paths.filter(|path| path.starts_with('/')) {
            *path = if host.is_empty() { String::new() } else { format!("{host}{path}") };
        }
        corpus = Corpus::load_from(std::slice::from_ref(&source), today)?.0;
    }
    let names = infer::names(site.title.as_deref(), &source.url, &corpus.posts);
    let pointers = infer::pointers(&corpus, &names);
    Ok(Found { site, source, names, pointers, corpus, by_links })
}

/// Whether none of several files says when it was written, not even wrongly: then they are pages.
fn are_pages(corpus: &Corpus) -> bool {
    let is_dated = |post: &Post| post.date.is_some() || post.is_misdated;
    corpus.posts.len() > 1 && !corpus.posts.iter().any(is_dated)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A site of these files.
    fn site(files: &[(&str, &str)]) -> Found {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        look(folder.path(), Some(jiff::civil::date(2025, 1, 1))).unwrap()
    }

    /// A post with these lines of front matter.
    fn post(front: &str) -> String {
        format!("---\ntitle: Some Title\n{front}---\nA mallard swims on the lake.\n")
    }

    /// The address of each post by its file; files of posts hold their front matter.
    fn addresses(settings: &[(&str, &str)], posts: &[(&str, &str)]) -> Vec<String> {
        let posts: Vec<(&str, String)> = posts.iter().map(|(path, front)| (*path, post(front))).collect();
        let files = settings.iter().copied().chain(posts.iter().map(|(path, text)| (*path, text.as_str())));
        let found = site(&files.collect::<Vec<_>>());
        found.corpus.posts.iter().map(|post| format!("{} {}", post.file, post.url)).collect()
    }

    #[test]
    fn jekylls_scoped_defaults_are_about_their_posts_only() {
        let settings = "url: https://x.org\npermalink: /top/:title/\ndefaults:\n- scope: {path: \"_posts/eng\"}\n  \
                        values: {permalink: \"/eng/:title/\", author: Eng Team}\n- scope: {path: \"_posts/old\"}\n  values: {published: false}\n\
                        - scope: {path: \"\", type: posts}\n  values: {permalink: \"/all/:title/\"}\n";
        let text = post("");
        let found = site(&[
            ("_config.yml", settings),
            ("_posts/2024-01-01-a.md", &text),
            ("_posts/eng/2024-02-03-b.md", &text),
            ("_posts/old/2024-02-03-c.md", &text),
        ]);
        let shown: Vec<_> = found.corpus.posts.iter().map(|post| (post.url.as_str(), post.authors.join(", "))).collect();
        assert_eq!(shown, [("https://x.org/all/a/", String::new()), ("https://x.org/eng/b/", "Eng Team".to_owned())]);
        assert_eq!(found.corpus.left_out.len(), 1);
    }

    #[test]
    fn jekylls_defaults_give_categories_beside_the_posts_own() {
        let settings = "url: https://x.org\ndefaults:\n- scope: {path: \"\", type: posts}\n  values: {categories: [News]}\n\
                        - scope: {path: \"_posts/eng\"}\n  values: {category: Eng}\n";
        let posts = [("_posts/2024-01-02-a.md", "categories: news tech\n"), ("_posts/eng/2024-01-03-b.md", "")];
        let found = addresses(&[("_config.yml", settings)], &posts);
        assert_eq!(
            found,
            [
                "_posts/2024-01-02-a.md https://x.org/news/tech/2024/01/02/a.html",
                "_posts/eng/2024-01-03-b.md https://x.org/eng/2024/01/03/b.html"
            ]
        );
    }

    #[test]
    fn jekyll_shows_the_day_of_its_time_zone_and_days_to_come_where_it_says_so() {
        let settings = "url: https://x.org\nbaseurl: /b\ntimezone: America/New_York\nfuture: true\n";
        let text = post("date: 2024-01-03 02:00:00 +0000\n");
        let found = site(&[("_config.yml", settings), ("_posts/2024-01-03-a.md", &text), ("_posts/2031-01-01-b.md", &post(""))]);
        let shown: Vec<_> = found.corpus.posts.iter().map(|post| (post.url.clone(), post.date.unwrap().to_string())).collect();
        assert_eq!(shown[0], ("https://x.org/b/2024/01/02/a.html".to_owned(), "2024-01-02".to_owned()));
        assert_eq!(shown[1].1, "2031-01-01");
    }

    #[test]
    fn jekyll_without_an_address_has_that_of_its_host() {
        let posts = [("_posts/2024-01-02-a.md", ""), ("_posts/2024-01-03-b.md", "permalink: /own/\n")];
        let settings = ("_config.yml", "title: T\npermalink: /:title\n");
        let found = addresses(&[settings, ("CNAME", "x.org\n")], &posts);
        assert_eq!(found, ["_posts/2024-01-02-a.md https://x.org/a", "_posts/2024-01-03-b.md https://x.org/own/"]);
        // A path is no address.
        let found = addresses(&[settings], &posts);
        assert_eq!(found, ["_posts/2024-01-02-a.md ", "_posts/2024-01-03-b.md "]);
    }

    #[test]
    fn a_host_that_only_links_name_is_that_of_all_addresses() {
        let settings =
            "baseurl: /b\npermalink: /:title/\ndefaults:\n- scope: {path: _posts/eng}\n  values: {permalink: \"/eng/:title/\"}\n";
        let linked = |to: &str| format!("---\ntitle: T\n---\nSee [this](https://x.org/b/{to}/) by the lake.\n");
        let found = site(&[
            ("_config.yml", settings),
            ("_posts/2024-01-01-aa.md", &linked("bb")),
            ("_posts/2024-01-02-bb.md", &linked("aa")),
            ("_posts/2024-01-03-cc.md", &post("permalink: /own/\n")),
            ("_posts/eng/2024-01-04-dd.md", &post("")),
        ]);
        let shown: Vec<_> = found.corpus.posts.iter().map(|post| post.url.as_str()).collect();
        assert_eq!(shown, ["https://x.org/b/aa/", "https://x.org/b/bb/", "https://x.org/b/own/", "https://x.org/b/eng/dd/"]);
    }

    #[test]
    fn links_lead_where_the_engines_templates_say() {
        let body = "---\ntitle: T\n---\nSee [a]({{ site.baseurl }}/guide/), [b]({{ \"/manual/\" | relative_url }}), \
                    [c]({{ site.url }}{{ site.baseurl }}/book/), [d]({% post_url 2024-01-02-b %}#top), [e]({% link gone.md %}).\n";
        let settings = "url: https://x.org\nbaseurl: /b\npermalink: /:title/\n";
        let found = site(&[("_config.yml", settings), ("_posts/2024-01-01-a.md", body), ("_posts/2024-01-02-b.md", &post(""))]);
        let links = |found: &Found| {
            let sentences = found.corpus.passages.iter().flat_map(|passage| &passage.sentences);
            sentences.flat_map(|sentence| &sentence.links).map(|link| link.url.clone()).collect::<Vec<_>>()
        };
        let expected = ["https://x.org/b/guide/", "https://x.org/b/manual/", "https://x.org/b/book/", "https://x.org/b/b/#top"];
        assert_eq!(links(&found), expected);
        let body = "---\ntitle: T\ndate: 2024-01-01\n---\nSee [a]({{< ref \"second\" >}}), [b]({{< relref \"/blog/second.md#x\" >}}), \
                    [c]({{% ref \"gone\" %}}).\n";
        let second = post("date: 2024-01-02\nslug: Zwei\n");
        let found =
            site(&[("hugo.toml", "baseURL = 'https://x.org'"), ("content/blog/a.md", body), ("content/blog/second.md", &second)]);
        assert_eq!(links(&found), ["https://x.org/blog/zwei/", "https://x.org/blog/zwei/#x"]);
    }

    #[test]
    fn hexo_has_rules_of_its_own() {
        let package = ("package.json", "{\"hexo\": {\"version\": \"7\"}}");
        let settings = "url: https://x.org\nroot: /\ntimezone: Asia/Tokyo\npermalink: :year/:month/:day/:title/\n";
        let posts = [
            ("source/_posts/2022-03-04-dated.md", "date: 2022-03-04 23:00:00\n"),
            ("source/_posts/sub/other.md", "date: 2022-02-05\n"),
            ("source/_posts/sub/z.md", "date: 2022-02-05\npermalink: own/z.html\n"),
        ];
        let found = addresses(&[package, ("_config.yml", settings)], &posts);
        let expected = [
            "source/_posts/2022-03-04-dated.md https://x.org/2022/03/04/2022-03-04-dated/",
            "source/_posts/sub/other.md https://x.org/2022/02/05/sub/other/",
            "source/_posts/sub/z.md https://x.org/own/z.html",
        ];
        assert_eq!(found, expected);
        let named = format!("{settings}new_post_name: :year-:month-:day-:title.md\n");
        assert_eq!(
            addresses(&[package, ("_config.yml", &named)], &posts)[0],
            expected[0].replace("/2022-03-04-dated/", "/dated/")
        );
        let unknown = "url: https://x.org\npermalink: :id/:title/\n";
        assert_eq!(addresses(&[package, ("_config.yml", unknown)], &posts)[0], "source/_posts/2022-03-04-dated.md ");
    }

    #[test]
    fn hugo_builds_neither_what_is_expired_nor_what_is_to_come_nor_what_a_cascade_drafts() {
        let settings = "baseURL = 'https://x.org'\n[[cascade]]\ndraft = true\n[cascade.target]\npath = '/blog/old/**'\n";
        let section = "+++\ntitle = 'S'\n[cascade]\ndraft = true\n+++\n";
        let found = addresses(
            &[("hugo.toml", settings), ("content/blog/kept/_index.md", section)],
            &[
                ("content/blog/a.md", "date: 2024-01-01\nexpiryDate: 2024-02-01\n"),
                ("content/blog/b.md", "date: 2024-01-02\npublishDate: 2031-01-01\n"),
                ("content/blog/c.md", "date: 2024-01-03\nexpiryDate: 2031-01-01\n"),
                ("content/blog/kept/d.md", "date: 2024-01-03\n"),
                ("content/blog/kept/e.md", "date: 2024-01-03\ndraft: false\n"),
                ("content/blog/old/f.md", "date: 2024-01-03\n"),
            ],
        );
        assert_eq!(found, ["content/blog/c.md https://x.org/blog/c/", "content/blog/kept/e.md https://x.org/blog/kept/e/"]);
    }

    #[test]
    fn hugos_own_addresses_and_names_are_written_as_hugo_does() {
        for (settings, file, front, expected) in [
            ("defaultContentLanguageInSubdir = true", "post/a.md", "url: /own/a", "https://x.org/own/a/"),
            ("defaultContentLanguageInSubdir = true", "post/a.md", "url: own/a.html", "https://x.org/en/own/a.html"),
            ("permalinks.post = '/:year/:contentbasename/'", "post/Alpha One.md", "slug: x", "https://x.org/2024/alpha-one/"),
            (
                "permalinks.post = '/p/:filename/'\ndisablePathToLower = true",
                "post/Alpha_One.md",
                "",
                "https://x.org/p/Alpha_One/",
            ),
            ("disablePathToLower = true", "post/Sub/Alpha One.md", "", "https://x.org/post/Sub/Alpha-One/"),
            ("frontmatter.date = [':filename', ':default']", "post/2024-01-02-alpha.md", "", "https://x.org/post/alpha/"),
            ("frontmatter.date = [':default']", "post/2024-01-02-alpha.md", "", "https://x.org/post/2024-01-02-alpha/"),
        ] {
            let file = format!("content/{file}");
            let settings = format!("baseURL = 'https://x.org'\n{settings}\n");
            let found = addresses(&[("hugo.toml", &settings)], &[(&file, &format!("date: 2024-01-02\n{front}\n"))]);
            assert_eq!(found, [format!("{file} {expected}")]);
        }
    }

    #[test]
    fn every_section_of_hugo_that_is_named_as_posts_are_is_read() {
        let posts = [
            ("content/blog/a.md", "date: 2024-01-01\n"),
            ("content/news/b.md", "date: 2024-01-02\n"),
            ("content/docs/c.md", "date: 2024-01-02\n"),
        ];
        let settings = "baseURL = 'https://x.org'\n[permalinks]\nnews = '/n/:slug/'\n";
        let docs = post("date: 2024-01-02\n");
        let found = addresses(&[("hugo.toml", settings), ("content/docs/d.md", &docs)], &posts);
        assert_eq!(found, ["content/blog/a.md https://x.org/blog/a/", "content/news/b.md https://x.org/n/some-title/"]);
        let post = post("date: 2024-01-02\n");
        let found = site(&[
            ("hugo.toml", settings),
            ("content/blog/a.md", &post),
            ("content/docs/c.md", &post),
            ("content/docs/d.md", &post),
        ]);
        assert_eq!(found.site.others, [("content/docs".to_owned(), 2)]);
    }

    #[test]
    fn eleventys_permalinks_are_worked_out_whole_or_not_at_all() {
        let config = (".eleventy.js", "module.exports = c => ({dir: {input: \"content\"}, pathPrefix: \"/sub/\"});");
        let package = ("package.json", "{\"homepage\": \"https://x.org\"}");
        for (data, front, expected) in [
            (
                "{\"permalink\": \"/{{ page.date | date: \\\"%Y/%m\\\" }}/{{ page.fileSlug }}/index.html\"}",
                "",
                "https://x.org/sub/2024/01/alpha/",
            ),
            ("{}", "permalink: \"{{ page.filePathStem }}.html\"", "https://x.org/sub/blog/alpha.html"),
            ("{\"permalink\": \"{{ page.filePathStem }}/\"}", "", "https://x.org/sub/blog/alpha/"),
            ("{\"permalink\": \"/{{ page.date | readable }}/\"}", "", ""),
            ("{}", "permalink: \"/{{ page.date | date: 'MMMM' }}/\"", ""),
            ("{}", "", "https://x.org/sub/blog/2024-01-02-alpha/"),
        ] {
            let file = "content/blog/2024-01-02-alpha.md";
            let front = format!("{front}\n");
            let posts = [(file, front.as_str()), ("content/blog/2024-01-03-b.md", ""), ("content/blog/2024-01-04-c.md", "")];
            let found = addresses(&[config, package, ("content/blog/blog.json", data)], &posts);
            assert_eq!(found[0], format!("{file} {expected}"), "{data} {front}");
        }
    }

    #[test]
    fn eleventys_file_that_is_named_as_its_folder_is_the_folders_page() {
        let data = ("package.json", "{\"homepage\": \"https://x.org\"}");
        let day = "date: 2024-01-02\n";
        let posts = [("posts/a/a.md", day), ("posts/a/b.md", day), ("posts/c.md", day)];
        let found = addresses(&[(".eleventy.js", "module.exports = {};"), data], &posts);
        assert_eq!(found[0], "posts/a/a.md https://x.org/posts/a/");
        assert_eq!(found[1], "posts/a/b.md https://x.org/posts/a/b/");
    }

    #[test]
    fn what_only_the_build_dates_is_read_without_a_date() {
        let texts = ["", "date: 2024-01-02\n", "date: git Last Modified\n"].map(post);
        let found = site(&[
            (".eleventy.js", "module.exports = {};"),
            ("package.json", "{\"homepage\": \"https://x.org\"}"),
            ("posts/a.md", &texts[0]),
            ("posts/b.md", &texts[1]),
            ("posts/c.md", &texts[1]),
            ("posts/d.md", &texts[2]),
        ]);
        let shown: Vec<_> = found.corpus.posts.iter().map(|post| (post.file.as_str(), post.date.is_some())).collect();
        assert_eq!(shown, [("posts/b.md", true), ("posts/c.md", true), ("posts/d.md", false)]);
    }

    #[test]
    fn a_title_that_the_file_gives_is_none_of_its_mistakes() {
        let errors = |settings: &str, file: &str| {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir_all(folder.path().join("blog")).unwrap();
            fs::write(folder.path().join(settings), "url: 'https://x.org'").unwrap();
            for (file, text) in
                [(file, "---\nauthors: [a]\n---\nA mallard swims.\n"), ("blog/2024-01-03-b.md", "A mallard dives.\n")]
            {
                fs::write(folder.path().join(file), text).unwrap();
            }
            let source = look(folder.path(), None).unwrap().source;
            let (_, found) = Corpus::load_from(&[source], None).unwrap();
            found.iter().filter(|found| found.severity == crate::corpus::Severity::Error).count()
        };
        assert_eq!(errors("docusaurus.config.js", "blog/2024-01-02-a.md"), 0);
        assert_eq!(errors("none", "blog/2024-01-02-a.md"), 2);
    }

    #[test]
    fn posts_of_all_subjects_are_read() {
        let posts =
            ["blog/news/a.md", "blog/news/b.md", "blog/tech/c.md", "notes/d.md"].map(|file| (file, post("date: 2024-01-02\n")));
        let files: Vec<(&str, &str)> = posts.iter().map(|(file, text)| (*file, text.as_str())).collect();
        let read = |found: Found| found.corpus.posts.into_iter().map(|post| post.file).collect::<Vec<_>>();
        assert_eq!(read(site(&files)), ["blog/news/a.md", "blog/news/b.md", "blog/tech/c.md"]);
    }

    #[test]
    fn files_of_which_none_has_a_date_are_pages() {
        let page = "# Install\n\nA mallard swims.\n";
        let dated = |other: &str| {
            let found = site(&[("install.md", page), ("index.md", page), ("upgrade.md", other)]);
            (found.source.dated, found.corpus.posts.len())
        };
        assert_eq!(dated(page), (false, 3));
        assert_eq!(dated("---\ntitle: T\ndate: soon\n---\nA mallard swims.\n"), (true, 2));
        assert_eq!(dated(&post("date: 2024-01-02\n")), (true, 2));
    }

    #[test]
    fn hugo_may_have_a_folder_of_settings_and_says_addresses_in_many_ways() {
        let folder = [
            ("config/_default/hugo.toml", "baseURL = 'https://example.org/'\n"),
            (
                "config/_default/permalinks.toml",
                "blog = '/:year/:slug/'\n[page]\nnews = '/n/:sections[1:]/:weekday/:slugorfilename/'\n",
            ),
            ("config/production/hugo.toml", "baseURL = 'https://x.org/sub/'\n"),
        ];
        let day = "date: 2024-01-02\n";
        let posts = [
            ("content/blog/a.md", day),
            ("content/blog/b/index.md", "date: 2024-01-03\nslug: bee\n"),
            ("content/news/c/d.md", day),
        ];
        let expected = [
            "content/blog/a.md https://x.org/sub/2024/some-title/",
            "content/blog/b/index.md https://x.org/sub/2024/bee/",
            "content/news/c/d.md https://x.org/sub/n/c/2/d/",
        ];
        assert_eq!(addresses(&folder, &posts), expected);
        for (pattern, expected) in [
            ("/:2006/:01/:02/:filename", "https://x.org/2024/01/02/a/"),
            ("/:weekdayname/:slug/", "https://x.org/tuesday/some-title/"),
            ("/:sections[last]/:slug/", ""),
            ("/:unheard/:slug/", ""),
        ] {
            let settings = format!("baseURL = 'https://x.org'\npermalinks.blog = '{pattern}'\n");
            let found = addresses(&[("hugo.toml", &settings)], &[("content/blog/a.md", day)]);
            assert_eq!(found, [format!("content/blog/a.md {expected}")], "{pattern}");
        }
    }

    #[test]
    fn an_address_of_which_nothing_is_left_is_none() {
        let posts = [("content/blog/привет.md", "date: 2024-01-02\n"), ("content/blog/déjà.md", "date: 2024-01-02\n")];
        let found = addresses(&[("config.toml", "base_url = 'https://x.org'\n")], &posts);
        assert_eq!(found, ["content/blog/déjà.md https://x.org/blog/deja/", "content/blog/привет.md "]);
    }

    #[test]
    fn jekylls_rarer_placeholders_and_signs_are_as_it_writes_them() {
        let settings = "url: https://x.org\npermalink: /:long_month/:w_year/:slugified_categories/:slug/\n";
        let posts =
            [("_posts/2024-01-02-It's-Béta-c++.md", "categories: [Big Thing]\n"), ("_posts/undated.md", "date: 2024-01-02\n")];
        let found = addresses(&[("_config.yml", settings)], &posts);
        assert_eq!(found, [format!("{} https://x.org/January/2024/big-thing/it-s-b%C3%A9ta-c/", posts[0].0)]);
        let found = addresses(&[("_config.yml", "url: https://x.org\n")], &posts);
        assert_eq!(found, [format!("{} https://x.org/big%20thing/2024/01/02/It's-B%C3%A9ta-c++.html", posts[0].0)]);
    }

    #[test]
    fn docusaurus_builds_all_posts_and_dates_those_without_a_date_itself() {
        let posts = [("blog/2024-01-02-a.md", ""), ("blog/_part/2024-01-02-b.md", ""), ("blog/c.md", "")];
        let found = addresses(&[("docusaurus.config.js", "module.exports = {url: 'https://x.org', baseUrl: '/'};")], &posts);
        assert_eq!(found, ["blog/2024-01-02-a.md https://x.org/blog/2024/01/02/a", "blog/c.md https://x.org/blog/c"]);
    }

    #[test]
    fn gatsby_counts_paths_from_the_folder_that_it_reads() {
        let posts = [("content/blog/a/index.md", "date: 2024-01-02\n"), ("content/blog/b.md", "date: 2024-01-02\n")];
        for (path, expected) in [
            ("`${__dirname}/content/blog`", "https://x.org/p/a/"),
            ("path.join(__dirname, 'content')", "https://x.org/p/blog/a/"),
            ("`./src/images`", "https://x.org/p/blog/a/"),
        ] {
            let settings =
                format!("module.exports = {{pathPrefix: '/p', siteMetadata: {{siteUrl: 'https://x.org'}}, path: {path}}};");
            let found = addresses(&[("gatsby-config.js", &settings)], &posts);
            assert_eq!(found[0], format!("content/blog/a/index.md {expected}"), "{path}");
        }
    }

    #[test]
    fn gatsbys_program_may_put_a_folder_before_paths() {
        let settings = "module.exports = {siteMetadata: {siteUrl: 'https://x.org'}, path: `${__dirname}/content/posts`};";
        let posts = [("content/posts/a.md", "date: 2024-01-02\n"), ("content/posts/b.md", "date: 2024-01-02\n")];
        for (script, expected) in [
            ("createPage({ path: `/blog${node.fields.slug}`, component })", "https://x.org/blog/a/"),
            ("const slug = `/news/${createFilePath({ node, getNode })}`;", "https://x.org/news/a/"),
            ("createPage({ path: `/tags/${kebabCase(tag)}/` })", "https://x.org/a/"),
            ("createPage({ path: `/a${slug}` }); createPage({ path: `/b${slug}` })", "https://x.org/a/"),
        ] {
            let found = addresses(&[("gatsby-config.js", settings), ("gatsby-node.js", script)], &posts);
            assert_eq!(found[0], format!("content/posts/a.md {expected}"), "{script}");
        }
    }

    #[test]
    fn astros_pages_tell_where_a_collection_is() {
        let posts = [("src/content/blog/a.md", "pubDate: Jul 08 2022\n"), ("src/content/blog/b.mdx", "pubDate: 2022-07-09\n")];
        let settings = ("astro.config.mjs", "export default defineConfig({ site: 'https://x.org' });");
        let page = ("src/pages/posts/[...slug].astro", "const posts = await getCollection('blog');");
        assert_eq!(addresses(&[settings, page], &posts)[0], "src/content/blog/a.md https://x.org/posts/a/");
        assert_eq!(addresses(&[settings], &posts)[0], "src/content/blog/a.md ");
    }

    #[test]
    fn a_section_does_not_say_the_title_again() {
        let text =
            "---\ntitle: Docker Image\ndate: 2024-01-02\n---\n# Docker image\n\nA mallard swims.\n\n## More\n\nIt dives.\n";
        let found = site(&[("posts/a.md", text)]);
        let bodies = found.corpus.passages.iter().filter(|passage| passage.kind == crate::corpus::PassageKind::Body);
        assert_eq!(bodies.map(|passage| passage.section.join(" > ")).collect::<Vec<_>>(), ["", "More"]);
    }

    #[test]
    fn pelicans_metadata_and_addresses_are_read() {
        let text = |rest: &str| format!("Title: Some Title 1.0\nDate: 2024-01-02 10:20\n{rest}\nA mallard swims.\n");
        let settings = "SITENAME = 'Marmot'\nSITEURL = ''\nAUTHOR = 'Site Author'\nARTICLE_URL = 'posts/{date:%Y}/{slug}/'\n";
        let found = site(&[
            ("pelicanconf.py", settings),
            ("publishconf.py", "SITEURL = 'https://x.org'\n"),
            ("content/a.md", &text("")),
            ("content/b.md", &text("Slug: bee\nAuthor: Ann Lee\n")),
            ("content/c.md", &text("Status: draft\n")),
            ("content/d.md", &text("Status: hidden\n")),
            ("content/pages/e.md", &text("")),
        ]);
        let shown: Vec<_> = found.corpus.posts.iter().map(|post| (post.url.as_str(), post.authors.join(", "))).collect();
        let author = |name: &str| name.to_owned();
        let expected = [
            ("https://x.org/posts/2024/some-title-10/", author("Site Author")),
            ("https://x.org/posts/2024/bee/", author("Ann Lee")),
        ];
        assert_eq!(shown, expected);
        assert_eq!(found.names, ["Marmot"]);
    }
}
