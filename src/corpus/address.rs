//! Addresses as posts write them: within a template, or in a tag.

use std::sync::LazyLock;

use regex::Regex;

use super::mask::attribute;

/// What stands in an address for the site's own (Jekyll's `site.baseurl`, `relative_url`), until the post's source is known.
pub(super) const BASE: &str = "{base}";

/// What stands before another file of the site (Hugo's `ref`, Jekyll's `post_url`), until all of them are read.
pub(super) const REF: &str = "{ref}";

/// An address without the template around it: what the template has in quotation marks.
pub(super) fn templated(url: &str) -> String {
    static BASES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:\{\{-?\s*site\.url\s*-?\}\})?\{\{-?\s*site\.baseurl\s*-?\}\}/?").expect("a valid pattern")
    });
    static FILTERED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"^\{\{-?\s*["']/?([^"'{}]*)["']\s*\|\s*(?:relative_url|absolute_url)\s*-?\}\}"#).expect("a valid pattern")
    });
    static REFS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"\{\{[<%]\s*(?:rel)?ref\s+(?:path=)?["']?([^"'{}\s]+)["']?[^{}]*[>%]\}\}|\{%-?\s*(?:post_url|link)\s+([^\s%{}]+)\s*-?%\}"#)
            .expect("a valid pattern")
    });
    if let Some(found) = REFS.captures(url) {
        let file = found.get(1).or(found.get(2)).map_or("", |file| file.as_str());
        let after = url[found.get(0).map_or(url.len(), |whole| whole.end())..].trim_end();
        return format!("{REF}{file}{after}");
    }
    let based = BASES.replace(url, format!("{BASE}/"));
    let based = FILTERED.replace(&based, format!("{BASE}/$1"));
    if let Some(rest) = based.strip_prefix(BASE) {
        return format!("{BASE}{}", without_templates(rest));
    }
    without_templates(url)
}

fn without_templates(url: &str) -> String {
    static TEMPLATE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"\{[{%](?:[^{}"']*?["']([^"'{}]+)["'])?[^{}]*[}%]\}"#).expect("a valid pattern"));
    if !url.contains("{{") && !url.contains("{%") {
        return url.to_owned();
    }
    let address = TEMPLATE.replace_all(url, "$1");
    address
        .split_whitespace()
        .next()
        .filter(|address| !address.contains("{{") && !address.contains("{%"))
        .unwrap_or_default()
        .to_owned()
}

/// The address in a tag `<a …>`.
pub(super) fn href(tag: &str) -> String {
    attribute(tag, "href").map(|(value, _)| templated(&html_escape::decode_html_entities(value))).unwrap_or_default()
}
