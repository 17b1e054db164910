//! `mynah ask`: one answer, or one for every line of a file.

use std::io::Write;
use std::time::Instant;

use anyhow::Context;

use crate::answer::{Answer, Engine, Question, Verdict};
use crate::config::Config;
use crate::questions::QuestionLine;
use crate::render::{self, AnswerJson};

use super::args::{Ask, Format};
use super::{Exit, Outcome};

pub(super) fn run(args: &Ask, config: &Config) -> Outcome {
    let engine = super::load_engine(config)?;
    match &args.questions {
        Some(file) => {
            let questions = crate::questions::read(file)?;
            answer_all((&engine, config), &questions, args.format.unwrap_or(Format::Jsonl))
        }
        None => answer_one((&engine, config), args),
    }
}

fn answer_one(engine: (&Engine, &Config), args: &Ask) -> Outcome {
    let question = super::typed(&args.question, args.previous.as_deref());
    let verdict = print(engine, &question, args.format.unwrap_or(Format::Text))?;
    Ok(if verdict == Verdict::Answered { Exit::Ok } else { Exit::No })
}

fn answer_all(engine: (&Engine, &Config), questions: &[QuestionLine], format: Format) -> Outcome {
    let bar = super::progress(questions.len(), "answering");
    for line in questions {
        print(engine, &line.to_question(super::today()), format)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(Exit::Ok)
}

fn print((engine, config): (&Engine, &Config), question: &Question, format: Format) -> anyhow::Result<Verdict> {
    let start = Instant::now();
    let asked = Question { text: super::asked(&question.text, config), ..question.clone() };
    let answer = Answer { question: question.text.clone(), ..engine.ask(&asked) };
    let json = AnswerJson::new(&answer, start.elapsed());
    let text = match format {
        Format::Text => super::shown(&render::layout(&answer)),
        Format::Json => serde_json::to_string_pretty(&json).context("can't write the answer as JSON")?,
        Format::Jsonl => serde_json::to_string(&json).context("can't write the answer as JSON")?,
    };
    writeln!(std::io::stdout().lock(), "{text}")?;
    Ok(answer.verdict())
}
