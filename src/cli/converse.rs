//! `mynah converse`: plays conversations of a file without Matrix, on the decisions of a room or direct message.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::Engine;
use crate::chat::phrases::Status;
use crate::chat::{Act, Chat, Manners, Message, Place, Reply, RoomSettings, Scene};
use crate::config::Config;
use crate::ids::{EventId, UserId};
use crate::render::{self, AnswerJson};

use super::args::Converse;
use super::{Exit, Outcome};

/// A conversation, and the message that is to be answered or not.
#[derive(Debug, Deserialize)]
struct Talk {
    id: String,
    place: Kind,
    #[serde(default)]
    before: Vec<Turn>,
    last: Turn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Room,
    Thread,
    Dm,
}

/// What one of them says. The bot's own turns tell which one they answer.
#[derive(derive_more::Debug, Default, Deserialize)]
struct Turn {
    from: String,
    #[serde(default)]
    #[debug(skip)]
    text: String,
    #[serde(default)]
    reply_to: Option<usize>,
    #[serde(default)]
    mentions: Option<Vec<String>>,
    #[serde(default)]
    thread: Option<bool>,
    #[serde(default)]
    answer_to: Option<usize>,
}

/// What the bot is called in the file, whatever its name is.
const BOT: &str = "mynah";
/// Between two turns.
const PAUSE: Duration = Duration::from_secs(20);

pub(super) fn run(args: &Converse, config: &Config) -> Outcome {
    let talks = read(&args.file)?;
    let engine = super::load_engine(config)?;
    let (manners, settings) = (manners(config), config.matrix.room([]));
    let bar = super::progress(talks.len(), "talking");
    for talk in &talks {
        let line = Play { talk, engine: &engine, manners: &manners, settings: &settings }.play()?;
        writeln!(std::io::stdout().lock(), "{line}")?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(Exit::Ok)
}

fn read(file: &Path) -> anyhow::Result<Vec<Talk>> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("can't read the conversations {shown}"))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| serde_json::from_str(line).with_context(|| format!("{shown}:{}: not a conversation", at + 1)))
        .collect()
}

/// The bot's names as the config has them, or the file's where it has none.
fn manners(config: &Config) -> Manners {
    let mut manners = config.matrix.manners();
    if manners.user_id.as_str().is_empty() {
        manners.user_id = user(BOT);
    }
    manners
}

fn user(name: &str) -> UserId {
    format!("@{name}:localhost").into()
}

struct Play<'a> {
    talk: &'a Talk,
    engine: &'a Engine,
    manners: &'a Manners,
    settings: &'a RoomSettings,
}

impl Play<'_> {
    /// Plays it to its end: what the bot does then, as a line of JSON.
    fn play(&self) -> anyhow::Result<String> {
        let mut chat = Chat::new(self.manners.clone());
        for (at, turn) in self.talk.before.iter().enumerate().filter(|(_, turn)| turn.from != BOT) {
            self.hear(&mut chat, at, turn);
        }
        let at = self.talk.before.len();
        let start = Instant::now();
        let reply = self.hear(&mut chat, at, &self.talk.last);
        let took = start.elapsed();
        let mut line = json!({ "id": self.talk.id, "did": did(reply.as_ref()) });
        if let Some(reply) = reply {
            let answer = chat.answer_to(&self.id(at)).filter(|_| reply.act == Act::Answer);
            let told = answer.map(|answer| serde_json::to_value(AnswerJson::new(answer, took))).transpose();
            if let Some(Value::Object(told)) = told.context("can't write the answer as JSON")? {
                line.as_object_mut().expect("an object").extend(told.into_iter().filter(|(key, _)| key != "id"));
            }
            line["text"] = Value::String(render::plain_blocks(&reply.blocks));
        }
        Ok(line.to_string())
    }

    fn hear(&self, chat: &mut Chat, at: usize, turn: &Turn) -> Option<Reply> {
        let message = self.message(at, turn);
        let place = Place {
            direct: self.talk.place == Kind::Dm,
            settings: self.settings.clone(),
            power_level: 0,
            others: self.others(&turn.from),
            ..Place::default()
        };
        let now = PAUSE * u32::try_from(at).unwrap_or(u32::MAX);
        let status = || Status { up: now, ..Status::default() };
        let scene =
            Scene { engine: self.engine, place: &place, now, today: super::today(), counted: false, waiting: 0, status: &status };
        chat.hear(&message, &scene)
    }

    fn message(&self, at: usize, turn: &Turn) -> Message {
        let before = &self.talk.before;
        let last = at == before.len();
        let answered = |question: usize| before.iter().any(|turn| turn.from == BOT && turn.answer_to == Some(question));
        let replied = turn.reply_to.and_then(|to| before.get(to));
        let replies_to_me = replied.is_some_and(|turn| turn.from == BOT);
        let root = self.root().filter(|root| turn.thread == Some(true) || (last && at > *root));
        let own_thread = root.is_some_and(|root| root != at && answered(root) && before[root].from == turn.from);
        let on_answer_to = replied.and_then(|turn| turn.answer_to).or(root.filter(|root| answered(*root)));
        let (emote, body) = match turn.text.strip_prefix("/me ") {
            Some(deed) => (true, deed),
            None => (false, turn.text.as_str()),
        };
        let mention = |name: &String| if name == BOT { self.manners.user_id.clone() } else { user(name) };
        Message {
            id: self.id(at),
            room: self.talk.id.as_str().into(),
            sender: user(&turn.from),
            body: body.to_owned(),
            mentions: turn.mentions.iter().flatten().map(mention).collect(),
            says_mentions: true,
            thread: root.map(|root| self.id(root)),
            replies_to_me,
            to_anothers_answer: replied.and_then(|turn| before.get(turn.answer_to?)).is_some_and(|asked| asked.from != turn.from),
            replies_to_other: replied.is_some() && !replies_to_me,
            on_answer_to: on_answer_to.map(|question| self.id(question)),
            own_thread,
            // The file tells that it was answered.
            meant_for_me: !last && answered(at),
            emote,
            ..Message::default()
        }
    }

    /// The message that begins the thread, if it is one.
    fn root(&self) -> Option<usize> {
        let before = &self.talk.before;
        let first = before.iter().position(|turn| turn.thread == Some(true));
        first.or_else(|| before.iter().find_map(|turn| turn.answer_to)).filter(|_| self.talk.place == Kind::Thread)
    }

    fn others(&self, sender: &str) -> Vec<String> {
        let all = self.talk.before.iter().chain([&self.talk.last]).map(|turn| turn.from.clone());
        all.filter(|name| name != sender && name != BOT).collect()
    }

    fn id(&self, at: usize) -> EventId {
        format!("{}.{at}", self.talk.id).into()
    }
}

fn did(reply: Option<&Reply>) -> &'static str {
    match reply.map(|reply| reply.act) {
        None => "silent",
        Some(Act::Answer) => "answer",
        Some(Act::Brief) => "brief",
        Some(Act::Command) => "command",
    }
}
