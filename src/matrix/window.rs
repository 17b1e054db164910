//! What of the store the page shows: made anew by the store's thread when it has changed.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::answer::Engine;
use crate::beside::{Beside, Showing};
use crate::bot::{ToMark, ToShow};
use crate::ids::RoomId;
use crate::insight::{Freshness, Overview, Scope, Store, cited, overview};

use super::keeper::{Job, Result};

/// The page, and what it shows.
pub(super) struct Window {
    page: Arc<dyn Beside>,
    showing: Showing,
    freshness: Freshness,
}

/// What counts as growth of a group is that of a week.
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Window {
    pub(super) fn new(page: Arc<dyn Beside>) -> Self {
        let showing = Showing { overview: None, cited: Arc::default(), done: 0 };
        Self { page, showing, freshness: Freshness::default() }
    }

    /// Something is about to be done to what is kept. What is to be deleted is shown no more.
    pub(super) fn before(&mut self, job: &Job) {
        match job {
            Job::Forget(_) | Job::ForgetVotes(_) | Job::Leave(_) => {
                self.changed();
                if self.showing.overview.take().is_some() {
                    self.page.show(self.showing.clone());
                }
            }
            Job::Keep { .. } | Job::Vote { .. } | Job::Changed(..) => self.changed(),
            Job::Tidy { .. } | Job::Digest { .. } | Job::Mark(_) | Job::Show(..) | Job::AskAgain(_) | Job::End => {}
        }
    }

    /// What is kept has changed.
    pub(super) fn changed(&mut self) {
        self.freshness.changed();
    }

    /// Questions were marked.
    pub(super) fn marked(&mut self, to_mark: &ToMark) {
        let after = |before: &Arc<Overview>| Arc::new(before.marked(&to_mark.questions, to_mark.marked));
        self.showing.overview = self.showing.overview.as_ref().map(after);
        self.showing.done = to_mark.number;
        self.page.show(self.showing.clone());
    }

    /// Makes what is shown, if it is to be made anew: of the questions of the rooms, and of the open ones among them.
    pub(super) fn show(
        &mut self,
        store: &mut Store,
        engine: &Engine,
        &ToShow { ref rooms, ref open, whole, .. }: &ToShow,
        now: Timestamp,
    ) -> Result {
        if !whole {
            self.showing.overview = None;
        } else if self.showing.overview.is_none() {
            self.freshness.changed();
        }
        if self.freshness.is_due(whole, now) {
            let (rooms, open): (HashSet<&RoomId>, HashSet<&RoomId>) = (rooms.iter().collect(), open.iter().collect());
            let is_open = |room: &RoomId| open.contains(room);
            let scope = Scope { now, period: WEEK, rooms: &|room| rooms.contains(room) };
            if whole {
                let (overview, cited) = overview(store, engine, &scope, &is_open)?;
                (self.showing.overview, self.showing.cited) = (Some(Arc::new(overview)), Arc::new(cited));
            } else {
                self.showing.cited = Arc::new(cited(store, &is_open)?);
            }
            self.freshness.made(now);
        }
        self.page.show(self.showing.clone());
        Ok(())
    }
}
