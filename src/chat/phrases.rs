//! What the bot says of itself: the few words that are neither a quotation nor an answer.

use std::time::Duration;

use jiff::Timestamp;

use crate::answer::{Engine, Pointer};
use crate::encoding::Progress;
use crate::reload::{By, Held, Lost, Outcome, Reloaded, Standing, State};
use crate::render::{Block, Span, day};

use super::command::Command;
use super::message::Me;
use super::settings::Keeping;
use super::speech::Speech;

/// Over a limit.
pub(super) const SLOWER: &str = "That's more than I may answer just now. Give me a minute, then ask again.";
/// `more` or `why` before any question.
pub(super) const NOTHING_ASKED: &str = "Ask me something first.";
/// `more` after the last passage.
pub(super) const NO_MORE: &str = "That is all I found.";
/// `start` without pointers.
pub(super) const NO_TRAIL: &str = "No places to start from have been set up for me.";
/// While the posts are read again.
pub(super) const RELOADING: &str = "Reloading the posts …";
/// In the place of that, where the bot ended before it was done.
pub const RESTARTED: &str = "I was restarted before this was done. `status` tells which posts I answer from now.";
/// While an earlier state of the posts is brought back.
pub(super) const RETURNING: &str = "Going back to the posts before …";
/// Before the answer to a question that had to wait.
pub(super) const WHILE_AWAY: &str = "You asked this while I was away:";
/// After a message whose key never came.
pub const UNREADABLE: &str = "I can't read a message here: the key to decrypt it never reached me. If it was meant for me, please \
                              send it again; if that doesn't help, ask in a room without encryption.";

/// To an admin who wants the digest where it is not told.
pub(super) const NOT_HERE: &str = "I tell that in a direct message, or in a room that `insight.to` names.";
/// To an admin who wants the digest where there are no rooms.
pub(super) const NOTHING_KEPT: &str = "I keep no questions here; `mynah insight` tells what I keep of those from rooms.";
/// In the place of a digest that can't be made.
pub const NO_DIGEST: &str = "I can't read what I keep of questions; the log says why.";

/// To an admin who wants to log in, in a room: others read along there.
pub const LINK_COMES: &str = "The link comes in a direct message.";

/// Why there is no link to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoLink {
    /// There is no page.
    NoPage,
    /// Nothing is kept.
    NothingKept,
    /// It is not known under which address the page is reached.
    NoAddress,
    /// The system gives no random numbers.
    NoRandom,
}

/// To an admin who wants to log in where that can't be.
pub fn no_link(why: NoLink) -> String {
    let why = match why {
        NoLink::NoPage => "There is no page to log in to: `web.listen` shows one beside me.",
        NoLink::NothingKept => "There is nothing to be seen: `insight.keep` is 0, so I keep no questions.",
        NoLink::NoAddress => "I don't know where the page is reached: set `web.address`, such as `https://ask.example.org/`.",
        NoLink::NoRandom => "I can't make a link now; the log says why.",
    };
    why.to_owned()
}

/// The link that logs an admin in.
pub fn login_link(address: &str) -> Vec<Block> {
    let text = "Log in to the page of what people ask".to_owned();
    let words = ". The link works once, within ten minutes. It is for you alone: don't pass it on.";
    vec![Block::Text(vec![Span::Link { text, url: address.to_owned() }, Span::Plain(words.to_owned())])]
}

/// Whether questions of a room are kept, as an introduction says it; nothing where there is no room.
fn kept_here(keeping: Keeping, direct: bool, prefix: &str) -> Vec<Span> {
    match keeping {
        Keeping::Untold => Vec::new(),
        Keeping::Not => vec![Span::Plain(" I don't keep what is asked here.".to_owned())],
        Keeping::For(time) => vec![
            Span::Plain(format!(" What is asked here I keep for {}, without who asked; ", rough(time))),
            typed(Command::ForgetMe, direct, prefix),
            Span::Plain(" deletes yours.".to_owned()),
        ],
    }
}

