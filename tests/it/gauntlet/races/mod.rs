//! What can be used once, raced by 64 over HTTP: on SQLite by one process, on PostgreSQL through two.

mod authorization_code;
mod client_assertion;
mod device_answer;
mod device_code;
mod one_time_code;
mod pushed_request;
mod refresh_token;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::fleet::Fleet;
use crate::support::{Answer, Site, configuration};

/// How many race for one thing.
const RACERS: usize = 64;

/// The configuration of the races: nobody is locked out by losing, so that all reach what they race for.
const CONFIGURATION: &str = include_str!("races.yml");

/// Which database, and so how many processes.
#[derive(Clone, Copy, Debug)]
enum On {
    Sqlite,
    Postgres,
}

fn start(on: On) -> Fleet {
    start_with(on, "{}")
}

/// With a fragment over the configuration of the races.
fn start_with(on: On, fragment: &str) -> Fleet {
    let configuration = configuration::joined(CONFIGURATION, fragment);
    match on {
        On::Sqlite => Fleet::on_sqlite(&configuration),
        On::Postgres => Fleet::on_postgres(&configuration),
    }
}

/// What came of the races of one kind.
#[derive(Default)]
struct Tally {
    statuses: BTreeMap<u16, usize>,
    rounds: usize,
    slowest: Duration,
    took: Duration,
}

impl Tally {
    /// Runs one race: every racer is made first, then all start at once. Gives the answers.
    async fn race<R, F>(&mut self, racer: impl Fn(usize) -> R) -> Vec<Answer>
    where
        R: FnOnce() -> F + Send + 'static,
        F: Future<Output = Answer> + Send,
    {
        let barrier = Arc::new(Barrier::new(RACERS));
        let mut racers = JoinSet::new();
        for number in 0..RACERS {
            let (racer, barrier) = (racer(number), Arc::clone(&barrier));
            racers.spawn(async move {
                barrier.wait().await;
                let begun = Instant::now();
                (number, racer().await, begun.elapsed())
            });
        }
        let begun = Instant::now();
        let mut answers = racers.join_all().await;
        self.took += begun.elapsed();
        self.rounds += 1;
        answers.sort_by_key(|(number, ..)| *number);
        for (_, answer, took) in &answers {
            *self.statuses.entry(answer.status).or_default() += 1;
            self.slowest = self.slowest.max(*took);
        }
        answers.into_iter().map(|(_, answer, _)| answer).collect()
    }

    /// Prints the figures, and asserts that each round had one winner and that every loser was answered 400.
    fn judge(&self, what: &str, on: On, winner: u16) {
        println!(
            "{what} on {on:?}: {} rounds of {RACERS}, answers {:?}, {:?} per round, slowest answer {:?}",
            self.rounds,
            self.statuses,
            self.took / u32::try_from(self.rounds).unwrap(),
            self.slowest
        );
        let expected = BTreeMap::from([(winner, self.rounds), (400, self.rounds * (RACERS - 1))]);
        assert_eq!(self.statuses, expected, "{what} on {on:?}");
    }
}

/// Opens a connection per racer, so that a race is not one for connections.
async fn warm(site: &Site) {
    let mut tally = Tally::default();
    tally
        .race(|_| {
            let call = site.get("/api/health");
            || call.send()
        })
        .await;
}

/// The one answer of a status.
#[track_caller]
fn only(answers: Vec<Answer>, status: u16) -> Answer {
    let mut found: Vec<Answer> = answers.into_iter().filter(|answer| answer.status == status).collect();
    assert_eq!(found.len(), 1, "answers of {status}");
    found.remove(0)
}
