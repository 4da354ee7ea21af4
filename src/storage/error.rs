//! What goes wrong with the database.

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;

/// A storage function that did not do its work. Messages name tables and codes, never what is stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The database cannot serve now: not reached, connection lost, busy, disk full, no longer writable. Whether a
    /// write under way was kept is unknown. Callers answer 503.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A serialisation failure or a deadlock, by its SQLSTATE: nothing of it was kept, and the same transaction may
    /// succeed when it is run again. Callers answer 503.
    #[error("the database is unavailable: concurrent transactions got in each other's way (SQLSTATE {0})")]
    Collided(String),
    /// A stored value cannot be read, or the file is damaged.
    #[error("the database holds what cannot be read: {0}")]
    Corrupt(String),
    /// The tables are not those of this version.
    #[error("the tables do not fit this version of Signet: {0}")]
    Schema(String),
    /// Another process serves from the same SQLite file.
    #[error("{0}")]
    Locked(String),
    /// The role of the configuration may not do what Signet needs.
    #[error(
        "the database does not let its role do it: {0}; make the role of storage.postgres.username the owner of the \
         database (ALTER DATABASE … OWNER TO …), or GRANT USAGE, CREATE ON SCHEMA … TO it"
    )]
    Denied(String),
    /// A statement failed: a fault of Signet.
    #[error("a statement failed: {0}")]
    Internal(String),
}

impl StorageError {
    /// Whether trying again later may help.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Collided(_))
    }

    /// A stored column that no legal value explains.
    pub(super) fn unreadable(column: &str) -> Self {
        Self::Corrupt(format!("column {column}"))
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => of_database(database.as_ref()),
            sqlx::Error::PoolTimedOut => Self::Unavailable("no connection became free in time".to_owned()),
            sqlx::Error::PoolClosed => Self::Unavailable("it was closed".to_owned()),
            sqlx::Error::WorkerCrashed => Self::Unavailable("its thread ended".to_owned()),
            sqlx::Error::Io(io) => Self::Unavailable(io.to_string()),
            sqlx::Error::Tls(tls) => Self::Unavailable(format!("TLS: {tls}")),
            sqlx::Error::BeginFailed | sqlx::Error::InvalidSavePointStatement => {
                Self::Unavailable("no transaction could be begun".to_owned())
            }
            // What arrived was no answer of the protocol: the connection broke in the middle of one.
            sqlx::Error::Protocol(_) => Self::Unavailable("the connection broke".to_owned()),
            sqlx::Error::ColumnDecode { index, .. } => Self::unreadable(index),
            sqlx::Error::ColumnNotFound(column) => {
                Self::Internal(format!("column {column} is not in the answer"))
            }
            sqlx::Error::Decode(_) => Self::Corrupt("a value of the wrong type".to_owned()),
            sqlx::Error::Encode(_) => Self::Internal("a value cannot be written".to_owned()),
            // Options name files and switches, never what is stored.
            sqlx::Error::Configuration(reason) => Self::Unavailable(reason.to_string()),
            _ => Self::Internal("the driver refused".to_owned()),
        }
    }
}

impl From<MigrateError> for StorageError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => {
                Self::Schema(format!("migration {version} was made by a newer Signet; use that version"))
            }
            MigrateError::VersionMismatch(version) => {
                Self::Schema(format!("migration {version} was applied in another form; restore a backup"))
            }
            MigrateError::Dirty(version) => {
                Self::Schema(format!("migration {version} was interrupted; restore a backup"))
            }
            MigrateError::Execute(error) => error.into(),
            MigrateError::ExecuteMigration(error, version) => match Self::from(error) {
                Self::Internal(reason) => Self::Schema(format!("migration {version}: {reason}")),
                other => other,
            },
            _ => Self::Internal("the migrations could not be run".to_owned()),
        }
    }
}

/// SQLSTATE of a role that lacks a right.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

fn of_database(error: &dyn DatabaseError) -> StorageError {
    if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        of_postgres(error)
    } else {
        of_sqlite(error)
    }
}

fn of_postgres(error: &dyn DatabaseError) -> StorageError {
    let code = error.code().unwrap_or_default();
    let named = |reason: &str| format!("{reason} (SQLSTATE {code})");
    // Only the messages of these classes name no stored value; others may quote what was bound.
    let said = || format!("{} (SQLSTATE {code})", error.message());
    match code.get(..2).unwrap_or_default() {
        "40" => StorageError::Collided(code.into_owned()),
        "08" | "28" | "3D" | "53" | "57" | "58" => StorageError::Unavailable(said()),
        "55" => StorageError::Unavailable(named("a row stayed locked")),
        "25" => StorageError::Unavailable(named("it takes no writes")),
        "42" if code == INSUFFICIENT_PRIVILEGE => StorageError::Denied(said()),
        "42" | "3F" => StorageError::Internal(said()),
        "XX" => StorageError::Corrupt(named("the server found its files damaged")),
        _ => StorageError::Internal(match (error.table(), error.constraint()) {
            (Some(table), Some(constraint)) => named(&format!("{constraint} of {table}")),
            _ => named("refused"),
        }),
    }
}

/// <https://www.sqlite.org/rescode.html>
fn of_sqlite(error: &dyn DatabaseError) -> StorageError {
    let code: i32 = error.code().and_then(|code| code.parse().ok()).unwrap_or(1);
    let said = format!("{} (SQLite code {code})", error.message());
    match code & 0xff {
        // BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL, AUTH
        5 | 6 | 7 | 8 | 9 | 10 | 13 | 14 | 15 | 23 => StorageError::Unavailable(said),
        // CORRUPT, NOTADB
        11 | 26 => StorageError::Corrupt(said),
        _ => StorageError::Internal(said),
    }
}
