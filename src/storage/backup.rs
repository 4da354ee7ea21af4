//! Making a backup: every table, as it was at one moment.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use serde_json::Value;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::backup_error::BackupError;
use super::backup_file::BackupKeys;
use super::backup_writer::BackupWriter;
use super::catalog::{self, Kind};
use super::database::{Database, Transaction};
use super::postgres::Servers;
use super::row::Row;
use super::{Storage, StorageError, migrations};
use crate::clock::NumericDate;

impl Storage {
    /// Writes everything that is remembered to a new file (mode 0600), as of one moment, while others go on reading
    /// and writing. When it returns, the file is on the disk. Says how many rows it holds.
    ///
    /// # Errors
    /// [`BackupError::Exists`] when there is such a file, [`BackupError::Write`] when it cannot be written; then
    /// nothing of it is left. Every error of the database.
    pub async fn backup(&self, path: &Path, keys: &BackupKeys, now: NumericDate) -> Result<u64, BackupError> {
        let new = NewFile::create(path)?;
        let mut transaction = self.database.one_moment().await?;
        let rows = write(&mut transaction, &new, keys, now).await?;
        transaction.roll_back().await;
        new.keep()?;
        Ok(rows)
    }
}

impl Database {
    /// A transaction that only reads, and sees what was committed before it began.
    pub(super) async fn one_moment(&self) -> Result<Transaction, StorageError> {
        Ok(match self {
            Self::Sqlite { reader, .. } => Transaction::Sqlite(reader.begin().await?),
            Self::Postgres(servers) => {
                let pool = servers.patient_pool("signet backup").await?;
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Transaction::Patient(pool.begin_with(begin).await?)
            }
        })
    }
}

impl Servers {
    /// A pool of one connection whose statements may take as long as they take.
    pub(super) async fn patient_pool(&self, name: &str) -> Result<PgPool, StorageError> {
        let options: &PgConnectOptions = self
            .options
            .get(self.current.load(Ordering::SeqCst))
            .ok_or_else(|| StorageError::Unavailable("no PostgreSQL server is named".to_owned()))?;
        let options = options.clone().application_name(name).options([
            ("statement_timeout", "0"),
            ("lock_timeout", "60s"),
            ("idle_in_transaction_session_timeout", "0"),
        ]);
        Ok(PgPoolOptions::new().max_connections(1).connect_with(options).await?)
    }
}

/// Writes what a transaction sees.
pub(super) async fn write(
    transaction: &mut Transaction,
    new: &NewFile,
    keys: &BackupKeys,
    now: NumericDate,
) -> Result<u64, BackupError> {
    let tables = catalog::kept_tables(transaction).await?;
    let migration = migrations::present(transaction).await?;
    if migration == 0 {
        let why = "there are none; `signet serve` and `signet storage migrate` make them";
        return Err(StorageError::Schema(why.to_owned()).into());
    }
    let made_from = if transaction.is_concurrent() { "PostgreSQL" } else { "SQLite" };
    let out = BufWriter::with_capacity(1 << 16, &new.file);
    let mut writer = BackupWriter::begin(out, &new.path, keys, (migration, made_from), now)?;
    for table in &tables {
        writer.table(&table.name, table.columns.iter().map(|(name, _)| name.clone()).collect())?;
        transaction
            .each_row_made(table.selection(), |row| {
                let values: Result<Vec<Value>, StorageError> =
                    table.columns.iter().map(|(name, kind)| value(row, name, *kind)).collect();
                writer.row(&values?)
            })
            .await?;
    }
    let (_, rows) = writer.end(keys)?;
    Ok(rows)
}

fn value(row: &Row, column: &str, kind: Kind) -> Result<Value, StorageError> {
    Ok(match kind {
        Kind::Text => row.get::<Option<String>>(column)?.into(),
        Kind::Integer => row.get::<Option<i64>>(column)?.into(),
        Kind::Boolean => row.get::<Option<bool>>(column)?.into(),
        Kind::Json => row.optional_json::<Value>(column)?.unwrap_or(Value::Null),
    })
}

/// A file that is being made. Dropped before it is kept, it is gone.
pub(super) struct NewFile {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl NewFile {
    /// Makes the file for its owner alone.
    pub(super) fn create(path: &Path) -> Result<Self, BackupError> {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(file) => Ok(Self { file, path: path.to_owned(), kept: false }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(BackupError::Exists(path.to_owned()))
            }
            Err(error) => Err(BackupError::Write { path: path.to_owned(), error }),
        }
    }

    /// Sees to it that file and name survive a power cut.
    pub(super) fn keep(mut self) -> Result<(), BackupError> {
        self.sync().map_err(|error| BackupError::Write { path: self.path.clone(), error })?;
        self.kept = true;
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut file = &self.file;
        file.flush()?;
        file.sync_all()?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.kept {
            // Whoever asked is told of the first error already.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
