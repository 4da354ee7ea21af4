//! How full the buckets of one caller are.

use crate::clock::{NumericDate, Seconds};
use crate::settings::Bucket;

/// Levels in the order of the buckets. One failure raises a level by the bucket's period, each second lowers it by
/// the bucket's requests: whole numbers, so nothing is lost by rounding, and a full bucket is as high as
/// `period * requests`.
#[derive(Clone, Debug, Default)]
pub(super) struct Levels {
    at: NumericDate,
    levels: Vec<u64>,
}

impl Levels {
    /// Empty buckets.
    pub(super) fn new(buckets: &[Bucket], now: NumericDate) -> Self {
        Self { at: now, levels: vec![0; buckets.len()] }
    }

    /// Lets pass what has passed. A clock that was set back changes nothing.
    pub(super) fn settle(&mut self, buckets: &[Bucket], now: NumericDate) {
        let passed = u64::try_from(now.saturating_sub(self.at)).unwrap_or(0);
        self.at = now;
        for (level, bucket) in self.levels.iter_mut().zip(buckets) {
            *level = level.saturating_sub(passed.saturating_mul(u64::from(bucket.requests)));
        }
    }

    /// How many failures every bucket has room for.
    pub(super) fn room(&self, buckets: &[Bucket]) -> u64 {
        let rooms = self.levels.iter().zip(buckets).map(|(level, bucket)| {
            let left = height(bucket).saturating_sub(*level);
            left.checked_div(period(bucket)).unwrap_or(u64::MAX)
        });
        rooms.min().unwrap_or(u64::MAX)
    }

    /// Seconds until every bucket has room for one.
    pub(super) fn wait(&self, buckets: &[Bucket]) -> Seconds {
        let waits = self.levels.iter().zip(buckets).map(|(level, bucket)| {
            let above = level.saturating_add(period(bucket)).saturating_sub(height(bucket));
            above.div_ceil(u64::from(bucket.requests).max(1))
        });
        waits.max().and_then(|wait| Seconds::try_from(wait).ok()).unwrap_or(Seconds::MAX)
    }

    /// One failure.
    pub(super) fn fill(&mut self, buckets: &[Bucket]) {
        for (level, bucket) in self.levels.iter_mut().zip(buckets) {
            *level = level.saturating_add(period(bucket)).min(height(bucket));
        }
    }

    /// Whether nothing is in them.
    pub(super) fn are_empty(&self) -> bool {
        self.levels.iter().all(|level| *level == 0)
    }

    /// What would be forgotten with them: the seconds until the last of it has drained.
    pub(super) fn worth(&self, buckets: &[Bucket]) -> u64 {
        let drained = self.levels.iter().zip(buckets);
        let drained = drained.map(|(level, bucket)| level.div_ceil(u64::from(bucket.requests).max(1)));
        drained.max().unwrap_or(0)
    }
}

fn period(bucket: &Bucket) -> u64 {
    u64::try_from(bucket.period).unwrap_or(0)
}

fn height(bucket: &Bucket) -> u64 {
    period(bucket).saturating_mul(u64::from(bucket.requests))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BUCKETS: [Bucket; 2] = [Bucket { period: 60, requests: 3 }, Bucket { period: 600, requests: 5 }];

    #[test]
    fn a_full_bucket_gives_back_one_at_a_time() {
        let mut levels = Levels::new(&BUCKETS, 1000);
        for left in (0..3).rev() {
            assert_eq!(levels.wait(&BUCKETS), 0);
            levels.fill(&BUCKETS);
            assert_eq!(levels.room(&BUCKETS), left);
        }
        assert_eq!(levels.wait(&BUCKETS), 20);
        levels.settle(&BUCKETS, 1019);
        assert_eq!((levels.room(&BUCKETS), levels.wait(&BUCKETS)), (0, 1));
        levels.settle(&BUCKETS, 1020);
        assert_eq!((levels.room(&BUCKETS), levels.wait(&BUCKETS)), (1, 0));
        levels.settle(&BUCKETS, 1060);
        for _ in 0..2 {
            levels.fill(&BUCKETS);
        }
        assert_eq!(levels.wait(&BUCKETS), 60, "the longer bucket is full: 5, and half of one has drained");
        levels.settle(&BUCKETS, 900);
        assert_eq!(levels.room(&BUCKETS), 0, "a clock that is set back gives nothing");
        levels.settle(&BUCKETS, 10_000);
        assert!(levels.are_empty());
    }

    proptest! {
        /// Beside a bucket of fractions, as the books draw one.
        #[test]
        fn it_agrees_with_a_token_bucket(
            period in 11i64..4000,
            requests in 2u32..200,
            steps in proptest::collection::vec((0i64..400, 0u8..8), 1..120),
        ) {
            let buckets = [Bucket { period, requests }];
            let (mut levels, mut now) = (Levels::new(&buckets, 0), 0);
            // Tokens times the period, so that the reference needs no fractions either.
            let most = i128::from(requests) * i128::from(period);
            let mut tokens = most;
            for (passed, failures) in steps {
                now += passed;
                tokens = most.min(tokens + i128::from(passed) * i128::from(requests));
                levels.settle(&buckets, now);
                for _ in 0..failures {
                    let expected = tokens >= i128::from(period);
                    prop_assert_eq!(levels.room(&buckets) > 0, expected);
                    prop_assert_eq!(levels.wait(&buckets) == 0, expected);
                    if expected {
                        tokens -= i128::from(period);
                        levels.fill(&buckets);
                    } else {
                        let mut later = levels.clone();
                        let wait = levels.wait(&buckets);
                        later.settle(&buckets, now + wait - 1);
                        prop_assert_eq!(later.room(&buckets), 0, "not a second too late");
                        later.settle(&buckets, now + wait);
                        prop_assert!(later.room(&buckets) > 0, "nor too early");
                    }
                }
            }
        }
    }
}
