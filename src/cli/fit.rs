//! `mynah fit`: weights from question sets.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};

use crate::answer::Models;
use crate::config::{Config, SearchConfig};
use crate::eval::{Sources, figures};
use crate::fit::{self, Fitted, LeftOut, Set};
use crate::loading;

use super::args::Fit;
use super::{Exit, Outcome};

pub(super) fn run(args: &Fit, config: &Config) -> Outcome {
    let mut models = loading::models(config)?;
    let nothing = || Some(PathBuf::new());
    let of_search = |search: SearchConfig| Config { search, ..config.clone() };
    let by_words = of_search(SearchConfig { encoder: nothing(), ..config.search.clone() });
    models.words = fitted(args, &by_words, "by words alone")?.model;
    let Some(encoder) = loading::encoder(config)? else {
        super::complain(format_args!("there is no encoder: the weights for meaning and for the reader stay as they are"));
        return write(args, &models);
    };
    let without_reader = of_search(SearchConfig { reader: nothing(), ..config.search.clone() });
    models.meaning = fitted(args, &without_reader, "by words and meaning")?.model;
    models.encoder = encoder.weights();
    // Sets may be read by others, which have not seen their questions: the weights are for this one.
    if let Some(reader) = loading::reader(config, &encoder)? {
        models.reader = fitted(args, config, "with the reader")?.reader;
        models.read_with = (encoder.weights(), reader.weights());
    }
    write(args, &models)
}

fn fitted(args: &Fit, config: &Config, how: &str) -> anyhow::Result<Fitted> {
    let mut sets = args.set.iter().map(|set| load(set, &args.reader, config)).collect::<anyhow::Result<Vec<_>>>()?;
    let parts = LeftOut::parts(&sets);
    let bar = super::progress(parts.len(), "fitting without each");
    let today = super::today();
    let left_out = fit::left_out(&mut sets, &parts, today, || bar.inc(1));
    bar.finish_and_clear();
    let model = fit::fit(&mut sets, today);
    let mut out = std::io::stdout().lock();
    let which = match parts.first() {
        Some(LeftOut::Community(_)) => "fitted to the other communities",
        // They flatter: of one community, the questions that are left out are like those that are fitted to.
        _ => "fitted to the other folds of the same community",
    };
    for (set, judged) in sets.iter().zip(&left_out) {
        writeln!(out, "{} {how}, {which}: {}", set.name, serde_json::to_string(&figures(judged))?)?;
    }
    Ok(model)
}

fn load(set: &str, readers: &[String], config: &Config) -> anyhow::Result<Set> {
    let Some((questions, corpus)) = set.split_once('=') else {
        bail!("--set {set}: write QUESTIONS=CORPUS or COMMUNITY:QUESTIONS=CORPUS, a file and a folder")
    };
    let (community, questions) = questions.split_once(':').unwrap_or((questions, questions));
    let mut config = config.clone();
    let reads = config.search.reader.as_ref().is_none_or(|reader| !reader.as_os_str().is_empty());
    let own = readers.iter().find_map(|reader| reader.strip_prefix(community)?.strip_prefix('='));
    if let Some(own) = own.filter(|_| reads) {
        config.search.reader = Some(own.into());
    }
    loading::with_corpus(&mut config, corpus.as_ref());
    let bar = super::progress(0, "encoding");
    let engine = loading::engine_to_fit(&config, &super::on_bar(&bar))?;
    bar.finish_and_clear();
    Ok(Set {
        name: questions.to_owned(),
        community: community.to_owned(),
        engine: engine.remembering_readings(),
        questions: crate::questions::read(questions.as_ref())?,
        sources: Sources::read(&config.corpus).with_context(|| format!("can't read {corpus}"))?,
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
