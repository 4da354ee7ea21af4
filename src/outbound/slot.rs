//! What is remembered of one URL: its last answer, and how often it was asked.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::body::Bytes;
use tokio::sync::{Mutex, MutexGuard};

use super::OutboundError;
use crate::clock::{NumericDate, Seconds};

/// How often one URL is asked in a row whose answers are not used twice, and how many times a second from then on.
/// Strangers can have it asked, and its server bears that. Nobody is turned away: who comes meanwhile waits for the next
/// answer with all others.
const BURST: i64 = 30;
const PER_SECOND: i64 = 5;

/// How long a URL is left alone that was asked too often: as long as [`PER_SECOND`] says.
pub(super) const PACE: Duration = Duration::from_millis(200);

/// What is remembered of one URL.
#[derive(Default)]
pub(super) struct Slot {
    /// Held while the URL is asked.
    asked: Mutex<Asked>,
    /// How many fetches have begun.
    begun: AtomicU64,
}

#[derive(Default)]
pub(super) struct Asked {
    pub(super) answer: Option<Answer>,
    pub(super) bucket: Bucket,
}

/// The last answer of a URL.
pub(super) struct Answer {
    pub(super) got: Result<Bytes, OutboundError>,
    /// From when it was asked until it is forgotten.
    pub(super) stands: Range<NumericDate>,
    /// How long from then on its server lets it be used again.
    pub(super) fresh: Seconds,
    /// Which of the fetches of this URL it came of.
    pub(super) number: u64,
}

impl Slot {
    /// What is remembered, as soon as nobody asks.
    pub(super) async fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().await
    }

    /// Whether an answer stands, or somebody asks for one.
    pub(super) fn is_in_use(&self, now: NumericDate) -> bool {
        match self.asked.try_lock() {
            Ok(asked) => asked.answer.as_ref().is_some_and(|answer| answer.stands.contains(&now)),
            Err(_) => true,
        }
    }

    /// How many fetches have begun: whoever comes now shares each that begins later, and none whose server may have
    /// answered before.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// A fetch begins; its number.
    pub(super) fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst).saturating_add(1)
    }
}

/// A token bucket; full when nobody has asked for a while.
pub(super) struct Bucket {
    left: i64,
    at: NumericDate,
}

impl Default for Bucket {
    fn default() -> Self {
        Self { left: BURST, at: 0 }
    }
}

impl Bucket {
    /// Takes a token, if there is one. A clock that went back fills nothing.
    pub(super) fn take(&mut self, now: NumericDate) -> bool {
        let passed = now.saturating_sub(self.at).max(0);
        self.left = passed.saturating_mul(PER_SECOND).saturating_add(self.left).min(BURST);
        self.at = now;
        let taken = self.left > 0;
        self.left -= i64::from(taken);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_empty_after_a_burst_and_fills_while_time_passes() {
        let mut bucket = Bucket::default();
        let mut taken = |now| (0..100).filter(|_| bucket.take(now)).count();
        assert_eq!(taken(1_000), 30);
        assert_eq!(taken(1_000), 0);
        assert_eq!(taken(1_001), 5);
        assert_eq!(taken(900), 0, "the clock went back");
        assert_eq!(taken(901), 5);
        assert_eq!(taken(i64::MAX), 30);
    }
}
