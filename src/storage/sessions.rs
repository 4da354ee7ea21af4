//! Browser sessions.

use super::database::{Statement, Transaction, Value, values};
use super::events::append;
use super::row::Row;
use super::{Storage, StorageError, second_factors};
use crate::clock::{NumericDate, Seconds};
use crate::model::event::Event;

/// A session as it is stored: never its id.
#[derive(Clone, PartialEq)]
pub struct SessionRow {
    /// SHA-256 of the session id, base64url.
    pub id_hash: String,
    /// What the session holds: an object or an array.
    pub data: serde_json::Value,
    /// The person signed in, canonical form.
    pub username: Option<String>,
    /// The sign-in (`Authentication::session`).
    pub session: Option<String>,
    /// When it ends at the latest.
    pub expires_at: NumericDate,
    /// Seconds after which it ends unused; `None` keeps it to its end.
    pub idle_seconds: Option<Seconds>,
    /// When it was last used, to within a minute or a fifth of the idle time.
    pub last_seen_at: NumericDate,
}

impl std::fmt::Debug for SessionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionRow")
            .field("username", &self.username)
            .field("session", &self.session)
            .field("expires_at", &self.expires_at)
            .field("last_seen_at", &self.last_seen_at)
            .finish_non_exhaustive()
    }
}

impl SessionRow {
    fn is_alive(&self, now: NumericDate) -> bool {
        now < self.expires_at && self.idle_seconds.is_none_or(|idle| now - self.last_seen_at < idle)
    }

    /// Whether its use is to be written down: seldom, for each is a commit.
    fn is_to_be_touched(&self, now: NumericDate) -> bool {
        self.idle_seconds.is_some_and(|idle| now - self.last_seen_at >= (idle / 5).clamp(1, 60))
    }
}

impl Storage {
    /// Stores a new session; `false`, and no event is kept, when its id is taken. What was to be enrolled in its sign-in is
    /// forgotten: it began before this proof.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn create_session(&self, row: &SessionRow, events: &[Event]) -> Result<bool, StorageError> {
        let sql = "INSERT INTO signet_sessions \
                   (id_hash, data, username, session, expires_at, idle_seconds, last_seen_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id_hash) DO NOTHING";
        self.store_session(row, Statement { sql, values: session_values(row) }, events).await
    }

    /// Puts a session in the place of another, whose id is dead from then on. `false` when there is no other: it was
    /// ended meanwhile, and nothing is stored. What was to be enrolled in its sign-in is forgotten: it began before this
    /// proof, and whoever held the id of then may know the seed.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn replace_session(
        &self,
        old_id_hash: &str,
        row: &SessionRow,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        let mut values = session_values(row);
        values.push(old_id_hash.into());
        let sql = "UPDATE signet_sessions SET id_hash = $1, data = $2, username = $3, session = $4, \
                   expires_at = $5, idle_seconds = $6, last_seen_at = $7 WHERE id_hash = $8";
        self.store_session(row, Statement { sql, values }, events).await
    }

    async fn store_session(
        &self,
        row: &SessionRow,
        statement: Statement,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        let data = (row.session.clone(), statement, events.to_vec());
        self.database
            .transaction(data, |transaction, (session, statement, events)| {
                Box::pin(async move {
                    let stored = transaction.execute(statement.sql, statement.values.clone()).await? == 1;
                    if stored {
                        if let Some(session) = session {
                            second_factors::forget_enrolment(transaction, session).await?;
                        }
                        append(transaction, events).await?;
                    }
                    Ok(stored)
                })
            })
            .await
    }

    /// A session that has neither ended nor rested too long. Its use is written down now and then. One that cannot be
    /// read is as good as none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load_session(
        &self,
        id_hash: &str,
        now: NumericDate,
    ) -> Result<Option<SessionRow>, StorageError> {
        let found = self
            .database
            .fetch_optional(
                "SELECT id_hash, data, username, session, expires_at, idle_seconds, last_seen_at \
                 FROM signet_sessions WHERE id_hash = $1",
                values![id_hash],
            )
            .await?;
        let Some(found) = found else { return Ok(None) };
        let mut row = match of_row(&found) {
            Ok(row) => row,
            Err(error) => {
                tracing::warn!(%error, "a session cannot be read; whoever had it must sign in again");
                return Ok(None);
            }
        };
        if !row.is_alive(now) {
            return Ok(None);
        }
        if row.is_to_be_touched(now) {
            self.touch_session(id_hash, now).await;
            row.last_seen_at = now;
        }
        Ok(Some(row))
    }

    /// Stores what a session now holds; `false` when it was deleted meanwhile, and it stays so.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn save_session(&self, row: &SessionRow) -> Result<bool, StorageError> {
        let saved = self
            .database
            .execute(
                "UPDATE signet_sessions SET data = $2, username = $3, session = $4, expires_at = $5, \
                 idle_seconds = $6, last_seen_at = $7 WHERE id_hash = $1",
                session_values(row),
            )
            .await?;
        Ok(saved == 1)
    }

    /// Deletes a session.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn delete_session(&self, id_hash: &str) -> Result<(), StorageError> {
        self.database.execute("DELETE FROM signet_sessions WHERE id_hash = $1", values![id_hash]).await?;
        Ok(())
    }

    /// A use that cannot be written down is let pass: the session ends a little early, nothing worse.
    async fn touch_session(&self, id_hash: &str, now: NumericDate) {
        let touched = self
            .database
            .execute(
                "UPDATE signet_sessions SET last_seen_at = $2 WHERE id_hash = $1 AND last_seen_at < $2",
                values![id_hash, now],
            )
            .await;
        if let Err(error) = touched {
            tracing::warn!(%error, "the use of a session was not written down");
        }
    }
}

/// Deletes every session of a person.
pub(super) async fn delete_of(transaction: &mut Transaction, username: &str) -> Result<(), StorageError> {
    transaction.execute("DELETE FROM signet_sessions WHERE username = $1", values![username]).await?;
    Ok(())
}

/// Whether a sign-in has a session. Until the transaction ends, nobody ends that.
pub(super) async fn use_in_answer(
    transaction: &mut Transaction,
    session: &str,
    username: &str,
    now: NumericDate,
) -> Result<bool, StorageError> {
    let used = transaction
        .execute(
            "UPDATE signet_sessions SET last_seen_at = $3 \
             WHERE session = $1 AND username = $2 AND expires_at > $3",
            values![session, username, now],
        )
        .await?;
    Ok(used > 0)
}

pub(super) fn of_row(row: &Row) -> Result<SessionRow, StorageError> {
    Ok(SessionRow {
        id_hash: row.get("id_hash")?,
        data: row.json("data")?,
        username: row.get("username")?,
        session: row.get("session")?,
        expires_at: row.get("expires_at")?,
        idle_seconds: row.get("idle_seconds")?,
        last_seen_at: row.get("last_seen_at")?,
    })
}

fn session_values(row: &SessionRow) -> Vec<Value> {
    values![
        &row.id_hash,
        Value::Json(Some(row.data.clone())),
        &row.username,
        &row.session,
        row.expires_at,
        row.idle_seconds,
        row.last_seen_at,
    ]
}
