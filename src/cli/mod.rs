//! What was typed, and what it means: one subcommand a file.
//!
//! Exit codes: 0 answered (or nothing wrong), 1 not answered (or something wrong with the posts), 2 an error of use.

mod args;
mod ask;
mod chat;
mod check;
mod converse;
mod eval;
mod fit;
mod init;
#[cfg(feature = "insight")]
mod insight;
#[cfg(feature = "web")]
mod page;
#[cfg(feature = "matrix")]
mod run;
mod search;
#[cfg(feature = "web")]
mod serve;
mod why;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use crate::answer::{Engine, Question};
use crate::chat::Me;
use crate::config::{Config, LogConfig, LogFormat};
use crate::corpus::Diagnostic;
use crate::loading;
use crate::reload::{self, Fetching};
use crate::render::{self, Block};

use args::{Args, Command};

/// What a subcommand came to.
type Outcome = anyhow::Result<Exit>;

/// Exit codes of the contract, but for errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Answered, or nothing is wrong.
    Ok,
    /// Not answered, or something is wrong with the posts.
    No,
}

/// Runs what the command line says.
pub fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(Exit::Ok) => ExitCode::SUCCESS,
        Ok(Exit::No) => ExitCode::from(1),
        // Whoever read our output has enough of it: `mynah … | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

/// A line on standard error. Where that can't be written either, nobody is left to tell.
fn complain(what: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "mynah: {what}");
}

fn run(args: Args) -> Outcome {
    let mut config = Config::load(args.config.as_deref(), std::env::vars())?;
    if !args.command.stays() {
        QUIET.clone_into(&mut config.log.level);
    }
    log_to_stderr(&config.log)?;
    match args.command {
        Command::Ask(ask) => ask::run(&ask, &located(with_corpus(&mut config, ask.corpus.as_deref()), Fetching::IfMissing)?),
        Command::Why(why) => why::run(&why, &located(with_corpus(&mut config, why.corpus.as_deref()), Fetching::IfMissing)?),
        Command::Chat(chat) => chat::run(with_corpus(&mut config, chat.corpus.as_deref())),
        Command::Converse(converse) => {
            let config = located(with_corpus(&mut config, converse.corpus.as_deref()), Fetching::IfMissing)?;
            converse::run(&converse, &config)
        }
        Command::Check(check) => check::run(&check, &located(with_corpus(&mut config, check.corpus.as_deref()), Fetching::Now)?),
        #[cfg(feature = "matrix")]
        Command::Run(run) => run::run(&run, config),
        Command::Eval(eval) => eval::run(&eval, &located(with_corpus(&mut config, eval.corpus.as_deref()), Fetching::IfMissing)?),
        Command::Init(init) => init::run(&init, &config),
        #[cfg(feature = "insight")]
        Command::Insight(insight) => {
            insight::run(&insight, &located(with_corpus(&mut config, insight.corpus.as_deref()), Fetching::IfMissing)?)
        }
        Command::Fit(fit) => fit::run(&fit, &config),
        Command::Search(search) => search::run(&search, &config),
        #[cfg(feature = "web")]
        Command::Serve(serve) => serve::run(&serve, with_corpus(&mut config, serve.corpus.as_deref())),
    }
}

/// Other posts than the config's: its golden questions are not about them.
fn with_corpus<'a>(config: &'a mut Config, corpus: Option<&Path>) -> &'a Config {
    if let Some(path) = corpus {
        loading::with_corpus(config, path);
    }
    config
}

/// The config with the folder that its posts lie in: fetched from git, where they come from there.
fn located(config: &Config, fetching: Fetching) -> anyhow::Result<Config> {
    let located = reload::locate(config, fetching, &|| false)?;
    for away in located.away {
        complain(format_args!("{away}"));
    }
    Ok(located.config)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

/// What is logged by commands that print an answer and end.
const QUIET: &str = "warn";

/// What the libraries may tell. Every refused request is an error to them; mynah itself tells those that matter.
const LIBRARIES: &str = "warn,matrix_sdk::http_client=off,matrix_sdk::encryption=off,matrix_sdk_crypto=error";

/// Logs to standard error, at the config's level unless `RUST_LOG` says otherwise.
fn log_to_stderr(config: &LogConfig) -> anyhow::Result<()> {
    use tracing_subscriber::EnvFilter;
    // A bare level is mynah's own: the libraries below it tell their troubles only.
    let level =
        if config.level.contains(['=', ',']) { config.level.clone() } else { format!("{LIBRARIES},mynah={}", config.level) };
    let filter = match std::env::var(EnvFilter::DEFAULT_ENV) {
        Ok(wanted) => EnvFilter::try_new(wanted).context("RUST_LOG: write a level such as info, or a filter such as mynah=debug"),
        Err(_) => EnvFilter::try_new(level).context("log.level: write a level such as info, or a filter such as mynah=debug"),
    }?;
    let ansi = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi);
    match config.format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
    Ok(())
}

/// An engine over the config's posts; problems in them go to standard error in one line.
fn load_engine(config: &Config) -> anyhow::Result<Engine> {
    let bar = progress(0, "encoding");
    let (engine, diagnostics) = loading::engine(config, &on_bar(&bar))?;
    bar.finish_and_clear();
    hint(config, engine.encoder().is_some(), &diagnostics);
    Ok(engine)
}

/// Says what would make answers better.
fn hint(config: &Config, encoder: bool, diagnostics: &[Diagnostic]) {
    if !encoder && config.search.encoder.is_none() {
        const HINT: &str = "answers are better with a sentence encoder: `scripts/fetch-encoder` brings one";
        if std::io::stderr().is_terminal() { complain(format_args!("{HINT}")) } else { tracing::info!("{HINT}") }
    }
    let errors = loading::errors(diagnostics);
    if errors > 0 {
        let problems = if errors == 1 { "problem" } else { "problems" };
        complain(format_args!("{errors} {problems} in the posts; `mynah check` tells"));
    }
}

/// Blocks as standard output takes them: styled and wrapped for a terminal, plain for a pipe.
fn shown(blocks: &[Block]) -> String {
    if !std::io::stdout().is_terminal() {
        return render::plain_blocks(blocks);
    }
    let columns = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
    render::terminal(blocks, columns.min(READABLE_COLUMNS))
}

/// Lines longer than this are hard to read.
const READABLE_COLUMNS: usize = 100;

/// A bar on a terminal's standard error, for work of more than a second; hidden elsewhere.
fn progress(steps: usize, what: &'static str) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(steps as u64).with_style(style).with_message(what)
}

/// Moves a bar as steps are done: of how many is known by then.
fn on_bar(bar: &ProgressBar) -> impl Fn(usize, usize) + Sync {
    |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    }
}

/// What calls the bot in a question is no part of it, here as in a room.
fn asked(text: &str, config: &Config) -> String {
    crate::chat::without_call(text, &Me::of(&config.matrix.manners()), &config.matrix.command_prefix)
}

/// The question of a command line, asked today.
fn typed(words: &[String], previous: Option<&str>) -> Question {
    let previous = previous.map(str::to_owned);
    Question { id: "1".to_owned(), text: words.join(" "), previous, asked_on: Some(today()), ..Question::default() }
}

/// The day of asking, in the machine's time zone: spans such as `last year` count from it.
fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}
