use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::*;
use crate::jose::compact::parse;

const NOW: NumericDate = 1_700_000_000;
const ISSUER: &str = "https://op.test/base";

/// Judges header and claims over those of a right assertion; null takes a member away.
fn judged_for(issuer_only: bool, header: &Value, claims: &Value) -> Result<Accepted, ClaimsProblem> {
    let with = |mut whole: Value, changes: &Value| {
        let members = whole.as_object_mut().unwrap();
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                members.remove(name);
            } else {
                members.insert(name.clone(), value.clone());
            }
        }
        URL_SAFE_NO_PAD.encode(whole.to_string())
    };
    let header = with(json!({"alg": "ES256", "typ": TYP}), header);
    let right = json!({"iss": "svc", "sub": "svc", "aud": ISSUER, "jti": "one", "exp": NOW + 60});
    let token = format!("{header}.{}.c2ln", with(right, claims));
    let issuer = Issuer::parse(ISSUER).unwrap();
    let expected = Expected { client_id: "svc", issuer: &issuer, issuer_only, now: NOW };
    judge(&parse(&token).unwrap(), expected)
}

fn judged(header: &Value, claims: &Value) -> Result<Accepted, ClaimsProblem> {
    judged_for(false, header, claims)
}

#[test]
fn what_says_all_it_must_is_accepted() {
    let accepted = Accepted { jti: "one".to_owned(), expires_at: NOW + 60 };
    for typ in [TYP, "application/client-authentication+jwt", "Client-Authentication+JWT"] {
        assert_eq!(judged_for(true, &json!({"typ": typ}), &json!({})), Ok(accepted.clone()), "{typ}");
    }
    let extra = json!({"iat": NOW, "nbf": NOW - 60, "nonce": "anything", "more": {"deep": [1]}});
    assert_eq!(judged(&json!({"x5t": "thumbprint", "cty": "x"}), &extra), Ok(accepted));
}

#[test]
fn the_new_type_takes_the_issuer_alone() {
    let token = "https://op.test/base/api/oidc/token";
    for aud in [
        json!(null),
        json!([ISSUER]),
        json!([ISSUER, token]),
        json!([]),
        json!(1),
        json!([1]),
        json!(token),
        json!("https://op.test/base/"),
        json!("https://op.test"),
        json!("HTTPS://op.test/base"),
        json!("https://other.test/base"),
        json!(""),
    ] {
        assert_eq!(judged(&json!({}), &json!({"aud": aud})), Err(ClaimsProblem::Audience), "{aud}");
    }
}

#[test]
fn an_older_type_takes_own_endpoints_and_nothing_beside_them() {
    for typ in [json!(null), json!("JWT"), json!("jwt"), json!("application/jwt")] {
        let header = json!({"typ": typ});
        let url = |path: &str| format!("{ISSUER}{path}");
        for aud in [
            json!(ISSUER),
            json!([ISSUER]),
            json!(url("/api/oidc/token")),
            json!(url("/api/oidc/pushed-authorization-request")),
            json!(url("/api/oidc/introspection")),
            json!(url("/api/oidc/revocation")),
            json!([ISSUER, url("/api/oidc/token")]),
        ] {
            assert!(judged(&header, &json!({"aud": aud})).is_ok(), "{typ} {aud}");
            assert_eq!(
                judged_for(true, &header, &json!({"aud": aud})),
                Err(ClaimsProblem::OlderType),
                "{typ} {aud}"
            );
        }
        for aud in [
            json!(null),
            json!([]),
            json!([1]),
            json!({}),
            json!(url("/")),
            json!(url("/api/oidc/token/")),
            json!(url("/api/oidc/authorization")),
            json!(url("/api/oidc/userinfo")),
            json!("https://op.test/api/oidc/token"),
            json!([ISSUER, "https://other.test"]),
            json!([url("/api/oidc/token"), "https://other.test/token"]),
        ] {
            assert_eq!(
                judged(&header, &json!({"aud": aud})),
                Err(ClaimsProblem::OlderAudience),
                "{typ} {aud}"
            );
        }
    }
}

