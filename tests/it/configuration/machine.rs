//! `subject`, `claims` and `post_logout_redirect_uris` of a client: what would mislead others is refused.

use super::{errors, with};

/// The codes and paths of what is wrong with these options of a client.
fn wrong(of_client: &str, options: &str) -> Vec<(String, String)> {
    let before = "        authorization_policy: 'staff'\n        lifespan: 'long'\n";
    let loaded = with(before, &format!("{of_client}        {options}\n"));
    let named = |path: &str| path.rsplit_once("clients[0].").map_or(path, |(_, rest)| rest).to_owned();
    errors(&loaded).into_iter().map(|(code, path)| (code.to_owned(), named(path))).collect()
}

fn of(code: &str, path: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), path.to_owned())]
}

const PEOPLE: &str = "        authorization_policy: 'staff'\n";
const MACHINE: &str = "        grant_types: ['client_credentials']\n        scopes: []\n";

#[test]
fn a_subject_is_nobody_elses() {
    assert_eq!(wrong(MACHINE, "subject: 'repo:acme/app:ref:main'"), []);
    for bad in ["863b4b7d-6308-456e-8375-8d9270e9be44", "two words", "größe", &"x".repeat(256)] {
        assert_eq!(wrong(MACHINE, &format!("subject: '{bad}'")), of("bad_subject", "subject"), "{bad}");
    }
    assert_eq!(wrong(PEOPLE, "subject: 'repo:acme/app'"), of("useless_option", "subject"));
}

#[test]
fn a_claim_is_plain_and_not_the_providers_own() {
    let claims = "claims: {repository: acme/app, protected: true, attempt: 3, ratio: 0.5, groups: [a, b]}";
    assert_eq!(wrong(MACHINE, claims), []);
    for name in
        ["iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope", "cnf", "act", "active", "username"]
    {
        let path = format!("claims.{name}");
        assert_eq!(wrong(MACHINE, &format!("claims: {{{name}: x}}")), of("reserved_name", &path), "{name}");
    }
    assert_eq!(wrong(MACHINE, "claims: {birthdate: x}"), of("reserved_name", "claims.birthdate"));
    for value in ["{a: b}", "[[a]]", "[{a: b}]", ".nan"] {
        assert_eq!(
            wrong(MACHINE, &format!("claims: {{deep: {value}}}")),
            of("wrong_type", "claims.deep"),
            "{value}"
        );
    }
    assert_eq!(wrong(PEOPLE, "claims: {repository: acme/app}"), of("useless_option", "claims"));
}

#[test]
fn an_address_to_be_led_to_is_one_a_browser_may_open() {
    for good in ["https://app.example.com/bye?a=b", "http://127.0.0.1:9000/bye", "app.example:/bye"] {
        assert_eq!(wrong(PEOPLE, &format!("post_logout_redirect_uris: ['{good}']")), [], "{good}");
    }
    let path = "post_logout_redirect_uris[0]";
    for bad in ["javascript:alert(1)", "/bye", "https://app.example.com/#bye", "urn:ietf:wg:oauth:2.0:oob"] {
        let options = format!("post_logout_redirect_uris: ['{bad}']");
        assert_eq!(wrong(PEOPLE, &options), of("bad_redirect_uri", path), "{bad}");
    }
    assert_eq!(wrong(PEOPLE, "post_logout_redirect_uris: 'https://app.example.com/bye'"), []);
}
