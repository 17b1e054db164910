//! What can be typed.

#[cfg(feature = "web")]
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Answers questions with quotes from a community's own posts.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    max_term_width = 100,
    after_help = "\
Examples:
  mynah ask \"when did Debian migration start?\"
  mynah ask --corpus posts --format json who runs it in production
  mynah chat
  mynah check
  mynah run

Exit codes: 0 answered, or nothing wrong; 1 not answered, or something wrong with the posts; 2 an error."
)]
pub(super) struct Args {
    /// The config file [default: config/mynah.toml or mynah.toml, the first that exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Ask(Ask),
    Why(Why),
    Chat(Chat),
    Converse(Converse),
    Check(Check),
    Eval(Eval),
    Fit(Fit),
    Init(Init),
    #[cfg(feature = "insight")]
    Insight(Insight),
    Search(Search),
    #[cfg(feature = "web")]
    Serve(Serve),
    #[cfg(feature = "matrix")]
    Run(Run),
}

impl Command {
    /// Whether it stays until it is stopped, rather than print and end.
    pub(super) fn stays(&self) -> bool {
        #[cfg(feature = "matrix")]
        if let Self::Run(run) = self {
            return !run.check;
        }
        #[cfg(feature = "web")]
        if let Self::Serve(_) = self {
            return true;
        }
        false
    }
}

/// Answer questions in Matrix rooms, until stopped
#[cfg(feature = "matrix")]
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Needs matrix.homeserver, matrix.user_id and a password or access token, from the config or the environment.
With web.listen, the page is shown beside it; an admin who says `!mynah login` gets a link to see there what people ask.
Reloads the posts on SIGHUP; ends on SIGTERM or ctrl-c, once what is in hand is finished.

Examples:
  MYNAH__MATRIX__PASSWORD=secret mynah run
  mynah run --config /etc/mynah.toml --check

Exit codes: 0 stopped, or all in order; 1 something is wrong with the posts (--check); 2 an error.")]
pub(super) struct Run {
    /// Test config, login and posts, and exit
    #[arg(long)]
    pub check: bool,
}

/// Show the page in browsers, without Matrix, until stopped
#[cfg(feature = "web")]
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Questions at /, as JSON at /api/ask?q=, the posts at /posts, and /healthz, /readyz, /metrics. Prints its address once it answers.
Reloads the posts on SIGHUP; ends on SIGTERM or ctrl-c.

Examples:
  mynah serve
  mynah serve --listen 127.0.0.1:9000 --corpus posts
  curl 'http://127.0.0.1:8088/api/ask?q=when+did+Debian+migration+start'

Exit codes: 0 stopped, 2 an error.")]
pub(super) struct Serve {
    /// Where to listen; port 0 takes any that is free [default: web.listen, else 127.0.0.1:8088]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// The folder of posts, instead of the config's
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,
}

/// Answer a question, or every question in a file
#[derive(derive_more::Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mynah ask \"wat is the zero touch provisoning thing?\"
  mynah ask --previous \"what is the distributed cloud architecture?\" which release did that arrive in
  mynah ask --questions questions.jsonl --format jsonl > answers.jsonl

Exit codes: 0 answered, 1 not, 2 an error; with --questions, 0 once every question has its line.")]
pub(super) struct Ask {
    /// The question; quotation marks are not needed
    #[arg(value_name = "QUESTION", required_unless_present = "questions", conflicts_with = "questions")]
    #[debug(skip)]
    pub question: Vec<String>,
    /// The folder of posts, instead of the config's
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,
    /// The question asked before, which a follow-up is read together with
    #[arg(long, value_name = "QUESTION", conflicts_with = "questions")]
    #[debug(skip)]
    pub previous: Option<String>,
    /// Questions to answer: a JSON object a line with id, question and, for a follow-up, previous
    #[arg(long, value_name = "FILE")]
    pub questions: Option<PathBuf>,
    /// How to print answers [default: text; with --questions, jsonl]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// One JSON object, indented
    Json,
    /// A JSON object a line
    Jsonl,
}

