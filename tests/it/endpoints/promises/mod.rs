//! Discovery promises what is served and nothing else: every value of the document is asked for, and so is what the standards
//! know beside it. A member or a value without a probe fails the test.

mod probes;
pub mod registered;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::App;
use crate::support::site::ISSUER;
use crate::support::token::verify;
use probes::Probes;
use registered::{CONTENT, KEY_MANAGEMENT, SIGNATURES};

/// The authentication methods of IANA's registry that a client may name.
const METHODS: [&str; 7] = [
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "none",
    "tls_client_auth",
    "self_signed_tls_client_auth",
];

/// What the standards know for a member that is a list; discovery may promise nothing beside.
fn known(member: &str) -> Vec<&'static str> {
    match member {
        "response_types_supported" => vec![
            "code",
            "token",
            "id_token",
            "id_token token",
            "code token",
            "code id_token",
            "code id_token token",
            "none",
            "device",
        ],
        "response_modes_supported" => vec![
            "query",
            "fragment",
            "form_post",
            "jwt",
            "query.jwt",
            "fragment.jwt",
            "form_post.jwt",
            "web_message",
        ],
        "grant_types_supported" => vec![
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "implicit",
            "password",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "urn:ietf:params:oauth:grant-type:saml2-bearer",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "urn:openid:params:grant-type:ciba",
        ],
        "code_challenge_methods_supported" => vec!["S256", "plain", "S512"],
        "prompt_values_supported" => vec!["none", "login", "consent", "select_account", "create"],
        "scopes_supported" => vec![
            "openid",
            "offline_access",
            "profile",
            "email",
            "address",
            "phone",
            "groups",
            "read",
            "write",
            "nonsense",
        ],
        "acr_values_supported" => vec!["0", "1", "2", "3", "phr", "phrh"],
        "subject_types_supported" => vec!["public", "pairwise"],
        "claim_types_supported" => vec!["normal", "aggregated", "distributed"],
        methods if methods.ends_with("_auth_methods_supported") => METHODS.to_vec(),
        algs if algs.ends_with("_signing_alg_values_supported") => {
            SIGNATURES.iter().map(|(alg, _)| *alg).collect()
        }
        algs if algs.ends_with("_encryption_alg_values_supported") => KEY_MANAGEMENT.to_vec(),
        encs if encs.ends_with("_encryption_enc_values_supported") => CONTENT.to_vec(),
        other => panic!("discovery has a new member, {other}: write a probe that asks for what it promises"),
    }
}

/// `sealed::request_objects` encrypts to each of these, with another library, and holds them against discovery;
/// `sealed::unpromised` does it by all others.
const ASKED_ELSEWHERE: [&str; 2] =
    ["request_object_encryption_alg_values_supported", "request_object_encryption_enc_values_supported"];

async fn list(probes: &Probes, member: &str, promised: &[Value], wrong: &mut Vec<String>) {
    if ASKED_ELSEWHERE.contains(&member) {
        return;
    }
    let promised: BTreeSet<&str> = promised.iter().filter_map(Value::as_str).collect();
    if member == "claims_supported" {
        return claims(probes, &promised, wrong).await;
    }
    let known = known(member);
    for value in promised.iter().filter(|value| !known.contains(value)) {
        wrong.push(format!("{member}: there is no probe for {value}"));
    }
    // One device serves for all of them.
    let levels = if member == "acr_values_supported" { Some(probes.levels().await) } else { None };
    for value in known {
        let served = match &levels {
            Some(levels) => levels.contains(value),
            None => probes.is_served(member, value).await,
        };
        if served != promised.contains(value) {
            wrong.push(format!("{member}: {value} is promised: {}, served: {served}", !served));
        }
    }
}

/// Nobody of the users file has a second address, so that `alt_emails` is not promised; it is asked for.
async fn claims(probes: &Probes, promised: &BTreeSet<&str>, wrong: &mut Vec<String>) {
    let given = probes.claims(&["alt_emails", "rat", "client_id", "nonsense", "roles"]).await;
    let given: BTreeSet<&str> = given.iter().map(String::as_str).collect();
    for claim in given.symmetric_difference(promised) {
        wrong.push(format!("claims_supported: {claim} is promised: {}", promised.contains(claim)));
    }
}

async fn text(probes: &Probes, document: &Value, member: &str, value: &str, wrong: &mut Vec<String>) {
    match member {
        "issuer" => assert_eq!(value, ISSUER),
        "signed_metadata" => {
            let signed = verify(&probes.app, value).await.claims;
            for (name, value) in document.as_object().unwrap().iter().filter(|(name, _)| *name != member) {
                assert_eq!(&signed[name], value, "{name} of signed_metadata");
            }
        }
        _ if member.ends_with("_endpoint") || member == "jwks_uri" => {
            let path = value.strip_prefix(ISSUER).expect("an address of the issuer");
            let answer = probes.app.call("OPTIONS", path).send().await;
            if answer.status != 200 || answer.header("allow").is_empty() {
                wrong.push(format!("{member}: nothing is served at {value}"));
            }
        }
        other => panic!("discovery has a new member, {other}: write a probe that asks for what it promises"),
    }
}

#[tokio::test]
async fn every_promise_is_kept_and_what_is_not_promised_is_refused() {
    let probes = Probes::new().await;
    let document = probes.document().await;
    let mut wrong = Vec::new();
    for (member, value) in document.as_object().unwrap() {
        match value {
            Value::Array(promised) => list(&probes, member, promised, &mut wrong).await,
            Value::String(value) => text(&probes, &document, member, value, &mut wrong).await,
            Value::Bool(says) if probes.is_so(member).await != *says => {
                wrong.push(format!("{member}: it is not {says}"));
            }
            Value::Bool(_) => {}
            other => panic!("{member}: no probe for {other}"),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What a configuration switches off is not promised, and not served.
#[tokio::test]
async fn what_is_switched_off_is_neither_promised_nor_served() {
    let documents = crate::support::Documents::plain().await;
    let text = registered::configured(&[], &documents, "    require_pushed_authorization_requests: true\n");
    let text = text.replace("enable_pkce_plain_challenge: true", "enable_pkce_plain_challenge: false");
    let app =
        App::with(&format!("totp: {{disable: true}}\n{text}").replace("two_factor", "one_factor")).await;
    let document = app.get("/.well-known/openid-configuration").send().await.expect(200).json();
    let lists = |member: &str| document[member].to_string();
    assert_eq!(lists("code_challenge_methods_supported"), r#"["S256"]"#);
    assert_eq!(lists("acr_values_supported"), r#"["1"]"#);
    assert_eq!(lists("subject_types_supported"), r#"["public"]"#);
    assert_eq!(lists("require_pushed_authorization_requests"), "true");
    for (member, _) in document.as_object().unwrap() {
        assert!(!member.contains("_encryption_"), "{member}: no client has a key or a known secret");
    }
    let ask = crate::support::Ask::of("web");
    let refused = crate::support::Browser::new(&app).ask(&ask).await;
    assert!(refused.try_returned().is_none_or(|returned| !returned.gives()));
    let web = crate::support::Client::new(&app, "web");
    web.push(&ask.clone().set("code_challenge_method", "plain")).await.expect_error(400, "invalid_request");
    let acr = serde_json::json!({"id_token": {"acr": {"essential": true, "value": "2"}}}).to_string();
    web.push(&ask.set("claims", &acr)).await.expect_error(400, "unmet_authentication_requirements");
}
