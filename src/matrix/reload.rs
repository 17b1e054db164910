//! Reloads and returns: aside, one at a time, then swapped in whole.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::answer::Engine;
use crate::background;
use crate::config::Config;
use crate::ids::EventId;
use crate::reload::{By, Order, Outcome, Posts, Reloaded, Standing};

use super::Report;

/// What somebody asks to be done with the posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReloadRequest {
    /// What.
    pub(super) order: Order,
    /// Who.
    pub(super) by: By,
    /// The command, whose reply is edited to what came of it.
    pub(super) cause: Option<EventId>,
}

impl ReloadRequest {
    /// A reload that no command asks for.
    pub(super) fn outside(by: By) -> Self {
        Self { order: Order::Reload, by, cause: None }
    }
}

/// Does what is wished for, one thing at a time.
pub(super) struct Reloader {
    requests: UnboundedSender<ReloadRequest>,
    stopped: Arc<AtomicBool>,
}

/// How long requests are gathered before one reload is begun for them all.
const GATHER: Duration = Duration::from_millis(50);

impl Reloader {
    /// Starts from the engine that answers now.
    pub(super) fn start(posts: Posts, engine: Arc<Engine>, reports: Sender<Report>) -> Self {
        let (sender, requests) = unbounded_channel();
        let stopped = Arc::new(AtomicBool::new(false));
        tokio::spawn(run(posts, engine, requests, reports, stopped.clone()));
        Self { requests: sender, stopped }
    }

    /// Asks for something; all who ask for the same before it begins share it, and each is told what came of it.
    pub(super) fn request(&self, request: ReloadRequest) {
        // It fails only where nobody listens to what came of it any more.
        let _ = self.requests.send(request);
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
            reloader.request(ReloadRequest::outside(By::Start));
        }
        while let Some(every) = every {
            tokio::time::sleep(every).await;
            reloader.request(ReloadRequest::outside(By::Clock));
        }
    });
}

async fn run(
    posts: Posts,
    mut engine: Arc<Engine>,
    mut requests: UnboundedReceiver<ReloadRequest>,
    reports: Sender<Report>,
    stopped: Arc<AtomicBool>,
) {
    let posts = Arc::new(Mutex::new(posts));
    // Reading takes all that it is given: without threads that give way, answers would wait for it.
    let pool = background::pool("reloading").map(Arc::new);
    let pool = pool.inspect_err(|error| tracing::warn!(%error, "posts are read at the priority of the answers")).ok();
    while let Some(first) = requests.recv().await {
        tokio::time::sleep(GATHER).await;
        let mut together = vec![first];
        together.extend(std::iter::from_fn(|| requests.try_recv().ok()));
        for requests in shared(together) {
            let (order, by) = combined(&requests);
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
            let told = Report::Reloaded { engine: new, outcome: Box::new(outcome), standing: Box::new(standing), requests };
            if reports.send(told).await.is_err() {
                return;
            }
        }
    }
}

/// Wishes that one reload fulfils: those that follow one another, unless one is for a return.
fn shared(requests: Vec<ReloadRequest>) -> Vec<Vec<ReloadRequest>> {
    let mut groups: Vec<Vec<ReloadRequest>> = Vec::new();
    for request in requests {
        let back = request.order == Order::Rollback;
        match groups.last_mut().filter(|group| (group[0].order == Order::Rollback) == back) {
            Some(group) => group.push(request),
            None => groups.push(vec![request]),
        }
    }
    groups
}

/// What a group of requests comes to, and whose it is: force wins, and a person over what goes by itself.
fn combined(requests: &[ReloadRequest]) -> (Order, By) {
    let forced = requests.iter().find(|request| request.order == Order::Force);
    let asked = requests.iter().find(|request| !request.by.is_automatic());
    let request = forced.or(asked).unwrap_or(&requests[0]);
    (request.order, request.by.clone())
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
        let request = |order, by| ReloadRequest { order, by, cause: None };
        let ada = || By::Admin("@ada:example.org".into());
        let groups = shared(vec![
            request(Order::Reload, By::Disk),
            request(Order::Reload, ada()),
            request(Order::Rollback, ada()),
            request(Order::Rollback, ada()),
            request(Order::Reload, By::Clock),
            request(Order::Force, ada()),
        ]);
        let told: Vec<_> = groups.iter().map(|group| (group.len(), combined(group))).collect();
        assert_eq!(
            told,
            [(2, (Order::Reload, ada())), (2, (Order::Rollback, ada())), (2, (Order::Force, ada()))],
            "a return is one step back, however many ask for it at once"
        );
    }
}
