//! What a site's posts tell that its settings don't: the rule of their addresses, the project's short name, the places to go.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;
use std::sync::LazyLock;

use jiff::civil::Date;
use regex::Regex;

use crate::corpus::permalink::host;
use crate::corpus::{Corpus, Post, day, files};

/// The rule by which posts link to each other: `https://example.org/blog/{year}/{month}/{day}/{title}/`, without a host where
/// no link has one.
pub(crate) fn pattern(posts: &[Post]) -> Option<String> {
    static LINK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"(https?://[A-Za-z0-9.-]+)?(/[^\s()<>\[\]"'|#?]*)"#).expect("a valid pattern"));
    let names = names_of(posts);
    let mut patterns: HashMap<String, HashSet<&str>> = HashMap::new();
    let mut hosts: HashMap<(String, String), usize> = HashMap::new();
    for post in posts {
        for found in LINK.captures_iter(&post.text) {
            let Some(pattern) = pattern_of(&found[2], &names) else { continue };
            if let Some(host) = found.get(1) {
                *hosts.entry((pattern.clone(), host.as_str().to_owned())).or_default() += 1;
            }
            // A post links to many others: each post has one vote.
            patterns.entry(pattern).or_default().insert(post.file.as_str());
        }
    }
    let (pattern, votes) =
        patterns.into_iter().max_by_key(|(pattern, votes)| (votes.len(), std::cmp::Reverse(pattern.clone())))?;
    if votes.len() < 2 {
        return None;
    }
    let of_pattern = hosts.into_iter().filter(|((of, _), _)| *of == pattern);
    let host = of_pattern.max_by_key(|((_, host), count)| (*count, std::cmp::Reverse(host.clone()))).map(|((_, host), _)| host);
    Some(format!("{}{pattern}", host.unwrap_or_default()))
}

/// Posts by their file's name, and by it without its date.
type Names<'a> = HashMap<&'a str, (&'static str, Option<Date>)>;

fn names_of(posts: &[Post]) -> Names<'_> {
    let mut names: Names<'_> = HashMap::new();
    for post in posts {
        let stem = files::without_extension(&post.file);
        let stem = stem.strip_suffix("/index").unwrap_or(stem);
        let name = stem.rsplit('/').next().unwrap_or(stem);
        let bare = day::stripped(name);
        names.insert(bare, ("{title}", post.date));
        if bare == name {
            names.insert(name, ("{slug}", post.date));
        } else {
            names.insert(name, ("{name}", post.date));
        }
    }
    names
}

/// The rule that gives a path to one of the posts.
fn pattern_of(path: &str, names: &Names<'_>) -> Option<String> {
    let ends = if path.ends_with('/') {
        "/"
    } else if path.ends_with(".html") {
        ".html"
    } else {
        ""
    };
    let bare = path.strip_suffix(ends).unwrap_or(path).trim_end_matches('/');
    let (above, last) = bare.rsplit_once('/')?;
    let (placeholder, date) = names.get(last)?;
    let mut segments: Vec<String> = above.split('/').map(str::to_owned).collect();
    if let (Some(date), [.., year, month, day]) = (date, segments.as_mut_slice()) {
        // The day of the address may be another than that of the post by a time zone; the year and month tell.
        if year.parse() == Ok(date.year()) && month.len() == 2 && day.len() == 2 && day.parse::<u8>().is_ok() {
            for (segment, name) in [(year, "{year}"), (month, "{month}"), (day, "{day}")] {
                name.clone_into(segment);
            }
        }
    }
    for segment in &mut segments {
        if date.is_some_and(|date| segment.parse() == Ok(date.year())) {
            "{year}".clone_into(segment);
        }
    }
    Some(format!("{}/{placeholder}{ends}", segments.join("/")))
}

/// What people call the project: the site's title without `blog` and the like, else what its address spells and the posts say; and
/// the short form that posts give for it.
pub(crate) fn names(title: Option<&str>, url: &str, posts: &[Post]) -> Vec<String> {
    static OTHER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)\b(?:the|official|blog|news|website|site|home|homepage|project|community|documentation|docs)\b|[|:–—].*$",
        )
        .expect("a valid pattern")
    });
    let title = OTHER.replace_all(title.unwrap_or_default(), " ");
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = title.trim_matches(['-', '.', ',', '&', '+', '/', ' ']).trim_end_matches(" and").trim_end().to_owned();
    let title = title.strip_suffix(".org").or_else(|| title.strip_suffix(".io")).unwrap_or(&title).to_owned();
    let title = if title.is_empty() { spelled_by(url, posts).unwrap_or_default() } else { title };
    if title.is_empty() {
        return Vec::new();
    }
    let mut names = vec![title.clone()];
    let Ok(short) =
        Regex::new(&format!(r"{}\s*\((?:[Aa]ka\s+)?([A-Za-z][A-Za-z0-9]{{1,9}})\)", regex::escape(&title).replace(' ', r"\s+")))
    else {
        return names;
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for post in posts {
        let forms: HashSet<String> = short.captures_iter(&post.text).map(|found| found[1].to_owned()).collect();
        for form in forms {
            *counts.entry(form).or_default() += 1;
        }
    }
    let shortest =
        counts.into_iter().filter(|(form, count)| *count >= 2 && form.len() < title.len()).max_by_key(|(_, count)| *count);
    names.extend(shortest.map(|(form, _)| form).filter(|form| !form.eq_ignore_ascii_case(&title)));
    names
}

