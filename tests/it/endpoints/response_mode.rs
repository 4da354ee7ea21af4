//! How answers travel: query, fragment, form_post.

use crate::support::{App, Ask, Browser};

#[tokio::test]
async fn a_code_travels_in_the_mode_that_was_asked_for() {
    let app = App::start().await;
    for (asked, came) in [
        (None, "query"),
        (Some("query"), "query"),
        (Some("fragment"), "fragment"),
        (Some("form_post"), "form_post"),
    ] {
        let mut ask = Ask::of("web");
        if let Some(mode) = asked {
            ask = ask.set("response_mode", mode);
        }
        let returned = Browser::new(&app).authorize(&ask, "alice").await;
        assert_eq!(returned.mode, came);
        assert_eq!(returned.redirect_uri, "https://rp.example.com/callback");
        assert!(returned.code().starts_with("signet_ac_"));
        assert_eq!(returned.get("state"), "state-of-the-request");
        assert_eq!(returned.get("iss"), "https://op.example.com");
    }
}

/// Under `same-origin`, as other pages have it, browsers would post the answer with `Origin: null` (Fetch standard).
#[tokio::test]
async fn an_answer_by_form_tells_the_relying_party_the_origin_and_no_path() {
    let app = App::start().await;
    let mut browser = Browser::new(&app);
    let ask = Ask::of("web").set("response_mode", "form_post");
    browser.ask(&ask.clone().prompt("none")).await.expect_error("login_required");
    let refused = browser.ask(&ask.clone().prompt("none")).await;
    let page = browser.ask(&ask).await;
    assert_eq!(page.answer.header("referrer-policy"), "same-origin");
    let page = browser.sign_in(&page, "alice").await;
    let allowed = browser.allow(&page).await;
    for page in [refused, allowed] {
        assert_eq!(page.returned().mode, "form_post");
        assert_eq!(page.answer.all("referrer-policy"), ["strict-origin"]);
    }
}

#[tokio::test]
async fn an_error_travels_in_the_mode_that_was_asked_for() {
    let app = App::start().await;
    for mode in ["query", "fragment", "form_post"] {
        let ask = Ask::of("web").set("response_mode", mode).prompt("none");
        let returned = Browser::new(&app).ask(&ask).await.expect_error("login_required");
        assert_eq!((returned.mode, returned.get("state")), (mode, "state-of-the-request"));
    }
}

#[tokio::test]
async fn a_mode_that_is_unknown_or_not_registered_is_answered_by_the_safe_one() {
    let app = App::start().await;
    let view = Browser::new(&app).ask(&Ask::of("web").set("response_mode", "nonsense")).await;
    let returned = view.returned();
    assert_eq!(returned.mode, "query");
    assert!(!returned.get("error").is_empty());
    let view = Browser::new(&app).ask(&Ask::of("spa").set("response_mode", "fragment")).await;
    let returned = view.returned();
    assert_eq!(returned.mode, "query", "fragment is not registered for spa");
    assert!(returned.get("error_description").contains("response_modes"));
}
