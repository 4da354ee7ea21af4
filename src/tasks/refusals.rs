//! Taking refusals to their table, no faster than a table of 10,000 is of use.

use std::time::Duration;

use crate::observe::Refusals;
use crate::storage::Storage;

/// How often waiting refusals are kept.
const KEEP_EVERY: Duration = Duration::from_secs(1);

/// The most refusals in one statement.
const TOGETHER: usize = 250;

/// How many may be kept after a quiet time.
const AT_ONCE: usize = 1000;

/// How many more each time: 600 in a minute.
const EACH_TIME: usize = 10;

/// Keeps what was refused, until no more will come and what waits is kept. While the database does not answer they
/// wait; what no longer fits, and what is more than [`EACH_TIME`] for long, is dropped and told.
pub async fn keep_refusals(storage: Storage, refusals: Refusals) {
    let mut keeper = Keeper { storage, refusals, allowed: AT_ONCE, dropped: Dropped::default() };
    loop {
        let last = tokio::select! {
            () = keeper.refusals.closed() => true,
            () = tokio::time::sleep(KEEP_EVERY) => false,
        };
        keeper.keep(last).await;
        keeper.dropped.tell(last);
        if last {
            return;
        }
    }
}

struct Keeper {
    storage: Storage,
    refusals: Refusals,
    /// How many may be kept now.
    allowed: usize,
    dropped: Dropped,
}

impl Keeper {
    /// Keeps what waits, as far as it may; drops the newest beyond that.
    async fn keep(&mut self, last: bool) {
        self.allowed = AT_ONCE.min(self.allowed + EACH_TIME);
        loop {
            let most = TOGETHER.min(self.allowed);
            let batch = self.refusals.take(most);
            self.dropped.count += batch.dropped;
            let many = batch.refusals.len();
            match self.storage.keep_refusals(&batch.refusals).await {
                Ok(()) => self.allowed -= many,
                Err(error) if last => {
                    self.dropped.count += many as u64;
                    tracing::warn!(%error, "the last refusals could not be kept");
                    return;
                }
                Err(error) => {
                    tracing::debug!(%error, "refusals could not be kept; trying again in a second");
                    self.refusals.put_back(batch.refusals);
                    return;
                }
            }
            if self.allowed == 0 {
                let beyond = self.refusals.take(usize::MAX);
                self.dropped.count += beyond.dropped + beyond.refusals.len() as u64;
                return;
            }
            if many < most {
                return;
            }
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::model::refusal::Refusal;
    use crate::storage::StorageOptions;

    const NOW: i64 = 1_700_000_000;

    fn refusal(number: u32) -> Refusal {
        Refusal {
            id: format!("{number:010}"),
            at: NOW + i64::from(number / 1000) * 60,
            issuer: None,
            endpoint: "GET /".to_owned(),
            status: 404,
            error: "not_found".to_owned(),
            client_id: None,
            username: None,
            address: Ipv4Addr::from_bits(number << 8).into(),
            reason: "a test".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_flood_from_everywhere_is_kept_at_a_rate_and_the_rest_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db.sqlite3");
        let storage = Storage::open(&StorageOptions::Sqlite { path }).await.unwrap();
        storage.migrate().await.unwrap();
        let kept = async || storage.list_refusals(None, 0, u32::MAX).await.unwrap().len();
        let mut keeper = Keeper {
            storage: storage.clone(),
            refusals: Refusals::default(),
            allowed: AT_ONCE,
            dropped: Dropped::default(),
        };
        for (turn, expected) in (0..).zip([1000, 1010, 1020]) {
            for number in turn * 1000..(turn + 1) * 1000 {
                keeper.refusals.put(refusal(number));
            }
            keeper.keep(false).await;
            assert_eq!(kept().await, expected);
        }
        assert_eq!(keeper.dropped.count, 2 * 990);
        assert_eq!(keeper.refusals.take(1).refusals, [], "nobody waits for the next minute");
        let first = storage.refusal("0000002000").await.unwrap();
        assert!(first.is_some(), "the newest of them go");
        for _ in 0..3 {
            keeper.keep(false).await;
        }
        assert_eq!(keeper.allowed, 30, "a quiet time allows more again");
    }
}