/// The words by which at least half of the posts say what an address's host spells: `Kata Containers` of `katacontainers.io`, as
/// most of them write it.
fn spelled_by(url: &str, posts: &[Post]) -> Option<String> {
    let host = host(url).split_once("://")?.1;
    let labels: Vec<&str> = host.split(['.', ':']).filter(|label| !matches!(*label, "www" | "blog" | "news")).collect();
    let [spelled, _, ..] = labels[..] else { return None };
    let letters: Vec<String> = spelled.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_string()).collect();
    let written = Regex::new(&format!(r"(?i)\b{}\b", letters.join("[ -]?"))).ok().filter(|_| letters.len() > 2)?;
    // What stands within an address or in code is no way to write a name.
    let is_word = |found: &regex::Match<'_>, text: &str| {
        let beside = |c: Option<char>| c.is_some_and(|c| "/.@#_-`=:".contains(c));
        let after = &text[found.end()..];
        !beside(text[..found.start()].chars().next_back()) && !after.starts_with(['/', '@', '_', '-']) && !is_domain(after)
    };
    let mut forms: BTreeMap<String, usize> = BTreeMap::new();
    let mut speaking = 0;
    for post in posts {
        let found: HashSet<&str> =
            written.find_iter(&post.text).filter(|found| is_word(found, &post.text)).map(|found| found.as_str()).collect();
        speaking += usize::from(!found.is_empty());
        found.into_iter().for_each(|form| *forms.entry(form.to_owned()).or_default() += 1);
    }
    let (form, _) = forms.into_iter().max_by_key(|(_, count)| *count).filter(|_| speaking * 2 >= posts.len())?;
    Some(form)
}

/// Whether a word goes on as an address does: `.org`.
fn is_domain(after: &str) -> bool {
    after.strip_prefix('.').is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
}

/// Whether most of these posts speak of a project by one of its names.
pub(crate) fn speak_of(names: &[String], posts: &[Post]) -> bool {
    let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let speaks = |post: &&Post| {
        let text = post.text.to_lowercase();
        names.iter().any(|name| text.contains(name.as_str()))
    };
    !posts.is_empty() && posts.iter().filter(speaks).count() * 2 >= posts.len()
}

/// A kind of place that newcomers look for.
struct Kind {
    label: &'static str,
    /// What its address looks like.
    address: &'static str,
    /// What its address does not look like.
    except: &'static str,
    words: &'static [&'static str],
    anything: bool,
    /// Whether others have such places too, and the project's own are those that bear its name.
    named: bool,
}

