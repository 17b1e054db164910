//! `mynah init`: a config for a community's site.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::config::Config;
use crate::corpus::{Engine, Rule};
use crate::loading;
use crate::reload;
use crate::sites::git::{self, GitSource};
use crate::sites::{self, Found};

use super::args::Init;
use super::check::by_reason;
use super::{Exit, Outcome};

pub(super) fn run(args: &Init, config: &Config) -> Outcome {
    let folder = match checkout(&args.site, config)? {
        Some(folder) => folder,
        None => bail!("{} is neither a folder nor a git address", args.site),
    };
    let pointers_file = pointers_beside(&args.output);
    if let Some(file) = [&args.output, &pointers_file].into_iter().find(|file| file.exists() && !args.force) {
        bail!("{} is there already; --force overwrites it, --output names another", file.display());
    }
    let found = sites::look(&folder, Some(loading::today()))?;
    let has_pointers = !found.pointers.is_empty();
    write(&args.output, &settings(&args.site, &found, has_pointers.then_some(pointers_file.as_path())))?;
    if has_pointers {
        write(&pointers_file, &format!("{POINTERS_HEAD}\n{}", found.pointers))?;
    }
    let mut out = std::io::stdout().lock();
    write!(out, "{}", told(&found))?;
    writeln!(
        out,
        "Written: {}{}",
        args.output.display(),
        match has_pointers {
            true => format!(" and {}, to look over", pointers_file.display()),
            false => "; no pointers: the posts link to no chat, list or guide".to_owned(),
        }
    )?;
    writeln!(out, "Next: mynah check --config {0}; mynah ask --config {0} QUESTION", args.output.display())?;
    Ok(Exit::Ok)
}

const POINTERS_HEAD: &str = "\
# Where newcomers find people and things, best first. Found in the posts: look over labels and addresses, drop what is out of date.
#
# label     what it is and what it is good for
# url       its address
# words     what calls for it: a phrase calls when all of its words stand in the question, in any form and order
# anything  true for the places that help with any question the posts don't answer
";

fn pointers_beside(output: &Path) -> PathBuf {
    let stem = output.file_stem().map_or_else(|| "mynah".to_owned(), |stem| stem.to_string_lossy().into_owned());
    output.with_file_name(if stem == "mynah" { "pointers.toml".to_owned() } else { format!("{stem}-pointers.toml") })
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("can't write {}", file.display()))
}

/// The folder of a site: itself, or the copy of a repository that is fetched into the data folder.
fn checkout(site: &str, config: &Config) -> anyhow::Result<Option<PathBuf>> {
    if Path::new(site).is_dir() {
        return Ok(Some(site.into()));
    }
    if !is_address(site) {
        return Ok(None);
    }
    let source = GitSource { address: site.to_owned(), branch: None, folder: None };
    Ok(Some(git::fetch(&source, &reload::copies(config), config.corpus.fetch_within.0)?.folder))
}

/// Whether a site is named by a git address: `https://host/path`, `user@host:path`.
fn is_address(site: &str) -> bool {
    site.contains("://") || site.contains('@') || site.ends_with(".git")
}

/// The config, every key with what it is.
fn settings(site: &str, found: &Found, pointers: Option<&Path>) -> String {
    let source = &found.source;
    let mut text = format!(
        "# mynah's settings for this site, by `mynah init`. Each key is explained in mynah's own config/mynah.toml.\n\n\
         [corpus]\n# The site's {}, and the folders within it that hold the posts.\n{} = {}\nposts = [{}]\n",
        if Path::new(site).is_dir() { "checkout" } else { "repository" },
        if Path::new(site).is_dir() { "path" } else { "git" },
        quoted(site),
        list(&source.posts)
    );
    let origin = match (&found.site.settings, found.by_links) {
        (Some(file), false) => format!("from {file}"),
        (_, true) => "from the links between posts".to_owned(),
        _ => "not found: write it, as https://example.org/blog/{slug}/".to_owned(),
    };
    // Writing to a String can't fail.
    let _ = write!(text, "# The address of a post, {origin}.\nurl = {}\n", quoted(&source.url));
    let _ = write!(text, "# What builds the site.\nengine = {}\n", quoted(&engine(source.engine).to_lowercase()));
    if !source.base.is_empty() {
        let _ = write!(text, "# What a post's own address is relative to.\nbase = {}\n", quoted(&source.base));
    }
    if !source.zone.is_empty() {
        let _ = write!(text, "# The time zone in which days are counted.\nzone = {}\n", quoted(&source.zone));
    }
    if !source.root.is_empty() {
        let _ = write!(text, "# The folder that the engine's own paths count from.\nroot = {}\n", quoted(&source.root));
    }
    if !source.dated {
        text.push_str("# None of the files has a date: they are pages, not posts.\ndated = false\n");
    }
    if source.future {
        text.push_str("# Posts of days to come are published too.\nfuture = true\n");
    }
    if !source.rules.is_empty() {
        let rules: Vec<String> = source.rules.iter().map(|rule| format!("  {},\n", inline(rule))).collect();
        let _ = write!(text, "# What holds for a part of the posts.\nrules = [\n{}]\n", rules.concat());
    }
    let _ = write!(text, "# What people call the project, its short forms too.\nnames = [{}]\n", list(&found.names));
    match pointers {
        Some(file) => {
            let _ =
                write!(text, "# Where to send newcomers: look it over.\npointers = {}\n", quoted(&file.display().to_string()));
        }
        None => text.push_str("# Where to send newcomers.\n# pointers = \"pointers.toml\"\n"),
    }
    text.push_str(
        "\n# For `mynah run`, the Matrix bot; the password comes from MYNAH__MATRIX__PASSWORD or password_file.\n\
         # [matrix]\n# homeserver = \"https://matrix.example.org\"\n# user_id = \"@mynah:example.org\"\n# admins = [\"@you:example.org\"]\n",
    );
    text
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list(items: &[String]) -> String {
    items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", ")
}

