//! What only a PostgreSQL server does: it takes its time, says nothing any more, or ends one of two transactions that got
//! in each other's way.

use std::time::{Duration, Instant};

use signet::storage::{Storage, StorageError};
use sqlx::{Connection as _, PgConnection};

use super::NOW;
use super::refusals::refusal;
use crate::support::counts::is_long;
use crate::support::postgres::{self, OwnServer, ROLE, TestDatabase};

/// A storage alone on its database, in which a trigger of this body runs before each row that goes into a table.
async fn behaving(table: &str, body: &str) -> Storage {
    let database = tokio::task::spawn_blocking(postgres::database).await.unwrap();
    let storage = open(&database).await;
    let url = format!("postgres://{ROLE}@127.0.0.1:{}/{}", database.port, database.name);
    let mut stranger = PgConnection::connect(&url).await.unwrap();
    for sql in [
        "CREATE SEQUENCE turn".to_owned(),
        format!(
            "CREATE FUNCTION behave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}; RETURN NEW; END $$"
        ),
        format!("CREATE TRIGGER behaves BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION behave()"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut stranger).await.unwrap();
    }
    storage
}

/// The same, where every row takes this many seconds.
async fn slow(table: &str, seconds: u32) -> Storage {
    behaving(table, &format!("PERFORM pg_sleep({seconds})")).await
}

/// The same, where every row meets another transaction as many times. A sequence counts on, whatever is undone.
async fn colliding(times: u32) -> Storage {
    let collide =
        format!("IF nextval('turn') <= {times} THEN RAISE EXCEPTION 'met' USING ERRCODE = '40001'; END IF");
    behaving("signet_refusals", &collide).await
}

async fn open(database: &TestDatabase) -> Storage {
    let storage = Storage::open(&database.options()).await.unwrap();
    storage.migrate().await.unwrap();
    storage
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lone_statement_has_the_time_that_the_server_gives_it() {
    let storage = slow("signet_write_probe", 4).await;
    assert_eq!(storage.check_writable().await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lone_transaction_has_the_time_that_the_server_gives_its_statements() {
    let storage = slow("signet_refusals", 4).await;
    assert_eq!(storage.keep_refusals(&[refusal("AAAAAAAAAA")]).await, Ok(()));
    assert!(storage.refusal("AAAAAAAAAA").await.unwrap().is_some_and(|refusal| refusal.at == NOW));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_takes_too_long_is_ended_by_the_server_and_not_by_silence() {
    let storage = slow("signet_write_probe", 60).await;
    let ended = storage.check_writable().await.unwrap_err();
    assert!(matches!(&ended, StorageError::Unavailable(why) if why.contains("57014")), "{ended}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_hangs_is_told_to_everybody_until_it_goes_on() {
    let server = tokio::task::spawn_blocking(OwnServer::start).await.unwrap();
    let storage = open(&server.database()).await;
    assert_eq!(storage.check_writable().await, Ok(()));
    server.hang();
    let silent = StorageError::Unavailable("PostgreSQL does not answer".to_owned());
    let begun = Instant::now();
    assert_eq!(storage.check_writable().await, Err(silent.clone()));
    let told = begun.elapsed();
    let begun = Instant::now();
    assert_eq!(storage.refusal("AAAAAAAAAA").await, Err(silent));
    let again = begun.elapsed();
    println!("PostgreSQL hangs: told after {told:?}, the next after {again:?}");
    // Beside other tests the machine takes its time; before that nobody gives up by itself.
    let limit = Duration::from_secs(if is_long() { 2 } else { 5 });
    assert!(told < limit && again < told, "{told:?} {again:?}");
    server.go_on();
    let begun = Instant::now();
    while storage.check_writable().await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not recover");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_met_another_is_run_again_and_not_for_ever() {
    let storage = colliding(2).await;
    assert_eq!(storage.keep_refusals(&[refusal("AAAAAAAAAA")]).await, Ok(()));
    assert!(storage.refusal("AAAAAAAAAA").await.unwrap().is_some());
    let storage = colliding(1000).await;
    let met = storage.keep_refusals(&[refusal("AAAAAAAAAA")]).await.unwrap_err();
    assert_eq!(met, StorageError::Collided("40001".to_owned()));
    assert!(met.is_unavailable());
}
