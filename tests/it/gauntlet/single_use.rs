//! What counts once: codes, refresh tokens, pushed requests.

use super::ways::USED_UP;
use crate::support::client::{Tokens, code_fields};
use crate::support::documents::Documents;
use crate::support::{App, Ask, Browser, Client};

const OFFLINE: &str = "openid offline_access";
const ANSWERED: &str = "This page has done its work";

/// Every token of a family is worth nothing.
async fn ended(app: &App, client: &Client, family: &[&Tokens]) {
    for tokens in family {
        app.userinfo(&tokens.access).await.expect_error(401, "invalid_token");
        if client.id != "spa" {
            assert!(!client.is_active(&tokens.access).await);
        }
        if !tokens.refresh.is_empty() {
            assert!(client.id == "spa" || !client.is_active(&tokens.refresh).await);
            client.refresh(&tokens.refresh).await.expect_error(400, "invalid_grant");
        }
    }
}

async fn refreshed(client: &Client, tokens: &Tokens) -> Tokens {
    Tokens::of(String::new(), client.refresh(&tokens.refresh).await.expect(200).json())
}

#[tokio::test]
async fn g34_a_code_that_comes_again_ends_all_that_came_of_it() {
    for app in App::on_both("{}").await {
        for id in ["web", "spa", "jwt"] {
            let client = Client::new(&app, id);
            let scope = if id == "jwt" { "openid" } else { OFFLINE };
            let other = client.login("alice", scope).await;
            let first = client.login("alice", scope).await;
            let mut family = vec![first.clone()];
            if !first.refresh.is_empty() {
                family.push(refreshed(&client, &first).await);
            }
            client.redeem(&first.code).await.expect_error(400, "invalid_grant");
            ended(&app, &client, &family.iter().collect::<Vec<_>>()).await;
            app.userinfo(&other.access).await.expect(200);
            client.redeem(&first.code).await.expect_error(400, "invalid_grant");
        }
        assert_eq!(app.sql.events("code.replayed", "").await, 3, "once for each grant that ended");
    }
}

#[tokio::test]
async fn g34_it_does_whatever_else_is_asked_and_however_late() {
    for app in App::on_both("{}").await {
        let web = Client::new(&app, "web");
        for more in [("resource", "https://other.example.com"), ("audience", "nonsense"), ("scope", "openid")]
        {
            let tokens = web.login("alice", OFFLINE).await;
            let mut fields = code_fields("web", &tokens.code).to_vec();
            fields.push(more);
            assert_eq!(web.token(&fields).await.status, 400);
            ended(&app, &web, &[&tokens]).await;
        }
        let tokens = web.login("alice", OFFLINE).await;
        app.clock.advance(45 * 60);
        app.storage.delete_expired(app.clock.now()).await.unwrap();
        web.redeem(&tokens.code).await.expect_error(400, "invalid_grant");
        ended(&app, &web, &[&tokens]).await;
    }
}

/// Nothing has to be made for what is known to be spent, so nothing that fails there saves the rest of the family.
#[tokio::test]
async fn g34_it_does_when_no_token_can_be_made() {
    let documents = Documents::plain().await;
    let config = format!(
        "identity_providers:
  oidc:
    outbound: {{allowed_networks: ['127.0.0.0/8']}}
    lifespans: {{access_token: 3d, refresh_token: 3d}}
    clients:
      - client_id: sealed
        client_secret: digest:sealed-secret
        authorization_policy: one_factor
        consent_mode: implicit
        redirect_uris: ['https://rp.example.com/callback']
        scopes: [openid, offline_access]
        grant_types: [authorization_code, refresh_token]
        jwks_uri: '{}'
        id_token_encrypted_response_alg: RSA-OAEP-256
",
        documents.url("/keys.json")
    );
    for spent in ["code", "refresh token"] {
        let app = App::with(&config).await;
        let mut keys = app.get("/jwks.json").send().await.expect(200).json();
        let key = keys["keys"].as_array_mut().unwrap().iter_mut().find(|key| key["kty"] == "RSA").unwrap();
        (key["use"], key["alg"]) = ("enc".into(), "RSA-OAEP-256".into());
        documents.put("/keys.json", &serde_json::json!({ "keys": [key.clone()] }));
        let sealed = Client::new(&app, "sealed");
        let first = sealed.login("alice", OFFLINE).await;
        let second = refreshed(&sealed, &first).await;
        documents.put("/keys.json", &serde_json::json!({ "keys": [] }));
        app.clock.advance(25 * 3600);
        sealed.refresh(&second.refresh).await.expect_error(503, "temporarily_unavailable");
        app.userinfo(&second.access).await.expect(200);
        let again = if spent == "code" {
            sealed.redeem(&first.code).await
        } else {
            sealed.refresh(&first.refresh).await
        };
        again.expect_error(400, "invalid_grant");
        app.userinfo(&second.access).await.expect_error(401, "invalid_token");
    }
}

