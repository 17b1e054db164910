//! The conversation: (state, message) → what to say and do. Pure but for its own memory: time, posts and room are passed in.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::civil::Date;

use crate::answer::{Answer, Asked, Citation, Engine, Kind, MAX_CITATIONS, MAX_QUESTION_CHARS, Question, Verdict};
use crate::ids::{EventId, RoomId, UserId};
use crate::reload::Order;
use crate::render::{self, Block, Shape};

use super::addressing::{self, Addressed};
use super::command::{self, Command, Request};
use super::language::{self, Language};
use super::limits::{Allowed, Limits};
use super::memory::Memory;
use super::message::{Me, Message, Place};
use super::phrases::{self, Status};
use super::settings::{Keeping, Manners, Pattern, ReplyAs};
use super::several;
use super::speech::Speech;

/// What is known from conversation to conversation.
pub struct Chat {
    me: Me,
    prefix: String,
    admins: Vec<Pattern>,
    ignore: Vec<Pattern>,
    follow_up: Duration,
    limits: Limits,
    conversations: HashMap<Key, Conversation>,
    /// What each question was about, for those that reply to its answer, by the question's id.
    questions: HashMap<EventId, Remembered>,
}

/// What a question was about.
struct Remembered {
    /// When it was asked, since the bot's start.
    at: Duration,
    asker: UserId,
    memory: Memory,
}

/// One asker in one place: a room, or a thread in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    room: RoomId,
    thread: Option<EventId>,
    asker: UserId,
}

#[derive(Clone, Debug, Default)]
struct Conversation {
    /// The message spoken to last.
    last: EventId,
    /// When that was, since the bot's start.
    at: Duration,
    /// What the next question may follow up.
    memory: Memory,
    /// The same before the last message, for the case that it is edited.
    before: Memory,
    /// What `more` goes on with.
    topic: Topic,
    /// The same before the last message.
    topic_before: Topic,
    /// What was said to be polite since the last answer.
    polite: HashSet<Speech>,
}

impl Topic {
    /// Whether it is what a message asked.
    fn is_of(&self, message: &EventId) -> bool {
        matches!(self, Self::Answer { asked, .. } if asked.question.id == message.as_str())
    }
}

impl Conversation {
    /// An answer was given, of which these citations were quoted.
    fn answered(&mut self, asked: Asked, quoted: Vec<usize>) {
        self.polite.clear();
        let shown = asked.answer.citations().to_vec();
        self.topic = Topic::Answer { asked: Box::new(asked), quoted, shown };
    }
}

#[derive(Clone, Debug, Default)]
enum Topic {
    #[default]
    None,
    /// A question, with what was quoted so far, and which of its answer's citations, by their index.
    Answer { asked: Box<Asked>, quoted: Vec<usize>, shown: Vec<Citation> },
    /// The onboarding trail, with how many steps were shown.
    Trail(usize),
}

/// What the world is like while a message is read.
pub struct Scene<'a> {
    /// What answers.
    pub engine: &'a Engine,
    /// The room.
    pub place: &'a Place,
    /// Time since the bot's start.
    pub now: Duration,
    /// The day.
    pub today: Date,
    /// Whether a message counts towards the limits.
    pub counted: bool,
    /// Messages that wait behind this one.
    pub waiting: usize,
    /// How the bot is, for whoever asks.
    pub status: &'a dyn Fn() -> Status,
}

/// How many passages may be read closely for a question where others wait behind it; as many as it takes where none does.
fn most_read(waiting: usize) -> Option<usize> {
    (waiting > 0).then(|| (READ_WITH_OTHERS / (1 + waiting)).max(LEAST_READ))
}

/// Passages that a question and those that wait behind it share.
const READ_WITH_OTHERS: usize = 8;
/// Passages that are read however many wait: about 20 ms.
const LEAST_READ: usize = 2;

/// How much is shown of an answer that is not all of a message.
const BRIEF: Shape = Shape { citations: 1, length: 250 };

/// What a reply does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// It answers a question, be it that the posts don't say.
    Answer,
    /// It is a line without a quotation.
    Brief,
    /// It does what a command says.
    Command,
}

/// What is to be done about what is kept of questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// All of the sender's are to be deleted.
    ForgetMe,
    /// The digest is to be said in the place of the reply's words.
    Digest,
    /// The sender is to be given a link to the page of what is kept.
    Login,
}

/// What is said to a message. Neither its words nor the question's are in its debug output.
#[derive(Clone, derive_more::Debug)]
pub struct Reply {
    /// What it does.
    pub act: Act,
    /// The words.
    #[debug(skip)]
    pub blocks: Vec<Block>,
    /// Whether they are a remark by the way (`m.notice`), whatever the room's settings.
    pub remark: bool,
    /// What is to be done with the posts; the reply is then edited to what came of it.
    pub order: Option<Order>,
    /// The question whose answer is said not to help.
    #[debug(skip)]
    pub against: Option<EventId>,
    /// What is to be done about what is kept of questions.
    pub deed: Option<Deed>,
    /// What was asked and answered, where questions are kept.
    #[debug(skip)]
    pub asked: Vec<Asked>,
    /// What was found for its questions, in figures.
    pub findings: Vec<Finding>,
}

/// What was found for a question, in figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was said to it.
    pub verdict: Verdict,
    /// How long passages were read for it; zero where none were.
    pub reading: Duration,
}

impl Finding {
    fn of(asked: &Asked) -> Self {
        Self { verdict: asked.answer.verdict(), reading: asked.trace.reading }
    }
}

impl Reply {
    fn new(act: Act, blocks: Vec<Block>) -> Self {
        Self { act, blocks, remark: false, order: None, against: None, deed: None, asked: Vec::new(), findings: Vec::new() }
    }

    /// What a command has to say.
    pub fn say(blocks: Vec<Block>) -> Option<Self> {
        Some(Self::new(Act::Command, blocks))
    }

    fn brief(blocks: Vec<Block>) -> Option<Self> {
        Some(Self::new(Act::Brief, blocks))
    }

    fn remark(words: impl Into<String>) -> Option<Self> {
        Some(Self { remark: true, ..Self::new(Act::Brief, vec![Block::text(words)]) })
    }
}

