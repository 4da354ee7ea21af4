//! SHA-256 and HMAC-SHA-256: the one hash and the one keyed hash from which the rest of this room is made.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

/// The block of SHA-256 in bytes: the longest key that HMAC takes as it is (RFC 2104 §2).
const BLOCK: usize = 64;

/// SHA-256 of `data` (FIPS 180-4).
#[must_use]
pub fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

/// SHA-256 of `data` as base64url without padding: how identifiers of sessions and browsers are stored.
#[must_use]
pub fn sha256_base64url(data: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(sha256(data))
}

/// HMAC-SHA-256 over the concatenation of `parts` (RFC 2104).
#[must_use]
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0_u8; BLOCK];
    let hashed;
    let key = if key.len() > BLOCK {
        hashed = sha256(key);
        hashed.as_slice()
    } else {
        key
    };
    for (slot, byte) in block.iter_mut().zip(key) {
        *slot = *byte;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// HMAC-SHA-256 over a label and parts, each preceded by its length, so that no two lists give one text.
#[must_use]
pub(crate) fn hmac_of_list(key: &[u8], label: &str, parts: &[&[u8]]) -> [u8; 32] {
    let lengths: Vec<[u8; 8]> =
        std::iter::once(label.len()).chain(parts.iter().map(|part| part.len())).map(length).collect();
    let texts = std::iter::once(label.as_bytes()).chain(parts.iter().copied());
    let framed: Vec<&[u8]> =
        lengths.iter().zip(texts).flat_map(|(length, text)| [length.as_slice(), text]).collect();
    hmac_sha256(key, &framed)
}

fn length(bytes: usize) -> [u8; 8] {
    u64::try_from(bytes).unwrap_or(u64::MAX).to_be_bytes()
}

/// A key for one purpose, made from a configured secret; keys of two labels tell nothing about each other.
#[must_use]
pub(crate) fn derive_key(secret: &SecretString, label: &str) -> [u8; 32] {
    hmac_sha256(&sha256(secret.expose_secret().as_bytes()), &[label.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn hmac_gives_the_test_cases_of_rfc_4231() {
        assert_eq!(
            hex(&hmac_sha256(b"Jefe", &[b"what do ya want ", b"for nothing?"])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(&hmac_sha256(&[0xaa; 131], &[b"Test Using Larger Than Block-Size Key - Hash Key First"])),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn lists_that_differ_only_in_their_borders_differ() {
        let key = [7; 32];
        assert_ne!(hmac_of_list(&key, "a", &[b"bc", b"d"]), hmac_of_list(&key, "a", &[b"b", b"cd"]));
        assert_ne!(hmac_of_list(&key, "ab", &[b"c"]), hmac_of_list(&key, "a", &[b"bc"]));
        assert_ne!(hmac_of_list(&key, "a", &[]), hmac_of_list(&key, "a", &[b""]));
    }

    #[test]
    fn keys_of_two_labels_differ() {
        let secret = SecretString::from("a secret");
        assert_ne!(derive_key(&secret, "one"), derive_key(&secret, "two"));
        assert_ne!(derive_key(&secret, "one"), derive_key(&SecretString::from("b secret"), "one"));
    }
}
