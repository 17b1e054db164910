//! `mynah search`: ranks plain texts, so that public test collections can measure the engine.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};

use rayon::prelude::*;

use crate::answer::{Question, analyse};
use crate::config::Config;
use crate::loading;
use crate::search::{Document, Families, Hit, Index, Meaning};

use super::args::Search;
use super::{Exit, Outcome};

pub(super) fn run(args: &Search, config: &Config) -> Outcome {
    let passages = rows(&args.passages)?;
    let queries = rows(&args.queries)?;
    let documents: Vec<Document<'_>> = passages.iter().map(|(_, text)| Document::of_plain_text(text)).collect();
    let mut index = Index::build(&documents, Families::built_in()).context("can't index the passages")?;
    let models = loading::models(config)?;
    index.set_weights(models.words.ranking);
    if let Some(encoder) = loading::encoder(config)? {
        loading::go_together(config, &encoder, None)?;
        let bar = super::progress(0, "encoding");
        let meaning = Meaning::of(&documents, encoder, Some(&config.vectors()), &super::on_bar(&bar))?;
        index = index.with_meaning(Some(Arc::new(meaning)));
        index.set_weights(models.meaning.ranking);
        bar.finish_and_clear();
    }
    let bar = super::progress(queries.len(), "ranking");
    let ranked = queries.par_iter().map(|(qid, text)| {
        let analysis = analyse(&Question::new(text), &index);
        let hits = index.search(&analysis.query, args.k)?;
        bar.inc(1);
        let line =
            |(rank, hit): (usize, &Hit)| format!("{qid} Q0 {} {} {:.6} mynah\n", passages[hit.document].0, rank + 1, hit.score);
        Ok(hits.iter().enumerate().map(line).collect::<String>())
    });
    let ranked = ranked.collect::<anyhow::Result<Vec<String>>>()?;
    bar.finish_and_clear();
    let mut out = BufWriter::new(std::io::stdout().lock());
    for lines in ranked {
        out.write_all(lines.as_bytes())?;
    }
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
