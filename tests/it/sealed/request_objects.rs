//! Request objects that a client encrypts, with a library that is no relative of Signet's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use openssl::aes::{AesKey, wrap_key};
use openssl::symm::{Cipher, encrypt_aead};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::readers::sealed_by_python;
use super::registered::{ALGS, ENCS, SECRET};
use crate::support::ask::STATE;
use crate::support::request_object::{Key, RequestObject, by_value};
use crate::support::{Answer, App, Ask, Browser, Client, Documents};

const CALLBACK: &str = "https://rp.example.com/callback";

/// A provider with a key for each algorithm, and a client `app` with these lines more.
pub async fn with(lines: &str) -> App {
    App::with(&registered(lines)).await
}

fn registered(lines: &str) -> String {
    let mut text = "identity_providers:\n  oidc:\n    jwks:\n      - {key: 'key:rsa'}\n".to_owned();
    for (position, alg) in ALGS.iter().enumerate() {
        let key = match *alg {
            alg if alg.starts_with("RSA") => "other-rsa",
            alg if alg.starts_with("ECDH") => ["p256", "p384", "p521"][position % 3],
            _ => continue,
        };
        text +=
            &format!("      - {{use: enc, key_id: 'to-{position}', key: 'key:{key}', algorithm: {alg}}}\n");
    }
    // A secret counts as a signature only where that was agreed on.
    let agreed = if lines.contains("request_object_signing_alg") {
        ""
    } else {
        "        request_object_signing_alg: HS256\n"
    };
    text += &format!(
        "    clients:\n      - client_id: app\n        client_secret: '$plaintext${SECRET}'\n        \
         redirect_uris: [{CALLBACK}]\n        authorization_policy: one_factor\n        scopes: [openid]\n{agreed}{lines}"
    );
    text
}

pub fn object() -> RequestObject {
    RequestObject::of(
        &Ask::of("app").set("redirect_uri", CALLBACK).scope("openid").set("login_hint", "alice"),
    )
}

pub fn signed() -> String {
    object().signed(Algorithm::HS256, Key::Secret(SECRET))
}

pub fn client(app: &App) -> Client {
    Client { secret: SECRET.to_owned(), ..Client::new(app, "app") }
}

pub async fn push(app: &App, object: &str) -> Answer {
    client(app).push(&by_value("app", object)).await
}

/// What a token is encrypted by: `alg`, `enc`, and members of the header beside them.
pub type Way = (&'static str, &'static str, Value);

/// Encrypts a token in each of these ways.
pub async fn sealed(app: &App, token: &str, ways: &[Way]) -> Vec<String> {
    let jwks = app.get("/jwks.json").send().await.expect(200).json();
    let keys = jwks["keys"].as_array().unwrap();
    let cases = ways.iter().enumerate().map(|(position, (alg, enc, header))| {
        let of = if *alg == "RSA1_5" { "RSA-OAEP" } else { alg };
        let public = keys.iter().find(|key| key["alg"] == of);
        json!({"name": position.to_string(), "token": token, "alg": alg, "enc": enc, "public": public,
            "secret": SECRET, "header": header})
    });
    let sealed = sealed_by_python(Value::Array(cases.collect())).await;
    (0..ways.len()).map(|position| sealed[position.to_string()].as_str().unwrap().to_owned()).collect()
}

/// The lines by which a client agrees on how it encrypts.
pub fn encrypted_by(alg: &str, enc: &str) -> String {
    format!("        request_object_encryption_alg: {alg}\n        request_object_encryption_enc: {enc}\n")
}

#[tokio::test]
async fn every_algorithm_is_opened_those_of_a_secret_where_agreed_on_and_dir_is_not() {
    let app = with("").await;
    push(&app, &signed()).await.expect(201);
    let mut ways: Vec<Way> = ALGS.iter().map(|alg| (*alg, "A128CBC-HS256", Value::Null)).collect();
    ways.extend(ENCS.iter().map(|enc| ("ECDH-ES", *enc, Value::Null)));
    ways.extend(ENCS.iter().map(|enc| ("RSA-OAEP-256", *enc, json!({"typ": "oauth-authz-req+jwt"}))));
    for ((alg, enc, _), sealed) in ways.iter().zip(sealed(&app, &signed(), &ways).await) {
        let answer = push(&app, &sealed).await;
        if *alg == "dir" || alg.starts_with('A') {
            // Whoever guesses at the secret must not learn from it whether the guess is right.
            answer.expect_error(400, "invalid_request_object");
            assert_eq!(
                answer.text().contains("must be registered"),
                *alg != "dir",
                "{alg}: {}",
                answer.text()
            );
        } else {
            assert_eq!(answer.status, 201, "{alg} {enc}: {}", answer.text());
        }
        if alg.starts_with('A') {
            push(&with(&encrypted_by(alg, enc)).await, &sealed).await.expect(201);
        }
    }
    let document = app.get("/.well-known/openid-configuration").send().await.expect(200).json();
    let opened: Vec<&str> = ALGS.into_iter().filter(|alg| *alg != "dir").collect();
    assert_eq!(document["request_object_encryption_alg_values_supported"], json!(opened));
    assert_eq!(document["request_object_encryption_enc_values_supported"], json!(ENCS));
}

