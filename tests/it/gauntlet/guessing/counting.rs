//! How guesses are counted: for whom, where, across what, and how many at once.

use tokio::task::JoinSet;

use super::{ENTRIES, Entry, FORGOTTEN, REGULATION, RETRIES, gets_in, lets_in, wrong};
use crate::support::fleet::Fleet;
use crate::support::totp::Device;
use crate::support::{Answer, App, Ask, Browser, Site, View};

const BY_NAME_AND_ADDRESS: &str =
    "authentication_backend: {file: {search: {email: true, case_insensitive: true}}}\n";

#[tokio::test]
async fn g25_every_spelling_at_every_entry_counts_for_the_one_person() {
    let app = App::with(&format!("{BY_NAME_AND_ADDRESS}{REGULATION}")).await;
    for entry in ENTRIES {
        assert!(entry.lets_in(&app, "alice").await, "{entry:?}");
    }
    for typed in [
        "alice",
        "Alice",
        "ALICE",
        " alice",
        "alice ",
        "\talice",
        "alice\u{a0}",
        "\u{3000}alice",
        "ａｌｉｃｅ",
        "ＡＬＩＣＥ",
        "𝐚𝐥𝐢𝐜𝐞",
        "ⓐlice",
        "alıce",
        "alice@example.com",
        "ALICE@Example.Com",
        "ａlice＠example.com",
    ] {
        for entry in ENTRIES {
            for _ in 1..RETRIES {
                Entry::Home.fail(&app, "alice").await;
            }
            entry.fail(&app, typed).await;
            for elsewhere in [Entry::Home, entry] {
                assert!(!elsewhere.lets_in(&app, "alice").await, "{typed:?} at {entry:?}, {elsewhere:?}");
            }
            assert!(Entry::Flow.lets_in(&app, "bob").await);
            app.clock.advance(FORGOTTEN);
        }
    }
}

#[tokio::test]
async fn g25_no_endpoint_for_programs_takes_or_judges_a_persons_password() {
    let app = App::with(REGULATION).await;
    for path in ["token", "introspection", "revocation", "pushed-authorization-request"] {
        let path = format!("/api/oidc/{path}");
        let fields = |password| {
            [("grant_type", "password"), ("username", "alice"), ("password", password), ("token", "x")]
        };
        let mut answers = Vec::new();
        for password in ["alice-password", "wrong"] {
            let by_header = app.post(&path).form(&fields(password)).basic("alice", password).send().await;
            by_header.expect_error(401, "invalid_client");
            answers.push(by_header.text());
        }
        assert_eq!(answers[0], answers[1]);
    }
    let web = crate::support::Client::new(&app, "web");
    for password in ["alice-password", "wrong"] {
        let fields = [("grant_type", "password"), ("username", "alice"), ("password", password)];
        web.token(&fields).await.expect_error(400, "unsupported_grant_type");
        let basic = app.get("/api/oidc/userinfo").basic("alice", password).send().await;
        basic.expect_error(400, "invalid_request");
    }
    assert!(Entry::Home.lets_in(&app, "alice").await, "none of it was a guess");
}

/// A person with a device whose present step is unused.
pub(super) async fn enrolled(app: &App, name: &str) -> Device {
    let mut browser = Browser::new(app);
    browser.address = "198.51.100.77".to_owned();
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, name).await;
    let (device, _) = browser.enrol(&page).await;
    app.clock.advance(60);
    device
}

/// A new session of a person who has a device, at the page that asks for a code; `None` when the password is refused.
pub(super) async fn at_code(site: &Site, name: &str, address: &str) -> Option<(Browser, View)> {
    let mut browser = Browser::new(site);
    browser.address = address.to_owned();
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, name).await;
    (page.step() == "second-factor").then_some((browser, page))
}

pub(super) const HOME: &str = "192.0.2.7";

#[tokio::test]
async fn g26_guesses_at_codes_count_across_sessions_restarts_replicas_and_with_passwords() {
    for app in App::on_both(REGULATION).await {
        for mixed in [false, true] {
            let name = if mixed { "bob" } else { "alice" };
            let device = enrolled(&app, name).await;
            let replica = app.another().await;
            let restarted = app.another().await;
            let sessions = [
                at_code(&app, name, HOME).await.unwrap(),
                at_code(&replica, name, HOME).await.unwrap(),
                at_code(&restarted, name, HOME).await.unwrap(),
            ];
            let mut late = at_code(&replica, name, HOME).await.unwrap();
            for (number, (mut browser, page)) in sessions.into_iter().enumerate() {
                if mixed && number == 1 {
                    Entry::Flow.fail(&app, name).await;
                    continue;
                }
                let guess = wrong(&device.code(&app));
                assert_eq!(browser.type_code(&page, &guess).await.status(), 400);
            }
            let right = device.code(&app);
            for site in [&app, &replica, &app.another().await] {
                assert!(at_code(site, name, HOME).await.is_none(), "the password opens nothing either");
            }
            assert_eq!(late.0.type_code(&late.1, &right).await.step(), "second-factor", "right, and refused");
            app.clock.advance(301);
            let (mut browser, page) = at_code(&app, name, HOME).await.unwrap();
            assert_eq!(browser.type_code(&page, &device.code(&app)).await.step(), "consent");
        }
        assert!(app.sql.events("login.locked", "").await >= 2);
    }
}

