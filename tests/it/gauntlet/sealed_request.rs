//! Encrypted request objects (RFC 9101 §6.1): what is encrypted proves nothing of who encrypted it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::Value;
use tokio::task::JoinSet;

use super::ways::{Way, send_anew};
use crate::sealed::registered::SECRET;
use crate::sealed::request_objects::{client, encrypted_by, object, sealed, signed, with};
use crate::support::request_object::{Key, by_value};
use crate::support::{Answer, App};

#[tokio::test]
async fn g82_a_request_object_that_is_only_encrypted_is_not_signed() {
    let (right, unsigned) = (signed(), object().unsigned());
    let claims = Value::Object(object().claims).to_string();
    let other = object().signed(Algorithm::HS384, Key::Secret(SECRET));
    let foreign =
        object().signed(Algorithm::HS256, Key::Secret("another secret, which is no client's at all"));
    for (alg, (registered, taken)) in ["RSA-OAEP-256", "A128KW"].into_iter().flat_map(|alg| {
        [("HS256", Some(&right)), ("HS512", None), ("none", Some(&unsigned))].map(|signing| (alg, signing))
    }) {
        let lines = encrypted_by(alg, "A128GCM");
        let app = with(&format!("        request_object_signing_alg: {registered}\n{lines}")).await;
        let (client, ways) = (client(&app), [(alg, "A128GCM", Value::Null)]);
        for inner in [&claims, &unsigned, &other, &foreign, &right] {
            let token = sealed(&app, inner, &ways).await.remove(0);
            for way in [Way::Get, Way::Pushed] {
                let what = format!("{alg} {registered} {way:?} {inner}");
                let outcome = send_anew(&client, way, &by_value("app", &token)).await;
                if Some(inner) == taken {
                    outcome.expect_asked(&what);
                } else {
                    outcome.expect_no_way_out(&what);
                }
            }
        }
        let once = sealed(&app, &right, &ways).await.remove(0);
        let twice = sealed(&app, &once, &ways).await.remove(0);
        for way in [Way::Get, Way::Across, Way::Pushed] {
            send_anew(&client, way, &by_value("app", &twice)).await.expect_no_way_out("encrypted twice");
        }
    }
}

#[tokio::test]
async fn g82_a_request_object_is_encrypted_as_its_client_is_registered() {
    let lines =
        "        request_object_encryption_alg: A128KW\n        request_object_encryption_enc: A256GCM\n";
    let app = with(lines).await;
    let ways = [("A128KW", "A256GCM"), ("A128KW", "A128GCM"), ("A256KW", "A256GCM"), ("RSA-OAEP", "A256GCM")];
    let ways = ways.map(|(alg, enc)| (alg, enc, Value::Null));
    for (position, token) in sealed(&app, &signed(), &ways).await.iter().enumerate() {
        for way in [Way::Get, Way::Across, Way::Pushed] {
            let outcome = send_anew(&client(&app), way, &by_value("app", token)).await;
            match position {
                0 => drop(outcome.expect_asked("as registered")),
                _ => outcome.expect_no_way_out("otherwise"),
            }
        }
    }
}

/// The key is published, so a stranger can have Signet work with it before anything is proven.
#[tokio::test]
async fn l3_what_strangers_encrypt_waits_in_a_line_that_has_an_end() {
    let keys = "jwks: [{key: 'key:rsa'}, {key: 'key:p256'}, {use: enc, key: 'key:large-rsa', algorithm: RSA-OAEP-256}]";
    let app = App::with(&format!("identity_providers: {{oidc: {{{keys}}}}}")).await;
    let header = br#"{"alg":"RSA-OAEP-256","enc":"A128GCM"}"#.as_slice();
    let parts = [header, &[1; 512], &[2; 12], &[3; 64], &[4; 16]].map(|part| URL_SAFE_NO_PAD.encode(part));
    let path = format!("/api/oidc/authorization?client_id=web&request={}", parts.join("."));
    let (mut opened, mut sent_away, mut floods) = (0, 0, 0);
    // Should the machine be so busy that they are opened before the next have come, they are sent again.
    while opened == 0 || sent_away == 0 {
        let flood: JoinSet<Answer> = (0..300).map(|_| app.get(&path).send()).collect();
        for answer in flood.join_all().await {
            match answer.status {
                503 => {
                    assert!(answer.header("retry-after").parse::<u32>().is_ok());
                    sent_away += 1;
                }
                status => {
                    assert_eq!(status, 400, "{}", answer.text());
                    opened += 1;
                }
            }
        }
        floods += 1;
        assert!(floods < 20, "{opened} were opened, {sent_away} sent away");
    }
    app.get(&path).send().await.expect(400);
}
