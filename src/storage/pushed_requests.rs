//! Pushed authorization requests (RFC 9126): fresh, then opened by one browser, then spent in the commit that answers.

use super::database::{Statement, Transaction, Value, values};
use super::{Storage, StorageError};
use crate::clock::NumericDate;
use crate::model::authorization_request::AuthorizationRequest;
use crate::model::issuer::Issuer;

/// A pushed request as it is stored: never its handle.
#[derive(Clone, Debug, PartialEq)]
pub struct PushedRequest {
    /// The id within the handle.
    pub id: String,
    /// SHA-256 of the secret within the handle, base64url.
    pub hash: String,
    /// The issuer it was pushed to.
    pub issuer: Issuer,
    /// The client that pushed it.
    pub client_id: String,
    /// What was asked for.
    pub request: AuthorizationRequest,
    /// When it ends.
    pub expires_at: NumericDate,
    /// The browser that opened it, as a hash.
    pub browser: Option<String>,
    /// When it was spent.
    pub spent_at: Option<NumericDate>,
}

impl Storage {
    /// Stores a pushed request.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn insert_pushed_request(&self, pushed: &PushedRequest) -> Result<(), StorageError> {
        let values = values![
            &pushed.id,
            &pushed.hash,
            pushed.issuer.as_str(),
            &pushed.client_id,
            Value::json(&pushed.request)?,
            pushed.expires_at,
            &pushed.browser,
            pushed.spent_at,
        ];
        let sql = "INSERT INTO signet_pushed_requests \
                   (id, hash, issuer, client_id, request, expires_at, browser, spent_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        self.database.insert(vec![Statement { sql, values }]).await
    }

    /// Opens an unspent pushed request of this client at this issuer. With a browser (as a hash) it is that
    /// browser's from now on, and another browser's never again; without one it must still be unopened, and stays so.
    ///
    /// # Errors
    /// When the database does not answer or does not store it.
    pub async fn open_pushed_request(
        &self,
        id: &str,
        hash: &str,
        issuer: &Issuer,
        client_id: &str,
        browser: Option<&str>,
        now: NumericDate,
    ) -> Result<Option<AuthorizationRequest>, StorageError> {
        let mut values = values![id, hash, issuer.as_str(), client_id, now];
        let row = if let Some(browser) = browser {
            values.push(browser.into());
            self.database
                .transaction(values, |transaction, values| {
                    Box::pin(transaction.fetch_optional(
                        "UPDATE signet_pushed_requests SET browser = $6 \
                         WHERE id = $1 AND hash = $2 AND issuer = $3 AND client_id = $4 AND expires_at > $5 \
                         AND spent_at IS NULL AND (browser IS NULL OR browser = $6) RETURNING request",
                        values.clone(),
                    ))
                })
                .await?
        } else {
            self.database
                .fetch_optional(
                    "SELECT request FROM signet_pushed_requests \
                     WHERE id = $1 AND hash = $2 AND issuer = $3 AND client_id = $4 AND expires_at > $5 \
                     AND spent_at IS NULL AND browser IS NULL",
                    values,
                )
                .await?
        };
        row.map(|row| row.json("request")).transpose()
    }
}

/// Whose a pushed request is.
pub(super) enum Opened {
    Yours,
    Another,
    Gone,
}

/// Opens the pushed request of a pending authorization for the browser that claims it.
pub(super) async fn open_for(
    transaction: &mut Transaction,
    id: &str,
    browser: &str,
    now: NumericDate,
) -> Result<Opened, StorageError> {
    let opened = transaction
        .execute(
            "UPDATE signet_pushed_requests SET browser = $2 \
             WHERE id = $1 AND expires_at > $3 AND spent_at IS NULL AND (browser IS NULL OR browser = $2)",
            values![id, browser, now],
        )
        .await?;
    if opened == 1 {
        return Ok(Opened::Yours);
    }
    let other = transaction
        .fetch_optional(
            "SELECT id FROM signet_pushed_requests WHERE id = $1 AND browser IS NOT NULL AND browser <> $2",
            values![id, browser],
        )
        .await?;
    Ok(if other.is_some() { Opened::Another } else { Opened::Gone })
}

/// Spends a pushed request that this browser opened; says whether it was this call that did. Its own end does not
/// count any more: the pending authorization has one.
pub(super) async fn spend(
    transaction: &mut Transaction,
    id: &str,
    browser: &str,
    now: NumericDate,
) -> Result<bool, StorageError> {
    let spent = transaction
        .execute(
            "UPDATE signet_pushed_requests SET spent_at = $3 \
             WHERE id = $1 AND browser = $2 AND spent_at IS NULL",
            values![id, browser, now],
        )
        .await?;
    Ok(spent == 1)
}
