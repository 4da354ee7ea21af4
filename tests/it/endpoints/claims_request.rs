//! `claims` (OpenID Connect Core 1.0 §5.5): what a client asks for claim by claim, what the person allows of it, and
//! where it is told.

use serde_json::{Map, Value, json};

use crate::support::client::Tokens;
use crate::support::token::verify;
use crate::support::{App, Ask, Browser, Client, View};

async fn start() -> App {
    App::with(include_str!("claims_request.yml")).await
}

async fn alice(app: &App) -> Browser {
    let mut browser = Browser::new(app);
    browser.sign_in_at_home("alice").await;
    browser
}

fn ask(client: &str, claims: &Value) -> Ask {
    Ask::of(client).set("claims", &claims.to_string())
}

async fn tokens(app: &App, client: &str, view: &View) -> Tokens {
    let code = view.returned().code();
    let body = Client::new(app, client).redeem(&code).await.expect(200).json();
    Tokens::of(code, body)
}

async fn id_token(app: &App, tokens: &Tokens) -> Map<String, Value> {
    verify(app, &tokens.id).await.claims
}

async fn userinfo(app: &App, tokens: &Tokens) -> Value {
    app.userinfo(&tokens.access).await.expect(200).json()
}

/// What a client that nobody is asked about is told: the ID token and userinfo.
async fn told(app: &App, ask: &Ask) -> (Map<String, Value>, Value) {
    let view = alice(app).await.ask(ask).await;
    let tokens = tokens(app, "asks-not", &view).await;
    (id_token(app, &tokens).await, userinfo(app, &tokens).await)
}

/// The names of the checkboxes of a page.
fn boxes(page: &View) -> Vec<String> {
    let inputs = page.tags("input").into_iter();
    let boxes = inputs.filter(|tag| tag.get("type").is_some_and(|kind| kind == "checkbox"));
    boxes.map(|tag| tag["name"].clone()).collect()
}

#[tokio::test]
async fn what_is_essential_is_shown_and_granted_and_the_rest_only_when_it_is_ticked() {
    for app in App::on_both(include_str!("claims_request.yml")).await {
        let claims = json!({
            "userinfo": {"email": {"essential": true}, "name": null, "badge": null},
            "id_token": {"birthdate": null, "email": null}
        });
        let mut browser = alice(&app).await;
        let page = browser.ask(&ask("asks", &claims)).await;
        let text = page.text();
        assert!(text.contains("alice@example.com") && text.contains("Alice Ample"), "{text}");
        assert!(text.contains("The detail “badge”"), "{text}");
        assert_eq!(boxes(&page), ["claim:badge", "claim:birthdate", "claim:name"]);
        let given = tokens(&app, "asks", &browser.allow(&page).await).await;
        let userinfo_claims = userinfo(&app, &given).await;
        assert_eq!(userinfo_claims["email"], "alice@example.com");
        assert_eq!((userinfo_claims.get("name"), userinfo_claims.get("badge")), (None, None));
        assert_eq!(id_token(&app, &given).await["email"], "alice@example.com");

        let page = browser.ask(&ask("asks", &claims)).await;
        let ticked = [("claim:name", "true"), ("claim:phone_number", "true"), ("claim:locale", "true")];
        let given = tokens(&app, "asks", &browser.press(&page, "consent-allow", &ticked).await).await;
        let userinfo_claims = userinfo(&app, &given).await;
        assert_eq!(userinfo_claims["name"], "Alice Ample");
        for unasked in ["phone_number", "locale", "badge", "birthdate"] {
            assert_eq!(userinfo_claims.get(unasked), None, "{unasked}");
        }
    }
}

#[tokio::test]
async fn id_tokens_are_minimal_but_for_what_is_asked_for_there() {
    let app = start().await;
    let (id_token, userinfo) = told(&app, &Ask::of("asks-not").scope("openid email")).await;
    assert_eq!((id_token.get("email"), &userinfo["email"]), (None, &json!("alice@example.com")));
    let only_there = json!({"id_token": {"email": null}});
    let (id_token, userinfo) = told(&app, &ask("asks-not", &only_there)).await;
    assert_eq!((&id_token["email"], userinfo.get("email")), (&json!("alice@example.com"), None));
}

