//! What discovery does not promise to open is not opened, though the key fits.

use serde_json::{Value, json};

use super::request_objects::{Way, by_hand, encrypted_by, push, sealed, signed, with};
use crate::endpoints::promises::registered::{CONTENT, KEY_MANAGEMENT};
use crate::support::App;

/// Those that are known and not promised.
async fn unpromised(app: &App, member: &str, known: &[&'static str]) -> Vec<&'static str> {
    let document = app.get("/.well-known/openid-configuration").send().await.expect(200).json();
    let promised = document[format!("request_object_encryption_{member}_values_supported")].clone();
    let promised = promised.as_array().expect("a list").clone();
    known.iter().copied().filter(|name| !promised.contains(&(*name).into())).collect()
}

#[tokio::test]
async fn every_algorithm_that_is_known_and_not_promised_is_refused_though_the_key_fits() {
    let app = with("").await;
    let algs = unpromised(&app, "alg", &KEY_MANAGEMENT).await;
    assert_eq!(
        algs,
        ["RSA1_5", "dir", "PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW"],
        "what is promised has a test of its own"
    );
    let mut ways: Vec<Way> = vec![("RSA-OAEP", "A128GCM", Value::Null)];
    for enc in ["A128GCM", "A256CBC-HS512"] {
        ways.extend(algs.iter().map(|alg| (*alg, enc, Value::Null)));
    }
    let mut tokens = sealed(&app, &signed(), &ways).await.into_iter();
    push(&app, &tokens.next().unwrap()).await.expect(201);
    for (token, (alg, enc, _)) in tokens.zip(&ways[1..]) {
        let answer = push(&app, &token).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request_object"), "{alg} {enc}");
    }
}

#[tokio::test]
async fn a_name_that_is_not_promised_stands_for_no_other() {
    let app = with(&encrypted_by("A128KW", "A128GCM")).await;
    let mut encs = unpromised(&app, "enc", &CONTENT).await;
    assert_eq!(encs, ["XC20P"], "what is promised has a test of its own");
    push(&app, &by_hand(&json!({"alg": "A128KW", "enc": "A128GCM"}))).await.expect(201);
    encs.extend(["C20P", "A128CTR", "A128CBC", "a128gcm", "A128GCM ", "none", ""]);
    let algs = ["RSA-OAEP-384", "RSA-OAEP-512", "ECDH-1PU+A128KW", "C20PKW", "a128kw", "A128KW ", "none", ""];
    let headers = encs.iter().map(|enc| json!({"alg": "A128KW", "enc": enc}));
    let headers = headers.chain(algs.iter().map(|alg| json!({"alg": alg, "enc": "A128GCM"})));
    for header in headers {
        let answer = push(&app, &by_hand(&header)).await;
        assert_eq!((answer.status, answer.error().as_str()), (400, "invalid_request_object"), "{header}");
    }
}
