//! One refresh token, 64 token requests.

use super::{On, Tally, only, start, warm};
use crate::support::counts::rounds;
use crate::support::{Browser, Client};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g38_of_64_token_requests_one_rotates_the_refresh_token_on_sqlite() {
    race(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g38_of_64_token_requests_one_rotates_the_refresh_token_on_postgresql() {
    race(On::Postgres).await;
}

async fn race(on: On) {
    let fleet = start(on);
    let site = &fleet.site;
    let web = Client::new(site, "web");
    let mut browser = Browser::new(site);
    warm(site).await;
    let mut tally = Tally::default();
    let mut made = 0;
    for _ in 0..rounds(2, 1000) {
        let first = web.login_with(&mut browser, "alice", "openid offline_access").await;
        let answers = tally
            .race(|_| {
                let fields = [("grant_type", "refresh_token"), ("refresh_token", first.refresh.as_str())];
                let call = web.call("/api/oidc/token", &fields);
                || call.send()
            })
            .await;
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            answer.expect_error(400, "invalid_grant");
        }
        made += 2;
        let tokens = "SELECT COUNT(*) FROM signet_refresh_tokens";
        assert_eq!(fleet.sql.number(tokens).await, made, "one of them was issued the next");
        // The losers used a spent token: the family is ended, the winner's tokens among it.
        let winner = only(answers, 200).json();
        site.userinfo(&first.access).await.expect_error(401, "invalid_token");
        site.userinfo(winner["access_token"].as_str().unwrap()).await.expect_error(401, "invalid_token");
        web.refresh(winner["refresh_token"].as_str().unwrap()).await.expect_error(400, "invalid_grant");
    }
    tally.judge("a refresh token", on, 200);
}
