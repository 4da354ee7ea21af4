//! One-time code devices, and their enrolment.

use super::database::{Transaction, values};
use super::events::append;
use super::row::Row;
use super::{Storage, StorageError, grants, sessions};
use crate::clock::NumericDate;
use crate::model::event::Event;
use crate::model::second_factor::{Totp, TotpAlgorithm};

/// A one-time code device that its person has not confirmed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The sign-in it is made in (`Authentication::session`); one at a time.
    pub session: String,
    /// The person, canonical form.
    pub username: String,
    /// The seed, sealed. Confirming moves it as it is: seal it to the person, not to this row.
    pub sealed_seed: String,
    /// The hash.
    pub algorithm: TotpAlgorithm,
    /// Digits of a code.
    pub digits: u8,
    /// Length of a step in seconds.
    pub period: u32,
    /// When it was begun.
    pub created_at: NumericDate,
    /// When it ends unconfirmed.
    pub expires_at: NumericDate,
}

impl Storage {
    /// A person's one-time code device.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn totp(&self, username: &str) -> Result<Option<Totp>, StorageError> {
        self.database
            .fetch_optional(
                "SELECT username, sealed_seed, algorithm, digits, period, created_at, last_step \
                 FROM signet_totp WHERE username = $1",
                values![username],
            )
            .await?
            .map(|row| totp_of_row(&row))
            .transpose()
    }

    /// Every one-time code device, by username.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_totp(&self) -> Result<Vec<Totp>, StorageError> {
        self.database
            .fetch_all(
                "SELECT username, sealed_seed, algorithm, digits, period, created_at, last_step \
                 FROM signet_totp ORDER BY username",
                values![],
            )
            .await?
            .iter()
            .map(totp_of_row)
            .collect()
    }

    /// Removes a person's device, and any enrolment under way. With it end the person's sessions, and the grants that
    /// were made with two factors. `false`, and nothing ends and no event is kept, when there was none.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn delete_totp(
        &self,
        username: &str,
        events: &[Event],
        now: NumericDate,
    ) -> Result<bool, StorageError> {
        self.database
            .transaction(
                (username.to_owned(), events.to_vec(), now),
                |transaction, (username, events, now)| {
                    Box::pin(async move {
                        transaction
                            .execute(
                                "DELETE FROM signet_totp_enrolments WHERE username = $1",
                                values![username],
                            )
                            .await?;
                        let deleted = transaction
                            .execute("DELETE FROM signet_totp WHERE username = $1", values![username])
                            .await?;
                        if deleted == 1 {
                            sessions::delete_of(transaction, username).await?;
                            grants::revoke_two_factor_grants(transaction, username, *now).await?;
                            append(transaction, events).await?;
                        }
                        Ok(deleted == 1)
                    })
                },
            )
            .await
    }

    /// Begins an enrolment; one begun before in the same session ends.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn begin_enrolment(&self, enrolment: &Enrolment) -> Result<(), StorageError> {
        self.database
            .execute(
                "INSERT INTO signet_totp_enrolments \
                 (session, username, sealed_seed, algorithm, digits, period, created_at, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                 ON CONFLICT (session) DO UPDATE SET username = excluded.username, \
                 sealed_seed = excluded.sealed_seed, algorithm = excluded.algorithm, digits = excluded.digits, \
                 period = excluded.period, created_at = excluded.created_at, expires_at = excluded.expires_at",
                values![
                    &enrolment.session,
                    &enrolment.username,
                    &enrolment.sealed_seed,
                    enrolment.algorithm.as_str(),
                    i64::from(enrolment.digits),
                    i64::from(enrolment.period),
                    enrolment.created_at,
                    enrolment.expires_at,
                ],
            )
            .await?;
        Ok(())
    }

    /// The enrolment under way in a session.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn enrolment(
        &self,
        session: &str,
        username: &str,
        now: NumericDate,
    ) -> Result<Option<Enrolment>, StorageError> {
        self.database
            .fetch_optional(
                "SELECT session, username, sealed_seed, algorithm, digits, period, created_at, expires_at \
                 FROM signet_totp_enrolments WHERE session = $1 AND username = $2 AND expires_at > $3",
                values![session, username, now],
            )
            .await?
            .map(|row| enrolment_of_row(&row))
            .transpose()
    }

    /// Makes the enrolment under way the person's device; the step that confirmed it counts as used. `false`, and no
    /// event is kept, when there was no enrolment or the person has a device.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn confirm_enrolment(
        &self,
        session: &str,
        username: &str,
        step: i64,
        events: &[Event],
        now: NumericDate,
    ) -> Result<bool, StorageError> {
        let data = (session.to_owned(), username.to_owned(), step, events.to_vec(), now);
        self.database
            .transaction(data, |transaction, (session, username, step, events, now)| {
                Box::pin(async move {
                    let deleted = transaction
                        .fetch_optional(
                            "DELETE FROM signet_totp_enrolments \
                             WHERE session = $1 AND username = $2 AND expires_at > $3 \
                             RETURNING session, username, sealed_seed, algorithm, digits, period, created_at, \
                             expires_at",
                            values![session, username, *now],
                        )
                        .await?;
                    let Some(row) = deleted else { return Ok(false) };
                    let enrolment = enrolment_of_row(&row)?;
                    let inserted = transaction
                        .execute(
                            "INSERT INTO signet_totp (username, sealed_seed, algorithm, digits, period, created_at, \
                             last_step, last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $6) \
                             ON CONFLICT (username) DO NOTHING",
                            values![
                                username,
                                enrolment.sealed_seed,
                                enrolment.algorithm.as_str(),
                                i64::from(enrolment.digits),
                                i64::from(enrolment.period),
                                *now,
                                *step,
                            ],
                        )
                        .await?;
                    if inserted == 1 {
                        append(transaction, events).await?;
                    }
                    Ok(inserted == 1)
                })
            })
            .await
    }

    /// Accepts a step, if it and every later one is unused (RFC 6238 §5.2). `false`, and no event is kept, otherwise.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn accept_step(
        &self,
        username: &str,
        step: i64,
        events: &[Event],
        now: NumericDate,
    ) -> Result<bool, StorageError> {
        let data = (username.to_owned(), step, events.to_vec(), now);
        self.database
            .transaction(data, |transaction, (username, step, events, now)| {
                Box::pin(async move {
                    let accepted = transaction
                        .execute(
                            "UPDATE signet_totp SET last_step = $2, last_used_at = $3 \
                             WHERE username = $1 AND last_step < $2",
                            values![username, *step, *now],
                        )
                        .await?;
                    if accepted == 1 {
                        append(transaction, events).await?;
                    }
                    Ok(accepted == 1)
                })
            })
            .await
    }
}

