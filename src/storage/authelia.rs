//! Authelia's tables, read once and never written: what comes along when its database becomes Signet's.
//!
//! The columns are those of its migrations 4 to 24, so of every release from 4.35 to 4.39. What a later one moved is
//! read from where it is.

use std::collections::BTreeSet;

use super::database::{Database, Transaction, values};
use super::inheritance::{self, Inheritance, Remembered};
use super::row::Row;
use super::{Storage, StorageError};
use crate::clock::NumericDate;

/// What Authelia remembers, as far as Signet has a place for it.
#[derive(Clone, Debug, Default)]
pub struct AutheliaRows {
    /// The number of its last migration; `None` when it keeps none.
    pub schema: Option<i64>,
    /// The value that it sealed to tell a wrong `storage.encryption_key`.
    pub check: Option<Vec<u8>>,
    /// Who is who to its clients.
    pub identifiers: Vec<AutheliaIdentifier>,
    /// One-time code devices.
    pub devices: Vec<AutheliaDevice>,
    /// Consents that were to be remembered and not withdrawn.
    pub consents: Vec<AutheliaConsent>,
    /// Who has a security key or passkey (WebAuthn).
    pub webauthn: BTreeSet<String>,
    /// Who has a Duo device.
    pub duo: BTreeSet<String>,
}

/// A row of `user_opaque_identifier`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutheliaIdentifier {
    /// What it is for: `openid`.
    pub service: String,
    /// The client's `sector_identifier_uri`, or its host where Authelia 4.37 or an older one wrote it; empty for public
    /// subjects.
    pub sector: String,
    /// The person.
    pub username: String,
    /// `sub`: a UUID.
    pub identifier: String,
}

/// A row of `totp_configurations`.
#[derive(Clone)]
pub struct AutheliaDevice {
    /// The person.
    pub username: String,
    /// `SHA1`, `SHA256` or `SHA512`.
    pub algorithm: String,
    /// Digits of a code.
    pub digits: i64,
    /// Length of a step in seconds.
    pub period: i64,
    /// The seed in base32, sealed.
    pub secret: Vec<u8>,
    /// When it was enrolled.
    pub created_at: Option<NumericDate>,
    /// When a code of it was last accepted.
    pub last_used_at: Option<NumericDate>,
}

impl std::fmt::Debug for AutheliaDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AutheliaDevice({}, {} digits, {} s)", self.algorithm, self.digits, self.period)
    }
}

/// A row of `oauth2_consent_preconfiguration` that was not revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutheliaConsent {
    /// The client.
    pub client_id: String,
    /// `identifier` of the person in the client's sector.
    pub subject: String,
    /// When it was given.
    pub created_at: Option<NumericDate>,
    /// Until when it answers requests.
    pub expires_at: Option<NumericDate>,
    /// The scopes, separated by `|`.
    pub scopes: String,
    /// The audience, separated by `|`; the client itself is in it.
    pub audience: String,
    /// Whether it was given for a request with the `claims` parameter.
    pub with_claims: bool,
}

/// What came of the question whether there is something to take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakeOver {
    /// These are no tables of Authelia.
    NoAuthelia,
    /// It was done before.
    DoneBefore,
    /// Signet has subject identifiers of its own, which are in use: nothing may take their place.
    OwnSubjects,
    /// It was done now.
    Done,
}

/// The tables that are looked at.
const TABLES: &[&str] = &[
    "user_opaque_identifier",
    "totp_configurations",
    "oauth2_consent_preconfiguration",
    "webauthn_credentials",
    "webauthn_devices",
    "duo_devices",
    "encryption",
    "migrations",
];

