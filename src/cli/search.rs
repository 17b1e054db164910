//! `mynah search`: ranks plain texts, so that public test collections can measure the engine.

use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, bail};

use crate::answer::{Question, analyse};
use crate::search::{Document, Families, Index};

use super::args::Search;
use super::{Exit, Outcome};

pub(super) fn run(args: &Search) -> Outcome {
    let passages = rows(&args.passages)?;
    let queries = rows(&args.queries)?;
    let documents: Vec<Document> = passages.iter().map(|(_, text)| Document::of_plain_text(text)).collect();
    let index = Index::build(&documents, Families::built_in()).context("can't index the passages")?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let bar = super::progress(queries.len(), "ranking");
    for (qid, text) in &queries {
        let analysis = analyse(&Question::new(text), &index);
        for (rank, hit) in index.search(&analysis.query, args.k)?.iter().enumerate() {
            writeln!(out, "{qid} Q0 {} {} {:.6} mynah", passages[hit.document].0, rank + 1, hit.score)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    out.flush()?;
    Ok(Exit::Ok)
}

/// `id<TAB>text` a line.
fn rows(file: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("can't read {shown}"))?;
    let mut rows = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match line.split_once('\t') {
            Some((id, text)) if !id.trim().is_empty() && !id.contains(' ') => rows.push((id.to_owned(), text.to_owned())),
            _ => bail!("{shown}:{}: write `id<TAB>text`, the id without spaces", index + 1),
        }
    }
    Ok(rows)
}