/// To `forget me`.
pub(super) fn forgotten(keeping: Keeping) -> &'static str {
    match keeping {
        Keeping::Untold => "Forgotten: I go on as if you had asked nothing.",
        Keeping::Not | Keeping::For(_) => {
            "Forgotten: within a minute nothing is left of what I kept of your questions and votes, in any room. My answers stay in \
             their rooms, as your messages do; delete a message, and its answer goes too."
        }
    }
}

/// `90 days`, `36 hours`.
fn rough(time: Duration) -> String {
    let hours = time.as_secs() / 3600;
    let (count, unit) = if hours.is_multiple_of(24) { (hours / 24, "day") } else { (hours, "hour") };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// That the posts answer a question now which they did not when it was asked.
pub fn now_answered(quotation: Block) -> Vec<Block> {
    vec![Block::text("The posts say it now:"), quotation]
}

/// How the bot is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Time since its start.
    pub up: Duration,
    /// Questions answered, ever.
    pub answered: u64,
    /// Questions that still wait for their answer.
    pub owed: u64,
    /// Answers that somebody said did not help.
    pub unhelpful: u64,
    /// Rooms it is in.
    pub rooms: usize,
    /// Where the posts stand.
    pub standing: Standing,
    /// How far the posts are encoded, while they are.
    pub encoding: Option<Progress>,
}

/// A short line to what is said to be polite.
pub(super) fn courtesy(speech: Speech) -> &'static str {
    match speech {
        Speech::Thanks => "You're welcome.",
        Speech::Praise => "Glad to hear it.",
        Speech::Greeting => "Hello! Ask me anything about the project: I answer with quotes from its posts.",
        Speech::Farewell => "See you!",
        Speech::Question
        | Speech::Need
        | Speech::Words
        | Speech::Complaint
        | Speech::Remark
        | Speech::Statement
        | Speech::Nothing => "All right. Ask me whenever you have a question about the project.",
    }
}

/// To a complaint: what else there is.
pub(super) fn complaint(asked: bool, places: &[Pointer], direct: bool, prefix: &str) -> Vec<Block> {
    let mut spans = vec![Span::Plain("Sorry that this didn't help. ".to_owned())];
    if asked {
        spans.push(typed(Command::More, direct, prefix));
        spans.push(Span::Plain(" shows other passages; or ask in other words.".to_owned()));
    } else {
        spans.push(Span::Plain("Ask in other words, if you like.".to_owned()));
    }
    for (at, place) in places.iter().take(PLACES).enumerate() {
        spans.push(Span::Plain(if at == 0 { " People answer here: " } else { " · " }.to_owned()));
        spans.push(Span::Link { text: place.label.clone(), url: place.url.clone() });
    }
    vec![Block::Text(spans)]
}

/// Places to ask that a short line names.
const PLACES: usize = 2;

/// Who the bot is, in a line.
pub(super) fn about_me(me: &Me) -> Vec<Block> {
    let name = me.display_name.clone().unwrap_or_else(|| "mynah".to_owned());
    vec![Block::text(format!(
        "I'm {name}, a bot. I answer questions by quoting the project's own posts, with date and link, and say so when they don't say."
    ))]
}

pub(super) fn too_long(most: usize) -> String {
    format!("That's longer than I can read: {most} characters at most. What is the question in it?")
}

/// After the answers to as many questions as one message may ask.
pub(super) fn too_many(most: usize) -> String {
    format!("I answer {} questions at a time: ask the others again.", in_words(most))
}

