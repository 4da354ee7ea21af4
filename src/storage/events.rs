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
        ];
        let sql = "INSERT INTO signet_events (id, kind, happened_at, issuer, username, client_id, address, grant_id, \
                   request_id, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
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
