//! Cleaning up, and whether the database is fit to serve.

use super::database::{Value, values};
use super::{Storage, StorageError, events, refusals};
use crate::clock::{NumericDate, Seconds};
use crate::model::interaction::INTERACTION_LIFESPAN;

/// Rows deleted in one commit: writers between two commits hardly wait.
const BATCH: u64 = 500;

/// How long events are kept: 90 days, in seconds.
const EVENTS_KEPT: Seconds = 90 * 24 * 3600;

/// How long a device code that gave nothing is kept after its end, in seconds.
const DEVICE_CODES_KEPT: Seconds = 600;

const ENDED_DEVICE_CODES: &str = "DELETE FROM signet_device_codes WHERE id IN \
     (SELECT id FROM signet_device_codes WHERE grant_id IS NULL AND expires_at <= $1 LIMIT 500)";

/// How far the database's clock may be from ours, in seconds, before somebody is told: replicas judge the same rows by
/// their own clocks.
pub const CLOCK_TOLERANCE: Seconds = 5;

/// A statement that deletes a batch of rows whose end has come.
macro_rules! batch {
    ($table:literal, $id:literal, $end:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE ",
            $id,
            " IN (SELECT ",
            $id,
            " FROM ",
            $table,
            " WHERE ",
            $end,
            " <= $1 LIMIT 500)"
        )
    };
}

/// A statement that deletes a batch of rows whose grant has ended: spent ones are kept until then, so that their second
/// use is known.
macro_rules! of_ended_grants {
    ($table:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE id IN (SELECT t.id FROM signet_grants g JOIN ",
            $table,
            " t ON t.grant_id = g.id WHERE g.expires_at <= $1 LIMIT 500)"
        )
    };
}

/// Tables whose rows end by themselves. Grants are last: what hangs from them ends no later than they do.
const ENDING: &[&str] = &[
    batch!("signet_interactions", "id", "expires_at"),
    batch!("signet_access_tokens", "id", "expires_at"),
    batch!("signet_totp_enrolments", "session", "expires_at"),
    batch!("signet_attempts", "id", "expires_at"),
    batch!("signet_bans", "subject", "banned_until"),
    batch!("signet_sessions", "id_hash", "expires_at"),
    "DELETE FROM signet_client_assertions WHERE (client_id, jti_hash) IN \
     (SELECT client_id, jti_hash FROM signet_client_assertions WHERE expires_at <= $1 LIMIT 500)",
    "DELETE FROM signet_known_browsers WHERE (username, browser) IN \
     (SELECT username, browser FROM signet_known_browsers WHERE expires_at <= $1 LIMIT 500)",
    of_ended_grants!("signet_authorization_codes"),
    of_ended_grants!("signet_refresh_tokens"),
    of_ended_grants!("signet_device_codes"),
    // A consent for once ends with its grant, and before it: nothing else leads to it.
    "DELETE FROM signet_consents WHERE id IN (SELECT c.id FROM signet_grants g \
     JOIN signet_consents c ON c.id = g.consent AND c.remembered_until IS NULL \
     WHERE g.expires_at <= $1 LIMIT 500)",
    "DELETE FROM signet_grants WHERE id IN (SELECT g.id FROM signet_grants g WHERE g.expires_at <= $1 \
     AND NOT EXISTS (SELECT 1 FROM signet_authorization_codes c WHERE c.grant_id = g.id) \
     AND NOT EXISTS (SELECT 1 FROM signet_refresh_tokens t WHERE t.grant_id = g.id) \
     AND NOT EXISTS (SELECT 1 FROM signet_device_codes d WHERE d.grant_id = g.id) \
     AND NOT EXISTS (SELECT 1 FROM signet_consents c WHERE c.id = g.consent AND c.remembered_until IS NULL) \
     LIMIT 500)",
    "DELETE FROM signet_consents WHERE id IN (SELECT id FROM signet_consents c WHERE c.remembered_until <= $1 \
     AND NOT EXISTS (SELECT 1 FROM signet_grants g WHERE g.consent = c.id) LIMIT 500)",
];

impl Storage {
    /// Deletes all that has ended, in small commits; says how many rows went. However fast rows come, they go: a limit per
    /// call would let a table grow without end.
    ///
    /// # Errors
    /// When the database does not store it; what was deleted until then stays deleted.
    pub async fn delete_expired(&self, now: NumericDate) -> Result<u64, StorageError> {
        // Authorizations begun from a pushed request outlive it by at most their own life.
        let mut total = self
            .delete_batches(
                batch!("signet_pushed_requests", "id", "expires_at"),
                now.saturating_sub(INTERACTION_LIFESPAN).into(),
            )
            .await?;
        // A device that comes late is told so for a while.
        total +=
            self.delete_batches(ENDED_DEVICE_CODES, now.saturating_sub(DEVICE_CODES_KEPT).into()).await?;
        for sql in ENDING {
            total += self.delete_batches(sql, now.into()).await?;
        }
        total += self.delete_old_events(now.saturating_sub(EVENTS_KEPT)).await?;
        Ok(total + self.delete_refusals(now).await?)
    }

    /// Deletes the refusals that are too old, or too many.
    async fn delete_refusals(&self, now: NumericDate) -> Result<u64, StorageError> {
        let old = batch!("signet_refusals", "id", "happened_at");
        let mut total = self.delete_batches(old, now.saturating_sub(refusals::KEPT_FOR).into()).await?;
        loop {
            match self.make_room_for_refusals().await? {
                0 => return Ok(total),
                deleted => total += deleted,
            }
        }
    }

    /// Writes a row, to learn whether the database takes writes.
    ///
    /// # Errors
    /// When it does not.
    pub async fn check_writable(&self) -> Result<(), StorageError> {
        self.database
            .execute(
                "INSERT INTO signet_write_probe (id, writes) VALUES ($1, $1) \
                 ON CONFLICT (id) DO UPDATE SET writes = signet_write_probe.writes + 1",
                values![1_i64],
            )
            .await?;
        Ok(())
    }

    /// How many seconds the database's clock is ahead of `now`; zero for SQLite, which has none of its own.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn clock_difference(&self, now: NumericDate) -> Result<Seconds, StorageError> {
        if self.database.file().is_some() {
            return Ok(0);
        }
        let row = self
            .database
            .fetch_optional(
                "SELECT CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp())) AS BIGINT) AS seconds",
                values![],
            )
            .await?;
        row.map_or(Ok(0), |row| Ok(row.get::<NumericDate>("seconds")?.saturating_sub(now)))
    }

    /// Deletes the events from before a time. Their ids find them, but a database may sort texts by the rules of a language
    /// (Danish has `aa` behind `z`): then some go late, and by their own time none goes early.
    async fn delete_old_events(&self, before: NumericDate) -> Result<u64, StorageError> {
        let sql = "DELETE FROM signet_events WHERE id IN \
                   (SELECT id FROM signet_events WHERE id < $1 AND happened_at < $2 LIMIT 500)";
        self.delete_batches_by(sql, values![events::first_id_of(before), before]).await
    }

    async fn delete_batches(&self, sql: &'static str, until: Value) -> Result<u64, StorageError> {
        self.delete_batches_by(sql, vec![until]).await
    }

    async fn delete_batches_by(&self, sql: &'static str, values: Vec<Value>) -> Result<u64, StorageError> {
        let mut total = 0;
        loop {
            let deleted = self.database.execute(sql, values.clone()).await?;
            total += deleted;
            if deleted < BATCH {
                return Ok(total);
            }
        }
    }
}
