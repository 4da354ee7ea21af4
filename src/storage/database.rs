//! The two databases behind one face: statements with values in, rows out.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Sqlite, SqlitePool};
use tracing::Instrument as _;

use super::error::StorageError;
use super::postgres::{Lease, Servers};
use super::row::Row;
pub(super) use super::statement::Statement;
use super::statement::{in_one_text, text_of_rows};
pub(super) use super::value::Value;
use super::writer::Writer;

/// The pools of one database.
#[derive(Clone)]
pub(super) enum Database {
    /// SQLite lets one write at a time: one connection writes, the others only read.
    Sqlite { reader: SqlitePool, writer: Arc<Writer>, path: Arc<Path> },
    /// One pool for all, and the servers it may turn to.
    Postgres(Arc<Servers>),
}

/// The values of a statement, in the order of its `$n`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$(crate::storage::database::Value::from($value)),*] };
}
pub(super) use values;

/// Runs one expression for whichever database it is.
macro_rules! on_each {
    ($connection:expr, $inner:ident => $run:expr) => {
        match $connection {
            Transaction::Sqlite($inner) => $run,
            Transaction::Postgres($inner) => $run,
            Transaction::Patient($inner) => $run,
        }
    };
}

/// PostgreSQL refuses a text with NUL as if it had failed itself. Nothing that is kept has one, so that what a stranger
/// sends with it names nothing, on either database.
fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

/// A text of SQL with its values.
macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query($sql);
        for value in $values {
            query = match value {
                Value::Text(text) => query.bind(text.map(without_nul)),
                Value::Integer(integer) => query.bind(integer),
                Value::Boolean(boolean) => query.bind(boolean),
                Value::Json(json) => query.bind(json.map(Json)),
            };
        }
        query
    }};
}

/// Runs one statement on a connection of its own, and gives the connection back.
macro_rules! on_lease {
    ($servers:expr, $lease:ident => $statement:expr) => {
        $servers
            .unless_silent(async {
                let mut $lease = $servers.lease().await?;
                let result = $statement.await;
                $lease.give_back(result)
            })
            .await
    };
}

/// A boxed future: what a closure that borrows a transaction returns.
pub(super) type BoxFuture<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;

/// The work of a transaction: it owns nothing, so that it can be run again.
pub(super) type Work<D, T> = for<'t> fn(&'t mut Transaction, &'t D) -> BoxFuture<'t, Result<T, StorageError>>;

/// A transaction under way; undone when it is dropped.
pub(super) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(Lease),
    /// On PostgreSQL, on a connection of its own that is waited for: a backup takes as long as it takes.
    Patient(sqlx::Transaction<'static, sqlx::Postgres>),
}

impl Database {
    /// Runs a transaction to its end: a caller that goes away abandons nothing. It is run again when it met another
    /// that it could not be fitted beside.
    pub(super) async fn transaction<D, T>(&self, data: D, work: Work<D, T>) -> Result<T, StorageError>
    where
        D: Send + Sync + 'static,
        T: Send + 'static,
    {
        let servers = match self {
            Self::Sqlite { writer, .. } => return writer.transaction(data, work).await,
            Self::Postgres(servers) => servers.clone(),
        };
        let work = async move { servers.transaction(&data, work).await };
        let task = tokio::spawn(work.in_current_span());
        task.await.unwrap_or_else(|_| Err(StorageError::Internal("a transaction ended early".to_owned())))
    }

    /// Inserts rows, all of them or none, to the end.
    pub(super) async fn insert(&self, mut statements: Vec<Statement>) -> Result<(), StorageError> {
        if let Self::Sqlite { writer, .. } = self {
            return writer.insert(statements).await;
        }
        if statements.len() == 1
            && let Some(Statement { sql, values }) = statements.pop()
        {
            return self.execute(sql, values).await.map(drop);
        }
        self.transaction(statements, |transaction, statements| {
            Box::pin(transaction.execute_all(statements.clone()))
        })
        .await
    }

    /// Runs one writing statement to its end; says how many rows it touched.
    pub(super) async fn execute(&self, sql: &'static str, values: Vec<Value>) -> Result<u64, StorageError> {
        let servers = match self {
            Self::Sqlite { writer, .. } => {
                let work: Work<(&'static str, Vec<Value>), u64> =
                    |transaction, (sql, values)| Box::pin(transaction.execute(sql, values.clone()));
                return writer.transaction((sql, values), work).await;
            }
            Self::Postgres(servers) => servers.clone(),
        };
        let work = async move {
            let touched = on_lease!(servers, lease => bound!(sql, values).execute(&mut *lease));
            touched.map(|result| result.rows_affected())
        };
        let task = tokio::spawn(work.in_current_span());
        task.await.unwrap_or_else(|_| Err(StorageError::Internal("a statement ended early".to_owned())))
    }

    /// The first row of a reading statement.
    pub(super) async fn fetch_optional(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StorageError> {
        Ok(match self {
            Self::Sqlite { reader, .. } => bound!(sql, values).fetch_optional(reader).await?.map(Row::from),
            Self::Postgres(servers) => {
                on_lease!(servers, lease => bound!(sql, values).fetch_optional(&mut *lease))?.map(Row::from)
            }
        })
    }

    /// The rows of a reading statement.
    pub(super) async fn fetch_all(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StorageError> {
        Ok(match self {
            Self::Sqlite { reader, .. } => {
                bound!(sql, values).fetch_all(reader).await?.into_iter().map(Row::from).collect()
            }
            Self::Postgres(servers) => {
                let rows = on_lease!(servers, lease => bound!(sql, values).fetch_all(&mut *lease))?;
                rows.into_iter().map(Row::from).collect()
            }
        })
    }

    /// The SQLite file.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite { path, .. } => Some(path),
            Self::Postgres(_) => None,
        }
    }

    /// Closes the pools.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { reader, writer, .. } => {
                reader.close().await;
                writer.pool().close().await;
            }
            Self::Postgres(servers) => servers.close().await,
        }
    }
}

