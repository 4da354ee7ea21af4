//! Browsers a person signed in with before.

use super::database::values;
use super::{Storage, StorageError};
use crate::clock::{NumericDate, Seconds};

/// How long a browser is remembered after its last sign-in: a year, in seconds.
const REMEMBERED: Seconds = 365 * 24 * 3600;

impl Storage {
    /// Whether the person signed in with this browser (as a hash) within the last year.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_known_browser(
        &self,
        username: &str,
        browser_hash: &str,
        now: NumericDate,
    ) -> Result<bool, StorageError> {
        Ok(self
            .database
            .fetch_optional(
                "SELECT expires_at FROM signet_known_browsers \
                 WHERE username = $1 AND browser = $2 AND expires_at > $3",
                values![username, browser_hash, now],
            )
            .await?
            .is_some())
    }

    /// Remembers that the person signed in with this browser.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn remember_browser(
        &self,
        username: &str,
        browser_hash: &str,
        now: NumericDate,
    ) -> Result<(), StorageError> {
        self.database
            .execute(
                "INSERT INTO signet_known_browsers (username, browser, expires_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (username, browser) DO UPDATE SET expires_at = excluded.expires_at",
                values![username, browser_hash, now + REMEMBERED],
            )
            .await?;
        Ok(())
    }
}
