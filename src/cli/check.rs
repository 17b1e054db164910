//! `mynah check`: is everything that answers are made of in order?

use std::io::Write;

use crate::config::Config;
use crate::loading;

use super::args::Check;
use super::{Exit, Outcome};

pub(super) fn run(args: &Check, config: &Config) -> Outcome {
    let checked = loading::check(config, args.questions.as_deref())?;
    loading::encoder(config)?;
    let mut out = std::io::stdout().lock();
    for diagnostic in &checked.diagnostics {
        writeln!(out, "{diagnostic}")?;
    }
    let (posts, passages) = (checked.corpus.posts.len(), checked.corpus.passages.len());
    let (pointers, golden) = (checked.pointers.iter().count(), checked.golden);
    let errors = checked.errors();
    let repaired = checked.diagnostics.len() - errors;
    writeln!(
        out,
        "{posts} posts, {passages} passages, {pointers} pointers, {golden} golden questions: {errors} wrong, {repaired} repaired on reading"
    )?;
    Ok(if errors == 0 { Exit::Ok } else { Exit::No })
}
