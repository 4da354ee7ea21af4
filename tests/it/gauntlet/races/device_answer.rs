//! One device, 64 browsers with its page before them: half allow it, half deny it.

use super::{On, RACERS, Tally, only, start, warm};
use crate::support::counts::rounds;
use crate::support::{Browser, Client, WaitingDevice};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g83_of_64_answers_about_a_device_one_counts_on_sqlite() {
    race(On::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g83_of_64_answers_about_a_device_one_counts_on_postgresql() {
    race(On::Postgres).await;
}

async fn race(on: On) {
    let fleet = start(on);
    let site = &fleet.site;
    let tv = Client::new(site, "tv");
    let name = |number: usize| if number.is_multiple_of(2) { "alice" } else { "bob" };
    let button = |number: usize| if (number / 2).is_multiple_of(2) { "device-allow" } else { "device-deny" };
    let mut browsers = Vec::new();
    for number in 0..RACERS {
        let mut browser = Browser::new(site);
        browser.sign_in_at_home(name(number)).await;
        browsers.push(browser);
    }
    warm(site).await;
    let mut tally = Tally::default();
    let (mut allowed, mut denied) = (0, 0);
    for _ in 0..rounds(5, 100) {
        let device = WaitingDevice::of(&tv, "openid profile").await;
        let (mut forms, mut pages) = (Vec::new(), Vec::new());
        for (number, browser) in browsers.iter_mut().enumerate() {
            let page = browser.reach_device(&device, name(number)).await;
            forms.push(Browser::filled(&page, button(number), &[]));
            pages.push(page);
        }
        let answers = tally
            .race(|number| {
                let fields: Vec<(&str, &str)> =
                    forms[number].iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                let call = site.post(&pages[number].path).form(&fields).header("origin", &site.origin);
                let call = call.header("cookie", &browsers[number].cookie_line());
                || call.send()
            })
            .await;
        let winner = answers.iter().position(|answer| answer.status == 303).expect("one is heard");
        let is_allowed = button(winner) == "device-allow";
        *if is_allowed { &mut allowed } else { &mut denied } += 1;
        let flow = only(answers, 303).header("location").to_owned();
        let heading = browsers[winner].open(&flow).await.heading();
        assert_eq!(
            heading,
            if is_allowed { "Your device is connected" } else { "The device was not connected" }
        );
        for (kind, count) in [("device.approved", allowed), ("device.denied", denied)] {
            assert_eq!(fleet.sql.events(kind, "").await, count, "{kind}");
        }
        for table in ["signet_grants", "signet_consents"] {
            let statement = format!("SELECT COUNT(*) FROM {table}");
            assert_eq!(fleet.sql.number(&statement).await, allowed, "{table}");
        }
        if is_allowed {
            let claims = site.userinfo(&device.tokens().await.access).await.expect(200).json();
            assert_eq!(claims["preferred_username"], name(winner));
        } else {
            device.poll().await.expect_error(400, "access_denied");
        }
    }
    tally.judge("an answer about a device", on, 303);
}
