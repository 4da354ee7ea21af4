//! Attempts to sign in, counted so that guessing is slow. Keys are opaque texts.

use uuid::{NoContext, Timestamp, Uuid};

use super::database::{Transaction, values};
use super::events::append;
use super::row::Row;
use super::{Storage, StorageError};
use crate::clock::{NumericDate, Seconds};
use crate::model::event::Event;

/// What an attempt is counted under.
#[derive(Clone, Copy, Debug)]
pub struct AttemptKeys<'a> {
    /// The person at a network, or the person at a browser they signed in with before.
    pub person_network: &'a str,
    /// The person.
    pub person: &'a str,
    /// The address, for the record.
    pub ip: Option<&'a str>,
    /// Whether the browser is one the person signed in with before: then only the first key counts.
    pub known_browser: bool,
}

/// How many failures are too many. A limit of zero or less does not limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptLimits {
    /// Failures of one person at one network (or one known browser) until a ban.
    pub max_retries: i64,
    /// How far back those count, in seconds.
    pub find_seconds: Seconds,
    /// How long a ban lasts, in seconds.
    pub ban_seconds: Seconds,
    /// Failures of one person over all networks, known browsers left out, until a ban.
    pub person_max: i64,
    /// How far back those count, in seconds.
    pub person_find_seconds: Seconds,
    /// How many of those one network adds at most, so that no network alone brings that ban; 0: as many as it likes.
    pub person_max_of_network: i64,
}

/// Whether an attempt may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It may; its outcome is told to [`Storage::finish_attempt`] by this id. Until then it counts as a failure.
    Allowed(String),
    /// It may not.
    Banned {
        /// When to try again.
        until: NumericDate,
    },
}

/// A ban that a failure brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewBan {
    /// When it ends.
    pub until: NumericDate,
    /// Whether it is of the person over all networks.
    pub everywhere: bool,
}

struct Beginning {
    id: String,
    person_network: String,
    person: String,
    ip: Option<String>,
    known_browser: bool,
    limits: AttemptLimits,
    now: NumericDate,
}

struct Finishing {
    id: String,
    success: bool,
    limits: AttemptLimits,
    events: Vec<Event>,
    locked: Option<[Event; 2]>,
    now: NumericDate,
}

impl Storage {
    /// Reserves an attempt. Parallel guesses cannot pass the limit together: each counts as a failure from here on.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn begin_attempt(
        &self,
        keys: AttemptKeys<'_>,
        limits: AttemptLimits,
        now: NumericDate,
    ) -> Result<Attempt, StorageError> {
        let seconds = u64::try_from(now).unwrap_or_default();
        let beginning = Beginning {
            id: Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, 0)).to_string(),
            person_network: keys.person_network.to_owned(),
            person: keys.person.to_owned(),
            ip: keys.ip.map(str::to_owned),
            known_browser: keys.known_browser,
            limits,
            now,
        };
        self.database
            .transaction(beginning, |transaction, beginning| Box::pin(begin(transaction, beginning)))
            .await
    }

    /// Tells the outcome of an attempt. A success clears what counts against its first key. A failure that reaches a
    /// limit bans, and the ban is returned; of `locked` the event of its key is kept: the first is that of the place, the
    /// second that of the person over all networks.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn finish_attempt(
        &self,
        id: &str,
        success: bool,
        limits: AttemptLimits,
        events: &[Event],
        locked: Option<&[Event; 2]>,
        now: NumericDate,
    ) -> Result<Option<NewBan>, StorageError> {
        let (events, locked) = (events.to_vec(), locked.cloned());
        let finishing = Finishing { id: id.to_owned(), success, limits, events, locked, now };
        self.database
            .transaction(finishing, |transaction, finishing| Box::pin(finish(transaction, finishing)))
            .await
    }

    /// Takes an attempt back: it counts as neither failure nor success, and clears nothing.
    ///
    /// # Errors
    /// When the database does not store it.
    pub async fn withdraw_attempt(&self, id: &str) -> Result<(), StorageError> {
        self.database.execute("DELETE FROM signet_attempts WHERE id = $1", values![id]).await?;
        Ok(())
    }
}

async fn begin(transaction: &mut Transaction, beginning: &Beginning) -> Result<Attempt, StorageError> {
    let Beginning { id, person_network, person, ip, known_browser, limits, now } = beginning;
    lock_person(transaction, person).await?;
    // A known browser answers for itself alone: its owner is not locked out by guesses from elsewhere.
    let banned = transaction
        .fetch_optional(
            "SELECT MAX(banned_until) AS banned_until FROM signet_bans \
             WHERE (subject = $1 OR subject = $2) AND banned_until > $3",
            values![person_network, if *known_browser { person_network } else { person }, *now],
        )
        .await?
        .map_or(Ok(None), |row| row.get::<Option<NumericDate>>("banned_until"))?;
    if let Some(until) = banned {
        return Ok(Attempt::Banned { until });
    }
    let network = count(transaction, NETWORK_RESERVED, person_network, *now - limits.find_seconds).await?;
    let all = if *known_browser {
        0
    } else {
        count(transaction, PERSON_RESERVED, person, *now - limits.person_find_seconds).await?
    };
    if reached(network, limits.max_retries) || reached(all, limits.person_max) {
        return Ok(Attempt::Banned { until: *now + limits.ban_seconds });
    }
    let person_counted = !known_browser && {
        let share =
            count(transaction, SHARE_RESERVED, person_network, *now - limits.person_find_seconds).await?;
        !reached(share, limits.person_max_of_network)
    };
    let expires_at = *now + limits.find_seconds.max(limits.person_find_seconds);
    transaction
        .execute(
            "INSERT INTO signet_attempts (id, person_network, person, ip, attempted_at, expires_at, pending, \
             counted, person_counted) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)",
            values![id, person_network, person, ip, *now, expires_at, true, person_counted],
        )
        .await?;
    Ok(Attempt::Allowed(id.clone()))
}

