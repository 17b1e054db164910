//! `mynah eval`: the figures of a question set.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, bail};

use crate::answer::{Engine, Thresholds};
use crate::config::Config;
use crate::eval::{Judged, Said, Sources, comparison, curve, figures};
use crate::questions::QuestionLine;

use super::args::{Eval, Part};
use super::{Exit, Outcome};

pub(super) fn run(args: &Eval, config: &Config) -> Outcome {
    let mut config = config.clone();
    match args.without {
        Some(Part::Reader) => config.search.reader = Some(PathBuf::new()),
        Some(Part::Encoder) => config.search.encoder = Some(PathBuf::new()),
        None => {}
    }
    let engine = super::load_engine(&config)?;
    let questions = crate::questions::read(&args.questions)?;
    let sources = Sources::read(&config.corpus).context("can't read the posts")?;
    if args.curve {
        return print_curve(engine.remembering_readings(), &questions, &sources);
    }
    let judged = judge(&engine, &questions, &sources);
    if args.misses {
        for miss in judged.iter().filter(|j| !j.right) {
            let _ = writeln!(
                std::io::stderr(),
                "{}\t{}\t{:?}\t{}\t{}",
                miss.id,
                miss.kind,
                miss.verdict,
                miss.question,
                miss.first_file
            );
        }
    }
    if let Some(file) = &args.compare {
        let before = Said::read(file)?;
        let asked = questions.iter().filter_map(|line| Some(Judged::of(line, before.get(&line.id)?, &sources)));
        let _ = write!(std::io::stderr(), "{}", comparison(&asked.collect::<Vec<_>>(), &judged));
    }
    let figures = figures(&judged);
    writeln!(std::io::stdout().lock(), "{}", serde_json::to_string_pretty(&figures)?)?;
    below_floor(&args.floor, &figures)
}

pub(super) fn judge(engine: &Engine, questions: &[QuestionLine], sources: &Sources) -> Vec<Judged> {
    let bar = super::progress(questions.len(), "answering");
    let today = super::today();
    let judged = questions.iter().map(|line| {
        bar.inc(1);
        let start = Instant::now();
        let answer = engine.ask(&line.to_question(today));
        Judged::of(line, &Said::new(&answer, start.elapsed().as_secs_f64() * 1e3), sources)
    });
    let judged = judged.collect();
    bar.finish_and_clear();
    judged
}

fn print_curve(mut engine: Engine, questions: &[QuestionLine], sources: &Sources) -> Outcome {
    let table = curve(|answered, closest| {
        engine.set_thresholds(Thresholds { answered, closest });
        judge(&engine, questions, sources)
    });
    write!(std::io::stdout().lock(), "{table}")?;
    Ok(Exit::Ok)
}

fn below_floor(floors: &[String], figures: &serde_json::Value) -> Outcome {
    let mut exit = Exit::Ok;
    for floor in floors {
        let Some((name, least)) = floor.split_once('=').and_then(|(name, value)| Some((name, value.parse::<f64>().ok()?))) else {
            bail!("--floor {floor}: write NAME=VALUE, such as right=0.65");
        };
        let Some(reached) = figures[name].as_f64() else { bail!("--floor {floor}: there is no figure `{name}`") };
        if reached < least {
            super::complain(format_args!("{name} is {reached}, below its floor {least}"));
            exit = Exit::No;
        }
    }
    Ok(exit)
}
