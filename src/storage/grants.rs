//! Grants: made with the answer to an authorization, ended by revocation or sign-out.

use super::database::{Statement, Transaction, Value, values};
use super::events::{self, append};
use super::row::Row;
use super::{Storage, StorageError, codes, consents, interactions, pushed_requests, sessions, tokens};
use crate::clock::NumericDate;
use crate::model::authentication::Level;
use crate::model::authorization_code::AuthorizationCode;
use crate::model::consent::Consent;
use crate::model::event::Event;
use crate::model::grant::Grant;
use crate::model::token::AccessToken;

/// What an allowed authorization leaves behind, all in one commit.
#[derive(Clone, Copy, Debug)]
pub struct NewGrant<'a> {
    /// The pending authorization it answers (its id), if one was stored.
    pub interaction: Option<&'a str>,
    /// The pushed request it answers (its id), spent with it.
    pub pushed_request: Option<&'a str>,
    /// The browser that answers, as a hash.
    pub browser: &'a str,
    /// The grant.
    pub grant: &'a Grant,
    /// The code that redeems it, when the answer carries one.
    pub code: Option<&'a AuthorizationCode>,
    /// The access token that travels in the answer itself (RFC 6749 §4.2.2), if one does.
    pub access_token: Option<&'a AccessToken>,
    /// How long the grant is kept at least: what the answer carries lives that long.
    pub expires_at: NumericDate,
    /// The consent given in this moment; `None` when the grant rests on an earlier one, or needs none.
    pub consent: Option<&'a Consent>,
    /// What happened.
    pub events: &'a [Event],
    /// The present time.
    pub now: NumericDate,
}

/// Whether an answer was the one that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was, and everything is stored.
    Committed,
    /// The authorization was answered before, has ended or belongs to another browser; neither grant, code, consent
    /// nor event is stored.
    AlreadyAnswered,
    /// The sign-in that the grant was to be made in has ended; nothing is stored, and the authorization still waits.
    SignedOut,
}

/// What an answer is told by.
struct Answering {
    interaction: Option<String>,
    pushed_request: Option<String>,
    browser: String,
    granted: Option<Granted>,
    events: Vec<Event>,
    now: NumericDate,
}

/// What is stored of an allowed authorization.
struct Granted {
    grant: Grant,
    code: Option<AuthorizationCode>,
    access_token: Option<AccessToken>,
    consent: Option<Consent>,
    expires_at: NumericDate,
}

impl Storage {
    /// Answers an authorization with a grant, its code and its access token, if the sign-in it is made in has not ended: a session of
    /// it is stored (see [`Storage::end_session`]).
    ///
    /// # Errors
    /// When the database does not store it; then nothing is stored, or (when the connection broke during the
    /// commit) it is unknown whether everything is.
    pub async fn answer_with_grant(&self, new: NewGrant<'_>) -> Result<Answer, StorageError> {
        self.answer(Answering {
            interaction: new.interaction.map(str::to_owned),
            pushed_request: new.pushed_request.map(str::to_owned),
            browser: new.browser.to_owned(),
            granted: Some(Granted {
                grant: new.grant.clone(),
                code: new.code.cloned(),
                access_token: new.access_token.cloned(),
                consent: new.consent.cloned(),
                expires_at: new.expires_at,
            }),
            events: new.events.to_vec(),
            now: new.now,
        })
        .await
    }

    /// Answers an authorization with a refusal.
    ///
    /// # Errors
    /// As [`Storage::answer_with_grant`].
    pub async fn answer_with_refusal(
        &self,
        interaction: Option<&str>,
        pushed_request: Option<&str>,
        browser: &str,
        events: &[Event],
        now: NumericDate,
    ) -> Result<Answer, StorageError> {
        self.answer(Answering {
            interaction: interaction.map(str::to_owned),
            pushed_request: pushed_request.map(str::to_owned),
            browser: browser.to_owned(),
            granted: None,
            events: events.to_vec(),
            now,
        })
        .await
    }

    /// Revokes a grant and so every code and token that hangs from it. `false`, and no event is kept, when it is
    /// unknown or was revoked before.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn revoke_grant(
        &self,
        id: &str,
        events: &[Event],
        now: NumericDate,
    ) -> Result<bool, StorageError> {
        self.database
            .transaction((id.to_owned(), events.to_vec(), now), |transaction, (id, events, now)| {
                Box::pin(async move {
                    let revoked = revoke(transaction, id, *now).await?;
                    if revoked {
                        append(transaction, events).await?;
                    }
                    Ok(revoked)
                })
            })
            .await
    }

    async fn answer(&self, answering: Answering) -> Result<Answer, StorageError> {
        self.database
            .transaction(answering, |transaction, answering| Box::pin(answer(transaction, answering)))
            .await
    }
}

async fn answer(transaction: &mut Transaction, answering: &Answering) -> Result<Answer, StorageError> {
    let Answering { interaction, pushed_request, browser, granted, events, now } = answering;
    if let Some(Granted { grant, .. }) = granted
        && !sessions::use_in_answer(transaction, &grant.session, &grant.username, *now).await?
    {
        return Ok(Answer::SignedOut);
    }
    if let Some(id) = interaction
        && !interactions::answer(transaction, id, browser, *now).await?
    {
        return Ok(Answer::AlreadyAnswered);
    }
    // When its pushed request is spent, a pending authorization is as good as answered, and stays marked so.
    if let Some(id) = pushed_request
        && !pushed_requests::spend(transaction, id, browser, *now).await?
    {
        return Ok(Answer::AlreadyAnswered);
    }
    let mut statements = Vec::new();
    if let Some(Granted { grant, code, access_token, consent, expires_at }) = granted {
        statements.extend(consent.as_ref().map(consents::insertion).transpose()?);
        statements.push(insertion(grant, *expires_at)?);
        statements.extend(code.as_ref().map(codes::insertion).transpose()?);
        statements.extend(access_token.as_ref().map(tokens::access_token_insertion).transpose()?);
    }
    statements.extend(events::insertions(events));
    transaction.execute_all(statements).await?;
    Ok(Answer::Committed)
}

