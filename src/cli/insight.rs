//! `mynah insight`: what people ask and the posts don't say.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::answer::Engine;
use crate::config::{Config, Schedule};
use crate::insight::{Scope, Store, StoreError, Theme, digest, page, question_file, themes_of};

use super::args::{Insight, Telling};
use super::{Exit, Outcome};

pub(super) fn run(args: &Insight, config: &Config) -> Outcome {
    let file = config.insight_file();
    if !file.is_file() {
        super::complain(format_args!("nothing is kept of questions: there is no {}", file.display()));
        return Ok(Exit::No);
    }
    let mut store = opened(&file, config)?;
    let engine = super::load_engine(config)?;
    let text = match args.what {
        Telling::Digest => {
            let period = args.days.map(days).or(config.insight.digest.as_ref().map(Schedule::period)).unwrap_or(days(7));
            let scope = Scope { now: Timestamp::now(), period, rooms: &|_| true };
            format!("{}\n", super::shown(&digest(&mut store, &engine, &scope)?.blocks()))
        }
        Telling::Export => grouped(&mut store, &engine, question_file)?,
        Telling::Draft => grouped(&mut store, &engine, |themes| page(themes, &engine))?,
    };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Exit::Ok)
}

fn days(days: u16) -> Duration {
    Duration::from_secs(u64::from(days) * 24 * 60 * 60)
}

/// The store in the data folder, opened by the passphrase of the config or of the data folder where it is sealed.
fn opened(file: &Path, config: &Config) -> anyhow::Result<Store> {
    match Store::open(file) {
        Err(sealed @ StoreError::Sealed(_)) => unsealed(config, sealed),
        other => Ok(other?),
    }
}

#[cfg(feature = "matrix")]
fn unsealed(config: &Config, _: StoreError) -> anyhow::Result<Store> {
    crate::matrix::insight(config)
}

#[cfg(not(feature = "matrix"))]
fn unsealed(_: &Config, sealed: StoreError) -> anyhow::Result<Store> {
    Err(sealed.into())
}

fn grouped(store: &mut Store, engine: &Engine, written: impl FnOnce(&[Theme<'_>]) -> String) -> Result<String, StoreError> {
    let questions = store.questions()?;
    let mut themes = themes_of(store, &questions, engine)?;
    themes.retain(Theme::is_told);
    Ok(written(&themes))
}