const KINDS: &[Kind] = &[
    Kind {
        label: "Chat",
        address: r"(?i)^https?://(?:matrix\.to/|[a-z.]*element\.io/|[a-z0-9-]+\.slack\.com|(?:www\.)?slack\.|communityinviter\.com|discord\.(?:gg|com/invite)|(?:[a-z0-9-]+\.)?gitter\.im|[a-z0-9-]+\.zulipchat\.com|chat\.|web\.libera\.chat|webchat\.|t\.me/|[a-z]+\.slack|slack[a-z]*\.)|(?i)bit\.ly/[a-z]*slack",
        except: r"/archives/[^/]+/p\d|/files/",
        words: &[
            "chat",
            "chat room",
            "channel",
            "irc",
            "matrix",
            "slack",
            "discord",
            "zulip",
            "talk someone",
            "talk people",
            "get touch",
            "touch",
            "contact",
            "reach out",
            "ask question",
            "join community",
        ],
        anything: true,
        named: false,
    },
    Kind {
        label: "Mailing list or forum",
        address: r"(?i)^https?://(?:lists?\.|groups\.google\.com/|groups\.io|[a-z0-9-]+\.groups\.io|mail\.[^/]+/mailman|mailman|forums?\.|discourse\.|discuss\.|community\.[^/]+/t/|[^/]+/mailman|www\.reddit\.com/r/)",
        except: r"(?i)/comments/|calendar|/c/|#!topic|/msg\d|/message/|/thread/|/t/|/topic/|/archives?/|\.html$|/d/msg|/pipermail/",
        words: &[
            "mailing list",
            "mail list",
            "email",
            "forum",
            "discussion",
            "subscribe",
            "contact",
            "get touch",
            "ask question",
            "join community",
        ],
        anything: true,
        named: true,
    },
    Kind {
        label: "How to contribute",
        address: r"(?i)(?:contribut(?:e|ing|or)|get-?involved|getting-?involved|good-first-issue|good%20first%20issue|/community/?$|/participate)",
        except: r"/graphs/|/blog/|/posts?/|/pull/|/commit/",
        words: &[
            "contribute",
            "contributor guide",
            "start contributing",
            "get involved",
            "get started",
            "first contribution",
            "first issue",
            "send patch",
            "newcomer",
            "join project",
        ],
        anything: false,
        named: false,
    },
    Kind {
        label: "Source code",
        // A repository: the page of an owner may be a person's, but for OpenDev, where it is a project's.
        address: r"(?i)^https?://(?:www\.)?(?:(?:github\.com|gitlab\.com|codeberg\.org|git\.sr\.ht|gitlab\.[a-z.]+)/[\w.~-]+/[\w.-]+|opendev\.org/[\w.~-]+(?:/[\w.-]+)?)$",
        // What shows how something is used is not the project.
        except: r"(?i)github\.com/(?:orgs|features|marketplace|sponsors|security|about|notifications|settings)(?:/|$)|[/_.-](?:demos?|examples?|samples?|tutorials?|playground|workshops?)(?:[/_.-]|$)",
        words: &["code", "source code", "repository", "repositories", "repo", "repos", "git", "github", "clone", "browse code"],
        anything: false,
        named: true,
    },
    Kind {
        label: "Issues: report a bug",
        address: r"(?i)^https?://[^/]*(?:github\.com|gitlab\.com|codeberg\.org)/[\w.~-]+/[\w.-]+/issues(?:/new(?:/choose)?)?$|^https?://(?:bugs|issues|jira|bugzilla)\.[^/]+/?$",
        except: r"^$",
        words: &["bug", "report bug", "file bug", "bug tracker", "issue tracker", "report issue", "report problem", "open issue"],
        anything: false,
        named: true,
    },
    Kind {
        label: "Documentation",
        address: r"(?i)^https?://(?:docs?\.[^/]+|[^/]+\.readthedocs\.io|[^/]+/docs?(?:/latest|/current|/en)?)/?$",
        except: r"docs\.google\.com",
        words: &[
            "documentation",
            "docs",
            "manual",
            "install guide",
            "user guide",
            "tutorial",
            "how install",
            "read documentation",
        ],
        anything: false,
        named: true,
    },
    Kind {
        label: "Security: report a vulnerability",
        address: r"(?i)/security(?:/policy|/advisories/new|\.html|\.md)?/?$|SECURITY\.md",
        except: r"/blog/",
        words: &["security", "vulnerability", "report vulnerability", "security hole", "cve", "disclose"],
        anything: false,
        named: false,
    },
];

/// An address that posts give, and in how many.
struct Place {
    url: String,
    posts: usize,
    newest: Option<Date>,
}

/// Pointers to the places that the posts of the project of these names link to, as a file to look over. Empty where they link to
/// none.
pub(crate) fn pointers(corpus: &Corpus, names: &[String]) -> String {
    let mut places: HashMap<String, (HashSet<usize>, Option<Date>)> = HashMap::new();
    for passage in &corpus.passages {
        let date = corpus.post(passage).date;
        for link in passage.sentences.iter().flat_map(|sentence| &sentence.links) {
            let url = link.url.split(['"', ' ']).next().unwrap_or_default().trim_end_matches('/');
            if url.starts_with("http") && !url.contains(['{', '}', '<', '>']) {
                let place = places.entry(url.to_owned()).or_default();
                place.0.insert(passage.post);
                place.0.extend(passage.repeats.iter().map(|repeat| repeat.post));
                place.1 = place.1.max(date);
            }
        }
    }
    let mut file = String::new();
    for kind in KINDS {
        for place in best(kind, &places, names) {
            let Place { url, posts, newest } = place;
            let of = if posts == 1 { "post" } else { "posts" };
            let newest = newest.map_or_else(String::new, |date| format!(", newest {date}"));
            let words = kind.words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ");
            let label = format!("{}: {}", kind.label, shown(&url));
            // Nothing can fail: a String takes all that is written.
            let _ = write!(file, "# in {posts} {of}{newest}\n[[pointer]]\nlabel = {label:?}\nurl = {url:?}\nwords = [{words}]\n");
            let _ = writeln!(file, "{}", if kind.anything { "anything = true\n" } else { "" });
        }
    }
    file
}

