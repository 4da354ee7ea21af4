//! The users file is what counts, and at once.

use crate::support::{App, Ask, Browser, Client, Person};

fn bob_is_disabled(people: &mut [Person]) {
    people[1].disabled = true;
}

#[tokio::test]
async fn the_first_use_on_a_quiet_server_is_judged_by_the_file_as_it_is() {
    let scope = "openid offline_access";
    for first_use in ["refresh", "code", "userinfo", "introspection", "session"] {
        let app = App::start().await;
        let web = Client::new(&app, "web");
        let mut browser = Browser::new(&app);
        let tokens = web.login_with(&mut browser, "bob", scope).await;
        let code = browser.authorize(&Ask::of("web"), "bob").await.code();
        app.write_people(|people| bob_is_disabled(people));
        app.clock.advance(20);
        match first_use {
            "refresh" => web.refresh(&tokens.refresh).await.expect_error(400, "invalid_grant"),
            "code" => web.redeem(&code).await.expect_error(400, "invalid_grant"),
            "userinfo" => app.userinfo(&tokens.access).await.expect_error(401, "invalid_token"),
            "introspection" => assert!(!web.is_active(&tokens.access).await),
            _ => assert!(browser.open("/").await.has("password")),
        }
    }
}

#[tokio::test]
async fn what_happens_to_one_person_leaves_the_others_alone() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let mut browser = Browser::new(&app);
    let tokens = web.login_with(&mut browser, "alice", "openid offline_access").await;
    app.write_people(|people| bob_is_disabled(people));
    app.clock.advance(1);
    app.userinfo(&tokens.access).await.expect(200);
    web.refresh(&tokens.refresh).await.expect(200);
    assert_eq!(browser.open("/").await.heading(), "You are signed in");
}

#[tokio::test]
async fn a_grant_that_falls_leaves_an_event_that_says_why() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let tokens = web.login("bob", "openid offline_access").await;
    let code = Browser::new(&app).authorize(&Ask::of("web"), "bob").await.code();
    app.write_people(|people| bob_is_disabled(people));
    app.clock.advance(1);
    for _ in 0..2 {
        web.refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
        web.redeem(&code).await.expect_error(400, "invalid_grant");
    }
    let details = super::events(&app, "token.revoked").await;
    assert_eq!(details.len(), 2, "one for each grant: {details:?}");
    assert!(details.iter().all(|detail| detail.contains("disabled")), "{details:?}");
}
