//! Opening, migrating, locking.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use signet::storage::{PostgresAddress, Storage, StorageError, StorageOptions};

use super::{NOW, Place, on_both};
use crate::support::postgres::{ROLE, database as postgres_database};
use crate::support::wait::{PATIENCE, until};

on_both!(migrating_again_changes_nothing, many_may_migrate_at_once, a_closed_storage_is_unavailable);

async fn migrating_again_changes_nothing(place: Place) {
    let storage = place.storage;
    storage.subject("", "alice", "subject", NOW).await.unwrap();
    storage.migrate().await.unwrap();
    let again = Storage::open(&place.options).await.unwrap();
    again.migrate().await.unwrap();
    assert_eq!(again.subject("", "alice", "another", NOW).await.unwrap(), "subject");
}

async fn many_may_migrate_at_once(place: Place) {
    let folder = tempfile::tempdir().unwrap();
    let fresh = match &place.options {
        StorageOptions::Sqlite { .. } => StorageOptions::Sqlite { path: folder.path().join("fresh") },
        StorageOptions::Postgres(_) => {
            tokio::task::spawn_blocking(postgres_database).await.unwrap().options()
        }
    };
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let fresh = fresh.clone();
        tasks.spawn(async move {
            let storage = Storage::open(&fresh).await.unwrap();
            storage.migrate().await.unwrap();
            storage.check_writable().await.unwrap();
        });
    }
    tasks.join_all().await;
}

async fn a_closed_storage_is_unavailable(place: Place) {
    let storage = place.storage;
    storage.close().await;
    let error = storage.check_writable().await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    let error = storage.totp("alice").await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
}

#[tokio::test]
async fn a_sqlite_file_is_its_owner_s_alone() {
    let place = Place::sqlite().await;
    place.storage.check_writable().await.unwrap();
    let StorageOptions::Sqlite { path } = &place.options else { panic!("it is SQLite") };
    let _lock = place.storage.hold_lock().await.unwrap();
    let mut files = 0;
    for entry in fs::read_dir(path.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        files += 1;
    }
    assert!(files >= 3, "the file, its log and its lock");
}

#[tokio::test]
async fn a_second_server_of_a_sqlite_file_is_refused_and_told_of_the_first() {
    let place = Place::sqlite().await;
    let other = Storage::open(&place.options).await.unwrap();
    let lock = place.storage.hold_lock().await.unwrap();
    let error = other.hold_lock().await.unwrap_err();
    assert!(matches!(error, StorageError::Locked(_)));
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    // The command line works beside it.
    other.migrate().await.unwrap();
    other.check_writable().await.unwrap();
    drop(lock);
    let _lock = other.hold_lock().await.unwrap();
}

