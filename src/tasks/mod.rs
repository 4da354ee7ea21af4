//! What runs on its own.

mod fetch_ahead;
mod refusals;

use std::time::Duration;

use crate::clock::Clock;
use crate::storage::{CLOCK_TOLERANCE, Storage};

pub use fetch_ahead::fetch_ahead;
pub use refusals::keep_refusals;

/// How often expired rows are deleted.
const UPKEEP_EVERY: Duration = Duration::from_secs(60);

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
