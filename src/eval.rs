//! Figures of a question set. `scripts/floors` compares them with those of another scorer.
//!
//! A citation hits where its lines overlap those of a gold quote, wherever the quote stands in its file, or where a line of it
//! is the same text as the gold's line in another post. A pointer hits where a gold quote holds its address.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;

use anyhow::Context;
use regex::Regex;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Citation, Verdict};
use crate::config::{CorpusConfig, SourceConfig};
use crate::corpus::{Corpus, files};
use crate::questions::QuestionLine;

/// The source files of a corpus, as they are, by their path within it, with `/` between its parts.
#[derive(Clone, Debug, Default)]
pub struct Sources(HashMap<String, String>);

impl Sources {
    /// Reads the markdown files of a config's sources and their subfolders.
    ///
    /// # Errors
    /// Where a folder can't be listed. A file that can't be read is left out, as the corpus leaves it out.
    pub fn read(corpus: &CorpusConfig) -> std::io::Result<Self> {
        let mut files = HashMap::new();
        for source in corpus.each_source().iter().map(SourceConfig::source) {
            let is_post = |path: &String| files::is_markdown(path.rsplit('/').next().unwrap_or(path));
            for path in files::list(&source.folder)?.into_iter().filter(is_post) {
                if let Ok(bytes) = std::fs::read(source.folder.join(&path)) {
                    files.insert(source.file(&path), String::from_utf8_lossy(&bytes).replace("\r\n", "\n"));
                }
            }
        }
        Ok(Self(files))
    }

    /// The posts of a corpus, as they were repaired: line for line the files.
    pub fn of(corpus: &Corpus) -> Self {
        Self(corpus.posts.iter().map(|post| (post.file.clone(), post.text.clone())).collect())
    }

    /// The source file's own name for a file, whichever of the two paths begins deeper: `posts/a.md` is `docs/blog/posts/a.md`.
    pub fn named<'a>(&'a self, file: &'a str) -> &'a str {
        if self.0.contains_key(file) {
            return file;
        }
        self.0.keys().map(String::as_str).filter(|path| ends_with(path, file) || ends_with(file, path)).min().unwrap_or(file)
    }

    fn text(&self, file: &str) -> &str {
        self.0.get(file).map_or("", String::as_str)
    }

    fn line(&self, file: &str, number: usize) -> &str {
        self.text(file).split('\n').nth(number - 1).unwrap_or_default()
    }
}

/// Whether a path ends in the whole parts of another one.
fn ends_with(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|before| before.ends_with('/'))
}

/// What was said to a question, as far as figures need it: from an [`Answer`], or from a line that `mynah ask` has printed.
#[derive(Clone, Debug, Deserialize)]
pub struct Said {
    /// The question's id.
    pub id: String,
    /// What was said.
    pub verdict: Verdict,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// Best first.
    pub citations: Vec<Cited>,
    /// Where it pointed to.
    pub pointers: Vec<PointedTo>,
    /// Milliseconds that it took.
    #[serde(default)]
    pub took_ms: f64,
}

/// A citation's place and its highlight.
#[derive(Clone, Debug, Deserialize)]
pub struct Cited {
    /// The post's file name.
    pub file: String,
    /// First and last line, from 1.
    pub lines: (usize, usize),
    /// The sentence that answers.
    pub highlight: String,
}

/// A pointer's address.
#[derive(Clone, Debug, Deserialize)]
pub struct PointedTo {
    /// The address.
    pub url: String,
}

impl Said {
    /// An answer that took so many milliseconds.
    pub fn new(answer: &Answer, took_ms: f64) -> Self {
        Self {
            id: answer.id.clone(),
            verdict: answer.verdict(),
            confidence: answer.confidence,
            citations: answer.citations().iter().map(Cited::from).collect(),
            pointers: answer.pointers().iter().map(|pointer| PointedTo { url: pointer.url.clone() }).collect(),
            took_ms,
        }
    }

    /// The answers of a file, by the questions' ids.
    ///
    /// # Errors
    /// Names the file and the line that is not an answer.
    pub fn read(file: &Path) -> anyhow::Result<HashMap<String, Self>> {
        let shown = file.display();
        let text = std::fs::read_to_string(file).with_context(|| format!("can't read {shown}"))?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let said = lines.map(|(index, line)| {
            let said: Self = serde_json::from_str(line)
                .with_context(|| format!("{shown}:{}: not an answer as `mynah ask --questions` prints it", index + 1))?;
            Ok((said.id.clone(), said))
        });
        said.collect()
    }
}