#[tokio::test]
async fn g26_guesses_at_codes_from_many_networks_are_slowed_down_together() {
    let app = App::with(REGULATION).await;
    let device = enrolled(&app, "alice").await;
    let (mut waiting, page) = at_code(&app, "alice", "203.0.113.9").await.unwrap();
    for network in 0..15 {
        for _ in 0..2 {
            let (mut browser, page) = at_code(&app, "alice", &format!("10.0.{network}.1")).await.unwrap();
            browser.type_code(&page, &wrong(&device.code(&app))).await;
        }
    }
    let answer = waiting.type_code(&page, &device.code(&app)).await;
    assert_eq!((answer.status(), answer.step().as_str()), (400, "second-factor"));
    assert!(at_code(&app, "alice", "203.0.114.9").await.is_none());
}

/// Who has the password locks nobody out by it, and has no right to more guesses.
#[tokio::test]
async fn g26_guesses_at_codes_from_one_network_are_slowed_down_as_those_from_many() {
    let app = App::with(REGULATION).await;
    let device = enrolled(&app, "alice").await;
    let mut judged = 0;
    for _ in 0..3600 / 121 {
        for _ in 0..RETRIES - 1 {
            if let Some((mut browser, page)) = at_code(&app, "alice", HOME).await {
                browser.type_code(&page, &wrong(&device.code(&app))).await;
                judged += 1;
            }
        }
        app.clock.advance(121);
    }
    assert_eq!(judged, 30, "in an hour");
}

#[tokio::test]
async fn g26_guesses_at_an_enrolment_are_counted_too() {
    for app in App::on_both(REGULATION).await {
        let mut browser = Browser::new(&app);
        let page = browser.ask(&Ask::of("web-2fa")).await;
        let page = browser.sign_in(&page, "alice").await;
        let device = Device::of(&page);
        for _ in 0..RETRIES {
            assert_eq!(browser.type_code(&page, &wrong(&device.code(&app))).await.status(), 400);
        }
        assert_eq!(browser.type_code(&page, &device.code(&app)).await.step(), "enrol");
        assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_totp").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g26_of_64_wrong_codes_at_once_no_more_than_the_limit_are_judged() {
    for app in App::on_both(REGULATION).await {
        let device = enrolled(&app, "alice").await;
        let (browser, page) = at_code(&app, "alice", HOME).await.unwrap();
        let guess = wrong(&device.code(&app));
        let guesses: JoinSet<View> = (0..64)
            .map(|_| {
                let (mut browser, page, guess) = (browser.clone(), page.clone(), guess.clone());
                async move { browser.type_code(&page, &guess).await }
            })
            .collect();
        assert!(guesses.join_all().await.iter().all(|page| page.status() != 303));
        let judged = app.sql.events("factor.failure", "wrong code").await;
        assert_eq!(judged, 3, "of 64");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g27_of_200_wrong_passwords_at_once_no_more_than_the_limit_are_judged_on_sqlite() {
    flood(&Fleet::on_sqlite(FIVE)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn g27_of_200_wrong_passwords_at_once_no_more_than_the_limit_are_judged_on_postgresql() {
    flood(&Fleet::on_postgres(FIVE)).await;
}

const FIVE: &str = "regulation: {max_retries: 5, find_time: 1h, ban_time: 1h}";

async fn flood(fleet: &Fleet) {
    let site = &fleet.site;
    let mut pages = Vec::new();
    for number in 0..8 {
        let mut browser = Browser::new(site);
        let page = if number % 2 == 0 { browser.open("/").await } else { browser.ask(&Ask::of("web")).await };
        pages.push((browser, page));
    }
    let guesses: JoinSet<Answer> = (0..200)
        .map(|number| {
            let (browser, page) = &pages[number % pages.len()];
            let typed = [("username", "alice"), ("password", "wrong")];
            let fields = Browser::filled(page, "login-submit", &typed);
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let call = site.post(&page.action("login-submit")).form(&fields);
            call.header("origin", &site.origin).header("cookie", &browser.cookie_line()).send()
        })
        .collect();
    for answer in guesses.join_all().await {
        assert!(matches!(answer.status, 200 | 503), "{}", answer.status);
        assert!(answer.status == 503 || answer.text().contains("id=\"password\""));
    }
    let judged = fleet.sql.events("login.failure", "wrong password").await;
    assert!((1..=5).contains(&judged), "{judged} of 200 were judged");
    let mut browser = Browser::new(site);
    for _ in judged..5 {
        let page = browser.open("/").await;
        lets_in(&mut browser, &page, "alice", "wrong").await;
    }
    assert!(!gets_in(&mut browser, "alice").await, "locked");
    assert_eq!(fleet.sql.events("login.locked", "").await, 1);
}
