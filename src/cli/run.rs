//! `mynah run`: the Matrix bot.

use std::time::Duration;

use anyhow::Context;

use crate::config::Config;
use crate::disk;
use crate::loading;
use crate::matrix;
use crate::reload::{self, Fetching};

use super::args::Run;
use super::{Exit, Outcome};

pub(super) fn run(args: &Run, config: Config) -> Outcome {
    let data = config.data_dir.clone();
    run_or_check(args, config).map_err(|error| disk::explained(error, &data))
}

fn run_or_check(args: &Run, config: Config) -> Outcome {
    // One worker beside this thread: measured, the bot spends 3.1 ms of its own on an answer so, and 4.5 with two.
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build().context("can't start the threads")?;
    if args.check {
        let located = super::located(&config, Fetching::Now)?;
        let checked = loading::check(&located, None)?;
        loading::encoder(&config)?;
        for diagnostic in &checked.diagnostics {
            println!("{diagnostic}");
        }
        let errors = checked.errors();
        println!("posts: {} read, {errors} wrong", checked.corpus.posts.len());
        let account = runtime.block_on(matrix::check(&config))?;
        println!("account: {} on {}, device {}", account.user_id, config.matrix.homeserver, account.device_id);
        return Ok(if errors == 0 { Exit::Ok } else { Exit::No });
    }
    // A copy that is there answers at once; what is new is fetched while it does.
    let located = reload::at_start(&config, Fetching::IfMissing)?;
    let understanding = loading::understanding(&located.config)?;
    let (engine, diagnostics) = loading::engine_by_words(&located.config)?;
    super::hint(&config, understanding.is_some(), &diagnostics);
    let done = runtime.block_on(matrix::run(config, located, engine, understanding));
    // A reload that is still at it is not waited for, but a fetch is ended with all that it started.
    runtime.shutdown_timeout(LAST_WORDS);
    done?;
    Ok(Exit::Ok)
}

/// How long tasks that can't be broken off at once may take to end.
const LAST_WORDS: Duration = Duration::from_millis(400);
