//! `mynah fit`: weights from question sets.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};

use crate::answer::{Model, Models};
use crate::config::Config;
use crate::eval::{Sources, figures};
use crate::fit::{self, FOLDS, Set};
use crate::loading;

use super::args::Fit;
use super::{Exit, Outcome};

pub(super) fn run(args: &Fit, config: &Config) -> Outcome {
    let mut models = loading::models(config)?;
    let without = Config {
        search: crate::config::SearchConfig { encoder: Some(PathBuf::new()), ..config.search.clone() },
        ..config.clone()
    };
    models.words = fitted(args, &without, "by words alone")?;
    match config.encoder() {
        Some(_) => models.meaning = fitted(args, config, "by words and meaning")?,
        None => super::complain(format_args!("there is no encoder: the weights for meaning stay as they are")),
    }
    write(args, &models)
}

fn fitted(args: &Fit, config: &Config, how: &str) -> anyhow::Result<Model> {
    let mut sets = args.set.iter().map(|set| load(set, config)).collect::<anyhow::Result<Vec<_>>>()?;
    let bar = super::progress(FOLDS, "cross-validating");
    let today = super::today();
    let held_out = fit::cross_validate(&mut sets, today, || bar.inc(1));
    bar.finish_and_clear();
    let model = fit::fit(&mut sets, today);
    let mut out = std::io::stdout().lock();
    for (set, held_out) in sets.iter_mut().zip(&held_out) {
        set.engine.set_models(Models { words: model, meaning: model });
        let own = super::eval::judge(&set.engine, &set.questions, &set.sources);
        for (which, judged) in [("held out", held_out), ("fitted to", &own)] {
            writeln!(out, "{} {how}, {which}: {}", set.name, serde_json::to_string(&figures(judged))?)?;
        }
    }
    Ok(model)
}

fn load(set: &str, config: &Config) -> anyhow::Result<Set> {
    let Some((questions, corpus)) = set.split_once('=') else {
        bail!("--set {set}: write QUESTIONS=CORPUS, a file and a folder")
    };
    let mut config = config.clone();
    loading::with_corpus(&mut config, corpus.as_ref());
    let bar = super::progress(0, "encoding");
    let (engine, _) = loading::engine(&config, &super::on_bar(&bar))?;
    bar.finish_and_clear();
    Ok(Set {
        name: questions.to_owned(),
        engine,
        questions: crate::questions::read(questions.as_ref())?,
        sources: Sources::read(corpus.as_ref()).with_context(|| format!("can't read {corpus}"))?,
    })
}

fn write(args: &Fit, models: &Models) -> Outcome {
    let sets: Vec<String> = args.set.iter().map(|set| format!("--set {set}")).collect();
    let head = format!(
        "Weights of ranking and confidence, without and with a sentence encoder; fitted by\nmynah fit {}",
        sets.join(" ")
    );
    let toml = models.to_toml(&head);
    match &args.output {
        Some(file) => std::fs::write(file, toml).with_context(|| format!("can't write {}", file.display()))?,
        None => std::io::stdout().lock().write_all(toml.as_bytes())?,
    }
    Ok(Exit::Ok)
}
