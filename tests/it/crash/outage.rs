//! PostgreSQL goes away under load, and comes back.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::load::{Figures, Load};
use super::replicas::{Replicas, status};
use super::{books, spread};
use crate::support::Client;
use crate::support::counts::{is_long, rounds};
use crate::support::postgres::OwnServer;
use crate::support::wait::{PATIENCE, until_asked};

/// How the database goes away.
#[derive(Clone, Copy, Debug)]
enum Outage {
    /// Stopped in good order.
    Fast,
    /// As if it had crashed.
    Crash,
    /// Its connections stay open, and it says nothing.
    Hang,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_outage_of_postgresql_is_told_and_loses_nothing() {
    let server = OwnServer::start();
    let replicas = Replicas::start(2, Some(server.database()), None).await;
    let mut load = Load::at(&replicas.site()).await;
    let (mut figures, mut facts) = (Figures::default(), 0);
    let (mut told, mut crowds, mut recovered) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds(3, 50) {
        let outage = [Outage::Hang, Outage::Crash, Outage::Fast][round % 3];
        let running = load.begin();
        tokio::time::sleep(Duration::from_millis(rand::random_range(500..1500))).await;
        match outage {
            Outage::Fast => server.stop_fast(),
            Outage::Crash => server.stop_immediately(),
            Outage::Hang => server.hang(),
        }
        let begun = Instant::now();
        let service = Client::new(&replicas.site(), "service");
        let answer = service.token(&[("grant_type", "client_credentials")]);
        let answer = tokio::time::timeout(PATIENCE, answer).await.expect("it is told");
        let answer = answer.expect(503);
        told.push(begun.elapsed());
        assert_eq!(answer.header("retry-after"), "5");
        // Many more than there are connections and turns: none waits for another.
        let begun = Instant::now();
        let statuses = many_at_once(&replicas).await;
        assert!(statuses.iter().all(|status| *status == 503), "{outage:?}: {statuses:?}");
        crowds.push(begun.elapsed());
        // Some questions are longer than one answer.
        tokio::time::sleep(Duration::from_millis(rand::random_range(500..4000))).await;
        for index in 0..replicas.count() {
            replicas.until_unready(index).await;
            assert_eq!(status(replicas.port(index), "/api/health/ready").await, Some(503), "{outage:?}");
            assert_eq!(status(replicas.port(index), "/api/health").await, Some(200), "{outage:?}");
        }
        for _ in 0..2 {
            for path in ["/.well-known/openid-configuration", "/jwks.json", "/static/signet.css"] {
                replicas.site().get(path).send().await.expect(200);
            }
        }
        match outage {
            Outage::Fast | Outage::Crash => server.start_again(),
            Outage::Hang => server.go_on(),
        }
        let begun = Instant::now();
        for index in 0..replicas.count() {
            replicas.until_ready(index).await;
        }
        // All of them are answered, several times the number of connections.
        until_asked("all of them are answered", PATIENCE, async || {
            many_at_once(&replicas).await.iter().all(|status| *status == 200)
        })
        .await;
        recovered.push(begun.elapsed());
        load = running.end().await;
        figures.merge(&load.figures());
        facts += load.judge().await;
        assert!(connections(&replicas).await <= 16 * 2, "{outage:?}");
    }
    facts += load.judge_all().await;
    books::audit(&replicas).await;
    let outages = told.len();
    let ((_, told), (_, crowd)) = (spread(&mut told), spread(&mut crowds));
    let (median, recovered) = spread(&mut recovered);
    println!(
        "PostgreSQL away: {outages} outages, {} requests of which {} stayed in doubt, {facts} facts kept; \
         told after at most {told:?}, 64 at once after {crowd:?} (slowest 503 under load {:?}), recovered in {median:?}, at most {recovered:?}",
        figures.total(),
        figures.failed(),
        figures.slowest_503,
    );
    // A debug build beside other tests proves nothing about time.
    if is_long() {
        // Whoever waited once for each use of the store, or in a row for a connection, would take longer.
        for slowest in [told, crowd, figures.slowest_503] {
            assert!(slowest < Duration::from_secs(4), "a request waited for {slowest:?}");
        }
        assert!(recovered < Duration::from_secs(5), "{recovered:?}");
    }
}

/// The answers to 64 requests that are sent together, over connections of their own: one that rested may just be closed.
async fn many_at_once(replicas: &Replicas) -> Vec<u16> {
    let service = Client::new(&replicas.site(), "service");
    let mut asked = JoinSet::new();
    for _ in 0..64 {
        let call = service.call("/api/oidc/token", &[("grant_type", "client_credentials")]);
        asked.spawn(call.send());
    }
    asked.join_all().await.iter().map(|answer| answer.status).collect()
}

/// How many connections the database has.
async fn connections(replicas: &Replicas) -> i64 {
    use sqlx::Connection as _;
    let database = replicas.database().expect("on PostgreSQL");
    let options = sqlx::postgres::PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(database.port)
        .username(crate::support::postgres::ROLE)
        .database(&database.name);
    let mut server = sqlx::PgConnection::connect_with(&options).await.unwrap();
    let count = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'signet'";
    sqlx::query_scalar(count).fetch_one(&mut server).await.unwrap()
}