/// A rule as a table in a line.
fn inline(rule: &Rule) -> String {
    let mut keys = vec![format!("path = {}", quoted(&rule.path))];
    keys.extend((!rule.url.is_empty()).then(|| format!("url = {}", quoted(&rule.url))));
    keys.extend((!rule.author.is_empty()).then(|| format!("author = {}", quoted(&rule.author))));
    keys.extend((!rule.categories.is_empty()).then(|| format!("categories = [{}]", list(&rule.categories))));
    keys.extend(rule.draft.then(|| "draft = true".to_owned()));
    format!("{{ {} }}", keys.join(", "))
}

fn engine(engine: Engine) -> &'static str {
    match engine {
        Engine::Plain => "Plain",
        Engine::Jekyll => "Jekyll",
        Engine::Hexo => "Hexo",
        Engine::Hugo => "Hugo",
        Engine::Zola => "Zola",
        Engine::Docusaurus => "Docusaurus",
        Engine::Mkdocs => "MkDocs",
        Engine::Eleventy => "Eleventy",
        Engine::Gatsby => "Gatsby",
        Engine::Pelican => "Pelican",
    }
}

/// So many folders that were not taken are named.
const OTHERS_TOLD: usize = 5;

/// What was found, for whoever asked.
fn told(found: &Found) -> String {
    let posts = &found.corpus.posts;
    let mut text = match (&found.site.settings, found.source.engine) {
        (Some(file), built_by) => format!("{} site ({file})", engine(built_by)),
        (None, Engine::Plain) => "A folder of posts, without a settings file".to_owned(),
        (None, built_by) => format!("{} site, without its settings file", engine(built_by)),
    };
    let dates: Vec<_> = posts.iter().filter_map(|post| post.date).collect();
    let years = match (dates.iter().min(), dates.iter().max()) {
        (Some(first), Some(last)) => format!(", {first} to {last}"),
        _ => String::new(),
    };
    let of = if posts.len() == 1 { "post" } else { "posts" };
    let within = if found.source.posts.is_empty() { String::new() } else { format!(" in {}", found.source.posts.join(", ")) };
    let left_out = match &found.corpus.left_out[..] {
        [] => String::new(),
        left_out => format!("; left out: {}", by_reason(left_out)),
    };
    let _ = writeln!(text, ": {} {of}{within}{years}{left_out}", posts.len());
    let others = &found.site.others;
    if !others.is_empty() {
        let few: Vec<String> = others.iter().take(OTHERS_TOLD).map(|(folder, count)| format!("{folder} ({count})")).collect();
        let more = others.len().saturating_sub(OTHERS_TOLD);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(text, "Not taken, though there are dated files: {}{more}; corpus.posts names what is", few.join(", "));
    }
    let names = if found.names.is_empty() { "not found; set corpus.names".to_owned() } else { found.names.join(", ") };
    let _ = writeln!(text, "Names: {names}");
    let _ = writeln!(
        text,
        "Addresses: {}",
        if found.source.url.is_empty() { "not found; set corpus.url" } else { &found.source.url }
    );
    let last = posts.len().saturating_sub(1);
    let mut samples = vec![0, last / 2, last];
    samples.dedup();
    for post in samples.into_iter().filter_map(|at| posts.get(at)).filter(|post| !post.url.is_empty()) {
        let _ = writeln!(text, "  {} → {}", post.file, post.url);
    }
    text
}
