//! What this version leaves aside, and how it says so.

use signet::yaml::Severity;

use super::{only, with, with_client};

#[test]
fn a_section_that_only_takes_something_away_is_one_warning() {
    let loaded =
        with("session:\n", "webauthn: {disable: false, display_name: 'x', timeout: '60s'}\nsession:\n");
    let problem = only(&loaded, "not_in_this_version");
    assert_eq!((problem.severity, problem.path.as_str()), (Severity::Warning, "webauthn"));
    assert!(problem.message.contains("passkey"), "{problem}");
    assert!(loaded.settings.is_some());
}

#[test]
fn a_typo_in_a_section_that_is_left_aside_is_still_an_error() {
    let loaded = with("session:\n", "webauthn: {dissable: false}\nsession:\n");
    assert_eq!(only(&loaded, "unknown_option").path, "webauthn.dissable");
}

#[test]
fn what_is_never_used_is_a_notice() {
    for section in
        ["access_control: {default_policy: 'deny'}", "ntp: {version: 4}", "duo_api: {disable: true}"]
    {
        let loaded = with("session:\n", &format!("{section}\nsession:\n"));
        assert_eq!(only(&loaded, "never_used").severity, Severity::Notice);
        assert!(loaded.settings.is_some(), "{}", loaded.problems);
    }
    let loaded = with("session:\n", "session:\n  redis: {host: 'x', tls: {skip_verify: true}}\n");
    assert_eq!(only(&loaded, "never_used").path, "session.redis");
}

#[test]
fn what_has_no_effect_in_this_version_is_a_warning() {
    let loaded = with("session:\n", "privacy_policy: {enabled: true}\nsession:\n");
    assert_eq!(only(&loaded, "not_in_this_version").severity, Severity::Warning);
    assert!(loaded.settings.is_some(), "{}", loaded.problems);
}

#[test]
fn what_nobody_reads_says_so() {
    for (from, to, code, path) in [
        ("session:\n", "  buffers: {write: 4096}\nsession:\n", "never_used", "server.buffers.write"),
        (
            "  file:",
            "  refresh_interval: '5m'\n  file:",
            "never_used",
            "authentication_backend.refresh_interval",
        ),
        (
            "users_database.yml'",
            "users_database.yml', watch: false",
            "never_used",
            "authentication_backend.file.watch",
        ),
        (
            "users_database.yml'",
            "users_database.yml', password: {algorithm: 'argon2'}",
            "not_in_this_version",
            "authentication_backend.file.password",
        ),
    ] {
        let loaded = with(from, to);
        assert_eq!(only(&loaded, code).path, path);
        assert!(loaded.settings.is_some(), "{}", loaded.problems);
    }
    assert!(with("users_database.yml'", "users_database.yml', watch: true").problems.is_empty());
}

#[test]
fn values_that_ask_for_nothing_are_silent() {
    let loaded = with_client(
        "        userinfo_signed_response_alg: 'none'
        id_token_encrypted_response_alg: 'none'
        id_token_encrypted_response_enc: 'A128CBC-HS256'
        authorization_signed_response_alg: 'RS256'
        sector_identifier_uri: ''
        pkce_challenge_method: ''
        request_object_signing_alg: ''
",
    );
    assert!(loaded.problems.is_empty(), "{}", loaded.problems);
}

#[test]
fn an_issuer_behind_an_untrusted_proxy_is_a_warning() {
    let loaded = with("  trusted_proxies: ['10.0.0.1']\n", "");
    let problem = only(&loaded, "no_trusted_proxy");
    assert_eq!((problem.severity, problem.path.as_str()), (Severity::Warning, "server.trusted_proxies"));
}

#[test]
fn plain_http_on_loopback_needs_no_dot_and_no_proxy() {
    let folder = super::folder();
    let text = super::valid(folder.path())
        .replace("  trusted_proxies: ['10.0.0.1']\n", "")
        .replace("'example.com'", "'127.0.0.1'")
        .replace("https://auth.example.com", "http://127.0.0.1:9091");
    let loaded = signet::config::load_text("configuration.yml", &text);
    assert!(loaded.problems.is_empty(), "{}", loaded.problems);
    let settings = loaded.settings.unwrap();
    assert_eq!(settings.sessions[0].cookie_name, "signet_session");
    assert_eq!(settings.sessions[0].issuer.authority(), "127.0.0.1:9091");
}

#[test]
fn a_cookie_that_breaks_sign_on_is_refused() {
    let loaded = with("session:\n", "session:\n  same_site: 'strict'\n");
    let problem = only(&loaded, "bad_value");
    assert_eq!(problem.path, "session.same_site");
    assert!(problem.message.contains("app"), "{problem}");
}
