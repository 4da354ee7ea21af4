//! The example of the page on the provider starts Signet, and a relying party logs in.

use crate::support::certificates::{Authority, KeyForm};
use crate::support::fleet::Fleet;
use crate::support::token::verify;
use crate::support::{Ask, Browser, Client, Person};

const PAGE: &str = include_str!("reference_page.yml");
const CLIENT: &str = "client_with_policy_name";

#[tokio::test]
async fn the_example_of_the_page_starts_and_a_relying_party_logs_in() {
    let made = Authority::new().made_as("op.example.com", KeyForm::RsaPkcs1, 90 * 86_400);
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let page = PAGE
        .replace("key: KEY", &format!("key: {}", quoted(&made.key)))
        .replace("certificate_chain: CHAIN", &format!("certificate_chain: {}", quoted(&made.chain)));
    let fleet = Fleet::on_sqlite(&page);
    fleet.write_people(&Person::all());
    let app = &fleet.site;

    let mut browser = Browser::new(app);
    let page = browser.ask(&Ask::of(CLIENT)).await;
    let page = browser.sign_in(&page, "alice").await;
    let (_, back) = browser.enrol(&page).await;
    let body = Client::new(app, CLIENT).redeem(&back.returned().code()).await.expect(200).json();
    assert_eq!(body["expires_in"], 3600);
    let id = verify(app, body["id_token"].as_str().unwrap()).await;
    assert_eq!(id.header.kid.as_deref(), Some("example"));
    assert_eq!((&id.claims["aud"], &id.claims["acr"]), (&CLIENT.into(), &"2".into()));

    let jwks = app.get("/jwks.json").send().await.expect(200).json();
    assert_eq!(jwks["keys"][0]["x5c"].as_array().unwrap().len(), 2);
    let token = app.post("/api/oidc/token").header("origin", "https://example.com").form(&[]).send().await;
    assert_eq!(token.header("access-control-allow-origin"), "https://example.com");
    let userinfo =
        app.post("/api/oidc/userinfo").header("origin", "https://example.com").form(&[]).send().await;
    assert_eq!(userinfo.header("access-control-allow-origin"), "", "the page does not list it");
}

#[tokio::test]
async fn whom_the_policy_of_the_page_denies_is_not_let_in() {
    let app = crate::support::App::with(
        &PAGE
            .replace("KEY", "'key:rsa'")
            .replace("        certificate_chain: CHAIN\n", "")
            .replace("group:services", "group:admins"),
    )
    .await;
    let mut browser = Browser::new(&app);
    let page = browser.ask(&Ask::of(CLIENT)).await;
    browser.sign_in(&page, "alice").await.expect_error("access_denied");
}
