//! Authorization codes: redeemed once.

use super::database::{Statement, Value, values};
use super::grants::{self, consent_join, grant_columns};
use super::redemption::{Redeemed, Redemption, Spending};
use super::row::Row;
use super::{Storage, StorageError};
use crate::clock::NumericDate;
use crate::model::authorization_code::AuthorizationCode;
use crate::model::grant::Grant;

impl Storage {
    /// A code with its grant, and whether the consent the grant rests on stands. Spent, ended and revoked ones too:
    /// what a spent one that comes again means is for its reader.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn authorization_code(
        &self,
        id: &str,
        hash: &str,
    ) -> Result<Option<(AuthorizationCode, Grant, bool)>, StorageError> {
        self.database
            .fetch_optional(
                concat!(
                    "SELECT t.id, t.hash, t.grant_id, t.redirect_uri, t.code_challenge, t.expires_at, t.spent_at, ",
                    grant_columns!(),
                    "FROM signet_authorization_codes t JOIN signet_grants g ON g.id = t.grant_id ",
                    consent_join!(),
                    "WHERE t.id = $1 AND t.hash = $2"
                ),
                values![id, hash],
            )
            .await?
            .map(|row| Ok((of_row(&row)?, grants::of_row(&row)?, row.get("consent_stands")?)))
            .transpose()
    }

    /// Spends a code and stores what it gave; when it was spent before, revokes its grant instead
    /// (RFC 6749 §4.1.2). The replay event is kept by the call that revokes.
    ///
    /// # Errors
    /// When the database does not store it; then nothing is stored, or (when the connection broke during the
    /// commit) it is unknown whether everything is.
    pub async fn redeem_code(&self, redemption: Redemption<'_>) -> Result<Redeemed, StorageError> {
        let spending = Spending {
            spend: "UPDATE signet_authorization_codes SET spent_at = $2 \
                    WHERE id = $1 AND spent_at IS NULL AND EXISTS (SELECT 1 FROM signet_grants g \
                    WHERE g.id = signet_authorization_codes.grant_id AND g.revoked_at IS NULL) \
                    RETURNING grant_id",
            grant_behind: "SELECT grant_id FROM signet_authorization_codes WHERE id = $1",
        };
        self.redeem(spending, redemption).await
    }

    /// Spends a fresh code that will not be redeemed: its owner failed to prove something.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn spend_code(&self, code_id: &str, now: NumericDate) -> Result<(), StorageError> {
        self.database
            .execute(
                "UPDATE signet_authorization_codes SET spent_at = $2 WHERE id = $1 AND spent_at IS NULL",
                values![code_id, now],
            )
            .await?;
        Ok(())
    }
}

/// What stores a code.
pub(super) fn insertion(code: &AuthorizationCode) -> Result<Statement, StorageError> {
    let values = values![
        &code.id,
        &code.hash,
        &code.grant,
        &code.redirect_uri,
        Value::optional_json(code.code_challenge.as_ref())?,
        code.expires_at,
        code.spent_at,
    ];
    let sql = "INSERT INTO signet_authorization_codes \
               (id, hash, grant_id, redirect_uri, code_challenge, expires_at, spent_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    Ok(Statement { sql, values })
}

fn of_row(row: &Row) -> Result<AuthorizationCode, StorageError> {
    Ok(AuthorizationCode {
        id: row.get("id")?,
        hash: row.get("hash")?,
        grant: row.get("grant_id")?,
        redirect_uri: row.get("redirect_uri")?,
        code_challenge: row.optional_json("code_challenge")?,
        expires_at: row.get("expires_at")?,
        spent_at: row.get("spent_at")?,
    })
}
