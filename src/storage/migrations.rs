//! Making and updating the tables.

use std::sync::atomic::Ordering;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection as _, PgConnection, Row as _, SqlSafeStr as _};

use super::database::{Database, Servers};
use super::error::StorageError;

/// Each migration by number and name; a released one never changes.
const MIGRATIONS: &[(i64, &str, &str)] =
    &[(1, "first slice", include_str!("../../migrations/0001_first_slice.sql"))];

/// Brings the tables up to date.
pub(super) async fn run(database: &Database) -> Result<(), StorageError> {
    match database {
        Database::Sqlite { writer, .. } => {
            // sqlx's own lock does nothing on SQLite: its write lock is held over all migrations instead, so a
            // second process waits, and an interrupted migration leaves nothing.
            let mut transaction = writer.pool().begin_with("BEGIN IMMEDIATE").await?;
            // `run` takes its connection in a way that no task may await.
            migrator().run_direct(None, &mut *transaction, false).await?;
            transaction.commit().await?;
            Ok(())
        }
        Database::Postgres { servers, .. } => postgres(servers).await,
    }
}

fn migrator() -> Migrator {
    let migrations = MIGRATIONS
        .iter()
        .map(|&(version, name, sql)| {
            Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect();
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.dangerous_set_table_name("signet_migrations");
    migrator
}

/// sqlx holds an advisory lock; a connection of its own may wait for it longer than requests wait.
async fn postgres(servers: &Servers) -> Result<(), StorageError> {
    let options = servers
        .options
        .get(servers.current.load(Ordering::SeqCst))
        .ok_or_else(|| StorageError::Unavailable("no PostgreSQL server is named".to_owned()))?
        .clone()
        .options([
            ("statement_timeout", "0"),
            ("lock_timeout", "60s"),
            ("idle_in_transaction_session_timeout", "0"),
        ]);
    let mut connection = PgConnection::connect_with(&options).await?;
    let mut migrator = migrator();
    // CREATE SCHEMA asks for a privilege even when the schema is there.
    let row =
        sqlx::query("SELECT current_setting('search_path') AS name, current_schema() IS NULL AS missing")
            .fetch_one(&mut connection)
            .await?;
    if row.try_get("missing")? {
        migrator.create_schema(row.try_get::<String, _>("name")?);
    }
    migrator.run_direct(None, &mut connection, false).await?;
    connection.close().await?;
    Ok(())
}