/// Conversations kept at once, and as many questions that may be replied to; the oldest go first.
const MAX_CONVERSATIONS: usize = 10_000;

impl Chat {
    /// A bot of this account that has not spoken yet.
    pub fn new(manners: Manners) -> Self {
        let Manners { user_id, display_name, prefix, admins, ignore, follow_up, rates } = manners;
        Self {
            me: Me { user_id, display_name },
            prefix,
            admins,
            ignore,
            follow_up,
            limits: Limits::new(&rates),
            conversations: HashMap::new(),
            questions: HashMap::new(),
        }
    }

    /// The account, with the name that it shows.
    pub fn me(&self) -> &Me {
        &self.me
    }

    /// Whether a message is meant for the bot and may be answered.
    pub fn concerns(&self, message: &Message, place: &Place) -> bool {
        self.listens_to(&message.sender) && self.addressed(message, place).is_some()
    }

    /// Whether a sender is answered at all: not the bot itself, and nobody who is ignored.
    pub fn listens_to(&self, sender: &UserId) -> bool {
        *sender != self.me.user_id && !self.ignore.iter().any(|pattern| pattern.matches(sender))
    }

    fn addressed(&self, message: &Message, place: &Place) -> Option<Addressed> {
        addressing::addressed(message, place, &self.me, &self.prefix)
    }

    /// Whether a user is an admin in a room.
    pub fn is_admin(&self, user: &UserId, place: &Place) -> bool {
        let by_power = place.settings.admin_power_level.is_some_and(|level| place.power_level >= level);
        by_power || self.is_named_admin(user)
    }

    fn is_named_admin(&self, user: &UserId) -> bool {
        self.admins.iter().any(|pattern| pattern.matches(user))
    }

    /// Reads a message: what is said to it, if it is meant for the bot.
    pub fn hear(&mut self, message: &Message, scene: &Scene<'_>) -> Option<Reply> {
        if !self.listens_to(&message.sender) {
            return None;
        }
        let addressed = self.addressed(message, scene.place)?;
        let allowed = if scene.counted { self.limits.count(&message.room, &message.sender, scene.now) } else { Allowed::Yes };
        match allowed {
            Allowed::Yes => {}
            Allowed::No => return Reply::remark(phrases::SLOWER),
            Allowed::Silently => return None,
        }
        let mut conversation = self.take(message, scene);
        conversation.before = conversation.memory.clone();
        conversation.topic_before = conversation.topic.clone();
        let reply = self.respond(message, &addressed, &mut conversation, scene);
        if reply.as_ref().is_some_and(|reply| reply.deed == Some(Deed::ForgetMe)) {
            self.forget_asker(&message.sender);
        } else {
            self.keep(message, conversation, scene);
        }
        reply
    }

    /// Reads an answered message again after an edit: what is to be said instead. Orders are not carried out again. Where the
    /// conversation has gone on since, it stays as it is.
    pub fn hear_again(&mut self, message: &Message, scene: &Scene<'_>) -> Option<Reply> {
        if self.limits.count(&message.room, &message.sender, scene.now) != Allowed::Yes {
            return None;
        }
        let addressed = addressing::without_address(message, &self.me, &self.prefix);
        let spoken_last = |conversation: &&Conversation| conversation.last == message.id;
        let mut conversation = self.conversations.values().find(spoken_last).cloned().unwrap_or_default();
        conversation.memory = conversation.before.clone();
        conversation.topic = conversation.topic_before.clone();
        let reply = self
            .respond(message, &addressed, &mut conversation, scene)
            .filter(|reply| reply.order.is_none() && reply.deed.is_none());
        for kept in self.conversations.values_mut().filter(|kept| kept.last == message.id) {
            kept.clone_from(&conversation);
        }
        if let Some(remembered) = self.questions.get_mut(&message.id) {
            remembered.memory = conversation.memory;
        }
        reply
    }

    /// The answer to a message, if one was given and the conversation has not gone on.
    pub fn answer_to(&self, message: &EventId) -> Option<&Answer> {
        let conversation = self.conversations.values().find(|conversation| conversation.last == *message)?;
        match &conversation.topic {
            Topic::Answer { asked, .. } => Some(&asked.answer),
            Topic::None | Topic::Trail(_) => None,
        }
    }

    /// Forgets a message and what was said to it, also where the conversation has gone on since.
    pub fn forget(&mut self, message: &EventId) {
        self.conversations.retain(|_, c| c.last != *message && !c.topic.is_of(message) && !c.topic_before.is_of(message));
        self.questions.remove(message);
    }

    /// Forgets all that somebody asked, and what was said to it.
    fn forget_asker(&mut self, asker: &UserId) {
        self.conversations.retain(|key, _| key.asker != *asker);
        self.questions.retain(|_, remembered| remembered.asker != *asker);
    }

    /// The conversation that a message goes on with, unless it is too long ago. In a thread that began with an answer to the
    /// asker, the room's is gone on with. What a reply to an answer leans on is that answer's question; and what a message in a
    /// thread does, in which its sender has asked nothing yet, is the question that was asked there last.
    fn take(&self, message: &Message, scene: &Scene<'_>) -> Conversation {
        let in_room = || message.own_thread.then(|| Key { thread: None, ..key(message) });
        let recent =
            |key: &Key| self.conversations.get(key).filter(|c| scene.now.saturating_sub(c.at) <= self.follow_up).cloned();
        let own = recent(&key(message)).or_else(|| recent(&in_room()?));
        let spoken = own.is_some();
        let mut conversation = own.unwrap_or_default();
        let replied = message.on_answer_to.as_ref().filter(|_| message.replies_to_me || !spoken);
        let replied = replied.and_then(|question| self.questions.get(question)).map(|remembered| remembered.memory.clone());
        let in_thread = || if spoken { None } else { self.last_in_thread(message, scene) };
        if let Some(memory) = replied.or_else(in_thread) {
            conversation.memory = memory;
        }
        conversation
    }

    /// What was asked last in a message's thread, by anybody: all that are in it have it before them.
    fn last_in_thread(&self, message: &Message, scene: &Scene<'_>) -> Option<Memory> {
        let thread = message.thread.as_ref()?;
        let there = self.conversations.iter().filter(|(key, c)| {
            key.room == message.room && key.thread.as_ref() == Some(thread) && scene.now.saturating_sub(c.at) <= self.follow_up
        });
        there.max_by_key(|(_, c)| c.at).map(|(_, c)| c.memory.clone())
    }