#[tokio::test]
async fn it_comes_by_every_way() {
    let documents = Documents::plain().await;
    let uri = documents.url("/object");
    let fetching = format!(
        "        request_uris: ['{uri}']\n    outbound: {{allowed_networks: ['127.0.0.0/8', '::1']}}\n"
    );
    let secret = encrypted_by("A256KW", "A128CBC-HS256");
    for (lines, way) in [
        ("", ("RSA-OAEP-256", "A256GCM", Value::Null)),
        (secret.as_str(), ("A256KW", "A128CBC-HS256", Value::Null)),
    ] {
        let app = with(&format!("{lines}{fetching}")).await;
        let token = &sealed(&app, &signed(), std::slice::from_ref(&way)).await[0];
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/oauth-authz-req+jwt";
        documents.say("/object", format!("{head}\r\ncontent-length: {}\r\n\r\n{token}", token.len()));
        let pushed = push(&app, token).await.expect(201).json();
        let named =
            |request_uri: &str| by_value("app", "").without("request").set("request_uri", request_uri);
        for ask in [by_value("app", token), named(&uri), named(pushed["request_uri"].as_str().unwrap())] {
            // What stands beside the object does not count, by whichever way it comes.
            let ask = ask.set("state", "beside").set("login_hint", "bob");
            let mut browser = Browser::new(&app);
            let page = browser.ask(&ask).await;
            assert_eq!(page.field("username").as_deref(), Some("alice"), "{way:?}");
            let returned = browser.authorize(&ask, "alice").await;
            assert_eq!(returned.get("state"), STATE, "{way:?}");
            client(&app).redeem(&returned.code()).await.expect(200);
        }
    }
    assert_eq!(documents.connections(), 4, "once for each request");
}

#[tokio::test]
async fn what_is_registered_is_what_is_opened() {
    let lines =
        "        request_object_encryption_alg: RSA-OAEP\n        request_object_encryption_enc: A256GCM\n";
    let app = with(lines).await;
    let ways = [
        ("RSA-OAEP", "A256GCM", Value::Null),
        ("RSA-OAEP", "A128GCM", Value::Null),
        ("RSA-OAEP-256", "A256GCM", Value::Null),
        ("A256KW", "A256GCM", Value::Null),
    ];
    let sealed = sealed(&app, &signed(), &ways).await;
    push(&app, &sealed[0]).await.expect(201);
    for other in &sealed[1..] {
        push(&app, other).await.expect_error(400, "invalid_request_object");
    }
    // What proves the request is its signature.
    push(&app, &signed()).await.expect(201);
}

#[tokio::test]
async fn a_key_that_is_retired_is_shown_to_nobody_and_opens_what_is_under_way() {
    let ways = [("RSA-OAEP-256", "A128GCM", Value::Null), ("ECDH-ES", "A128GCM", Value::Null)];
    let tokens = sealed(&with("").await, &signed(), &ways).await;
    let retired = App::with(&registered("").replace("use: enc,", "use: enc, state: retire,")).await;
    let jwks = retired.get("/jwks.json").send().await.expect(200).json();
    assert!(jwks["keys"].as_array().unwrap().iter().all(|key| key["use"] == "sig"), "{jwks}");
    let document = retired.get("/.well-known/openid-configuration").send().await.expect(200).json();
    let shown = &document["request_object_encryption_alg_values_supported"];
    assert!(shown.as_array().unwrap().iter().all(|alg| alg.as_str().unwrap().starts_with('A')), "{shown}");
    let text = registered("");
    let gone = text.lines().filter(|line| !line.contains("use: enc")).collect::<Vec<_>>().join("\n");
    let gone = App::with(&gone).await;
    for token in &tokens {
        push(&retired, token).await.expect(201);
        push(&gone, token).await.expect_error(400, "invalid_request_object");
    }
}

