//! One step of an authenticator app, 64 submits of one session.

use super::{On, Tally, only, start, warm};
use crate::support::counts::rounds;
use crate::support::fleet::CROWD;
use crate::support::{Ask, Browser, Client};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g43_of_64_submits_one_is_accepted_on_sqlite() {
    race(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g43_of_64_submits_one_is_accepted_on_postgresql() {
    race(On::Postgres).await;
}

async fn race(on: On) {
    let fleet = start(on);
    let site = &fleet.site;
    warm(site).await;
    let mut tally = Tally::default();
    for round in 0..rounds(2, 50).min(CROWD) {
        // Each round has a person of its own, who enrols with the present step and races with the next one.
        let name = format!("racer-{round}");
        let mut browser = Browser::new(site);
        let page = browser.ask(&Ask::of("web-2fa")).await;
        let page = browser.sign_in(&page, &name).await;
        let (device, _) = browser.enrol(&page).await;
        let mut browser = Browser::new(site);
        let page = browser.ask(&Ask::of("web-2fa")).await;
        let page = browser.sign_in(&page, &name).await;
        assert_eq!(page.step(), "second-factor");
        let code = device.next_code(site);
        let fields = Browser::filled(&page, "second-factor-submit", &[("code", &code)]);
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answers = tally
            .race(|_| {
                let call = site.post(&page.path).form(&fields).header("origin", &site.origin);
                let call = call.header("cookie", &browser.cookie_line());
                || call.send()
            })
            .await;
        let winner = only(answers, 303);
        let session =
            winner.all("set-cookie").into_iter().find(|line| line.contains("session")).expect("a new id");
        let (name, value) = session.split(';').next().unwrap().split_once('=').unwrap();
        browser.cookies.insert(name.to_owned(), value.to_owned());
        let page = browser.open(&format!("/flow/{}", page.flow())).await;
        let code = browser.allow(&page).await.returned().code();
        Client::new(site, "web-2fa").redeem(&code).await.expect(200);
    }
    tally.judge("a one-time code", on, 303);
}
