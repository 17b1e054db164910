//! A folder → the files that may be posts, and the tables of authors beside them.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Diagnostic;
use super::fields;
use super::people::People;

/// A file larger than this is no post; it is reported and left out. The largest of 78 real posts has 17 kB.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

/// Folders that hold no posts, whatever the engine: parts of pages, and what a build writes or fetches.
const NO_POSTS: &[&str] = &["node_modules", "_includes", "_layouts", "_data", "_sass", "_site", "__tests__"];

/// Folders nested deeper than this are not looked into.
const MAX_DEPTH: usize = 32;

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Paths within the folder, with `/`, and bytes, by path.
    pub files: Vec<(String, Vec<u8>)>,
    /// Whom ids stand for.
    pub people: People,
}

/// Whether a file's name is that of a post or page.
pub(crate) fn is_markdown(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    ["md", "markdown", "mdx"].iter().any(|known| extension.eq_ignore_ascii_case(known)) && !name.starts_with('.')
}

/// A file's path without its extension.
pub(crate) fn without_extension(path: &str) -> &str {
    path.rsplit_once('.').filter(|(_, extension)| !extension.contains('/')).map_or(path, |(stem, _)| stem)
}

/// Reads the posts of `dir` to any depth, those for which `wanted` holds; never those in hidden folders.
///
/// # Errors
/// Where `dir` itself can't be listed.
pub(super) fn read(dir: &Path, wanted: &dyn Fn(&str) -> bool, diagnostics: &mut Vec<Diagnostic>) -> io::Result<Found> {
    let mut found = Found::default();
    for path in list(dir)? {
        let name = path.rsplit('/').next().unwrap_or(&path);
        if is_markdown(name) {
            if wanted(&path) {
                match read_file(&dir.join(&path)) {
                    Ok(bytes) => found.files.push((path, bytes)),
                    Err(problem) => diagnostics.push(Diagnostic::error(&path, 1, problem)),
                }
            }
        } else if let Some(id) = author_table(&path) {
            let Some(table) = fs::read_to_string(dir.join(&path)).ok().and_then(|text| settings_value(&path, &text)) else {
                continue;
            };
            match id {
                Some(id) => found.people.add_one(id, &table),
                None => found.people.add(&table),
            }
        }
    }
    Ok(found)
}

/// Whether a file says who authors are: of all of them (`Some(None)`), or of the one that it is named for.
fn author_table(path: &str) -> Option<Option<&str>> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    let stem = stem.or_else(|| name.strip_suffix(".toml")).or_else(|| name.strip_suffix(".json"))?;
    if matches!(stem, "authors" | ".authors") {
        return Some(None);
    }
    let of_one = ["_data/authors", "data/authors"].iter().any(|of| folder == *of || folder.ends_with(&format!("/{of}")));
    of_one.then_some(Some(stem))
}

/// A settings file's value, by its extension.
pub(crate) fn settings_value(path: &str, text: &str) -> Option<serde_json::Value> {
    let text = text.trim_start_matches('\u{feff}');
    match path.rsplit_once('.')?.1 {
        "yml" | "yaml" => fields::yaml_value(text).ok(),
        "toml" => fields::toml_value(text).ok(),
        "json" => serde_json::from_str(text).ok(),
        _ => None,
    }
}

/// Every file of a folder that may matter, in the order of their paths, which are relative to it and written with `/`.
///
/// # Errors
/// Where the folder can't be listed. Folders within it that can't be are passed over.
pub(crate) fn list(dir: &Path) -> io::Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut seen = HashSet::new();
    seen.extend(fs::canonicalize(dir).ok());
    list_into(dir, "", 0, &mut seen, &mut paths)?;
    paths.sort();
    Ok(paths)
}

fn list_into(dir: &Path, prefix: &str, depth: usize, seen: &mut HashSet<PathBuf>, paths: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        // A folder named like a post is told as one.
        let is_folder = entry.path().is_dir() && !is_markdown(&name);
        if !is_folder {
            paths.push(path);
        } else if !name.starts_with('.') && !NO_POSTS.contains(&name.as_str()) && depth < MAX_DEPTH {
            // A linked folder may hold the one that it stands in.
            let is_new = fs::canonicalize(entry.path()).is_ok_and(|real| seen.insert(real));
            if is_new {
                // What can't be listed within a site is none of its posts.
                let _ = list_into(&entry.path(), &format!("{path}/"), depth + 1, seen, paths);
            }
        } else if name == "_data" {
            // Authors only.
            let _ = list_into(&entry.path(), &format!("{path}/"), depth + 1, seen, paths);
        }
    }
    Ok(())
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = fs::metadata(path).map_err(|e| format!("can't be read: {e}"))?;
    if !metadata.is_file() {
        return Err("not a file: posts are plain files".to_owned());
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(format!("{} bytes: a post has at most {MAX_FILE_BYTES}; left out", metadata.len()));
    }
    fs::read(path).map_err(|e| format!("can't be read: {e}"))
}
