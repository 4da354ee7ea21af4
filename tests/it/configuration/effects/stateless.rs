//! `enable_jwt_access_token_stateless_introspection`: what a JWT says of itself is all that counts.

use crate::support::{App, Client};

const ON: &str = "identity_providers: {oidc: {enable_jwt_access_token_stateless_introspection: true}}";

#[tokio::test]
async fn stateless_introspection_judges_a_jwt_by_the_token_alone() {
    for (fragment, stands) in [("{}", false), (ON, true)] {
        let app = App::with(fragment).await;
        let (jwt, api) = (Client::new(&app, "jwt"), Client::new(&app, "auditor"));
        let signed = jwt.login("alice", "openid profile").await.access;
        let opaque = Client::new(&app, "web").login("alice", "openid").await.access;
        let told = api.introspect(&signed).await;
        for (name, value) in
            [("active", true.into()), ("token_type", "Bearer".into()), ("client_id", "jwt".into())]
        {
            let value: serde_json::Value = value;
            assert_eq!(told[name], value, "{name}");
        }
        assert_eq!(told["scope"], "openid profile");
        assert_eq!(told["iss"], "https://op.example.com");
        assert!(
            !told["sub"].as_str().unwrap().is_empty() && told["exp"].is_i64() && told.get("scp").is_none()
        );
        jwt.revoke(&signed).await.expect(200);
        Client::new(&app, "web").revoke(&opaque).await.expect(200);
        assert_eq!(api.is_active(&signed).await, stands, "revoked");
        assert!(!api.is_active(&opaque).await, "what is no JWT is asked of the store");
        // It opens nothing here all the same.
        app.userinfo(&signed).await.expect_error(401, "invalid_token");
    }
}

#[tokio::test]
async fn stateless_introspection_still_judges_signature_time_client_and_caller() {
    let app = App::with(ON).await;
    let (jwt, auditor) = (Client::new(&app, "jwt"), Client::new(&app, "auditor"));
    let tokens = jwt.login("alice", "openid profile").await;
    assert!(auditor.is_active(&tokens.access).await && jwt.is_active(&tokens.access).await);
    assert!(!Client::new(&app, "web").is_active(&tokens.access).await, "a stranger");
    assert!(!auditor.is_active(&tokens.id).await, "an ID token is no access token");
    let elsewhere = App::with(ON).await;
    let other = Client::new(&elsewhere, "jwt").login("alice", "openid").await.access;
    let mut parts: Vec<&str> = tokens.access.split('.').collect();
    parts[2] = other.split('.').nth(2).unwrap();
    assert!(!auditor.is_active(&parts.join(".")).await, "another's signature");
    let without = "identity_providers: {oidc: {enable_jwt_access_token_stateless_introspection: true, clients: [{client_id: \
                   auditor, client_secret: 'digest:auditor-secret', introspect_any: true, redirect_uris: \
                   ['https://auditor.example.com/callback'], authorization_policy: one_factor}]}}";
    app.reconfigure(without);
    assert!(!auditor.is_active(&tokens.access).await, "the client is gone");
    app.reconfigure(ON);
    app.clock.advance(3600);
    assert!(!auditor.is_active(&tokens.access).await, "expired");
}

#[tokio::test]
async fn what_the_secret_of_a_client_signs_is_asked_of_the_store_as_ever() {
    let clients = "identity_providers: {oidc: {enable_jwt_access_token_stateless_introspection: true, clients: [{client_id: \
                   mac, client_secret: '$plaintext$mac-secret', redirect_uris: ['https://rp.example.com/callback'], \
                   authorization_policy: one_factor, consent_mode: implicit, access_token_signed_response_alg: HS256}]}}";
    let app = App::with(clients).await;
    let mac = Client::new(&app, "mac");
    let token = mac.login("alice", "openid").await.access;
    assert!(token.contains('.') && mac.is_active(&token).await);
    mac.revoke(&token).await.expect(200);
    assert!(!mac.is_active(&token).await);
}
