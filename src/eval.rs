//! Figures of a question set: the same as `shared/eval/score.py` gives, defined here anew.
//!
//! A citation hits where its lines overlap those of a gold quote, wherever the quote stands in its file, or where a line of it
//! is the same text as the gold's line in another post. A pointer hits where a gold quote holds its address.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Citation, Verdict};
use crate::questions::QuestionLine;

/// The source files of a corpus, as they are, by name.
#[derive(Clone, Debug, Default)]
pub struct Sources(HashMap<String, String>);

impl Sources {
    /// Reads the `*.md` files of a folder.
    ///
    /// # Errors
    /// Where the folder can't be listed. A file that can't be read is left out, as the corpus leaves it out.
    pub fn read(dir: &Path) -> std::io::Result<Self> {
        let mut files = HashMap::new();
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if let (true, Ok(bytes)) = (name.ends_with(".md"), std::fs::read(entry.path())) {
                files.insert(name, String::from_utf8_lossy(&bytes).replace("\r\n", "\n"));
            }
        }
        Ok(Self(files))
    }

    fn text(&self, file: &str) -> &str {
        self.0.get(file).map_or("", String::as_str)
    }

    fn line(&self, file: &str, number: usize) -> &str {
        self.text(file).split('\n').nth(number - 1).unwrap_or_default()
    }
}

/// One question, answered and held against its gold.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The question's id.
    pub id: String,
    /// As typed.
    pub question: String,
    /// The set's label for it.
    pub kind: String,
    /// Whether the posts answer it.
    pub answerable: bool,
    /// What was said.
    pub verdict: Verdict,
    /// How sure.
    pub confidence: f32,
    /// Rank of the first citation that hits, from 1.
    pub rank: Option<usize>,
    /// Whether the first citation's highlight shares most of its words with a gold quote.
    pub highlight: bool,
    /// Answered with a hit among the first three, or rightly not answered.
    pub right: bool,
    /// The first citation's file, or `-`.
    pub first_file: String,
}

/// A gold quote's place.
struct Place<'a> {
    file: &'a str,
    first: usize,
    last: usize,
}

impl Judged {
    /// Holds an answer against a question's gold.
    pub fn of(line: &QuestionLine, answer: &Answer, sources: &Sources) -> Self {
        let rank = if line.answerable { rank(line, answer, sources) } else { None };
        let right = match line.answerable {
            true => answer.verdict == Verdict::Answered && rank.is_some_and(|r| r <= 3),
            false => answer.verdict != Verdict::Answered,
        };
        Self {
            id: line.id.clone(),
            question: line.question.clone(),
            kind: line.kind.clone(),
            answerable: line.answerable,
            verdict: answer.verdict,
            confidence: answer.confidence,
            rank,
            highlight: line.answerable && answer.citations.first().is_some_and(|c| highlights(c, line)),
            right,
            first_file: answer.citations.first().map_or("-", |c| &c.file).to_owned(),
        }
    }
}

fn rank(line: &QuestionLine, answer: &Answer, sources: &Sources) -> Option<usize> {
    static URL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"https?://[^\s)"]+"#).expect("a valid pattern"));
    let places: Vec<Place<'_>> =
        line.gold.iter().flat_map(|gold| places(sources.text(&gold.file), &gold.quote, &gold.file)).collect();
    let same_text: HashSet<String> = places.iter().map(|p| words(sources.line(p.file, p.first)).join(" ")).collect();
    let hits = |citation: &Citation| {
        let (first, last) = citation.lines;
        let overlaps = places.iter().any(|p| p.file == citation.file && first <= p.last && last >= p.first);
        overlaps
            || (first..=last).any(|number| {
                let words = words(sources.line(&citation.file, number));
                words.len() > 8 && same_text.contains(&words.join(" "))
            })
    };
    let cited = answer.citations.iter().position(hits).map(|index| index + 1);
    let urls: HashSet<&str> =
        line.gold.iter().flat_map(|g| URL.find_iter(&g.quote)).map(|m| m.as_str().trim_end_matches('/')).collect();
    let pointed = answer.pointers.iter().any(|p| urls.contains(p.url.trim_end_matches('/')));
    if pointed { Some(1) } else { cited }
}

