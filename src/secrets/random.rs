//! Randomness of the operating system.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::rand_core::UnwrapErr;
use rand::rngs::{StdRng, SysRng};
use rand::{Rng, RngExt, SeedableRng};

/// `N` random bytes. The process ends when the operating system has no randomness to give.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    UnwrapErr(SysRng).fill_bytes(&mut bytes);
    bytes
}

/// That many random bytes as a vector.
#[must_use]
pub(crate) fn random_vec(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    UnwrapErr(SysRng).fill_bytes(&mut bytes);
    bytes
}

/// A random text that carries `bytes` bytes of randomness, in base64url.
#[must_use]
pub fn random_token(bytes: usize) -> String {
    URL_SAFE_NO_PAD.encode(random_vec(bytes))
}

/// A random text of `length` characters, each drawn from `charset` with equal chance. Empty when `charset` is.
#[must_use]
pub fn random_text(length: usize, charset: &str) -> String {
    let characters: Vec<char> = charset.chars().collect();
    if characters.is_empty() {
        return String::new();
    }
    // Seeded once: asking the operating system for each character costs more than the rest of a small request.
    let mut random = StdRng::from_seed(random_bytes());
    (0..length).filter_map(|_| characters.get(random.random_range(0..characters.len())).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        assert_ne!(random_bytes::<32>(), random_bytes::<32>());
        assert_ne!(random_token(16), random_token(16));
    }

    #[test]
    fn a_token_is_base64url_of_the_bytes_asked_for() {
        let token = random_token(32);
        assert_eq!(token.len(), 43);
        assert_eq!(URL_SAFE_NO_PAD.decode(token).unwrap().len(), 32);
    }

    #[test]
    fn a_text_has_the_length_and_characters_asked_for() {
        let text = random_text(500, "aß9");
        assert_eq!(text.chars().count(), 500);
        assert!("aß9".chars().all(|character| text.contains(character)));
        assert!(text.chars().all(|character| "aß9".contains(character)));
        assert_eq!(random_text(10, ""), "");
    }
}
