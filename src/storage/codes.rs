//! Authorization codes: redeemed once.

use super::database::{Statement, Transaction, Value, values};
use super::events::{self, append};
use super::grants::{self, consent_join, grant_columns};
use super::row::Row;
use super::tokens;
use super::{Storage, StorageError};
use crate::clock::NumericDate;
use crate::model::authorization_code::AuthorizationCode;
use crate::model::event::Event;
use crate::model::grant::Grant;
use crate::model::token::{AccessToken, RefreshToken};

/// What the redemption of a code leaves behind, all in one commit.
#[derive(Clone, Copy, Debug)]
pub struct RedeemCode<'a> {
    /// The code's id.
    pub code_id: &'a str,
    /// The access token issued for it.
    pub access_token: &'a AccessToken,
    /// The refresh token issued for it.
    pub refresh_token: Option<&'a RefreshToken>,
    /// What happened, if it is redeemed.
    pub events: &'a [Event],
    /// What happened, if it was spent before.
    pub replay_event: &'a Event,
    /// The present time.
    pub now: NumericDate,
}

/// Whether a code or refresh token was redeemed by this call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// It was, and what was issued is stored.
    Committed,
    /// It was spent before, or its grant was revoked; the grant is revoked now and nothing was issued.
    Replayed,
}

/// What is issued in one commit.
pub(super) struct Issued {
    pub(super) spent_id: String,
    pub(super) access_token: AccessToken,
    pub(super) refresh_token: Option<RefreshToken>,
    pub(super) events: Vec<Event>,
    pub(super) replay_event: Event,
    pub(super) now: NumericDate,
}

impl Issued {
    /// The latest end of what is issued.
    fn ends(&self) -> NumericDate {
        let access = self.access_token.expires_at;
        self.refresh_token.as_ref().map_or(access, |refresh| access.max(refresh.expires_at))
    }
}

impl Storage {
    /// A code with its grant, and whether the consent the grant rests on stands. Spent, ended and revoked ones too:
    /// a spent code that comes again goes to [`Storage::redeem_code`], which revokes its grant.
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
    pub async fn redeem_code(&self, redeem: RedeemCode<'_>) -> Result<Redeemed, StorageError> {
        let issued = Issued {
            spent_id: redeem.code_id.to_owned(),
            access_token: redeem.access_token.clone(),
            refresh_token: redeem.refresh_token.cloned(),
            events: redeem.events.to_vec(),
            replay_event: redeem.replay_event.clone(),
            now: redeem.now,
        };
        self.database
            .transaction(issued, |transaction, issued| {
                Box::pin(async move {
                    let spent = transaction
                        .fetch_optional(
                            "UPDATE signet_authorization_codes SET spent_at = $2 \
                             WHERE id = $1 AND spent_at IS NULL AND EXISTS (SELECT 1 FROM signet_grants g \
                             WHERE g.id = signet_authorization_codes.grant_id AND g.revoked_at IS NULL) \
                             RETURNING grant_id",
                            values![&issued.spent_id, issued.now],
                        )
                        .await?;
                    let behind = "SELECT grant_id FROM signet_authorization_codes WHERE id = $1";
                    settle(transaction, spent, behind, issued).await
                })
            })
            .await
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

/// Ends a redemption: stores what was issued, or revokes the grant of what was spent before.
pub(super) async fn settle(
    transaction: &mut Transaction,
    spent: Option<Row>,
    grant_behind: &'static str,
    issued: &Issued,
) -> Result<Redeemed, StorageError> {
    if let Some(row) = spent {
        let grant: String = row.get("grant_id")?;
        let mut statements = tokens::insertions(&issued.access_token, issued.refresh_token.as_ref())?;
        statements.push(grants::keeping_until(&grant, issued.ends()));
        statements.extend(events::insertions(&issued.events));
        transaction.execute_all(statements).await?;
        return Ok(Redeemed::Committed);
    }
    if let Some(row) = transaction.fetch_optional(grant_behind, values![&issued.spent_id]).await?
        && grants::revoke(transaction, &row.get::<String>("grant_id")?, issued.now).await?
    {
        append(transaction, std::slice::from_ref(&issued.replay_event)).await?;
    }
    Ok(Redeemed::Replayed)
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
