//! Node's `openid-client`, in the version of `tests/interop/package-lock.json`.

use serde_json::json;

use super::house::House;
use super::liar::{Liar, Lie};
use super::scripts::run;
use crate::support::process::Demo;

const CODE_FLOW: &[&str] = &[
    "discovery",
    "code",
    "token",
    "userinfo",
    "refresh",
    "introspection",
    "revocation",
    "reuse",
    "pushed request",
    "two factors",
];

#[tokio::test]
async fn openid_client_walks_the_code_flow_over_http_on_loopback() {
    let house = House::over_http();
    run("code_flow.mjs", house.environment(), CODE_FLOW).await;
}

#[tokio::test]
async fn openid_client_walks_the_code_flow_over_https_with_an_authority_of_ones_own() {
    let house = House::over_https();
    run("code_flow.mjs", house.environment(), CODE_FLOW).await;
}

const MACHINES_AND_KEYS: &[&str] = &["client credentials", "login", "rotated key", "logout"];

#[tokio::test]
async fn openid_client_keeps_up_with_keys_over_http_on_loopback() {
    let house = House::over_http();
    run("machines_and_keys.mjs", house.environment(), MACHINES_AND_KEYS).await;
}

#[tokio::test]
async fn openid_client_keeps_up_with_keys_over_https_with_an_authority_of_ones_own() {
    let house = House::over_https();
    run("machines_and_keys.mjs", house.environment(), MACHINES_AND_KEYS).await;
}

#[tokio::test]
async fn openid_client_signs_its_requests() {
    let house = House::over_http();
    let steps = ["discovery", "request object", "pushed request object"];
    run("request_object.mjs", house.environment(), &steps).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openid_client_refuses_lies() {
    let demo = Demo::start();
    let honest = Liar::start(&demo.issuer, Lie::Nothing).await;
    let mut liars = Vec::new();
    for (lie, name) in Lie::ALL {
        liars.push((name, Liar::start(&demo.issuer, lie).await));
    }
    let issuers: serde_json::Map<_, _> =
        liars.iter().map(|(name, liar)| ((*name).to_owned(), json!(liar.issuer))).collect();
    let environment = vec![
        ("ISSUER", demo.issuer.clone()),
        ("HONEST", honest.issuer.clone()),
        ("LIARS", serde_json::Value::Object(issuers).to_string()),
    ];
    let steps: Vec<&str> = Lie::ALL
        .map(|(_, name)| name)
        .into_iter()
        .chain(["nothing", "iss of the answer", "no iss in the answer"])
        .collect();
    run("lies.mjs", environment, &steps).await;
}

#[tokio::test]
async fn openid_client_connects_a_device() {
    let demo = Demo::start();
    let steps = ["discovery", "device authorization", "tokens", "refresh", "reuse", "denial"];
    run("device_flow.mjs", vec![("ISSUER", demo.issuer.clone())], &steps).await;
}
