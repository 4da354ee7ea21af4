//! Everything remembered: all the SQL, for SQLite and PostgreSQL.
//!
//! One file per table, functions on [`Storage`]; a transaction never leaves a function. Each statement is written
//! once, in the dialect that both databases speak. Time always comes from the caller.

mod attempts;
mod authelia;
mod backup;
mod backup_error;
mod backup_file;
mod backup_reader;
mod backup_writer;
mod bans;
mod catalog;
mod check;
mod client_assertions;
mod codes;
mod connect;
mod consents;
mod database;
mod device_codes;
mod error;
mod events;
mod grants;
mod inheritance;
mod interactions;
mod known_browsers;
mod lock;
mod migrations;
mod options;
mod overview;
mod postgres;
mod pushed_requests;
mod redemption;
mod refusals;
mod restore;
mod row;
mod second_factors;
mod sessions;
mod sign_out;
mod silence;
mod statement;
mod subjects;
mod tokens;
mod upkeep;
mod value;
mod writer;

pub use attempts::{Attempt, AttemptKeys, AttemptLimits, NewBan};
pub use authelia::{AutheliaConsent, AutheliaDevice, AutheliaIdentifier, AutheliaRows, TakeOver};
pub use backup_error::BackupError;
pub use backup_file::{BackupHeader, BackupKeys, Entry};
pub use backup_reader::Backup;
pub use bans::{BanRow, Lifting};
pub use check::{SchemaState, Unsound};
pub use consents::{AskedConsent, Holding};
pub use device_codes::{ApproveDevice, Pace};
pub use error::StorageError;
pub use grants::{Answer, NewGrant};
pub use inheritance::{Inheritance, InheritedDevice, Remembered, Subject};
pub use interactions::Claim;
pub use lock::StorageLock;
pub use options::{PostgresAddress, PostgresOptions, PostgresServer, PostgresTls, StorageOptions};
pub use overview::GrantView;
pub use pushed_requests::PushedRequest;
pub use redemption::{Redeemed, Redemption};
pub use restore::{Present, Restored};
pub use second_factors::Enrolment;
pub use sessions::SessionRow;
pub use sign_out::{Ended, Ending, Whose};
pub use tokens::StandingAccessToken;
pub use upkeep::CLOCK_TOLERANCE;

use database::Database;
use subjects::Subjects;

/// What Signet remembers, in one database. Cheap to clone; every clone shares the same connections.
#[derive(Clone)]
pub struct Storage {
    database: Database,
    subjects: Subjects,
}

impl Storage {
    /// Opens the database; a missing SQLite file is created (mode 0600), its folder is not. Of several PostgreSQL
    /// servers the first that answers and takes writes serves. Tables are made by [`Storage::migrate`].
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] when it cannot be reached; the message says which file or server, and why.
    pub async fn open(options: &StorageOptions) -> Result<Self, StorageError> {
        Ok(Self { database: Database::open(options).await?, subjects: Subjects::new() })
    }

    /// Makes or updates Signet's tables; nothing happens when they are up to date. Several processes may call it at
    /// once: one migrates, the others wait.
    ///
    /// # Errors
    /// [`StorageError::Schema`] when a newer Signet made the tables, [`StorageError::Unavailable`] when the database
    /// takes no writes.
    pub async fn migrate(&self) -> Result<(), StorageError> {
        migrations::run(&self.database).await
    }

    /// Marks this process as the one that serves from a SQLite file, until the lock is dropped. PostgreSQL is
    /// served by any number of processes: there the lock holds nothing.
    ///
    /// # Errors
    /// [`StorageError::Locked`] when another process holds it.
    pub async fn hold_lock(&self) -> Result<StorageLock, StorageError> {
        match self.database.file() {
            Some(path) => StorageLock::hold(path).await,
            None => Ok(StorageLock::nothing()),
        }
    }

    /// Lets go of every connection once the statements under way have ended. Later calls answer
    /// [`StorageError::Unavailable`].
    pub async fn close(&self) {
        self.database.close().await;
    }
}

impl std::fmt::Debug for Storage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.database.file() {
            Some(_) => "Storage(SQLite)",
            None => "Storage(PostgreSQL)",
        })
    }
}
