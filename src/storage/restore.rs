//! Putting a backup into a database, all of it or nothing.

use std::path::Path;
use std::time::Duration;

use serde_json::Value as Json;

use super::backup::{self, NewFile};
use super::backup_error::BackupError;
use super::backup_file::{BackupKeys, Entry};
use super::backup_reader::Backup;
use super::catalog::{self, Kind, Table};
use super::database::{Database, Transaction, Value, values};
use super::{Storage, StorageError, events, migrations};
use crate::clock::NumericDate;
use crate::model::event::Event;

/// Rows of one INSERT: fewer ways to the database, and far fewer values than either allows in a statement.
const TOGETHER: usize = 64;

/// How often, and how long each time, a connection that is being closed is waited for.
const LEAVING_TRIES: u32 = 10;
const LEAVING: Duration = Duration::from_millis(200);

/// What is done with what the database holds.
#[derive(Clone, Copy, Debug)]
pub enum Present<'a> {
    /// It must hold nothing.
    Nothing,
    /// It is kept in a backup of its own, and replaced.
    KeptIn(&'a Path),
}

/// What was restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Rows of the backup.
    pub rows: u64,
    /// Rows that the database held before, now in the backup of its own.
    pub replaced: u64,
}

impl Storage {
    /// Makes the tables of the time of the backup, fills them, and brings them up to date; the file is read to its end
    /// and judged before anything is committed. Refused while somebody serves from the database. The future cannot be
    /// sent to another thread.
    ///
    /// # Errors
    /// Every [`BackupError`]; then the database is as it was.
    pub async fn restore(
        &self,
        backup: &Backup,
        present: Present<'_>,
        keys: &BackupKeys,
        events: &[Event],
        now: NumericDate,
    ) -> Result<Restored, BackupError> {
        // Until the end: nobody begins to serve meanwhile.
        let _lock = self.hold_lock().await?;
        let mut transaction = self.database.alone().await?;
        let restored = restore(&mut transaction, backup, present, keys, events, now).await;
        match restored {
            Ok((restored, kept)) => {
                kept.map_or(Ok(()), NewFile::keep)?;
                transaction.commit().await?;
                Ok(restored)
            }
            Err(error) => {
                transaction.roll_back().await;
                Err(error)
            }
        }
    }
}

impl Database {
    /// A transaction beside which nobody writes.
    async fn alone(&self) -> Result<Transaction, BackupError> {
        match self {
            Self::Sqlite { writer, .. } => {
                let begun = writer.pool().begin_with("BEGIN IMMEDIATE").await.map_err(StorageError::from)?;
                Ok(Transaction::Sqlite(begun))
            }
            Self::Postgres(servers) => {
                let pool = servers.patient_pool("signet restore").await?;
                let mut tries = 0;
                loop {
                    // What a transaction sees of other connections never changes.
                    let begun = pool.begin().await.map_err(StorageError::from)?;
                    let mut transaction = Transaction::Patient(begun);
                    match served_by(&mut transaction).await? {
                        0 => return Ok(transaction),
                        // Perhaps one that was closed a moment ago.
                        _ if tries < LEAVING_TRIES => tokio::time::sleep(LEAVING).await,
                        connections => return Err(BackupError::Serving { connections }),
                    }
                    transaction.roll_back().await;
                    tries += 1;
                }
            }
        }
    }
}

/// How many connections of other processes there are.
async fn served_by(transaction: &mut Transaction) -> Result<i64, StorageError> {
    let row = transaction
        .fetch_optional(
            "SELECT COUNT(*) AS others FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = 'signet'",
            values![],
        )
        .await?;
    row.map_or(Ok(0), |row| row.get("others"))
}

async fn restore(
    transaction: &mut Transaction,
    backup: &Backup,
    present: Present<'_>,
    keys: &BackupKeys,
    events: &[Event],
    now: NumericDate,
) -> Result<(Restored, Option<NewFile>), BackupError> {
    let names = catalog::all_tables(transaction).await?;
    if transaction.is_concurrent() {
        for name in &names {
            let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", catalog::quoted(name));
            transaction.execute_made(lock, values![]).await?;
        }
    }
    let replaced = count(transaction).await?;
    let kept = match present {
        Present::Nothing if replaced > 0 => return Err(BackupError::NotEmpty { rows: replaced }),
        Present::KeptIn(path) if replaced > 0 => {
            let file = NewFile::create(path)?;
            backup::write(transaction, &file, keys, now).await?;
            Some(file)
        }
        Present::Nothing | Present::KeptIn(_) => None,
    };
    for name in &names {
        transaction.execute_made(format!("DROP TABLE {}", catalog::quoted(name)), values![]).await?;
    }
    migrations::run_to(transaction, backup.header().migration).await?;
    let rows = fill(transaction, backup).await?;
    migrations::run_to(transaction, migrations::latest()).await?;
    events::append(transaction, events).await?;
    Ok((Restored { rows, replaced }, kept))
}

