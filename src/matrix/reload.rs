//! Reloads and returns: aside, one at a time, then swapped in whole.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::answer::Engine;
use crate::background;
use crate::config::Config;
use crate::reload::{By, Order, Outcome, Posts, Reloaded, Standing};

use super::News;

/// What somebody wishes to be done with the posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// What.
    pub(super) order: Order,
    /// Who.
    pub(super) by: By,
    /// The command, whose reply is edited to what came of it.
    pub(super) cause: Option<String>,
}

impl Wish {
    /// A reload that no command asks for.
    pub(super) fn outside(by: By) -> Self {
        Self { order: Order::Reload, by, cause: None }
    }
}

/// Does what is wished for, one thing at a time.
pub(super) struct Reloader {
    wishes: UnboundedSender<Wish>,
    stopped: Arc<AtomicBool>,
}

/// How long wishes are gathered before one reload is begun for them all.
const GATHER: Duration = Duration::from_millis(50);

impl Reloader {
    /// Starts from the engine that answers now.
    pub(super) fn start(posts: Posts, engine: Arc<Engine>, news: Sender<News>) -> Self {
        let (sender, wishes) = unbounded_channel();
        let stopped = Arc::new(AtomicBool::new(false));
        tokio::spawn(run(posts, engine, wishes, news, stopped.clone()));
        Self { wishes: sender, stopped }
    }

    /// Asks for something; all who ask for the same before it begins share it, and each is told what came of it.
    pub(super) fn wish(&self, wish: Wish) {
        // It fails only where nobody listens to what came of it any more.
        let _ = self.wishes.send(wish);
    }

    /// Ends a fetch that is under way: nobody waits for it any more.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// Wishes for a reload as often as the config says; and at once where posts come from git, as a start takes the copy that is there.
pub(super) fn by_the_clock(config: &Config, reloader: &Arc<Reloader>) {
    let reloader = reloader.clone();
    let (at_once, every) = (config.corpus.is_git(), config.corpus.every.map(|every| every.0));
    tokio::spawn(async move {
        if at_once {
            reloader.wish(Wish::outside(By::Start));
        }
        while let Some(every) = every {
            tokio::time::sleep(every).await;
            reloader.wish(Wish::outside(By::Clock));
        }
    });
}

async fn run(
    posts: Posts,
    mut engine: Arc<Engine>,
    mut wishes: UnboundedReceiver<Wish>,
    news: Sender<News>,
    stopped: Arc<AtomicBool>,
) {
    let posts = Arc::new(Mutex::new(posts));
    // Reading takes all that it is given: without threads that give way, answers would wait for it.
    let pool = background::pool("reloading").map(Arc::new);
    let pool = pool.inspect_err(|error| tracing::warn!(%error, "posts are read at the priority of the answers")).ok();
    while let Some(first) = wishes.recv().await {
        tokio::time::sleep(GATHER).await;
        let mut together = vec![first];
        together.extend(std::iter::from_fn(|| wishes.try_recv().ok()));
        for wishes in shared(together) {
            let (order, by) = wished(&wishes);
            let (old, posts, stopped, pool) = (engine.clone(), posts.clone(), stopped.clone(), pool.clone());
            let carry_out = move || {
                // What broke off left the posts that answer as they were.
                let mut posts = posts.lock().unwrap_or_else(PoisonError::into_inner);
                let stopped = || stopped.load(Ordering::Relaxed);
                let (new, outcome) = posts.carry_out(order, &by, &old, Timestamp::now(), &stopped);
                (new, outcome, posts.standing())
            };
            let done = tokio::task::spawn_blocking(move || match pool {
                Some(pool) => pool.install(carry_out),
                None => carry_out(),
            });
            let (new, outcome, standing) = done.await.unwrap_or_else(|panic| {
                tracing::error!(%panic, "reading the posts broke off; the old ones stay");
                (None, Reloaded::broken_off(&engine), Standing::default())
            });
            let new = new.map(Arc::new);
            if let Some(new) = &new {
                engine = new.clone();
            }
            log(&outcome);
            let told = News::Reloaded { engine: new, outcome: Box::new(outcome), standing: Box::new(standing), wishes };
            if news.send(told).await.is_err() {
                return;
            }
        }
    }
}

/// Wishes that one reload fulfils: those that follow one another, unless one is for a return.
fn shared(wishes: Vec<Wish>) -> Vec<Vec<Wish>> {
    let mut groups: Vec<Vec<Wish>> = Vec::new();
    for wish in wishes {
        let back = wish.order == Order::Rollback;
        match groups.last_mut().filter(|group| (group[0].order == Order::Rollback) == back) {
            Some(group) => group.push(wish),
            None => groups.push(vec![wish]),
        }
    }
    groups
}

/// What a group wishes for, and who: force wins, and a person over what goes by itself.
fn wished(wishes: &[Wish]) -> (Order, By) {
    let forced = wishes.iter().find(|wish| wish.order == Order::Force);
    let asked = wishes.iter().find(|wish| !wish.by.is_automatic());
    let wish = forced.or(asked).unwrap_or(&wishes[0]);
    (wish.order, wish.by.clone())
}

fn log(outcome: &Reloaded) {
    let kept = !matches!(outcome.outcome, Outcome::Taken | Outcome::Returned);
    if matches!(outcome.outcome, Outcome::Unchanged | Outcome::LeftAlone) {
        tracing::debug!(outcome = ?outcome.outcome, "the posts stay");
        return;
    }
    tracing::info!(
        outcome = ?outcome.outcome,
        posts = outcome.posts,
        added = outcome.added.len(),
        changed = outcome.changed.len(),
        removed = outcome.removed.len(),
        problems = outcome.problems.len(),
        lost = outcome.golden.lost.len(),
        kept,
        "posts reloaded"
    );
    for problem in &outcome.problems {
        tracing::warn!(problem, "in the posts");
    }
    for lost in &outcome.golden.lost {
        tracing::warn!(question = lost.question, place = lost.place, "a golden question is lost");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_that_meet_are_fulfilled_together_but_for_a_return() {
        let wish = |order, by| Wish { order, by, cause: None };
        let ada = || By::Admin("@ada:example.org".to_owned());
        let groups = shared(vec![
            wish(Order::Reload, By::Disk),
            wish(Order::Reload, ada()),
            wish(Order::Rollback, ada()),
            wish(Order::Rollback, ada()),
            wish(Order::Reload, By::Clock),
            wish(Order::Force, ada()),
        ]);
        let told: Vec<_> = groups.iter().map(|group| (group.len(), wished(group))).collect();
        assert_eq!(
            told,
            [(2, (Order::Reload, ada())), (2, (Order::Rollback, ada())), (2, (Order::Force, ada()))],
            "a return is one step back, however many ask for it at once"
        );
    }
}
