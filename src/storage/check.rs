//! Whether what is stored is sound.

use std::cmp::Ordering;

use super::database::values;
use super::{Enrolment, Storage, StorageError, catalog, migrations};
use crate::clock::NumericDate;

/// Which migrations the tables went through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaState {
    /// The last one of the tables; zero when there are no tables.
    pub present: i64,
    /// The last one that this version has.
    pub known: i64,
}

impl SchemaState {
    /// Whether they are the tables of this version.
    ///
    /// # Errors
    /// What is the case, and how to mend it.
    pub fn judge(self) -> Result<(), String> {
        let Self { present, known } = self;
        match present.cmp(&known) {
            Ordering::Equal => Ok(()),
            Ordering::Less => {
                Err(format!("migration {present}, this version has {known}: run `signet storage migrate`"))
            }
            Ordering::Greater => Err(format!(
                "migration {present} of a newer Signet, this version has {known}: use that version"
            )),
        }
    }
}

/// Rows that no legal history explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsound {
    /// What is wrong with them.
    pub what: &'static str,
    /// How many there are.
    pub rows: i64,
}

/// What no row may be like: how it is said, and the statement that counts such rows, some at the time `$1`.
///
/// A handle's id is 16 bytes and its hash 32, in base64url. What hangs from a grant ends no later than the grant is
/// deleted; access tokens are deleted at their own end.
const RULES: &[(&str, &str)] = &[
    (
        "authorization codes whose id or hash is not that of a handle",
        "SELECT COUNT(*) AS rows FROM signet_authorization_codes \
         WHERE LENGTH(id) <> 22 OR LENGTH(hash) <> 43",
    ),
    (
        "access tokens whose id or hash is not that of a handle",
        "SELECT COUNT(*) AS rows FROM signet_access_tokens \
         WHERE hash IS NOT NULL AND (LENGTH(id) <> 22 OR LENGTH(hash) <> 43) AND expires_at > $1",
    ),
    (
        "refresh tokens whose id or hash is not that of a handle",
        "SELECT COUNT(*) AS rows FROM signet_refresh_tokens \
         WHERE LENGTH(id) <> 22 OR LENGTH(hash) <> 43",
    ),
    (
        "pushed requests whose id or hash is not that of a handle",
        "SELECT COUNT(*) AS rows FROM signet_pushed_requests \
         WHERE (LENGTH(id) <> 22 OR LENGTH(hash) <> 43) AND expires_at > $1",
    ),
    (
        "device codes whose id or hash is not that of a handle",
        "SELECT COUNT(*) AS rows FROM signet_device_codes \
         WHERE (LENGTH(id) <> 22 OR LENGTH(hash) <> 43) AND expires_at > $1",
    ),
    (
        "device codes without the grant that their state asks for, or with one that it does not have",
        "SELECT COUNT(*) AS rows FROM signet_device_codes t WHERE NOT ( \
         (t.state IN ('pending', 'denied') AND t.grant_id IS NULL) \
         OR (t.state IN ('approved', 'spent') AND t.grant_id IS NOT NULL \
         AND EXISTS (SELECT 1 FROM signet_grants g WHERE g.id = t.grant_id)))",
    ),
    (
        "authorization codes without their grant",
        "SELECT COUNT(*) AS rows FROM signet_authorization_codes t \
         WHERE NOT EXISTS (SELECT 1 FROM signet_grants g WHERE g.id = t.grant_id)",
    ),
    (
        "refresh tokens without their grant",
        "SELECT COUNT(*) AS rows FROM signet_refresh_tokens t \
         WHERE NOT EXISTS (SELECT 1 FROM signet_grants g WHERE g.id = t.grant_id)",
    ),
    (
        "access tokens without their grant",
        "SELECT COUNT(*) AS rows FROM signet_access_tokens t WHERE t.grant_id IS NOT NULL AND t.expires_at > $1 \
         AND NOT EXISTS (SELECT 1 FROM signet_grants g WHERE g.id = t.grant_id)",
    ),
    (
        "grants without the consent they rest on",
        "SELECT COUNT(*) AS rows FROM signet_grants g WHERE g.consent IS NOT NULL AND g.expires_at > $1 \
         AND NOT EXISTS (SELECT 1 FROM signet_consents c WHERE c.id = g.consent)",
    ),
    (
        "consents for once without a grant",
        "SELECT COUNT(*) AS rows FROM signet_consents c WHERE c.remembered_until IS NULL \
         AND NOT EXISTS (SELECT 1 FROM signet_grants g WHERE g.consent = c.id)",
    ),
    (
        "grants of people whom no subject identifier names",
        "SELECT COUNT(*) AS rows FROM signet_grants g WHERE g.expires_at > $1 AND NOT EXISTS \
         (SELECT 1 FROM signet_subjects s WHERE s.username = g.username AND s.subject = g.subject)",
    ),
    (
        "rows that were stored more than five minutes after now",
        "SELECT (SELECT COUNT(*) FROM signet_grants WHERE created_at > $1 + 300) \
         + (SELECT COUNT(*) FROM signet_sessions WHERE last_seen_at > $1 + 300) \
         + (SELECT COUNT(*) FROM signet_events WHERE happened_at > $1 + 300) AS rows",
    ),
];

