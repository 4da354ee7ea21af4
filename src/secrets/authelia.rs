//! Opening what Authelia sealed in its database (its releases up to 4.39).
//!
//! A sealed value is 12 bytes of nonce ‖ AES-256-GCM ‖ 16 bytes of tag, without associated data; the key is the SHA-256
//! of `storage.encryption_key`.

use openssl::symm::{Cipher, decrypt_aead};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::mac::sha256;

const NONCE: usize = 12;
const TAG: usize = 16;

/// Opens with the key that Authelia makes from `storage.encryption_key`. Nothing is sealed so any more.
pub struct AutheliaOpener(Zeroizing<[u8; 32]>);

impl AutheliaOpener {
    /// Makes the key.
    #[must_use]
    pub fn new(encryption_key: &SecretString) -> Self {
        Self(Zeroizing::new(sha256(encryption_key.expose_secret().as_bytes())))
    }

    /// What was sealed; `None` when it was sealed under another key, or is no sealed value.
    #[must_use]
    pub fn open(&self, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE>()?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG>()?;
        decrypt_aead(Cipher::aes_256_gcm(), self.0.as_slice(), Some(nonce), &[], ciphertext, tag)
            .ok()
            .map(Zeroizing::new)
    }
}

impl std::fmt::Debug for AutheliaOpener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AutheliaOpener")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `JBSWY3DPEHPK3PXP` under `the encryption key of every test`, sealed by Python's cryptography.
    const SEALED: &str =
        "000102030405060708090a0b7cf7e422ac53a0d5553a9352ea2a91dfca5ece9a7bd12e978d5ef0d235aa3a50";

    fn bytes(hex: &str) -> Vec<u8> {
        let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }

    #[test]
    fn what_another_implementation_sealed_opens_under_its_key_alone() {
        let opener = |key: &str| AutheliaOpener::new(&SecretString::from(key));
        let sealed = bytes(SEALED);
        let opened = opener("the encryption key of every test").open(&sealed).unwrap();
        assert_eq!(opened.as_slice(), b"JBSWY3DPEHPK3PXP");
        assert!(opener("the encryption key of another").open(&sealed).is_none());
    }

    #[test]
    fn what_was_changed_or_cut_does_not_open() {
        let opener = AutheliaOpener::new(&SecretString::from("the encryption key of every test"));
        let sealed = bytes(SEALED);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(opener.open(&changed).is_none(), "byte {at}");
            assert!(opener.open(&sealed[..at]).is_none(), "{at} bytes");
        }
    }
}
