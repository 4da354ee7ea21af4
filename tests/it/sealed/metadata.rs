//! `signed_metadata` of discovery (RFC 8414 §2.1).

use serde_json::{Map, Value, json};

use super::readers::{Sealed, read};
use super::registered::{SIGNATURES, fragment};
use crate::support::app::START;
use crate::support::token::verify;
use crate::support::{App, configuration};

const DOCUMENTS: [&str; 2] = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

async fn with(lines: &str) -> App {
    App::with(&format!(
        "identity_providers:\n  oidc:\n{lines}    jwks:\n      - {{key: 'key:rsa', key_id: main}}\n      \
         - {{key: 'key:p256', key_id: curve}}\n      - {{key: 'key:other-rsa', key_id: second, algorithm: PS256}}\n"
    ))
    .await
}

#[tokio::test]
async fn metadata_is_signed_by_the_algorithm_or_the_key_that_is_named() {
    for (lines, kid) in [
        ("    discovery_signed_response_alg: RS256\n", "main"),
        ("    discovery_signed_response_alg: ES256\n", "curve"),
        (
            "    discovery_signed_response_alg: RS256\n    discovery_signed_response_key_id: second\n",
            "second",
        ),
    ] {
        let app = with(lines).await;
        for path in DOCUMENTS {
            let mut document = app.get(path).send().await.expect(200).json();
            let members = document.as_object_mut().unwrap();
            let signed = members.remove("signed_metadata").expect("signed_metadata");
            let mut token = verify(&app, signed.as_str().unwrap()).await;
            assert_eq!(token.header.kid.as_deref(), Some(kid), "{path}");
            take_own(&mut token.claims);
            assert_eq!(token.claims, *members, "{path}");
        }
    }
}

/// Asserts who says it and when; leaves what is said.
fn take_own(claims: &mut Map<String, Value>) {
    let mut own = |name: &str| claims.remove(name).unwrap();
    assert_eq!(own("iss"), "https://op.example.com");
    assert_eq!((own("iat"), own("exp")), (START.into(), (START + 3600).into()));
    assert!(own("jti").as_str().unwrap().len() >= 20);
}

#[tokio::test]
async fn metadata_that_is_signed_by_every_algorithm_is_read_by_two_libraries_of_others() {
    let (mut sealed, mut said, mut jwks) = (Vec::new(), Vec::new(), Vec::new());
    let algorithms = SIGNATURES.into_iter().filter(|alg| !alg.starts_with("HS"));
    for alg in algorithms {
        let line = format!("identity_providers: {{oidc: {{discovery_signed_response_alg: {alg}}}}}");
        let app = App::with(&configuration::joined(&fragment(&[]), &line)).await;
        jwks.push(app.get("/jwks.json").send().await.expect(200).json());
        for path in DOCUMENTS {
            let mut document = app.get(path).send().await.expect(200).json();
            let token = document.as_object_mut().unwrap().remove("signed_metadata").expect("signed_metadata");
            let name = format!("{alg}{path}");
            said.push((name.clone(), alg, document));
            sealed.push(Sealed {
                name,
                token: token.as_str().unwrap().to_owned(),
                encrypted: None,
                private: None,
                secret: String::new(),
                signed: alg.to_owned(),
            });
        }
    }
    assert_eq!(sealed.len(), 9 * 2);
    jwks.dedup();
    let [jwks]: [Value; 1] = jwks.try_into().expect("the same keys each time");
    let mut read = read(jwks.clone(), sealed).await;
    for (name, alg, document) in said {
        let read = &mut read[&name];
        let keys = jwks["keys"].as_array().unwrap();
        let key = keys.iter().find(|key| key["alg"] == alg).expect("a key of the algorithm");
        assert_eq!(read["header"], json!({"alg": alg, "typ": "JWT", "kid": key["kid"]}));
        take_own(read["claims"].as_object_mut().unwrap());
        assert_eq!(read["claims"], document, "{name}");
    }
}

#[tokio::test]
async fn none_is_none_and_a_signature_is_renewed_before_it_ends() {
    let plain = with("    discovery_signed_response_alg: none\n").await;
    for path in DOCUMENTS {
        assert!(plain.get(path).send().await.expect(200).json().get("signed_metadata").is_none());
    }
    let app = with("    discovery_signed_response_alg: RS256\n").await;
    let signed = async || {
        let answer = app.get(DOCUMENTS[0]).send().await.expect(200);
        (answer.header("etag").to_owned(), answer.json()["signed_metadata"].as_str().unwrap().to_owned())
    };
    let first = signed().await;
    app.clock.advance(1799);
    assert_eq!(signed().await, first);
    let known = app.get(DOCUMENTS[0]).header("if-none-match", &first.0).send().await;
    known.expect(304);
    app.clock.advance(1);
    let second = signed().await;
    assert!(second.0 != first.0 && second.1 != first.1);
    assert_eq!(verify(&app, &second.1).await.claims["exp"], START + 1800 + 3600);
}
