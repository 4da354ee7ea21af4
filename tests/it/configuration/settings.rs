//! What a valid configuration comes to.

use signet::config::{Sources, load};
use signet::model::consent::ConsentMode;
use signet::model::origin::Origin;
use signet::model::policy::Requirement;
use signet::settings::AllowedOrigins;
use signet::yaml::{Location, Node};

use super::{folder, valid, with, with_client};

#[test]
fn defaults_are_those_of_the_contract() {
    let settings = with("        lifespan: 'long'\n", "").settings.unwrap();
    let session = &settings.sessions[0];
    assert_eq!((session.expiration, session.inactivity, session.remember_me), (3600, 300, Some(2_592_000)));
    assert_eq!(session.cookie_name, "__Host-signet_session");
    assert_eq!(session.browser_cookie_name, "__Host-signet_browser");
    assert_eq!(
        (settings.regulation.max_retries, settings.regulation.find_time, settings.regulation.ban_time),
        (3, 120, 300)
    );
    assert!(settings.regulation.by_user && !settings.regulation.by_ip);
    assert_eq!(
        (settings.totp.digits, settings.totp.period, settings.totp.skew, settings.totp.secret_size),
        (6, 30, 1, 32)
    );
    assert_eq!(settings.oidc.minimum_parameter_entropy, Some(8));
    assert_eq!(settings.oidc.cors.allowed_origins, AllowedOrigins::AnyHttps);
    let client = settings.oidc.client("app").unwrap();
    assert_eq!(client.scopes.to_string(), "openid groups profile email");
    assert_eq!(client.client_name, "app");
    assert_eq!(client.consent_mode, ConsentMode::Explicit);
    assert!(!client.require_pkce);
    assert!(client.sealings.access_token.is_none());
    let lifespans = client.lifespans.authorization_code;
    assert_eq!(
        (lifespans.authorize_code, lifespans.access_token, lifespans.refresh_token, lifespans.id_token),
        (60, 3600, 5400, 3600)
    );
    assert_eq!(
        settings.oidc.keys.for_algorithm(signet::jose::SignatureAlgorithm::Rs256).unwrap().kid(),
        client.sealings.id_token.signing.kid().unwrap()
    );
}

#[test]
fn lifespans_come_from_grant_then_custom_then_global() {
    let settings = with(
        "custom: {long: {access_token: '2h'}}",
        "access_token: '5m'\n      id_token: '6m'\n      custom: {long: {access_token: '2h', grants: {client_credentials: {access_token: '9m'}}}}",
    )
    .settings
    .unwrap();
    let lifespans = settings.oidc.clients[0].lifespans;
    assert_eq!(lifespans.authorization_code.access_token, 7200);
    assert_eq!(lifespans.client_credentials.access_token, 540);
    assert_eq!(lifespans.refresh_token.id_token, 360);
    assert_eq!(lifespans.refresh_token.refresh_token, 5400);
}

#[test]
fn policies_know_where_they_stand() {
    let settings =
        with("rules: [{policy", "default_policy: 'deny'\n        rules: [{networks: ['10.0.0.0/8'], policy")
            .settings
            .unwrap();
    let policy = &settings.oidc.clients[0].authorization_policy;
    assert_eq!(policy.default, Requirement::Deny);
    assert_eq!(policy.rules[0].networks[0].to_string(), "10.0.0.0/8");
    assert!(matches!(&policy.rules[0].origin, Origin::File { line: 19, .. }), "{:?}", policy.rules[0].origin);
}

#[test]
fn options_of_a_client_take_effect() {
    let settings = with_client(
        "        public: false
        pre_configured_consent_duration: '2 days'
        pkce_challenge_method: 'S256'
        requested_audience_mode: 'implicit'
        audience: ['https://api.example.com']
        access_token_signed_response_alg: 'RS256'
        introspect_audiences: ['https://api.example.com']
        require_pushed_authorization_requests: true
",
    )
    .settings
    .unwrap();
    let client = &settings.oidc.clients[0];
    assert_eq!(client.consent_mode, ConsentMode::PreConfigured { duration: 172_800 });
    assert!(
        client.require_pkce && client.audience_by_default && client.require_pushed_authorization_requests
    );
    let access_token = client.sealings.access_token.as_ref().unwrap();
    assert_eq!(access_token.signing.kid(), client.sealings.id_token.signing.kid());
    assert_eq!(client.introspect_audiences, ["https://api.example.com"]);
}

#[test]
fn client_identifiers_and_secrets_that_look_like_numbers_are_text() {
    let settings = with("client_id: 'app'", "client_id: 0123").settings.unwrap();
    assert_eq!(settings.oidc.clients[0].client_id, "0123");
}

#[test]
fn the_deprecated_key_becomes_an_entry_of_jwks() {
    let folder = folder();
    let text = valid(folder.path()).replace("    jwks:\n      - key: |", "    issuer_private_key: |");
    let loaded = signet::config::load_text("configuration.yml", &text);
    assert_eq!(super::only(&loaded, "deprecated").path, "identity_providers.oidc.issuer_private_key");
    assert_eq!(loaded.settings.unwrap().oidc.keys.keys().len(), 1);
}

#[test]
fn files_variables_and_the_layer_on_top_win_in_this_order() {
    let folder = folder();
    let (first, second) = (folder.path().join("1.yml"), folder.path().join("2.yml"));
    std::fs::write(&first, valid(folder.path())).unwrap();
    std::fs::set_permissions(&first, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(&second, "server: {address: 'tcp://127.0.0.1:9092/'}\nlog: {level: 'debug'}\n").unwrap();
    let at = Location::whole("the test");
    let mut top = Node::mapping(at.clone());
    let uris = Node::texts(["http://127.0.0.1:9095/callback"], at);
    top.set(&["identity_providers", "oidc", "clients", "app", "redirect_uris"], uris);
    let environment = vec![("SIGNET_LOG_LEVEL".to_owned(), "trace".to_owned())];
    let sources = Sources { files: vec![first, second], top: Some(top), environment, ..Sources::default() };
    let loaded = load(&sources);
    assert!(loaded.problems.is_empty(), "{}", loaded.problems);
    let settings = loaded.settings.unwrap();
    assert_eq!(settings.server.address.to_string(), "127.0.0.1:9092");
    assert_eq!(settings.log.level.as_str(), "trace");
    assert_eq!(settings.oidc.clients[0].redirect_uris[0].as_str(), "http://127.0.0.1:9095/callback");
}

#[test]
fn debug_shows_no_secret() {
    let settings = with("lifespan", "lifespan").settings.unwrap();
    let text = format!("{settings:?}");
    for secret in ["hmac-secret", "storage-key", "BpLnfg", "o/vzA4"] {
        assert!(!text.contains(secret), "{secret}");
    }
}