#[tokio::test]
async fn claims_of_scopes_that_the_client_lacks_and_claims_nobody_knows_are_ignored() {
    let app = start().await;
    let claims = json!({
        "userinfo": {"name": {"essential": true}, "badge": null, "town": null, "email#de": null, "unheard-of": null},
        "id_token": {"groups": null, "iss": {"value": "https://evil.test"}, "aud": {"value": "x"}, "nonce": null},
        "verified_claims": {"x": 1}
    });
    let (id_token, userinfo) = told(&app, &ask("asks-not", &claims)).await;
    assert_eq!(userinfo.as_object().unwrap().keys().collect::<Vec<_>>(), ["rat", "sub"]);
    assert_eq!(id_token.get("groups"), None);
    assert_eq!((&id_token["iss"], &id_token["aud"]), (&json!("https://op.example.com"), &json!("asks-not")));
}

#[tokio::test]
async fn a_claim_with_another_value_than_the_wanted_one_is_left_out() {
    let app = start().await;
    for (wanted, told_there) in [
        (json!({"value": "alice@example.com"}), true),
        (json!({"values": ["x", "alice@example.com"]}), true),
        (json!({"essential": true, "value": "ALICE@example.com"}), false),
        (json!({"values": ["x"]}), false),
    ] {
        let (id_token, userinfo) = told(
            &app,
            &ask("asks-not", &json!({"id_token": {"email": wanted}, "userinfo": {"email": wanted}})),
        )
        .await;
        assert_eq!(id_token.contains_key("email"), told_there, "{wanted}");
        assert_eq!(userinfo.get("email").is_some(), told_there, "{wanted}");
    }
}

#[tokio::test]
async fn an_expression_reads_the_values_that_its_claim_is_asked_for_with() {
    let app = start().await;
    let claims =
        json!({"userinfo": {"echo": {"value": "one"}}, "id_token": {"echo": {"values": ["+two", "+three"]}}});
    let mut browser = alice(&app).await;
    let page = browser.ask(&ask("asks", &claims)).await;
    let back = browser.press(&page, "consent-allow", &[("claim:echo", "true")]).await;
    let given = tokens(&app, "asks", &back).await;
    // What is made of the wanted values is held against them as any other value is.
    assert_eq!(userinfo(&app, &given).await["echo"], "one");
    assert_eq!(id_token(&app, &given).await.get("echo"), None);
}

#[tokio::test]
async fn what_was_granted_stays_over_refreshes_and_ends_with_the_registration() {
    for app in App::on_both(include_str!("claims_request.yml")).await {
        let claims =
            json!({"userinfo": {"email": {"essential": true}}, "id_token": {"name": {"essential": true}}});
        let client = Client::new(&app, "asks");
        let request = ask("asks", &claims).scope("openid offline_access").prompt("consent");
        let mut browser = alice(&app).await;
        let page = browser.ask(&request).await;
        let first = tokens(&app, "asks", &browser.allow(&page).await).await;
        let again = client.refresh(&first.refresh).await.expect(200).json();
        let again = Tokens::of(String::new(), again);
        assert_eq!(userinfo(&app, &again).await["email"], "alice@example.com");
        assert_eq!(id_token(&app, &again).await["name"], "Alice Ample");
    }
}

#[tokio::test]
async fn a_narrowed_token_lacks_what_went_with_its_scopes() {
    let app = start().await;
    let claims =
        json!({"userinfo": {"email": null, "name": {"essential": true}}, "id_token": {"email": null}});
    let request = ask("asks", &claims).scope("openid email offline_access").prompt("consent");
    let mut browser = alice(&app).await;
    let page = browser.ask(&request).await;
    let first = tokens(&app, "asks", &browser.allow(&page).await).await;
    assert_eq!(id_token(&app, &first).await["email"], "alice@example.com");
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &first.refresh), ("scope", "openid")];
    let narrow = Client::new(&app, "asks").token(&fields).await.expect(200).json();
    let narrow = Tokens::of(String::new(), narrow);
    let told = userinfo(&app, &narrow).await;
    assert_eq!((told.get("email"), &told["name"]), (None, &json!("Alice Ample")));
    assert_eq!(id_token(&app, &narrow).await.get("email"), None);
}

