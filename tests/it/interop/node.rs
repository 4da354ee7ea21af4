//! Node's `openid-client`, in the version of `tests/interop/package-lock.json`.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::liar::{Liar, Lie};
use crate::support::process::Demo;

/// Runs a script of `tests/interop` to its end and gives what it printed.
async fn run(script: &'static str, environment: Vec<(&'static str, String)>) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop");
    assert!(
        folder.join("node_modules/openid-client").exists(),
        "openid-client is missing: run `npm ci` in tests/interop (`make test` does); npm is the Debian package `npm`"
    );
    let ran = tokio::task::spawn_blocking(move || {
        Command::new("node").arg(script).current_dir(folder).envs(environment).output()
    });
    let output = ran.await.unwrap().unwrap_or_else(|error| {
        panic!("node is missing ({error}): apt-get install -y --no-install-recommends nodejs npm")
    });
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{script}:\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[tokio::test]
async fn openid_client_walks_the_code_flow_from_discovery_to_revocation() {
    let demo = Demo::start();
    let said = run("code_flow.mjs", vec![("ISSUER", demo.issuer.clone())]).await;
    for step in [
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
    ] {
        assert!(said.lines().any(|line| line == format!("ok: {step}")), "{step} is missing:\n{said}");
    }
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
    let said = run("lies.mjs", environment).await;
    for lie in
        Lie::ALL.map(|(_, name)| name).iter().chain(&["nothing", "iss of the answer", "no iss in the answer"])
    {
        assert!(said.lines().any(|line| line == format!("ok: {lie}")), "{lie} is missing:\n{said}");
    }
}
