//! Pending authorizations.

use super::database::{Statement, Transaction, Value, values};
use super::pushed_requests::{Opened, open_for};
use super::row::Row;
use super::{Storage, StorageError};
use crate::clock::NumericDate;
use crate::model::interaction::Interaction;
use crate::model::issuer::Issuer;

/// Whose a pending authorization is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This browser's, perhaps since now. It may have been answered already.
    Yours,
    /// Another browser's: it opened this one, or the pushed request it came from, first.
    Another,
    /// Nobody's: unknown, ended, or from a pushed request that is spent or ended.
    Gone,
}

impl Storage {
    /// Stores a pending authorization.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn insert_interaction(&self, interaction: &Interaction) -> Result<(), StorageError> {
        let values = values![
            &interaction.id,
            interaction.issuer.as_str(),
            Value::json(&interaction.request)?,
            &interaction.pushed_request,
            &interaction.device_code,
            &interaction.browser,
            &interaction.signed_in,
            // An older version beside this one reads it.
            false,
            &interaction.account_selected,
            interaction.created_at,
            interaction.expires_at,
            interaction.answered_at,
        ];
        let sql = "INSERT INTO signet_interactions (id, issuer, request, pushed_request, device_code, browser, \
                   signed_in, account_selected, selected_session, created_at, expires_at, answered_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        self.database.insert(vec![Statement { sql, values }]).await
    }

    /// An authorization begun at this issuer that has not ended; an answered one too, so that its page can say so.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn interaction(
        &self,
        id: &str,
        issuer: &Issuer,
        now: NumericDate,
    ) -> Result<Option<Interaction>, StorageError> {
        self.database
            .fetch_optional(
                "SELECT id, issuer, request, pushed_request, device_code, browser, signed_in, selected_session, \
                 created_at, expires_at, answered_at FROM signet_interactions \
                 WHERE id = $1 AND issuer = $2 AND expires_at > $3",
                values![id, issuer.as_str(), now],
            )
            .await?
            .map(|row| of_row(&row))
            .transpose()
    }

    /// Gives a pending authorization to the first browser that opens it, and with it the pushed request it came
    /// from. Writes nothing when the browser has it already.
    ///
    /// # Errors
    /// When the database does not answer or does not store it.
    pub async fn claim_interaction(
        &self,
        id: &str,
        browser_hash: &str,
        now: NumericDate,
    ) -> Result<Claim, StorageError> {
        let known = self
            .database
            .fetch_optional(
                "SELECT browser FROM signet_interactions WHERE id = $1 AND expires_at > $2",
                values![id, now],
            )
            .await?;
        let Some(row) = known else { return Ok(Claim::Gone) };
        match row.get::<Option<String>>("browser")? {
            Some(browser) if browser == browser_hash => Ok(Claim::Yours),
            Some(_) => Ok(Claim::Another),
            None => {
                self.database
                    .transaction((id.to_owned(), browser_hash.to_owned(), now), |transaction, claim| {
                        Box::pin(claim_first(transaction, &claim.0, &claim.1, claim.2))
                    })
                    .await
            }
        }
    }

    /// Notes the sign-in that was made within a pending authorization. Nothing happens to an answered one.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn mark_signed_in(
        &self,
        id: &str,
        session: &str,
        now: NumericDate,
    ) -> Result<(), StorageError> {
        self.database
            .execute(
                "UPDATE signet_interactions SET signed_in = $2 \
                 WHERE id = $1 AND answered_at IS NULL AND expires_at > $3",
                values![id, session, now],
            )
            .await?;
        Ok(())
    }

    /// Notes the sign-in whose account the person chose for a pending authorization. Nothing happens to an answered one.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn mark_account_selected(
        &self,
        id: &str,
        session: &str,
        now: NumericDate,
    ) -> Result<(), StorageError> {
        self.database
            .execute(
                "UPDATE signet_interactions SET selected_session = $2 \
                 WHERE id = $1 AND answered_at IS NULL AND expires_at > $3",
                values![id, session, now],
            )
            .await?;
        Ok(())
    }
}

/// The pushed request comes first: when it is not to be had, the pending authorization stays unclaimed.
async fn claim_first(
    transaction: &mut Transaction,
    id: &str,
    browser_hash: &str,
    now: NumericDate,
) -> Result<Claim, StorageError> {
    let found = transaction
        .fetch_optional(
            "SELECT pushed_request FROM signet_interactions WHERE id = $1 AND expires_at > $2",
            values![id, now],
        )
        .await?;
    let Some(row) = found else { return Ok(Claim::Gone) };
    if let Some(pushed_request) = row.get::<Option<String>>("pushed_request")? {
        match open_for(transaction, &pushed_request, browser_hash, now).await? {
            Opened::Yours => {}
            Opened::Another => return Ok(Claim::Another),
            Opened::Gone => return Ok(Claim::Gone),
        }
    }
    let claimed = transaction
        .execute(
            "UPDATE signet_interactions SET browser = $2 \
             WHERE id = $1 AND expires_at > $3 AND (browser IS NULL OR browser = $2)",
            values![id, browser_hash, now],
        )
        .await?;
    Ok(if claimed == 1 { Claim::Yours } else { Claim::Another })
}

/// Marks a pending authorization of this browser as answered; says whether it was this call that did.
pub(super) async fn answer(
    transaction: &mut Transaction,
    id: &str,
    browser: &str,
    now: NumericDate,
) -> Result<bool, StorageError> {
    let answered = transaction
        .execute(
            "UPDATE signet_interactions SET answered_at = $3 \
             WHERE id = $1 AND browser = $2 AND answered_at IS NULL AND expires_at > $3",
            values![id, browser, now],
        )
        .await?;
    Ok(answered == 1)
}

fn of_row(row: &Row) -> Result<Interaction, StorageError> {
    Ok(Interaction {
        id: row.get("id")?,
        issuer: row.issuer("issuer")?,
        request: row.json("request")?,
        pushed_request: row.get("pushed_request")?,
        device_code: row.get("device_code")?,
        browser: row.get("browser")?,
        signed_in: row.get("signed_in")?,
        account_selected: row.get("selected_session")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        answered_at: row.get("answered_at")?,
    })
}
