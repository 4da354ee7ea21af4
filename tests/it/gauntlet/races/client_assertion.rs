//! One client assertion, 64 token requests.

use std::collections::BTreeMap;

use super::{On, Tally, start_with, warm};
use crate::gauntlet::assertions::CLIENTS;
use crate::support::assertion::{Assertion, fields, key};
use crate::support::counts::rounds;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g41_of_64_token_requests_one_uses_the_assertion_on_sqlite() {
    race(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g41_of_64_token_requests_one_uses_the_assertion_on_postgresql() {
    race(On::Postgres).await;
}

async fn race(on: On) {
    let fleet = start_with(on, CLIENTS);
    let site = &fleet.site;
    warm(site).await;
    let mut tally = Tally::default();
    let rounds = rounds(2, 1000);
    for round in 1..=rounds {
        let assertion = Assertion::new("svc", site.clock.now()).claim("aud", site.origin.as_str().into());
        let assertion = assertion.sign("ES256", &key("p256"));
        let answers = tally
            .race(|_| {
                let form = [&[("grant_type", "client_credentials")][..], &fields(&assertion)].concat();
                let call = site.post("/api/oidc/token").form(&form);
                || call.send()
            })
            .await;
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            answer.expect_error(401, "invalid_client");
        }
        let tokens = fleet.sql.number("SELECT COUNT(*) FROM signet_access_tokens").await;
        assert_eq!(tokens, i64::try_from(round).unwrap(), "one of them got a token");
    }
    println!("an assertion on {on:?}: {rounds} rounds, {:?}, slowest {:?}", tally.statuses, tally.slowest);
    assert_eq!(
        tally.statuses,
        BTreeMap::from([(200, rounds), (401, rounds * (super::RACERS - 1))]),
        "{on:?}"
    );
}