impl Storage {
    /// Takes over, once, what `judge` makes of Authelia's rows, when its tables lie beside Signet's and Signet has no
    /// subject identifier yet. Several processes may call it at once: one does it, the others wait.
    ///
    /// # Errors
    /// Those of `judge`, and when the database does not do its work; then nothing is written, and a later call begins
    /// anew.
    pub async fn take_over<E: From<StorageError>>(
        &self,
        now: NumericDate,
        judge: impl FnOnce(&AutheliaRows, &Remembered) -> Result<Inheritance, E>,
    ) -> Result<TakeOver, E> {
        let mut transaction = self.database.patient("signet take-over").await?;
        match take_over(&mut transaction, now, judge).await {
            Ok(TakeOver::Done) => {
                transaction.commit().await?;
                Ok(TakeOver::Done)
            }
            other => {
                transaction.roll_back().await;
                other
            }
        }
    }
}

impl Database {
    /// A transaction that writes and may take as long as it takes.
    pub(super) async fn patient(&self, name: &str) -> Result<Transaction, StorageError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => {
                Transaction::Sqlite(writer.pool().begin_with("BEGIN IMMEDIATE").await?)
            }
            Self::Postgres(servers) => Transaction::Patient(servers.patient_pool(name).await?.begin().await?),
        })
    }
}

async fn take_over<E: From<StorageError>>(
    transaction: &mut Transaction,
    now: NumericDate,
    judge: impl FnOnce(&AutheliaRows, &Remembered) -> Result<Inheritance, E>,
) -> Result<TakeOver, E> {
    let columns = columns(transaction).await?;
    if !columns.has("user_opaque_identifier", "identifier") {
        return Ok(TakeOver::NoAuthelia);
    }
    // Another process that does the same is waited for here.
    let mark = "INSERT INTO signet_authelia (id, taken_over_at) VALUES (1, $1) ON CONFLICT DO NOTHING";
    if transaction.execute(mark, values![now]).await? == 0 {
        return Ok(TakeOver::DoneBefore);
    }
    let remembered = inheritance::remembered(transaction).await?;
    if !remembered.subjects.is_empty() {
        return Ok(TakeOver::OwnSubjects);
    }
    let rows = read(transaction, &columns).await?;
    let inheritance = judge(&rows, &remembered)?;
    inheritance::write(transaction, &inheritance, now).await?;
    Ok(TakeOver::Done)
}

/// The columns of Authelia's tables that there are.
struct Columns(BTreeSet<(String, String)>);

impl Columns {
    fn has(&self, table: &str, column: &str) -> bool {
        self.0.contains(&(table.to_owned(), column.to_owned()))
    }
}

async fn columns(transaction: &mut Transaction) -> Result<Columns, StorageError> {
    let names = TABLES.iter().map(|table| format!("'{table}'")).collect::<Vec<_>>().join(", ");
    let sql = if transaction.is_concurrent() {
        format!(
            "SELECT CAST(table_name AS TEXT) AS held_by, CAST(column_name AS TEXT) AS name \
             FROM information_schema.columns WHERE table_schema = current_schema() AND table_name IN ({names})"
        )
    } else {
        format!(
            "SELECT m.name AS held_by, c.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name IN ({names})"
        )
    };
    let rows = every(transaction, sql, |row| Ok((row.get("held_by")?, row.get("name")?))).await?;
    Ok(Columns(rows.into_iter().collect()))
}

async fn read(transaction: &mut Transaction, columns: &Columns) -> Result<AutheliaRows, StorageError> {
    let mut rows = AutheliaRows {
        identifiers: every(transaction, IDENTIFIERS.to_owned(), identifier).await?,
        ..AutheliaRows::default()
    };
    if columns.has("migrations", "version_after") {
        let last = "SELECT CAST(version_after AS BIGINT) AS last FROM migrations ORDER BY id DESC LIMIT 1";
        rows.schema =
            transaction.fetch_optional(last, values![]).await?.map(|row| row.get("last")).transpose()?;
    }
    if columns.has("encryption", "value") {
        let check = "SELECT value FROM encryption WHERE name = 'check'";
        rows.check =
            transaction.fetch_optional(check, values![]).await?.map(|row| row.get("value")).transpose()?;
    }
    if columns.has("totp_configurations", "secret") {
        let sql = devices(transaction.is_concurrent());
        rows.devices = every(transaction, sql, device).await?;
    }
    if columns.has("oauth2_consent_preconfiguration", "scopes") {
        let with_claims = columns.has("oauth2_consent_preconfiguration", "signature_claims");
        let sql = consents(transaction.is_concurrent(), with_claims);
        rows.consents = every(transaction, sql, consent).await?;
    }
    for table in ["webauthn_credentials", "webauthn_devices", "duo_devices"] {
        if columns.has(table, "username") {
            let sql = format!("SELECT DISTINCT CAST(username AS TEXT) AS username FROM {table}");
            let people = every(transaction, sql, |row| row.get("username")).await?;
            if table == "duo_devices" { &mut rows.duo } else { &mut rows.webauthn }.extend(people);
        }
    }
    Ok(rows)
}