/// What stores a grant.
pub(super) fn insertion(grant: &Grant, expires_at: NumericDate) -> Result<Statement, StorageError> {
    let values = values![
        &grant.id,
        grant.issuer.as_str(),
        &grant.client_id,
        &grant.username,
        &grant.subject,
        grant.scope.to_string(),
        Value::json(&grant.audience)?,
        Value::optional_json((!grant.claims.is_empty()).then_some(&grant.claims))?,
        &grant.session,
        &grant.consent,
        grant.auth_time,
        Value::json(&grant.methods)?,
        level_text(grant.level),
        grant.address.to_string(),
        &grant.credential,
        &grant.nonce,
        grant.scope.contains_offline_access(),
        grant.created_at,
        expires_at,
        grant.revoked_at,
        grant.requested_at,
    ];
    let sql = "INSERT INTO signet_grants (id, issuer, client_id, username, subject, scope, audience, claims, \
               session, consent, auth_time, methods, level, address, credential, nonce, offline, created_at, expires_at, \
               revoked_at, requested_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)";
    Ok(Statement { sql, values })
}

/// Revokes a grant; says whether it was this call that did.
pub(super) async fn revoke(
    transaction: &mut Transaction,
    id: &str,
    now: NumericDate,
) -> Result<bool, StorageError> {
    let revoked = transaction
        .execute(
            "UPDATE signet_grants SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
            values![id, now],
        )
        .await?;
    Ok(revoked == 1)
}

/// Revokes every grant of a person that was made with two factors.
pub(super) async fn revoke_two_factor_grants(
    transaction: &mut Transaction,
    username: &str,
    now: NumericDate,
) -> Result<(), StorageError> {
    transaction
        .execute(
            "UPDATE signet_grants SET revoked_at = $2 WHERE username = $1 AND level = $3 AND revoked_at IS NULL",
            values![username, now, level_text(Level::TwoFactor)],
        )
        .await?;
    Ok(())
}

/// What keeps a grant at least until `expires_at`: what was issued from it lives that long.
pub(super) fn keeping_until(id: &str, expires_at: NumericDate) -> Statement {
    let sql = "UPDATE signet_grants SET expires_at = $2 WHERE id = $1 AND expires_at < $2";
    Statement { sql, values: values![id, expires_at] }
}

/// The columns of the grant `g` behind a code or token, and whether the consent it rests on stands. Ends in a space.
macro_rules! grant_columns {
    () => {
        "g.id AS g_id, g.issuer AS g_issuer, g.client_id AS g_client_id, g.username AS g_username, \
         g.subject AS g_subject, g.scope AS g_scope, g.audience AS g_audience, g.claims AS g_claims, g.session AS g_session, \
         g.consent AS g_consent, g.auth_time AS g_auth_time, g.methods AS g_methods, g.level AS g_level, \
         g.address AS g_address, g.credential AS g_credential, g.nonce AS g_nonce, g.created_at AS g_created_at, g.revoked_at AS g_revoked_at, \
         COALESCE(g.requested_at, g.created_at) AS g_requested_at, \
         (g.consent IS NULL OR c.id IS NOT NULL) AS consent_stands "
    };
}
pub(super) use grant_columns;

/// Joins the consent a grant rests on, if it stands. Ends in a space.
macro_rules! consent_join {
    () => {
        "LEFT JOIN signet_consents c ON c.id = g.consent AND c.revoked_at IS NULL "
    };
}
pub(super) use consent_join;

/// The grant of a row that selected [`grant_columns`].
pub(super) fn of_row(row: &Row) -> Result<Grant, StorageError> {
    Ok(Grant {
        id: row.get("g_id")?,
        issuer: row.issuer("g_issuer")?,
        client_id: row.get("g_client_id")?,
        username: row.get("g_username")?,
        subject: row.get("g_subject")?,
        scope: row.scope("g_scope")?,
        audience: row.json("g_audience")?,
        claims: row.optional_json("g_claims")?.unwrap_or_default(),
        session: row.get("g_session")?,
        consent: row.get("g_consent")?,
        auth_time: row.get("g_auth_time")?,
        methods: row.json("g_methods")?,
        level: row.parsed("g_level", level)?,
        address: row.parsed("g_address", |text| text.parse().ok())?,
        credential: row.get("g_credential")?,
        nonce: row.get("g_nonce")?,
        requested_at: row.get("g_requested_at")?,
        created_at: row.get("g_created_at")?,
        revoked_at: row.get("g_revoked_at")?,
    })
}

fn level_text(level: Level) -> &'static str {
    match level {
        Level::OneFactor => "one_factor",
        Level::TwoFactor => "two_factor",
    }
}

fn level(text: &str) -> Option<Level> {
    match text {
        "one_factor" => Some(Level::OneFactor),
        "two_factor" => Some(Level::TwoFactor),
        _ => None,
    }
}
