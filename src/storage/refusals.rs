//! Why requests were refused: written in batches, the oldest go.

use super::database::{Value, values};
use super::row::Row;
use super::{Storage, StorageError};
use crate::clock::{NumericDate, Seconds};
use crate::model::refusal::Refusal;

/// How many refusals are kept.
pub(super) const KEPT: i64 = 10_000;
/// How many of them may come from one network: the others' stay, whoever makes a flood.
pub(super) const KEPT_OF_NETWORK: i64 = 1_000;
/// How long they are kept: 7 days, in seconds.
pub(super) const KEPT_FOR: Seconds = 7 * 24 * 3600;

impl Storage {
    /// Keeps refusals, in one statement. One whose id is taken is left out.
    ///
    /// # Errors
    /// When the database does not store them; then none is stored.
    pub async fn keep_refusals(&self, refusals: &[Refusal]) -> Result<(), StorageError> {
        if refusals.is_empty() {
            return Ok(());
        }
        let rows: Vec<Vec<Value>> = refusals.iter().map(row_of).collect();
        self.database
            .transaction(rows, |transaction, rows| {
                Box::pin(async move {
                    let head = "INSERT INTO signet_refusals (id, happened_at, issuer, endpoint, status, error, \
                                client_id, username, address, network, reason)";
                    transaction.insert_rows(head, rows.clone(), "ON CONFLICT (id) DO NOTHING").await
                })
            })
            .await
    }

    /// The refusal of an id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn refusal(&self, id: &str) -> Result<Option<Refusal>, StorageError> {
        self.database
            .fetch_optional(
                "SELECT id, happened_at, issuer, endpoint, status, error, client_id, username, address, network, \
                 reason FROM signet_refusals WHERE id = $1",
                values![id],
            )
            .await?
            .map(|row| of_row(&row))
            .transpose()
    }

    /// Refusals since a time, of every client or of one, the latest first and at most `most`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_refusals(
        &self,
        client_id: Option<&str>,
        since: NumericDate,
        most: u32,
    ) -> Result<Vec<Refusal>, StorageError> {
        self.database
            .fetch_all(
                "SELECT id, happened_at, issuer, endpoint, status, error, client_id, username, address, network, \
                 reason FROM signet_refusals WHERE happened_at >= $1 AND (CAST($2 AS TEXT) IS NULL OR client_id = $2) \
                 ORDER BY happened_at DESC, id LIMIT $3",
                values![since, client_id, i64::from(most)],
            )
            .await?
            .iter()
            .map(of_row)
            .collect()
    }
}

fn row_of(refusal: &Refusal) -> Vec<Value> {
    values![
        &refusal.id,
        refusal.at,
        &refusal.issuer,
        &refusal.endpoint,
        i64::from(refusal.status),
        &refusal.error,
        &refusal.client_id,
        &refusal.username,
        refusal.address.to_string(),
        refusal.network(),
        &refusal.reason,
    ]
}

fn of_row(row: &Row) -> Result<Refusal, StorageError> {
    let status: i64 = row.get("status")?;
    Ok(Refusal {
        id: row.get("id")?,
        at: row.get("happened_at")?,
        issuer: row.get("issuer")?,
        endpoint: row.get("endpoint")?,
        status: u16::try_from(status).map_err(|_| StorageError::unreadable("status"))?,
        error: row.get("error")?,
        client_id: row.get("client_id")?,
        username: row.get("username")?,
        address: row.parsed("address", |text| text.parse().ok())?,
        reason: row.get("reason")?,
    })
}