#[tokio::test]
async fn a_pushed_request_and_a_posted_one_carry_claims_as_well() {
    let app = start().await;
    let request = ask("asks-not", &json!({"id_token": {"email": null}}));
    let uri = Client::new(&app, "asks-not").pushed(&request).await;
    let pushed =
        Ask::of("asks-not").set("request_uri", &uri).set("claims", r#"{"id_token":{"email":{"value":1}}}"#);
    let (id_token, _) = told(&app, &pushed).await;
    assert_eq!(id_token["email"], "alice@example.com");
}

#[tokio::test]
async fn what_cannot_be_read_is_invalid_request() {
    let app = start().await;
    let long = json!({"userinfo": {"name": {"value": "x".repeat(8192)}}}).to_string();
    let deep = format!(r#"{{"userinfo":{{"name":{{"value":{}{}}}}}}}"#, "[".repeat(20), "]".repeat(20));
    for wrong in [
        "name",
        "[]",
        "null",
        r#"{"userinfo":{"name":null,"name":{"essential":true}}}"#,
        r#"{"userinfo":{},"userinfo":{"name":null}}"#,
        r#"{"userinfo":{"name":{"value":"a","value":"b"}}}"#,
        r#"{"userinfo":{"name":"x"}}"#,
        r#"{"id_token":[]}"#,
        r#"{"userinfo":{"name":{"value":"\u0000"}}}"#,
        &long,
        &deep,
    ] {
        let request = Ask::of("asks-not").set("claims", wrong);
        alice(&app).await.ask(&request).await.expect_error("invalid_request");
        let pushed = Client::new(&app, "asks-not").push(&request).await;
        assert_eq!(
            (pushed.status, pushed.json()["error"].clone()),
            (400, json!("invalid_request")),
            "{wrong}"
        );
    }
    let twice = Ask::of("asks-not").add("claims", "{}").add("claims", "{}");
    assert_eq!(alice(&app).await.ask(&twice).await.status(), 400);
}

#[tokio::test]
async fn an_answer_is_about_the_person_that_sub_names_or_there_is_none() {
    let app = start().await;
    let (id_token, _) = told(&app, &Ask::of("asks-not")).await;
    let sub = id_token["sub"].clone();
    let named = json!({"id_token": {"sub": {"value": sub}}});
    let (again, _) = told(&app, &ask("asks-not", &named)).await;
    assert_eq!(again["sub"], sub);

    let mut bob = Browser::new(&app);
    bob.sign_in_at_home("bob").await;
    // He has a `sub` of his own, which is another.
    bob.ask(&Ask::of("asks-not")).await.returned().code();
    bob.ask(&ask("asks-not", &named).prompt("none")).await.expect_error("login_required");
    for place in ["id_token", "userinfo"] {
        let named = json!({place: {"sub": {"values": [sub]}}});
        let page = bob.ask(&ask("asks-not", &named)).await;
        assert_eq!(page.step(), "sign-in", "somebody else is asked for");
        bob.sign_in(&page, "bob").await.expect_error("login_required");
    }
    let page = bob.ask(&ask("asks-not", &named)).await;
    bob.sign_in(&page, "alice").await.returned().code();
}

#[tokio::test]
async fn an_essential_acr_is_met_or_the_request_fails() {
    let app = start().await;
    let acr = |acr: Value| ask("asks-not", &json!({"id_token": {"acr": acr}}));
    let mut browser = alice(&app).await;
    for unknown in
        [json!({"essential": true, "value": "3"}), json!({"essential": true, "values": [2, "gold"]})]
    {
        browser.ask(&acr(unknown)).await.expect_error("unmet_authentication_requirements");
    }
    for wish in
        [json!(null), json!({"value": "gold"}), json!({"essential": true}), json!({"values": ["1", "2"]})]
    {
        let (id_token, _) = told(&app, &acr(wish.clone())).await;
        assert_eq!(id_token["acr"], "1", "{wish}");
    }
    let two = acr(json!({"essential": true, "values": ["gold", "2"]}));
    browser.ask(&two.clone().prompt("none")).await.expect_error("interaction_required");
    let page = browser.ask(&two).await;
    assert_eq!(page.step(), "enrol");
    let (_, back) = browser.enrol(&page).await;
    assert_eq!(id_token_of(&app, &back).await["acr"], "2");
    let back = browser.ask(&Ask::of("asks-not")).await;
    assert_eq!(id_token_of(&app, &back).await["acr"], "2");
    let back = browser.ask(&acr(json!({"essential": true, "value": "1"}))).await;
    assert_eq!(id_token_of(&app, &back).await["acr"], "1", "two factors satisfy what one does");
    assert_eq!(browser.ask(&acr(json!({"value": "2"}))).await.step(), "returned");
}

async fn id_token_of(app: &App, back: &View) -> Map<String, Value> {
    id_token(app, &tokens(app, "asks-not", back).await).await
}

#[tokio::test]
async fn no_acr_of_two_factors_is_reached_where_one_time_codes_are_off() {
    let fragment = format!("{}totp: {{disable: true}}\n", include_str!("claims_request.yml"));
    let app = App::with(&fragment).await;
    let request = ask("asks-not", &json!({"id_token": {"acr": {"essential": true, "value": "2"}}}));
    alice(&app).await.ask(&request).await.expect_error("unmet_authentication_requirements");
}

#[tokio::test]
async fn a_remembered_consent_holds_for_the_same_claims_and_gives_what_was_ticked_then() {
    for app in App::on_both(include_str!("claims_request.yml")).await {
        let claims = json!({"userinfo": {"email": {"essential": true}, "name": null, "nickname": null}});
        let mut browser = alice(&app).await;
        let page = browser.ask(&ask("remembers", &claims)).await;
        let ticked = [("remember", "true"), ("claim:nickname", "true")];
        browser.press(&page, "consent-allow", &ticked).await.returned().code();
        let given = tokens(&app, "remembers", &browser.ask(&ask("remembers", &claims)).await).await;
        let told = userinfo(&app, &given).await;
        assert_eq!((&told["email"], told.get("name")), (&json!("alice@example.com"), None));
        assert!(told.get("nickname").is_some(), "{told}");
        for others in [
            json!({"userinfo": {"email": {"essential": true}, "name": null}}),
            json!({"userinfo": {"email": {"essential": true}, "name": {"essential": true}, "nickname": null}}),
            json!({"userinfo": {"email": {"essential": true}, "name": null, "nickname": null, "gender": null}}),
            json!({}),
        ] {
            assert_eq!(browser.ask(&ask("remembers", &others)).await.step(), "consent", "{others}");
        }
        // Where a claim is told is no other question to the person, and the value that it is wanted with is one.
        let elsewhere = json!({"id_token": {"email": {"essential": true}, "name": null, "nickname": null}});
        browser.ask(&ask("remembers", &elsewhere)).await.returned().code();
        let wanted =
            json!({"userinfo": {"email": {"essential": true}, "name": null, "nickname": {"value": "x"}}});
        assert_eq!(browser.ask(&ask("remembers", &wanted)).await.step(), "consent");
    }
}

#[tokio::test]
async fn what_scopes_stand_for_is_not_asked_again() {
    let app = start().await;
    let claims = json!({"id_token": {"email": null, "name": {"essential": true}}});
    let mut browser = alice(&app).await;
    let page = browser.ask(&ask("asks", &claims).scope("openid email profile")).await;
    assert_eq!(boxes(&page), [""; 0]);
    let given = tokens(&app, "asks", &browser.allow(&page).await).await;
    let id_token = id_token(&app, &given).await;
    assert_eq!((&id_token["email"], &id_token["name"]), (&json!("alice@example.com"), &json!("Alice Ample")));
}
