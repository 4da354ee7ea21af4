//! Consents: what people agreed to.

use super::database::{Statement, values};
use super::{Storage, StorageError};
use crate::clock::NumericDate;
use crate::model::consent::Consent;
use crate::model::issuer::Issuer;
use crate::protocol::scope::Scope;

impl Storage {
    /// The consent that answers a request for exactly these scopes and this audience without asking the person.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn remembered_consent(
        &self,
        issuer: &Issuer,
        client_id: &str,
        username: &str,
        scope: &Scope,
        audience: &[String],
        now: NumericDate,
    ) -> Result<Option<String>, StorageError> {
        self.database
            .fetch_optional(
                "SELECT id FROM signet_consents WHERE username = $1 AND client_id = $2 AND issuer = $3 \
                 AND scope_set = $4 AND audience_set = $5 AND remembered_until > $6 AND revoked_at IS NULL \
                 ORDER BY remembered_until DESC LIMIT 1",
                values![username, client_id, issuer.as_str(), scope_set(scope), audience_set(audience)?, now],
            )
            .await?
            .map(|row| row.get("id"))
            .transpose()
    }

    /// Withdraws a consent; the grants that rest on it end with it. `false` when it is unknown or was withdrawn
    /// before.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn revoke_consent(&self, id: &str, now: NumericDate) -> Result<bool, StorageError> {
        let revoked = self
            .database
            .execute(
                "UPDATE signet_consents SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
                values![id, now],
            )
            .await?;
        Ok(revoked == 1)
    }
}

/// What stores a consent.
pub(super) fn insertion(consent: &Consent) -> Result<Statement, StorageError> {
    let values = values![
        &consent.id,
        consent.issuer.as_str(),
        &consent.client_id,
        &consent.username,
        scope_set(&consent.scope),
        audience_set(&consent.audience)?,
        consent.granted_at,
        consent.remembered_until,
        consent.revoked_at,
    ];
    let sql = "INSERT INTO signet_consents (id, issuer, client_id, username, scope_set, audience_set, granted_at, \
               remembered_until, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    Ok(Statement { sql, values })
}

/// Scopes are a set: one text for every order.
fn scope_set(scope: &Scope) -> String {
    let mut tokens: Vec<&str> = scope.iter().collect();
    tokens.sort_unstable();
    tokens.join(" ")
}

/// The same of an audience, whose members may hold any character.
fn audience_set(audience: &[String]) -> Result<String, StorageError> {
    let mut members: Vec<&str> = audience.iter().map(String::as_str).collect();
    members.sort_unstable();
    members.dedup();
    serde_json::to_string(&members)
        .map_err(|_| StorageError::Internal("an audience cannot be written as JSON".to_owned()))
}