/// Tell how an answer was chosen
#[derive(derive_more::Debug, clap::Args)]
#[command(after_help = "\
Words matched, families and corrections used, nearness in meaning, dates, how sure the answer is, the runner-up.

Example:
  mynah why when did debian migration start

Exit codes: 0 answered, 1 not, 2 an error.")]
pub(super) struct Why {
    /// The question; quotation marks are not needed
    #[arg(value_name = "QUESTION", required = true)]
    #[debug(skip)]
    pub question: Vec<String>,
    /// The folder of posts, instead of the config's
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,
    /// The question asked before, which a follow-up is read together with
    #[arg(long, value_name = "QUESTION")]
    #[debug(skip)]
    pub previous: Option<String>,
}

/// Talk: ask one question after another, follow-ups and all
#[derive(Debug, clap::Args)]
#[command(after_help = "\
At the prompt: a question, a command (`help` lists them), or `quit`. Piped lines are answered one after another.

Examples:
  mynah chat
  printf 'what is rehoming?\\nwhich release brought it?\\n' | mynah chat")]
pub(super) struct Chat {
    /// The folder of posts, instead of the config's
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,
}

/// Play conversations from a file: what the bot does at the end of each
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each line of FILE is a JSON object: id; place (room, thread or dm); before, a list of messages; last, the message to be played.
A message is {from, text, reply_to, mentions, thread}, what the bot said {from: \"mynah\", answer_to: INDEX}. Prints a JSON object a
line: id, did (answer, silent, brief or command), text as it would be sent, and of an answer what `mynah ask` gives.

Example:
  mynah converse talks.jsonl")]
pub(super) struct Converse {
    /// The conversations
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The folder of posts, instead of the config's
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,
}

/// Validate posts, pointers, word families, weights, the encoder and golden questions
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints `file:line: what is wrong`; what is odd, or was repaired on reading, is marked as a warning.

Examples:
  mynah check
  mynah check --corpus posts --questions golden.jsonl

Exit codes: 0 nothing wrong but warnings, 1 something is wrong, 2 an error.")]
pub(super) struct Check {
    /// The folder of posts, instead of the config's
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,
    /// Golden questions, instead of the config's
    #[arg(long, value_name = "FILE")]
    pub questions: Option<PathBuf>,
    /// List the files that are no posts, and why
    #[arg(long)]
    pub left_out: bool,
}

/// Answer a question set and print its figures
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each line of FILE is a JSON object: id, question, type, answerable, gold = [{file, quote}], and previous for a follow-up.

Examples:
  mynah eval --questions tests/eval/seeds-dev.jsonl
  mynah eval --questions blog.jsonl --corpus posts --misses
  mynah ask --questions blog.jsonl --corpus posts > before.jsonl     # … then change something …
  mynah eval --questions blog.jsonl --corpus posts --compare before.jsonl
  mynah eval --questions blog.jsonl --corpus posts --curve")]
pub(super) struct Eval {
    /// The question set
    #[arg(long, value_name = "FILE")]
    pub questions: PathBuf,
    /// The folder of posts, instead of the config's
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,
    /// List the questions that went wrong on standard error
    #[arg(long)]
    pub misses: bool,
    /// List on standard error which questions were won and lost since these answers, of `mynah ask --questions`
    #[arg(long, value_name = "ANSWERS.jsonl")]
    pub compare: Option<PathBuf>,
    /// Print what the thresholds answer.answered_from and answer.closest_from trade, in place of the figures
    #[arg(long, conflicts_with_all = ["compare", "misses", "floor"])]
    pub curve: bool,
    /// Answer without a part, to see what it does for the figures
    #[arg(long, value_enum, value_name = "PART")]
    pub without: Option<Part>,
    /// Exit with 1 where a figure is below its floor: NAME=VALUE, repeatable
    #[arg(long, value_name = "NAME=VALUE")]
    pub floor: Vec<String>,
}

/// A part of the search that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    /// Reading the best passages together with the question
    Reader,
    /// Meaning, and with it the reader: search by words alone
    Encoder,
}

