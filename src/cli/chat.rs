//! `mynah chat`: the conversation of a direct message, in the terminal.

use std::io::{BufRead, IsTerminal, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::Context;
use jiff::Timestamp;
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;
use tempfile::TempDir;

use crate::answer::Engine;
use crate::chat::phrases::{self, Status};
use crate::chat::{Chat, Manners, Message, Pattern, Place, Rates, Scene};
use crate::config::Config;
use crate::loading::{self, Understanding};
use crate::reload::{By, Fetching, Posts, locate};
use crate::render::Block;

use super::{Exit, Outcome};

pub(super) fn run(config: &Config) -> Outcome {
    let mut talk = Talk::new(config)?;
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
fn prompt(config: &Config, talk: &mut Talk) -> Outcome {
    let mut editor = DefaultEditor::new().context("can't use this terminal")?;
    let history = config.data_dir.join("chat-history.txt");
    // A first run has no history yet, and a terminal without one still talks.
    let _ = editor.load_history(&history);
    println!(
        "{} posts. Ask anything about the project; `help` tells more, `quit` or ctrl-d ends.",
        talk.engine.corpus().posts.len()
    );
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

/// A direct room of two: whoever sits at the terminal, an admin without limits, and the bot.
struct Talk {
    config: Config,
    engine: Engine,
    posts: Posts,
    /// Where the states of the posts are kept, for as long as one talks.
    _states: TempDir,
    chat: Chat,
    place: Place,
    started: Instant,
    lines: usize,
}

impl Talk {
    fn new(config: &Config) -> anyhow::Result<Self> {
        let anyone = Pattern::try_from("*".to_owned()).map_err(anyhow::Error::msg)?;
        let rates = Rates { per_asker: u32::MAX, per_room: u32::MAX };
        let manners = Manners { admins: vec![anyone], ignore: Vec::new(), rates, ..config.matrix.manners() };
        let place = Place { direct: true, ..Place::default() };
        let located = locate(config, Fetching::IfMissing, &|| false)?;
        let engine = super::load_engine(&located.config)?;
        let states = tempfile::tempdir().context("can't make a folder for the states of the posts")?;
        let posts = Posts::begin_in(states.path().join("states"), config.clone(), &located, &engine, Timestamp::now());
        Ok(Self {
            config: located.config,
            engine,
            posts,
            _states: states,
            chat: Chat::new(manners),
            place,
            started: Instant::now(),
            lines: 0,
        })
    }

    fn take(&mut self, line: &str) -> anyhow::Result<ControlFlow<()>> {
        match line.trim() {
            "" => return Ok(ControlFlow::Continue(())),
            "quit" | "exit" | "bye" => return Ok(ControlFlow::Break(())),
            _ => {}
        }
        self.lines += 1;
        let message =
            Message { id: self.lines.to_string().into(), sender: "you".into(), body: line.to_owned(), ..Message::default() };
        let up = self.started.elapsed();
        let standing = self.posts.standing();
        let scene = Scene {
            engine: &self.engine,
            place: &self.place,
            now: up,
            today: super::today(),
            waiting: 0,
            counted: false,
            status: &|| Status { up, answered: self.lines as u64, standing: standing.clone(), ..Status::default() },
        };
        let Some(reply) = self.chat.hear(&message, &scene) else { return Ok(ControlFlow::Continue(())) };
        say(&reply.blocks)?;
        if let Some(order) = reply.order {
            let by = By::Admin("you".into());
            let (new, outcome) = self.posts.carry_out(order, &by, &self.engine, Timestamp::now(), &|| false);
            if let Some(new) = new {
                let bar = super::progress(0, "encoding");
                let understanding = match Understanding::of(&self.engine) {
                    Some(in_use) => Some(in_use),
                    None => loading::understanding(&self.config)?,
                };
                self.engine = loading::meant(new, understanding, &self.config, &super::on_bar(&bar))?;
                bar.finish_and_clear();
            }
            say(&phrases::reloaded(&outcome))?;
        }
        Ok(ControlFlow::Continue(()))
    }
}

fn say(blocks: &[Block]) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{}\n", super::shown(blocks))?)
}
