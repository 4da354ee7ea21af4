//! What was answered is kept, whatever is killed: processes, connections, the disk, the database.
//!
//! The counts are those of [`crate::support::counts`]; each test prints one line of figures.

mod books;
mod full_disk;
mod hang_up;
mod judge;
mod kill;
mod ledger;
mod load;
mod outage;
mod replicas;
mod restart;
mod together;

use std::time::Duration;

/// Times in order, for a line of figures: the median, and the longest.
fn spread(times: &mut [Duration]) -> (Duration, Duration) {
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() - 1])
}
