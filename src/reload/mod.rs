//! A reload is a checked transaction: the posts are read beside those that answer, held against them, and taken whole or not at
//! all; the last states are kept, and can be brought back.
//!
//! ```text
//! locate (folder, git) ─▶ check ─▶ build ─▶ golden questions of both ─▶ keep the state ─▶ swap
//!                           └──────────┴─────────────┴─▶ held back: the old posts stay, and why is told
//! ```
//! After a return to an earlier state nothing is taken up by itself, neither by a change on disk nor by the clock nor by a
//! start, until somebody reloads: else the next change would silently undo it.

mod follower;
mod golden;
mod outcome;
mod source;
mod states;
mod told;

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::Engine;
use crate::config::Config;
use crate::corpus::{Diagnostic, Severity};
use crate::ids::UserId;
use crate::loading::{self, Checked, Understanding};

pub use follower::Follower;
pub use golden::{Golden, Lost, compare};
pub use outcome::{Held, Outcome, Reloaded};
pub use source::{Commit, Fetching, Located, copies, locate};
pub use states::{EARLIER_STATES, Return, State};

use states::{Files, States};

/// What is wished for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Take up what has changed, if it is in order.
    Reload,
    /// Take it up whatever is wrong with it.
    Force,
    /// Bring back the state before.
    Rollback,
}

/// Who wished for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The start of the bot.
    Start,
    /// An admin, by user id.
    Admin(UserId),
    /// SIGHUP.
    Signal,
    /// A change on disk.
    Disk,
    /// The clock, by `corpus.every`.
    Clock,
}

impl By {
    /// Whether nobody asked for it.
    pub fn is_automatic(&self) -> bool {
        matches!(self, Self::Start | Self::Disk | Self::Clock)
    }
}

/// A reload that was held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBack {
    /// When.
    pub at: Timestamp,
    /// Who wished for it.
    pub by: By,
    /// Why, in one line without paths.
    pub why: String,
    /// What was held back, by what is in its files.
    id: Option<String>,
}

/// What is known of the posts that answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Their state; none where states can't be kept.
    pub state: Option<State>,
    /// Who brought them back, where they are an earlier state.
    pub returned: Option<Return>,
    /// The last reload, where it was held back.
    pub held_back: Option<HeldBack>,
    /// How many states can be gone back to.
    pub earlier: usize,
}

/// Where the posts of a start lie: those of an earlier state, if one was brought back; else the config's.
///
/// # Errors
/// Where posts come from git, there is no copy of them, and none can be made.
pub fn at_start(config: &Config, fetching: Fetching) -> anyhow::Result<Located> {
    let states = States::open(&states_folder(config));
    if let (Some(state), Some(_)) = (states.active(), states.returned())
        && let returned = kept(config, &states, state)
        && returned.corpus.folders().iter().all(|(_, folder)| folder.is_dir())
    {
        tracing::warn!("the posts are those of an earlier state, which was brought back; a reload takes up the present ones");
        return Ok(Located { config: returned, commits: state.commits.clone(), away: Vec::new() });
    }
    Ok(locate(config, fetching, &|| false)?)
}

/// A config whose posts are those of a state.
fn kept(config: &Config, states: &States, state: &State) -> Config {
    let posts = states.posts(state);
    let corpus = config.corpus.clone().in_folders(|name| if name.is_empty() { posts.clone() } else { posts.join(name) });
    Config { corpus, ..config.clone() }
}

/// Whether the weights of a config, which may be others than at the start, go with the models that are in use.
fn fitting(config: &Config, used: &Engine) -> anyhow::Result<()> {
    let Some(Understanding { encoder, reader }) = Understanding::of(used) else { return Ok(()) };
    loading::go_together(config, &encoder, reader.map(|reader| reader.weights()))
}

fn states_folder(config: &Config) -> PathBuf {
    config.data_dir.join("states")
}

/// The posts through all reloads: where they come from, and the states that they were in.
#[derive(Debug)]
pub struct Posts {
    config: Config,
    states: States,
    held_back: Option<HeldBack>,
}

