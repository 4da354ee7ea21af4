//! A token is its client's, for its scope and audience, shown in the one right way.

use crate::support::client::{Tokens, code_fields};
use crate::support::{Answer, App, Ask, Browser, Client, WaitingDevice};

const OFFLINE: &str = "openid profile offline_access";
const USERINFO: &str = "/api/oidc/userinfo";

async fn inactive(caller: &Client, token: &str) {
    let answer = caller.call("/api/oidc/introspection", &[("token", token)]).send().await.expect(200);
    assert_eq!(answer.text(), r#"{"active":false}"#, "and nothing else");
    assert_eq!(answer.header("cache-control"), "no-store");
}

/// A token of every kind that a provider hands out.
pub(super) struct Every {
    pub web: Tokens,
    pub jwt: Tokens,
    service: String,
    machine: String,
}

impl Every {
    pub async fn at(app: &App) -> Self {
        let own = async |id: &str| {
            let body = Client::new(app, id).token(&[("grant_type", "client_credentials")]).await.expect(200);
            body.json()["access_token"].as_str().unwrap().to_owned()
        };
        Self {
            web: Client::new(app, "web").login("alice", OFFLINE).await,
            jwt: Client::new(app, "jwt").login("alice", "openid").await,
            service: own("service").await,
            machine: own("machine").await,
        }
    }

    /// Each with its owner.
    pub fn all(&self) -> [(&str, &str); 5] {
        [
            ("web", &self.web.access),
            ("web", &self.web.refresh),
            ("jwt", &self.jwt.access),
            ("service", &self.service),
            ("machine", &self.machine),
        ]
    }
}

#[tokio::test]
async fn g67_a_stranger_learns_nothing_of_a_token_and_cannot_end_it() {
    for app in App::on_both("{}").await {
        let every = Every::at(&app).await;
        let strangers = ["web", "jwt", "service", "machine", "api", "web-2fa", "post", "spa", "auditor"];
        for (owner, token) in every.all() {
            for caller in strangers.map(|id| Client::new(&app, id)).iter().filter(|it| it.id != owner) {
                if !matches!(caller.id.as_str(), "spa" | "auditor") {
                    inactive(caller, token).await;
                }
                for hint in ["access_token", "refresh_token", "nonsense"] {
                    let fields = [("token", token), ("token_type_hint", hint)];
                    let answer = caller.call("/api/oidc/revocation", &fields).send().await.expect(200);
                    assert_eq!((answer.body.len(), answer.header("cache-control")), (0, "no-store"));
                }
            }
            assert!(Client::new(&app, owner).is_active(token).await, "{owner}'s stands");
        }
        let web = Client::new(&app, "web");
        web.refresh(&every.web.refresh).await.expect(200);
        assert_eq!(app.sql.events("token.revoked", "").await, 0);
    }
}

#[tokio::test]
async fn g67_what_is_no_token_is_answered_as_a_strangers_is() {
    let app = App::start().await;
    let auditor = Client::new(&app, "auditor");
    let every = Every::at(&app).await;
    let code = Browser::new(&app).authorize(&Ask::of("web"), "alice").await.code();
    let spent = every.web.refresh.clone();
    Client::new(&app, "web").refresh(&spent).await.expect(200);
    let changed = format!("{}x", every.web.access);
    let unsigned = every.jwt.access.rsplit_once('.').unwrap().0.to_owned() + ".";
    for wrong in
        ["nonsense", "a.b.c", "signet_at_AAAA", &every.web.id, &code, &spent, &changed, &unsigned, " "]
    {
        inactive(&auditor, wrong).await;
        let answer = Client::new(&app, "web-2fa").revoke(wrong).await.expect(200);
        assert_eq!(answer.body.len(), 0);
    }
    Client::new(&app, "web").redeem(&code).await.expect(200);
}

async fn refresh_with(client: &Client, token: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    fields.extend(more);
    client.token(&fields).await
}

#[tokio::test]
async fn g68_no_refresh_reaches_beyond_the_grant_also_after_narrowing() {
    for app in App::on_both("{}").await {
        let web = Client::new(&app, "web");
        let ask = Ask::of("web").scope(OFFLINE).set("audience", "https://api.example.com");
        let code = Browser::new(&app).authorize(&ask, "alice").await.code();
        let mut refresh = Tokens::of(String::new(), web.redeem(&code).await.expect(200).json()).refresh;
        // Each round asks too much, then for less, and asks too much again of what came of it.
        for (scope, audience) in [("openid", ""), (OFFLINE, "https://api.example.com"), ("profile", "")] {
            for wider in [
                "openid profile groups",
                "openid read",
                "email",
                "openid profile offline_access write",
                "nonsense",
                "OPENID",
            ] {
                refresh_with(&web, &refresh, &[("scope", wider)]).await.expect_error(400, "invalid_scope");
            }
            for (name, wider) in [
                ("resource", "https://files.example.com"),
                ("audience", "https://files.example.com"),
                ("audience", "https://api.example.com https://files.example.com"),
                ("audience", "https://other.example.com"),
                ("resource", "https://api.example.com/"),
                ("resource", "https://api.example.com#x"),
                ("audience", "https://op.example.com"),
            ] {
                refresh_with(&web, &refresh, &[(name, wider)]).await.expect_error(400, "invalid_target");
            }
            let mut less = vec![("scope", scope)];
            less.extend((!audience.is_empty()).then_some(("resource", audience)));
            let body = refresh_with(&web, &refresh, &less).await.expect(200).json();
            assert_eq!(body["scope"], scope);
            let seen = web.introspect(body["access_token"].as_str().unwrap()).await;
            assert_eq!((&seen["scope"], &seen["aud"]), (&scope.into(), &"https://api.example.com".into()));
            refresh = body["refresh_token"].as_str().unwrap().to_owned();
        }
        let body = web.refresh(&refresh).await.expect(200).json();
        assert_eq!(body["scope"], OFFLINE, "all that was granted when nothing is named, and no more");
    }
}

#[tokio::test]
async fn g68_a_narrow_token_opens_no_more_than_it_names() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let first = web.login("alice", OFFLINE).await;
    let narrow = refresh_with(&web, &first.refresh, &[("scope", "openid")]).await.expect(200).json();
    let claims = app.userinfo(narrow["access_token"].as_str().unwrap()).await.expect(200).json();
    let told: Vec<&str> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(told, ["rat", "sub"], "who it is, and when the authorization was asked for");
    let token = narrow["refresh_token"].as_str().unwrap();
    let without = refresh_with(&web, token, &[("scope", "profile")]).await.expect(200).json();
    assert_eq!(without.get("id_token"), None);
    let access = without["access_token"].as_str().unwrap();
    app.userinfo(access).await.expect_error(403, "insufficient_scope");
}