#[tokio::test]
async fn any_number_of_processes_serve_from_postgres() {
    let place = Place::postgres().await;
    let other = Storage::open(&place.options).await.unwrap();
    let _first = place.storage.hold_lock().await.unwrap();
    let _second = other.hold_lock().await.unwrap();
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_named() {
    let error = Storage::open(&StorageOptions::Sqlite { path: "/nowhere/at/all.sqlite3".into() }).await;
    let error = error.unwrap_err();
    assert!(error.is_unavailable());
    assert!(error.to_string().contains("/nowhere/at/all.sqlite3"), "{error}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text");
    fs::write(
        &path,
        "this is no database, whatever its name says; it is long enough to be read as one".repeat(9),
    )
    .unwrap();
    let error = Storage::open(&StorageOptions::Sqlite { path }).await.unwrap_err();
    assert!(error.to_string().contains("not a database"), "{error}");
}

#[tokio::test]
async fn tables_of_a_newer_signet_are_refused() {
    let place = Place::sqlite().await;
    let StorageOptions::Sqlite { path } = &place.options else { panic!("it is SQLite") };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let mut connection = <sqlx::SqliteConnection as sqlx::Connection>::connect_with(&options).await.unwrap();
    sqlx::query(
        "INSERT INTO signet_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', TRUE, x'00', 0)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let error = place.storage.migrate().await.unwrap_err();
    assert!(matches!(error, StorageError::Schema(_)), "{error}");
    assert!(error.to_string().contains("newer"), "{error}");
}

#[tokio::test]
async fn the_first_postgres_server_that_answers_serves() {
    let database = tokio::task::spawn_blocking(postgres_database).await.unwrap();
    // Nothing listens there any more.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let dead = PostgresAddress::Tcp { host: "127.0.0.1".to_owned(), port };
    let alive = PostgresAddress::Tcp { host: "127.0.0.1".to_owned(), port: database.port };
    let both = database.options_at(vec![dead.clone(), alive]);
    let storage = Storage::open(&StorageOptions::Postgres(both)).await.unwrap();
    storage.migrate().await.unwrap();
    storage.check_writable().await.unwrap();

    let none = database.options_at(vec![dead.clone()]);
    let error = Storage::open(&StorageOptions::Postgres(none)).await.unwrap_err();
    assert!(error.is_unavailable());
    assert!(error.to_string().contains(&dead.to_string()), "{error}");
}

#[tokio::test]
async fn a_postgres_server_that_says_nothing_is_waited_for_as_long_as_is_set() {
    let database = tokio::task::spawn_blocking(postgres_database).await.unwrap();
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = |port| PostgresAddress::Tcp { host: "127.0.0.1".to_owned(), port };
    let mut options = database.options_at(vec![at(silent.local_addr().unwrap().port()), at(database.port)]);
    options.timeout_seconds = 1;
    let options = StorageOptions::Postgres(options);
    let opened = tokio::time::timeout(PATIENCE, Storage::open(&options)).await;
    let storage = opened.expect("it is waited for without end").unwrap();
    storage.migrate().await.unwrap();
    storage.check_writable().await.unwrap();
}

#[tokio::test]
async fn a_schema_of_its_own_is_made_and_used() {
    let database = tokio::task::spawn_blocking(postgres_database).await.unwrap();
    let address = PostgresAddress::Unix { folder: database.socket_folder.clone(), port: database.port };
    for schema in ["Sign \"it\"", "public"] {
        let mut options = database.options_at(vec![address.clone()]);
        options.schema = schema.to_owned();
        let storage = Storage::open(&StorageOptions::Postgres(options)).await.unwrap();
        storage.migrate().await.unwrap();
        storage.migrate().await.unwrap();
        assert_eq!(
            storage.subject("", "alice", schema, NOW).await.unwrap(),
            schema,
            "each has its own tables"
        );
    }
}

#[tokio::test]
async fn an_unknown_database_or_role_is_said_without_secrets() {
    let database = tokio::task::spawn_blocking(postgres_database).await.unwrap();
    let address = PostgresAddress::Unix { folder: database.socket_folder.clone(), port: database.port };
    let mut options = database.options_at(vec![address]);
    options.database = "nowhere".to_owned();
    options.password = Some("do-not-print-this".to_owned().into());
    assert!(!format!("{options:?}").contains("do-not-print-this"));
    let error = Storage::open(&StorageOptions::Postgres(options)).await.unwrap_err();
    assert!(error.is_unavailable());
    let said = error.to_string();
    assert!(said.contains("nowhere") && !said.contains("do-not-print-this"), "{said}");
}

/// Hands connections on to the server until it is aborted; then they break. Whatever is open holds a share of `open`.
async fn bridge(listener: tokio::net::TcpListener, server: u16, open: Arc<()>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((mut here, _)) = listener.accept().await {
        let open = Arc::clone(&open);
        connections.spawn(async move {
            let mut there = tokio::net::TcpStream::connect(("127.0.0.1", server)).await.unwrap();
            drop(tokio::io::copy_bidirectional(&mut here, &mut there).await);
            drop(open);
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_postgres_server_goes_the_next_one_serves() {
    let database = tokio::task::spawn_blocking(postgres_database).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let first = listener.local_addr().unwrap().port();
    let open = Arc::new(());
    let bridge = tokio::spawn(bridge(listener, database.port, Arc::clone(&open)));
    let at = |port| PostgresAddress::Tcp { host: "127.0.0.1".to_owned(), port };
    let options = database.options_at(vec![at(first), at(database.port)]);
    let storage = Storage::open(&StorageOptions::Postgres(options)).await.unwrap();
    storage.migrate().await.unwrap();
    storage.check_writable().await.unwrap();
    assert!(Arc::strong_count(&open) > 2, "the first server was not asked");

    bridge.abort();
    until("the bridge breaks", PATIENCE, || Arc::strong_count(&open) == 1);
    let mut failures = 0;
    while let Err(error) = storage.check_writable().await {
        assert!(error.is_unavailable(), "{error}");
        failures += 1;
        assert!(failures < 5, "the second server was not turned to");
    }
    storage.subject("", "alice", "subject", NOW).await.unwrap();
}

#[tokio::test]
async fn a_role_that_may_make_no_tables_is_told_what_it_needs() {
    let database = tokio::task::spawn_blocking(postgres_database).await.unwrap();
    let role = format!("{}_stranger", database.name);
    let url = format!("postgres://{ROLE}@127.0.0.1:{}/{}", database.port, database.name);
    let owner = sqlx::PgPool::connect(&url).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE ROLE {role} LOGIN"))).execute(&owner).await.unwrap();
    let address = PostgresAddress::Tcp { host: "127.0.0.1".to_owned(), port: database.port };
    let mut options = database.options_at(vec![address]);
    options.username = role;
    let storage = Storage::open(&StorageOptions::Postgres(options)).await.unwrap();
    let error = storage.migrate().await.unwrap_err().to_string();
    for words in
        ["permission denied for schema public (SQLSTATE 42501)", "storage.postgres.username", "OWNER TO"]
    {
        assert!(error.contains(words), "{error}");
    }
}