#[tokio::test]
async fn a_secret_that_is_known_by_its_digest_opens_nothing() {
    let app = with("").await;
    let of_app = sealed(&app, &signed(), &[("A128KW", "A128GCM", Value::Null)]).await.remove(0);
    let digest = App::start().await;
    let web = Client::new(&digest, "web");
    web.push(&by_value("web", &of_app)).await.expect_error(400, "invalid_request_object");
    let document = digest.get("/.well-known/openid-configuration").send().await.expect(200).json();
    assert_eq!(document.get("request_object_encryption_alg_values_supported"), None);
    assert_eq!(document.get("request_object_encryption_enc_values_supported"), None);
}

#[tokio::test]
async fn headers_that_weaken_or_cost_are_refused_though_the_key_fits() {
    let app = with("").await;
    let of = |header: Value| ("RSA-OAEP-256", "A128GCM", header);
    let mut ways = vec![of(Value::Null)];
    ways.extend(
        [
            json!({"zip": "DEF"}),
            json!({"p2c": 1_000_000_000}),
            json!({"p2s": "c2FsdA"}),
            json!({"jku": "https://evil.test"}),
            json!({"x5u": "https://evil.test"}),
            json!({"jwk": {"kty": "oct", "k": "AA"}}),
            json!({"kid": "../../etc/passwd"}),
            json!({"kid": "to-0"}),
            json!({"cty": "text/plain"}),
        ]
        .map(of),
    );
    ways.push(("RSA1_5", "A128GCM", Value::Null));
    for (way, token) in ways.iter().zip(sealed(&app, &signed(), &ways).await) {
        let answer = push(&app, &token).await;
        if way.0 == "RSA-OAEP-256" && way.2.is_null() {
            answer.expect(201);
        } else {
            assert_eq!(answer.error(), "invalid_request_object", "{way:?}");
        }
    }
}

/// A right object, encrypted by A128KW and A128GCM whatever the header says: whoever passed over that would open it.
pub fn by_hand(header: &Value) -> String {
    let shared = Sha256::digest(SECRET);
    let (key, iv) = ([1; 16], [2; 12]);
    let mut wrapped = [0; 24];
    wrap_key(&AesKey::new_encrypt(&shared[..16]).unwrap(), None, &mut wrapped, &key).unwrap();
    let protected = URL_SAFE_NO_PAD.encode(header.to_string());
    let (cipher, aad, mut tag) = (Cipher::aes_128_gcm(), protected.as_bytes(), [0; 16]);
    let content = encrypt_aead(cipher, &key, Some(&iv), aad, signed().as_bytes(), &mut tag).unwrap();
    let parts = [&wrapped[..], &iv, &content, &tag].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("{protected}.{}", parts.join("."))
}

#[tokio::test]
async fn what_says_that_it_is_compressed_is_refused_though_the_key_fits() {
    let app = with(&encrypted_by("A128KW", "A128GCM")).await;
    push(&app, &by_hand(&json!({"alg": "A128KW", "enc": "A128GCM"}))).await.expect(201);
    let compressed = push(&app, &by_hand(&json!({"alg": "A128KW", "enc": "A128GCM", "zip": "DEF"}))).await;
    compressed.expect_error(400, "invalid_request_object");
}

#[tokio::test]
async fn what_is_edited_is_refused_in_the_same_words() {
    for (alg, enc) in [("RSA-OAEP-256", "A128GCM"), ("A128KW", "A128CBC-HS256")] {
        let app = with(&encrypted_by(alg, enc)).await;
        let good = sealed(&app, &signed(), &[(alg, enc, Value::Null)]).await.remove(0);
        push(&app, &good).await.expect(201);
        let parts: Vec<&str> = good.split('.').collect();
        let mut header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
        header["more"] = json!(1);
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        let mut said = vec![push(&app, &[&[header.as_str()], &parts[1..]].concat().join(".")).await];
        for part in 1..5 {
            let mut bytes = URL_SAFE_NO_PAD.decode(parts[part]).unwrap();
            bytes[0] ^= 1;
            let mut edited: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            edited[part] = URL_SAFE_NO_PAD.encode(bytes);
            said.push(push(&app, &edited.join(".")).await);
        }
        for answer in &said {
            answer.expect_error(400, "invalid_request_object");
            assert_eq!(answer.json(), said[0].json());
        }
    }
}