/// Ends what is being enrolled in a sign-in (`Authentication::session`).
pub(super) async fn forget_enrolment(
    transaction: &mut Transaction,
    session: &str,
) -> Result<(), StorageError> {
    transaction
        .execute("DELETE FROM signet_totp_enrolments WHERE session = $1", values![session])
        .await
        .map(drop)
}

pub(super) fn totp_of_row(row: &Row) -> Result<Totp, StorageError> {
    Ok(Totp {
        username: row.get("username")?,
        sealed_seed: row.get("sealed_seed")?,
        algorithm: row.parsed("algorithm", TotpAlgorithm::parse)?,
        digits: number(row, "digits")?,
        period: number(row, "period")?,
        created_at: row.get("created_at")?,
        last_step: row.get("last_step")?,
    })
}

pub(super) fn enrolment_of_row(row: &Row) -> Result<Enrolment, StorageError> {
    Ok(Enrolment {
        session: row.get("session")?,
        username: row.get("username")?,
        sealed_seed: row.get("sealed_seed")?,
        algorithm: row.parsed("algorithm", TotpAlgorithm::parse)?,
        digits: number(row, "digits")?,
        period: number(row, "period")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
    })
}

fn number<T: TryFrom<i64>>(row: &Row, column: &str) -> Result<T, StorageError> {
    T::try_from(row.get(column)?).map_err(|_| StorageError::unreadable(column))
}
