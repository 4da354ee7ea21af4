//! Subject identifiers: who is who to which sector (OpenID Connect Core 1.0 §8).

use moka::future::Cache;

use super::database::values;
use super::{Storage, StorageError};
use crate::clock::NumericDate;

/// How many are kept at hand.
const AT_HAND: u64 = 10_000;

/// Subject identifiers at hand, by sector and username: one that stands never changes and is never deleted.
#[derive(Clone)]
pub(super) struct Subjects(Cache<(String, String), String>);

impl Subjects {
    /// None yet.
    pub(super) fn new() -> Self {
        Self(Cache::new(AT_HAND))
    }
}

impl Storage {
    /// The person's subject identifier in a sector: the one that stands, else `candidate` from now on.
    ///
    /// # Errors
    /// When the database does not store it, or the candidate names somebody else.
    pub async fn subject(
        &self,
        sector: &str,
        username: &str,
        candidate: &str,
        now: NumericDate,
    ) -> Result<String, StorageError> {
        if let Some(subject) = self.standing_subject(sector, username).await? {
            return Ok(subject);
        }
        self.database
            .execute(
                "INSERT INTO signet_subjects (sector, username, subject, created_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT DO NOTHING",
                values![sector, username, candidate, now],
            )
            .await?;
        self.standing_subject(sector, username)
            .await?
            .ok_or_else(|| StorageError::Internal("the subject identifier names somebody else".to_owned()))
    }

    /// The person's subject identifier in a sector, if there is one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn standing_subject(
        &self,
        sector: &str,
        username: &str,
    ) -> Result<Option<String>, StorageError> {
        let key = (sector.to_owned(), username.to_owned());
        if let Some(subject) = self.subjects.0.get(&key).await {
            return Ok(Some(subject));
        }
        let row = self
            .database
            .fetch_optional(
                "SELECT subject FROM signet_subjects WHERE sector = $1 AND username = $2",
                values![sector, username],
            )
            .await?;
        let subject: Option<String> = row.map(|row| row.get("subject")).transpose()?;
        if let Some(subject) = &subject {
            self.subjects.0.insert(key, subject.clone()).await;
        }
        Ok(subject)
    }
}
