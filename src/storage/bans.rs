//! The bans that stand, and their end before their time. Keys are opaque texts, as those of attempts.

use super::attempts::lock_person;
use super::database::values;
use super::events::append;
use super::{Storage, StorageError};
use crate::clock::NumericDate;
use crate::model::event::Event;

/// A ban that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BanRow {
    /// What is banned: a key of attempts.
    pub subject: String,
    /// Since when.
    pub banned_at: NumericDate,
    /// When it ends by itself.
    pub banned_until: NumericDate,
    /// How many failures led to it; `None` for one of an earlier version.
    pub failures: Option<i64>,
}

/// A ban to be lifted.
#[derive(Clone, Debug)]
pub struct Lifting {
    /// What is banned.
    pub subject: String,
    /// The key of the person over all networks (or of the address), under which attempts take turns.
    pub person: String,
    /// Whether every failure of that key is forgotten, or only those under `subject`.
    pub whole_person: bool,
    /// What happened.
    pub event: Event,
}

impl Storage {
    /// The bans that have not ended, the latest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_bans(&self, now: NumericDate) -> Result<Vec<BanRow>, StorageError> {
        let rows = self
            .database
            .fetch_all(
                "SELECT subject, banned_at, banned_until, failures FROM signet_bans WHERE banned_until > $1 \
                 ORDER BY banned_at DESC, subject",
                values![now],
            )
            .await?;
        let ban = |row: &super::row::Row| {
            Ok(BanRow {
                subject: row.get("subject")?,
                banned_at: row.get("banned_at")?,
                banned_until: row.get("banned_until")?,
                failures: row.get("failures")?,
            })
        };
        rows.iter().map(ban).collect()
    }

    /// Lifts bans and forgets the failures that led to them, all in one commit. Attempts under way go on counting.
    /// Says how many bans stood; the event of one that did not is not kept.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn lift_bans(&self, liftings: &[Lifting], now: NumericDate) -> Result<u64, StorageError> {
        let mut liftings = liftings.to_vec();
        // Two that lift at once take the locks in the same order.
        liftings.sort_by(|one, other| one.person.cmp(&other.person));
        self.database
            .transaction((liftings, now), |transaction, (liftings, now)| {
                Box::pin(async move {
                    let mut lifted = 0;
                    for Lifting { subject, person, whole_person, event } in liftings {
                        lock_person(transaction, person).await?;
                        let stood = transaction
                            .execute(
                                "DELETE FROM signet_bans WHERE subject = $1 AND banned_until > $2",
                                values![subject, *now],
                            )
                            .await?;
                        if stood == 0 {
                            continue;
                        }
                        let over_all = if *whole_person { person } else { subject };
                        transaction
                            .execute(
                                "UPDATE signet_attempts SET counted = $3, person_counted = $3 \
                                 WHERE (person_network = $1 OR person = $2) AND pending = $3",
                                values![subject, over_all, false],
                            )
                            .await?;
                        append(transaction, std::slice::from_ref(event)).await?;
                        lifted += stood;
                    }
                    Ok(lifted)
                })
            })
            .await
    }
}