impl From<&Citation> for Cited {
    fn from(citation: &Citation) -> Self {
        Self { file: citation.file.clone(), lines: citation.lines, highlight: citation.highlight.clone() }
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
    /// The same, where a hit counts also if the verdict is only the closest.
    pub useful: bool,
    /// Answered without a hit among the first three, or though the posts don't say: what must be rare.
    pub misled: bool,
    /// The first citation's file, or `-`.
    pub first_file: String,
    /// Milliseconds that the answer took.
    pub took_ms: f64,
}

impl Judged {
    /// Holds an answer against a question's gold.
    pub fn of(line: &QuestionLine, answer: &Said, sources: &Sources) -> Self {
        let gold = Gold::of(line, sources);
        let rank = gold.rank(answer);
        let answered = answer.verdict == Verdict::Answered;
        let shown = rank.is_some_and(|r| r <= 3);
        let (right, useful, misled) = match line.answerable {
            true => (answered && shown, shown, answered && !shown),
            false => (!answered, !answered, answered),
        };
        Self {
            id: line.id.clone(),
            question: line.question.clone(),
            kind: line.kind.clone(),
            answerable: line.answerable,
            verdict: answer.verdict,
            confidence: answer.confidence,
            rank,
            highlight: answer.citations.first().is_some_and(|cited| gold.is_highlighted_by(cited)),
            took_ms: answer.took_ms,
            right,
            useful,
            misled,
            first_file: answer.citations.first().map_or("-", |c| &c.file).to_owned(),
        }
    }
}

/// Where a question's answer stands; nowhere, for one that the posts don't answer.
pub struct Gold<'a> {
    places: Vec<Place<'a>>,
    /// The quotes' first lines, in words: the same text answers in another post too.
    same_text: HashSet<String>,
    /// Addresses within the quotes.
    urls: HashSet<&'a str>,
    /// The quotes' words.
    quotes: Vec<HashSet<String>>,
    sources: &'a Sources,
}

/// A gold quote's place.
struct Place<'a> {
    file: &'a str,
    first: usize,
    last: usize,
}

impl<'a> Gold<'a> {
    /// Looks a question's quotes up in the posts.
    pub fn of(line: &'a QuestionLine, sources: &'a Sources) -> Self {
        static URL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"https?://[^\s)"]+"#).expect("a valid pattern"));
        let quotes = || line.gold.iter().filter(|_| line.answerable);
        let places: Vec<Place<'a>> = quotes()
            .flat_map(|gold| {
                let file = sources.named(&gold.file);
                places(sources.text(file), &gold.quote, file)
            })
            .collect();
        Self {
            same_text: places.iter().map(|p| words(sources.line(p.file, p.first)).join(" ")).collect(),
            urls: quotes().flat_map(|g| URL.find_iter(&g.quote)).map(|m| m.as_str().trim_end_matches('/')).collect(),
            quotes: quotes().map(|gold| words(&gold.quote).into_iter().collect()).collect(),
            places,
            sources,
        }
    }

    /// Rank of the first citation that hits, from 1; a pointer that hits counts as the first.
    fn rank(&self, answer: &Said) -> Option<usize> {
        let pointed = answer.pointers.iter().any(|p| self.urls.contains(p.url.trim_end_matches('/')));
        if pointed { Some(1) } else { answer.citations.iter().position(|c| self.is_hit_by(c)).map(|index| index + 1) }
    }

    /// Whether a citation holds the answer.
    pub fn is_hit_by(&self, citation: &Cited) -> bool {
        let (first, last) = citation.lines;
        let file = self.sources.named(&citation.file);
        let overlaps = self.places.iter().any(|p| p.file == file && first <= p.last && last >= p.first);
        overlaps
            || (first..=last).any(|number| {
                let words = words(self.sources.line(file, number));
                words.len() > 8 && self.same_text.contains(&words.join(" "))
            })
    }

    /// Whether a citation's highlight is the answer: it shares most of its words with a quote.
    pub fn is_highlighted_by(&self, citation: &Cited) -> bool {
        let mine: HashSet<String> = words(&citation.highlight).into_iter().collect();
        self.quotes.iter().any(|theirs| {
            let shared = mine.intersection(theirs).count() as f64;
            !mine.is_empty() && shared >= 0.6 * mine.len().min(theirs.len()).max(1) as f64
        })
    }
}

fn places<'a>(text: &str, quote: &str, file: &'a str) -> Vec<Place<'a>> {
    let line_of = |at: usize| text[..at].matches('\n').count() + 1;
    text.match_indices(quote).map(|(at, _)| Place { file, first: line_of(at), last: line_of(at + quote.len()) }).collect()
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
    put("useful", share(&all, |j| j.useful));
    put("misled", share(&all, |j| j.misled));
    put("hit@1", share(&answerable, within(1)));
    put("hit@3", share(&answerable, within(3)));
    put("hit@5", share(&answerable, within(5)));
    put("highlight@1", share(&answerable, |j| j.highlight));
    put("false_refusal", share(&answerable, |j| j.verdict == Verdict::NotInPosts));
    put("refused_ok", share(&unanswerable, |j| j.right));
    put("auc", auc(&answerable, &unanswerable));
    put("ece", calibration_error(judged));
    let counts = json!({"all": all.len(), "answerable": answerable.len(), "unanswerable": unanswerable.len()});
    figures.insert("counts".to_owned(), counts);
    figures.insert("right_by_type".to_owned(), json!(right_by_kind(judged)));
    figures.insert("by_type".to_owned(), by_kind(judged));
    figures.insert("took_ms".to_owned(), took(judged));
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

