//! Client assertions that were used (RFC 7523 §3, `jti`).

use super::database::values;
use super::{Storage, StorageError};
use crate::clock::NumericDate;

impl Storage {
    /// Spends an assertion of a client, named by the SHA-256 of its `jti` in base64url: whether nobody did before. It is
    /// remembered until the end, which must not come before the assertion's own.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn spend_client_assertion(
        &self,
        client_id: &str,
        jti_hash: &str,
        until: NumericDate,
    ) -> Result<bool, StorageError> {
        let inserted = self
            .database
            .execute(
                "INSERT INTO signet_client_assertions (client_id, jti_hash, expires_at) VALUES ($1, $2, $3) \
                 ON CONFLICT DO NOTHING",
                values![client_id, jti_hash, until],
            )
            .await?;
        Ok(inserted == 1)
    }
}
