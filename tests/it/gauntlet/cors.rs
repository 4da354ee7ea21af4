//! Which pages of other origins may read an answer: the listed ones, byte for byte, and no others.

use crate::support::{Answer, App, Client};

const APP: &str = "https://rp.example.com";

/// Origins that look like an allowed one, and those that stand for nobody.
const STRANGERS: &[&str] = &[
    "null",
    "",
    "https://rp.example.com.evil.org",
    "https://rp.example.comevil.org",
    "http://rp.example.com",
    "https://rp.example.com:444",
    "https://rp.example.com:443",
    "https://rp.example.com/",
    "https://rp.example.com?",
    "https://rp.example.com@evil.org",
    "https://evil.org#https://rp.example.com",
    "https://sub.rp.example.com",
    "HTTPS://RP.EXAMPLE.COM",
    "https://rp.example.com https://evil.org",
    "https://rp.example.com, https://evil.org",
    "https://rp.example.com.",
    "https://",
    "https:",
    "file://",
    "data:",
    "about:blank",
    "chrome-extension://abcdefgh",
    "https://rp.example.c\u{f6}m",
    "https://localhost:3000",
    "http://127.0.0.1",
];

const ENDPOINTS: &[(&str, &str)] = &[
    ("authorization", "/api/oidc/authorization"),
    ("pushed-authorization-request", "/api/oidc/pushed-authorization-request"),
    ("token", "/api/oidc/token"),
    ("introspection", "/api/oidc/introspection"),
    ("revocation", "/api/oidc/revocation"),
    ("userinfo", "/api/oidc/userinfo"),
];

/// Where a listed page may call with credentials, though no cookie is read.
const CREDENTIALS: &[&str] = &["token", "introspection", "revocation", "userinfo"];

/// What stays closed to other origins whatever is configured.
const CLOSED: &[&str] = &["/", "/logout"];

async fn with(cors: &str) -> App {
    App::with(&format!("identity_providers: {{oidc: {{cors: {cors}}}}}")).await
}

fn all_endpoints() -> String {
    let names: Vec<&str> = ENDPOINTS.iter().map(|(name, _)| *name).collect();
    format!("[{}]", names.join(", "))
}

/// The preflight, a refusal, and a GET, each from an origin.
async fn answers(app: &App, path: &str, origin: &str) -> [Answer; 3] {
    let from = |method: &'static str| app.call(method, path).raw_header("origin", origin.as_bytes());
    [
        from("OPTIONS").header("access-control-request-method", "POST").send().await,
        from("POST").form(&[]).send().await,
        from("GET").send().await,
    ]
}

#[track_caller]
fn closed(answer: &Answer, what: &str) {
    for name in [
        "access-control-allow-origin",
        "access-control-allow-credentials",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-expose-headers",
    ] {
        assert_eq!(answer.all(name), Vec::<&str>::new(), "{what}: {name}");
    }
}

#[tokio::test]
async fn g84_strangers_read_no_answer_of_any_endpoint() {
    let endpoints = all_endpoints();
    for listed in [
        format!("{{endpoints: {endpoints}, allowed_origins: ['{APP}']}}"),
        format!(
            "{{endpoints: {endpoints}, allowed_origins_from_client_redirect_uris: true, allowed_origins: ['{APP}']}}"
        ),
    ] {
        let app = with(&listed).await;
        let from_clients = listed.contains("from_client");
        for (name, path) in ENDPOINTS {
            for origin in STRANGERS {
                if from_clients && *origin == "http://127.0.0.1" {
                    // A redirect URI of `spa`.
                    continue;
                }
                for answer in answers(&app, path, origin).await {
                    closed(&answer, &format!("{path} from {origin:?}"));
                }
            }
            for answer in answers(&app, path, APP).await {
                assert_eq!(answer.all("access-control-allow-origin"), [APP], "{path}");
                let credentials = if CREDENTIALS.contains(name) { "true" } else { "" };
                assert_eq!(answer.header("access-control-allow-credentials"), credentials, "{path}");
                assert!(answer.all("vary").iter().any(|vary| vary.eq_ignore_ascii_case("origin")), "{path}");
            }
        }
        for path in CLOSED {
            for answer in answers(&app, path, APP).await {
                closed(&answer, path);
            }
        }
    }
}

/// A sandboxed frame and a file of the disk call themselves `null`, each of them the same.
#[tokio::test]
async fn g84_nobody_is_allowed_as_null_and_who_is_not_named_brings_no_credentials() {
    let endpoints = all_endpoints();
    for origins in ["['*']", "[]"] {
        let app = with(&format!("{{endpoints: {endpoints}, allowed_origins: {origins}}}")).await;
        for (_, path) in ENDPOINTS {
            for answer in answers(&app, path, "null").await {
                closed(&answer, &format!("{path} with {origins}"));
            }
            for answer in answers(&app, path, APP).await {
                assert_eq!(answer.all("access-control-allow-origin"), [APP], "{path}");
                assert_eq!(answer.header("access-control-allow-credentials"), "", "{path}");
            }
        }
    }
}

#[tokio::test]
async fn g84_an_endpoint_that_is_not_named_is_closed_to_all() {
    for (open, _) in ENDPOINTS {
        let app = with(&format!("{{endpoints: ['{open}'], allowed_origins: ['*']}}")).await;
        for (name, path) in ENDPOINTS.iter().filter(|(name, _)| name != open) {
            for answer in answers(&app, path, APP).await {
                closed(&answer, &format!("{name} beside {open}"));
            }
        }
    }
}

/// A whole answer with tokens in it, not only refusals.
#[tokio::test]
async fn g84_tokens_are_read_by_the_listed_alone() {
    let app = with(&format!("{{endpoints: [token, userinfo], allowed_origins: ['{APP}']}}")).await;
    let web = Client::new(&app, "web");
    for origin in [APP, "null", "https://rp.example.com.evil.org"] {
        let tokens = web.login("alice", "openid offline_access").await;
        let fields = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
        let refreshed =
            web.call("/api/oidc/token", &fields).header("origin", origin).send().await.expect(200);
        let bearer = format!("Bearer {}", tokens.access);
        let userinfo =
            app.get("/api/oidc/userinfo").header("authorization", &bearer).header("origin", origin);
        for answer in [refreshed, userinfo.send().await.expect(200)] {
            if origin == APP {
                assert_eq!(answer.header("access-control-allow-origin"), APP);
            } else {
                closed(&answer, origin);
            }
        }
    }
}
