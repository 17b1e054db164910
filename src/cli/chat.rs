//! `mynah chat`: a prompt with history and follow-ups.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::Context;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use crate::answer::{Engine, Question};
use crate::chat::Memory;
use crate::config::Config;

use super::{Exit, Outcome};

const HELP: &str = "Ask anything about the project. `sources` lists the posts, `quit` or ctrl-d ends.";

pub(super) fn run(config: &Config) -> Outcome {
    let engine = super::load_engine(config)?;
    let mut talk = Talk { engine: &engine, memory: Memory::default() };
    if !std::io::stdin().is_terminal() {
        // Split by bytes: a line in another encoding is read as far as it can be.
        for line in std::io::stdin().lock().split(b'\n') {
            let line = line.context("can't read standard input")?;
            if talk.take(&String::from_utf8_lossy(&line))?.is_break() {
                break;
            }
        }
        return Ok(Exit::Ok);
    }
    prompt(config, &mut talk)
}

/// Reads lines with editing and a history that is kept in the data folder.
fn prompt(config: &Config, talk: &mut Talk<'_>) -> Outcome {
    let mut editor = DefaultEditor::new().context("can't use this terminal")?;
    let history = config.data_dir.join("chat-history.txt");
    // A first run has no history yet, and a terminal without one still talks.
    let _ = editor.load_history(&history);
    println!("{} posts. {HELP}", talk.engine.corpus().posts.len());
    loop {
        match editor.readline("mynah> ") {
            Ok(line) => {
                let _ = editor.add_history_entry(&line);
                if talk.take(&line)?.is_break() {
                    break;
                }
            }
            Err(ReadlineError::Interrupted | ReadlineError::Eof) => break,
            Err(error) => return Err(error).context("can't read the terminal"),
        }
    }
    std::fs::create_dir_all(&config.data_dir)
        .map_err(anyhow::Error::from)
        .and_then(|()| Ok(editor.save_history(&history)?))
        .unwrap_or_else(|error| super::complain(format_args!("the history is not kept: {error}")));
    Ok(Exit::Ok)
}

struct Talk<'a> {
    engine: &'a Engine,
    memory: Memory,
}

impl Talk<'_> {
    fn take(&mut self, line: &str) -> anyhow::Result<std::ops::ControlFlow<()>> {
        let mut out = std::io::stdout().lock();
        match line.trim() {
            "" => {}
            "quit" | "exit" | "bye" => return Ok(std::ops::ControlFlow::Break(())),
            "help" | "?" => writeln!(out, "{HELP}\n")?,
            "sources" => writeln!(out, "{}\n", sources(self.engine))?,
            text => {
                let question =
                    Question { previous: self.memory.previous(), asked_on: Some(super::today()), ..Question::new(text) };
                let (answer, trace) = self.engine.ask_traced(&question);
                self.memory.remember(&question, &trace.analysis);
                writeln!(out, "{}\n", super::shown(&answer))?;
            }
        }
        Ok(std::ops::ControlFlow::Continue(()))
    }
}

fn sources(engine: &Engine) -> String {
    let mut posts: Vec<_> = engine.corpus().posts.iter().collect();
    posts.sort_by_key(|post| post.date);
    let line = |post: &&crate::corpus::Post| {
        format!("{}  {}\n            {}", post.date.map_or("undated   ".to_owned(), |d| d.to_string()), post.title, post.url)
    };
    posts.iter().map(line).collect::<Vec<_>>().join("\n")
}