    fn keep(&mut self, message: &Message, conversation: Conversation, scene: &Scene<'_>) {
        let conversation = Conversation { last: message.id.clone(), at: scene.now, ..conversation };
        let begins_thread = scene.place.settings.reply == Some(ReplyAs::Thread) && message.thread.is_none();
        if begins_thread {
            let thread = Key { thread: Some(message.id.clone()), ..key(message) };
            self.conversations.insert(thread, conversation.clone());
        }
        let memory = conversation.memory.clone();
        self.questions.insert(message.id.clone(), Remembered { at: scene.now, asker: message.sender.clone(), memory });
        self.conversations.insert(key(message), conversation);
        if self.conversations.len() > MAX_CONVERSATIONS || self.questions.len() > MAX_CONVERSATIONS {
            self.tidy(scene.now);
        }
    }

    /// Drops what is too old to be followed up, and of the rest the older half where there is too much of it.
    fn tidy(&mut self, now: Duration) {
        self.limits.tidy();
        self.conversations.retain(|_, c| now.saturating_sub(c.at) <= self.follow_up);
        if self.conversations.len() > MAX_CONVERSATIONS / 2 {
            let mut times: Vec<Duration> = self.conversations.values().map(|c| c.at).collect();
            times.sort_unstable();
            let middle = times[times.len() / 2];
            self.conversations.retain(|_, c| c.at >= middle);
        }
        if self.questions.len() > MAX_CONVERSATIONS {
            let mut times: Vec<Duration> = self.questions.values().map(|remembered| remembered.at).collect();
            times.sort_unstable();
            let middle = times[times.len() / 2];
            self.questions.retain(|_, remembered| remembered.at > middle);
        }
    }

    fn respond(
        &self,
        message: &Message,
        addressed: &Addressed,
        conversation: &mut Conversation,
        scene: &Scene<'_>,
    ) -> Option<Reply> {
        if addressed.text.chars().count() > MAX_QUESTION_CHARS {
            return Reply::remark(phrases::too_long(MAX_QUESTION_CHARS));
        }
        let request = command::read(&addressed.text);
        let polite = addressed.speech.is_courtesy() || addressed.speech == Speech::Remark;
        if let Request::Question(text) = &request
            && let Some(language) = language::other_than_english(text, |word| scene.engine.holds(word)).filter(|_| !polite)
        {
            return self.in_other_language(text, language, message, conversation, scene);
        }
        match request {
            // `why?` after an answer asks on; `why` is the command.
            Request::Command(Command::Why) if !addressed.prefixed && asks_on(&addressed.text, conversation) => {
                self.answer(&addressed.text, message, addressed, conversation, scene)
            }
            Request::Command(command) => self.carry_out(command, message, conversation, scene),
            Request::Nothing => {
                Reply::brief(phrases::introduction(&self.me, scene.place.direct, &self.prefix, scene.place.keeping))
            }
            _ if !addressed.prefixed && self.is_polite(addressed, scene) => self.politely(addressed.speech, conversation, scene),
            // A word that the posts hold is a question of one word, unless it stands where a command would.
            Request::Misspelt(command, typed) if addressed.prefixed || !scene.engine.holds(&typed) => {
                Reply::say(phrases::unknown_command(&typed, command, scene.place.direct, &self.prefix))
            }
            Request::Misspelt(_, text) | Request::Question(text) => self.answer(&text, message, addressed, conversation, scene),
        }
    }

    /// Whether a message calls for no more than a line. What is told to it with the command's prefix is meant as a question.
    fn is_polite(&self, addressed: &Addressed, scene: &Scene<'_>) -> bool {
        match addressed.speech {
            Speech::Statement => scene.place.direct,
            speech => speech == Speech::Remark || speech.is_courtesy(),
        }
    }

    /// A line to a word of courtesy: in a room to each once between two answers, in a direct message always.
    fn politely(&self, speech: Speech, conversation: &mut Conversation, scene: &Scene<'_>) -> Option<Reply> {
        let first = conversation.polite.insert(speech);
        if !first && !scene.place.direct {
            return None;
        }
        if speech != Speech::Complaint {
            return Reply::brief(vec![Block::text(phrases::courtesy(speech))]);
        }
        let (against, places) = match &conversation.topic {
            // In a conversation, a question goes by the id of its message.
            Topic::Answer { asked, .. } => (Some(asked.question.id.as_str().into()), asked.answer.pointers().to_vec()),
            Topic::None | Topic::Trail(_) => (None, Vec::new()),
        };
        let places = if places.is_empty() { scene.engine.pointers().iter().take(1).cloned().collect() } else { places };
        let words = phrases::complaint(against.is_some(), &places, scene.place.direct, &self.prefix);
        Some(Reply { against, ..Reply::new(Act::Brief, words) })
    }

