//! User codes (RFC 8628 §6.1): eight letters that a person reads on one screen and types on another.
//!
//! A code is made of the id of its device code and a key, so it need not be stored to be shown again: the database
//! holds a keyed hash, by which a typed code is found.

use std::fmt;

use super::handle::HandleKey;

/// The letters of RFC 8628 §6.1: no vowels, so that they form no words.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// How many letters a code has: 20^8 codes, some 34 bits.
const LENGTH: usize = 8;

/// Bytes below this bound fall on every letter equally often.
const BOUND: u8 = 240;

/// A user code in its canonical form: eight capital letters.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    /// Reads what a person typed: case, white space and hyphens do not count. `None` when it can be no code.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let dashes = ['-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}', '_'];
        let letters = typed.chars().filter(|letter| !letter.is_whitespace() && !dashes.contains(letter));
        let mut code = String::with_capacity(LENGTH);
        for letter in letters {
            let letter = letter.to_ascii_uppercase();
            let known = u8::try_from(letter).is_ok_and(|byte| LETTERS.contains(&byte));
            if !known || code.len() == LENGTH {
                return None;
            }
            code.push(letter);
        }
        (code.len() == LENGTH).then_some(Self(code))
    }

    /// As people see it: `XXXX-XXXX`.
    #[must_use]
    pub fn shown(&self) -> String {
        let (first, second) = self.0.split_at_checked(LENGTH / 2).unwrap_or((&self.0, ""));
        format!("{first}-{second}")
    }

    /// As it is stored: a keyed hash, for whoever has the database could try all codes against a plain one. Another
    /// issuer's code has another hash.
    #[must_use]
    pub fn hash(&self, key: &HandleKey, issuer: &str) -> String {
        key.mac("user code of issuer", &[issuer.as_bytes(), self.0.as_bytes()])
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode")
    }
}

impl HandleKey {
    /// The user code of a device code, by the id within its handle: always the same.
    #[must_use]
    pub fn user_code(&self, id: &str) -> UserCode {
        let mut code = String::with_capacity(LENGTH);
        let mut round = 0_u64;
        while code.len() < LENGTH {
            let bytes = self.mac_bytes("user code", &[id.as_bytes(), &round.to_be_bytes()]);
            let letters = bytes.iter().filter(|byte| **byte < BOUND);
            let letters = letters.filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()));
            let missing = LENGTH - code.len();
            code.extend(letters.take(missing).map(|letter| char::from(*letter)));
            round += 1;
        }
        UserCode(code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use secrecy::SecretString;

    use super::*;

    fn key() -> HandleKey {
        HandleKey::derive(&SecretString::from("the hmac secret of a test"))
    }

    #[test]
    fn a_typed_code_is_read_whatever_its_case_spaces_and_hyphens() {
        let expected = UserCode("WDJBMJHT".to_owned());
        for typed in [
            "WDJB-MJHT",
            "wdjb-mjht",
            "WDJBMJHT",
            " w d j b m j h t ",
            "wdjb\u{2011}mjht",
            "WdJb\t-\u{a0}MjHt\n",
            "W-D-J-B-M-J-H-T",
            "wdjb\u{2013}mjht",
        ] {
            assert_eq!(UserCode::parse(typed).as_ref(), Some(&expected), "{typed:?}");
        }
        for typed in [
            "",
            "-",
            "WDJB-MJH",
            "WDJB-MJHTT",
            "ADJB-MJHT",
            "WDJB-MJH1",
            "WDJB-MJHÄ",
            "WDJB-MJH\0",
            "ſDJBMJHT",
        ] {
            assert_eq!(UserCode::parse(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn a_code_is_made_of_its_id_and_the_key() {
        let code = key().user_code("an id");
        assert_eq!(code, key().user_code("an id"));
        assert_eq!(UserCode::parse(&code.shown()), Some(code.clone()));
        assert_ne!(code, key().user_code("another id"));
        assert_ne!(code, HandleKey::derive(&SecretString::from("other")).user_code("an id"));
        assert_ne!(code.hash(&key(), "https://a"), code.hash(&key(), "https://b"));
        assert!(!format!("{code:?}").contains(&code.0));
    }

    #[test]
    fn codes_use_every_letter_equally_often_and_do_not_repeat() {
        let mut seen = BTreeSet::new();
        let mut letters: BTreeMap<char, u32> = BTreeMap::new();
        for number in 0..20_000_u32 {
            let code = key().user_code(&number.to_string());
            for letter in code.0.chars() {
                *letters.entry(letter).or_default() += 1;
            }
            seen.insert(code.0);
        }
        assert!(seen.len() >= 19_999, "{}", seen.len());
        assert_eq!(letters.len(), LETTERS.len());
        // 8,000 of each are expected, with a standard deviation of some 87.
        assert!(letters.values().all(|count| (7_500..8_500).contains(count)), "{letters:?}");
    }
}
