//! Who failed how often, within bounds: in the memory of this process, as long as the limits stay the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use super::level::Levels;
use crate::clock::{NumericDate, Seconds};
use crate::settings::{Bucket, RateLimited, RateLimits};

/// How many callers with failures are remembered. When one more comes, the half of them with the least to forget is
/// forgotten, so whoever comes from many addresses drives out their own, and not a caller who is nearly full.
const MOST: usize = 20_000;

/// Whose failures are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Caller {
    pub endpoint: RateLimited,
    /// The subscriber the request came from.
    pub subscriber: String,
    /// The registered client that the request names; on a page, the person who is signed in.
    pub name: Option<String>,
    /// The token they show, where tokens are counted apart.
    pub token: Option<ShownToken>,
}

/// A token that a request shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ShownToken {
    /// One that this provider has made, by its id: it answers for itself.
    Made(String),
    /// All others are one.
    Unknown,
}

/// Everyone who failed of late. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct RateLimiter(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    limits: RateLimits,
    /// How often the limits changed.
    generation: u64,
    callers: HashMap<Caller, Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    /// The one it began in.
    generation: u64,
    levels: Levels,
    under_way: u64,
    ends: Arc<Notify>,
}

/// A request under way. It failed unless [`Turn::passed`] says otherwise: whoever hangs up does not get away with a
/// guess. A panic is nobody's failure.
#[derive(Debug)]
#[must_use]
pub(in crate::web) struct Turn {
    limiter: RateLimiter,
    caller: Caller,
    /// That of the count it entered.
    generation: u64,
    failed: bool,
}

enum Entered {
    /// In a count of this generation.
    In(u64),
    /// As many are under way as there is room for failures: how they end decides.
    Wait(OwnedNotified),
    /// Seconds until there is room.
    Full(Seconds),
}