#[tokio::test]
async fn g68_a_code_gives_no_other_audience_than_was_granted() {
    for app in App::on_both("{}").await {
        let web = Client::new(&app, "web");
        let redeem = async |ask: &Ask, name: &'static str, value: &'static str| {
            let code = Browser::new(&app).authorize(ask, "alice").await.code();
            let mut fields = code_fields("web", &code).to_vec();
            fields.push((name, value));
            (web.token(&fields).await, code)
        };
        let both = Ask::of("web").set("audience", "https://api.example.com https://files.example.com");
        let (answer, _) = redeem(&both, "resource", "https://files.example.com").await;
        let access = answer.expect(200).json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(web.introspect(&access).await["aud"], "https://files.example.com");
        for one in [Ask::of("web").set("resource", "https://api.example.com"), Ask::of("web")] {
            for name in ["resource", "audience"] {
                let (answer, code) = redeem(&one, name, "https://files.example.com").await;
                answer.expect_error(400, "invalid_target");
                web.redeem(&code).await.expect(200);
            }
        }
    }
}

#[tokio::test]
async fn g69_no_grant_and_no_endpoint_gives_a_scope_that_the_client_is_not_registered_for() {
    for app in App::on_both("{}").await {
        for (id, beyond) in [
            ("web-2fa", "openid email"),
            ("spa", "openid read"),
            ("post", "openid address"),
            ("jwt", "openid offline_access"),
            ("web", "openid nonsense"),
            ("web", "openid OFFLINE_ACCESS"),
            ("web", "openid openid.write"),
            ("web", "*"),
        ] {
            let ask = Ask::of(id).scope(beyond);
            Browser::new(&app).ask(&ask).await.expect_error("invalid_scope");
            Client::new(&app, id).push(&ask).await.expect_error(400, "invalid_scope");
        }
        let tv = Client::new(&app, "tv");
        for beyond in
            ["openid groups", "write", "openid nonsense", "openid READ", "*", "openid \"", "read\twrite"]
        {
            WaitingDevice::ask(&tv, &[("scope", beyond)]).await.expect_error(400, "invalid_scope");
        }
        for beyond in ["https://other.example.com", "https://api.example.com.other.example/"] {
            let fields = [("scope", "openid"), ("resource", beyond)];
            WaitingDevice::ask(&tv, &fields).await.expect_error(400, "invalid_target");
        }
        assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_device_codes").await, 0);
        for id in ["machine", "service"] {
            let client = Client::new(&app, id);
            let beyond = if id == "machine" { "write" } else { "email" };
            for scope in [
                beyond,
                &format!("read {beyond}"),
                "openid",
                "offline_access",
                "offline",
                "read openid",
                "read offline_access",
                "profile",
                "nonsense",
                "READ",
                "read \"",
                "read\tread",
            ] {
                let fields = [("grant_type", "client_credentials"), ("scope", scope)];
                client.token(&fields).await.expect_error(400, "invalid_scope");
            }
            let body = client.token(&[("grant_type", "client_credentials"), ("scope", "read")]).await;
            assert_eq!(body.expect(200).json()["scope"], "read");
        }
        assert_eq!(app.sql.number("SELECT COUNT(*) FROM signet_grants").await, 0);
    }
}