/// Expected calibration error in ten bins of equal width (Guo et al. 2017): how far confidence is from the share of questions
/// whose answer stands among the citations.
fn calibration_error(judged: &[Judged]) -> f64 {
    let mut bins = [(0_usize, 0.0, 0.0); 10];
    for j in judged {
        let bin = &mut bins[((j.confidence * 10.0) as usize).min(9)];
        let found = j.rank.is_some_and(|rank| rank <= 3);
        *bin = (bin.0 + 1, bin.1 + f64::from(j.confidence), bin.2 + f64::from(u8::from(found)));
    }
    bins.iter().map(|(_, sure, found)| (sure - found).abs()).sum::<f64>() / judged.len().max(1) as f64
}

/// Median and 99th percentile, in milliseconds.
fn took(judged: &[Judged]) -> Value {
    let mut took: Vec<f64> = judged.iter().map(|j| j.took_ms).collect();
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took.get((took.len() as f64 * share) as usize).map_or(0.0, |ms| (ms * 1e3).round() / 1e3);
    json!({"p50": at(0.5), "p99": at(0.99)})
}

fn by_kind(judged: &[Judged]) -> Value {
    let kinds: BTreeSet<&str> = judged.iter().map(|j| j.kind.as_str()).collect();
    let of_kind = |kind: &str| {
        let own: Vec<&Judged> = judged.iter().filter(|j| j.kind == kind).collect();
        let rounded = |test: &dyn Fn(&Judged) -> bool| (share(&own, test) * 1e3).round() / 1e3;
        let mut figures =
            Map::from_iter([("all".to_owned(), json!(own.len())), ("right".to_owned(), json!(rounded(&|j| j.right)))]);
        if own.iter().any(|j| j.answerable) {
            figures.extend([1, 3, 5].map(|k| (format!("hit@{k}"), json!(rounded(&|j| j.rank.is_some_and(|rank| rank <= k))))));
            figures.insert("highlight@1".to_owned(), json!(rounded(&|j| j.highlight)));
        }
        (kind.to_owned(), Value::Object(figures))
    };
    Value::Object(kinds.into_iter().map(of_kind).collect())
}

/// What a change won and lost: a line for each question whose outcome differs, then how many they are.
pub fn comparison(before: &[Judged], after: &[Judged]) -> String {
    let before: HashMap<&str, &Judged> = before.iter().map(|j| (j.id.as_str(), j)).collect();
    let outcome = |j: &Judged| {
        let rank = j.rank.map_or("-".to_owned(), |rank| rank.to_string());
        format!("{}, rank {rank}, {:.2}", j.verdict, j.confidence)
    };
    let mut told = String::new();
    let (mut won, mut lost) = (0, 0);
    for now in after {
        let Some(then) = before.get(now.id.as_str()).filter(|then| then.right != now.right) else { continue };
        let change = if now.right { "won" } else { "lost" };
        (won, lost) = (won + usize::from(now.right), lost + usize::from(then.right));
        let _ = writeln!(told, "{change}\t{}\t{}\t{} -> {}", now.id, now.question, outcome(then), outcome(now));
    }
    let _ = writeln!(told, "{won} won, {lost} lost, of {}", after.len());
    told
}

/// The figures that the two thresholds trade, from 0.05 to 0.95: a line each.
///
/// `judge` answers all questions with a threshold for answers and one for showing the nearest passage.
pub fn curve(mut judge: impl FnMut(f32, f32) -> Vec<Judged>) -> String {
    let mut table =
        String::from("from    answered_from: right  answered  wrongly | closest_from: refused though answerable  though not\n");
    for step in 1..20 {
        let from = step as f32 * 0.05;
        // The other threshold at its loosest: each is shown by itself.
        let (answered, shown) = (judge(from, 0.0), judge(1.0, from));
        let of = |judged: &[Judged], answerable: bool, verdict: Verdict| {
            let own: Vec<&Judged> = judged.iter().filter(|j| j.answerable == answerable).collect();
            share(&own, |j| j.verdict == verdict)
        };
        let right = share(&answered.iter().collect::<Vec<_>>(), |j| j.right);
        let _ = writeln!(
            table,
            "{from:.2}    {right:>20.3}  {:>8.3}  {:>7.3} | {:>40.3}  {:>10.3}",
            of(&answered, true, Verdict::Answered),
            of(&answered, false, Verdict::Answered),
            of(&shown, true, Verdict::NotInPosts),
            of(&shown, false, Verdict::NotInPosts),
        );
    }
    table
}

fn right_by_kind(judged: &[Judged]) -> BTreeMap<&str, String> {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for j in judged {
        let (right, all) = counts.entry(&j.kind).or_default();
        *right += usize::from(j.right);
        *all += 1;
    }
    counts.into_iter().map(|(kind, (right, all))| (kind, format!("{right}/{all}"))).collect()
}
