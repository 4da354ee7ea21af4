//! The values that `claims` wants a claim with (OpenID Connect Core 1.0 §5.5.1): an expression can read them, so each is a
//! question about the person, which is answered by nobody else.

use serde_json::{Value, json};

use crate::support::client::Tokens;
use crate::support::{App, Ask, Browser, Client, View};

/// A claim that says of a group whether alice is in it: asked for by its name alone, and as part of a scope.
const PROBES: [(&str, &str); 2] = [("member", "openid"), ("circle", "openid circles")];

fn probe((claim, scope): (&str, &str), wanted: &Value) -> Ask {
    let claims = json!({"userinfo": {claim: wanted}});
    Ask::of("remembers").scope(scope).set("claims", &claims.to_string())
}

async fn alice(app: &App) -> Browser {
    let mut browser = Browser::new(app);
    browser.sign_in_at_home("alice").await;
    browser
}

async fn userinfo(app: &App, view: &View) -> Value {
    let code = view.returned().code();
    let body = Client::new(app, "remembers").redeem(&code).await.expect(200).json();
    app.userinfo(&Tokens::of(code, body).access).await.expect(200).json()
}

#[tokio::test]
async fn a_remembered_consent_is_no_leave_to_ask_for_one_value_after_another() {
    for app in App::on_both(include_str!("claims_request.yml")).await {
        for (claim, scope) in PROBES {
            let ask = |wanted: &Value| probe((claim, scope), wanted);
            let allowed = json!({"essential": true, "value": "admins"});
            let mut browser = alice(&app).await;
            let page = browser.ask(&ask(&allowed)).await;
            let back = browser.press(&page, "consent-allow", &[("remember", "true")]).await;
            assert_eq!(userinfo(&app, &back).await[claim], "admins");
            let again = browser.ask(&ask(&allowed).prompt("none")).await;
            assert_eq!(userinfo(&app, &again).await[claim], "admins", "{claim}: it is remembered");
            for other in [
                json!({"essential": true, "value": "dev"}),
                json!({"essential": true, "value": "nobody"}),
                json!({"essential": true, "value": ["admins"]}),
                json!({"essential": true, "values": ["admins"]}),
                json!({"value": "admins"}),
            ] {
                browser.ask(&ask(&other).prompt("none")).await.expect_error("consent_required");
                assert_eq!(browser.ask(&ask(&other)).await.step(), "consent", "{claim} {other}");
            }
        }
    }
}

#[tokio::test]
async fn the_page_shows_what_is_told_for_the_value_that_is_wanted() {
    let app = App::with(include_str!("claims_request.yml")).await;
    let mut browser = alice(&app).await;
    for kind in PROBES {
        for essential in [true, false] {
            let page = browser.ask(&probe(kind, &json!({"essential": essential, "value": "admins"}))).await;
            assert!(page.text().contains("admins"), "{kind:?}: {}", page.text());
            let page = browser.ask(&probe(kind, &json!({"essential": essential, "value": "others"}))).await;
            assert!(!page.text().contains("admins") && !page.text().contains("others"), "{}", page.text());
        }
    }
    // A value that is not the wanted one is not told, and so not shown.
    let born = |value: &str| probe(("birthdate", "openid"), &json!({"value": value}));
    assert!(browser.ask(&born("1985-01-31")).await.text().contains("1985-01-31"));
    assert!(!browser.ask(&born("1985-02-01")).await.text().contains("1985-01-31"));
}

#[tokio::test]
async fn a_scope_does_not_stand_for_a_claim_that_is_made_of_the_wanted_value() {
    let app = App::with(include_str!("claims_request.yml")).await;
    let mut browser = alice(&app).await;
    for (ticked, told) in [(vec![], None), (vec![("claim:circle", "true")], Some("dev"))] {
        let page = browser.ask(&probe(PROBES[1], &json!({"value": "dev"}))).await;
        let back = browser.press(&page, "consent-allow", &ticked).await;
        assert_eq!(userinfo(&app, &back).await.get("circle").and_then(Value::as_str), told);
    }
    // What the scope stands for by itself is agreed to with it.
    let asked = probe(("name", "openid profile"), &json!({"value": "Alice Ample"}));
    let page = browser.ask(&asked).await;
    assert!(page.tags("input").iter().all(|tag| tag.get("name").is_none_or(|name| name != "claim:name")));
    assert_eq!(userinfo(&app, &browser.allow(&page).await).await["name"], "Alice Ample");
}
