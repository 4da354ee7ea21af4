//! Device codes: asked for by a device, answered by a person, fetched once.

use super::database::{Statement, Transaction, Value, values};
use super::grants::{Answer, consent_join, grant_columns};
use super::redemption::{Redeemed, Redemption, Spending};
use super::row::Row;
use super::{Storage, StorageError, consents, events, grants, interactions, sessions};
use crate::clock::NumericDate;
use crate::model::consent::Consent;
use crate::model::device_code::{DeviceCode, DeviceCodeState, DeviceCodeStep, SLOW_DOWN};
use crate::model::event::Event;
use crate::model::grant::Grant;
use crate::model::issuer::Issuer;

/// What a person who allows a device leaves behind, all in one commit.
#[derive(Clone, Copy, Debug)]
pub struct ApproveDevice<'a> {
    /// The pending authorization in which it was asked (its id).
    pub interaction: &'a str,
    /// The browser that answers, as a hash.
    pub browser: &'a str,
    /// The device code (its id).
    pub device_code: &'a str,
    /// What the device gets.
    pub grant: &'a Grant,
    /// The consent it rests on, given in this moment.
    pub consent: &'a Consent,
    /// What happened.
    pub events: &'a [Event],
    /// The present time.
    pub now: NumericDate,
}

/// From approved to spent, by the names of [`DeviceCodeStep`].
const SPENDING: Spending = Spending {
    spend: "UPDATE signet_device_codes SET state = 'spent' \
            WHERE id = $1 AND state = 'approved' AND expires_at > $2 AND EXISTS (SELECT 1 \
            FROM signet_grants g WHERE g.id = signet_device_codes.grant_id AND g.revoked_at IS NULL) \
            RETURNING grant_id",
    grant_behind: "SELECT grant_id FROM signet_device_codes WHERE id = $1 AND grant_id IS NOT NULL",
};

/// Whether a device kept to its pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// It did.
    Kept,
    /// It asked too soon, and must wait longer from now on.
    TooFast,
}

/// What a device code is told by when it is answered.
struct Answering {
    interaction: String,
    browser: String,
    device_code: String,
    granted: Option<(Grant, Consent)>,
    events: Vec<Event>,
    now: NumericDate,
}

macro_rules! columns {
    () => {
        "t.id, t.hash, t.user_code, t.issuer, t.request, t.address, t.state, t.grant_id, t.poll_interval, \
         t.polled_at, t.expires_at "
    };
}

impl Storage {
    /// Stores a new device code. `false`, and nothing is stored, when another has its user code.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn insert_device_code(
        &self,
        code: &DeviceCode,
        created_at: NumericDate,
    ) -> Result<bool, StorageError> {
        let ended = || StorageError::Internal("a device code that ended is not stored".to_owned());
        let step = code.state.step().ok_or_else(ended)?;
        let values = values![
            &code.id,
            &code.hash,
            &code.user_code,
            code.issuer.as_str(),
            &code.request.client_id,
            Value::json(&code.request)?,
            code.address.to_string(),
            step.as_str(),
            code.state.grant(),
            code.poll_interval,
            code.polled_at,
            created_at,
            code.expires_at,
        ];
        let inserted = self
            .database
            .execute(
                "INSERT INTO signet_device_codes (id, hash, user_code, issuer, client_id, request, address, state, \
                 grant_id, poll_interval, polled_at, created_at, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
                 ON CONFLICT (user_code) DO NOTHING",
                values,
            )
            .await?;
        Ok(inserted == 1)
    }

    /// A device code as its device presents it, with its grant and whether the consent that rests on stands. Ended,
    /// denied and spent ones too: the reader judges.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn device_code(
        &self,
        id: &str,
        hash: &str,
    ) -> Result<Option<(DeviceCode, Option<(Grant, bool)>)>, StorageError> {
        let row = self
            .database
            .fetch_optional(
                concat!(
                    "SELECT ",
                    columns!(),
                    ", ",
                    grant_columns!(),
                    "FROM signet_device_codes t LEFT JOIN signet_grants g ON g.id = t.grant_id ",
                    consent_join!(),
                    "WHERE t.id = $1 AND t.hash = $2"
                ),
                values![id, hash],
            )
            .await?;
        row.map(|row| {
            let grant = match row.get::<Option<String>>("g_id")? {
                Some(_) => Some((grants::of_row(&row)?, row.get("consent_stands")?)),
                None => None,
            };
            Ok((of_row(&row)?, grant))
        })
        .transpose()
    }

    /// The device code of a pending authorization.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn device_code_of_flow(&self, id: &str) -> Result<Option<DeviceCode>, StorageError> {
        self.database
            .fetch_optional(
                concat!("SELECT ", columns!(), "FROM signet_device_codes t WHERE t.id = $1"),
                values![id],
            )
            .await?
            .map(|row| of_row(&row))
            .transpose()
    }

    /// The device code that waits for an answer at this issuer, by its user code's hash. Answered and ended ones are
    /// as good as unknown.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pending_device_code(
        &self,
        user_code: &str,
        issuer: &Issuer,
        now: NumericDate,
    ) -> Result<Option<DeviceCode>, StorageError> {
        self.database
            .fetch_optional(
                concat!(
                    "SELECT ",
                    columns!(),
                    "FROM signet_device_codes t \
                     WHERE t.user_code = $1 AND t.issuer = $2 AND t.state = $3 AND t.expires_at > $4"
                ),
                values![user_code, issuer.as_str(), DeviceCodeStep::Pending.as_str(), now],
            )
            .await?
            .map(|row| of_row(&row))
            .transpose()
    }

    /// Notes that a device asked for an answer that is not there yet (RFC 8628 §3.5).
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn poll_device_code(&self, id: &str, now: NumericDate) -> Result<Pace, StorageError> {
        self.database
            .transaction((id.to_owned(), now), |transaction, (id, now)| {
                Box::pin(async move {
                    let kept = transaction
                        .execute(
                            "UPDATE signet_device_codes SET polled_at = $2 \
                             WHERE id = $1 AND (polled_at IS NULL OR polled_at + poll_interval <= $2)",
                            values![id, *now],
                        )
                        .await?;
                    if kept == 1 {
                        return Ok(Pace::Kept);
                    }
                    transaction
                        .execute(
                            "UPDATE signet_device_codes SET polled_at = $2, poll_interval = poll_interval + $3 \
                             WHERE id = $1",
                            values![id, *now, SLOW_DOWN],
                        )
                        .await?;
                    Ok(Pace::TooFast)
                })
            })
            .await
    }

    /// A person allowed a device: it may fetch what the grant gives.
    ///
    /// # Errors
    /// As [`Storage::answer_with_grant`].
    pub async fn approve_device(&self, approve: ApproveDevice<'_>) -> Result<Answer, StorageError> {
        self.answer_device(Answering {
            interaction: approve.interaction.to_owned(),
            browser: approve.browser.to_owned(),
            device_code: approve.device_code.to_owned(),
            granted: Some((approve.grant.clone(), approve.consent.clone())),
            events: approve.events.to_vec(),
            now: approve.now,
        })
        .await
    }

    /// A person, or the policy, denied a device.
    ///
    /// # Errors
    /// As [`Storage::answer_with_grant`].
    pub async fn deny_device(
        &self,
        interaction: &str,
        browser: &str,
        device_code: &str,
        events: &[Event],
        now: NumericDate,
    ) -> Result<Answer, StorageError> {
        self.answer_device(Answering {
            interaction: interaction.to_owned(),
            browser: browser.to_owned(),
            device_code: device_code.to_owned(),
            granted: None,
            events: events.to_vec(),
            now,
        })
        .await
    }

    /// Spends an approved device code and stores what it gave; when it was spent before, revokes its grant instead.
    ///
    /// # Errors
    /// As [`Storage::redeem_code`].
    pub async fn redeem_device_code(&self, redemption: Redemption<'_>) -> Result<Redeemed, StorageError> {
        self.redeem(SPENDING, redemption).await
    }

    async fn answer_device(&self, answering: Answering) -> Result<Answer, StorageError> {
        self.database
            .transaction(answering, |transaction, answering| Box::pin(answer(transaction, answering)))
            .await
    }
}

