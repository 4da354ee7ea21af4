//! The plan Config: what discovery and the keys must say (OpenID Connect Discovery 1.0 §3, RFC 8414 §2).

use std::collections::BTreeSet;

use serde_json::Value;

use super::FRAGMENT;
use crate::support::App;
use crate::support::site::ISSUER;

/// The names that the registry of authorization server metadata knows (RFC 8414 §7.1).
const REGISTERED: &str = "issuer authorization_endpoint token_endpoint jwks_uri registration_endpoint scopes_supported \
    response_types_supported response_modes_supported grant_types_supported token_endpoint_auth_methods_supported \
    token_endpoint_auth_signing_alg_values_supported service_documentation ui_locales_supported op_policy_uri op_tos_uri \
    revocation_endpoint revocation_endpoint_auth_methods_supported revocation_endpoint_auth_signing_alg_values_supported \
    introspection_endpoint introspection_endpoint_auth_methods_supported \
    introspection_endpoint_auth_signing_alg_values_supported code_challenge_methods_supported signed_metadata \
    device_authorization_endpoint tls_client_certificate_bound_access_tokens mtls_endpoint_aliases \
    nfv_token_signing_alg_values_supported nfv_token_encryption_alg_values_supported \
    nfv_token_encryption_enc_values_supported userinfo_endpoint acr_values_supported subject_types_supported \
    id_token_signing_alg_values_supported id_token_encryption_alg_values_supported \
    id_token_encryption_enc_values_supported userinfo_signing_alg_values_supported \
    userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported \
    request_object_signing_alg_values_supported request_object_encryption_alg_values_supported \
    request_object_encryption_enc_values_supported display_values_supported claim_types_supported claims_supported \
    claims_locales_supported claims_parameter_supported request_parameter_supported request_uri_parameter_supported \
    require_request_uri_registration require_signed_request_object pushed_authorization_request_endpoint \
    require_pushed_authorization_requests introspection_signing_alg_values_supported \
    introspection_encryption_alg_values_supported introspection_encryption_enc_values_supported \
    authorization_response_iss_parameter_supported check_session_iframe frontchannel_logout_supported \
    backchannel_logout_supported backchannel_logout_session_supported end_session_endpoint \
    backchannel_token_delivery_modes_supported backchannel_authentication_endpoint \
    backchannel_authentication_request_signing_alg_values_supported backchannel_user_code_parameter_supported \
    dpop_signing_alg_values_supported client_registration_types_supported prompt_values_supported \
    authorization_signing_alg_values_supported authorization_encryption_alg_values_supported \
    authorization_encryption_enc_values_supported";

async fn document(app: &App, path: &str) -> Value {
    let answer = app.get(path).send().await.expect(200);
    assert!(answer.header("content-type").starts_with("application/json"), "{path}");
    answer.json()
}

fn texts<'a>(metadata: &'a Value, name: &str) -> Vec<&'a str> {
    let list = metadata[name].as_array().unwrap_or_else(|| panic!("{name} is a list"));
    list.iter().map(|each| each.as_str().unwrap_or_else(|| panic!("{name}: {each}"))).collect()
}

#[tokio::test]
async fn oidcc_discovery_endpoint_verification() {
    let app = App::with(FRAGMENT).await;
    let metadata = document(&app, "/.well-known/openid-configuration").await;
    assert_eq!(metadata["issuer"], ISSUER);
    let known: BTreeSet<&str> = REGISTERED.split_whitespace().collect();
    for (name, value) in metadata.as_object().unwrap() {
        assert!(known.contains(name.as_str()), "{name} is a member that nobody knows");
        assert!(!value.is_null(), "{name}");
        if name.ends_with("_endpoint") || name.ends_with("_uri") {
            assert!(value.as_str().unwrap().starts_with("https://"), "{name}");
        }
        if let Some(list) = value.as_array() {
            let distinct: BTreeSet<String> = list.iter().map(Value::to_string).collect();
            assert!(!list.is_empty() && distinct.len() == list.len(), "{name}: {value}");
            assert!(list.iter().all(Value::is_string), "{name}: {value}");
        }
    }
    for endpoint in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        assert!(metadata[endpoint].is_string(), "{endpoint}");
    }
    // What is certified is offered: OpenID Connect Core 1.0 §3.
    let types = texts(&metadata, "response_types_supported");
    for each in ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"] {
        assert!(types.contains(&each), "{each}");
    }
    for each in ["authorization_code", "implicit", "refresh_token"] {
        assert!(texts(&metadata, "grant_types_supported").contains(&each), "{each}");
    }
    for each in ["query", "fragment", "form_post"] {
        assert!(texts(&metadata, "response_modes_supported").contains(&each), "{each}");
    }
    assert!(texts(&metadata, "id_token_signing_alg_values_supported").contains(&"RS256"));
    assert!(texts(&metadata, "scopes_supported").contains(&"openid"));
    assert!(!texts(&metadata, "subject_types_supported").is_empty());
    assert!(texts(&metadata, "claims_supported").contains(&"sub"));
    assert!(texts(&metadata, "code_challenge_methods_supported").contains(&"S256"));
    if metadata["request_object_signing_alg_values_supported"].is_array() {
        assert!(texts(&metadata, "request_object_signing_alg_values_supported").contains(&"RS256"));
    }
    // Its absence would mean true (OpenID Connect Discovery 1.0 §3).
    assert!(metadata["request_uri_parameter_supported"].is_boolean());
    let keys = document(&app, "/jwks.json").await;
    let keys = keys["keys"].as_array().unwrap();
    let ids: BTreeSet<&str> = keys.iter().map(|key| key["kid"].as_str().expect("a kid")).collect();
    assert_eq!(ids.len(), keys.len(), "a kid is one key's");
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{private} is private");
        }
        if key["kty"] == "RSA" {
            assert!(key["n"].as_str().unwrap().len() >= 342, "2048 bits or more");
        }
    }
    assert!(keys.iter().any(|key| key["alg"] == "RS256"));
}

#[tokio::test]
async fn the_other_document_says_the_same() {
    let app = App::with(FRAGMENT).await;
    let openid = document(&app, "/.well-known/openid-configuration").await;
    let oauth = document(&app, "/.well-known/oauth-authorization-server").await;
    for (name, value) in oauth.as_object().unwrap() {
        assert_eq!(&openid[name], value, "{name}");
    }
}
