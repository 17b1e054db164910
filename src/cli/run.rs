//! `mynah run`: the Matrix bot.

use anyhow::Context;

use crate::config::Config;
use crate::loading;
use crate::matrix;

use super::args::Run;
use super::{Exit, Outcome};

pub(super) fn run(args: &Run, config: Config) -> Outcome {
    // One worker beside this thread: measured, the bot spends 3.1 ms of its own on an answer so, and 4.5 with two.
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build().context("can't start the threads")?;
    if args.check {
        let checked = loading::check(&config, None)?;
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
    let encoder = loading::encoder(&config)?;
    let (engine, diagnostics) = loading::engine_by_words(&config)?;
    super::hint(&config, encoder.is_some(), &diagnostics);
    let ended = runtime.block_on(matrix::run(config, engine, encoder));
    // What is under way in the background is done again after the next start: nobody waits for it.
    runtime.shutdown_background();
    ended?;
    Ok(Exit::Ok)
}
