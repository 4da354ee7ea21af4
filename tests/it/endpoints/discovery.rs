//! Discovery and keys: computed from what is configured, one document per issuer.

use serde_json::{Value, json};

use crate::support::App;

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// Every algorithm that a client may sign its assertions with.
const ASSERTION_ALGORITHMS: [&str; 12] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
    "ES512",
];

async fn document(app: &App, path: &str) -> Value {
    app.get(path).send().await.expect(200).json()
}

#[tokio::test]
async fn the_openid_document_says_what_is_there() {
    let app = App::start().await;
    let document = document(&app, OPENID).await;
    let expected = json!({
        "issuer": "https://op.example.com",
        "authorization_endpoint": "https://op.example.com/api/oidc/authorization",
        "token_endpoint": "https://op.example.com/api/oidc/token",
        "userinfo_endpoint": "https://op.example.com/api/oidc/userinfo",
        "introspection_endpoint": "https://op.example.com/api/oidc/introspection",
        "revocation_endpoint": "https://op.example.com/api/oidc/revocation",
        "pushed_authorization_request_endpoint": "https://op.example.com/api/oidc/pushed-authorization-request",
        "jwks_uri": "https://op.example.com/jwks.json",
        "response_types_supported": [
            "code", "id_token", "token", "id_token token", "code id_token", "code token", "code id_token token"
        ],
        "response_modes_supported": [
            "query", "fragment", "form_post", "query.jwt", "fragment.jwt", "form_post.jwt", "jwt"
        ],
        "grant_types_supported": [
            "authorization_code",
            "implicit",
            "refresh_token",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "device_authorization_endpoint": "https://op.example.com/api/oidc/device-authorization",
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "introspection_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"],
        "introspection_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "revocation_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
        "acr_values_supported": ["1", "2"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "request_parameter_supported": true,
        "request_uri_parameter_supported": true,
        "require_request_uri_registration": true,
        "claims_parameter_supported": true,
        "require_pushed_authorization_requests": false,
        "authorization_response_iss_parameter_supported": true,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&document[name], value, "{name}");
    }
    let has = |name: &str, value: &str| document[name].as_array().unwrap().contains(&json!(value));
    for algorithm in ["none", "HS256", "RS256", "PS512", "ES512"] {
        assert!(has("request_object_signing_alg_values_supported", algorithm), "{algorithm}");
    }
    for algorithm in ["RS256", "ES256"] {
        assert!(has("id_token_signing_alg_values_supported", algorithm));
    }
    for scope in
        ["openid", "offline_access", "profile", "email", "address", "phone", "groups", "read", "write"]
    {
        assert!(has("scopes_supported", scope), "{scope}");
    }
    for claim in
        ["sub", "auth_time", "amr", "acr", "name", "updated_at", "email_verified", "address", "groups"]
    {
        assert!(has("claims_supported", claim), "{claim}");
    }
    assert_eq!(document.get("registration_endpoint"), None, "it is not implemented");
}

#[tokio::test]
async fn every_address_it_names_is_served() {
    let app = App::start().await;
    let document = document(&app, OPENID).await;
    for (name, value) in document.as_object().unwrap() {
        if !name.ends_with("_endpoint") && name != "jwks_uri" {
            continue;
        }
        let path = value.as_str().unwrap().strip_prefix("https://op.example.com").expect("the issuer's own");
        let answer = app.call("OPTIONS", path).send().await;
        assert_eq!(answer.status, 200, "{name}");
        assert!(!answer.header("allow").is_empty(), "{name}");
    }
}

#[tokio::test]
async fn the_oauth_document_is_the_oauth_part() {
    let app = App::start().await;
    let (openid, oauth) = (document(&app, OPENID).await, document(&app, OAUTH).await);
    for (name, value) in oauth.as_object().unwrap() {
        assert_eq!(&openid[name], value, "{name}");
    }
    assert_eq!(oauth.get("id_token_signing_alg_values_supported"), None);
    assert_eq!(oauth["issuer"], "https://op.example.com");
}

#[tokio::test]
async fn it_follows_the_configuration() {
    let app = App::with(
        "identity_providers: {oidc: {enable_pkce_plain_challenge: true, require_pushed_authorization_requests: true}}",
    )
    .await;
    let document = document(&app, OPENID).await;
    assert_eq!(document["code_challenge_methods_supported"], json!(["S256", "plain"]));
    assert_eq!(document["require_pushed_authorization_requests"], true);
}

#[tokio::test]
async fn each_issuer_has_its_own() {
    let app = App::start().await;
    for issuer in ["https://op.example.com", "https://other.example.org", "http://127.0.0.1:9091"] {
        let host = issuer.split_once("://").unwrap().1;
        let document = app.get(OPENID).host(host).send().await.expect(200).json();
        assert_eq!(document["issuer"], issuer);
        assert_eq!(document["token_endpoint"], format!("{issuer}/api/oidc/token"));
    }
}

#[tokio::test]
async fn the_base_path_stands_in_every_address_and_before_every_route() {
    let app = App::with(include_str!("base_path.yml")).await;
    let document = document(&app, "/auth/.well-known/openid-configuration").await;
    assert_eq!(document["issuer"], "https://op.example.com/auth");
    assert_eq!(document["token_endpoint"], "https://op.example.com/auth/api/oidc/token");
    app.get("/auth/jwks.json").send().await.expect(200);
    // RFC 8414 §3.1 puts the well-known part before the path of the issuer.
    let metadata = app.get("/.well-known/oauth-authorization-server/auth").send().await.expect(200).json();
    assert_eq!(metadata["issuer"], "https://op.example.com/auth");
    for path in ["/auth//.well-known/oauth-authorization-server", "/auth//.well-known/openid-configuration"] {
        let metadata = app.get(path).send().await.expect(200).json();
        assert_eq!(metadata["issuer"], "https://op.example.com/auth", "{path}");
    }
    app.get("/auth/api/health").host("10.0.0.1").send().await.expect(200);
    app.get("/api/health").host("10.0.0.1").send().await.expect(200);
    let page = app.get("/auth").send().await.expect(200);
    assert!(page.text().contains("href=\"/auth/static/"));
    let mut browser = crate::support::Browser::new(&app);
    let view = browser.open(&format!("/auth{}", crate::support::Ask::of("web").path())).await;
    assert!(view.path.starts_with("/auth/flow/"), "{}", view.path);
}

#[tokio::test]
async fn documents_are_cached_revalidated_and_open_to_every_origin() {
    let app = App::start().await;
    for path in [OPENID, OAUTH, "/jwks.json"] {
        let answer = app.get(path).header("origin", "https://spa.example.net").send().await.expect(200);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert!(answer.header("cache-control").contains("max-age=900"));
        let etag = answer.header("etag").to_owned();
        assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
        for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
            let again = app.get(path).header("if-none-match", &known).send().await;
            assert_eq!(
                (again.status, again.body.len(), again.header("etag")),
                (304, 0, etag.as_str()),
                "{known}"
            );
        }
        app.get(path).header("if-none-match", "\"other\"").send().await.expect(200);
        let head = app.call("HEAD", path).send().await.expect(200);
        assert_eq!(head.body.len(), 0);
    }
}

