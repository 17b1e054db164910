//! How many questions are answered for each address, by the generic cell rate algorithm (crate `governor`).

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::http::HeaderMap;
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// Counts questions by the address that they come from.
pub(super) struct Limits {
    limiter: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, MonotonicClock, NoOpMiddleware<<MonotonicClock as Clock>::Instant>>,
    counted: AtomicU32,
}

/// After so many questions, addresses are forgotten that nothing counts against any more.
const TIDY_EVERY: u32 = 1_000;

impl Limits {
    /// Limits that nobody has touched yet.
    pub(super) fn new(per_minute: u32) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
        Self { limiter: RateLimiter::hashmap_with_clock(quota, MonotonicClock), counted: AtomicU32::new(0) }
    }

    /// Counts a question.
    ///
    /// # Errors
    /// How long to wait, where it is one too many.
    pub(super) fn count(&self, from: IpAddr) -> Result<(), Duration> {
        if self.counted.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&network(from)).map_err(|over| over.wait_time_from(MonotonicClock.now()))
    }
}

/// What counts as one address: of IPv6 a network of 64 bits, which is what a household has (RFC 6177).
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 => v4,
    }
}

/// Who asks: the other end of the connection, or whom a proxy there tells of in the entry that it has added itself, the last.
pub(super) fn asker(peer: IpAddr, headers: &HeaderMap, forwarded: bool) -> IpAddr {
    let told = || {
        let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        last.rsplit(',').next()?.trim().parse().ok()
    };
    if forwarded { told().unwrap_or(peer) } else { peer }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn each_address_has_its_own_limit_and_hears_how_long_to_wait() {
        let limits = Limits::new(2);
        let ask = |from: &str| limits.count(address(from));
        assert_eq!([ask("10.0.0.1"), ask("10.0.0.1")], [Ok(()), Ok(())]);
        let wait = ask("10.0.0.1").unwrap_err();
        assert!(wait > Duration::from_secs(25) && wait <= Duration::from_secs(30), "{wait:?}");
        assert_eq!(ask("10.0.0.2"), Ok(()));
    }

    #[test]
    fn a_household_counts_as_one() {
        assert_eq!(network(address("2001:db8::1")), network(address("2001:db8::ffff:2")));
        assert_ne!(network(address("2001:db8::1")), network(address("2001:db8:0:1::1")));
        assert_eq!(network(address("::ffff:10.0.0.1")), address("10.0.0.1"));
    }

    #[test]
    fn a_proxy_is_believed_only_where_there_is_one_and_only_in_what_it_wrote_itself() {
        let (peer, mut headers) = (address("127.0.0.1"), HeaderMap::new());
        headers.append("x-forwarded-for", "1.1.1.1".parse().unwrap());
        headers.append("x-forwarded-for", "2.2.2.2, 3.3.3.3".parse().unwrap());
        assert_eq!(asker(peer, &headers, false), peer);
        assert_eq!(asker(peer, &headers, true), address("3.3.3.3"));
        headers.append("x-forwarded-for", "unknown".parse().unwrap());
        assert_eq!(asker(peer, &headers, true), peer);
    }
}
