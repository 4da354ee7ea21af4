//! One pushed request: 64 browsers open it, then the one that has it answers 64 times.

use super::{On, Tally, only, start, warm};
use crate::support::counts::rounds;
use crate::support::{Ask, Browser, Client};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g40_of_64_browsers_one_opens_the_pushed_request_and_answers_it_once_on_sqlite() {
    race(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g40_of_64_browsers_one_opens_the_pushed_request_and_answers_it_once_on_postgresql() {
    race(On::Postgres).await;
}

async fn race(on: On) {
    let fleet = start(on);
    let site = &fleet.site;
    let web = Client::new(site, "web");
    // Sixty-four browsers with cookies of their own, all signed in.
    let mut browsers = Vec::new();
    for _ in 0..super::RACERS {
        let mut browser = Browser::new(site);
        browser.sign_in_at_home("alice").await;
        browsers.push(browser);
    }
    warm(site).await;
    let (mut opened, mut answered) = (Tally::default(), Tally::default());
    for _ in 0..rounds(2, 100) {
        let request_uri = web.pushed(&Ask::of("web")).await;
        let path = format!(
            "/api/oidc/authorization?{}",
            url::form_urlencoded::Serializer::new(String::new())
                .append_pair("client_id", "web")
                .append_pair("request_uri", &request_uri)
                .finish()
        );
        let answers = opened
            .race(|number| {
                let call = site.get(&path).header("cookie", &browsers[number].cookie_line());
                || call.send()
            })
            .await;
        let winner = answers.iter().position(|answer| answer.status == 303).expect("one opened it");
        let flow = only(answers, 303).header("location").to_owned();
        let mut browser = browsers[winner].clone();
        let page = browser.open(&flow).await;
        assert_eq!(page.step(), "consent");

        let fields = Browser::filled(&page, "consent-allow", &[]);
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answers = answered
            .race(|_| {
                let call = site.post(&page.path).form(&fields).header("origin", &site.origin);
                let call = call.header("cookie", &browser.cookie_line());
                || call.send()
            })
            .await;
        let location = only(answers, 303).header("location").to_owned();
        let code = url::Url::parse(&location)
            .unwrap()
            .query_pairs()
            .find_map(|(name, value)| (name == "code").then(|| value.into_owned()))
            .expect("a code");
        web.redeem(&code).await.expect(200);
    }
    opened.judge("opening a pushed request", on, 303);
    answered.judge("answering a pushed request", on, 303);
}
