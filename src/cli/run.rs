//! `mynah run`: the Matrix bot.

use std::sync::Arc;
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
    let socket = beside::socket(&config)?;
    // A copy that is there answers at once; what is new is fetched while it does.
    let located = reload::at_start(&config, Fetching::IfMissing)?;
    let understanding = loading::understanding(&located.config)?;
    let (engine, diagnostics) = loading::engine_by_words(&located.config)?;
    super::hint(&config, understanding.is_some(), &diagnostics);
    let engine = Arc::new(engine);
    let page = match socket {
        Some(socket) => Some(beside::page(&runtime, &located.config, engine.clone(), diagnostics, socket)?),
        None => None,
    };
    let done = runtime.block_on(matrix::run(config, located, engine, understanding, page));
    // A reload that is still at it is not waited for, but a fetch is ended with all that it started.
    runtime.shutdown_timeout(LAST_WORDS);
    done?;
    Ok(Exit::Ok)
}

/// How long tasks that can't be broken off at once may take to end.
const LAST_WORDS: Duration = Duration::from_millis(400);

/// The page beside the bot, where `web.listen` says that there is one.
#[cfg(feature = "web")]
mod beside {
    use std::net::TcpListener;
    use std::sync::Arc;

    use tokio::runtime::Runtime;

    use crate::answer::Engine;
    use crate::beside::Beside;
    use crate::cli::page;
    use crate::config::Config;
    use crate::corpus::Diagnostic;
    use crate::web::Page;

    pub(super) fn socket(config: &Config) -> anyhow::Result<Option<TcpListener>> {
        config.web.listen.map(|address| page::bind(address, "web.listen")).transpose()
    }

    pub(super) fn page(
        runtime: &Runtime,
        config: &Config,
        engine: Arc<Engine>,
        diagnostics: Vec<Diagnostic>,
        socket: TcpListener,
    ) -> anyhow::Result<Arc<dyn Beside>> {
        let page = Page::new(config, engine, diagnostics);
        page::serve(runtime, page.clone(), socket)?;
        Ok(Arc::new(page))
    }
}

#[cfg(not(feature = "web"))]
mod beside {
    use std::sync::Arc;

    use anyhow::bail;
    use tokio::runtime::Runtime;

    use crate::answer::Engine;
    use crate::beside::Beside;
    use crate::config::Config;
    use crate::corpus::Diagnostic;

    /// There is none.
    pub(super) enum Socket {}

    pub(super) fn socket(config: &Config) -> anyhow::Result<Option<Socket>> {
        match config.web.listen {
            Some(_) => {
                bail!("web.listen wants a page, which this mynah was built without: build it with the cargo feature `web`")
            }
            None => Ok(None),
        }
    }

    pub(super) fn page(
        _: &Runtime,
        _: &Config,
        _: Arc<Engine>,
        _: Vec<Diagnostic>,
        socket: Socket,
    ) -> anyhow::Result<Arc<dyn Beside>> {
        match socket {}
    }
}
