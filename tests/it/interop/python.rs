//! Python's Authlib, Flask and PyJWT, and services that trust tokens, in the versions of
//! `tests/interop/requirements.txt`.

use super::house::House;
use super::scripts::run;

const AUTHLIB: &[&str] = &[
    "login",
    "userinfo",
    "refresh",
    "introspection",
    "revocation",
    "replayed code",
    "client credentials",
    "tampered is refused",
    "expired is refused",
    "wrong issuer is refused",
    "wrong audience is refused",
    "wrong at_hash is refused",
    "wrong nonce is refused",
    "unknown key is refused",
    "rotated key",
];

const PYJWT: &[&str] = &[
    "access token",
    "two audiences",
    "wrong audience is refused",
    "no audience is refused",
    "wrong issuer is refused",
    "expired is refused",
    "no end is refused",
    "tampered is refused",
    "unknown key is refused",
    "rotated key",
    "former key taken out",
];

#[tokio::test]
async fn authlib_and_flask_sign_people_in_over_http_on_loopback() {
    let house = House::over_http();
    run("authlib_flask.py", house.environment(), AUTHLIB).await;
}

#[tokio::test]
async fn authlib_and_flask_sign_people_in_over_https_with_an_authority_of_ones_own() {
    let house = House::over_https();
    run("authlib_flask.py", house.environment(), AUTHLIB).await;
}

#[tokio::test]
async fn pyjwt_verifies_access_tokens_over_http_on_loopback() {
    let house = House::over_http();
    run("pyjwt_api.py", house.environment(), PYJWT).await;
}

#[tokio::test]
async fn pyjwt_verifies_access_tokens_over_https_with_an_authority_of_ones_own() {
    let house = House::over_https();
    run("pyjwt_api.py", house.environment(), PYJWT).await;
}

#[tokio::test]
async fn a_deployment_server_and_an_artifact_service_take_good_tokens_and_tell_nothing_of_bad_ones() {
    let house = House::over_https();
    let steps = ["every case", "no address of a stranger", "cloudsmith", "actions"];
    run("services.py", house.environment(), &steps).await;
}
