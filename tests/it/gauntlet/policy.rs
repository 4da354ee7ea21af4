//! The policy of a client holds on every path to a token: who is denied, or has proven too little, never gets one.

use super::ways::{Outcome, Way, send};
use crate::support::{App, Ask, Browser, Client, WaitingDevice};

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

#[tokio::test]
async fn g22_no_device_gets_anything_by_somebody_who_is_denied_or_has_proven_too_little() {
    for app in App::on_both(POLICIES).await {
        for (id, says) in CLIENTS {
            for scope in ["openid", "openid offline_access"] {
                let device = WaitingDevice::of(&Client::new(&app, id), scope).await;
                let mut browser = Browser::new(&app);
                browser.sign_in_at_home("bob").await;
                let page = browser.type_user_code(&device.user_code).await;
                if says.denies() {
                    assert_eq!(page.heading(), format!("{id} is not open to you"));
                    device.poll().await.expect_error(400, "access_denied");
                    continue;
                }
                assert_eq!(page.step(), "enrol", "{id}");
                let past = browser.open(&format!("/flow/{}/device", page.flow())).await;
                assert_eq!(past.step(), "enrol", "{id}");
                device.poll().await.expect_error(400, "authorization_pending");
            }
        }
        no_token_was_made(&app, "by a device").await;
    }
}

/// One client of every response type and grant that begins with a person, and remembers consents.
fn turning(policy: &str) -> String {
    let types = "[code, token, id_token, id_token token, code token, code id_token, code id_token token]";
    let grants =
        "[authorization_code, implicit, refresh_token, 'urn:ietf:params:oauth:grant-type:device_code']";
    format!(
        "identity_providers: {{oidc: {{authorization_policies: {{shut: {{default_policy: deny, rules: [{{policy: deny, subject: 'user:bob'}}]}}}}, clients: [{{client_id: \
         group, client_secret: 'digest:group-secret', redirect_uris: ['https://rp.example.com/callback'], \
         pre_configured_consent_duration: 1d, authorization_policy: {policy}, scopes: [openid, offline_access], \
         response_types: {types}, grant_types: {grants}}}]}}}}"
    )
}

/// What was asked, remembered and half given before is worth nothing.
#[tokio::test]
async fn g22_a_policy_that_turns_against_somebody_ends_every_way_to_a_token() {
    for app in App::on_both(&turning("one_factor")).await {
        let client = Client::new(&app, "group");
        let mut browser = Browser::new(&app);
        browser.sign_in_at_home("bob").await;
        let remembered = Ask::of("group").scope("openid");
        let page = browser.ask(&remembered).await;
        browser.press(&page, "consent-allow", &[("remember", "true")]).await.returned().code();
        let silent = remembered.clone().prompt("none");
        let code = browser.ask(&silent).await.returned().code();
        let offline = client.login_with(&mut browser, "bob", "openid offline_access").await;
        let waiting = browser.ask(&remembered.clone().prompt("consent")).await;
        let [allowed, pending] = [
            WaitingDevice::of(&client, "openid offline_access").await,
            WaitingDevice::of(&client, "openid offline_access").await,
        ];
        browser.allow_device(&allowed, "bob").await;
        let confirming = browser.reach_device(&pending, "bob").await;
        let made = async || app.sql.number("SELECT COUNT(*) FROM signet_access_tokens").await;
        let before = made().await;

        app.reconfigure(&turning("shut"));
        for response_type in [
            "code",
            "token",
            "id_token",
            "id_token token",
            "code token",
            "code id_token",
            "code id_token token",
        ] {
            for prompt in ["", "none", "consent", "login"] {
                let ask = remembered.clone().set("response_type", response_type).prompt(prompt);
                for way in Way::ALL {
                    let what = format!("{way:?} {response_type} {prompt}");
                    match send(&mut browser, &client, way, &ask).await {
                        Outcome::Asked(page) if prompt == "login" => {
                            assert_eq!(page.step(), "sign-in", "{what}");
                        }
                        told => told.expect_error("access_denied", &what),
                    }
                }
            }
        }
        browser.allow(&waiting).await.expect_error("access_denied");
        let page = browser.press(&confirming, "device-allow", &[]).await;
        assert_ne!(page.heading(), "Your device is connected");
        client.redeem(&code).await.expect_error(400, "invalid_grant");
        client.refresh(&offline.refresh).await.expect_error(400, "invalid_grant");
        app.clock.advance(5);
        for device in [&allowed, &pending] {
            let answer = device.poll().await;
            assert_eq!(answer.status, 400, "{}", answer.text());
            assert!(
                matches!(answer.error().as_str(), "access_denied" | "invalid_grant"),
                "{}",
                answer.text()
            );
        }
        app.userinfo(&offline.access).await.expect_error(401, "invalid_token");
        assert!(!client.is_active(&offline.access).await);
        assert_eq!(made().await, before, "no token was made");
    }
}
