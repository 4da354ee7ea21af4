//! The end of sign-ins: sessions, and with them what was granted there.

use super::database::{Transaction, values};
use super::events::append;
use super::{Storage, StorageError};
use crate::clock::NumericDate;
use crate::model::event::Event;

/// Which sign-ins end, and how much with them.
#[derive(Clone, Copy, Debug)]
pub struct Ending<'a> {
    /// Whose.
    pub whose: Whose<'a>,
    /// Whether grants with `offline_access` end too, and, when every sign-in ends, the browsers that are known are
    /// forgotten.
    pub everything: bool,
}

/// Whose sign-ins end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose<'a> {
    /// Every person's.
    Everyone,
    /// Those of a person, canonical form.
    Person(&'a str),
    /// One sign-in (`Authentication::session`) of a person.
    SignIn(&'a str, &'a str),
}

/// What ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Sessions deleted.
    pub sessions: u64,
    /// Grants revoked.
    pub grants: u64,
}

impl Storage {
    /// Ends a sign-in (`Authentication::session`): its session is deleted, and the grants made in it are revoked,
    /// except those with `offline_access` (OpenID Connect Core 1.0 §11). Says how many grants.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn end_session(
        &self,
        session: &str,
        events: &[Event],
        now: NumericDate,
    ) -> Result<u64, StorageError> {
        self.database
            .transaction((session.to_owned(), events.to_vec(), now), |transaction, (session, events, now)| {
                Box::pin(async move {
                    // First: an answer that is on its way holds this row, so its grant is seen below.
                    transaction
                        .execute("DELETE FROM signet_sessions WHERE session = $1", values![session])
                        .await?;
                    let revoked = transaction
                        .execute(
                            "UPDATE signet_grants SET revoked_at = $2 \
                             WHERE session = $1 AND offline = $3 AND revoked_at IS NULL",
                            values![session, *now, false],
                        )
                        .await?;
                    append(transaction, events).await?;
                    Ok(revoked)
                })
            })
            .await
    }

    /// Ends sign-ins as [`Storage::end_session`] ends one, all in one commit. No event is kept when there
    /// was nothing to end.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn end_sessions_of(
        &self,
        ending: Ending<'_>,
        events: &[Event],
        now: NumericDate,
    ) -> Result<Ended, StorageError> {
        let Ending { whose, everything } = ending;
        let (username, session) = match whose {
            Whose::Everyone => (None, None),
            Whose::Person(username) => (Some(username.to_owned()), None),
            Whose::SignIn(username, session) => (Some(username.to_owned()), Some(session.to_owned())),
        };
        let data = (username, session, everything, events.to_vec(), now);
        self.database
            .transaction(data, |transaction, (username, session, everything, events, now)| {
                Box::pin(async move {
                    let ended = match (username, session) {
                        (Some(username), Some(session)) => {
                            end_one(transaction, username, session, *everything, *now).await?
                        }
                        (Some(username), None) => end_all(transaction, username, *everything, *now).await?,
                        (None, _) => end_of_everyone(transaction, *everything, *now).await?,
                    };
                    if ended != Ended::default() {
                        append(transaction, events).await?;
                    }
                    Ok(ended)
                })
            })
            .await
    }
}

// In each, sessions go first: an answer that is on its way holds its row, so its grant is seen afterwards.

async fn end_one(
    transaction: &mut Transaction,
    username: &str,
    session: &str,
    everything: bool,
    now: NumericDate,
) -> Result<Ended, StorageError> {
    let sessions = transaction
        .execute(
            "DELETE FROM signet_sessions WHERE username = $1 AND session = $2",
            values![username, session],
        )
        .await?;
    let grants = transaction
        .execute(
            "UPDATE signet_grants SET revoked_at = $3 \
             WHERE username = $1 AND session = $2 AND (offline = $4 OR offline = $5) \
             AND revoked_at IS NULL AND expires_at > $3",
            values![username, session, now, false, everything],
        )
        .await?;
    Ok(Ended { sessions, grants })
}

async fn end_all(
    transaction: &mut Transaction,
    username: &str,
    everything: bool,
    now: NumericDate,
) -> Result<Ended, StorageError> {
    let sessions =
        transaction.execute("DELETE FROM signet_sessions WHERE username = $1", values![username]).await?;
    let grants = transaction
        .execute(
            "UPDATE signet_grants SET revoked_at = $2 WHERE username = $1 AND (offline = $3 OR offline = $4) \
             AND revoked_at IS NULL AND expires_at > $2",
            values![username, now, false, everything],
        )
        .await?;
    if everything {
        // A stolen machine's browser must not go on guessing as one that is known.
        transaction
            .execute("DELETE FROM signet_known_browsers WHERE username = $1", values![username])
            .await?;
    }
    Ok(Ended { sessions, grants })
}

async fn end_of_everyone(
    transaction: &mut Transaction,
    everything: bool,
    now: NumericDate,
) -> Result<Ended, StorageError> {
    let sessions = transaction.execute("DELETE FROM signet_sessions", values![]).await?;
    let grants = transaction
        .execute(
            "UPDATE signet_grants SET revoked_at = $1 WHERE (offline = $2 OR offline = $3) \
             AND revoked_at IS NULL AND expires_at > $1",
            values![now, false, everything],
        )
        .await?;
    if everything {
        transaction.execute("DELETE FROM signet_known_browsers", values![]).await?;
    }
    Ok(Ended { sessions, grants })
}