#[tokio::test]
async fn g34_only_its_owner_with_every_proof_ends_anything_and_a_failed_proof_spends_a_fresh_code() {
    for app in App::on_both("{}").await {
        let web = Client::new(&app, "web");
        let wrong: [(&str, &str); 6] = [
            ("code_verifier", "another-verifier-another-verifier-another-ver"),
            ("code_verifier", "short"),
            ("code_verifier", ""),
            ("redirect_uri", "https://rp.example.com/other"),
            ("redirect_uri", "https://rp.example.com/callback/"),
            ("redirect_uri", ""),
        ];
        let changed = |code: &str, (name, value): (&str, &str)| -> Vec<(&'static str, String)> {
            let fields = code_fields("web", code).into_iter();
            let fields =
                fields.map(|(field, own)| (field, if field == name { value } else { own }.to_owned()));
            fields.filter(|(_, value)| !value.is_empty()).collect()
        };
        let send = async |client: &Client, fields: &[(&'static str, String)]| {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            client.token(&fields).await.expect_error(400, "invalid_grant");
        };
        let tokens = web.login("alice", OFFLINE).await;
        for fault in wrong {
            send(&web, &changed(&tokens.code, fault)).await;
        }
        for thief in ["post", "spa", "jwt", "web-2fa"] {
            send(&Client::new(&app, thief), &changed(&tokens.code, ("", ""))).await;
        }
        let mut forger = web.clone();
        forger.secret = "wrong".to_owned();
        forger.redeem(&tokens.code).await.expect_error(401, "invalid_client");
        app.userinfo(&tokens.access).await.expect(200);
        let tokens = refreshed(&web, &tokens).await;
        app.userinfo(&tokens.access).await.expect(200);

        let code = Browser::new(&app).authorize(&Ask::of("web"), "alice").await.code();
        for thief in ["post", "spa", "jwt", "web-2fa"] {
            send(&Client::new(&app, thief), &changed(&code, ("", ""))).await;
        }
        web.redeem(&code).await.expect(200);
        for fault in wrong {
            let code = Browser::new(&app).authorize(&Ask::of("web"), "alice").await.code();
            send(&web, &changed(&code, fault)).await;
            web.redeem(&code).await.expect_error(400, "invalid_grant");
        }
    }
}

#[tokio::test]
async fn g37_a_spent_refresh_token_ends_the_family_and_leaves_an_event() {
    for app in App::on_both("{}").await {
        for (round, id) in ["web", "spa"].into_iter().enumerate() {
            let client = Client::new(&app, id);
            // The first, one in the middle, the last but one.
            for (number, reused) in [0, 1, 2].into_iter().enumerate() {
                let other = client.login("alice", OFFLINE).await;
                let mut family = vec![client.login("alice", OFFLINE).await];
                for rotation in 0..3 {
                    app.clock.advance(10);
                    family.push(refreshed(&client, &family[rotation]).await);
                }
                client.refresh(&family[reused].refresh).await.expect_error(400, "invalid_grant");
                ended(&app, &client, &family.iter().collect::<Vec<_>>()).await;
                app.userinfo(&other.access).await.expect(200);
                client.refresh(&other.refresh).await.expect(200);
                let events = app.sql.events("token.reuse_detected", "").await;
                assert_eq!(events, i64::try_from(3 * round + number + 1).unwrap());
            }
        }
    }
}

#[tokio::test]
async fn g37_it_does_whatever_is_asked_and_however_late_but_only_for_its_owner() {
    for app in App::on_both("{}").await {
        let web = Client::new(&app, "web");
        for more in [("scope", "openid groups"), ("resource", "https://other.example.com"), ("scope", "\"")] {
            let first = web.login("alice", OFFLINE).await;
            let second = refreshed(&web, &first).await;
            let fields = [("grant_type", "refresh_token"), ("refresh_token", first.refresh.as_str()), more];
            assert_eq!(web.token(&fields).await.status, 400);
            ended(&app, &web, &[&first, &second]).await;
        }
        let first = web.login("alice", OFFLINE).await;
        let second = refreshed(&web, &first).await;
        for thief in ["web-2fa", "spa"] {
            Client::new(&app, thief).refresh(&first.refresh).await.expect_error(400, "invalid_grant");
        }
        app.userinfo(&second.access).await.expect(200);
        // A family that lives longer than its first token.
        let mut last = second;
        for _ in 0..4 {
            app.clock.advance(80 * 60);
            last = refreshed(&web, &last).await;
            app.storage.delete_expired(app.clock.now()).await.unwrap();
        }
        web.refresh(&first.refresh).await.expect_error(400, "invalid_grant");
        ended(&app, &web, &[&last]).await;
        // And longer than its code.
        let first = web.login("alice", OFFLINE).await;
        app.clock.advance(80 * 60);
        let last = refreshed(&web, &first).await;
        app.clock.advance(60 * 60);
        app.storage.delete_expired(app.clock.now()).await.unwrap();
        web.redeem(&first.code).await.expect_error(400, "invalid_grant");
        ended(&app, &web, &[&last]).await;
    }
}

/// What a browser brings: the client and the name of the request.
fn bare(client: &str, request_uri: &str) -> String {
    let ask = Ask::of(client);
    let ask = ask.pairs().into_iter().fold(ask.clone(), |ask, (name, _)| ask.without(name));
    ask.add("client_id", client).add("request_uri", request_uri).path()
}

#[tokio::test]
async fn g40_a_pushed_request_is_one_browsers_and_is_spent_by_the_answer_be_it_yes_or_no() {
    for app in App::on_both("{}").await {
        let web = Client::new(&app, "web");
        for button in ["consent-allow", "consent-deny", "login-cancel"] {
            let path = bare("web", &web.pushed(&Ask::of("web")).await);
            let mut browser = Browser::new(&app);
            let page = browser.open(&path).await;
            assert_eq!(page.step(), "sign-in");
            Browser::new(&app).open(&path).await.expect_page(400, USED_UP);
            let mut signed_in = Browser::new(&app);
            signed_in.sign_in_at_home("alice").await;
            signed_in.open(&path).await.expect_page(400, USED_UP);
            let second_tab = browser.open(&path).await;
            assert_eq!(second_tab.step(), "sign-in", "its own browser may open it again while it waits");
            if button == "login-cancel" {
                browser.press(&page, button, &[]).await.expect_error("access_denied");
                browser.open(&path).await.expect_page(400, USED_UP);
                browser.sign_in(&second_tab, "alice").await;
                let tab = browser.open(&format!("/flow/{}", second_tab.flow())).await;
                assert_eq!(browser.allow(&tab).await.outside, None);
                continue;
            }
            let page = browser.sign_in(&page, "alice").await;
            let tab = browser.open(&format!("/flow/{}", second_tab.flow())).await;
            browser.press(&page, button, &[]).await.returned();
            browser.open(&path).await.expect_page(400, USED_UP);
            Browser::new(&app).open(&path).await.expect_page(400, USED_UP);
            browser.press(&tab, "consent-allow", &[]).await.expect_page(400, ANSWERED);
        }
        assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_grants").await, 1);
    }
}

#[tokio::test]
async fn g40_an_answer_without_a_page_spends_it_too() {
    for app in App::on_both("{}").await {
        let post = Client::new(&app, "post");
        let mut browser = Browser::new(&app);
        browser.sign_in_at_home("alice").await;
        let path = bare("post", &post.pushed(&Ask::of("post")).await);
        browser.open(&path).await.returned().code();
        browser.open(&path).await.expect_page(400, USED_UP);
        let ask = Ask::of("post").prompt("none").set("max_age", "0");
        let path = bare("post", &post.pushed(&ask).await);
        browser.open(&path).await.expect_error("login_required");
        browser.open(&path).await.expect_page(400, USED_UP);
    }
}

#[tokio::test]
async fn g40_it_ends_by_the_clock_and_belongs_to_its_client_and_issuer() {
    for app in App::on_both("{}").await {
        let web = Client::new(&app, "web");
        let request_uri = web.pushed(&Ask::of("web")).await;
        for other in ["web-2fa", "post", "spa", "nobody"] {
            let refusal = Browser::new(&app).open(&bare(other, &request_uri)).await;
            assert_eq!((refusal.status(), refusal.outside), (400, None), "{other}");
        }
        let path = bare("web", &request_uri);
        for origin in ["https://other.example.org", "http://127.0.0.1:9091"] {
            Browser::at(&app, origin).open(&path).await.expect_page(400, USED_UP);
        }
        let mut cut = request_uri.clone();
        cut.pop();
        for forged in [format!("{request_uri}x"), cut] {
            assert_eq!(Browser::new(&app).open(&bare("web", &forged)).await.status(), 400);
        }
        app.clock.advance(299);
        let mut browser = Browser::new(&app);
        assert_eq!(browser.open(&path).await.step(), "sign-in");
        app.clock.advance(1);
        browser.open(&path).await.expect_page(400, USED_UP);
        Browser::new(&app).open(&path).await.expect_page(400, USED_UP);
    }
}
