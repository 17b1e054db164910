//! `mynah check`: is everything that answers are made of in order?

use std::collections::BTreeMap;
use std::io::Write;

use crate::config::Config;
use crate::corpus::{LeftOut, Reason};
use crate::loading;

use super::args::Check;
use super::{Exit, Outcome};

pub(super) fn run(args: &Check, config: &Config) -> Outcome {
    let checked = loading::check(config, args.questions.as_deref())?;
    if let Some(encoder) = loading::encoder(config)? {
        loading::go_together(config, &encoder, None)?;
    }
    let mut out = std::io::stdout().lock();
    for diagnostic in &checked.diagnostics {
        writeln!(out, "{diagnostic}")?;
    }
    let left_out = &checked.corpus.left_out;
    if args.left_out {
        for LeftOut { file, reason } in left_out {
            writeln!(out, "{}: left out: {reason}", config.corpus.on_disk(file).display())?;
        }
    }
    if !left_out.is_empty() {
        writeln!(out, "left out: {} ({})", left_out.len(), by_reason(left_out))?;
    }
    if checked.pointers.iter().next().is_none() {
        writeln!(out, "no pointers: newcomers are sent nowhere; set corpus.pointers to a file of them")?;
    }
    let mut without = checked.corpus.posts.iter().filter(|post| post.url.is_empty()).map(|post| post.file.as_str());
    if let Some(first) = without.next() {
        match without.count() + 1 {
            all if all == checked.corpus.posts.len() => {
                writeln!(out, "no addresses: set corpus.url to the rule by which posts have theirs")?;
            }
            some => writeln!(out, "no address that can be told: {some}, such as {first}")?,
        }
    }
    let (posts, passages) = (checked.corpus.posts.len(), checked.corpus.passages.len());
    let (pointers, golden) = (checked.pointers.iter().count(), checked.golden);
    let errors = checked.errors();
    let warnings = checked.diagnostics.len() - errors;
    writeln!(
        out,
        "{posts} posts, {passages} passages, {pointers} pointers, {golden} golden questions: {errors} wrong, {warnings} warnings"
    )?;
    Ok(if errors == 0 { Exit::Ok } else { Exit::No })
}

/// How many files are left out for each reason: `3 draft, 1 section page`.
pub(super) fn by_reason(left_out: &[LeftOut]) -> String {
    let mut counts: BTreeMap<Reason, usize> = BTreeMap::new();
    for LeftOut { reason, .. } in left_out {
        *counts.entry(*reason).or_default() += 1;
    }
    counts.iter().map(|(reason, count)| format!("{count} {reason}")).collect::<Vec<_>>().join(", ")
}