impl Transaction {
    /// Runs a statement; says how many rows it touched.
    pub(super) async fn execute(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StorageError> {
        let touched = on_each!(self, inner => {
            bound!(sql, values).execute(&mut **inner).await.map(|result| result.rows_affected())
        });
        self.answered(touched)
    }

    /// Runs statements one after the other. On SQLite they go to the connection's thread together: the way there and
    /// back costs more than most statements.
    pub(super) async fn execute_all(&mut self, statements: Vec<Statement>) -> Result<(), StorageError> {
        if statements.is_empty() {
            return Ok(());
        }
        match self {
            Self::Sqlite(inner) => {
                let (sql, values) = in_one_text(statements);
                bound!(AssertSqlSafe(sql), values).execute(&mut **inner).await?;
            }
            Self::Postgres(_) | Self::Patient(_) => {
                for Statement { sql, values } in statements {
                    self.execute(sql, values).await?;
                }
            }
        }
        Ok(())
    }

    /// Inserts rows in one statement: `head`, the values of each row, `tail`.
    pub(super) async fn insert_rows(
        &mut self,
        head: &str,
        rows: Vec<Vec<Value>>,
        tail: &str,
    ) -> Result<(), StorageError> {
        let sql = text_of_rows(head, &rows, tail);
        // Each number of rows is a text of its own: none is worth being kept prepared.
        let inserted = on_each!(self, inner => {
            let query = bound!(AssertSqlSafe(sql), rows.into_iter().flatten()).persistent(false);
            query.execute(&mut **inner).await.map(drop)
        });
        self.answered(inserted)
    }

    /// The first row of a statement, which is run to its end.
    pub(super) async fn fetch_optional(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StorageError> {
        // `fetch_optional` of sqlx may stop a RETURNING before all its rows are written.
        let rows = on_each!(self, inner => {
            let rows = bound!(sql, values).fetch_all(&mut **inner).await;
            rows.map(|rows| rows.into_iter().next().map(Row::from))
        });
        self.answered(rows)
    }

    fn answered<T>(&self, result: Result<T, sqlx::Error>) -> Result<T, StorageError> {
        match self {
            Self::Postgres(lease) => lease.answered(result),
            Self::Sqlite(_) | Self::Patient(_) => Ok(result?),
        }
    }

    /// The rows of a statement.
    pub(super) async fn fetch_all(
        &mut self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StorageError> {
        let rows = on_each!(self, inner => {
            let rows = bound!(sql, values).fetch_all(&mut **inner).await;
            rows.map(|rows| rows.into_iter().map(Row::from).collect())
        });
        self.answered(rows)
    }

    /// Runs a statement that was put together from names of the catalog.
    pub(super) async fn execute_made(
        &mut self,
        sql: String,
        values: Vec<Value>,
    ) -> Result<u64, StorageError> {
        let sql = AssertSqlSafe(sql);
        Ok(on_each!(self, inner => bound!(sql, values).execute(&mut **inner).await?.rows_affected()))
    }

    /// Hands each row of such a statement on as it comes: a table may be larger than the memory.
    pub(super) async fn each_row_made<E: From<StorageError>>(
        &mut self,
        sql: String,
        mut visit: impl FnMut(&Row) -> Result<(), E>,
    ) -> Result<(), E> {
        on_each!(self, inner => {
            let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut **inner);
            while let Some(row) = rows.try_next().await.map_err(StorageError::from)? {
                visit(&Row::from(row))?;
            }
        });
        Ok(())
    }

    /// Keeps everything that was done.
    pub(super) async fn commit(self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(inner) => inner.commit().await?,
            Self::Postgres(lease) => lease.commit().await?,
            Self::Patient(inner) => inner.commit().await?,
        }
        Ok(())
    }

    /// Undoes everything that was done. A connection that cannot is broken, and thrown away.
    pub(super) async fn roll_back(self) {
        match self {
            Self::Sqlite(inner) => drop(inner.rollback().await),
            Self::Postgres(lease) => lease.roll_back().await,
            Self::Patient(inner) => drop(inner.rollback().await),
        }
    }

    /// Whether it runs on PostgreSQL, where several transactions write at once.
    pub(super) fn is_concurrent(&self) -> bool {
        matches!(self, Self::Postgres(_) | Self::Patient(_))
    }
}