/// Ends what takes long when nobody waits for it any more.
pub type Stopped<'a> = dyn Fn() -> bool + Sync + 'a;

impl Posts {
    /// The posts that a start has read ([`at_start`]), with the states that the data folder keeps.
    pub fn begin(config: Config, located: &Located, engine: &Engine, now: Timestamp) -> Self {
        let folder = states_folder(&config);
        Self::begin_in(folder, config, located, engine, now)
    }

    /// As [`Posts::begin`], with the states in another folder.
    pub fn begin_in(states: PathBuf, config: Config, located: &Located, engine: &Engine, now: Timestamp) -> Self {
        let mut posts = Self { config, states: States::open(&states), held_back: None };
        if posts.states.returned().is_none() {
            posts.keep(located, engine, By::Start, now);
        }
        posts
    }

    /// What is known of the posts that answer.
    pub fn standing(&self) -> Standing {
        Standing {
            state: self.states.active().cloned(),
            returned: self.states.returned().cloned(),
            held_back: self.held_back.clone(),
            earlier: self.states.count_earlier(),
        }
    }

    /// Does what is wished for beside the engine that answers: a new one by words, where it comes to one, and what to say of it.
    pub fn carry_out(
        &mut self,
        order: Order,
        by: &By,
        old: &Engine,
        now: Timestamp,
        stopped: &Stopped<'_>,
    ) -> (Option<Engine>, Reloaded) {
        let done = match order {
            Order::Rollback => self.go_back(by, old, now),
            Order::Reload | Order::Force => self.reload(order, by, old, now, stopped),
        };
        match done {
            Ok((engine, outcome)) => {
                self.held_back = None;
                (Some(engine), outcome)
            }
            Err(outcome) => {
                match &outcome.outcome {
                    Outcome::Held(why) => {
                        let (why, id) = (outcome.in_short(why), outcome.id.clone());
                        self.held_back = Some(HeldBack { at: now, by: by.clone(), why, id });
                    }
                    Outcome::Unchanged => self.held_back = None,
                    Outcome::Taken | Outcome::Returned | Outcome::LeftAlone | Outcome::NothingEarlier => {}
                }
                (None, *outcome)
            }
        }
    }

    /// Reads everything again beside an engine.
    fn reload(
        &mut self,
        order: Order,
        by: &By,
        old: &Engine,
        now: Timestamp,
        stopped: &Stopped<'_>,
    ) -> Result<(Engine, Reloaded), Box<Reloaded>> {
        let config = &self.config;
        let mut outcome = Reloaded::of(old);
        if by.is_automatic() && self.states.returned().is_some() {
            return Err(Box::new(outcome.with(Outcome::LeftAlone)));
        }
        let located = match locate(config, Fetching::Now, stopped) {
            Ok(located) => located,
            Err(error) => return Err(Box::new(outcome.told(error.to_string()).held(Held::Unreadable))),
        };
        outcome.problems.extend(located.away.iter().cloned());
        outcome.id = Files::find(&located.config.corpus.folders()).ok().map(|files| files.id);
        let is_now = |id: &str| outcome.id.as_deref() == Some(id);
        let unchanged = self.states.active().is_some_and(|active| is_now(&active.id));
        let held = self.held_back.as_ref().and_then(|held| held.id.as_deref()).is_some_and(is_now);
        if held && by.is_automatic() && located.away.is_empty() {
            return Err(Box::new(outcome.with(Outcome::LeftAlone)));
        }
        if unchanged && !located.away.is_empty() {
            return Err(Box::new(outcome.held(Held::Away)));
        }
        if unchanged && by.is_automatic() {
            return Err(Box::new(outcome.with(Outcome::Unchanged)));
        }
        let checked = self.checked(&located.config, order, &mut outcome)?;
        let built = checked.into_engine(&located.config).and_then(|new| fitting(&located.config, old).map(|()| new));
        let new = match built {
            Ok(new) => new,
            Err(error) => return Err(Box::new(self.unreadable(outcome, &error))),
        };
        outcome.golden = self.golden(&located.config, old, &new);
        if outcome.golden.lost.len() > config.corpus.may_lose && order != Order::Force {
            return Err(Box::new(outcome.held(Held::Lost)));
        }
        outcome.compare(old, &new);
        outcome.forced = order == Order::Force;
        self.keep(&located, &new, by.clone(), now);
        outcome.state = self.states.active().cloned();
        Ok((new, outcome.with(Outcome::Taken)))
    }

