//! Consents: what people agreed to.

use serde::Serialize;

use super::database::{Statement, Value, values};
use super::events::append;
use super::{Storage, StorageError};
use crate::clock::NumericDate;
use crate::model::consent::{AskedClaim, Consent};
use crate::model::event::Event;
use crate::model::issuer::Issuer;
use crate::protocol::claims_request::ClaimsRequest;
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
}

/// What an application holds of a person: a grant that stands, or a consent that is remembered.
#[derive(Clone, Debug, PartialEq)]
pub struct Holding {
    /// The client.
    pub client_id: String,
    /// The scopes.
    pub scope: Scope,
    /// The single claims of a grant.
    pub claims: ClaimsRequest,
    /// The audience.
    pub audience: Vec<String>,
    /// Since when.
    pub since: NumericDate,
    /// Of a remembered consent: until when.
    pub remembered_until: Option<NumericDate>,
    /// Of a grant: the person's credential at the sign-in (`Authentication::credential`).
    pub credential: Option<String>,
}

impl Storage {
    /// What applications hold of a person at an issuer.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn holdings_of(
        &self,
        username: &str,
        issuer: &Issuer,
        now: NumericDate,
    ) -> Result<Vec<Holding>, StorageError> {
        let grants = self
            .database
            .fetch_all(
                "SELECT g.client_id, g.scope, g.claims, g.audience, g.created_at, g.credential FROM signet_grants g \
                 LEFT JOIN signet_consents c ON c.id = g.consent AND c.revoked_at IS NULL \
                 WHERE g.username = $1 AND g.issuer = $2 AND g.revoked_at IS NULL AND g.expires_at > $3 \
                 AND (g.consent IS NULL OR c.id IS NOT NULL)",
                values![username, issuer.as_str(), now],
            )
            .await?;
        let consents = self
            .database
            .fetch_all(
                "SELECT client_id, scope_set, audience_set, granted_at, remembered_until FROM signet_consents \
                 WHERE username = $1 AND issuer = $2 AND remembered_until > $3 AND revoked_at IS NULL",
                values![username, issuer.as_str(), now],
            )
            .await?;
        let of_grants = grants.iter().map(|row| {
            Ok(Holding {
                client_id: row.get("client_id")?,
                scope: row.scope("scope")?,
                claims: row.optional_json("claims")?.unwrap_or_default(),
                audience: row.json("audience")?,
                since: row.get("created_at")?,
                remembered_until: None,
                credential: row.get("credential")?,
            })
        });
        let of_consents = consents.iter().map(|row| {
            Ok(Holding {
                client_id: row.get("client_id")?,
                scope: row.scope("scope_set")?,
                claims: ClaimsRequest::default(),
                audience: row.parsed("audience_set", |text| serde_json::from_str(text).ok())?,
                since: row.get("granted_at")?,
                remembered_until: row.get("remembered_until")?,
                credential: None,
            })
        });
        of_grants.chain(of_consents).collect()
    }

    /// Withdraws everything a person allowed a client at an issuer, in one commit: remembered consents and grants, and
    /// so every code and token. `false`, and no event is kept, when there was nothing.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn withdraw_consents(
        &self,
        username: &str,
        client_id: &str,
        issuer: &Issuer,
        events: &[Event],
        now: NumericDate,
    ) -> Result<bool, StorageError> {
        let data =
            (username.to_owned(), client_id.to_owned(), issuer.as_str().to_owned(), events.to_vec(), now);
        self.database
            .transaction(data, |transaction, (username, client_id, issuer, events, now)| {
                Box::pin(async move {
                    // A consent for once ends with the grant that rests on it.
                    let consents = transaction
                        .execute(
                            "UPDATE signet_consents SET revoked_at = $4 WHERE username = $1 AND client_id = $2 \
                             AND issuer = $3 AND remembered_until > $4 AND revoked_at IS NULL",
                            values![username, client_id, issuer, *now],
                        )
                        .await?;
                    let grants = transaction
                        .execute(
                            "UPDATE signet_grants SET revoked_at = $4 WHERE username = $1 AND client_id = $2 \
                             AND issuer = $3 AND expires_at > $4 AND revoked_at IS NULL",
                            values![username, client_id, issuer, *now],
                        )
                        .await?;
                    let ended = consents + grants > 0;
                    if ended {
                        append(transaction, events).await?;
                    }
                    Ok(ended)
                })
            })
            .await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_that_are_wanted_with_no_value_are_kept_as_they_were_before_values_were() {
        let claim = |name: &str, wanted: &[&str]| AskedClaim {
            name: name.to_owned(),
            essential: name == "email",
            wanted: wanted.iter().map(|&each| each.to_owned()).collect(),
        };
        assert_eq!(
            canonical(&[claim("name", &[]), claim("email", &[])]).unwrap(),
            r#"[{"name":"email","essential":true},{"name":"name","essential":false}]"#
        );
        assert_eq!(
            canonical(&[claim("name", &["b", "a"])]).unwrap(),
            r#"[{"name":"name","essential":false,"wanted":["a","b"]}]"#
        );
    }
}
