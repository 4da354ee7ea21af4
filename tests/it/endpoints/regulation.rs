//! What slows guessing down, as a browser meets it: every refusal looks alike.

use crate::support::{App, Browser, View};

const WRONG: [(&str, &str); 2] = [("username", "alice"), ("password", "wrong")];

async fn fail(browser: &mut Browser, times: usize) -> View {
    let mut page = browser.open("/").await;
    for _ in 0..times {
        page = browser.press(&page, "login-submit", &WRONG).await;
        assert!(page.has("password"));
    }
    page
}

async fn is_let_in(browser: &mut Browser) -> bool {
    browser.sign_in_at_home("alice").await.heading() == "You are signed in"
}

#[tokio::test]
async fn a_ban_looks_like_a_wrong_password_and_ends() {
    let app = App::with("regulation: {max_retries: 3, find_time: 2m, ban_time: 5m}").await;
    let mut browser = Browser::new(&app);
    let wrong = fail(&mut browser, 3).await;
    let page = browser.open("/").await;
    let banned = browser.sign_in(&page, "alice").await;
    assert_eq!((banned.status(), banned.text()), (wrong.status(), wrong.text()));
    app.clock.advance(299);
    assert!(!is_let_in(&mut browser).await);
    app.clock.advance(301);
    assert!(is_let_in(&mut browser).await);
}

#[tokio::test]
async fn a_stranger_does_not_lock_a_person_out_of_the_own_browser_or_network() {
    let app = App::with("regulation: {max_retries: 3, find_time: 2m, ban_time: 5m}").await;
    let mut known = Browser::new(&app);
    assert!(is_let_in(&mut known).await);
    let page = known.open("/logout").await;
    known.press(&page, "logout-confirm", &[]).await;
    fail(&mut Browser::new(&app), 3).await;
    assert!(!is_let_in(&mut Browser::new(&app)).await, "same network, strange browser");
    assert!(is_let_in(&mut known).await, "a browser where the person signed in before");
    let mut elsewhere = Browser::new(&app);
    elsewhere.address = "198.51.100.20".to_owned();
    assert!(is_let_in(&mut elsewhere).await, "another network");
}

#[tokio::test]
async fn spellings_of_a_name_share_their_count() {
    let app = App::with("regulation: {max_retries: 3, find_time: 2m, ban_time: 5m}").await;
    let mut browser = Browser::new(&app);
    for name in ["alice", " alice", "alice "] {
        let page = browser.open("/").await;
        browser.press(&page, "login-submit", &[("username", name), ("password", "wrong")]).await;
    }
    assert!(!is_let_in(&mut browser).await);
}
