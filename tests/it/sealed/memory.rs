//! What strangers send in place of tokens and keys is refused by a running process without taking its memory: neither
//! while it is read nor afterwards.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use openssl::encrypt::Encrypter;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::rsa::Padding;
use openssl::symm::{Cipher, encrypt_aead};
use serde_json::{Value, json};

use super::hostile::{all, assertion, client, fragment, own, request_object, soon, tokens};
use super::hostile_keys::{Hostile, Sets, send, sets};
use super::shapes::{Right, Shape};
use crate::support::assertion::{fields, key};
use crate::support::counts::rounds;
use crate::support::fleet::Fleet;
use crate::support::request_object::by_value;
use crate::support::wire::is_alive;
use crate::support::{Ask, Documents, Person, Site, configuration};

/// The most that one of them may take while it is read, and that all of them together may leave, in bytes.
const GROWTH: u64 = 8 * 1024 * 1024;

/// The longest token that is read, in bytes; encrypted ones have half of it more.
const LONGEST: usize = 16 * 1024;

fn start(fragment: &str) -> Fleet {
    Fleet::of(fragment, &Person::file(&Person::all()), "true")
}

/// Begins to watch the memory of the one process; gives what it has.
fn watch(fleet: &Fleet) -> u64 {
    fleet.processes[0].watch_memory();
    fleet.processes[0].memory()
}

/// Asserts that it has grown no more than it may since then, and that it still answers.
#[track_caller]
fn assert_bounded(fleet: &Fleet, before: u64, what: &str) {
    let (most, after) = (fleet.processes[0].most_memory(), fleet.processes[0].memory());
    println!("{what}: resident {} KiB, most {} KiB, then {} KiB", before / 1024, most / 1024, after / 1024);
    assert!(most.saturating_sub(before) < GROWTH, "{what}: from {before} to {most} at most");
    assert!(after.saturating_sub(before) < GROWTH, "{what}: from {before} to {after}");
    is_alive(fleet.site.origin.split_once("://").unwrap().1);
}

/// Claims that are larger in memory than on the wire, up to the longest token and far beyond, under a signature of
/// somebody else: they are read before that is known.
fn large(right: &Right) -> Vec<Shape> {
    let (header, claims) = (right.header.clone(), right.claims.clone());
    let theirs = Right { header, claims, key: key("other-p256") };
    let mut made = Vec::new();
    for bytes in [5_000, 11_000, 40_000] {
        let list = |item: Value| vec![item.clone(); bytes / (item.to_string().len() + 1)];
        for (what, value) in [
            ("numbers", json!(list(json!(0)))),
            ("texts", json!(list(json!("")))),
            ("objects", json!(list(json!({})))),
            ("lists", json!(list(json!([[]])))),
            ("members", (0..bytes / 8).map(|n| (format!("{n:x}"), json!(0))).collect()),
            ("letters", json!("\u{1}".repeat(bytes / 6))),
        ] {
            made.push((format!("{bytes} bytes of {what}"), theirs.with_claim("a", value)));
        }
    }
    made
}

/// A text to the key `opens` of the provider (RSA-OAEP-256 and A128GCM), with more members of the header.
fn sealed(more: Value, content: &[u8]) -> String {
    let mut header = json!({"alg": "RSA-OAEP-256", "enc": "A128GCM", "kid": "opens", "cty": "JWT"});
    header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let public = PKey::public_key_from_pem(configuration::public_key("other-rsa").as_bytes()).unwrap();
    let mut encrypter = Encrypter::new(&public).unwrap();
    encrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
    encrypter.set_rsa_oaep_md(MessageDigest::sha256()).unwrap();
    encrypter.set_rsa_mgf1_md(MessageDigest::sha256()).unwrap();
    let (key, iv) = ([1; 16], [2; 12]);
    let mut wrapped = vec![0; encrypter.encrypt_len(&key).unwrap()];
    let length = encrypter.encrypt(&key, &mut wrapped).unwrap();
    wrapped.truncate(length);
    let protected = URL_SAFE_NO_PAD.encode(header.to_string());
    let mut tag = [0; 16];
    let (cipher, aad) = (Cipher::aes_128_gcm(), protected.as_bytes());
    let content = encrypt_aead(cipher, &key, Some(&iv), aad, content, &mut tag).unwrap();
    let parts = [&wrapped[..], &iv, &content, &tag].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("{protected}.{}", parts.join("."))
}

