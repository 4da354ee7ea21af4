//! What runs on its own.

use std::time::Duration;

use crate::clock::Clock;
use crate::observe::Refusals;
use crate::storage::{CLOCK_TOLERANCE, Storage};

/// How often expired rows are deleted.
const UPKEEP_EVERY: Duration = Duration::from_secs(60);

/// How often waiting refusals are kept.
const KEEP_EVERY: Duration = Duration::from_secs(1);

/// The most refusals in one statement.
const TOGETHER: usize = 250;

/// Keeps what was refused, until no more will come and everything that waits is kept. While the database does not
/// answer they wait; what no longer fits is dropped and told.
pub async fn keep_refusals(storage: Storage, refusals: Refusals) {
    let mut dropped = Dropped::default();
    loop {
        let last = tokio::select! {
            () = refusals.closed() => true,
            () = tokio::time::sleep(KEEP_EVERY) => false,
        };
        loop {
            let batch = refusals.take(TOGETHER);
            dropped.count += batch.dropped;
            let many = batch.refusals.len();
            match storage.keep_refusals(&batch.refusals).await {
                Ok(()) if many < TOGETHER => break,
                Ok(()) => {}
                Err(error) if last => {
                    dropped.count += many as u64;
                    tracing::warn!(%error, "the last refusals could not be kept");
                    break;
                }
                Err(error) => {
                    tracing::debug!(%error, "refusals could not be kept; trying again in a second");
                    refusals.put_back(batch.refusals);
                    break;
                }
            }
        }
        dropped.tell(last);
        if last {
            return;
        }
    }
}

/// How many refusals were dropped and not told of yet.
#[derive(Default)]
struct Dropped {
    count: u64,
    turns: u32,
}

impl Dropped {
    /// Tells of them, at most once a minute.
    fn tell(&mut self, at_once: bool) {
        self.turns = self.turns.saturating_sub(1);
        if self.count == 0 || (self.turns > 0 && !at_once) {
            return;
        }
        tracing::warn!(
            dropped = self.count,
            "refusals were not kept in the table: too many at once, or too many of one network; the log has them"
        );
        *self = Self { count: 0, turns: 60 };
    }
}

/// Deletes what has expired and compares the clocks, for as long as it is let run.
pub async fn upkeep(storage: Storage, clock: Clock) {
    let mut turns = tokio::time::interval(UPKEEP_EVERY);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        match storage.clock_difference(clock.now()).await {
            Ok(seconds) if seconds.abs() > CLOCK_TOLERANCE => {
                tracing::warn!(seconds, "the database's clock and ours differ: tokens may end early or late")
            }
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, "the clocks could not be compared"),
        }
        match storage.delete_expired(clock.now()).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "expired rows deleted"),
            Err(error) => {
                tracing::warn!(%error, "expired rows could not be deleted; trying again in a minute")
            }
        }
    }
}
