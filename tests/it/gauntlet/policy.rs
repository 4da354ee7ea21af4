//! The policy of a client holds on every path to a token: who is denied, or has proven too little, never gets one.

use super::ways::{Outcome, Way, send};
use crate::support::{App, Ask, Browser, Client};

const POLICIES: &str = include_str!("policy.yml");

/// What the policy of a client says of bob, who is signed in with his password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// A rule for his group denies.
    Denied,
    /// No rule is for him, and the default denies.
    DeniedByDefault,
    /// A rule for the network he comes from denies.
    DeniedByNetwork,
    /// Two factors are asked.
    TwoFactors,
    /// The same by a rule.
    TwoFactorsByRule,
}

const CLIENTS: [(&str, Says); 5] = [
    ("group", Says::Denied),
    ("default", Says::DeniedByDefault),
    ("network", Says::DeniedByNetwork),
    ("two", Says::TwoFactors),
    ("rule", Says::TwoFactorsByRule),
];

impl Says {
    fn denies(self) -> bool {
        matches!(self, Self::Denied | Self::DeniedByDefault | Self::DeniedByNetwork)
    }
}

async fn no_token_was_made(app: &App, what: &str) {
    for table in
        ["signet_grants", "signet_authorization_codes", "signet_access_tokens", "signet_refresh_tokens"]
    {
        assert_eq!(app.sql.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{what}: {table}");
    }
}

/// Requests that try to get round a step.
fn asks(id: &str) -> Vec<Ask> {
    let ask = Ask::of(id).scope("openid offline_access");
    vec![
        ask.clone(),
        ask.clone().prompt("none"),
        ask.clone().prompt("consent"),
        ask.clone().set("max_age", "100000"),
        ask.clone().set("acr_values", "urn:signet:unknown"),
        ask.clone().set("login_hint", "alice"),
        ask.clone().scope("openid"),
        ask.clone().set("response_mode", "fragment"),
        ask.clone().set("response_mode", "form_post"),
    ]
}

#[tokio::test]
async fn g22_who_is_denied_or_has_proven_too_little_gets_nothing_by_any_path() {
    for app in App::on_both(POLICIES).await {
        for (id, says) in CLIENTS {
            let client = Client::new(&app, id);
            let mut browser = Browser::new(&app);
            browser.sign_in_at_home("bob").await;
            for ask in asks(id) {
                for way in Way::ALL {
                    let what = format!("{way:?} {id} {}", ask.encoded());
                    let none = ask.encoded().contains("prompt=none");
                    match send(&mut browser, &client, way, &ask).await {
                        Outcome::Told(returned) => {
                            assert_eq!(returned.get("code"), "", "{what}");
                            let error = returned.get("error");
                            if says.denies() {
                                assert_eq!(error, "access_denied", "{what}");
                            } else {
                                assert!(none, "{what}: {error}");
                                assert!(
                                    matches!(
                                        error,
                                        "login_required"
                                            | "interaction_required"
                                            | "unmet_authentication_requirements"
                                    ),
                                    "{what}: {error}"
                                );
                            }
                        }
                        Outcome::Asked(page) => {
                            assert!(!says.denies() && !none, "{what}: {}", page.text());
                            assert_eq!(page.step(), "enrol", "{what}");
                        }
                        other => panic!("{what}: {other:?}"),
                    }
                }
            }
        }
        no_token_was_made(&app, "by any path").await;
    }
}

/// Signed in while it is asked, not before.
#[tokio::test]
async fn g22_nobody_denied_sees_a_page_that_asks_for_consent() {
    let app = App::with(POLICIES).await;
    for (id, says) in CLIENTS {
        let mut browser = Browser::new(&app);
        let page = browser.ask(&Ask::of(id)).await;
        assert_eq!(page.step(), "sign-in");
        let next = browser.sign_in(&page, "bob").await;
        if says.denies() {
            next.expect_error("access_denied");
        } else {
            assert_eq!(next.step(), "enrol", "{id}");
        }
    }
    no_token_was_made(&app, "at sign-in").await;
}