/// What a function makes of each row.
async fn every<T>(
    transaction: &mut Transaction,
    sql: String,
    of_row: impl Fn(&Row) -> Result<T, StorageError>,
) -> Result<Vec<T>, StorageError> {
    let mut all = Vec::new();
    transaction
        .each_row_made::<StorageError>(sql, |row| {
            all.push(of_row(row)?);
            Ok(())
        })
        .await?;
    Ok(all)
}

const IDENTIFIERS: &str = "SELECT CAST(service AS TEXT) AS service, CAST(sector_id AS TEXT) AS sector_id, \
     CAST(username AS TEXT) AS username, CAST(identifier AS TEXT) AS identifier FROM user_opaque_identifier ORDER BY id";

fn identifier(row: &Row) -> Result<AutheliaIdentifier, StorageError> {
    Ok(AutheliaIdentifier {
        service: row.get("service")?,
        sector: row.get("sector_id")?,
        username: row.get("username")?,
        identifier: row.get("identifier")?,
    })
}

/// A time as seconds since the epoch; NULL stays NULL.
fn seconds(on_postgres: bool, column: &str) -> String {
    if on_postgres {
        format!("CAST(FLOOR(EXTRACT(EPOCH FROM {column})) AS BIGINT) AS {column}")
    } else {
        // SQLite keeps the text that Authelia's driver wrote, with a fraction and an offset.
        format!("CAST(strftime('%s', {column}) AS BIGINT) AS {column}")
    }
}

fn devices(on_postgres: bool) -> String {
    let [created_at, last_used_at] =
        ["created_at", "last_used_at"].map(|column| seconds(on_postgres, column));
    format!(
        "SELECT CAST(username AS TEXT) AS username, CAST(algorithm AS TEXT) AS algorithm, \
         CAST(digits AS BIGINT) AS digits, CAST(period AS BIGINT) AS period, secret, {created_at}, {last_used_at} \
         FROM totp_configurations ORDER BY id"
    )
}

fn device(row: &Row) -> Result<AutheliaDevice, StorageError> {
    Ok(AutheliaDevice {
        username: row.get("username")?,
        algorithm: row.get("algorithm")?,
        digits: row.get("digits")?,
        period: row.get("period")?,
        secret: row.get("secret")?,
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
    })
}

fn consents(on_postgres: bool, with_claims: bool) -> String {
    let [created_at, expires_at] = ["created_at", "expires_at"].map(|column| seconds(on_postgres, column));
    let signature = if with_claims { "COALESCE(CAST(signature_claims AS TEXT), '')" } else { "''" };
    format!(
        "SELECT CAST(client_id AS TEXT) AS client_id, CAST(subject AS TEXT) AS subject, {created_at}, {expires_at}, \
         CAST(scopes AS TEXT) AS scopes, COALESCE(CAST(audience AS TEXT), '') AS audience, {signature} AS signature \
         FROM oauth2_consent_preconfiguration WHERE revoked = FALSE ORDER BY id"
    )
}

fn consent(row: &Row) -> Result<AutheliaConsent, StorageError> {
    Ok(AutheliaConsent {
        client_id: row.get("client_id")?,
        subject: row.get("subject")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        scopes: row.get("scopes")?,
        audience: row.get("audience")?,
        with_claims: !row.get::<String>("signature")?.trim().is_empty(),
    })
}
