//! What happened: appended within the transactions that made it happen, never changed.

use uuid::{NoContext, Timestamp, Uuid};

use super::database::{Statement, Transaction, values};
use super::{Storage, StorageError};
use crate::clock::NumericDate;
use crate::model::event::Event;

impl Storage {
    /// Keeps events that no other function keeps.
    ///
    /// # Errors
    /// When the database does not store them; then none is stored.
    pub async fn append_events(&self, events: &[Event]) -> Result<(), StorageError> {
        self.database
            .transaction(events.to_vec(), |transaction, events| Box::pin(append(transaction, events)))
            .await
    }

    /// What happened in a request, in words: the kind, the person and the detail of each event. `around` is
    /// the time of the request: events an hour from it are not looked at.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn events_of_request(
        &self,
        request_id: &str,
        around: NumericDate,
    ) -> Result<Vec<(String, Option<String>, Option<String>)>, StorageError> {
        const HOUR: NumericDate = 3600;
        self.database
            .fetch_all(
                "SELECT kind, username, detail FROM signet_events \
                 WHERE id >= $1 AND id < $2 AND request_id = $3 ORDER BY id",
                values![first_id_of(around - HOUR), first_id_of(around + HOUR), request_id],
            )
            .await?
            .iter()
            .map(|row| Ok((row.get("kind")?, row.get("username")?, row.get("detail")?)))
            .collect()
    }
}

pub(super) async fn append(transaction: &mut Transaction, events: &[Event]) -> Result<(), StorageError> {
    transaction.execute_all(insertions(events).collect()).await
}

/// What appends events.
pub(super) fn insertions(events: &[Event]) -> impl Iterator<Item = Statement> {
    events.iter().map(|event| {
        let values = values![
            Uuid::new_v7(Timestamp::from_unix(NoContext, since_epoch(event.at), 0)).to_string(),
            event.kind.as_str(),
            event.at,
            &event.issuer,
            &event.username,
            &event.client_id,
            event.address.map(|address| address.to_string()),
            &event.grant,
            &event.request_id,
            &event.detail,
            event.actor.as_str(),
            event.outcome.as_str(),
            &event.user_agent,
        ];
        let sql = "INSERT INTO signet_events (id, kind, happened_at, issuer, username, client_id, address, grant_id, \
                   request_id, detail, actor, outcome, user_agent) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        Statement { sql, values }
    })
}

/// An id before those of all events of this second or a later one.
pub(super) fn first_id_of(second: NumericDate) -> String {
    uuid::Builder::from_unix_timestamp_millis(since_epoch(second).saturating_mul(1000), &[0; 10])
        .into_uuid()
        .to_string()
}

fn since_epoch(at: NumericDate) -> u64 {
    u64::try_from(at).unwrap_or_default()
}
