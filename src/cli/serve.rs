//! `mynah serve`: the page, without Matrix.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;

use crate::config::Config;
use crate::loading;
use crate::reload::{self, Fetching};
use crate::web;

use super::args::Serve;
use super::{Exit, Outcome, page};

pub(super) fn run(args: &Serve, config: &Config) -> Outcome {
    let address = args.listen.or(config.web.listen).unwrap_or(web::DEFAULT_ADDRESS);
    let listener = page::bind(address, "--listen or web.listen")?;
    let address = listener.local_addr().context("can't listen")?;
    // A worker beside this thread: answers are found on threads of their own.
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build().context("can't start the threads")?;
    let located = reload::locate(config, Fetching::IfMissing, &|| false)?;
    for away in &located.away {
        super::complain(format_args!("{away}"));
    }
    let understanding = loading::understanding(&located.config)?;
    let (engine, diagnostics) = loading::engine_by_words(&located.config)?;
    super::hint(config, understanding.is_some(), &diagnostics);
    let ready = || tell(address);
    let done = runtime.block_on(web::serve(config.clone(), listener, located, (engine, diagnostics), understanding, ready));
    // A reload that is still at it is not waited for, but a fetch is ended with all that it started.
    runtime.shutdown_timeout(LAST_WORDS);
    done?;
    Ok(Exit::Ok)
}

/// How long tasks that can't be broken off at once may take to end.
const LAST_WORDS: Duration = Duration::from_millis(400);

/// Tells where it is to be found. A closed output is no reason to end.
fn tell(address: SocketAddr) {
    let _ = writeln!(std::io::stdout().lock(), "http://{address}/");
    tracing::info!(%address, "serving the page");
}
