//! One allowed device code, 64 token requests; one device, allowed 64 times.

use super::{On, Tally, only, start, warm};
use crate::support::counts::rounds;
use crate::support::{Browser, Client, WaitingDevice};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g39_of_64_token_requests_one_redeems_the_device_code_on_sqlite() {
    race(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g39_of_64_token_requests_one_redeems_the_device_code_on_postgresql() {
    race(On::Postgres).await;
}

async fn race(on: On) {
    let fleet = start(on);
    let site = &fleet.site;
    let tv = Client::new(site, "tv");
    let mut browser = Browser::new(site);
    browser.sign_in_at_home("alice").await;
    warm(site).await;
    let (mut redeemed, mut answered) = (Tally::default(), Tally::default());
    let mut made = 0;
    for _ in 0..rounds(2, 500) {
        let device = WaitingDevice::of(&tv, "openid offline_access").await;
        let page = browser.reach_device(&device, "alice").await;
        let fields = Browser::filled(&page, "device-allow", &[]);
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // Whoever is late is led to the page that says how it was answered, too.
        answered
            .race(|_| {
                let call = site.post(&page.path).form(&fields).header("origin", &site.origin);
                let call = call.header("cookie", &browser.cookie_line());
                || call.send()
            })
            .await;
        made += 1;
        assert_eq!(fleet.sql.number("SELECT COUNT(*) FROM signet_grants").await, made, "it was allowed once");
        let answers = redeemed
            .race(|_| {
                let call = tv.call("/api/oidc/token", &device.fields());
                || call.send()
            })
            .await;
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            answer.expect_error(400, "invalid_grant");
        }
        // The losers used a spent code: what the winner got is worth nothing any more.
        let winner = only(answers, 200).json();
        let tokens = "SELECT COUNT(*) FROM signet_access_tokens";
        assert_eq!(fleet.sql.number(tokens).await, made, "one of them was issued tokens");
        site.userinfo(winner["access_token"].as_str().unwrap()).await.expect_error(401, "invalid_token");
        tv.refresh(winner["refresh_token"].as_str().unwrap()).await.expect_error(400, "invalid_grant");
    }
    redeemed.judge("a device code", on, 200);
}
