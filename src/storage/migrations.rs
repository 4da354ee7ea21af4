//! Making and updating the tables.

use std::sync::atomic::Ordering;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection as _, PgConnection, Row as _, SqlSafeStr as _};

use super::catalog;
use super::database::{Database, Transaction, values};
use super::error::StorageError;
use super::postgres::Servers;

/// Each migration by number and name; a released one never changes.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "first slice", include_str!("../../migrations/0001_first_slice.sql")),
    (2, "failures of a ban", include_str!("../../migrations/0002_failures_of_a_ban.sql")),
    (3, "refusals", include_str!("../../migrations/0003_refusals.sql")),
    (4, "authelia", include_str!("../../migrations/0004_authelia.sql")),
    (5, "client assertions", include_str!("../../migrations/0005_client_assertions.sql")),
    (6, "device codes", include_str!("../../migrations/0006_device_codes.sql")),
    (7, "claims", include_str!("../../migrations/0007_claims.sql")),
    (8, "requested at", include_str!("../../migrations/0008_requested_at.sql")),
    (9, "account selected", include_str!("../../migrations/0009_account_selected.sql")),
];

/// Where sqlx keeps which migrations were applied.
const TABLE: &str = "signet_migrations";

/// The number of the last migration that this version has.
pub(super) fn latest() -> i64 {
    MIGRATIONS.last().map_or(0, |&(version, ..)| version)
}

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
        Database::Postgres(servers) => postgres(servers).await,
    }
}

/// Brings the tables to a migration within a transaction: for what must be stored with them or not at all.
pub(super) async fn run_to(transaction: &mut Transaction, version: i64) -> Result<(), StorageError> {
    let mut migrator = migrator_to(version);
    match transaction {
        Transaction::Sqlite(inner) => migrator.run_direct(None, &mut **inner, false).await?,
        // What sqlx begins within this would end it: only `Patient` ones are sqlx's own.
        Transaction::Postgres(_) => {
            return Err(StorageError::Internal("migrations need a connection of their own".to_owned()));
        }
        Transaction::Patient(inner) => {
            make_schema(&mut migrator, inner).await?;
            migrator.run_direct(None, &mut **inner, false).await?;
        }
    }
    Ok(())
}

fn migrator() -> Migrator {
    migrator_to(latest())
}

fn migrator_to(version: i64) -> Migrator {
    let migrations = MIGRATIONS
        .iter()
        .filter(|migration| migration.0 <= version)
        .map(|&(version, name, sql)| {
            Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect();
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.dangerous_set_table_name(TABLE);
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
    make_schema(&mut migrator, &mut connection).await?;
    migrator.run_direct(None, &mut connection, false).await?;
    connection.close().await?;
    Ok(())
}

/// CREATE SCHEMA asks for a privilege even when the schema is there.
async fn make_schema(migrator: &mut Migrator, connection: &mut PgConnection) -> Result<(), StorageError> {
    let row =
        sqlx::query("SELECT current_setting('search_path') AS name, current_schema() IS NULL AS missing")
            .fetch_one(connection)
            .await?;
    if row.try_get("missing")? {
        migrator.create_schema(row.try_get::<String, _>("name")?);
    }
    Ok(())
}

/// The last migration that the tables went through; zero when there are none.
pub(super) async fn present(transaction: &mut Transaction) -> Result<i64, StorageError> {
    let made = catalog::all_tables(transaction).await?;
    if !made.iter().any(|table| table == TABLE) {
        return Ok(0);
    }
    let row = transaction
        .fetch_optional(
            "SELECT COALESCE(MAX(version), 0) AS version FROM signet_migrations WHERE success = $1",
            values![true],
        )
        .await?;
    row.map_or(Ok(0), |row| row.get("version"))
}
