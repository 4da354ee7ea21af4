//! Eight processes that start at the same moment on a new database.

use super::replicas::{Replicas, is_ready};
use crate::support::counts::rounds;
use crate::support::wait::{PATIENCE, until, until_asked};
use crate::support::{Client, postgres};

/// How many.
const COUNT: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn eight_that_start_at_once_on_an_empty_postgresql_database_all_serve() {
    for _ in 0..rounds(1, 20) {
        let mut replicas = Replicas::prepare(COUNT, Some(postgres::database()), None);
        (0..COUNT).for_each(|index| replicas.begin(index));
        for index in 0..COUNT {
            replicas.until_ready(index).await;
        }
        // Each in turn.
        let service = Client::new(&replicas.site(), "service");
        for _ in 0..COUNT {
            service.token(&[("grant_type", "client_credentials")]).await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_eight_that_start_at_once_on_an_empty_sqlite_file_one_serves_and_the_others_name_it() {
    for _ in 0..rounds(1, 20) {
        let mut replicas = Replicas::prepare(COUNT, None, None);
        (0..COUNT).for_each(|index| replicas.begin(index));
        let mut serving = Vec::new();
        until_asked("one of them serves", PATIENCE, async || {
            for index in 0..COUNT {
                if is_ready(replicas.port(index)).await {
                    serving.push(index);
                }
            }
            !serving.is_empty()
        })
        .await;
        let [serving] = serving[..] else { panic!("several serve: {serving:?}") };
        let owner = replicas.process(serving).id();
        for index in (0..COUNT).filter(|index| *index != serving) {
            let process = replicas.process(index);
            assert_eq!(process.wait_for_end().code(), Some(1), "{}", process.output());
            let named = format!("process {owner} already serves from this SQLite file");
            // What it said last may still be on its way.
            until(&named, PATIENCE, || process.output().contains(&named));
        }
        assert!(is_ready(replicas.port(serving)).await);
    }
}
