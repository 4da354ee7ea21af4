//! Opening the database.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, PgConnection};

use super::database::Database;
use super::error::StorageError;
use super::options::{PostgresAddress, PostgresOptions, PostgresServer, StorageOptions};
use super::postgres::Servers;
use super::writer::Writer;

/// Connections that read from SQLite.
const READERS: u32 = 4;
/// Connections to PostgreSQL.
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long a request waits for its turn to write to SQLite: writes queue here, so nobody sees SQLITE_BUSY.
const SQLITE_TURN: Duration = Duration::from_secs(10);
/// Transactions on PostgreSQL at once. Those that wait for one row must not hold every connection: reads and the
/// rest of the provider go on.
const POSTGRES_TRANSACTIONS: usize = POSTGRES_CONNECTIONS as usize / 2;
/// How long a request waits for a connection to PostgreSQL.
const POSTGRES_TURN: Duration = Duration::from_secs(2);
/// A connection that rested longer is tried before it is used.
const RESTED: Duration = Duration::from_secs(5);

impl Database {
    /// Opens the database that the options name.
    pub(super) async fn open(options: &StorageOptions) -> Result<Self, StorageError> {
        match options {
            StorageOptions::Sqlite { path } => sqlite(path).await,
            StorageOptions::Postgres(options) => postgres(options).await,
        }
    }
}

async fn sqlite(path: &Path) -> Result<Database, StorageError> {
    let cannot = |reason: String| StorageError::Unavailable(format!("{}: {reason}", path.display()));
    create_private(path.to_owned()).await.map_err(|error| cannot(error.to_string()))?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("wal_autocheckpoint", "1000");
    let mut tries = 0;
    let writer = loop {
        let opened =
            sqlite_pool().max_connections(1).acquire_timeout(SQLITE_TURN).connect_with(options.clone()).await;
        match opened {
            Ok(writer) => break writer,
            // Switching a new file to WAL does not wait for another process that does the same.
            Err(error) if is_busy(&error) && tries < 50 => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(error) => return Err(cannot(StorageError::from(error).to_string())),
        }
    };
    let reader = sqlite_pool()
        .max_connections(READERS)
        .acquire_timeout(SQLITE_TURN)
        .connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(Database::Sqlite { reader, writer: Arc::new(Writer::new(writer)), path: Arc::from(path) })
}

/// Connections are kept for good: they are threads with a warm cache, and opening one costs more than keeping it.
/// Only one that still counts a transaction is thrown away: SQLite undid it by itself, as it does when the disk is
/// full, and the driver does not know.
pub(super) fn sqlite_pool() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
}

/// SQLITE_BUSY, in whichever of its kinds.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse::<i32>().ok()).is_some_and(|code| code & 0xff == 5)
}

/// Creates the file for its owner alone; SQLite gives its other files the same mode.
async fn create_private(path: std::path::PathBuf) -> std::io::Result<()> {
    tokio::task::spawn_blocking(move || {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map(drop)
    })
    .await
    .unwrap_or_else(|_| Err(std::io::Error::other("the file was not opened")))
}

async fn postgres(options: &PostgresOptions) -> Result<Database, StorageError> {
    let servers: Vec<PgConnectOptions> =
        options.servers.iter().map(|server| connect_options(options, server)).collect();
    let several = servers.len() > 1;
    let mut problems = Vec::new();
    for (index, (connect, server)) in servers.iter().zip(&options.servers).enumerate() {
        match probe(connect, Duration::from_secs(options.timeout_seconds.max(1)), several).await {
            Ok(()) => {
                let pool = pool_options(several).connect_lazy_with(connect.clone());
                let servers = Servers::new(pool, servers, index, POSTGRES_TRANSACTIONS);
                return Ok(Database::Postgres(Arc::new(servers)));
            }
            Err(reason) => problems.push(format!("{}: {reason}", server.address)),
        }
    }
    if problems.is_empty() {
        problems.push("no PostgreSQL server is named".to_owned());
    }
    Err(StorageError::Unavailable(problems.join("; ")))
}

fn connect_options(options: &PostgresOptions, server: &PostgresServer) -> PgConnectOptions {
    let mut connect = PgConnectOptions::new_without_pgpass()
        .username(&options.username)
        .database(&options.database)
        .application_name("signet")
        .options([
            ("search_path", format!("\"{}\"", options.schema.replace('"', "\"\"")).as_str()),
            ("default_transaction_isolation", "read committed"),
            ("statement_timeout", "5s"),
            ("lock_timeout", "2s"),
            ("idle_in_transaction_session_timeout", "10s"),
        ]);
    if let Some(password) = &options.password {
        connect = connect.password(password.expose_secret());
    }
    connect = match &server.address {
        PostgresAddress::Tcp { host, port } => connect.host(host).port(*port),
        PostgresAddress::Unix { folder, port } => connect.socket(folder).port(*port),
    };
    let Some(tls) = &server.tls else {
        return connect.ssl_mode(PgSslMode::Disable);
    };
    connect = connect.ssl_mode(if tls.skip_verify { PgSslMode::Require } else { PgSslMode::VerifyFull });
    if let Some(certificates) = &options.trusted_certificates {
        connect = connect.ssl_root_cert_from_pem(certificates.clone().into_bytes());
    }
    if let (Some(chain), Some(key)) = (&tls.certificate_chain, &tls.private_key) {
        connect = connect.ssl_client_cert_from_pem(chain).ssl_client_key_from_pem(key.expose_secret());
    }
    connect
}

/// Connects once: whether the server answers, takes writes (a standby among several servers does not) and keeps
/// what it commits.
async fn probe(connect: &PgConnectOptions, timeout: Duration, several: bool) -> Result<(), String> {
    let checked = async {
        let mut connection = PgConnection::connect_with(connect).await?;
        if several {
            refuse_standby(&mut connection).await?;
        }
        for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
            let value: String = sqlx::query_scalar("SELECT current_setting($1)")
                .bind(setting)
                .fetch_one(&mut connection)
                .await?;
            if value == "off" {
                tracing::warn!(
                    setting,
                    "PostgreSQL runs with this off: a power cut loses what it acknowledged"
                );
            }
        }
        connection.close().await
    };
    match tokio::time::timeout(timeout, checked).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(match StorageError::from(error) {
            StorageError::Unavailable(reason) => reason,
            other => other.to_string(),
        }),
        Err(_) => Err(format!("no answer within {} seconds", timeout.as_secs())),
    }
}

/// Fails at a server that takes no writes.
pub(super) async fn refuse_standby(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let read_only: String =
        sqlx::query_scalar("SELECT current_setting('transaction_read_only')").fetch_one(connection).await?;
    if read_only == "on" {
        return Err(sqlx::Error::Io(std::io::Error::other("it takes no writes")));
    }
    Ok(())
}

fn pool_options(several: bool) -> PgPoolOptions {
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(POSTGRES_TURN)
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move {
                if state.idle_for >= RESTED {
                    connection.ping().await?;
                }
                Ok(true)
            })
        });
    if several { pool.after_connect(|connection, _| Box::pin(refuse_standby(connection))) } else { pool }
}
