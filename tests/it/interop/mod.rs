//! Relying parties that others wrote, against the built program over HTTP.

mod client_assertion;
mod house;
mod liar;
mod node;
mod openidconnect;
mod pages;
mod person;
mod python;
mod scripts;
mod token;
mod web;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Header and claims of a JWT, nothing verified.
fn unverified(token: &str) -> (Value, Value) {
    let part = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let mut parts = token.split('.');
    (part(parts.next().unwrap()), part(parts.next().unwrap()))
}
