//! Node's `openid-client` with clients that sign what proves them.

use serde_json::json;

use super::scripts::run;
use crate::support::assertion::key;
use crate::support::fleet::Fleet;

const CLIENTS: &str = include_str!("client_assertion.yml");
const SECRET: &str = "a secret of hs, which is longer than thirty-two bytes";

#[tokio::test(flavor = "multi_thread")]
async fn openid_client_signs_what_proves_it() {
    let fleet = Fleet::on_sqlite(CLIENTS);
    let keys =
        [("svc-es256", "p256"), ("svc-rs256", "rsa"), ("svc-ps256", "other-rsa"), ("strict", "other-p256")];
    let keys: serde_json::Map<_, _> =
        keys.iter().map(|(id, name)| ((*id).to_owned(), json!(key(name).private()))).collect();
    let environment = vec![
        ("ISSUER", fleet.site.origin.clone()),
        ("KEYS", serde_json::Value::Object(keys).to_string()),
        ("SECRET", SECRET.to_owned()),
    ];
    let steps = [
        "svc-es256",
        "svc-rs256",
        "svc-ps256",
        "hs",
        "another secret",
        "another method",
        "strict",
        "no type",
        "two audiences",
        "used twice",
        "pushed request",
    ];
    run("client_assertion.mjs", environment, &steps).await;
}