fn places<'a>(text: &str, quote: &str, file: &'a str) -> Vec<Place<'a>> {
    let line_of = |at: usize| text[..at].matches('\n').count() + 1;
    text.match_indices(quote).map(|(at, _)| Place { file, first: line_of(at), last: line_of(at + quote.len()) }).collect()
}

fn highlights(citation: &Citation, line: &QuestionLine) -> bool {
    let mine: HashSet<String> = words(&citation.highlight).into_iter().collect();
    line.gold.iter().any(|gold| {
        let theirs: HashSet<String> = words(&gold.quote).into_iter().collect();
        let shared = mine.intersection(&theirs).count() as f64;
        !mine.is_empty() && shared >= 0.6 * mine.len().min(theirs.len()).max(1) as f64
    })
}

/// Words for comparison: lower case, link targets dropped, dotted numbers whole.
fn words(text: &str) -> Vec<String> {
    static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"!?\[([^\]]*)\]\([^)]*\)").expect("a valid pattern"));
    static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[a-z0-9]+(?:\.[0-9]+)*").expect("a valid pattern"));
    let repaired = [("â€™", "'"), ("â€œ", "\""), ("â€\u{9d}", "\""), ("â€“", "-")]
        .iter()
        .fold(text.to_owned(), |t, (bad, good)| t.replace(bad, good));
    let lower = LINK.replace_all(&repaired, "$1").to_lowercase().replace('’', "'");
    WORD.find_iter(&lower).map(|m| m.as_str().to_owned()).collect()
}

/// The figures of a set, by name.
pub fn figures(judged: &[Judged]) -> Value {
    let answerable: Vec<&Judged> = judged.iter().filter(|j| j.answerable).collect();
    let unanswerable: Vec<&Judged> = judged.iter().filter(|j| !j.answerable).collect();
    let all: Vec<&Judged> = judged.iter().collect();
    let within = |k: usize| move |j: &Judged| j.rank.is_some_and(|r| r <= k);
    let mut figures = Map::new();
    let mut put = |name: &str, value: f64| figures.insert(name.to_owned(), json!((value * 1e3).round() / 1e3));
    put("right", share(&all, |j| j.right));
    put("hit@1", share(&answerable, within(1)));
    put("hit@3", share(&answerable, within(3)));
    put("hit@5", share(&answerable, within(5)));
    put("highlight@1", share(&answerable, |j| j.highlight));
    put("false_refusal", share(&answerable, |j| j.verdict == Verdict::NotInPosts));
    put("refused_ok", share(&unanswerable, |j| j.right));
    put("auc", auc(&answerable, &unanswerable));
    let counts = json!({"all": all.len(), "answerable": answerable.len(), "unanswerable": unanswerable.len()});
    figures.insert("counts".to_owned(), counts);
    figures.insert("right_by_type".to_owned(), json!(by_kind(judged)));
    Value::Object(figures)
}

fn share(judged: &[&Judged], test: impl Fn(&Judged) -> bool) -> f64 {
    judged.iter().filter(|j| test(j)).count() as f64 / judged.len().max(1) as f64
}

/// Area under the ROC curve: how often an answerable question has the higher confidence than an unanswerable one.
fn auc(yes: &[&Judged], no: &[&Judged]) -> f64 {
    let ahead = |a: &Judged, b: &Judged| match a.confidence.total_cmp(&b.confidence) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    };
    let total: f64 = yes.iter().flat_map(|a| no.iter().map(move |b| ahead(a, b))).sum();
    total / (yes.len() * no.len()).max(1) as f64
}

fn by_kind(judged: &[Judged]) -> BTreeMap<&str, String> {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for j in judged {
        let (right, all) = counts.entry(&j.kind).or_default();
        *right += usize::from(j.right);
        *all += 1;
    }
    counts.into_iter().map(|(kind, (right, all))| (kind, format!("{right}/{all}"))).collect()
}
