//! SIGKILL in the middle of a mixed load.

use std::time::Duration;

use super::load::{Figures, Load};
use super::replicas::Replicas;
use super::{books, spread};
use crate::support::counts::{is_long, rounds};
use crate::support::postgres;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_answered_is_there_after_a_kill_on_sqlite() {
    kill("SQLite", Replicas::start(1, None, None).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_answered_is_there_after_a_kill_on_postgresql() {
    kill("PostgreSQL", Replicas::start(2, Some(postgres::database()), None).await).await;
}

async fn kill(on: &str, mut replicas: Replicas) {
    let mut load = Load::at(&replicas.site()).await;
    let (mut figures, mut facts, mut ready) = (Figures::default(), 0, Vec::new());
    for round in 0..rounds(2, 100) {
        let running = load.begin();
        tokio::time::sleep(Duration::from_millis(rand::random_range(300..1500))).await;
        let killed = round % replicas.count();
        // In the first moment in which somebody knows that something was kept.
        running.next_written().await;
        replicas.kill(killed);
        // Those who ask meanwhile meet nobody, or the other one.
        tokio::time::sleep(Duration::from_millis(100)).await;
        load = running.end().await;
        ready.push(replicas.start_again(killed).await);
        figures.merge(&load.figures());
        facts += load.judge().await;
        books::audit(&replicas).await;
    }
    facts += load.judge_all().await;
    let kills = ready.len();
    let (median, slowest) = spread(&mut ready);
    let late = ready.iter().filter(|took| **took >= Duration::from_secs(1)).count();
    println!(
        "SIGKILL on {on}: {kills} kills, {} requests of which {} stayed in doubt, {facts} facts kept, none lost and none twice; \
         ready again in {median:?}, at most {slowest:?}, {late} times after a second or more",
        figures.total(),
        figures.failed(),
    );
    // A debug build beside other tests proves nothing about time.
    if is_long() {
        assert!(late * 100 <= kills, "{late} of {kills} starts took a second or more");
    }
}