/// The one or two places of a kind that most posts give; of as many, the newer.
fn best(kind: &Kind, places: &HashMap<String, (HashSet<usize>, Option<Date>)>, names: &[String]) -> Vec<Place> {
    let (Ok(address), Ok(except)) = (Regex::new(kind.address), Regex::new(kind.except)) else { return Vec::new() };
    let fits = places.iter().filter(|(url, _)| address.is_match(url) && (except.as_str() == "^$" || !except.is_match(url)));
    let mut found: Vec<Place> =
        fits.map(|(url, (posts, newest))| Place { url: url.clone(), posts: posts.len(), newest: *newest }).collect();
    let names: Vec<String> = names.iter().map(|name| letters_of(name)).filter(|name| name.len() > 2).collect();
    let bears = |place: &Place| names.iter().any(|name| letters_of(&place.url).contains(name.as_str()));
    if kind.named && found.iter().any(|place| bears(place) && (place.posts > 1 || kind.anything)) {
        found.retain(bears);
    }
    found.sort_by(|a, b| (b.posts, b.newest, &a.url).cmp(&(a.posts, a.newest, &b.url)));
    // What one post gives in passing is no place of the community's; for chat and lists any is better than none, but for a list
    // of another name.
    let most = found.first().map_or(0, |place| place.posts);
    let enough = |place: &Place| place.posts > 1 || (kind.anything && (!kind.named || names.is_empty() || bears(place)));
    let found: Vec<Place> = found.into_iter().filter(|place| enough(place) && place.posts * 3 >= most).collect();
    found.into_iter().take(2).collect()
}

/// The letters and digits of a text, small.
fn letters_of(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn shown(url: &str) -> &str {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
    if bare.len() <= 60 { bare } else { host(url).split_once("://").map_or(url, |(_, rest)| rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn urls(names: &[&str], links: &[&str]) -> Vec<String> {
        // Each link stands in as many posts as it is written.
        let posts: Vec<String> =
            links.iter().map(|link| format!("---\ntitle: T\ndate: 2024-01-02\n---\nSee [this]({link}).\n")).collect();
        let files: Vec<(String, &[u8])> =
            posts.iter().enumerate().map(|(at, text)| (format!("{at}.md"), text.as_bytes())).collect();
        let files = files.iter().map(|(name, bytes)| (name.as_str(), *bytes));
        let corpus = Corpus::from_files(files, "https://x.org/{slug}/", &mut Vec::new());
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let found = pointers(&corpus, &names);
        found.lines().filter_map(|line| Some(line.strip_prefix("url = ")?.trim_matches('"').to_owned())).collect()
    }

    #[test]
    fn pointers_lead_to_the_projects_own_places() {
        let (code, list) = ("https://github.com/open-heron/heron", "https://groups.google.com/g/heron-dev");
        let (other, demo) = ("https://github.com/else/where", "https://github.com/open-heron/heron-demo");
        for (names, links, expected) in [
            (&["Open Heron"][..], &[code, code, other, other, other][..], &[code][..]),
            (&["Open Heron"], &[other, other], &[other]),
            (&["Heron"], &[demo, demo], &[]),
            (&["Heron"], &["https://groups.google.com/g/golang-nuts"], &[]),
            (&["Heron"], &[list], &[list]),
            (&[], &[list], &[list]),
            (&[], &["https://www.reddit.com/r/heron/comments/1x/some_thread"], &[]),
            (&["Heron"], &["https://groups.google.com/a/heron.org/g/calendar-go"], &[]),
        ] {
            assert_eq!(urls(names, links), expected, "{links:?}");
        }
    }

    #[test]
    fn names_are_what_is_left_of_a_title() {
        for (title, expected) in [("Ember Docs & Blog", "Ember"), ("The Heron Blog", "Heron"), ("Heron: news and more", "Heron")]
        {
            assert_eq!(names(Some(title), "", &[]), [expected], "{title}");
        }
    }

    #[test]
    fn an_address_tells_a_name_that_the_posts_say() {
        let found = |url: &str, says: &[&str]| {
            let posts: Vec<(String, String)> = says
                .iter()
                .enumerate()
                .map(|(at, says)| (format!("{at}.md"), format!("---\ntitle: T\ndate: 2024-01-02\n---\n{says} flies.\n")))
                .collect();
            let files = posts.iter().map(|(name, text)| (name.as_str(), text.as_bytes()));
            let corpus = Corpus::from_files(files, "", &mut Vec::new());
            names(Some("Blog"), url, &corpus.posts)
        };
        let heron = ["Grey Heron", "grey heron and Grey Heron", "The bird greyheron.io"];
        assert_eq!(found("https://www.greyheron.io/{slug}/", &heron), ["Grey Heron"]);
        assert_eq!(found("https://greyheron.io/{slug}/", &["A mallard", "A swan", "Grey Heron"]), [""; 0]);
        assert_eq!(found("", &heron), [""; 0]);
    }
}