    /// Brings back the state before.
    fn go_back(&mut self, by: &By, old: &Engine, now: Timestamp) -> Result<(Engine, Reloaded), Box<Reloaded>> {
        let mut outcome = Reloaded::of(old);
        let Some(state) = self.states.earlier().cloned() else { return Err(Box::new(outcome.with(Outcome::NothingEarlier))) };
        let config = kept(&self.config, &self.states, &state);
        if !Files::find(&config.corpus.folders()).is_ok_and(|files| files.id == state.id) {
            return Err(Box::new(outcome.told("what was kept of the state before is damaged".to_owned()).held(Held::Unreadable)));
        }
        let checked = match loading::check(&config, None) {
            Ok(checked) => checked,
            Err(error) => return Err(Box::new(self.unreadable(outcome, &error))),
        };
        outcome.diagnostics = checked.diagnostics.iter().map(|found| told::diagnostic(found, &config)).collect();
        let new = match checked.into_engine(&config) {
            Ok(new) => new,
            Err(error) => return Err(Box::new(self.unreadable(outcome, &error))),
        };
        if let Err(error) = self.states.go_back(by.clone(), now) {
            return Err(Box::new(self.unreadable(outcome, &error.into())));
        }
        outcome.compare(old, &new);
        outcome.state = Some(state);
        Ok((new, outcome.with(Outcome::Returned)))
    }

    /// What was read, unless it is to be held back for what is wrong in it.
    fn checked(&self, config: &Config, order: Order, outcome: &mut Reloaded) -> Result<Checked, Box<Reloaded>> {
        // A golden question that no longer holds is told, and no reason to refuse what the community has changed; nor is a file
        // of them that is gone.
        let mut settings = config.clone();
        if let Some(missing) = settings.corpus.questions.take_if(|file| !file.is_file()) {
            let name = missing.file_name().unwrap_or_default().to_string_lossy().into_owned();
            outcome.problems.push(format!("{name}: can't be read: no golden questions were checked"));
        }
        let checked = match loading::check(&settings, None) {
            Ok(checked) => checked,
            Err(error) => return Err(Box::new(self.unreadable(std::mem::take(outcome), &error))),
        };
        let golden = config.corpus.questions.as_ref().map(|file| file.display().to_string());
        let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
        outcome.diagnostics = checked.diagnostics.iter().map(|found| told::diagnostic(found, config)).collect();
        outcome.problems.extend(outcome.diagnostics.iter().filter(is_error).map(ToString::to_string));
        let is_of_settings = |file: &str| config.corpus.called(std::path::Path::new(file)).is_none();
        let mut wrong = checked.diagnostics.iter().filter(is_error).filter(|found| golden.as_ref() != Some(&found.file));
        let held = match order {
            // A post that is wrong is left out or quoted as far as it can be; without its settings, nothing can be built.
            Order::Force => wrong.any(|found| is_of_settings(&found.file)) || checked.corpus.posts.is_empty(),
            Order::Reload | Order::Rollback => wrong.next().is_some(),
        };
        if held { Err(Box::new(std::mem::take(outcome).held(Held::Wrong))) } else { Ok(checked) }
    }

    /// Asks the golden questions of both, by words alone: what the new posts mean is found out once they are taken.
    fn golden(&self, config: &Config, old: &Engine, new: &Engine) -> Golden {
        let Some(file) = config.corpus.questions.as_ref().filter(|file| file.is_file()) else { return Golden::default() };
        let Ok(questions) = crate::questions::read(file) else { return Golden::default() };
        compare(&questions, &old.clone().by_words(), new)
    }

