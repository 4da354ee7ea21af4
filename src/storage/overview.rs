//! What an administrator is shown of people: sign-ins, what clients hold, when they were last here.

use super::database::values;
use super::{SessionRow, Storage, StorageError, sessions};
use crate::clock::NumericDate;

/// A grant that stands, as far as an administrator is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantView {
    /// The client that holds it.
    pub client_id: String,
    /// The sign-in it was made in.
    pub session: String,
    /// What was granted, as `scope` writes it.
    pub scope: String,
    /// Whether it outlives a sign-out.
    pub offline: bool,
    /// When it was granted.
    pub created_at: NumericDate,
    /// The latest end of what hangs from it.
    pub expires_at: NumericDate,
    /// The person's credential at the sign-in (`Authentication::credential`).
    pub credential: String,
}

impl Storage {
    /// The sessions of a person that have neither ended nor rested too long, the latest used first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn sessions_of(
        &self,
        username: &str,
        now: NumericDate,
    ) -> Result<Vec<SessionRow>, StorageError> {
        let rows = self
            .database
            .fetch_all(
                "SELECT id_hash, data, username, session, expires_at, idle_seconds, last_seen_at \
                 FROM signet_sessions WHERE username = $1 AND expires_at > $2 \
                 AND (idle_seconds IS NULL OR last_seen_at + idle_seconds > $2) \
                 ORDER BY last_seen_at DESC, id_hash",
                values![username, now],
            )
            .await?;
        rows.iter().map(sessions::of_row).collect()
    }

    /// How many such sessions each person has who has any, by username.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_sessions(&self, now: NumericDate) -> Result<Vec<(String, i64)>, StorageError> {
        let rows = self
            .database
            .fetch_all(
                "SELECT username, COUNT(*) AS sessions FROM signet_sessions \
                 WHERE username IS NOT NULL AND expires_at > $1 \
                 AND (idle_seconds IS NULL OR last_seen_at + idle_seconds > $1) \
                 GROUP BY username ORDER BY username",
                values![now],
            )
            .await?;
        rows.iter().map(|row| Ok((row.get("username")?, row.get("sessions")?))).collect()
    }

    /// When each person last typed the right password, as far back as events are kept, by username.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn last_sign_ins(&self) -> Result<Vec<(String, NumericDate)>, StorageError> {
        let rows = self
            .database
            .fetch_all(
                "SELECT username, MAX(happened_at) AS last FROM signet_events \
                 WHERE kind = $1 AND username IS NOT NULL GROUP BY username ORDER BY username",
                values!["login.success"],
            )
            .await?;
        rows.iter().map(|row| Ok((row.get("username")?, row.get("last")?))).collect()
    }

    /// The grants of a person that stand: neither revoked nor ended. The oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn standing_grants_of(
        &self,
        username: &str,
        now: NumericDate,
    ) -> Result<Vec<GrantView>, StorageError> {
        let rows = self
            .database
            .fetch_all(
                "SELECT g.client_id, g.session, g.scope, g.offline, g.created_at, g.expires_at, \
                 g.credential \
                 FROM signet_grants g LEFT JOIN signet_consents c ON c.id = g.consent AND c.revoked_at IS NULL \
                 WHERE g.username = $1 AND g.revoked_at IS NULL AND g.expires_at > $2 \
                 AND (g.consent IS NULL OR c.id IS NOT NULL) ORDER BY g.created_at, g.id",
                values![username, now],
            )
            .await?;
        let view = |row: &super::row::Row| {
            Ok(GrantView {
                client_id: row.get("client_id")?,
                session: row.get("session")?,
                scope: row.get("scope")?,
                offline: row.get("offline")?,
                created_at: row.get("created_at")?,
                expires_at: row.get("expires_at")?,
                credential: row.get("credential")?,
            })
        };
        rows.iter().map(view).collect()
    }
}