/// A small number as one says it, a larger one in digits.
fn in_words(number: usize) -> String {
    const WORDS: [&str; 10] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    WORDS.get(number).map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

pub(super) fn not_allowed(command: Command) -> String {
    let deed = match command {
        Command::Force => "force a reload",
        Command::Rollback => "roll back",
        Command::Insight | Command::Login => "see what is asked",
        Command::More
        | Command::Why
        | Command::Start
        | Command::Sources
        | Command::Status
        | Command::Help
        | Command::ForgetMe
        | Command::Reload => command.name(),
    };
    format!("Sorry, only my admins may {deed}.")
}

/// A question as it stands above its answer, where there are several.
pub(super) fn said_again(question: &str) -> String {
    format!("“{}”", at_most(&question.split_whitespace().collect::<Vec<_>>().join(" "), 120))
}

/// What to type for a command.
fn typed(command: Command, direct: bool, prefix: &str) -> Span {
    Span::Code(to_type(command, direct, prefix))
}

pub(super) fn to_type(command: Command, direct: bool, prefix: &str) -> String {
    if direct { command.name().to_owned() } else { format!("{prefix} {}", command.name()) }
}

pub(super) fn unknown_command(word: &str, nearest: Command, direct: bool, prefix: &str) -> Vec<Block> {
    vec![Block::Text(vec![
        Span::Plain(format!("I don't know the command “{}”. Did you mean ", shortened(word))),
        typed(nearest, direct, prefix),
        Span::Plain("? ".to_owned()),
        typed(Command::Help, direct, prefix),
        Span::Plain(" lists what I do.".to_owned()),
    ])]
}

/// Text from outside, cut to what is needed to recognise it.
fn shortened(text: &str) -> String {
    at_most(text, 40)
}

/// What the bot says on joining a room.
pub fn introduction(me: &Me, direct: bool, prefix: &str, keeping: Keeping) -> Vec<Block> {
    let name = me.display_name.clone().unwrap_or_else(|| "mynah".to_owned());
    let how = if direct {
        vec![Span::Plain("Just ask, in your own words. ".to_owned()), Span::Code("help".to_owned())]
    } else {
        vec![
            Span::Plain("Mention me, or begin with ".to_owned()),
            Span::Code(prefix.to_owned()),
            Span::Plain(". ".to_owned()),
            Span::Code(format!("{prefix} help")),
        ]
    };
    let mut spans = vec![Span::Plain(format!(
        "Hello! I'm {name}, a bot. I answer questions by quoting the project's own posts, and say so when they don't say. "
    ))];
    spans.extend(how);
    spans.push(Span::Plain(" tells what else I do.".to_owned()));
    spans.extend(kept_here(keeping, direct, prefix));
    vec![Block::Text(spans)]
}

/// What may be asked of the bot, by this asker.
pub(super) fn help(direct: bool, prefix: &str, admin: bool, keeping: Keeping) -> Vec<Block> {
    let before = if direct { String::new() } else { format!("{prefix} ") };
    let item = |name: &str, what: &str| vec![Span::Code(format!("{before}{name}")), Span::Plain(format!(" – {what}"))];
    let commands = Command::ALL.iter().copied().filter(|command| admin || !command.needs_admin());
    let mut items = vec![item("ask …", "a question, in your own words; the word itself may be left out")];
    items.extend(commands.map(|command| item(command.name(), command.describe())));
    let lead = "Ask me about the project: I quote what its posts say, with date and link.";
    let mut lead = vec![Span::Plain(lead.to_owned())];
    lead.extend(kept_here(keeping, direct, prefix));
    vec![Block::Text(lead), Block::List(items)]
}

/// The posts in a line: how many, of what time, and where they stand.
pub(super) fn sources_in_short(engine: &Engine) -> Vec<Block> {
    let posts = &engine.corpus().posts;
    let dates = || posts.iter().filter_map(|post| post.date);
    let span = match (dates().min(), dates().max()) {
        (Some(first), Some(last)) if first != last => format!(", from {} to {}", day(first), day(last)),
        (Some(only), _) => format!(" of {}", day(only)),
        _ => String::new(),
    };
    let count = if posts.len() == 1 { "1 post".to_owned() } else { format!("{} posts", posts.len()) };
    let mut spans = vec![Span::Plain(format!("I answer from {count}{span}"))];
    if let Some(url) = place_of_all(posts.iter().map(|post| post.url.as_str())) {
        spans.push(Span::Plain(": ".to_owned()));
        spans.push(Span::Link { text: url.clone(), url });
    }
    spans.push(Span::Plain(". In a direct message ".to_owned()));
    spans.push(Span::Code(Command::Sources.name().to_owned()));
    spans.push(Span::Plain(" lists them.".to_owned()));
    vec![Block::Text(spans)]
}

/// The address that all of these are below, if it is more than a host's beginning.
fn place_of_all<'a>(mut urls: impl Iterator<Item = &'a str>) -> Option<String> {
    let first = urls.next()?;
    let common = urls.fold(first, |common, url| {
        let same = common.bytes().zip(url.bytes()).take_while(|(a, b)| a == b).count();
        common.get(..same).unwrap_or_default()
    });
    let folder = &common[..=common.rfind('/')?];
    (folder.starts_with("http") && folder.matches('/').count() >= 3).then(|| folder.to_owned())
}