#[tokio::test]
async fn g69_the_scope_of_a_token_request_adds_nothing_to_a_code() {
    let app = App::start().await;
    let web = Client::new(&app, "web");
    let code = Browser::new(&app).authorize(&Ask::of("web").scope("openid"), "alice").await.code();
    let mut fields = code_fields("web", &code).to_vec();
    fields.push(("scope", "openid groups offline_access"));
    let body = web.token(&fields).await.expect(200).json();
    assert_eq!((&body["scope"], body.get("refresh_token")), (&"openid".into(), None));
}

#[tokio::test]
async fn g72_only_an_access_token_opens_userinfo() {
    for app in App::on_both("{}").await {
        let every = Every::at(&app).await;
        let code = Browser::new(&app).authorize(&Ask::of("web"), "alice").await.code();
        let (web, jwt) = (&every.web, &every.jwt);
        let parts: Vec<&str> = jwt.access.split('.').collect();
        let unsigned = format!("{}.{}.", parts[0], parts[1]);
        let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{}.", parts[1]);
        let bent = format!("{}.{}.{}", parts[0], web.id.split('.').nth(1).unwrap(), parts[2]);
        let longer = format!("{}x", web.access);
        for wrong in [
            "nonsense",
            "signet_at_AAAA",
            "a.b.c",
            &web.id,
            &jwt.id,
            &web.refresh,
            &code,
            &unsigned,
            &none,
            &bent,
            &longer,
        ] {
            for answer in every_way(&app, wrong).await {
                answer.expect_error(401, "invalid_token");
                let challenge = answer.header("www-authenticate");
                assert!(
                    challenge.starts_with("Bearer realm=\"signet\", error=\"invalid_token\""),
                    "{challenge}"
                );
                assert_eq!(answer.header("cache-control"), "no-store");
            }
        }
        let plain = Client::new(&app, "web").login("alice", "profile").await;
        for token in [&plain.access, &every.service, &every.machine] {
            for answer in every_way(&app, token).await {
                answer.expect_error(403, "insufficient_scope");
                assert!(answer.header("www-authenticate").contains("scope=\"openid\""));
            }
        }
        for token in [&web.access, &jwt.access] {
            for answer in every_way(&app, token).await {
                assert_eq!(answer.status, 200);
            }
        }
        app.clock.advance(3600);
        for token in [&web.access, &jwt.access] {
            app.userinfo(token).await.expect_error(401, "invalid_token");
        }
    }
}

/// The ways a token may come (RFC 6750 §2.1, §2.2).
async fn every_way(app: &App, token: &str) -> [Answer; 4] {
    let bearer = format!("Bearer {token}");
    [
        app.get(USERINFO).header("authorization", &bearer).send().await,
        app.get(USERINFO).header("authorization", &format!("bEARER {token}")).send().await,
        app.post(USERINFO).header("authorization", &bearer).send().await,
        app.post(USERINFO).form(&[("access_token", token)]).send().await,
    ]
}

#[tokio::test]
async fn g72_a_token_in_the_query_twice_or_in_another_scheme_is_refused() {
    let app = App::start().await;
    for tokens in [
        Client::new(&app, "web").login("alice", "openid").await,
        Client::new(&app, "jwt").login("alice", "openid").await,
    ] {
        let access = tokens.access.as_str();
        let bearer = format!("Bearer {access}");
        let query = format!("{USERINFO}?access_token={access}");
        let with = |header: &str| app.get(USERINFO).header("authorization", header);
        for refused in [
            app.get(&query),
            app.post(&query),
            app.get(&query).header("authorization", &bearer),
            app.post(&query).form(&[("access_token", access)]),
            app.post(USERINFO).header("authorization", &bearer).form(&[("access_token", access)]),
            app.post(USERINFO).form(&[("access_token", access), ("access_token", access)]),
            with(&bearer).header("authorization", &bearer),
            with(&format!("Bearer\t{access}")),
            with(&format!("bearer\t{access}")),
            with(&format!("Bearer  {access}")),
            with(&format!("Bearer {access} {access}")),
            with(&format!("Bearer {access},Bearer {access}")),
            with(&format!("Bearer \"{access}\"")),
            with("Bearer"),
            with("Bearer "),
            with(access),
            with(&format!("DPoP {access}")),
            with(&format!("Token {access}")),
            with(&format!("MAC {access}")),
            app.get(USERINFO).basic("web", "web-secret"),
            app.get(USERINFO).basic(access, ""),
        ] {
            let answer = refused.send().await;
            answer.expect_error(400, "invalid_request");
            assert!(answer.header("www-authenticate").contains("error=\"invalid_request\""));
        }
        let text = app.post(USERINFO).body("text/plain", format!("access_token={access}")).send().await;
        assert_eq!(text.status, 401, "a body that is no form carries no token");
        let json = app.post(USERINFO).body("application/json", format!("{{\"access_token\":\"{access}\"}}"));
        assert_eq!(json.send().await.status, 401);
        let cookie = app.get(USERINFO).header("cookie", &format!("access_token={access}")).send().await;
        assert_eq!((cookie.status, cookie.header("www-authenticate")), (401, "Bearer realm=\"signet\""));
        app.userinfo(access).await.expect(200);
    }
}
