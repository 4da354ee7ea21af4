//! A one-time code counts once.

use crate::support::{App, Ask, Browser, View};

/// A new session of alice, at the page that asks for a code.
pub async fn at_code(app: &App) -> (Browser, View) {
    let mut browser = Browser::new(app);
    let page = browser.ask(&Ask::of("web-2fa")).await;
    let page = browser.sign_in(&page, "alice").await;
    assert_eq!(page.step(), "second-factor");
    (browser, page)
}

async fn last_step(app: &App) -> i64 {
    app.sql.number("SELECT last_step FROM signet_totp WHERE username = 'alice'").await
}

#[tokio::test]
async fn g43_a_one_time_code_counts_once_in_any_session_and_the_last_step_only_grows() {
    for app in App::on_both("regulation: {max_retries: 0}").await {
        let mut first = Browser::new(&app);
        let page = first.ask(&Ask::of("web-2fa")).await;
        let page = first.sign_in(&page, "alice").await;
        let (device, page) = first.enrol(&page).await;
        assert_eq!(page.step(), "consent");
        let used = device.code(&app);
        let enrolled = last_step(&app).await;
        assert_eq!(enrolled, app.clock.now() / 30, "the step that confirmed the device is used");
        let refused = async |code: &str| {
            let (mut browser, page) = at_code(&app).await;
            let again = browser.type_code(&page, code).await;
            assert_eq!((again.status(), again.step().as_str()), (400, "second-factor"), "{code}");
            let other = app.another().await;
            let mut elsewhere = Browser { app: other.site.clone(), ..browser.clone() };
            assert_eq!(elsewhere.type_code(&page, code).await.status(), 400, "after a restart");
        };
        refused(&used).await;
        app.clock.advance(30);
        refused(&used).await;
        // A step early, then the present one and the one before are past.
        let (present, early) = (device.code(&app), device.next_code(&app));
        let (mut browser, page) = at_code(&app).await;
        assert_eq!(browser.type_code(&page, &early).await.step(), "consent");
        assert_eq!(last_step(&app).await, enrolled + 2);
        for past in [&early, &present, &used] {
            refused(past).await;
        }
        // The same submit again, by the browser that was let in.
        browser.type_code(&page, &early).await.expect_page(400, "This step is done");
        app.clock.advance(30);
        refused(&early).await;
        app.clock.advance(30);
        let (mut browser, page) = at_code(&app).await;
        assert_eq!(browser.type_code(&page, &device.code(&app)).await.step(), "consent");
        assert_eq!(last_step(&app).await, enrolled + 3);
        app.clock.advance(-60);
        refused(&present).await;
        assert_eq!(last_step(&app).await, enrolled + 3, "also when the clock goes back");
    }
}

#[tokio::test]
async fn g43_one_code_raced_by_sessions_of_two_replicas_lets_one_in() {
    for app in App::on_both("regulation: {max_retries: 0}").await {
        let mut browser = Browser::new(&app);
        let page = browser.ask(&Ask::of("web-2fa")).await;
        let page = browser.sign_in(&page, "alice").await;
        let (device, _) = browser.enrol(&page).await;
        app.clock.advance(30);
        let replica = app.another().await;
        let code = device.code(&app);
        let mut ready = Vec::new();
        for number in 0..8 {
            ready.push(at_code(if number % 2 == 0 { &app } else { &replica }).await);
        }
        // Nobody starts before all are ready.
        let racers: tokio::task::JoinSet<String> = ready
            .into_iter()
            .map(|(mut browser, page)| {
                let code = code.clone();
                async move { browser.type_code(&page, &code).await.step() }
            })
            .collect();
        let steps = racers.join_all().await;
        assert_eq!(steps.iter().filter(|step| *step == "consent").count(), 1, "{steps:?}");
    }
}
