//! Handles: the opaque texts that stand for a row of the database.
//!
//! `signet_` + kind + `_` + base64url(16 bytes of UUIDv7 ‖ 32 random bytes ‖ 8 bytes of HMAC-SHA-256). The database
//! holds the id and the hash of the random bytes, so nothing in it can be used as a token, and the MAC turns a
//! forged handle away before any query.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use subtle::ConstantTimeEq;

use super::mac::{derive_key, hmac_of_list, hmac_sha256, sha256_base64url};
use super::random::random_bytes;

const ID: usize = 16;
const RANDOM: usize = 32;
const MAC: usize = 8;
const ENCODED: usize = 75;

/// What a handle stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HandleKind {
    /// An authorization code (RFC 6749 §1.3.1).
    AuthorizationCode,
    /// An opaque access token (RFC 6749 §1.4).
    AccessToken,
    /// A refresh token (RFC 6749 §1.5).
    RefreshToken,
    /// A pushed authorization request (RFC 9126 §2.2).
    PushedRequest,
    /// A device code (RFC 8628 §3.2).
    DeviceCode,
}

impl HandleKind {
    const ALL: [Self; 5] = [
        Self::AuthorizationCode,
        Self::AccessToken,
        Self::RefreshToken,
        Self::PushedRequest,
        Self::DeviceCode,
    ];

    /// What a handle of this kind begins with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "signet_ac_",
            Self::AccessToken => "signet_at_",
            Self::RefreshToken => "signet_rt_",
            Self::PushedRequest => "signet_pr_",
            Self::DeviceCode => "signet_dc_",
        }
    }

    /// The kind that a presented text claims to be. Proves nothing: see [`HandleKey::parse`].
    #[must_use]
    pub fn claimed(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| text.starts_with(kind.prefix()))
    }
}

/// A handle that was just made: the text for the one who asked, id and hash for the database.
#[derive(Clone, Debug)]
pub struct MintedHandle {
    /// The whole handle.
    pub text: SecretString,
    /// The UUIDv7 in base64url: ordered by second, so that rows append.
    pub id: String,
    /// SHA-256 of the random bytes in base64url.
    pub hash: String,
}

/// A handle that came from outside and that this key has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentedHandle {
    /// The id of the row.
    pub id: String,
    /// What the row must hold as hash; compare in the query or in constant time.
    pub hash: String,
}

/// The keys of handles and of keyed hashes, made from `hmac_secret`.
#[derive(Clone)]
pub struct HandleKey {
    handles: [u8; 32],
    macs: [u8; 32],
}

impl HandleKey {
    /// Derives the keys. Another `hmac_secret` ends every handle.
    #[must_use]
    pub fn derive(hmac_secret: &SecretString) -> Self {
        Self {
            handles: derive_key(hmac_secret, "signet handle v1"),
            macs: derive_key(hmac_secret, "signet mac v1"),
        }
    }

    /// Makes a handle; `now` in seconds since the epoch becomes the time of its UUIDv7.
    #[must_use]
    pub fn mint(&self, kind: HandleKind, now: i64) -> MintedHandle {
        let id = uuid_v7(now);
        let random = random_bytes::<RANDOM>();
        let mac = self.mac_of(kind, &id, &random);
        let bytes: Vec<u8> = id.iter().chain(&random).chain(&mac).copied().collect();
        let mut text = String::with_capacity(kind.prefix().len() + ENCODED);
        text.push_str(kind.prefix());
        URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
        MintedHandle {
            text: SecretString::from(text),
            id: URL_SAFE_NO_PAD.encode(id),
            hash: sha256_base64url(&random),
        }
    }

    /// Reads a handle of `kind`. `None` when this key has not made exactly this text for this kind.
    #[must_use]
    pub fn parse(&self, kind: HandleKind, text: &str) -> Option<PresentedHandle> {
        let encoded = text.strip_prefix(kind.prefix())?;
        if encoded.len() != ENCODED {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(encoded).ok()?;
        let (id, rest) = bytes.split_first_chunk::<ID>()?;
        let (random, mac) = rest.split_first_chunk::<RANDOM>()?;
        if !bool::from(self.mac_of(kind, id, random).as_slice().ct_eq(mac)) {
            return None;
        }
        Some(PresentedHandle { id: URL_SAFE_NO_PAD.encode(id), hash: sha256_base64url(random) })
    }

    /// A keyed hash over `parts` in base64url, for values that are made again to be compared (CSRF tokens).
    /// The label keeps purposes apart; compare with [`equal`](super::equal).
    #[must_use]
    pub fn mac(&self, label: &str, parts: &[&[u8]]) -> String {
        URL_SAFE_NO_PAD.encode(self.mac_bytes(label, parts))
    }

    /// The same as bytes.
    pub(super) fn mac_bytes(&self, label: &str, parts: &[&[u8]]) -> [u8; 32] {
        hmac_of_list(&self.macs, label, parts)
    }

    fn mac_of(&self, kind: HandleKind, id: &[u8; ID], random: &[u8; RANDOM]) -> [u8; MAC] {
        let whole = hmac_sha256(&self.handles, &[kind.prefix().as_bytes(), id, random]);
        let mut mac = [0; MAC];
        for (slot, byte) in mac.iter_mut().zip(whole) {
            *slot = byte;
        }
        mac
    }
}

impl fmt::Debug for HandleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandleKey")
    }
}