/// Fit the weights of ranking and confidence to question sets of your own
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints the figures of each set, answered with weights that were fitted to the other communities' sets only; with one community,
to the other four fifths of its questions, which flatters. Then writes the weights that are fitted to all of them. Set
search.weights to the file to use it.

Examples:
  mynah fit --set ours.jsonl=posts --set theirs.jsonl=their-posts --output weights.toml
  mynah fit --set us:faq.jsonl=posts --set us:old.jsonl=old-posts --set theirs.jsonl=their-posts")]
pub(super) struct Fit {
    /// A question set and the folder of posts it is asked of, after the community's name where it has several; repeatable
    #[arg(long, value_name = "[COMMUNITY:]QUESTIONS=CORPUS", required = true)]
    pub set: Vec<String>,
    /// The reader that was trained without a community's questions, as `scripts/train-reader` writes it; repeatable. Without it, the
    /// config's reads that community's passages too, and what it has learnt of them is in the figures
    #[arg(long, value_name = "COMMUNITY=FILE")]
    pub reader: Vec<String>,
    /// Where the weights go, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Write a config for a community's site, as it stands in its repository
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Finds the posts of a Jekyll, Hexo, Hugo, Zola, Docusaurus, MkDocs, Eleventy, Gatsby or Pelican site, or of a plain folder; how their
addresses are built; what the project is called; and where its posts send people. Writes a config and a file of pointers to look over.

Examples:
  mynah init ../their-site
  mynah init ../their-site --output their.toml && mynah ask --config their.toml \"how do I join?\"")]
pub(super) struct Init {
    /// The folder of the site's checkout, or the address of its git repository
    #[arg(value_name = "SITE")]
    pub site: String,
    /// Where the config goes; the pointers go beside it
    #[arg(long, value_name = "FILE", default_value = "mynah.toml")]
    pub output: PathBuf,
    /// Overwrite files that are there
    #[arg(long)]
    pub force: bool,
}

/// Tell what people ask and the posts don't say
#[cfg(feature = "insight")]
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Reads what `mynah run` has kept of questions in the data folder ([insight] in the config), be it running or not; who asked is never told.

Examples:
  mynah insight
  mynah insight --days 30
  mynah insight export > unanswered.jsonl    # then fill in gold quotes, for `mynah eval` and `mynah check`
  mynah insight draft > faq.md               # then write the answers

Exit codes: 0 told, 1 nothing is kept, 2 an error.")]
pub(super) struct Insight {
    /// What to print
    #[arg(value_enum, default_value_t = Telling::Digest)]
    pub what: Telling,
    /// The folder of posts, instead of the config's
    #[arg(long, value_name = "DIR")]
    pub corpus: Option<PathBuf>,
    /// Days that the digest is of [default: 7, or 1 where insight.digest is daily]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
    pub days: Option<u16>,
}

/// What is told of the questions.
#[cfg(feature = "insight")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Telling {
    /// How many were asked and answered, and what was asked without a good answer
    Digest,
    /// Groups of questions without a good answer, as a question file to fill in
    Export,
    /// A page in markdown with these groups as headings and the nearest quotations under each
    Draft,
}

/// Rank plain texts with the same index, for public test collections
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints a TREC run: `qid Q0 pid rank score mynah`.

Example:
  mynah search --passages passages.tsv --queries queries.tsv > run.txt")]
pub(super) struct Search {
    /// Passages: `pid<TAB>text` a line
    #[arg(long, value_name = "P.tsv")]
    pub passages: PathBuf,
    /// Queries: `qid<TAB>text` a line
    #[arg(long, value_name = "Q.tsv")]
    pub queries: PathBuf,
    /// How many passages to print for a query
    #[arg(long, default_value_t = 1000)]
    pub k: usize,
}
