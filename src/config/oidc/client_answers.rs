//! How what a client gets is signed, and how its own requests are.

use std::sync::Arc;

use super::super::section::Section;
use super::Context;
use super::client_encryption::encryption;
use super::client_keys::KnownKeys;
use super::keys::{for_algorithm, known_key_id};
use crate::jose::{JwsAlgorithm, KeySet, MacKeys, SignatureAlgorithm};
use crate::model::sealing::{Sealing, Sealings, Signing};
use crate::secrets::Digest;

/// What a client can be protected with.
pub(super) struct Means<'a> {
    pub(super) keys: &'a KnownKeys,
    /// Its secret, when it is known itself.
    pub(super) secret: Option<&'a Digest>,
    pub(super) mac_keys: Option<&'a MacKeys>,
}

/// None when something is wrong, which is told.
pub(super) fn sealings(section: &Section<'_>, means: &Means<'_>, context: &Context) -> Option<Sealings> {
    let rs256 = Some(SignatureAlgorithm::Rs256);
    let of = |answer: &str, default| sealing(section, answer, default, means, context.keys.as_deref());
    let id_token = of("id_token", rs256);
    let access_token = of("access_token", None);
    let userinfo = of("userinfo", None);
    let introspection = of("introspection", None);
    let authorization = of("authorization", rs256);
    request_object(section, means.keys);
    Some(Sealings {
        id_token: id_token??,
        access_token: access_token?,
        userinfo: userinfo?,
        introspection: introspection?,
        authorization: authorization??,
    })
}

/// The outer none is an error, the inner one what is not signed.
fn sealing(
    section: &Section<'_>,
    answer: &str,
    default: Option<SignatureAlgorithm>,
    means: &Means<'_>,
    keys: Option<&KeySet>,
) -> Option<Option<Sealing>> {
    let signing = signing(section, answer, default, means, keys);
    // What nothing is known of may be signed: one mistake is told once.
    let signed = !matches!(signing, Some(None));
    let encryption = encryption(section, answer, signed, means);
    let (signing, encryption) = (signing?, encryption?);
    Some(signing.map(|signing| Sealing { signing, encryption }))
}

/// `_key_id` counts before `_alg`.
fn signing(
    section: &Section<'_>,
    answer: &str,
    default: Option<SignatureAlgorithm>,
    means: &Means<'_>,
    keys: Option<&KeySet>,
) -> Option<Option<Signing>> {
    let key = |keys: &KeySet, kid: String| {
        let algorithm = keys.by_kid(&kid)?.algorithm();
        Some(Some(Signing::Key { kid, algorithm }))
    };
    if let Some(found) = section.text(&format!("{answer}_signed_response_key_id")) {
        let keys = keys?;
        return key(keys, known_key_id(&found, keys)?);
    }
    let Some(found) = section.text(&format!("{answer}_signed_response_alg")) else {
        let keys = keys?;
        return match default {
            Some(default) => key(keys, keys.for_algorithm(default)?.kid().to_owned()),
            None => Some(None),
        };
    };
    if found.text == "none" {
        return Some(None);
    }
    match JwsAlgorithm::parse(found.text)? {
        JwsAlgorithm::Signature(algorithm) => {
            let keys = keys?;
            key(keys, for_algorithm(&found, algorithm, keys)?)
        }
        // Without the secret itself it is told beside the secret.
        JwsAlgorithm::Mac(algorithm) => {
            let secret = means.mac_keys?.for_algorithm(algorithm).clone();
            Some(Some(Signing::Secret(Arc::new(secret))))
        }
    }
}

/// Request objects are signed by a key of the client.
fn request_object(section: &Section<'_>, keys: &KnownKeys) {
    let Some(found) = section.text("request_object_signing_alg") else { return };
    if SignatureAlgorithm::parse(found.text).is_some() && keys.lack(found.text) {
        found.error("no_such_key", format!("the client's jwks has no key for {}", found.text), keys.mend());
    }
}
