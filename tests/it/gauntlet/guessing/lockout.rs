//! What a stranger's guesses leave of a person's own ways in.

use super::counting::{HOME, at_code, enrolled};
use super::{Entry, FORGOTTEN, REGULATION, RETRIES, gets_in, known_browser, lets_in};
use crate::support::{App, Ask, Browser};

/// A new browser at an address.
fn browser_at(app: &App, address: &str) -> Browser {
    let mut browser = Browser::new(app);
    browser.address = address.to_owned();
    browser
}

/// Wrong passwords for alice from an address.
async fn guess(app: &App, address: &str, times: usize) {
    for _ in 0..times {
        let mut browser = browser_at(app, address);
        let page = browser.open("/").await;
        assert!(!lets_in(&mut browser, &page, "alice", "wrong").await);
    }
}

#[tokio::test]
async fn g30_a_stranger_locks_nobody_out_of_a_known_browser_another_network_or_a_session() {
    for app in App::on_both(REGULATION).await {
        let mut known = known_browser(&app, "alice").await;
        let mut signed_in = Browser::new(&app);
        signed_in.sign_in_at_home("alice").await;
        for _ in 0..RETRIES {
            Entry::Flow.fail(&app, "alice").await;
        }
        assert!(!Entry::Home.lets_in(&app, "alice").await, "same network, strange browser");
        assert!(gets_in(&mut known, "alice").await, "a browser where the person signed in before");
        assert_eq!(signed_in.open("/").await.heading(), "You are signed in");
        signed_in.ask(&Ask::of("post").prompt("none")).await.returned().code();
        let mut elsewhere = Browser::new(&app);
        elsewhere.address = "198.51.100.20".to_owned();
        assert!(gets_in(&mut elsewhere, "alice").await, "another network");
        app.clock.advance(299);
        assert!(!Entry::Home.lets_in(&app, "alice").await);
        app.clock.advance(2);
        assert!(Entry::Home.lets_in(&app, "alice").await, "a ban ends");
    }
}

#[tokio::test]
async fn g30_a_slow_flood_from_everywhere_leaves_known_browsers_alone_with_their_second_factor() {
    let app = App::with(REGULATION).await;
    let device = enrolled(&app, "alice").await;
    let (mut known, page) = at_code(&app, "alice", HOME).await.unwrap();
    known.type_code(&page, &device.code(&app)).await;
    let page = known.open("/logout").await;
    known.press(&page, "logout-confirm", &[]).await;
    for network in 0..15 {
        for _ in 0..2 {
            let (mut browser, page) = Entry::Home.open(&app).await;
            browser.address = format!("10.0.{network}.1");
            assert!(!lets_in(&mut browser, &page, "alice", "wrong").await);
        }
        app.clock.advance(60);
    }
    let mut stranger = Browser::new(&app);
    stranger.address = "203.0.113.9".to_owned();
    assert!(!gets_in(&mut stranger, "alice").await, "slowed down over all networks");
    let page = known.ask(&Ask::of("web-2fa")).await;
    let page = known.sign_in(&page, "alice").await;
    assert_eq!(known.type_code(&page, &device.code(&app)).await.step(), "consent");
    assert!(gets_in(&mut Browser::new(&app), "bob").await);
}

#[tokio::test]
async fn g30_a_browser_is_known_for_its_person_alone_and_has_a_limit_of_its_own() {
    let app = App::with(REGULATION).await;
    let mut known = known_browser(&app, "alice").await;
    for _ in 0..RETRIES {
        Entry::Home.fail(&app, "bob").await;
    }
    assert!(!gets_in(&mut known, "bob").await, "known for alice");
    for _ in 0..RETRIES {
        let page = known.open("/").await;
        assert!(!lets_in(&mut known, &page, "alice", "wrong").await);
    }
    assert!(!gets_in(&mut known, "alice").await);
}

/// As often as the network's own limit lets: with each ban and never with one.
#[tokio::test]
async fn g30_one_network_that_never_tires_locks_nobody_out_elsewhere() {
    for app in App::on_both(REGULATION).await {
        for (times, pause) in [(RETRIES, 301), (RETRIES - 1, 121)] {
            for _ in 0..3600 / pause {
                guess(&app, HOME, times).await;
                app.clock.advance(pause);
            }
            assert!(gets_in(&mut browser_at(&app, "198.51.100.20"), "alice").await, "a pause of {pause} s");
            app.clock.advance(FORGOTTEN);
        }
    }
}

#[tokio::test]
async fn g30_four_networks_lock_nobody_out_elsewhere_and_a_fifth_does() {
    let app = App::with(REGULATION).await;
    for _ in 0..5 {
        for network in 0..4 {
            guess(&app, &format!("10.0.{network}.1"), RETRIES).await;
        }
        app.clock.advance(301);
    }
    assert!(gets_in(&mut browser_at(&app, "198.51.100.20"), "alice").await, "six of each network count");
    for _ in 0..2 {
        guess(&app, "10.0.4.1", RETRIES).await;
        app.clock.advance(301);
    }
    assert!(!gets_in(&mut browser_at(&app, "203.0.113.9"), "alice").await, "slowed down over all networks");
    let locked =
        "SELECT COUNT(*) FROM signet_events WHERE kind = 'login.locked' AND detail LIKE 'all networks%'";
    assert_eq!(app.sql.number(locked).await, 1);
}