pub(super) fn sources(engine: &Engine) -> Vec<Block> {
    let mut posts: Vec<_> = engine.corpus().posts.iter().collect();
    posts.sort_by_key(|post| std::cmp::Reverse(post.date));
    let item = |post: &&crate::corpus::Post| {
        let date = post.date.map_or("undated".to_owned(), day);
        vec![Span::Plain(format!("{date} · ")), Span::Link { text: post.title.clone(), url: post.url.clone() }]
    };
    let count = posts.len();
    let shown: Vec<Vec<Span>> = posts.iter().take(MOST_SOURCES).map(item).collect();
    let lead = if count > MOST_SOURCES {
        format!("I answer from {count} posts. The newest {MOST_SOURCES}:")
    } else {
        "I answer from these posts:".to_owned()
    };
    vec![Block::text(lead), Block::List(shown)]
}

/// Posts listed by `sources`: an event holds 65,536 bytes, body and HTML together.
const MOST_SOURCES: usize = 80;

/// How the bot is. Who reloaded is told to admins alone, and by name only where nobody else reads it.
pub(super) fn status(status: &Status, engine: &Engine, admin: bool, direct: bool) -> Vec<Block> {
    let corpus = engine.corpus();
    let newest = corpus.posts.iter().filter_map(|post| post.date).max();
    let newest = newest.map(|date| format!(", the newest of {}", day(date))).unwrap_or_default();
    let posts = if corpus.posts.len() == 1 { "post" } else { "posts" };
    let mut lines = vec![format!("{} {posts}{newest}; {} passages.", corpus.posts.len(), corpus.passages.len())];
    lines.extend(standing(&status.standing, admin, direct));
    if let Some(Progress { done, texts }) = status.encoding {
        lines.push(format!("Finding out what the posts mean: {done} of {texts} texts; until then I answer by words alone."));
    }
    lines.push(format!("Up for {}; mynah {}.", span(status.up), env!("CARGO_PKG_VERSION")));
    if admin {
        lines.push(format!("{} questions answered, {} waiting; {} rooms.", status.answered, status.owed, status.rooms));
        if status.unhelpful > 0 {
            lines.push(format!("Answers that somebody said did not help: {}.", status.unhelpful));
        }
    }
    vec![Block::List(lines.into_iter().map(|line| vec![Span::Plain(line)]).collect())]
}

/// Where the posts come from, since when, and what was held back.
fn standing(standing: &Standing, admin: bool, direct: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let by = |by: &By| if admin { format!(", {}", who(by, direct)) } else { String::new() };
    if let Some(state) = &standing.state {
        lines.extend(state.commits.iter().map(|commit| {
            let of = if admin { format!(" of {}", commit.address) } else { String::new() };
            format!("Commit {}{of}, made {}.", commit.commit, moment(commit.at()))
        }));
        lines.push(format!("Read {}{}.", moment(state.read_at()), by(&state.by)));
    }
    if let Some(returned) = &standing.returned {
        let at = Timestamp::from_millisecond(returned.at).unwrap_or_default();
        lines.push(format!(
            "This is an earlier state, brought back {}{}: newer posts are not taken up until an admin says `reload`.",
            moment(at),
            by(&returned.by)
        ));
    }
    if let Some(held) = standing.held_back.as_ref().filter(|_| admin) {
        lines.push(format!("The reload of {}{} was held back: {}", moment(held.at), by(&held.by), held.why));
    }
    if admin && standing.earlier > 0 {
        let states = if standing.earlier == 1 { "state" } else { "states" };
        lines.push(format!("{} earlier {states} can be brought back: `rollback`.", standing.earlier));
    }
    lines
}

