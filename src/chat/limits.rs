//! How many questions are answered: per asker and per room, by the generic cell rate algorithm (crate `governor`).

use std::collections::HashSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::ids::{RoomId, UserId};

use super::settings::Rates;

/// Counts questions. Time is told, not read.
#[derive(Debug)]
pub struct Limits {
    clock: ToldClock,
    askers: Limiter<UserId>,
    rooms: Limiter<RoomId>,
    /// Those who were told that they are over a limit, and have been ever since.
    told: HashSet<String>,
}

type Limiter<Id> = RateLimiter<Id, HashMapStateStore<Id>, ToldClock, NoOpMiddleware<Told>>;

/// Whether a question may be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Yes.
    Yes,
    /// No, and this is the first time in a row: say so.
    No,
    /// No, and that was said.
    Silently,
}

impl Limits {
    /// Limits that nobody has touched yet.
    pub fn new(rates: &Rates) -> Self {
        let clock = ToldClock::default();
        let per_minute = |count: u32| Quota::per_minute(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        Self {
            askers: RateLimiter::new(per_minute(rates.per_asker), HashMapStateStore::default(), clock.clone()),
            rooms: RateLimiter::new(per_minute(rates.per_room), HashMapStateStore::default(), clock.clone()),
            clock,
            told: HashSet::new(),
        }
    }

    /// Counts a question, `now` being the time since any fixed moment.
    pub fn count(&mut self, room: &RoomId, asker: &UserId, now: Duration) -> Allowed {
        self.clock.tell(now);
        let over = if self.askers.check_key(asker).is_err() {
            Some(asker.as_str())
        } else if self.rooms.check_key(room).is_err() {
            Some(room.as_str())
        } else {
            None
        };
        match over {
            None => {
                self.told.remove(asker.as_str());
                self.told.remove(room.as_str());
                Allowed::Yes
            }
            Some(who) if self.told.insert(who.to_owned()) => Allowed::No,
            Some(_) => Allowed::Silently,
        }
    }

    /// Forgets whoever has not asked for so long that nothing counts against them.
    pub fn tidy(&mut self) {
        self.askers.retain_recent();
        self.rooms.retain_recent();
        // Told again at worst.
        self.told.clear();
    }
}

/// A clock that shows the time it was told last.
#[derive(Clone, Debug, Default)]
struct ToldClock(Arc<AtomicU64>);

impl ToldClock {
    fn tell(&self, now: Duration) {
        self.0.fetch_max(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// Time since a fixed moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Told(Duration);

impl Clock for ToldClock {
    type Instant = Told;

    fn now(&self) -> Told {
        Told(Duration::from_nanos(self.0.load(Ordering::Relaxed)))
    }
}

impl Reference for Told {
    fn duration_since(&self, earlier: Self) -> Nanos {
        self.0.saturating_sub(earlier.0).into()
    }

    fn saturating_sub(&self, duration: Nanos) -> Self {
        Self(self.0.saturating_sub(duration.into()))
    }
}

impl std::ops::Add<Nanos> for Told {
    type Output = Self;

    fn add(self, duration: Nanos) -> Self {
        Self(self.0 + Duration::from(duration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(per_asker: u32, per_room: u32) -> Limits {
        Limits::new(&Rates { per_asker, per_room })
    }

    #[test]
    fn one_polite_line_then_silence_until_it_passes() {
        let mut limits = limits(2, 100);
        let mut ask = |seconds: u64| limits.count(&"!r".into(), &"@a".into(), Duration::from_secs(seconds));
        assert_eq!([ask(0), ask(0), ask(1), ask(2)], [Allowed::Yes, Allowed::Yes, Allowed::No, Allowed::Silently]);
        assert_eq!([ask(31), ask(32), ask(33)], [Allowed::Yes, Allowed::No, Allowed::Silently]);
    }

    #[test]
    fn a_room_and_an_asker_count_apart() {
        let mut limits = limits(1, 2);
        let mut count = |room: &str, asker: &str| limits.count(&room.into(), &asker.into(), Duration::ZERO);
        assert_eq!(count("!r", "@a"), Allowed::Yes);
        assert_eq!(count("!r", "@b"), Allowed::Yes);
        assert_eq!(count("!r", "@c"), Allowed::No, "the room is full");
        assert_eq!(count("!other", "@d"), Allowed::Yes);
        assert_eq!(count("!other", "@a"), Allowed::No, "the asker asked in another room");
    }
}
