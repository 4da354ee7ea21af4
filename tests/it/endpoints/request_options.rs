//! Options about every request hold by every way that a request can come: as parameters, pushed, in a request object; of
//! every kind of response type; and for devices as far as they are meant for them.

use crate::gauntlet::ways::{Outcome, Way, send_anew};
use crate::support::request_object::{RequestObject, by_value};
use crate::support::{App, Ask, Client, VERIFIER, WaitingDevice};

const TYPES: [&str; 4] = ["code", "code id_token", "code id_token token", "id_token token"];

async fn with(option: &str) -> App {
    App::with(&format!(
        "identity_providers: {{oidc: {{{option}clients: [{{client_id: web, client_secret: 'digest:web-secret', \
         redirect_uris: ['https://rp.example.com/callback'], authorization_policy: one_factor, scopes: [openid], \
         response_types: [code, code id_token, code id_token token, id_token token], grant_types: [authorization_code, \
         implicit, 'urn:ietf:params:oauth:grant-type:device_code']}}]}}}}"
    ))
    .await
}

/// What comes of a request by each way, bare and in a request object; with words for a failure.
async fn by_every_way(app: &App, ask: &Ask) -> Vec<(String, Outcome)> {
    let client = Client::new(app, "web");
    let mut outcomes = Vec::new();
    for way in Way::ALL {
        let object = by_value("web", &RequestObject::of(ask).unsigned());
        for (form, ask) in [("bare", ask), ("in an object", &object)] {
            let what = format!("{way:?} {form} {}", ask.encoded());
            outcomes.push((what, send_anew(&client, way, ask).await));
        }
    }
    outcomes
}

async fn taken(app: &App, ask: &Ask) {
    for (what, outcome) in by_every_way(app, ask).await {
        outcome.expect_asked(&what);
    }
}

async fn refused(app: &App, ask: &Ask) {
    for (what, outcome) in by_every_way(app, ask).await {
        outcome.expect_error("invalid_request", &what);
    }
}

fn ask(response_type: &str) -> Ask {
    Ask::of("web").set("response_type", response_type)
}

/// A device sends neither state nor nonce, and no challenge (RFC 8628 §3.1).
async fn devices_may(app: &App) {
    WaitingDevice::of(&Client::new(app, "web"), "openid").await;
}

#[tokio::test]
async fn minimum_parameter_entropy_holds_by_every_way() {
    for (option, short, enough) in [
        ("", "1234567", "12345678"),
        ("minimum_parameter_entropy: 12, ", "12345678901", "123456789012"),
        ("minimum_parameter_entropy: -1, ", "", "1"),
    ] {
        let app = with(option).await;
        for response_type in TYPES {
            for name in ["state", "nonce"] {
                if !short.is_empty() {
                    refused(&app, &ask(response_type).set(name, short)).await;
                }
                taken(&app, &ask(response_type).set(name, enough)).await;
            }
        }
        devices_may(&app).await;
    }
}

#[tokio::test]
async fn enforce_pkce_holds_by_every_way_that_ends_in_a_code() {
    for (option, enforced) in
        [("", false), ("enforce_pkce: always, ", true), ("enforce_pkce: never, ", false)]
    {
        let app = with(option).await;
        for response_type in TYPES {
            let bare = ask(response_type).without_pkce();
            if enforced && response_type.contains("code") {
                refused(&app, &bare).await;
            } else {
                taken(&app, &bare).await;
            }
            taken(&app, &ask(response_type)).await;
        }
        devices_may(&app).await;
    }
}

#[tokio::test]
async fn plain_is_taken_where_it_is_enabled_by_every_way() {
    for (option, enabled) in [("", false), ("enable_pkce_plain_challenge: true, ", true)] {
        let app = with(option).await;
        for response_type in TYPES {
            let named =
                ask(response_type).set("code_challenge", VERIFIER).set("code_challenge_method", "plain");
            // RFC 7636 section 4.3: a challenge without a method is a plain one.
            let by_default =
                ask(response_type).set("code_challenge", VERIFIER).without("code_challenge_method");
            for plain in [named, by_default] {
                if enabled {
                    taken(&app, &plain).await;
                    // A plain challenge protects nobody who sends no state.
                    refused(&app, &plain.without("state")).await;
                } else {
                    refused(&app, &plain).await;
                }
            }
        }
    }
}

/// What is told of a request, in the `error_description`.
fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Told(returned) => returned.get("error_description").to_owned(),
        Outcome::Json(answer) => answer.json()["error_description"].as_str().unwrap().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn debug_messages_say_more_by_every_way_and_at_every_endpoint() {
    let (quiet, loud) = (with("").await, with("enable_client_debug_messages: true, ").await);
    for response_type in TYPES {
        let wrong = ask(response_type).set("id_token_hint", "garbage");
        let pairs = by_every_way(&quiet, &wrong).await.into_iter().zip(by_every_way(&loud, &wrong).await);
        for ((what, less), (_, more)) in pairs {
            let (less, more) = (said(&less), said(&more));
            assert!(more.len() > less.len() && more.starts_with(&less), "{what}: {less} | {more}");
        }
    }
    for path in [
        "/api/oidc/token",
        "/api/oidc/pushed-authorization-request",
        "/api/oidc/device-authorization",
        "/api/oidc/introspection",
        "/api/oidc/revocation",
    ] {
        let answer = async |app: &App| {
            let wrong = Client { secret: "wrong".to_owned(), ..Client::new(app, "web") };
            let answer = wrong.call(path, &[("token", "x")]).send().await.expect(401).json();
            answer["error_description"].as_str().unwrap().to_owned()
        };
        let (less, more) = (answer(&quiet).await, answer(&loud).await);
        assert!(more.len() > less.len() && more.starts_with(&less), "{path}: {less} | {more}");
        assert!(!more.contains("wrong-secret") && !less.contains("secret is wrong"), "{path}");
    }
}