/// Who wished for a reload; an admin by name only in a direct message.
fn who(by: &By, direct: bool) -> String {
    match by {
        By::Start => "at a start".to_owned(),
        By::Admin(user) if direct => {
            let name = user.as_str().trim_start_matches('@');
            format!("by {}", shortened(name.split_once(':').map_or(name, |(name, _)| name)))
        }
        By::Admin(_) => "by an admin".to_owned(),
        By::Signal => "by SIGHUP".to_owned(),
        By::Disk => "after a change on disk".to_owned(),
        By::Clock => "by the clock".to_owned(),
    }
}

/// `21 Nov 2026, 15:40 UTC`.
fn moment(at: Timestamp) -> String {
    at.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// `3 days 4 h`, `2 h 5 min`, `1 min`.
fn span(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    match (minutes / 60 / 24, minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1, hours, _) => format!("1 day {hours} h"),
        (days, hours, _) => format!("{days} days {hours} h"),
    }
}

pub(super) fn step(step: usize, steps: usize, pointer: &Pointer, direct: bool, prefix: &str) -> Vec<Block> {
    let mut blocks = vec![Block::text(format!("Step {} of {steps}:", step + 1)), Block::Pointers(vec![pointer.clone()])];
    if step + 1 < steps {
        blocks.push(Block::Text(vec![typed(Command::More, direct, prefix), Span::Plain(" shows the next.".to_owned())]));
    }
    blocks
}

pub(super) fn trail_ended(direct: bool, prefix: &str) -> Vec<Block> {
    vec![Block::Text(vec![
        Span::Plain("That was the last step. ".to_owned()),
        typed(Command::Start, direct, prefix),
        Span::Plain(" begins again.".to_owned()),
    ])]
}

/// What a newcomer is greeted with.
pub fn welcome(newcomer: &str, direct: bool, prefix: &str, pointers: &[Pointer]) -> Vec<Block> {
    let how = if direct { "Ask me anything about the project here." } else { "Ask me anything about the project:" };
    let mut spans = vec![Span::Plain(format!("Welcome, {}! {how}", shortened(newcomer)))];
    if !direct {
        spans.push(Span::Plain(" mention me, or begin with ".to_owned()));
        spans.push(Span::Code(prefix.to_owned()));
        spans.push(Span::Plain(".".to_owned()));
    }
    let mut blocks = vec![Block::Text(spans)];
    if !pointers.is_empty() {
        blocks.push(Block::text("Good places to start:"));
        blocks.push(Block::Pointers(pointers.to_vec()));
    }
    blocks
}

/// What is said after a reload or a return.
pub fn reloaded(outcome: &Reloaded) -> Vec<Block> {
    let mut blocks = vec![Block::text(lead(outcome))];
    let lists = [("added", &outcome.added), ("changed", &outcome.changed), ("removed", &outcome.removed)];
    let files = lists.iter().filter(|(_, files)| !files.is_empty());
    push_list(&mut blocks, files.map(|(what, files)| vec![Span::Plain(format!("{what}: {}", listed(files)))]).collect());
    let shown = outcome.problems.iter().take(MOST_LISTED).map(|problem| vec![Span::Code(problem.clone())]);
    let mut items: Vec<Vec<Span>> = shown.collect();
    if outcome.problems.len() > MOST_LISTED {
        items.push(vec![Span::Plain(format!("and {} more; `mynah check` lists them", outcome.problems.len() - MOST_LISTED))]);
    }
    push_list(&mut blocks, items);
    let lost = &outcome.golden.lost;
    if !lost.is_empty() {
        blocks.push(Block::text(match outcome.outcome {
            Outcome::Held(_) => "These golden questions would no longer be answered:",
            Outcome::Taken | Outcome::Returned | Outcome::Unchanged | Outcome::LeftAlone | Outcome::NothingEarlier => {
                "These golden questions are no longer answered:"
            }
        }));
        let mut items: Vec<Vec<Span>> = lost.iter().take(MOST_LISTED).map(lost_question).collect();
        if lost.len() > MOST_LISTED {
            items.push(vec![Span::Plain(format!("and {} more", lost.len() - MOST_LISTED))]);
        }
        push_list(&mut blocks, items);
    }
    blocks
}

