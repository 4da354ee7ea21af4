//! Why requests were refused: written in batches, the oldest go.

use super::database::{Transaction, Value, values};
use super::row::Row;
use super::{Storage, StorageError};
use crate::clock::{NumericDate, Seconds};
use crate::model::refusal::Refusal;

/// How many refusals are kept.
const KEPT: i64 = 10_000;
/// How much room is made when there are more: it costs more than a row does.
const ROOM: i64 = 250;
/// The most that go in one transaction: a table may be larger than one that this version filled.
const AT_ONCE: i64 = 2_000;
/// How many of the latest stay whatever the others are like.
const LATEST: i64 = 5_000;
/// How many stay of one network when there is no room: the others' stay, whoever makes a flood.
const KEPT_OF_NETWORK: i64 = 1_000;
/// The time whose refusals give way to each other: an hour, in seconds.
const TIME: Seconds = 3600;
/// How long they are kept: 7 days, in seconds.
pub(super) const KEPT_FOR: Seconds = 7 * 24 * 3600;

impl Storage {
    /// Keeps refusals, and makes room when there are more than 10,000. First those of a network that has more than 1,000
    /// go, the oldest first. Then, but for the latest 5,000, those of the hours that have the most: a flood, from however
    /// many networks, pushes out its own, and what was refused before it stays. One whose id is taken is left out.
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
                    if transaction.is_concurrent() {
                        // Two that count at once would each leave room for themselves alone.
                        let lock = "SELECT pg_advisory_xact_lock(hashtextextended('signet_refusals', 0))";
                        transaction.fetch_optional(lock, values![]).await?;
                    }
                    let head = "INSERT INTO signet_refusals (id, happened_at, issuer, endpoint, status, error, \
                                client_id, username, address, network, reason)";
                    transaction.insert_rows(head, rows.clone(), "ON CONFLICT (id) DO NOTHING").await?;
                    make_room(transaction).await.map(drop)
                })
            })
            .await
    }

    /// Makes room as [`Storage::keep_refusals`] does, for tables that are larger than it leaves them; says how many went.
    pub(super) async fn make_room_for_refusals(&self) -> Result<u64, StorageError> {
        self.database.transaction((), |transaction, ()| Box::pin(make_room(transaction))).await
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

async fn make_room(transaction: &mut Transaction) -> Result<u64, StorageError> {
    let count = transaction
        .fetch_optional("SELECT COUNT(*) AS refusals FROM signet_refusals", values![])
        .await?
        .map_or(Ok(0), |row| row.get::<i64>("refusals"))?;
    if count <= KEPT {
        return Ok(0);
    }
    let surplus = AT_ONCE.min(count - KEPT + ROOM);
    let mut gone = 0;
    let crowded = transaction
        .fetch_all(
            "SELECT network, COUNT(*) AS refusals FROM signet_refusals GROUP BY network HAVING COUNT(*) > $1",
            values![KEPT_OF_NETWORK],
        )
        .await?;
    for row in crowded {
        let most = (row.get::<i64>("refusals")? - KEPT_OF_NETWORK).min(surplus - gone);
        let oldest = "DELETE FROM signet_refusals WHERE id IN \
                      (SELECT id FROM signet_refusals WHERE network = $1 ORDER BY happened_at, id LIMIT $2)";
        let network = row.get::<String>("network")?;
        gone += delete(transaction, oldest, values![network, most]).await?;
    }
    if gone < surplus {
        gone += make_room_in_time(transaction, surplus - gone).await?;
    }
    Ok(gone.unsigned_abs())
}

/// Deletes refusals of the hours that have the most.
async fn make_room_in_time(transaction: &mut Transaction, surplus: i64) -> Result<i64, StorageError> {
    let last = transaction
        .fetch_optional(
            "SELECT happened_at FROM signet_refusals ORDER BY happened_at DESC LIMIT 1 OFFSET $1",
            values![LATEST],
        )
        .await?
        .map_or(Ok(NumericDate::MAX), |row| row.get("happened_at"))?;
    let hours: Vec<(i64, i64)> = transaction
        .fetch_all(
            "SELECT happened_at / $2 AS hour, COUNT(*) AS refusals FROM signet_refusals WHERE happened_at <= $1 \
             GROUP BY 1",
            values![last, TIME],
        )
        .await?
        .iter()
        .map(|row| Ok((row.get("hour")?, row.get("refusals")?)))
        .collect::<Result<_, StorageError>>()?;
    let mut gone = 0;
    for (hour, many) in give_way(&hours, surplus) {
        let (begin, end) = (hour * TIME, last.min((hour + 1) * TIME - 1));
        let oldest = "DELETE FROM signet_refusals WHERE id IN (SELECT id FROM signet_refusals \
                      WHERE happened_at BETWEEN $1 AND $2 ORDER BY happened_at, id LIMIT $3)";
        gone += delete(transaction, oldest, values![begin, end, many]).await?;
    }
    Ok(gone)
}

async fn delete(
    transaction: &mut Transaction,
    sql: &'static str,
    values: Vec<Value>,
) -> Result<i64, StorageError> {
    Ok(i64::try_from(transaction.execute(sql, values).await?).unwrap_or(i64::MAX))
}

/// How many of each crowd go, so that `surplus` go together: those of the largest, until no crowd is larger than one
/// that somebody was taken from.
fn give_way(crowds: &[(i64, i64)], surplus: i64) -> Vec<(i64, i64)> {
    let beyond = |many: i64, level: i64| (many - level).max(0);
    let (mut level, mut high) = (0, crowds.iter().map(|&(_, many)| many).max().unwrap_or(0));
    while level < high {
        let middle = high - (high - level) / 2;
        let go: i64 = crowds.iter().map(|&(_, many)| beyond(many, middle)).sum();
        if go >= surplus {
            level = middle;
        } else {
            high = middle - 1;
        }
    }
    let mut left = surplus;
    let mut going = Vec::new();
    for &(name, many) in crowds {
        let go = beyond(many, level).min(left);
        left -= go;
        if go > 0 {
            going.push((name, go));
        }
    }
    going
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_crowd_gives_way_until_others_are_as_large() {
        let crowds = [(1, 10), (2, 500), (3, 9000), (4, 60)];
        for (surplus, expected) in [
            (0, vec![]),
            (250, vec![(3, 250)]),
            (8500, vec![(3, 8500)]),
            (8700, vec![(2, 100), (3, 8600)]),
            (9500, vec![(2, 480), (3, 8980), (4, 40)]),
            (100_000, crowds.to_vec()),
        ] {
            assert_eq!(give_way(&crowds, surplus), expected, "{surplus}");
        }
        assert_eq!(give_way(&[], 5), []);
        let equal: Vec<(i64, i64)> = (0..168).map(|hour| (hour, 60)).collect();
        let given = give_way(&equal, 250);
        assert_eq!(given.iter().map(|&(_, many)| many).sum::<i64>(), 250);
        assert!(given.iter().all(|&(_, many)| many <= 2), "{given:?}");
    }
}