/// Few bytes that would be many, were they unfolded.
fn bomb(mebibytes: usize) -> Shape {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    deflate.write_all(&vec![b'A'; mebibytes << 20]).unwrap();
    (format!("{mebibytes} MiB"), sealed(json!({"zip": "DEF"}), &deflate.finish().unwrap()))
}

/// Every shape of every kind of token, everywhere it is read.
struct Attack {
    site: Site,
    id_token: Right,
    access_token: Right,
    bombs: Vec<Shape>,
}

impl Attack {
    fn shapes(&self, right: &Right) -> Vec<Shape> {
        [all(right), large(right), self.bombs.clone()].concat()
    }

    async fn round(&self) {
        let (site, client) = (&self.site, client(&self.site));
        for (what, token) in self.shapes(&assertion(site)) {
            let form = [&[("grant_type", "client_credentials")], &fields(&token)[..]].concat();
            soon(&what, site.post("/api/oidc/token").form(&form).send())
                .await
                .expect_error(401, "invalid_client");
        }
        for (what, token) in self.shapes(&request_object(site)) {
            let ask = by_value("app", &token);
            assert_eq!(soon(&what, client.push(&ask)).await.status, 400, "{what}");
            let call = site.post("/api/oidc/authorization").form(&ask.pairs());
            assert_eq!(soon(&what, call.send()).await.status, 400, "{what}");
        }
        for (what, token) in self.shapes(&self.id_token) {
            let ask = Ask::of("app").prompt("none").set("id_token_hint", &token);
            let call = site.post("/api/oidc/authorization").form(&ask.pairs());
            let answer = soon(&what, call.send()).await;
            let location = answer.header("location");
            assert!(answer.status == 303 && location.contains("error=invalid_request"), "{what}: {location}");
            let form = [("id_token_hint", token.as_str())];
            let call = site.post("/api/oidc/end-session").form(&form);
            assert!(soon(&what, call.send()).await.status < 500, "{what}");
        }
        for (what, token) in self.shapes(&self.access_token) {
            let call = site.post("/api/oidc/userinfo").form(&[("access_token", token.as_str())]);
            soon(&what, call.send()).await.expect_error(401, "invalid_token");
            assert_eq!(soon(&what, client.introspect(&token)).await, json!({"active": false}), "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_tokens_take_no_memory_and_leave_none() {
    let fleet = start(&fragment());
    let site = fleet.site.clone();
    let tokens = tokens(&site).await;
    let own = |name: &str| own(tokens[name].as_str().unwrap());
    // The largest that comes whole into what is read of an encrypted token, and of a request object.
    let attack = Attack {
        site: site.clone(),
        id_token: own("id_token"),
        access_token: own("access_token"),
        bombs: vec![bomb(15), bomb(5)],
    };
    assert!(attack.bombs.iter().all(|(_, bomb)| bomb.len() < LONGEST + LONGEST / 2));
    // The first fills what is kept for good.
    attack.round().await;
    let before = watch(&fleet);
    for _ in 0..rounds(1, 4) {
        attack.round().await;
    }
    assert_bounded(&fleet, before, "tokens");
    // Each of them is taken as soon as nothing is wrong with it.
    let assertion = assertion(&site).token();
    let form = [&[("grant_type", "client_credentials")], &fields(&assertion)[..]].concat();
    site.post("/api/oidc/token").form(&form).send().await.expect(200);
    for object in [request_object(&site).token(), sealed(json!({}), request_object(&site).token().as_bytes())]
    {
        client(&site).push(&by_value("app", &object)).await.expect(201);
    }
    site.userinfo(&attack.access_token.token()).await.expect(200);
}

/// Sets that are as large as they may be, or larger, and whose owner signs with another key.
fn large_sets() -> Vec<Hostile> {
    let numbers = |length: usize| "0,".repeat(length) + "0";
    let n = URL_SAFE_NO_PAD.encode([0xff; 1024]);
    let keys = vec![json!({"kty": "RSA", "kid": "one", "n": n, "e": "AQAB"}); 44];
    let keys = json!({ "keys": keys }).to_string();
    assert!(keys.len() < 64 * 1024);
    let theirs = |what, text| (what, "ES256", key("other-p256"), text);
    vec![
        theirs("as many large keys as there may be", keys),
        theirs("as many numbers as there may be", format!("{{\"keys\":[],\"a\":[{}]}}", numbers(32_000))),
        theirs("16 MiB of numbers", format!("{{\"keys\":[],\"a\":[{}]}}", numbers(8 << 20))),
        theirs("16 MiB of nothing", " ".repeat(16 << 20)),
    ]
}

/// A client for each set and turn.
fn clients(sets: &[Hostile], turns: Range<usize>) -> Vec<(String, &Hostile)> {
    let all = turns.flat_map(|turn| sets.iter().enumerate().map(move |(number, set)| (turn, number, set)));
    all.map(|(turn, number, set)| (format!("{turn}-{number}"), set)).collect()
}

fn registered(clients: &[(String, &Hostile)], documents: &Documents) -> String {
    let mut text =
        "identity_providers:\n  oidc:\n    outbound: {allowed_networks: ['127.0.0.0/8', '::1']}\n    clients:\n"
            .to_owned();
    for (id, (_, alg, ..)) in clients {
        write!(
            text,
            "      - client_id: {id}\n        jwks_uri: '{}'\n        token_endpoint_auth_method: private_key_jwt\n        \
             token_endpoint_auth_signing_alg: {alg}\n        grant_types: [client_credentials]\n",
            documents.url(&format!("/{id}"))
        )
        .unwrap();
    }
    text
}

async fn prove_nobody(fleet: &Fleet, clients: &[(String, &Hostile)]) {
    for (id, (what, alg, key, _)) in clients {
        let answer = send(&fleet.site, id, alg, key).await;
        assert_eq!((answer.status, answer.error().as_str()), (401, "invalid_client"), "{what}");
    }
}

/// What a URL gave stands for half a minute, so each turn has clients of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_key_sets_take_no_memory_and_leave_none() {
    let documents = Documents::plain().await;
    let Sets { right: [(alg, key, jwk), _], hostile } = sets();
    let right = ("right", alg, key.clone(), json!({ "keys": [jwk] }).to_string());
    let hostile = [hostile, large_sets()].concat();
    let (first, others) = (clients(&hostile, 0..1), clients(&hostile, 1..1 + rounds(1, 4)));
    let right = [("right".to_owned(), &right)];
    for (id, (.., text)) in first.iter().chain(&others).chain(&right) {
        documents.put_text(&format!("/{id}"), text);
    }
    let fleet = start(&registered(&[&first[..], &right].concat(), &documents));
    // The first fills what is kept for good.
    prove_nobody(&fleet, &first).await;
    fleet.reload(&registered(&[&first[..], &right, &others].concat(), &documents));
    let (before, connections) = (watch(&fleet), documents.connections());
    prove_nobody(&fleet, &others).await;
    let fetched = documents.connections() - connections;
    assert!(fetched >= others.len(), "{fetched} of {}", others.len());
    assert_bounded(&fleet, before, "key sets");
    send(&fleet.site, "right", alg, &key).await.expect(200);
}