#[tokio::test]
async fn the_key_set_is_public_and_complete() {
    let app = App::start().await;
    let body = document(&app, "/jwks.json").await;
    let keys = body["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    for (key, algorithm, kty) in [(&keys[0], "RS256", "RSA"), (&keys[1], "ES256", "EC")] {
        assert_eq!((&key["alg"], &key["kty"], &key["use"]), (&json!(algorithm), &json!(kty), &json!("sig")));
        let kid = key["kid"].as_str().unwrap();
        let (hex, rest) = kid.split_once('-').unwrap();
        assert_eq!((hex.len(), rest), (7, algorithm.to_lowercase().as_str()), "{kid}");
        assert!(hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert_eq!(key.get(private), None, "{private} is secret");
        }
    }
}

#[tokio::test]
async fn two_slashes_before_a_well_known_document_are_as_good_as_one() {
    let app = App::start().await;
    for path in [OPENID, OAUTH] {
        let one = app.get(path).send().await.expect(200);
        let two = app.get(&format!("/{path}")).send().await.expect(200);
        assert_eq!(one.text(), two.text(), "{path}");
    }
    for path in ["//jwks.json", "///.well-known/openid-configuration", "//api/oidc/userinfo", "//logout"] {
        app.get(path).send().await.expect(404);
    }
}