    fn carry_out(
        &self,
        command: Command,
        message: &Message,
        conversation: &mut Conversation,
        scene: &Scene<'_>,
    ) -> Option<Reply> {
        let admin = self.is_admin(&message.sender, scene.place);
        // Who has power in one room is not told of others.
        let of_all_rooms = matches!(command, Command::Insight | Command::Login);
        let may = if of_all_rooms { self.is_named_admin(&message.sender) } else { admin };
        if command.needs_admin() && !may {
            tracing::info!(
                command = command.name(),
                sender = message.sender.as_str(),
                room = message.room.as_str(),
                "refused: not an admin"
            );
            let words = vec![Block::text(phrases::not_allowed(command))];
            return Some(Reply { remark: true, ..Reply::new(Act::Command, words) });
        }
        match command {
            Command::Help => Reply::say(phrases::help(scene.place.direct, &self.prefix, admin, scene.place.keeping)),
            Command::More => self.more(conversation, scene),
            Command::Why => match &conversation.topic {
                Topic::Answer { asked, .. } => Reply::say(render::why(&scene.engine.explain(asked))),
                Topic::None | Topic::Trail(_) => Reply::say(vec![Block::text(phrases::NOTHING_ASKED)]),
            },
            Command::Start => self.trail(conversation, scene),
            Command::Sources if scene.place.direct => Reply::say(phrases::sources(scene.engine)),
            Command::Sources => Reply::say(phrases::sources_in_short(scene.engine)),
            Command::Status => Reply::say(phrases::status(&(scene.status)(), scene.engine, admin, scene.place.direct)),
            Command::Reload => ordered(command, Order::Reload, message),
            Command::Force => ordered(command, Order::Force, message),
            Command::Rollback => ordered(command, Order::Rollback, message),
            Command::ForgetMe => {
                let words = vec![Block::text(phrases::forgotten(scene.place.keeping))];
                Some(Reply { deed: Some(Deed::ForgetMe), ..Reply::new(Act::Command, words) })
            }
            Command::Insight if scene.place.keeping == Keeping::Untold => Reply::say(vec![Block::text(phrases::NOTHING_KEPT)]),
            Command::Insight if scene.place.direct || scene.place.desk => {
                Some(Reply { deed: Some(Deed::Digest), ..Reply::new(Act::Command, Vec::new()) })
            }
            Command::Insight => Reply::say(vec![Block::text(phrases::NOT_HERE)]),
            Command::Login if scene.place.keeping == Keeping::Untold => {
                Reply::say(vec![Block::text(phrases::no_link(phrases::NoLink::NoPage))])
            }
            Command::Login => Some(Reply { deed: Some(Deed::Login), ..Reply::new(Act::Command, Vec::new()) }),
        }
    }

    /// Answers a question; where a message asks several, each in brief.
    fn answer(
        &self,
        text: &str,
        message: &Message,
        addressed: &Addressed,
        conversation: &mut Conversation,
        scene: &Scene<'_>,
    ) -> Option<Reply> {
        let questions = several::questions(text);
        let [text] = questions.as_slice() else { return self.answer_each(&questions, message, conversation, scene) };
        let asked = self.asked(text, 1, message, conversation, scene);
        let answer = &asked.answer;
        let one_word = !text.trim().contains(char::is_whitespace);
        if addressed.prefixed && one_word && answer.verdict() == Verdict::NotInPosts && !answer.kind.is_small_talk() {
            return Reply::say(phrases::unknown_command(text, command::nearest(text), scene.place.direct, &self.prefix));
        }
        conversation.memory.remember(&asked);
        let mut blocks = first_words(message);
        if answer.kind.is_small_talk() {
            blocks.extend(if answer.kind == Kind::AboutBot { phrases::about_me(&self.me) } else { render::layout(answer) });
            return Reply::brief(blocks);
        }
        let quoted = match self.shape(scene.place) {
            None => {
                blocks.extend(render::layout(answer));
                (0..answer.citations().len()).collect()
            }
            Some(shape) => {
                let more = phrases::to_type(Command::More, scene.place.direct, &self.prefix);
                blocks.extend(render::short(answer, shape, Some(&more)));
                render::quoted_first(answer, shape)
            }
        };
        let kept = kept(scene.place, std::slice::from_ref(&asked));
        let findings = vec![Finding::of(&asked)];
        conversation.answered(asked, quoted);
        Some(Reply { asked: kept, findings, ..Reply::new(Act::Answer, blocks) })
    }

    /// Several questions of one message, each after itself and in brief. `more` and `why` go on with the first, the next question
    /// with the last.
    fn answer_each(
        &self,
        questions: &[&str],
        message: &Message,
        conversation: &mut Conversation,
        scene: &Scene<'_>,
    ) -> Option<Reply> {
        let mut blocks = first_words(message);
        let (mut first, mut all, mut findings) = (None, Vec::new(), Vec::new());
        for text in questions.iter().take(several::MOST_QUESTIONS) {
            let asked = self.asked(text, questions.len(), message, conversation, scene);
            conversation.memory.remember(&asked);
            blocks.push(Block::text(phrases::said_again(text)));
            blocks.extend(render::short(&asked.answer, BRIEF, None));
            let quoted = render::quoted_first(&asked.answer, BRIEF);
            all.extend(kept(scene.place, std::slice::from_ref(&asked)));
            findings.push(Finding::of(&asked));
            first.get_or_insert((asked, quoted));
        }
        if let Some((asked, quoted)) = first {
            conversation.answered(asked, quoted);
        }
        if questions.len() > several::MOST_QUESTIONS {
            blocks.push(Block::text(phrases::too_many(several::MOST_QUESTIONS)));
        }
        Some(Reply { asked: all, findings, ..Reply::new(Act::Answer, blocks) })
    }

    /// To a question in another language: that the posts are in English, and what they hold about the names in it.
    fn in_other_language(
        &self,
        text: &str,
        language: &Language,
        message: &Message,
        conversation: &mut Conversation,
        scene: &Scene<'_>,
    ) -> Option<Reply> {
        let mut blocks = first_words(message);
        blocks.push(Block::text(language.line()));
        let names = language.names(text, |word| scene.engine.holds(word));
        let asked = (!names.is_empty()).then(|| self.asked(&names.join(" "), 1, message, &Conversation::default(), scene));
        let Some(asked) = asked.filter(|asked| !asked.answer.citations().is_empty()) else { return Reply::brief(blocks) };
        conversation.memory.remember(&asked);
        let more = phrases::to_type(Command::More, scene.place.direct, &self.prefix);
        blocks.push(Block::text(language.found(&names)));
        // What is said first of an answer is said in that language.
        let told = render::short(&asked.answer, BRIEF, Some(&more)).into_iter();
        blocks.extend(told.skip_while(|block| matches!(block, Block::Text(_))));
        let quoted = render::quoted_first(&asked.answer, BRIEF);
        let findings = vec![Finding::of(&asked)];
        conversation.answered(asked, quoted);
        Some(Reply { findings, ..Reply::new(Act::Answer, blocks) })
    }

    /// Asks one of `number` questions of a message.
    fn asked(&self, text: &str, number: usize, message: &Message, conversation: &Conversation, scene: &Scene<'_>) -> Asked {
        scene.engine.asked(Question {
            id: message.id.to_string(),
            text: text.to_owned(),
            previous: conversation.memory.previous(),
            post: conversation.memory.post(),
            asked_on: Some(scene.today),
            most_read: most_read(scene.waiting + number - 1),
        })
    }

