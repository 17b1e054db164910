//! `mynah why`: how an answer was chosen.

use std::io::Write;

use crate::answer::Verdict;
use crate::config::Config;
use crate::render;

use super::args::Why;
use super::{Exit, Outcome};

pub(super) fn run(args: &Why, config: &Config) -> Outcome {
    let engine = super::load_engine(config)?;
    let question = super::typed(&args.question, args.previous.as_deref());
    let explanation = engine.explain(&engine.asked(question));
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}\n\n{}", super::shown(&render::layout(&explanation.answer)), super::shown(&render::why(&explanation)))?;
    Ok(if explanation.answer.verdict() == Verdict::Answered { Exit::Ok } else { Exit::No })
}
