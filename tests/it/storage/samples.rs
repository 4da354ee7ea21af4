//! Rows to store.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use signet::model::authentication::{Level, Method};
use signet::model::authorization_code::AuthorizationCode;
use signet::model::authorization_request::AuthorizationRequest;
use signet::model::consent::Consent;
use signet::model::event::{Event, EventKind};
use signet::model::grant::Grant;
use signet::model::interaction::{INTERACTION_LIFESPAN, Interaction};
use signet::model::issuer::Issuer;
use signet::model::token::{AccessToken, RefreshToken};
use signet::protocol::claims_request::{ClaimsRequest, RequestedClaim};
use signet::protocol::pkce::CodeChallenge;
use signet::protocol::prompt::Prompt;
use signet::protocol::response_mode::ResponseMode;
use signet::protocol::response_type::ResponseType;
use signet::protocol::scope::Scope;
use signet::storage::{NewGrant, PushedRequest, SessionRow, Storage};

use super::NOW;

/// A name that no other row has.
pub fn id(kind: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{kind}-{}", NEXT.fetch_add(1, Ordering::SeqCst))
}

pub fn issuer() -> Issuer {
    Issuer::parse("https://auth.example.com").unwrap()
}

pub fn scope(text: &str) -> Scope {
    Scope::parse(text).unwrap()
}

pub fn event(kind: EventKind) -> Event {
    Event {
        issuer: Some("https://auth.example.com".to_owned()),
        username: Some("alice".to_owned()),
        address: Some("192.0.2.7".parse().unwrap()),
        ..Event::new(kind, NOW)
    }
}

pub fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: "app".to_owned(),
        redirect_uri: "https://app.example.com/callback".to_owned(),
        redirect_uri_sent: true,
        response_type: ResponseType::Code,
        response_mode: ResponseMode::Query,
        scope: scope("openid profile offline_access"),
        state: Some("state \"with\" 'quotes' \\ und Ümlaut".to_owned()),
        nonce: Some("nonce-value".to_owned()),
        code_challenge: Some(challenge()),
        prompt: Prompt::parse("login consent").unwrap(),
        max_age: Some(300),
        hinted_subject: None,
        login_hint: Some("alice".to_owned()),
        requested_level: Some(Level::TwoFactor),
        claims: claims(),
        audience: vec!["https://api.example.com".to_owned()],
        requested_at: NOW,
    }
}

fn challenge() -> CodeChallenge {
    CodeChallenge::new("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Some("S256")).unwrap()
}

pub fn claims() -> ClaimsRequest {
    let any = RequestedClaim::default();
    let certain = RequestedClaim {
        essential: true,
        value: None,
        values: vec![json!("'ä\"\\"), json!(1.5), json!({"a": [null, true]})],
    };
    ClaimsRequest {
        userinfo: [("email".to_owned(), any)].into(),
        id_token: [("https://example.com/claim".to_owned(), certain)].into(),
    }
}

pub fn interaction(browser: Option<&str>, pushed_request: Option<&str>) -> Interaction {
    Interaction {
        id: id("interaction"),
        issuer: issuer(),
        request: request(),
        pushed_request: pushed_request.map(str::to_owned),
        device_code: None,
        browser: browser.map(str::to_owned),
        signed_in: None,
        account_selected: None,
        created_at: NOW,
        expires_at: NOW + INTERACTION_LIFESPAN,
        answered_at: None,
    }
}

pub fn pushed_request() -> PushedRequest {
    PushedRequest {
        id: id("pushed"),
        hash: "hash-of-pushed".to_owned(),
        issuer: issuer(),
        client_id: "app".to_owned(),
        request: request(),
        expires_at: NOW + 60,
        browser: None,
        spent_at: None,
    }
}

pub fn grant(scope_text: &str) -> Grant {
    Grant {
        id: id("grant"),
        issuer: issuer(),
        client_id: "app".to_owned(),
        username: "alice".to_owned(),
        subject: "subject-of-alice".to_owned(),
        scope: scope(scope_text),
        audience: vec!["https://api.example.com".to_owned(), "app".to_owned()],
        claims: claims(),
        session: "session-1".to_owned(),
        consent: None,
        auth_time: NOW - 100,
        methods: vec![Method::Password, Method::OneTimeCode],
        level: Level::TwoFactor,
        address: "2001:db8::7".parse().unwrap(),
        credential: "credential-of-alice".to_owned(),
        nonce: Some("nonce-value".to_owned()),
        requested_at: NOW - 20,
        created_at: NOW,
        revoked_at: None,
    }
}

pub fn code(grant: &Grant) -> AuthorizationCode {
    AuthorizationCode {
        id: id("code"),
        hash: "hash-of-code".to_owned(),
        grant: grant.id.clone(),
        redirect_uri: Some("https://app.example.com/callback".to_owned()),
        code_challenge: Some(challenge()),
        expires_at: NOW + 60,
        spent_at: None,
    }
}

pub fn access_token(grant: Option<&Grant>) -> AccessToken {
    AccessToken {
        id: id("access"),
        hash: Some("hash-of-access".to_owned()),
        issuer: issuer(),
        grant: grant.map(|grant| grant.id.clone()),
        client_id: "app".to_owned(),
        scope: scope("openid profile"),
        audience: vec!["https://api.example.com".to_owned()],
        issued_at: NOW,
        expires_at: NOW + 3600,
        revoked_at: None,
    }
}

pub fn refresh_token(grant: &Grant) -> RefreshToken {
    RefreshToken {
        id: id("refresh"),
        hash: "hash-of-refresh".to_owned(),
        grant: grant.id.clone(),
        issued_at: NOW,
        expires_at: NOW + 5400,
        spent_at: None,
    }
}

pub fn consent(remembered_until: Option<i64>) -> Consent {
    Consent {
        id: id("consent"),
        issuer: issuer(),
        client_id: "app".to_owned(),
        username: "alice".to_owned(),
        scope: scope("openid profile"),
        audience: vec!["https://b.example.com".to_owned(), "https://a.example.com".to_owned()],
        asked_claims: Vec::new(),
        claims: Vec::new(),
        granted_at: NOW,
        remembered_until,
        revoked_at: None,
    }
}

/// A session of alice in which grants are made, as long as tests last.
pub fn signed_in(session: &str) -> SessionRow {
    SessionRow {
        id_hash: format!("hash-of-{session}"),
        data: serde_json::json!({}),
        username: Some("alice".to_owned()),
        session: Some(session.to_owned()),
        expires_at: NOW + 2_000_000_000,
        idle_seconds: None,
        last_seen_at: NOW,
    }
}

/// What an answer without pages leaves behind.
pub fn new_grant<'a>(
    grant: &'a Grant,
    code: &'a AuthorizationCode,
    consent: Option<&'a Consent>,
) -> NewGrant<'a> {
    NewGrant {
        interaction: None,
        pushed_request: None,
        browser: "browser-1",
        grant,
        code: Some(code),
        access_token: None,
        expires_at: code.expires_at,
        consent,
        events: &[],
        now: NOW,
    }
}

/// Stores a grant with its code.
pub async fn store_grant(storage: &Storage, grant: &Grant) -> AuthorizationCode {
    let code = code(grant);
    storage.answer_with_grant(new_grant(grant, &code, None)).await.unwrap();
    code
}
