//! Access tokens, and refresh tokens that are used once.

use super::database::{Statement, Value, values};
use super::events::append;
use super::grants::{self, consent_join, grant_columns};
use super::redemption::{Redeemed, Redemption, Spending};
use super::row::Row;
use super::{Storage, StorageError, events};
use crate::clock::NumericDate;
use crate::model::event::Event;
use crate::model::grant::Grant;
use crate::model::token::{AccessToken, RefreshToken};

/// An access token and what it stands on. Ended and revoked ones too: the reader judges.
#[derive(Clone, Debug, PartialEq)]
pub struct StandingAccessToken {
    /// The token.
    pub token: AccessToken,
    /// The grant it hangs from; `None` when the token is its own.
    pub grant: Option<Grant>,
    /// Whether the consent the grant rests on stands; `true` when it needs none.
    pub consent_stands: bool,
}

impl Storage {
    /// Stores an access token that is its own grant (RFC 6749 §4.4), and what happened.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn insert_access_token(
        &self,
        token: &AccessToken,
        events: &[Event],
    ) -> Result<(), StorageError> {
        let mut statements = vec![access_token_insertion(token)?];
        statements.extend(events::insertions(events));
        self.database.insert(statements).await
    }

    /// An access token by its id: a handle's with the hash of its secret, a JWT's (`jti`) with `None`. Nothing when
    /// the grant it hangs from is gone.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn access_token(
        &self,
        id: &str,
        hash: Option<&str>,
    ) -> Result<Option<StandingAccessToken>, StorageError> {
        let row = self
            .database
            .fetch_optional(
                concat!(
                    "SELECT t.id, t.hash, t.issuer, t.grant_id, t.client_id, t.scope, t.audience, t.issued_at, ",
                    "t.expires_at, t.revoked_at, ",
                    grant_columns!(),
                    "FROM signet_access_tokens t LEFT JOIN signet_grants g ON g.id = t.grant_id ",
                    consent_join!(),
                    "WHERE t.id = $1 AND t.hash IS NOT DISTINCT FROM $2 AND (t.grant_id IS NULL OR g.id IS NOT NULL)"
                ),
                values![id, hash],
            )
            .await?;
        row.map(|row| {
            let token = access_token_of_row(&row)?;
            let grant = token.grant.is_some().then(|| grants::of_row(&row)).transpose()?;
            Ok(StandingAccessToken { token, grant, consent_stands: row.get("consent_stands")? })
        })
        .transpose()
    }

    /// Revokes one access token, not its grant. `false`, and no event is kept, when it is unknown or was revoked
    /// before.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn revoke_access_token(
        &self,
        id: &str,
        events: &[Event],
        now: NumericDate,
    ) -> Result<bool, StorageError> {
        self.database
            .transaction((id.to_owned(), events.to_vec(), now), |transaction, (id, events, now)| {
                Box::pin(async move {
                    let revoked = transaction
                        .execute(
                            "UPDATE signet_access_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
                            values![id, *now],
                        )
                        .await?;
                    if revoked == 1 {
                        append(transaction, events).await?;
                    }
                    Ok(revoked == 1)
                })
            })
            .await
    }

    /// A refresh token with its grant, and whether the consent the grant rests on stands. Spent, ended and revoked
    /// ones too: what a spent one that comes again means is for its reader.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn refresh_token(
        &self,
        id: &str,
        hash: &str,
    ) -> Result<Option<(RefreshToken, Grant, bool)>, StorageError> {
        self.database
            .fetch_optional(
                concat!(
                    "SELECT t.id, t.hash, t.grant_id, t.issued_at, t.expires_at, t.spent_at, ",
                    grant_columns!(),
                    "FROM signet_refresh_tokens t JOIN signet_grants g ON g.id = t.grant_id ",
                    consent_join!(),
                    "WHERE t.id = $1 AND t.hash = $2"
                ),
                values![id, hash],
            )
            .await?
            .map(|row| Ok((refresh_token_of_row(&row)?, grants::of_row(&row)?, row.get("consent_stands")?)))
            .transpose()
    }

    /// Spends a refresh token and stores what takes its place; when it was spent before, revokes its grant instead
    /// (RFC 9700 §4.14.2). The reuse event is kept by the call that revokes.
    ///
    /// # Errors
    /// As [`Storage::redeem_code`].
    pub async fn rotate_refresh_token(&self, redemption: Redemption<'_>) -> Result<Redeemed, StorageError> {
        let spending = Spending {
            spend: "UPDATE signet_refresh_tokens SET spent_at = $2 \
                    WHERE id = $1 AND spent_at IS NULL AND EXISTS (SELECT 1 FROM signet_grants g \
                    WHERE g.id = signet_refresh_tokens.grant_id AND g.revoked_at IS NULL) \
                    RETURNING grant_id",
            grant_behind: "SELECT grant_id FROM signet_refresh_tokens WHERE id = $1",
        };
        self.redeem(spending, redemption).await
    }
}

/// What stores what a redemption issued.
pub(super) fn insertions(
    access_token: &AccessToken,
    refresh_token: Option<&RefreshToken>,
) -> Result<Vec<Statement>, StorageError> {
    let mut insertions = vec![access_token_insertion(access_token)?];
    insertions.extend(refresh_token.map(refresh_token_insertion));
    Ok(insertions)
}

/// What stores an access token.
pub(super) fn access_token_insertion(token: &AccessToken) -> Result<Statement, StorageError> {
    let values = values![
        &token.id,
        &token.hash,
        token.issuer.as_str(),
        &token.grant,
        &token.client_id,
        token.scope.to_string(),
        Value::json(&token.audience)?,
        token.issued_at,
        token.expires_at,
        token.revoked_at,
    ];
    let sql = "INSERT INTO signet_access_tokens \
               (id, hash, issuer, grant_id, client_id, scope, audience, issued_at, expires_at, revoked_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    Ok(Statement { sql, values })
}

fn refresh_token_insertion(token: &RefreshToken) -> Statement {
    let values =
        values![&token.id, &token.hash, &token.grant, token.issued_at, token.expires_at, token.spent_at];
    let sql = "INSERT INTO signet_refresh_tokens (id, hash, grant_id, issued_at, expires_at, spent_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    Statement { sql, values }
}

fn access_token_of_row(row: &Row) -> Result<AccessToken, StorageError> {
    Ok(AccessToken {
        id: row.get("id")?,
        hash: row.get("hash")?,
        issuer: row.issuer("issuer")?,
        grant: row.get("grant_id")?,
        client_id: row.get("client_id")?,
        scope: row.scope("scope")?,
        audience: row.json("audience")?,
        issued_at: row.get("issued_at")?,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
    })
}

fn refresh_token_of_row(row: &Row) -> Result<RefreshToken, StorageError> {
    Ok(RefreshToken {
        id: row.get("id")?,
        hash: row.get("hash")?,
        grant: row.get("grant_id")?,
        issued_at: row.get("issued_at")?,
        expires_at: row.get("expires_at")?,
        spent_at: row.get("spent_at")?,
    })
}
