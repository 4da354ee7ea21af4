//! Consents: what people agreed to.

use serde::Serialize;

use super::database::{Statement, Value, values};
use super::{Storage, StorageError};
use crate::clock::NumericDate;
use crate::model::consent::{AskedClaim, Consent};
use crate::model::issuer::Issuer;
use crate::protocol::scope::Scope;

/// What a person is asked to agree to.
#[derive(Clone, Copy, Debug)]
pub struct AskedConsent<'a> {
    /// The issuer that asks.
    pub issuer: &'a Issuer,
    /// The client it is for.
    pub client_id: &'a str,
    /// The person, canonical form.
    pub username: &'a str,
    /// The scopes.
    pub scope: &'a Scope,
    /// The audience.
    pub audience: &'a [String],
    /// The claims beyond the scopes.
    pub claims: &'a [AskedClaim],
}

impl Storage {
    /// The consent that answers a request for exactly these scopes, this audience and these claims without asking the
    /// person.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn remembered_consent(
        &self,
        asked: AskedConsent<'_>,
        now: NumericDate,
    ) -> Result<Option<String>, StorageError> {
        let AskedConsent { issuer, client_id, username, scope, audience, claims } = asked;
        self.database
            .fetch_optional(
                "SELECT id FROM signet_consents WHERE username = $1 AND client_id = $2 AND issuer = $3 \
                 AND scope_set = $4 AND audience_set = $5 AND claims_set = $6 AND remembered_until > $7 \
                 AND revoked_at IS NULL ORDER BY remembered_until DESC LIMIT 1",
                values![
                    username,
                    client_id,
                    issuer.as_str(),
                    scope_set(scope),
                    canonical(audience)?,
                    canonical(claims)?,
                    now
                ],
            )
            .await?
            .map(|row| row.get("id"))
            .transpose()
    }

    /// The claims beyond its scopes that a consent gives.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn claims_of_consent(&self, id: &str) -> Result<Vec<String>, StorageError> {
        let row = self
            .database
            .fetch_optional("SELECT claims FROM signet_consents WHERE id = $1", values![id])
            .await?;
        Ok(row.map(|row| row.optional_json("claims")).transpose()?.flatten().unwrap_or_default())
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
        canonical(&consent.audience)?,
        canonical(&consent.asked_claims)?,
        Value::optional_json((!consent.claims.is_empty()).then_some(&consent.claims))?,
        consent.granted_at,
        consent.remembered_until,
        consent.revoked_at,
    ];
    let sql = "INSERT INTO signet_consents (id, issuer, client_id, username, scope_set, audience_set, claims_set, \
               claims, granted_at, remembered_until, revoked_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    Ok(Statement { sql, values })
}

/// Scopes are a set: one text for every order.
fn scope_set(scope: &Scope) -> String {
    let mut tokens: Vec<&str> = scope.iter().collect();
    tokens.sort_unstable();
    tokens.join(" ")
}

/// The same of an audience or of claims, whose names may hold any character.
fn canonical<T: Ord + Serialize>(members: &[T]) -> Result<String, StorageError> {
    let mut members: Vec<&T> = members.iter().collect();
    members.sort_unstable();
    members.dedup();
    serde_json::to_string(&members)
        .map_err(|_| StorageError::Internal("a set cannot be written as JSON".to_owned()))
}
