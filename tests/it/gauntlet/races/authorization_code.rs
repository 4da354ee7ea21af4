//! One code, 64 token requests.

use super::{On, Tally, only, start, warm};
use crate::support::client::code_fields;
use crate::support::counts::rounds;
use crate::support::{Ask, Browser, Client};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g35_of_64_token_requests_one_redeems_the_code_on_sqlite() {
    race(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g35_of_64_token_requests_one_redeems_the_code_on_postgresql() {
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
        let ask = Ask::of("web").scope("openid offline_access");
        let code = browser.authorize(&ask, "alice").await.code();
        let answers = tally
            .race(|_| {
                let call = web.call("/api/oidc/token", &code_fields("web", &code));
                || call.send()
            })
            .await;
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            answer.expect_error(400, "invalid_grant");
        }
        // The losers used a spent code: what the winner got is worth nothing any more.
        let winner = only(answers, 200).json();
        made += 1;
        let tokens = "SELECT COUNT(*) FROM signet_access_tokens";
        assert_eq!(fleet.sql.number(tokens).await, made, "one of them was issued tokens");
        let access = winner["access_token"].as_str().unwrap();
        site.userinfo(access).await.expect_error(401, "invalid_token");
        assert!(!web.is_active(access).await);
        web.refresh(winner["refresh_token"].as_str().unwrap()).await.expect_error(400, "invalid_grant");
    }
    tally.judge("a code", on, 200);
}