fn lead(outcome: &Reloaded) -> String {
    let posts = format!("{} {}", outcome.posts, if outcome.posts == 1 { "post" } else { "posts" });
    let Reloaded { added, changed, removed, .. } = outcome;
    let counts = format!("{} added, {} changed, {} removed", added.len(), changed.len(), removed.len());
    match outcome.outcome {
        Outcome::Taken if outcome.forced => format!("Reloaded by force: {posts}; {counts}.{}", of_commit(outcome.state.as_ref())),
        Outcome::Taken => format!("Reloaded: {posts}; {counts}.{}", of_commit(outcome.state.as_ref())),
        Outcome::Returned => {
            let read = outcome.state.as_ref().map(|state| format!(" as read {}", moment(state.read_at()))).unwrap_or_default();
            let commit = of_commit(outcome.state.as_ref());
            format!(
                "Back to the posts{read}: {posts}; {counts}.{commit} Newer posts are not taken up until an admin says `reload`."
            )
        }
        Outcome::Held(Held::Wrong) => "Not reloaded: something is wrong with the posts. I go on with the old ones; \
                                       `reload force` takes what can be read."
            .to_owned(),
        Outcome::Held(Held::Unreadable) => "Not reloaded: the posts can't be read. I go on with the old ones.".to_owned(),
        Outcome::Held(Held::Away) => "Not reloaded: nothing new could be fetched. I go on with the old posts.".to_owned(),
        Outcome::Held(Held::Lost) => format!(
            "Not reloaded: {} of the {} golden questions that are answered now would be lost. I go on with the old posts; \
             `reload force` takes the new ones all the same.",
            outcome.golden.lost.len(),
            outcome.golden.answered
        ),
        Outcome::Unchanged => format!("Nothing has changed: {posts}."),
        Outcome::LeftAlone => "The posts stay as they are until an admin says `reload`.".to_owned(),
        Outcome::NothingEarlier => "There are no earlier posts to go back to. I go on with those I have.".to_owned(),
    }
}

fn of_commit(state: Option<&State>) -> String {
    let commits = state.map(|state| state.commits.as_slice()).unwrap_or_default();
    commits.iter().map(|commit| format!(" Commit {}, made {}.", commit.commit, moment(commit.at()))).collect()
}

/// A golden question that is lost, with the sentence that answered it.
fn lost_question(lost: &Lost) -> Vec<Span> {
    let Lost { question, sentence, place } = lost;
    vec![Span::Plain(format!("{} – {place}: “{}”", at_most(question, 120), at_most(sentence, 200)))]
}

fn at_most(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars { text.to_owned() } else { text.chars().take(chars).chain(['…']).collect() }
}

fn push_list(blocks: &mut Vec<Block>, items: Vec<Vec<Span>>) {
    if !items.is_empty() {
        blocks.push(Block::List(items));
    }
}

/// Files and problems named in one message.
const MOST_LISTED: usize = 10;

fn listed(files: &[String]) -> String {
    let mut names = files.iter().take(MOST_LISTED).cloned().collect::<Vec<_>>().join(", ");
    if files.len() > MOST_LISTED {
        names.push_str(&format!(" and {} more", files.len() - MOST_LISTED));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_many_questions_are_answered_at_a_time_is_told_in_words_where_it_is_a_small_number() {
        assert_eq!(too_many(3), "I answer three questions at a time: ask the others again.");
        assert_eq!(too_many(10), "I answer 10 questions at a time: ask the others again.");
    }
}