    fn keep(&mut self, located: &Located, engine: &Engine, by: By, now: Timestamp) {
        let kept = Files::find(&located.config.corpus.folders()).and_then(|files| {
            let same = self.states.active().is_some_and(|active| active.id == files.id && by == By::Start);
            let state = State {
                id: files.id.clone(),
                read_at: now.as_millisecond(),
                by,
                commits: located.commits.clone(),
                posts: engine.corpus().posts.len(),
            };
            if same { Ok(()) } else { self.states.keep(&files, state) }
        });
        if let Err(error) = kept {
            tracing::warn!(%error, "this state of the posts can't be kept: there will be no way back to it");
        }
    }

    fn unreadable(&self, outcome: Reloaded, error: &anyhow::Error) -> Reloaded {
        tracing::warn!("the posts can't be read: {error:#}");
        outcome.told(told::without_paths(&format!("{error:#}"), &self.config)).held(Held::Unreadable)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::answer::Models;
    use crate::config::{CorpusConfig, SourceConfig};
    use crate::search::tiny_encoder;

    const POST: &str = "---\ntitle: T\nauthor: A\ndate: 2020-01-02\n---\n\nStarlings talk.\n";

    /// A folder of posts, with the engine that answers from them, through reloads.
    struct Site {
        folder: TempDir,
        config: Config,
        posts: Posts,
        engine: Engine,
    }

    impl Site {
        fn new(files: &[(&str, &str)]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let mut config = Config { data_dir: folder.path().join("data"), ..Config::default() };
            config.corpus.path = folder.path().join("posts");
            config.search.encoder = Some("".into());
            fs::create_dir(&config.corpus.path).unwrap();
            for (file, text) in files {
                fs::write(config.corpus.path.join(file), text).unwrap();
            }
            let (posts, engine) = begin(&config);
            Self { folder, config, posts, engine }
        }

        fn write(&self, file: &str, text: &str) {
            fs::write(self.config.corpus.path.join(file), text).unwrap();
        }

        fn carry_out(&mut self, order: Order, by: By) -> Reloaded {
            let (new, outcome) = self.posts.carry_out(order, &by, &self.engine, Timestamp::UNIX_EPOCH, &|| false);
            if let Some(new) = new {
                self.engine = new;
            }
            outcome
        }

        fn reload(&mut self) -> Reloaded {
            self.carry_out(Order::Reload, admin())
        }

        fn restart(&mut self) {
            (self.posts, self.engine) = begin(&self.config);
        }

        fn says(&self, words: &str) -> bool {
            self.engine.corpus().posts.iter().any(|post| post.text.contains(words))
        }
    }

    fn begin(config: &Config) -> (Posts, Engine) {
        let located = at_start(config, Fetching::IfMissing).unwrap();
        let (engine, _) = loading::engine(&located.config, &|_, _| ()).unwrap();
        (Posts::begin(config.clone(), &located, &engine, Timestamp::UNIX_EPOCH), engine)
    }

    fn admin() -> By {
        By::Admin("@ada:example.org".into())
    }

    #[test]
    fn a_reload_tells_what_changed_and_a_bad_one_keeps_the_old_posts() {
        let mut site = Site::new(&[("a.md", POST), ("b.md", POST), ("c.md", POST)]);
        site.posts.config.corpus.questions = Some(site.folder.path().join("gone.jsonl"));
        site.write("b.md", &POST.replace("talk", "sing"));
        site.write("d.md", POST);
        fs::remove_file(site.config.corpus.path.join("c.md")).unwrap();
        let outcome = site.reload();
        let names = |name: &str| vec![name.to_owned()];
        assert_eq!((outcome.posts, outcome.outcome), (3, Outcome::Taken));
        assert_eq!([&outcome.added, &outcome.changed, &outcome.removed], [&names("d.md"), &names("b.md"), &names("c.md")]);
        assert!(outcome.problems[0].starts_with("gone.jsonl"), "{outcome:?}");
        site.write("a.md", "---\ntitle: [\n---\n\ntext\n");
        let outcome = site.reload();
        assert_eq!(outcome.outcome, Outcome::Held(Held::Wrong));
        assert!(outcome.problems.iter().any(|problem| problem.starts_with("a.md:")), "{outcome:?}");
        assert!(site.posts.standing().held_back.is_some_and(|held| held.why.contains("a.md") || held.why.contains("gone.jsonl")));
        assert_eq!(site.carry_out(Order::Force, admin()).outcome, Outcome::Taken);
        assert_eq!(site.posts.standing().held_back, None);
        fs::remove_dir_all(&site.config.corpus.path).unwrap();
        let outcome = site.reload();
        assert_eq!(outcome.outcome, Outcome::Held(Held::Unreadable));
        let root = site.folder.path().display().to_string();
        assert!(outcome.problems.iter().all(|problem| !problem.contains(&root)), "{outcome:?}");
        assert_eq!(site.carry_out(Order::Force, admin()).outcome, Outcome::Held(Held::Unreadable), "there is nothing to take");
    }

    #[test]
    fn weights_that_were_fitted_with_another_encoder_than_the_one_in_use_are_held_back() {
        let mut site = Site::new(&[("a.md", POST)]);
        site.engine = site.engine.clone().with_encoder(tiny_encoder(&[&["talk"]]), None, &|_, _| ()).unwrap();
        assert_eq!(site.reload().outcome, Outcome::Taken, "the built-in ones are a warning");
        site.engine = site.engine.clone().with_encoder(tiny_encoder(&[&["talk"]]), None, &|_, _| ()).unwrap();
        let weights = site.folder.path().join("weights.toml");
        fs::write(&weights, Models::built_in().to_toml("")).unwrap();
        site.posts.config.search.weights = Some(weights);
        let outcome = site.reload();
        assert_eq!(outcome.outcome, Outcome::Held(Held::Unreadable));
        assert!(outcome.problems.iter().any(|problem| problem.contains("were fitted with the encoder")), "{outcome:?}");
    }

    #[test]
    fn a_way_back_lasts_until_somebody_reloads_also_through_a_restart() {
        let mut site = Site::new(&[("a.md", POST)]);
        assert_eq!(site.carry_out(Order::Rollback, admin()).outcome, Outcome::NothingEarlier);
        site.write("a.md", &POST.replace("talk", "sing"));
        assert_eq!(site.reload().outcome, Outcome::Taken);
        let outcome = site.carry_out(Order::Rollback, admin());
        assert_eq!((outcome.outcome, outcome.changed.len()), (Outcome::Returned, 1));
        assert!(site.says("talk"));
        site.write("a.md", &POST.replace("talk", "whistle"));
        for by in [By::Disk, By::Clock, By::Start] {
            assert_eq!(site.carry_out(Order::Reload, by).outcome, Outcome::LeftAlone);
        }
        site.restart();
        assert!(site.says("talk"), "a start does not undo it");
        assert_eq!(site.posts.standing().returned.map(|returned| returned.by), Some(admin()));
        assert_eq!(site.carry_out(Order::Reload, By::Disk).outcome, Outcome::LeftAlone);
        assert_eq!(site.carry_out(Order::Reload, By::Signal).outcome, Outcome::Taken);
        assert!(site.says("whistle") && site.posts.standing().returned.is_none());
        site.restart();
        assert_eq!(site.posts.standing().state.map(|state| state.by), Some(By::Signal));
        assert_eq!(site.carry_out(Order::Reload, By::Clock).outcome, Outcome::Unchanged);
    }

    #[test]
    fn several_sources_are_reloaded_and_brought_back_together() {
        let mut site = Site::new(&[("a.md", POST)]);
        let docs = site.folder.path().join("docs");
        fs::create_dir(&docs).unwrap();
        fs::write(docs.join("a.md"), "# Perches\n\nPerches are round.\n").unwrap();
        let source = |name: &str, path: &std::path::Path, dated| SourceConfig {
            name: name.to_owned(),
            path: path.to_owned(),
            dated,
            ..SourceConfig::default()
        };
        let sources = vec![source("blog", &site.config.corpus.path, true), source("docs", &docs, false)];
        site.config.corpus = CorpusConfig { sources, ..CorpusConfig::default() };
        site.restart();
        let files = |site: &Site| {
            site.engine.corpus().posts.iter().map(|post| (post.source.clone(), post.file.clone())).collect::<Vec<_>>()
        };
        let named = |name: &str| (name.to_owned(), format!("{name}/a.md"));
        assert_eq!(files(&site), [named("blog"), named("docs")]);
        fs::write(docs.join("a.md"), "# Perches\n\nPerches are square.\n").unwrap();
        let outcome = site.reload();
        assert_eq!((outcome.outcome, outcome.changed), (Outcome::Taken, vec!["docs/a.md".to_owned()]));
        assert_eq!(site.carry_out(Order::Rollback, admin()).outcome, Outcome::Returned);
        site.restart();
        assert!(site.says("round") && site.says("Starlings"), "an earlier state through a restart");
        fs::write(docs.join("b.md"), "---\ntitle: [\n---\n\ntext\n").unwrap();
        let outcome = site.reload();
        assert_eq!(outcome.outcome, Outcome::Held(Held::Wrong));
        assert!(outcome.problems.iter().any(|problem| problem.starts_with("docs/b.md:")), "{outcome:?}");
        // An earlier state of other sources is none of these.
        site.config.corpus.sources[1].name = "pages".to_owned();
        fs::remove_file(docs.join("b.md")).unwrap();
        site.restart();
        assert!(site.says("square"));
    }

    #[test]
    fn a_kept_state_that_is_damaged_is_not_gone_back_to() {
        let mut site = Site::new(&[("a.md", POST)]);
        let first = site.posts.states.posts(site.posts.states.active().unwrap());
        site.write("a.md", &POST.replace("talk", "sing"));
        site.reload();
        fs::write(first.join("a.md"), "").unwrap();
        assert_eq!(site.carry_out(Order::Rollback, admin()).outcome, Outcome::Held(Held::Unreadable));
        assert!(site.says("sing"));
    }

    #[test]
    fn a_reload_that_loses_too_many_golden_questions_is_held_back_until_it_is_forced() {
        let birds = ["starling", "blackbird", "nightingale", "wren"];
        let post = |bird: &str, year: usize| {
            POST.replace("Starlings talk.", &format!("The {bird} release was published in {year} by the {bird} team."))
        };
        let mut site = Site::new(&[("other.md", POST)]);
        let mut golden = String::new();
        for (year, bird) in birds.iter().enumerate() {
            site.write(&format!("{bird}.md"), &post(bird, 2001 + year));
            golden.push_str(&format!(
                "{{\"id\":\"{bird}\",\"question\":\"when was the {bird} release published?\",\"gold\":[{{\"file\":\"{bird}.md\",\
                 \"quote\":\"was published in {}\"}}]}}\n",
                2001 + year
            ));
        }
        let file = site.folder.path().join("golden.jsonl");
        fs::write(&file, golden).unwrap();
        site.posts.config.corpus.questions = Some(file);
        assert_eq!(site.reload().golden, Golden { answered: 0, lost: Vec::new() }, "before, none was answered");
        for bird in &birds[..2] {
            site.write(&format!("{bird}.md"), POST);
        }
        let outcome = site.reload();
        assert_eq!((outcome.outcome, outcome.golden.answered, outcome.golden.lost.len()), (Outcome::Taken, 4, 2));
        assert!(site.posts.config.corpus.may_lose == 2 && site.carry_out(Order::Rollback, admin()).outcome == Outcome::Returned);
        site.write("nightingale.md", POST);
        let outcome = site.reload();
        assert_eq!((outcome.outcome, outcome.golden.lost.len()), (Outcome::Held(Held::Lost), 3));
        assert_eq!(outcome.golden.lost[0].place, "starling.md:7");
        assert_eq!(site.posts.standing().held_back.unwrap().why, "3 golden questions would be lost");
        assert!(site.says("the starling team"));
        assert_eq!(site.carry_out(Order::Force, admin()).outcome, Outcome::Taken);
        assert!(!site.says("the starling team"));
    }
}