#[test]
fn other_types_are_of_other_tokens() {
    for typ in ["at+jwt", "logout+jwt", "oauth-authz-req+jwt", "dpop+jwt", "", "JWS", "client-authentication"]
    {
        assert_eq!(judged(&json!({"typ": typ}), &json!({})), Err(ClaimsProblem::Type), "{typ}");
    }
}

#[test]
fn keys_that_a_header_brings_are_not_looked_at() {
    for name in BROUGHT_KEYS {
        for value in [json!("https://evil.test"), json!({}), json!(["x"])] {
            assert_eq!(judged(&json!({name: value}), &json!({})), Err(ClaimsProblem::BroughtKey(name)));
        }
    }
}

#[test]
fn issuer_and_subject_are_the_client() {
    for name in ["iss", "sub"] {
        for value in [json!(null), json!("web"), json!(""), json!("SVC"), json!(1), json!(["svc"])] {
            assert_eq!(
                judged(&json!({}), &json!({name: value})),
                Err(ClaimsProblem::Client),
                "{name} {value}"
            );
        }
    }
}

#[test]
fn an_id_is_a_text_of_bounded_length() {
    for jti in [
        json!(null),
        json!(""),
        json!(1),
        json!(["one"]),
        json!({}),
        json!("j".repeat(257)),
        json!("j".repeat(4096)),
    ] {
        assert_eq!(judged(&json!({}), &json!({"jti": jti})), Err(ClaimsProblem::Id), "{jti}");
    }
    for jti in ["j".repeat(256), "é".repeat(128), " ".to_owned(), "' or 1=1 --".to_owned()] {
        assert_eq!(judged(&json!({}), &json!({"jti": jti})).unwrap().jti, jti);
    }
}

#[test]
fn times_of_every_wrong_shape_are_refused() {
    let wrong = [
        json!("9"),
        json!(1e300),
        json!(u64::MAX),
        json!(i64::MAX),
        json!(-1),
        json!(-1.5),
        json!([]),
        json!(true),
    ];
    for name in ["exp", "iat", "nbf"] {
        for value in &wrong {
            let problem = judged(&json!({}), &json!({name: value})).unwrap_err();
            assert_eq!(problem, ClaimsProblem::Time(name, ClaimProblem::Invalid), "{name} {value}");
        }
    }
    let missing = judged(&json!({}), &json!({"exp": null}));
    assert_eq!(missing, Err(ClaimsProblem::Time("exp", ClaimProblem::Missing)));
}

#[test]
fn an_assertion_holds_for_a_while() {
    let older = json!({"typ": "JWT"});
    for (header, life) in [(json!({}), LIFE), (older, OLDER_LIFE)] {
        let at = |exp: i64, iat: Value| judged(&header, &json!({"exp": exp, "iat": iat})).map(|_| ());
        for exp in [0, NOW - 60, NOW - 1, NOW] {
            assert_eq!(at(exp, json!(null)), Err(ClaimsProblem::Expired), "{exp}");
        }
        assert_eq!(at(NOW + 1, json!(null)), Ok(()));
        assert_eq!(at(NOW + life, json!(null)), Ok(()));
        assert_eq!(at(NOW + life + 1, json!(null)), Err(ClaimsProblem::TooLong));
        assert_eq!(
            at(NOW + life + 1, json!(NOW - 3600)),
            Err(ClaimsProblem::TooLong),
            "an old one gains nothing"
        );
        assert_eq!(at(NOW + life + 8, json!(NOW + 8)), Ok(()), "the clock of the client is ahead");
        assert_eq!(at(NOW + life + 9, json!(NOW + 8)), Err(ClaimsProblem::TooLong));
    }
}

#[test]
fn a_clock_may_be_ahead_by_half_a_minute() {
    for name in ["iat", "nbf"] {
        let at = |time: i64| judged(&json!({}), &json!({name: time})).map(|_| ());
        assert_eq!(at(0), Ok(()));
        assert_eq!(at(NOW + TOLERANCE), Ok(()));
        assert_eq!(at(NOW + TOLERANCE + 1), Err(ClaimsProblem::Future(name)));
    }
}