impl RateLimiter {
    /// Lets a request begin. So many are under way at once as there is room for failures, and the next ones wait for
    /// their end: however many come together, no more of them fail than the buckets hold, and none that succeeds is
    /// refused.
    ///
    /// # Errors
    /// The seconds until there is room.
    pub(super) async fn enter(
        &self,
        caller: &Caller,
        limits: &RateLimits,
        now: NumericDate,
    ) -> Result<Turn, Seconds> {
        loop {
            let entered = self.held().enter(caller, limits, now);
            match entered {
                Entered::In(generation) => {
                    let (limiter, caller) = (self.clone(), caller.clone());
                    return Ok(Turn { limiter, caller, generation, failed: true });
                }
                Entered::Wait(ends) => ends.await,
                Entered::Full(wait) => return Err(wait.max(1)),
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // What is kept is whole at every moment, so a panic of another thread spoils nothing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many callers are remembered.
    #[cfg(test)]
    fn remembered(&self) -> usize {
        self.held().callers.len()
    }
}

impl Held {
    fn enter(&mut self, caller: &Caller, limits: &RateLimits, now: NumericDate) -> Entered {
        let endpoint = caller.endpoint;
        let buckets = limits.buckets(endpoint);
        if self.limits != *limits {
            self.begin_anew(limits);
        }
        if !self.callers.contains_key(caller) && self.callers.len() >= MOST {
            self.forget(now);
        }
        let generation = self.generation;
        let begun = || Counted { generation, levels: Levels::new(buckets, now), ..Counted::default() };
        let counted = self.callers.entry(caller.clone()).or_insert_with(begun);
        counted.levels.settle(buckets, now);
        let room = counted.levels.room(buckets);
        if room == 0 {
            // Whoever waits behind is refused as well.
            counted.wake();
            return Entered::Full(counted.levels.wait(buckets));
        }
        if counted.under_way >= room {
            return Entered::Wait(Arc::clone(&counted.ends).notified_owned());
        }
        counted.under_way += 1;
        Entered::In(counted.generation)
    }

    /// Endpoints whose limit is another one now begin with nothing.
    fn begin_anew(&mut self, limits: &RateLimits) {
        let old = std::mem::replace(&mut self.limits, limits.clone());
        self.generation += 1;
        self.callers.retain(|caller, counted| {
            let same = old.buckets(caller.endpoint) == limits.buckets(caller.endpoint);
            if !same {
                counted.ends.notify_waiters();
            }
            same
        });
    }

    /// Forgets whom nothing is held against any more, or else the half with the least to forget.
    fn forget(&mut self, now: NumericDate) {
        let limits = &self.limits;
        self.callers.retain(|caller, counted| {
            counted.levels.settle(limits.buckets(caller.endpoint), now);
            counted.is_in_use() || !counted.levels.are_empty()
        });
        if self.callers.len() < MOST {
            return;
        }
        let worth =
            |caller: &Caller, counted: &Counted| counted.levels.worth(limits.buckets(caller.endpoint));
        let mut worths: Vec<u64> =
            self.callers.iter().map(|(caller, counted)| worth(caller, counted)).collect();
        worths.sort_unstable();
        let least = worths.get(worths.len() / 2).copied().unwrap_or(0);
        // Among equals chance decides: the order of the table is nobody's to choose.
        let mut too_many = worths.len() / 2;
        self.callers.retain(|caller, counted| {
            let goes = too_many > 0 && !counted.is_in_use() && worth(caller, counted) <= least;
            too_many -= usize::from(goes);
            !goes
        });
    }

    fn leave(&mut self, caller: &Caller, generation: u64, failed: bool) {
        let buckets = self.limits.buckets(caller.endpoint);
        // A count that has begun anew since does not know of this request.
        let present = self.callers.get_mut(caller).filter(|counted| counted.generation == generation);
        let Some(counted) = present else { return };
        counted.under_way = counted.under_way.saturating_sub(1);
        if failed {
            counted.levels.fill(buckets);
        }
        counted.wake();
        if !counted.is_in_use() && counted.levels.are_empty() {
            self.callers.remove(caller);
        }
    }
}

impl Counted {
    /// Whether a request of this caller is under way or waits.
    fn is_in_use(&self) -> bool {
        self.under_way > 0 || self.has_waiting()
    }

    /// Everyone who waits holds on to the end they wait for.
    fn has_waiting(&self) -> bool {
        Arc::strong_count(&self.ends) > 1
    }

    fn wake(&self) {
        if self.has_waiting() {
            self.ends.notify_one();
        }
    }
}

impl Turn {
    /// The request was answered, and its answer is no failure of the caller.
    pub(in crate::web) fn passed(mut self) {
        self.failed = false;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let failed = self.failed && !std::thread::panicking();
        self.limiter.held().leave(&self.caller, self.generation, failed);
    }
}

/// The limit in words, for the log.
pub(super) fn in_words(buckets: &[Bucket]) -> String {
    let each = buckets.iter().map(|bucket| format!("{} in {} s", bucket.requests, bucket.period));
    each.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(requests: u32) -> RateLimits {
        RateLimits::new([(RateLimited::Token, vec![Bucket { period: 60, requests }])])
    }

    fn caller(number: usize) -> Caller {
        Caller { endpoint: RateLimited::Token, subscriber: number.to_string(), name: None, token: None }
    }

    async fn fail(limiter: &RateLimiter, number: usize, limits: &RateLimits) -> bool {
        limiter.enter(&caller(number), limits, 1000).await.is_ok()
    }

    #[tokio::test]
    async fn many_addresses_take_no_more_than_their_room_and_free_nobody_who_is_full() {
        let (limiter, limits) = (RateLimiter::default(), limits(3));
        for _ in 0..3 {
            assert!(fail(&limiter, 0, &limits).await);
        }
        for number in 1..3 * MOST {
            assert!(fail(&limiter, number, &limits).await);
            assert!(limiter.remembered() <= MOST, "{}", limiter.remembered());
        }
        assert!(!fail(&limiter, 0, &limits).await, "it was driven out by others");
    }

    #[tokio::test]
    async fn success_leaves_nothing_behind() {
        let (limiter, limits) = (RateLimiter::default(), limits(3));
        for number in 0..100 {
            limiter.enter(&caller(number), &limits, 1000).await.unwrap().passed();
        }
        assert_eq!(limiter.remembered(), 0);
    }

    #[tokio::test]
    async fn of_many_at_once_no_more_fail_than_there_is_room_for_and_none_that_succeeds_is_refused() {
        let (limiter, limits) = (RateLimiter::default(), limits(5));
        for (fails, expected) in [(false, 200), (true, 5)] {
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..200 {
                let (limiter, limits) = (limiter.clone(), limits.clone());
                tasks.spawn(async move {
                    let turn = limiter.enter(&caller(0), &limits, 1000).await;
                    tokio::task::yield_now().await;
                    let let_in = turn.is_ok();
                    if !fails && let Ok(turn) = turn {
                        turn.passed();
                    }
                    let_in
                });
            }
            let let_in = tasks.join_all().await.into_iter().filter(|let_in| *let_in).count();
            assert_eq!(let_in, expected);
        }
    }

    #[tokio::test]
    async fn another_limit_begins_with_nothing_and_the_same_one_goes_on() {
        let limiter = RateLimiter::default();
        for _ in 0..3 {
            assert!(fail(&limiter, 0, &limits(3)).await);
        }
        assert!(!fail(&limiter, 0, &limits(3)).await);
        assert!(fail(&limiter, 0, &limits(4)).await);
    }

    #[tokio::test]
    async fn whoever_waits_when_the_limit_changes_is_let_in() {
        let (limiter, few) = (RateLimiter::default(), limits(2));
        let held = [limiter.enter(&caller(0), &few, 1000).await, limiter.enter(&caller(0), &few, 1000).await];
        let waiting = tokio::spawn({
            let (limiter, few) = (limiter.clone(), few.clone());
            async move { limiter.enter(&caller(0), &few, 1000).await.is_ok() }
        });
        tokio::task::yield_now().await;
        assert!(limiter.enter(&caller(0), &limits(9), 1000).await.is_ok());
        assert!(waiting.await.unwrap());
        drop(held);
    }

    #[tokio::test]
    async fn what_began_under_another_limit_does_not_leave_the_new_count() {
        let (limiter, few, more) = (RateLimiter::default(), limits(2), limits(3));
        let enter = async |limits: &RateLimits| limiter.enter(&caller(0), limits, 1000).await.unwrap();
        let (old, failed) = (enter(&few).await, enter(&few).await);
        let held = [enter(&more).await, enter(&more).await, enter(&more).await];
        old.passed();
        drop(failed);
        let fourth = tokio::spawn({
            let (limiter, more) = (limiter.clone(), more.clone());
            async move { limiter.enter(&caller(0), &more, 1000).await.is_ok() }
        });
        tokio::task::yield_now().await;
        assert!(!fourth.is_finished(), "three are under way, and there is room for three failures");
        held.into_iter().for_each(Turn::passed);
        assert!(fourth.await.unwrap());
    }

    #[tokio::test]
    async fn a_panic_is_nobodys_failure() {
        let (limiter, limits) = (RateLimiter::default(), limits(2));
        for _ in 0..10 {
            let (limiter, limits) = (limiter.clone(), limits.clone());
            let panics = tokio::spawn(async move {
                let _turn = limiter.enter(&caller(0), &limits, 1000).await.unwrap();
                tokio::task::yield_now().await;
                panic!("on purpose");
            });
            assert!(panics.await.unwrap_err().is_panic());
        }
        assert_eq!(limiter.remembered(), 0);
    }
}