    /// How short answers are in a place; none where they may be as long as in a terminal.
    fn shape(&self, place: &Place) -> Option<Shape> {
        let settings = &place.settings;
        if place.direct && settings.citations.is_none() && settings.length.is_none() {
            return None;
        }
        let usual =
            Shape { citations: if place.direct { MAX_CITATIONS } else { Shape::default().citations }, ..Shape::default() };
        Some(Shape { citations: settings.citations.unwrap_or(usual.citations), length: settings.length.unwrap_or(usual.length) })
    }

    /// The next passages, numbered on; or the next step of the trail.
    fn more(&self, conversation: &mut Conversation, scene: &Scene<'_>) -> Option<Reply> {
        match &mut conversation.topic {
            Topic::None => Reply::say(vec![Block::text(phrases::NOTHING_ASKED)]),
            Topic::Trail(shown) if *shown >= scene.engine.pointers().iter().count() => {
                Reply::say(phrases::trail_ended(scene.place.direct, &self.prefix))
            }
            Topic::Trail(_) => self.trail(conversation, scene),
            Topic::Answer { asked, quoted, shown } => {
                let shape = self.shape(scene.place);
                let first = shown.len() + 1;
                let rest: Vec<(usize, Citation)> = (0..asked.answer.citations().len())
                    .filter(|at| !quoted.contains(at))
                    .map(|at| (at + 1, asked.answer.citations()[at].clone()))
                    .collect();
                let next = if rest.is_empty() { (first..).zip(scene.engine.further(asked, shown)).collect() } else { rest };
                if next.is_empty() {
                    return Reply::say(vec![Block::text(phrases::NO_MORE)]);
                }
                quoted.extend(next.iter().map(|(number, _)| number - 1));
                shown.extend(next.iter().filter(|(number, _)| *number >= first).map(|(_, citation)| citation.clone()));
                let quote = |(number, citation): &(usize, Citation)| match shape {
                    Some(shape) => vec![render::quote(*number, citation, shape.length)],
                    None => render::quotes(*number, std::slice::from_ref(citation)),
                };
                Reply::say(next.iter().flat_map(quote).collect())
            }
        }
    }

    /// One pointer of the onboarding trail; after the last one it begins anew.
    fn trail(&self, conversation: &mut Conversation, scene: &Scene<'_>) -> Option<Reply> {
        let pointers: Vec<_> = scene.engine.pointers().iter().collect();
        let step = match conversation.topic {
            Topic::Trail(shown) if shown < pointers.len() => shown,
            Topic::Trail(_) | Topic::None | Topic::Answer { .. } => 0,
        };
        let Some(pointer) = pointers.get(step) else {
            return Reply::say(vec![Block::text(phrases::NO_TRAIL)]);
        };
        conversation.topic = Topic::Trail(step + 1);
        Reply::say(phrases::step(step, pointers.len(), pointer, scene.place.direct, &self.prefix))
    }
}

/// What was asked, where questions are kept.
fn kept(place: &Place, asked: &[Asked]) -> Vec<Asked> {
    if place.keeping.is_on() { asked.to_vec() } else { Vec::new() }
}

/// What is said until it is done.
fn ordered(command: Command, order: Order, message: &Message) -> Option<Reply> {
    tracing::info!(command = command.name(), sender = message.sender.as_str(), room = message.room.as_str(), "an admin's order");
    let words = if order == Order::Rollback { phrases::RETURNING } else { phrases::RELOADING };
    Some(Reply { order: Some(order), ..Reply::new(Act::Command, vec![Block::text(words)]) })
}

/// What stands before an answer that comes late.
fn first_words(message: &Message) -> Vec<Block> {
    message.while_away.then(|| Block::text(phrases::WHILE_AWAY)).into_iter().collect()
}

fn asks_on(text: &str, conversation: &Conversation) -> bool {
    text.contains('?') && conversation.memory.previous().is_some()
}