async fn finish(
    transaction: &mut Transaction,
    finishing: &Finishing,
) -> Result<Option<NewBan>, StorageError> {
    let Finishing { id, success, limits, events, locked, now } = finishing;
    append(transaction, events).await?;
    let attempt = transaction
        .fetch_optional("SELECT person_network, person FROM signet_attempts WHERE id = $1", values![id])
        .await?;
    // An attempt that took so long that it was cleaned away counts no more.
    let Some(attempt) = attempt else { return Ok(None) };
    let (person_network, person): (String, String) = (attempt.get("person_network")?, attempt.get("person")?);
    lock_person(transaction, &person).await?;
    if *success {
        transaction
            .execute(
                "UPDATE signet_attempts SET pending = $2, counted = $2, person_counted = $2 WHERE id = $1",
                values![id, false],
            )
            .await?;
        transaction
            .execute(
                "UPDATE signet_attempts SET counted = $2 WHERE person_network = $1 AND counted = $3",
                values![&person_network, false, true],
            )
            .await?;
        return Ok(None);
    }
    let failed = transaction
        .fetch_optional(
            "UPDATE signet_attempts SET pending = $2 WHERE id = $1 RETURNING counted, person_counted",
            values![id, false],
        )
        .await?;
    let counts = |row: &Row, column: &str| row.get::<bool>(column);
    let (counted, person_counted) = match &failed {
        Some(row) => (counts(row, "counted")?, counts(row, "person_counted")?),
        None => (false, false),
    };
    let mut banned = None;
    if counted {
        let failures =
            count(transaction, NETWORK_FAILED, &person_network, *now - limits.find_seconds).await?;
        if reached(failures, limits.max_retries) {
            let until = ban(transaction, &person_network, failures, *now, limits).await?;
            banned = Some(NewBan { until, everywhere: false });
            // The count begins anew when the ban ends.
            transaction.execute(NETWORK_CLEAR, values![&person_network, false]).await?;
        }
    }
    if person_counted {
        let failures = count(transaction, PERSON_FAILED, &person, *now - limits.person_find_seconds).await?;
        if reached(failures, limits.person_max) {
            // These go on counting: a ban shorter than the span they count over must not raise what the span allows.
            let until = ban(transaction, &person, failures, *now, limits).await?;
            banned = Some(NewBan { until, everywhere: true });
        }
    }
    if let (Some(ban), Some([of_place, of_person])) = (&banned, locked) {
        append(transaction, std::slice::from_ref(if ban.everywhere { of_person } else { of_place })).await?;
    }
    Ok(banned)
}

const NETWORK_RESERVED: &str = "SELECT COUNT(*) AS failures FROM signet_attempts \
     WHERE person_network = $1 AND attempted_at > $2 AND counted = $3";
const PERSON_RESERVED: &str = "SELECT COUNT(*) AS failures FROM signet_attempts \
     WHERE person = $1 AND attempted_at > $2 AND person_counted = $3";
const SHARE_RESERVED: &str = "SELECT COUNT(*) AS failures FROM signet_attempts \
     WHERE person_network = $1 AND attempted_at > $2 AND person_counted = $3";
const NETWORK_FAILED: &str = "SELECT COUNT(*) AS failures FROM signet_attempts \
     WHERE person_network = $1 AND attempted_at > $2 AND counted = $3 AND pending <> $3";
const PERSON_FAILED: &str = "SELECT COUNT(*) AS failures FROM signet_attempts \
     WHERE person = $1 AND attempted_at > $2 AND person_counted = $3 AND pending <> $3";
const NETWORK_CLEAR: &str =
    "UPDATE signet_attempts SET counted = $2 WHERE person_network = $1 AND counted <> $2";

fn reached(failures: i64, limit: i64) -> bool {
    limit > 0 && failures >= limit
}

async fn count(
    transaction: &mut Transaction,
    sql: &'static str,
    key: &str,
    since: NumericDate,
) -> Result<i64, StorageError> {
    let row = transaction.fetch_optional(sql, values![key, since, true]).await?;
    row.map_or(Ok(0), |row| row.get("failures"))
}

/// Bans a key.
async fn ban(
    transaction: &mut Transaction,
    key: &str,
    failures: i64,
    now: NumericDate,
    limits: &AttemptLimits,
) -> Result<NumericDate, StorageError> {
    let until = now + limits.ban_seconds;
    transaction
        .execute(
            "INSERT INTO signet_bans (subject, banned_at, banned_until, failures) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (subject) DO UPDATE SET banned_at = excluded.banned_at, \
             banned_until = excluded.banned_until, failures = excluded.failures",
            values![key, now, until, failures],
        )
        .await?;
    Ok(until)
}

/// One attempt of a person at a time: counting and inserting must not interleave with another's. On SQLite the write
/// lock that every transaction holds does it.
pub(super) async fn lock_person(transaction: &mut Transaction, person: &str) -> Result<(), StorageError> {
    if transaction.is_concurrent() {
        transaction
            .fetch_optional("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", values![person])
            .await?;
    }
    Ok(())
}