/// RFC 9562 §5.7. The part of the time below the second is random: the clock hands in seconds, and a counter
/// would tell everyone how many handles are made.
fn uuid_v7(now: i64) -> [u8; ID] {
    let seconds = u64::try_from(now).unwrap_or(0);
    let fraction = u64::from(u16::from_be_bytes(random_bytes::<2>())) % 1000;
    let milliseconds = seconds.saturating_mul(1000).saturating_add(fraction);
    uuid::Builder::from_unix_timestamp_millis(milliseconds, &random_bytes::<10>()).into_uuid().into_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret;

    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn key() -> HandleKey {
        HandleKey::derive(&SecretString::from("the hmac secret of a test"))
    }

    #[test]
    fn a_minted_handle_is_found_by_id_and_hash() {
        for kind in HandleKind::ALL {
            let minted = key().mint(kind, NOW);
            let text = minted.text.expose_secret();
            assert_eq!(HandleKind::claimed(text), Some(kind));
            assert_eq!(
                key().parse(kind, text),
                Some(PresentedHandle { id: minted.id.clone(), hash: minted.hash.clone() })
            );
            assert_eq!((minted.id.len(), minted.hash.len()), (22, 43));
        }
    }

    #[test]
    fn a_handle_of_one_kind_is_unknown_as_another() {
        let minted = key().mint(HandleKind::RefreshToken, NOW);
        let text = minted.text.expose_secret();
        let disguised = text.replace("signet_rt_", "signet_at_");
        assert_eq!(key().parse(HandleKind::AccessToken, text), None);
        assert_eq!(key().parse(HandleKind::AccessToken, &disguised), None);
    }

    #[test]
    fn a_handle_of_another_secret_is_unknown() {
        let minted = HandleKey::derive(&SecretString::from("other")).mint(HandleKind::AccessToken, NOW);
        assert_eq!(key().parse(HandleKind::AccessToken, minted.text.expose_secret()), None);
    }

    #[test]
    fn ids_are_uuids_of_version_7_ordered_by_second() {
        let earlier = URL_SAFE_NO_PAD.decode(key().mint(HandleKind::AccessToken, NOW).id).unwrap();
        let later = URL_SAFE_NO_PAD.decode(key().mint(HandleKind::AccessToken, NOW + 1).id).unwrap();
        assert!(earlier < later);
        let id = uuid::Uuid::from_slice(&later).unwrap();
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_timestamp().unwrap().to_unix().0, 1_790_000_001);
    }

    #[test]
    fn debug_shows_no_secret() {
        let minted = key().mint(HandleKind::AccessToken, NOW);
        assert!(!format!("{minted:?} {:?}", key()).contains(minted.text.expose_secret()));
    }

    #[test]
    fn a_mac_depends_on_label_parts_and_key() {
        let mac = key().mac("csrf", &[b"session", b"form"]);
        assert_eq!(mac, key().mac("csrf", &[b"session", b"form"]));
        assert_ne!(mac, key().mac("csrf", &[b"session", b"for"]));
        assert_ne!(mac, key().mac("other", &[b"session", b"form"]));
        assert_ne!(mac, HandleKey::derive(&SecretString::from("other")).mac("csrf", &[b"session", b"form"]));
    }

    proptest! {
        #[test]
        fn any_edit_of_one_character_makes_a_handle_unknown(at in 0_usize..85, to in any::<char>()) {
            let minted = key().mint(HandleKind::AuthorizationCode, NOW);
            let mut edited: Vec<char> = minted.text.expose_secret().chars().collect();
            prop_assume!(edited[at] != to);
            edited[at] = to;
            let edited: String = edited.into_iter().collect();
            prop_assert_eq!(key().parse(HandleKind::AuthorizationCode, &edited), None);
        }

        #[test]
        fn a_longer_or_shorter_handle_is_unknown(extra in "[A-Za-z0-9_=-]{1,4}", cut in 0_usize..85) {
            let minted = key().mint(HandleKind::AuthorizationCode, NOW);
            let text = minted.text.expose_secret();
            let longer = format!("{text}{extra}");
            prop_assert_eq!(key().parse(HandleKind::AuthorizationCode, &longer), None);
            prop_assert_eq!(key().parse(HandleKind::AuthorizationCode, text.get(..cut).unwrap()), None);
        }

        #[test]
        fn nothing_that_is_presented_panics(text in ".{0,120}") {
            prop_assert_eq!(key().parse(HandleKind::AccessToken, &text), None);
        }
    }
}
