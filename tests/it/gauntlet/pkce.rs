//! The proof key for code exchange (RFC 7636): asked for, bound to the code, asked for again.

use super::ways::{Outcome, Way, by_name, send, send_anew};
use crate::support::client::{Method, code_fields};
use crate::support::{Answer, App, Ask, Browser, Client, VERIFIER};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Clients that ask for no consent: a confidential one of each kind of registration, and a public one.
const CLIENTS: &str = "
identity_providers:
  oidc:
    clients:
      - client_id: web
        client_secret: digest:web-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        consent_mode: implicit
        response_modes: [query, fragment, form_post]
      - client_id: spa
        public: true
        redirect_uris: [https://rp.example.com/spa]
        authorization_policy: one_factor
        consent_mode: implicit
        response_modes: [query, fragment, form_post]
      - client_id: must
        client_secret: digest:must-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        consent_mode: implicit
        require_pkce: true
      - client_id: only-s256
        client_secret: digest:only-s256-secret
        redirect_uris: [https://rp.example.com/callback]
        authorization_policy: one_factor
        consent_mode: implicit
        pkce_challenge_method: S256
";

fn configured(option: &str) -> String {
    CLIENTS.replacen("  oidc:\n", &format!("  oidc:\n    {option}\n"), 1)
}

fn client(app: &App, id: &str) -> Client {
    let method = if id == "spa" { Method::None } else { Method::Basic };
    Client { method, ..Client::new(app, id) }
}

fn plain(ask: Ask) -> Ask {
    ask.set("code_challenge", VERIFIER).set("code_challenge_method", "plain")
}

async fn code_of(browser: &mut Browser, client: &Client, way: Way, ask: &Ask) -> String {
    match send(browser, client, way, ask).await {
        Outcome::Told(told) => told.code(),
        other => panic!("{way:?} {}: {other:?}", ask.encoded()),
    }
}

/// A token request with another verifier, or none.
async fn redeem(client: &Client, code: &str, verifier: Option<&str>) -> Answer {
    let fields = code_fields(&client.id, code);
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .filter_map(|(name, value)| match *name {
            "code_verifier" => verifier.map(|verifier| (*name, verifier)),
            _ => Some((*name, *value)),
        })
        .collect();
    client.token(&fields).await
}

#[tokio::test]
async fn g76_only_the_verifier_redeems_the_code_and_a_wrong_one_spends_it() {
    only_the_verifier(App::with(&configured("enable_pkce_plain_challenge: true")).await).await;
}

#[tokio::test]
async fn g76_only_the_verifier_redeems_the_code_and_a_wrong_one_spends_it_on_postgresql() {
    only_the_verifier(App::on_postgres_with(&configured("enable_pkce_plain_challenge: true")).await).await;
}

async fn only_the_verifier(app: App) {
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let padded = format!("{VERIFIER}=");
    let longer = format!("{VERIFIER}x");
    let swapped = VERIFIER.to_uppercase();
    let huge = "a".repeat(129);
    let shorter: String = VERIFIER.chars().take(42).collect();
    let wrong = [
        None,
        Some(""),
        Some("another-verifier-another-verifier-another-ver"),
        Some(&shorter),
        Some(&longer),
        Some(&padded),
        Some(&swapped),
        Some(&huge),
        Some("short"),
        Some(" "),
    ];
    for id in ["web", "spa", "must"] {
        let client = client(&app, id);
        for (ask, asked) in [(Ask::of(id), "S256"), (plain(Ask::of(id)), "plain")] {
            // What was sent in the open proves nothing of an S256 challenge.
            let seen = if asked == "S256" { Some(CHALLENGE) } else { None };
            for (number, verifier) in wrong.iter().copied().chain([seen]).enumerate() {
                let way = Way::ALL[number % Way::ALL.len()];
                let code = code_of(&mut browser, &client, way, &ask).await;
                let answer = redeem(&client, &code, verifier).await;
                let what = format!("{id} {asked} {verifier:?}");
                assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_grant"), "{what}");
                let again = redeem(&client, &code, Some(VERIFIER)).await;
                assert_eq!(again.error(), "invalid_grant", "{what}: it is spent");
            }
            let code = code_of(&mut browser, &client, Way::Get, &ask).await;
            redeem(&client, &code, Some(VERIFIER)).await.expect(200);
        }
    }
}

#[tokio::test]
async fn g76_a_verifier_for_a_code_without_a_challenge_is_a_downgrade() {
    let app = App::with(CLIENTS).await;
    let web = client(&app, "web");
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    for way in Way::ALL {
        let bare = Ask::of("web").without_pkce();
        let code = code_of(&mut browser, &web, way, &bare).await;
        redeem(&web, &code, Some(VERIFIER)).await.expect_error(400, "invalid_grant");
        redeem(&web, &code, None).await.expect_error(400, "invalid_grant");
        let code = code_of(&mut browser, &web, way, &bare).await;
        redeem(&web, &code, None).await.expect(200);
    }
}

#[tokio::test]
async fn g78_a_challenge_is_whole_and_of_a_method_that_is_on() {
    let app = App::with(CLIENTS).await;
    let long = "a".repeat(129);
    let less: String = CHALLENGE.chars().take(42).collect();
    let challenges = [
        "short",
        &less,
        &format!("{CHALLENGE}x"),
        &format!("{CHALLENGE}="),
        &format!("{less}+"),
        &format!("{less}/"),
        &format!("{less}~"),
        &format!("{less}\u{e9}"),
        &format!(" {less}"),
        &long,
    ];
    for id in ["web", "spa", "must", "only-s256"] {
        let client = client(&app, id);
        let ask = Ask::of(id);
        let mut wrong = vec![
            plain(ask.clone()),
            ask.clone().set("code_challenge_method", "plain"),
            // No method means plain (RFC 7636 §4.3).
            ask.clone().without("code_challenge_method"),
            ask.clone().set("code_challenge_method", ""),
            ask.clone().without("code_challenge"),
            ask.clone().set("code_challenge", ""),
        ];
        for method in ["s256", "S512", "S-256", "PLAIN", "none", "S256 plain", "plain S256", "S256\u{0}"] {
            wrong.push(ask.clone().set("code_challenge_method", method));
        }
        wrong.extend(challenges.iter().map(|challenge| ask.clone().set("code_challenge", challenge)));
        for ask in &wrong {
            for way in Way::ALL {
                let what = format!("{way:?} {}", ask.encoded());
                let outcome = send_anew(&client, way, ask).await;
                if ask.encoded().contains("%00") {
                    outcome.expect_no_way_out(&what);
                } else {
                    outcome.expect_error("invalid_request", &what);
                }
            }
        }
        for way in Way::ALL {
            send_anew(&client, way, &ask).await.expect_asked(&format!("{way:?} {id}"));
        }
    }
}

#[tokio::test]
async fn g78_plain_is_for_whom_the_configuration_lets() {
    let app = App::with(&configured("enable_pkce_plain_challenge: true")).await;
    for way in Way::ALL {
        for id in ["web", "spa", "must"] {
            let client = client(&app, id);
            send_anew(&client, way, &plain(Ask::of(id))).await.expect_asked(id);
            let bare = plain(Ask::of(id)).without("code_challenge_method");
            send_anew(&client, way, &bare).await.expect_asked(id);
            for method in ["s256", "S512", "PLAIN"] {
                let ask = Ask::of(id).set("code_challenge_method", method);
                send_anew(&client, way, &ask).await.expect_error("invalid_request", method);
            }
            let short = Ask::of(id).set("code_challenge", "short").set("code_challenge_method", "plain");
            send_anew(&client, way, &short)
                .await
                .expect_error("invalid_request", "too short to be a verifier");
        }
        let strict = client(&app, "only-s256");
        let ask = plain(Ask::of("only-s256"));
        send_anew(&strict, way, &ask).await.expect_error("invalid_request", "pkce_challenge_method");
        let outcome = send_anew(&strict, way, &Ask::of("only-s256").without_pkce()).await;
        outcome.expect_error("invalid_request", "a registered method means that there is one");
    }
}

#[tokio::test]
async fn g80_the_challenge_binds_however_request_and_answer_travel() {
    let app = App::with(CLIENTS).await;
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    for id in ["web", "spa"] {
        let client = client(&app, id);
        for way in Way::ALL {
            for mode in ["query", "fragment", "form_post"] {
                let ask = Ask::of(id).set("response_mode", mode);
                let code = code_of(&mut browser, &client, way, &ask).await;
                redeem(&client, &code, None).await.expect_error(400, "invalid_grant");
                let code = code_of(&mut browser, &client, way, &ask).await;
                redeem(&client, &code, Some(VERIFIER)).await.expect(200);
                let wrong = ask.clone().set("code_challenge_method", "S512");
                let outcome = send(&mut browser, &client, way, &wrong).await;
                outcome.expect_error("invalid_request", &format!("{way:?} {mode}"));
                if id == "spa" {
                    let outcome = send(&mut browser, &client, way, &ask.without_pkce()).await;
                    outcome.expect_error("invalid_request", &format!("{way:?} {mode}"));
                }
            }
        }
    }
}

#[tokio::test]
async fn g80_a_challenge_beside_a_pushed_request_does_not_count() {
    let app = App::with(CLIENTS).await;
    let web = client(&app, "web");
    let mut browser = Browser::new(&app);
    browser.sign_in_at_home("alice").await;
    let others = "another-verifier-another-verifier-another-ver";
    let digest = signet::secrets::mac::sha256_base64url(others.as_bytes());
    let beside = format!("&code_challenge={digest}&code_challenge_method=S256");
    let request_uri = web.pushed(&Ask::of("web")).await;
    let code = browser.open(&(by_name("web", &request_uri) + &beside)).await.returned().code();
    redeem(&web, &code, Some(others)).await.expect_error(400, "invalid_grant");
    let request_uri = web.pushed(&Ask::of("web")).await;
    let code = browser.open(&(by_name("web", &request_uri) + &beside)).await.returned().code();
    redeem(&web, &code, Some(VERIFIER)).await.expect(200);
    // One that was pushed without a challenge gets none from beside it.
    let request_uri = web.pushed(&Ask::of("web").without_pkce()).await;
    let code = browser.open(&(by_name("web", &request_uri) + &beside)).await.returned().code();
    redeem(&web, &code, None).await.expect(200);
}

#[tokio::test]
async fn g81_a_proof_key_is_there_where_it_must_be() {
    for (option, refused) in [
        ("", &["spa", "must", "only-s256"][..]),
        ("enforce_pkce: public_clients_only", &["spa", "must", "only-s256"]),
        ("enforce_pkce: always", &["web", "spa", "must", "only-s256"]),
        ("enforce_pkce: never", &["must", "only-s256"]),
    ] {
        let fragment = if option.is_empty() { CLIENTS.to_owned() } else { configured(option) };
        let app = App::with(&fragment).await;
        for id in ["web", "spa", "must", "only-s256"] {
            let client = client(&app, id);
            for way in Way::ALL {
                let what = format!("{option} {id} {way:?}");
                let asks = [Ask::of(id).without_pkce(), Ask::of(id).without_pkce().set("code_challenge", "")];
                for ask in asks {
                    let outcome = send_anew(&client, way, &ask).await;
                    if refused.contains(&id) {
                        outcome.expect_error("invalid_request", &what);
                    } else {
                        outcome.expect_asked(&what);
                    }
                }
                send_anew(&client, way, &Ask::of(id)).await.expect_asked(&what);
            }
        }
    }
}
