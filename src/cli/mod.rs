//! What was typed, and what it means: one subcommand a file.
//!
//! Exit codes: 0 answered (or nothing wrong), 1 not answered (or something wrong with the posts), 2 an error of use.

mod args;
mod ask;
mod chat;
mod check;
mod eval;
mod search;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use crate::answer::{Answer, Engine, Pointers, Thresholds};
use crate::config::Config;
use crate::corpus::{Corpus, CorpusError, Diagnostic, Severity};
use crate::render;
use crate::search::Families;

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
    let args = Args::parse();
    log_to_stderr();
    match run(args) {
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
    if let Command::Search(search) = &args.command {
        return search::run(search);
    }
    let mut config = Config::load(args.config.as_deref(), std::env::vars())?;
    match args.command {
        Command::Ask(ask) => ask::run(&ask, with_corpus(&mut config, ask.corpus.as_deref())),
        Command::Chat(chat) => chat::run(with_corpus(&mut config, chat.corpus.as_deref())),
        Command::Check(check) => check::run(&check, with_corpus(&mut config, check.corpus.as_deref())),
        Command::Eval(eval) => eval::run(&eval, with_corpus(&mut config, eval.corpus.as_deref())),
        Command::Search(_) => unreachable!("search needs no config"),
    }
}

/// Other posts than the config's: its golden questions are not about them.
fn with_corpus<'a>(config: &'a mut Config, corpus: Option<&Path>) -> &'a Config {
    if let Some(path) = corpus {
        path.clone_into(&mut config.corpus.path);
        config.corpus.questions = None;
    }
    config
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
}

fn log_to_stderr() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let ansi = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi).init();
}

/// The posts, with what is wrong in them. A corpus of nothing but bad files is an error that names them.
fn load_corpus(config: &Config) -> anyhow::Result<(Corpus, Vec<Diagnostic>)> {
    Corpus::load(&config.corpus.path, &config.corpus.url).map_err(|error| match error {
        CorpusError::Empty { ref diagnostics, .. } if !diagnostics.is_empty() => {
            let found: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            anyhow::Error::from(error).context(found.join("\n"))
        }
        error => error.into(),
    })
}

fn load_pointers(config: &Config) -> anyhow::Result<Pointers> {
    Ok(config.corpus.pointers.as_deref().map_or_else(|| Ok(Pointers::built_in()), Pointers::load)?)
}

fn load_families(config: &Config) -> anyhow::Result<Families> {
    Ok(config.search.families.as_deref().map_or_else(|| Ok(Families::built_in()), Families::load)?)
}

/// An engine over the config's posts; problems in them go to standard error in one line.
fn load_engine(config: &Config) -> anyhow::Result<Engine> {
    let (corpus, diagnostics) = load_corpus(config)?;
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    if errors > 0 {
        let problems = if errors == 1 { "problem" } else { "problems" };
        complain(format_args!("{errors} {problems} in the posts; `mynah check` tells"));
    }
    let thresholds = Thresholds { answered: config.answer.answered_from, closest: config.answer.closest_from };
    let engine = Engine::new(corpus, load_families(config)?, load_pointers(config)?).context("can't index the posts")?;
    Ok(engine.with_thresholds(thresholds))
}

/// An answer as standard output takes it: styled and wrapped for a terminal, plain for a pipe.
fn shown(answer: &Answer) -> String {
    if !std::io::stdout().is_terminal() {
        return render::plain(answer);
    }
    let columns = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
    render::terminal(answer, columns.min(READABLE_COLUMNS))
}

/// Lines longer than this are hard to read.
const READABLE_COLUMNS: usize = 100;

/// A bar on a terminal's standard error, for work of more than a second; hidden elsewhere.
fn progress(steps: usize, what: &'static str) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(steps as u64).with_style(style).with_message(what)
}

/// The day of asking, in the machine's time zone: spans such as `last year` count from it.
fn today() -> jiff::civil::Date {
    jiff::Zoned::now().date()
}