fn key(message: &Message) -> Key {
    Key { room: message.room.clone(), thread: message.thread.clone(), asker: message.sender.clone() }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use jiff::civil::date;

    use super::*;
    use crate::answer::Pointers;
    use crate::chat::{Rates, RoomSettings};
    use crate::corpus::Corpus;
    use crate::search::Families;

    static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
        let post =
            |title: &str, day: &str, body: &str| format!("---\ntitle: {title}\nauthor: Ada Crumb\ndate: {day}\n---\n\n{body}\n");
        let files = [
            ("oven.md", post("The oven", "2020-01-02", "The oven is heated with beech.\n\nThe oven was bought in Ghent.")),
            ("heat.md", post("Heat", "2021-01-02", "An oven heated with beech smells good.")),
            ("mill.md", post("The mill", "2021-05-06", "The mill stands by the river.")),
            ("more.md", post("Ovens", "2022-01-02", "The oven is old.\n\nWe love the oven.")),
        ];
        let pointers = r#"
            [[pointer]]
            label = "Chat"
            url = "https://bakery.example/chat"
            words = ["chat room"]
            anything = true
            [[pointer]]
            label = "List"
            url = "https://bakery.example/list"
            words = ["mailing list"]
        "#;
        let files = files.iter().map(|(name, text)| (*name, text.as_bytes()));
        let corpus = Corpus::from_files(files, "https://bakery.example/{slug}/", &mut Vec::new());
        Engine::new(corpus, Families::default(), Pointers::parse(pointers, "test").unwrap()).unwrap()
    });

    const BOT: &str = "@mynah:example.org";
    const ANN: &str = "@ann:example.org";
    const BOB: &str = "@bob:example.org";
    const HEATED: &str = "what is the oven heated with?";

    /// A place with the bot in it, and the time there.
    struct Room {
        chat: Chat,
        place: Place,
        now: Duration,
        counted: bool,
        waiting: usize,
        messages: usize,
    }

    impl Room {
        /// A room of several people.
        fn new() -> Self {
            let manners = Manners {
                user_id: BOT.into(),
                display_name: None,
                prefix: "!mynah".to_owned(),
                admins: vec![Pattern::try_from("@root:example.org".to_owned()).unwrap()],
                ignore: vec![Pattern::try_from("@spam:*".to_owned()).unwrap()],
                follow_up: Duration::from_secs(15 * 60),
                rates: Rates { per_asker: 2, per_room: 60 },
            };
            let place = Place::default();
            Self { chat: Chat::new(manners), place, now: Duration::ZERO, counted: false, waiting: 0, messages: 0 }
        }

        /// A direct message.
        fn direct() -> Self {
            Self { place: Place { direct: true, ..Place::default() }, ..Self::new() }
        }

        fn with(settings: RoomSettings) -> Self {
            Self { place: Place { settings, ..Place::default() }, ..Self::new() }
        }

        /// A message of Ann's that is to the bot.
        fn message(&mut self, body: &str) -> Message {
            self.messages += 1;
            let (id, room) = (format!("${}", self.messages).into(), "!bakery".into());
            Message { id, room, sender: ANN.into(), body: body.to_owned(), meant_for_me: true, ..Message::default() }
        }

        fn heard(&mut self, act: impl FnOnce(&mut Chat, &Scene<'_>) -> Option<Reply>) -> Option<Reply> {
            let scene = Scene {
                engine: &ENGINE,
                place: &self.place,
                now: self.now,
                today: date(2022, 6, 1),
                counted: self.counted,
                waiting: self.waiting,
                status: &Status::default,
            };
            act(&mut self.chat, &scene)
        }

        fn hear(&mut self, message: &Message) -> Option<Reply> {
            self.heard(|chat, scene| chat.hear(message, scene))
        }

        /// What Ann is told.
        fn say(&mut self, body: &str) -> String {
            let message = self.message(body);
            words(self.hear(&message))
        }

        fn edit(&mut self, message: &Message, body: &str) -> String {
            let edited = Message { body: body.to_owned(), ..message.clone() };
            words(self.heard(|chat, scene| chat.hear_again(&edited, scene)))
        }
    }

    fn words(reply: Option<Reply>) -> String {
        reply.map_or_else(|| "(nothing)".to_owned(), |reply| render::plain_blocks(&reply.blocks))
    }

    /// Whether what is said quotes the beginning of the first post.
    fn quotes_beech(said: &str) -> bool {
        said.contains("heated with beech")
    }

    #[test]
    fn what_is_meant_for_the_bot_is_answered_and_nothing_else() {
        let room = Room::new();
        let table = [
            ("mynah: what is it?", ANN, true),
            ("!mynah what is it?", ANN, true),
            ("what is it?", ANN, false),
            ("mynah: what is it?", BOT, false),
            ("mynah: what is it?", "@spam:elsewhere.example", false),
        ];
        for (body, sender, is_meant) in table {
            let message = Message { sender: sender.into(), body: body.to_owned(), ..Message::default() };
            assert_eq!(room.chat.concerns(&message, &room.place), is_meant, "{sender}: {body}");
            assert_eq!(Room::new().hear(&message).is_some(), is_meant, "{sender}: {body}");
        }
    }

    #[test]
    fn a_question_gets_an_answer_with_its_quotation() {
        let mut room = Room::new();
        let message = room.message(HEATED);
        let reply = room.hear(&message).unwrap();
        assert_eq!((reply.act, reply.remark, &reply.order), (Act::Answer, false, &None));
        assert!(quotes_beech(&words(Some(reply))));
        assert_eq!(room.chat.answer_to(&"$1".into()).map(|answer| answer.question.as_str()), Some(HEATED));
        let late = Message { while_away: true, ..room.message(HEATED) };
        assert!(words(room.hear(&late)).starts_with(phrases::WHILE_AWAY));
    }

    #[test]
    fn a_follow_up_is_read_with_the_question_before_by_the_same_person_in_the_same_place_for_a_while() {
        let follow_up = |change: &dyn Fn(&mut Room, Message) -> Message| {
            let mut room = Room::new();
            room.say(HEATED);
            let message = room.message("and where was it bought?");
            let message = change(&mut room, message);
            words(room.hear(&message)).contains("About")
        };
        assert!(follow_up(&|_, message| message));
        assert!(!follow_up(&|_, message| Message { sender: BOB.into(), ..message }));
        assert!(!follow_up(&|_, message| Message { room: "!mill".into(), ..message }));
        assert!(!follow_up(&|_, message| Message { thread: Some("$other".into()), ..message }));
        // In a thread that began with the answer, the room's conversation goes on.
        assert!(follow_up(&|_, message| Message { thread: Some("$1".into()), own_thread: true, ..message }));
        // Whoever replies to an answer goes on from its question.
        let reply = |message| Message { on_answer_to: Some("$1".into()), replies_to_me: true, ..message };
        assert!(follow_up(&|_, message| Message { sender: BOB.into(), ..reply(message) }));
        let later = |room: &mut Room, minutes: u64| room.now = Duration::from_secs(minutes * 60);
        assert!(follow_up(&|room, message| {
            later(room, 15);
            message
        }));
        assert!(!follow_up(&|room, message| {
            later(room, 16);
            message
        }));
    }

    #[test]
    fn in_a_thread_whoever_joins_has_the_last_question_there_before_them() {
        let mut room = Room::new();
        let in_thread =
            |message: Message, sender: &str| Message { thread: Some("$root".into()), sender: sender.into(), ..message };
        let asked = in_thread(room.message(HEATED), ANN);
        room.hear(&asked);
        let joins = in_thread(room.message("and where was it bought?"), BOB);
        assert!(words(room.hear(&joins)).contains("About"));
    }

    #[test]
    fn more_goes_on_where_the_answer_ended_until_nothing_is_left() {
        let mut room = Room::direct();
        assert_eq!(room.say("more"), phrases::NOTHING_ASKED);
        let first = room.say("is the oven heated with beech?");
        let second = room.say("more");
        assert!(quotes_beech(&first) && !second.is_empty() && second != first, "{first}\n{second}");
        let said: Vec<String> = (0..5).map(|_| room.say("more")).collect();
        assert_eq!(said.last().map(String::as_str), Some(phrases::NO_MORE));
        assert!(!said.contains(&second), "nothing comes twice");
    }

    #[test]
    fn start_shows_one_place_after_the_other_and_more_goes_on_there() {
        let mut room = Room::direct();
        assert!(room.say("start").contains("https://bakery.example/chat"));
        assert!(room.say("more").contains("https://bakery.example/list"));
        let ended = room.say("more");
        assert!(!ended.contains("https://"), "{ended}");
        assert!(room.say("start").contains("https://bakery.example/chat"), "it begins anew");
    }

    #[test]
    fn why_tells_of_the_last_answer_and_with_a_question_mark_asks_on() {
        let mut room = Room::direct();
        assert_eq!(room.say("why"), phrases::NOTHING_ASKED);
        room.say(HEATED);
        let told = room.say("why");
        assert!(told.contains("oven"), "{told}");
        assert_ne!(room.say("why?"), told);
    }

    const MONTH: Keeping = Keeping::For(Duration::from_secs(30 * 24 * 3600));

    #[test]
    fn what_is_asked_is_handed_on_where_it_is_kept_and_nowhere_else() {
        for (keeping, body, expected) in [
            (MONTH, HEATED, &[HEATED][..]),
            (MONTH, "where does the mill stand? what is the oven heated with?", &["where does the mill stand?", HEATED]),
            (MONTH, "thanks!", &[]),
            (MONTH, "help", &[]),
            (Keeping::Not, HEATED, &[]),
            (Keeping::Untold, HEATED, &[]),
        ] {
            let mut room = Room::new();
            room.place.keeping = keeping;
            let message = room.message(body);
            let reply = room.hear(&message).unwrap();
            let asked: Vec<&str> = reply.asked.iter().map(|asked| asked.question.text.as_str()).collect();
            assert_eq!(asked, expected, "{keeping:?} {body}");
        }
    }

    #[test]
    fn whether_questions_are_kept_is_said_in_the_introduction_and_by_help() {
        for (keeping, says) in [(MONTH, "keep for 30 days, without who asked; `!mynah forget me`"), (Keeping::Not, "don't keep")]
        {
            let mut room = Room::new();
            room.place.keeping = keeping;
            for body in ["help", ""] {
                let said = room.say(body);
                assert!(said.contains(says), "{said}");
            }
        }
        assert!(!Room::new().say("help").contains("asked here"), "where there is no room");
    }

    #[test]
    fn forget_me_forgets_what_was_asked_and_is_to_be_done_about_what_is_kept() {
        let mut room = Room::direct();
        room.say(HEATED);
        let message = room.message("forget me");
        let reply = room.hear(&message).unwrap();
        assert_eq!((reply.act, reply.deed), (Act::Command, Some(Deed::ForgetMe)));
        assert_eq!(room.say("more"), phrases::NOTHING_ASKED);
        let again = room.edit(&message, "forget me");
        assert_eq!(again, "(nothing)", "not again by an edit");
    }

    #[test]
    fn the_digest_is_for_admins_that_the_config_names_where_not_everybody_reads_it() {
        let admins = RoomSettings { admin_power_level: Some(50), ..RoomSettings::default() };
        for (sender, direct, desk, expected) in [
            (ANN, true, false, None),
            (ANN, false, true, None),
            ("@root:example.org", true, false, Some(Deed::Digest)),
            ("@root:example.org", false, true, Some(Deed::Digest)),
            ("@root:example.org", false, false, None),
        ] {
            let mut room = Room::with(admins.clone());
            room.place = Place { direct, desk, keeping: Keeping::Not, power_level: 100, ..room.place };
            let message = Message { sender: sender.into(), ..room.message("insight") };
            assert_eq!(room.hear(&message).unwrap().deed, expected, "{sender} {direct} {desk}");
        }
    }

    #[test]
    fn a_link_to_log_in_is_for_admins_that_the_config_names_wherever_they_ask_for_it() {
        let admins = RoomSettings { admin_power_level: Some(50), ..RoomSettings::default() };
        for (sender, direct, expected) in [
            (ANN, true, None),
            (ANN, false, None),
            ("@root:example.org", true, Some(Deed::Login)),
            ("@root:example.org", false, Some(Deed::Login)),
        ] {
            let mut room = Room::with(admins.clone());
            room.place = Place { direct, keeping: Keeping::Not, power_level: 100, ..room.place };
            let message = Message { sender: sender.into(), ..room.message("!mynah login") };
            assert_eq!(room.hear(&message).unwrap().deed, expected, "{sender} {direct}");
            let again = room.edit(&message, "!mynah login");
            assert_eq!(again == "(nothing)", expected.is_some(), "not again by an edit");
        }
    }

    #[test]
    fn orders_are_taken_from_admins_alone_and_not_again_by_an_edit() {
        let admins = RoomSettings { admin_power_level: Some(50), ..RoomSettings::default() };
        let table = [
            (ANN, 0, "reload", None),
            (ANN, 49, "rollback", None),
            (ANN, 50, "reload", Some(Order::Reload)),
            ("@root:example.org", 0, "reload", Some(Order::Reload)),
            ("@root:example.org", 0, "reload force", Some(Order::Force)),
            ("@root:example.org", 0, "rollback", Some(Order::Rollback)),
        ];
        for (sender, power_level, command, order) in table {
            let mut room = Room::with(admins.clone());
            room.place.power_level = power_level;
            let message = Message { sender: sender.into(), ..room.message(&format!("!mynah {command}")) };
            let reply = room.hear(&message).unwrap();
            assert_eq!((reply.act, reply.remark, reply.order), (Act::Command, order.is_none(), order), "{sender}: {command}");
            let again = room.edit(&message, &format!("!mynah {command}"));
            assert_eq!(again == "(nothing)", order.is_some(), "{sender}: {command}");
        }
    }

    #[test]
    fn who_asks_too_much_is_told_once_and_heard_again_a_minute_later() {
        let mut room = Room { counted: true, ..Room::new() };
        assert!(quotes_beech(&room.say(HEATED)) && quotes_beech(&room.say(HEATED)));
        assert_eq!([room.say(HEATED), room.say(HEATED)], [phrases::SLOWER, "(nothing)"]);
        room.now = Duration::from_secs(61);
        assert!(quotes_beech(&room.say(HEATED)));
    }

    #[test]
    fn an_edited_question_is_answered_in_place_of_the_first_and_leans_on_what_was_before_it() {
        let mut room = Room::new();
        room.say("where does the mill stand?");
        let message = room.message(HEATED);
        room.hear(&message);
        assert!(room.edit(&message, "where was the oven bought?").contains("Ghent"));
        assert_eq!(room.chat.answer_to(&message.id).map(|answer| answer.question.as_str()), Some("where was the oven bought?"));
        let about_the_mill = room.edit(&message, "and who built it?");
        assert!(about_the_mill.contains("mill") && !about_the_mill.contains("oven"), "{about_the_mill}");
    }

    #[test]
    fn what_is_forgotten_is_not_gone_on_with() {
        let mut room = Room::new();
        let message = room.message(HEATED);
        room.hear(&message);
        room.chat.forget(&message.id);
        assert!(room.chat.answer_to(&message.id).is_none());
        assert_eq!(room.say("more"), phrases::NOTHING_ASKED);
        // Also where something else was asked since.
        let message = room.message(HEATED);
        room.hear(&message);
        room.say("where does the mill stand?");
        room.chat.forget(&message.id);
        assert_eq!(room.say("more"), phrases::NOTHING_ASKED);
    }

    #[test]
    fn courtesy_gets_a_line_in_a_room_once_until_the_next_answer() {
        let mut room = Room::new();
        let welcome = phrases::courtesy(Speech::Thanks);
        assert_eq!([room.say("thanks"), room.say("thank you")], [welcome, "(nothing)"]);
        room.say(HEATED);
        assert_eq!(room.say("thanks"), welcome);
        let mut direct = Room::direct();
        assert_eq!([direct.say("thanks"), direct.say("thanks")], [welcome, welcome]);
    }

    #[test]
    fn a_complaint_is_told_against_the_answer_before_it() {
        let mut room = Room::direct();
        room.say(HEATED);
        let complaint = room.message("that is wrong");
        let reply = room.hear(&complaint).unwrap();
        assert_eq!((reply.act, reply.against), (Act::Brief, Some("$1".into())));
        let message = room.message("that is wrong");
        let first = Room::direct().hear(&message).unwrap();
        assert_eq!(first.against, None, "there was no answer");
    }

    #[test]
    fn several_questions_of_one_message_are_answered_one_by_one_up_to_so_many() {
        let mut room = Room::new();
        let both = format!("{HEATED} where does the mill stand?");
        let said = room.say(&both);
        assert!(quotes_beech(&said) && said.contains("by the river"), "{said}");
        assert!(!said.contains("at a time"), "{said}");
        let four = format!("{both} where was the oven bought? how old is the oven?");
        assert!(room.say(&four).ends_with(&phrases::too_many(several::MOST_QUESTIONS)));
    }

    #[test]
    fn a_question_in_another_language_is_told_that_the_posts_are_english() {
        let mut room = Room::direct();
        assert!(room.say("Wie wird denn das hier eigentlich gemacht?").starts_with("Die Beiträge"));
    }

    #[test]
    fn what_is_too_long_or_a_misspelt_command_is_told_how_to_say_it() {
        let mut room = Room::direct();
        assert_eq!(room.say(&"a ".repeat(MAX_QUESTION_CHARS)), phrases::too_long(MAX_QUESTION_CHARS));
        let misspelt = room.say("relaod");
        assert!(misspelt.contains("reload"), "{misspelt}");
        let nothing = room.say("");
        assert!(nothing.contains("mynah"), "it introduces itself: {nothing}");
    }

    #[test]
    fn the_more_messages_wait_the_fewer_passages_are_read() {
        let table = [(0, None), (1, Some(4)), (2, Some(2)), (3, Some(2)), (100, Some(2))];
        for (waiting, most) in table {
            assert_eq!(most_read(waiting), most, "{waiting} wait");
        }
    }

    #[test]
    fn a_room_decides_how_short_answers_are_and_a_direct_message_shows_all() {
        let shape = |room: Room| room.chat.shape(&room.place).map(|Shape { citations, length }| (citations, length));
        let Shape { citations, length } = Shape::default();
        let set = |citations, length| RoomSettings { citations, length, ..RoomSettings::default() };
        assert_eq!(shape(Room::new()), Some((citations, length)));
        assert_eq!(shape(Room::with(set(Some(2), Some(99)))), Some((2, 99)));
        assert_eq!(shape(Room::direct()), None);
        let mut direct = Room::direct();
        direct.place.settings = set(None, Some(99));
        assert_eq!(shape(direct), Some((MAX_CITATIONS, 99)));
    }

    #[test]
    fn where_answers_begin_threads_the_asker_goes_on_in_the_thread() {
        let mut room = Room::with(RoomSettings { reply: Some(ReplyAs::Thread), ..RoomSettings::default() });
        room.say(HEATED);
        let in_thread = Message { thread: Some("$1".into()), ..room.message("more") };
        let more = words(room.hear(&in_thread));
        assert!(!more.contains(phrases::NOTHING_ASKED), "{more}");
        let elsewhere = Message { thread: Some("$2".into()), ..room.message("more") };
        assert_eq!(words(room.hear(&elsewhere)), phrases::NOTHING_ASKED);
    }

    #[test]
    fn too_many_conversations_are_tidied_from_the_oldest_on() {
        let mut room = Room::new();
        let conversation = |at: u64| Conversation { at: Duration::from_secs(at), ..Conversation::default() };
        for at in 0..=MAX_CONVERSATIONS as u64 {
            let key = Key { room: format!("!{at}").into(), thread: None, asker: ANN.into() };
            room.chat.conversations.insert(key, conversation(at));
            let remembered = Remembered { at: Duration::from_secs(at), asker: ANN.into(), memory: Memory::default() };
            room.chat.questions.insert(format!("${at}").into(), remembered);
        }
        let now = MAX_CONVERSATIONS as u64;
        room.chat.tidy(Duration::from_secs(now));
        let follow_up = room.chat.follow_up.as_secs();
        let oldest = room.chat.conversations.values().map(|conversation| conversation.at).min().unwrap();
        assert_eq!(oldest.as_secs(), now - follow_up, "what is older can't be followed up");
        assert!(
            room.chat.questions.len() <= MAX_CONVERSATIONS / 2 && room.chat.questions.contains_key(format!("${now}").as_str())
        );
    }

    #[test]
    fn neither_what_is_asked_nor_what_is_said_is_in_debug_output() {
        let mut room = Room::new();
        let message = room.message(HEATED);
        let shown = format!("{message:?} {:?}", room.hear(&message).unwrap());
        assert!(!shown.contains("oven") && !shown.contains("beech"), "{shown}");
    }
}