impl Storage {
    /// Which migrations the tables went through. Changes nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn schema_state(&self) -> Result<SchemaState, StorageError> {
        let mut transaction = self.database.one_moment().await?;
        let present = migrations::present(&mut transaction).await?;
        transaction.roll_back().await;
        Ok(SchemaState { present, known: migrations::latest() })
    }

    /// What is wrong with the files: SQLite looks at every page and index, PostgreSQL reads every row.
    ///
    /// # Errors
    /// When it could not be found out.
    pub async fn damage(&self) -> Result<Vec<String>, StorageError> {
        let mut transaction = self.database.one_moment().await?;
        let mut found = Vec::new();
        if transaction.is_concurrent() {
            for table in catalog::kept_tables(&mut transaction).await? {
                let read = transaction.each_row_made::<StorageError>(table.selection(), |_| Ok(())).await;
                match read {
                    Err(error @ StorageError::Corrupt(_)) => found.push(format!("{}: {error}", table.name)),
                    read => read?,
                }
            }
        } else {
            match transaction.fetch_all("PRAGMA integrity_check(20)", values![]).await {
                Ok(rows) => {
                    for row in rows {
                        found.push(row.get::<String>("integrity_check")?);
                    }
                    found.retain(|line| line != "ok");
                }
                Err(StorageError::Corrupt(reason)) => found.push(reason),
                Err(error) => return Err(error),
            }
            if found.is_empty() {
                let broken = transaction.fetch_all("PRAGMA foreign_key_check", values![]).await?;
                if !broken.is_empty() {
                    found.push(format!("{} rows without the row they refer to", broken.len()));
                }
            }
        }
        transaction.roll_back().await;
        Ok(found)
    }

    /// Rows that no legal history explains.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn unsound_rows(&self, now: NumericDate) -> Result<Vec<Unsound>, StorageError> {
        let mut transaction = self.database.one_moment().await?;
        let mut found = Vec::new();
        for &(what, sql) in RULES {
            let values = if sql.contains("$1") { values![now] } else { values![] };
            let row = transaction.fetch_optional(sql, values).await?;
            let rows = row.map_or(Ok(0), |row| row.get("rows"))?;
            if rows > 0 {
                found.push(Unsound { what, rows });
            }
        }
        transaction.roll_back().await;
        Ok(found)
    }

    /// Every enrolment that was begun and not confirmed, by session.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_enrolments(&self) -> Result<Vec<Enrolment>, StorageError> {
        let rows = self
            .database
            .fetch_all(
                "SELECT session, username, sealed_seed, algorithm, digits, period, created_at, expires_at \
                 FROM signet_totp_enrolments ORDER BY session",
                values![],
            )
            .await?;
        rows.iter().map(super::second_factors::enrolment_of_row).collect()
    }
}
