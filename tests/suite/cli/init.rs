//! `mynah init`: what it writes is what is read, and what it did not take is told.

use std::fs;
use std::path::Path;

use crate::harness::{mynah, shown};

fn written(folder: &Path, file: &str, text: &str) {
    let file = folder.join(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

#[test]
fn the_settings_that_init_writes_give_each_post_its_address() {
    let site = tempfile::tempdir().unwrap();
    let post = |title: &str, more: &str| {
        format!("---\ntitle: {title}\nauthor: A\ndate: 2024-01-02\n{more}---\nThe {title} swims in Ghent.\n")
    };
    let settings = "baseURL = 'https://x.org'\n[permalinks]\nnews = '/n/:slug/'\n[[cascade]]\ndraft = true\n[cascade.target]\npath = '/blog/old/**'\n";
    written(site.path(), "hugo.toml", settings);
    written(site.path(), "content/blog/a.md", &post("mallard", ""));
    written(site.path(), "content/blog/old/b.md", &post("wigeon", ""));
    written(site.path(), "content/news/c.md", &post("teal", ""));
    for file in ["content/docs/d.md", "content/docs/e.md"] {
        written(site.path(), file, &post("manual", ""));
    }
    let config = site.path().join("mynah.toml");
    let ran = mynah(["init", &shown(site.path()), "--output", &shown(&config)]).run().exits(0);
    assert!(ran.out.contains("Hugo site (hugo.toml): 2 posts in content/blog, content/news"), "{}", ran.out);
    assert!(ran.out.contains("Not taken, though there are dated files: content/docs (2)"), "{}", ran.out);
    for (question, address) in
        [("where does the mallard swim", "https://x.org/blog/a/"), ("where does the teal swim", "https://x.org/n/teal/")]
    {
        let answer = mynah(["ask", "--config", &shown(&config), question]).run();
        assert!(answer.out.contains(address), "{}", answer.out);
    }
    let answer = mynah(["ask", "--config", &shown(&config), "where does the wigeon swim"]).run();
    assert!(!answer.out.contains("wigeon swims"), "{}", answer.out);
}

#[test]
fn what_init_writes_is_found_without_being_named() {
    let (site, here) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    written(site.path(), "a.md", "---\ntitle: Ducks\nauthor: A\ndate: 2024-01-02\n---\nThe mallard swims in Ghent.\n");
    mynah(["init", &shown(site.path())]).within(here.path()).run().exits(0);
    assert!(here.path().join("mynah.toml").is_file());
    let answer = mynah(["ask", "where does the mallard swim"]).within(here.path()).run();
    assert!(answer.out.contains("The mallard swims in Ghent."), "{}", answer.out);
}

#[test]
fn check_names_a_post_whose_address_only_the_engine_can_work_out() {
    let site = tempfile::tempdir().unwrap();
    written(site.path(), ".eleventy.js", "module.exports = {};");
    written(site.path(), "package.json", "{\"homepage\": \"https://x.org\"}");
    for (file, more) in [("a", ""), ("b", ""), ("c", "permalink: /{{ title | odd }}/\n")] {
        written(
            site.path(),
            &format!("posts/{file}.md"),
            &format!("---\ntitle: T\nauthor: A\ndate: 2024-01-02\n{more}---\nIt swims.\n"),
        );
    }
    let ran = mynah(["check", "--corpus", &shown(site.path())]).run();
    assert!(ran.out.contains("no address that can be told: 1, such as posts/c.md"), "{}", ran.out);
}