async fn answer(transaction: &mut Transaction, answering: &Answering) -> Result<Answer, StorageError> {
    let Answering { interaction, browser, device_code, granted, events, now } = answering;
    if let Some((grant, _)) = granted
        && !sessions::use_in_answer(transaction, &grant.session, &grant.username, *now).await?
    {
        return Ok(Answer::SignedOut);
    }
    // When the device was answered elsewhere, this authorization is as good as answered, and stays marked so.
    if !interactions::answer(transaction, interaction, browser, *now).await? {
        return Ok(Answer::AlreadyAnswered);
    }
    let (step, grant) = match granted {
        Some((grant, _)) => (DeviceCodeStep::Approved, Some(grant.id.as_str())),
        None => (DeviceCodeStep::Denied, None),
    };
    let row = transaction
        .fetch_optional(
            "UPDATE signet_device_codes SET state = $2, grant_id = $3 \
             WHERE id = $1 AND state = $4 AND expires_at > $5 RETURNING expires_at",
            values![device_code, step.as_str(), grant, DeviceCodeStep::Pending.as_str(), *now],
        )
        .await?;
    let Some(row) = row else { return Ok(Answer::AlreadyAnswered) };
    let mut statements: Vec<Statement> = Vec::new();
    if let Some((grant, consent)) = granted {
        statements.push(consents::insertion(consent)?);
        statements.push(grants::insertion(grant, row.get("expires_at")?)?);
    }
    statements.extend(events::insertions(events));
    transaction.execute_all(statements).await?;
    Ok(Answer::Committed)
}

fn of_row(row: &Row) -> Result<DeviceCode, StorageError> {
    let step = row.parsed("state", DeviceCodeStep::parse)?;
    Ok(DeviceCode {
        id: row.get("id")?,
        hash: row.get("hash")?,
        user_code: row.get("user_code")?,
        issuer: row.issuer("issuer")?,
        request: row.json("request")?,
        address: row.parsed("address", |text| text.parse().ok())?,
        state: DeviceCodeState::stored(step, row.get("grant_id")?)
            .ok_or_else(|| StorageError::unreadable("state"))?,
        poll_interval: row.get("poll_interval")?,
        polled_at: row.get("polled_at")?,
        expires_at: row.get("expires_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spends_a_device_code_names_the_steps_as_they_are_stored() {
        for step in [DeviceCodeStep::Spent, DeviceCodeStep::Approved] {
            assert!(SPENDING.spend.contains(&format!("state = '{}'", step.as_str())), "{step:?}");
        }
    }
}
