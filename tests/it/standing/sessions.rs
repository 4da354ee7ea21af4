//! Sessions that cannot be read.

use crate::support::{App, Ask, Browser};

#[tokio::test]
async fn whoever_has_a_session_that_cannot_be_read_signs_in_again() {
    for data in
        ["no json", "7", "[]", "{\"issuer\": \"https://op.example.com\", \"authentication\": {\"old\": 1}}"]
    {
        let app = App::start().await;
        let mut browser = Browser::new(&app);
        browser.sign_in_at_home("alice").await;
        app.sql.execute(&format!("UPDATE signet_sessions SET data = '{data}'")).await;
        let page = browser.open("/").await;
        assert_eq!(page.status(), 200, "{data}");
        browser.ask(&Ask::of("post").prompt("none")).await.expect_error("login_required");
        browser.sign_in(&page, "alice").await;
        assert_eq!(browser.open("/").await.heading(), "You are signed in", "{data}");
    }
}
