//! Sessions that cannot be read, and families that live long.

use crate::support::{App, Ask, Browser, Client};

#[tokio::test]
async fn whoever_has_a_session_that_cannot_be_read_signs_in_again() {
    for data in
        ["no json", "7", "[]", "{\"issuer\": \"https://op.example.com\", \"authentication\": {\"old\": 1}}"]
    {
        let app = App::start().await;
        let mut browser = Browser::new(&app);
        browser.sign_in_at_home("alice").await;
        let update = sqlx::query("UPDATE signet_sessions SET data = $1").bind(data);
        update.execute(&super::database(&app).await).await.unwrap();
        let page = browser.open("/").await;
        assert_eq!(page.status(), 200, "{data}");
        browser.ask(&Ask::of("post").prompt("none")).await.expect_error("login_required");
        browser.sign_in(&page, "alice").await;
        assert_eq!(browser.open("/").await.heading(), "You are signed in", "{data}");
    }
}

#[tokio::test]
async fn the_first_refresh_token_of_a_family_that_lives_long_still_ends_it() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let first = web.login("alice", "openid offline_access").await;
    let mut refresh = first.refresh.clone();
    for _ in 0..4 {
        app.clock.advance(80 * 60);
        let body = web.refresh(&refresh).await.expect(200).json();
        refresh = body["refresh_token"].as_str().unwrap().to_owned();
        app.storage.delete_expired(app.clock.now()).await.unwrap();
    }
    web.refresh(&first.refresh).await.expect_error(400, "invalid_grant");
    web.refresh(&refresh).await.expect_error(400, "invalid_grant");
    assert_eq!(super::events(&app, "token.reuse_detected").await.len(), 1);

    let first = web.login("alice", "openid offline_access").await;
    app.clock.advance(80 * 60);
    let body = web.refresh(&first.refresh).await.expect(200).json();
    app.clock.advance(60 * 60);
    app.storage.delete_expired(app.clock.now()).await.unwrap();
    web.redeem(&first.code).await.expect_error(400, "invalid_grant");
    web.refresh(body["refresh_token"].as_str().unwrap()).await.expect_error(400, "invalid_grant");
}