/// How many rows there are in all tables that a backup holds.
async fn count(transaction: &mut Transaction) -> Result<u64, BackupError> {
    let mut rows = 0;
    for table in catalog::kept_tables(transaction).await? {
        let sql = format!("SELECT COUNT(*) AS rows FROM {}", table.quoted());
        transaction
            .each_row_made::<StorageError>(sql, |row| {
                rows += u64::try_from(row.get::<i64>("rows")?).unwrap_or_default();
                Ok(())
            })
            .await?;
    }
    Ok(rows)
}

/// Inserts every row of a backup into tables that are empty.
async fn fill(transaction: &mut Transaction, backup: &Backup) -> Result<u64, BackupError> {
    let tables = catalog::kept_tables(transaction).await?;
    let mut entries = backup.entries()?;
    let mut target: Option<Target> = None;
    while let Some(entry) = entries.next() {
        match entry? {
            Entry::Table { name, columns } => {
                if let Some(former) = target.take() {
                    former.flush(transaction).await?;
                }
                let found = Target::find(&tables, &name, &columns);
                target = Some(found.ok_or_else(|| {
                    let why = format!("{name} with these columns is no table of that version of Signet");
                    entries.damaged(why)
                })?);
            }
            Entry::Row(row) => {
                let values = target.as_ref().and_then(|target| target.values(row));
                let values = values.ok_or_else(|| entries.damaged("a row does not fit its table"))?;
                if let Some(target) = &mut target {
                    target.push(values, transaction).await?;
                }
            }
        }
    }
    if let Some(last) = target {
        last.flush(transaction).await?;
    }
    Ok(entries.rows())
}

/// The table that rows go to, and those that wait.
struct Target {
    head: String,
    kinds: Vec<Kind>,
    waiting: Vec<Vec<Value>>,
}

impl Target {
    /// What names a table and its columns is compared with the catalog before it becomes SQL.
    fn find(tables: &[Table], name: &str, columns: &[String]) -> Option<Self> {
        let table = tables.iter().find(|table| table.name == name)?;
        let kinds: Option<Vec<Kind>> = columns
            .iter()
            .map(|column| table.columns.iter().find(|(known, _)| known == column).map(|(_, kind)| *kind))
            .collect();
        let kinds = kinds.filter(|kinds| kinds.len() == table.columns.len())?;
        let columns: Vec<String> = columns.iter().map(|column| catalog::quoted(column)).collect();
        let head = format!("INSERT INTO {} ({})", table.quoted(), columns.join(", "));
        Some(Self { head, kinds, waiting: Vec::new() })
    }

    fn values(&self, row: Vec<Json>) -> Option<Vec<Value>> {
        (row.len() == self.kinds.len())
            .then(|| row.into_iter().zip(&self.kinds).map(|(json, kind)| value(json, *kind)).collect())?
    }

    async fn push(&mut self, row: Vec<Value>, transaction: &mut Transaction) -> Result<(), StorageError> {
        self.waiting.push(row);
        if self.waiting.len() == TOGETHER { self.send(transaction).await } else { Ok(()) }
    }

    async fn flush(mut self, transaction: &mut Transaction) -> Result<(), StorageError> {
        if self.waiting.is_empty() { Ok(()) } else { self.send(transaction).await }
    }

    async fn send(&mut self, transaction: &mut Transaction) -> Result<(), StorageError> {
        transaction.insert_rows(&self.head, std::mem::take(&mut self.waiting), "").await
    }
}

fn value(json: Json, kind: Kind) -> Option<Value> {
    Some(match (kind, json) {
        (Kind::Text, Json::Null) => Value::Text(None),
        (Kind::Text, Json::String(text)) => Value::Text(Some(text)),
        (Kind::Integer, Json::Null) => Value::Integer(None),
        (Kind::Integer, Json::Number(number)) => Value::Integer(Some(number.as_i64()?)),
        (Kind::Boolean, Json::Null) => Value::Boolean(None),
        (Kind::Boolean, Json::Bool(boolean)) => Value::Boolean(Some(boolean)),
        (Kind::Json, Json::Null) => Value::Json(None),
        (Kind::Json, json @ (Json::Object(_) | Json::Array(_))) => Value::Json(Some(json)),
        _ => return None,
    })
}
